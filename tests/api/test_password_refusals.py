"""Attacks on signing in with a password: what is guessed first, strangers, other organisations, and the database."""

import time

import pytest
from argon2 import PasswordHasher

from support.api_orgs import ApiOrg
from support.browsers import operator
from support.guests import OTHER_PASSWORD, PASSWORD, guest, invite, member, try_sign_in
from support.passkeys import age_sessions
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
    assert max(least.values()) < 2 * min(least.values()), least
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


def test_a_code_of_long_ago_confirms_and_signs_in_nobody(org: ApiOrg) -> None:
    ada = member(org)
    browser = ada.sign_in()
    ada.uri = browser.ask("POST", "/second-factor").json["uri"]

    assert browser.ask("POST", "/second-factor/confirmation", {"code": ada.code(-3)}).status == 400
    assert browser.ask("POST", "/second-factor/confirmation", {"code": ada.code()}).status == 200
    assert ada.try_sign_in(code=ada.code(-3)).status == 401


def test_nobody_invites_themselves(org: ApiOrg) -> None:
    admin = administrator(org)

    refused = admin.post(f"/principals/{admin.me['principal']['id']}/invitations", {"login": "me"})

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
    ada = member(org)
    browser = ada.sign_in()
    age_sessions(api_door, org, ada.principal_id, 601)

    refused = browser.ask("POST", "/second-factor")

    assert (refused.status, refused.json["code"]) == (403, "stale-session")


def test_what_is_in_the_database_opens_nothing(org: ApiOrg, api_door: Database) -> None:
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


def test_a_password_is_hashed_anew_when_hashing_became_dearer(org: ApiOrg, api_door: Database) -> None:
    ada = member(org)
    cheap = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD).encode()
    with operator(api_door, org) as (connection, _):
        connection.execute("update identity.password set phc = %s where org_id = %s", [cheap, org.org_id])

    assert [ada.try_sign_in().status for _ in range(2)] == [200, 200]

    with operator(api_door, org) as (connection, _):
        kept = connection.execute(
            "select phc from identity.password where org_id = %s", [org.org_id]
        ).fetchall()
    assert [bytes(phc)[:31] for (phc,) in kept] == [b"$argon2id$v=19$m=65536,t=3,p=4$"]


def test_a_department_invites_nobody_who_holds_more(org: ApiOrg) -> None:
    admin = administrator(org)
    admin.must(admin.post("/sub-orgs", {"code": "NORTH", "name": "North"}))
    head = admin.appoints("org-admin", "Head", sub_org="NORTH")
    ada = admin.hires("Ada", sub_org="NORTH")
    path = f"/principals/{ada}/invitations"
    assert head.post(path, {"login": "ada"}).status == 201
    admin.must(admin.post(f"/principals/{ada}/assignments", {"role": "auditor"}))

    refused = head.post(path, {"login": "ada"})

    assert (refused.status, refused.json["code"]) == (403, "forbidden")
