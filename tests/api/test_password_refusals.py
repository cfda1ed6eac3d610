"""Attacks on signing in with a password: guesses, repeats, races, strangers, and other organisations."""

import statistics
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.api_orgs import ApiOrg
from support.guests import OTHER_PASSWORD, PASSWORD, at_once, guest, invite, member, try_sign_in
from support.http_client import Client
from support.staff import administrator
from velaurum.db.connection import Database


@pytest.mark.parametrize(
    "password",
    [
        "fourteen chars",
        "Password123456789!",
        "aaaaaaaaaaaaaaaaaaaa",
        "qwertyuiopasdfghjkl",
        "correct horse battery staple",
        "Ada-Ada-Ada-Ada-2026",
    ],
)
def test_a_password_that_is_guessed_first_is_refused(org: ApiOrg, password: str) -> None:
    ada = guest(org)

    refused = ada.redeem(password)

    assert (refused.status, refused.json["errors"][0]["pointer"]) == (400, "/password")
    assert ada.redeem().status == 200


def test_a_password_longer_than_1024_bytes_is_refused(org: ApiOrg) -> None:
    ada = guest(org)

    assert ada.redeem("ü" * 600).status == 400
    assert ada.redeem("x" * 2000).status == 400


def test_a_password_is_the_same_however_its_marks_are_typed(org: ApiOrg) -> None:
    ada = guest(org)

    assert ada.redeem("der grüne Hund schläft nie").status == 200
    assert ada.try_sign_in("der gru\u0308ne Hund schla\u0308ft nie").status == 200


def test_whoever_it_is_not_is_told_alike(org: ApiOrg, other_org: ApiOrg) -> None:
    ada, gone = member(org), member(org, login="gone")
    assert administrator(org).post(f"/principals/{gone.principal_id}/disabling").status == 200
    guest(org, login="invited")

    told = [
        ada.try_sign_in(OTHER_PASSWORD),
        try_sign_in(org, "nobody", PASSWORD),
        try_sign_in(org, "invited", PASSWORD),
        gone.try_sign_in(),
        try_sign_in(other_org, "ada", PASSWORD),
        org.client.post(
            "/v1/orgs/no-such-org/sessions/password",
            {"login": "ada", "password": PASSWORD},
            headers=[("Sec-Fetch-Site", "same-origin")],
        ),
    ]

    assert {one.status for one in told} == {401}
    assert len({(one.json["code"], one.json["detail"], one.json["title"]) for one in told}) == 1


def test_whoever_it_is_not_is_told_as_late(org: ApiOrg) -> None:
    taken: dict[str, list[float]] = {"wrong": [], "unknown": [], "disabled": []}
    for number in range(4):
        ada, gone = member(org, login=f"ada{number}"), member(org, login=f"gone{number}")
        administrator(org).post(f"/principals/{gone.principal_id}/disabling")
        for kind, login in (("wrong", ada.login), ("unknown", f"nobody{number}"), ("disabled", gone.login)):
            began = time.perf_counter()
            assert try_sign_in(org, login, OTHER_PASSWORD).status == 401
            taken[kind].append(time.perf_counter() - began)

    least = {kind: min(of_kind) for kind, of_kind in taken.items()}
    assert max(least.values()) < 2 * min(least.values()), (least, statistics.median(taken["wrong"]))
    # An answer without any hash comes in a tenth of that.
    assert min(least.values()) > 0.02


def test_a_page_of_another_site_signs_nobody_in(org: ApiOrg) -> None:
    ada = member(org)

    refused = ada.try_sign_in(headers=[("Sec-Fetch-Site", "cross-site")])

    assert (refused.status, refused.json["code"]) == (403, "forbidden")
    assert "set-cookie" not in refused.headers


def test_an_invitation_opens_no_other_organisation(org: ApiOrg, other_org: ApiOrg) -> None:
    ada = guest(org)

    assert ada.redeem(org=other_org).status == 401
    assert ada.redeem().status == 200


def test_of_two_redemptions_at_once_one_counts(org: ApiOrg) -> None:
    ada = guest(org)

    with ThreadPoolExecutor(2) as pool:
        statuses = Counter(
            one.status for one in pool.map(lambda one: _redeem(org, ada.secret, one), (PASSWORD, OTHER_PASSWORD))
        )

    assert statuses == {200: 1, 401: 1}
    assert Counter(ada.try_sign_in(one).status for one in (PASSWORD, OTHER_PASSWORD)) == {200: 1, 401: 1}


def _redeem(org: ApiOrg, secret: str, password: str):  # type: ignore[no-untyped-def]
    client = Client(org.client.url)
    body = {"secret": secret, "password": password}
    try:
        return client.post(
            f"{org.path}/invitations/redemption", body, headers=[("Sec-Fetch-Site", "same-origin")]
        )
    finally:
        client.close()


def test_of_one_code_at_once_one_signs_in(org: ApiOrg) -> None:
    ada = member(org)
    ada.enrol(ada.sign_in())

    statuses = Counter(one.status for one in at_once(org, 4, "ada", PASSWORD, code=ada.code()))

    assert statuses == {200: 1, 401: 3}
    assert ada.try_sign_in(code=ada.code()).status == 401
    assert ada.try_sign_in(code=ada.code(1)).status == 200


def test_of_one_recovery_code_at_once_one_signs_in(org: ApiOrg) -> None:
    ada = member(org)
    codes = ada.enrol(ada.sign_in())

    statuses = Counter(one.status for one in at_once(org, 4, "ada", PASSWORD, code=codes[0]))

    assert statuses == {200: 1, 401: 3}


def test_a_code_of_long_ago_confirms_and_signs_in_nobody(org: ApiOrg) -> None:
    ada = member(org)
    browser = ada.sign_in()
    ada.uri = browser.ask("POST", "/second-factor").json["uri"]

    assert browser.ask("POST", "/second-factor/confirmation", {"code": ada.code(-3)}).status == 400
    assert browser.ask("POST", "/second-factor/confirmation", {"code": ada.code()}).status == 200
    assert ada.try_sign_in(code=ada.code(-3)).status == 401


def test_guesses_are_delayed_and_a_stranger_delays_one_login_alone(org: ApiOrg) -> None:
    ada, bob = member(org), member(org, login="bob")

    told = Counter(one.status for one in at_once(org, 8, "ada", OTHER_PASSWORD))
    delayed = ada.try_sign_in()

    assert told == {401: 5, 429: 3}
    assert delayed.status == 429
    assert 1 <= int(delayed.headers["retry-after"]) <= 60
    assert bob.try_sign_in().status == 200
    time.sleep(int(delayed.headers["retry-after"]))
    assert ada.try_sign_in().status == 200
    assert ada.try_sign_in().status == 200


def test_an_unknown_login_is_delayed_as_a_known_one(org: ApiOrg) -> None:
    member(org)

    known = Counter(one.status for one in at_once(org, 7, "ada", OTHER_PASSWORD))
    unknown = Counter(one.status for one in at_once(org, 7, "nobody", OTHER_PASSWORD))

    assert known == unknown == {401: 5, 429: 2}


def test_whoever_knows_the_password_guesses_few_codes(org: ApiOrg) -> None:
    ada = member(org)
    ada.enrol(ada.sign_in())

    statuses = [ada.try_sign_in(code="000000").status for _ in range(6)]

    assert statuses == [401] * 5 + [429]


def test_nobody_invites_themselves(org: ApiOrg) -> None:
    admin = administrator(org)

    refused = admin.post(f"/principals/{admin.me[0]['principal']['id'] if isinstance(admin.me, list) else admin.me['principal']['id']}/invitations", {"login": "me"})

    assert refused.status == 403


def test_a_login_is_one_persons(org: ApiOrg) -> None:
    member(org)
    admin = administrator(org)

    refused = admin.post(f"/principals/{admin.hires('Eve')}/invitations", {"login": "ADA"})

    assert (refused.status, refused.json["code"]) == (409, "code-taken")
    assert refused.json["errors"][0]["pointer"] == "/login"


def test_a_service_account_is_not_invited(org: ApiOrg) -> None:
    admin = administrator(org)

    refused = admin.post(f"/principals/{admin.hires('robot', 'service')}/invitations", {"login": "robot"})

    assert (refused.status, refused.json["code"]) == (409, "conflict")


def test_an_old_session_enrols_no_second_factor(org: ApiOrg, api_door: Database) -> None:
    from support.passkeys import age_sessions

    ada = member(org)
    browser = ada.sign_in()
    age_sessions(api_door, org, ada.principal_id, 601)

    refused = browser.ask("POST", "/second-factor")

    assert (refused.status, refused.json["code"]) == (403, "stale-session")


def test_what_is_in_the_database_opens_nothing(org: ApiOrg, api_door: Database) -> None:
    from support.browsers import operator

    ada = member(org)
    codes = ada.enrol(ada.sign_in())

    with operator(api_door, org) as (connection, _):
        rows = connection.execute(
            "select w.phc, f.sealed, i.secret_hash, (select array_agg(c.code_hash) from identity.recovery_code as c"
            " where c.org_id = w.org_id) from identity.password as w, identity.second_factor as f,"
            " identity.invitation as i where w.org_id = %s and f.org_id = w.org_id and i.org_id = w.org_id",
            [org.org_id],
        ).fetchall()

    kept = b"".join(bytes(value) for row in rows for value in (*row[:3], *row[3]))
    assert kept.startswith(b"$argon2id$v=19$m=65536,t=3,p=4$")
    for secret in (PASSWORD, ada.uri.partition("secret=")[2][:32], ada.secret, *codes):
        assert secret.encode() not in kept
    assert invite(org, ada.principal_id).secret != ada.secret
