"""Logins and subjects of providers are sealed, found by their index, and gone with their person (V-08, V-25)."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any, LiteralString

import pytest

from support import plain_logins
from support.api_orgs import ApiOrg
from support.browsers import operator
from support.guests import OTHER_PASSWORD, PASSWORD, guest, invite, member, try_sign_in
from support.oidc_provider import OidcProvider
from support.server_process import ServerProcess
from support.sign_ins import let_vouch
from support.staff import administrator
from velaurum.config import Settings
from velaurum.db.connection import Database
from velaurum.identity import passwords, sign_ins
from velaurum.keys import opening
from velaurum.keys.keyring import Keyring
from velaurum.ops import key_rotations
from velaurum.ops.key_rotations import KeyRotation
from velaurum.tenancy.context import OrgId

TEXTS: LiteralString = """
    select x.word, x.said, x.index from (
        select org_id, 'invitation' as word, login as said, login_index as index, id from identity.invitation
        union all select org_id, 'password', login, login_index, id from identity.password
        union all select org_id, 'subject', subject, subject_index, id from identity.provider_subject
    ) as x where x.org_id = %s order by x.word, x.id"""
FORMER: LiteralString = """
    select v.value from audit.personal_value as v where v.org_id = %s and v.name in ('login', 'subject')"""


@pytest.fixture
def keyring(server: ServerProcess, api_database: str) -> Iterator[Keyring]:
    with closing(opening.opened(Settings(server.data_dir), api_database)) as opened:
        yield opened


def _rotate(server: ServerProcess, door: Database, org: ApiOrg, keyring: Keyring) -> Any:
    done = key_rotations.rotate(
        door,
        keyring,
        server.data_dir,
        org.org_id,
        KeyRotation("data-keys"),
        note=lambda _done, _total: None,
        rest_s=0,
    )
    assert done["rows_unreadable"] == []
    return done["rows_sealed"]


def _texts(door: Database, org: ApiOrg) -> list[tuple[str, str, bytes | None]]:
    with operator(door, org) as (connection, _):
        return connection.execute(TEXTS, [org.org_id]).fetchall()


def _former(door: Database, org: ApiOrg) -> list[str]:
    with operator(door, org) as (connection, _):
        return [row[0] for row in connection.execute(FORMER, [org.org_id]).fetchall()]


def _is_sealed(texts: list[tuple[str, str, bytes | None]]) -> bool:
    return all(said.startswith("VE1.") and index is not None and len(index) == 32 for _, said, index in texts)


def test_a_login_is_stored_sealed_and_found_however_it_is_written(org: ApiOrg, api_door: Database) -> None:
    ada, bea = member(org), member(org, login="bea")

    browser = ada.sign_in()
    shown = browser.ask("GET", "/password")
    assert (shown.status, shown.json["login"]) == (200, "ada")
    assert try_sign_in(org, "ADA", PASSWORD).status == 200
    assert try_sign_in(org, "adb", PASSWORD).status == 401
    changed = browser.ask("PUT", "/password", {"old": PASSWORD, "new": OTHER_PASSWORD})
    assert (changed.status, changed.json["login"]) == (200, "ada")
    assert try_sign_in(org, "ada", OTHER_PASSWORD).status == 200

    texts = _texts(api_door, org)
    assert [word for word, _, _ in texts] == ["invitation"] * 2 + ["password"] * 3
    assert _is_sealed(texts)
    assert len({said for _, said, _ in texts}) == 5
    assert len({index for _, _, index in texts}) == 2
    assert all(value.startswith("VE1.") for value in _former(api_door, org))
    seen = administrator(org).get("/identity-changes?limit=100").json["data"]
    logins = [one["after"]["login"] for one in seen if one["action"] == "created" and "login" in one["after"]]
    assert sorted(logins) == ["ada"] * 3 + ["bea"] * 2
    assert bea.try_sign_in().status == 200


def test_a_login_is_one_persons_in_one_organisation(org: ApiOrg, other_org: ApiOrg) -> None:
    member(org)
    guest(org, login="waits")
    admin = administrator(org)
    another = admin.hires("Bea")

    for login in ("ada", "Ada", "waits"):
        taken = admin.post(f"/principals/{another}/invitations", {"login": login})
        assert taken.refused == (409, "code-taken")
    assert member(other_org).try_sign_in().status == 200


def test_what_is_from_before_works_and_is_sealed_by_the_next_rotation(
    server: ServerProcess, org: ApiOrg, api_door: Database, keyring: Keyring
) -> None:
    admin = administrator(org)
    people = [admin.hires(name) for name in ("Ada", "Bea", "Cyd", "Dot")]
    ada = plain_logins.with_password(api_door, org, people[0], "ada", PASSWORD)
    bea = plain_logins.with_password(api_door, org, people[1], "bea", PASSWORD)
    cyd = plain_logins.invited(api_door, org, people[2], "cyd")

    assert ada.try_sign_in().status == 200
    for login in ("ada", "cyd"):
        taken = admin.post(f"/principals/{people[3]}/invitations", {"login": login})
        assert taken.refused == (409, "code-taken")
    assert cyd.redeem().json == {"login": "cyd"}
    changed = bea.sign_in().ask("PUT", "/password", {"old": PASSWORD, "new": OTHER_PASSWORD})
    assert changed.json["login"] == "bea"
    assert not _is_sealed(_texts(api_door, org))
    size = org.log_size()

    _rotate(server, api_door, org, keyring)

    assert _is_sealed(_texts(api_door, org))
    assert all(value.startswith("VE1.") for value in _former(api_door, org))
    assert org.log_size() == size, "to seal what was plain is no change"
    before = _texts(api_door, org)
    _rotate(server, api_door, org, keyring)
    after = _texts(api_door, org)
    assert [index for _, _, index in after] == [index for _, _, index in before]
    assert not {said for _, said, _ in after} & {said for _, said, _ in before}
    assert {one.try_sign_in(password).status for one, password in ((ada, PASSWORD), (cyd, PASSWORD))} == {200}
    assert bea.try_sign_in(OTHER_PASSWORD).status == 200
    assert ada.sign_in().ask("GET", "/password").json["login"] == "ada"


@pytest.mark.parametrize("whose", ["another person's", "one's own, of another row"])
def test_a_login_that_was_sealed_for_another_place_is_nobodys(
    org: ApiOrg, api_door: Database, whose: str
) -> None:
    ada, bea = member(org), member(org, login="bea")
    browser = ada.sign_in()
    of = ada if whose.startswith("one's own") else bea
    with operator(api_door, org) as (connection, _):
        connection.execute("set event_triggers = off")
        for how in ("disable", "enable always"):
            for name in ("login_is_only_sealed", "login_is_under_a_living_key", "change_is_recorded"):
                connection.execute(f"alter table identity.password {how} trigger {name}")  # type: ignore[arg-type]
            connection.execute(
                "update identity.password as w set login = i.login from identity.invitation as i"
                " where w.org_id = %s and w.principal_id = %s and i.org_id = w.org_id and i.principal_id = %s"
                " and w.login <> i.login",
                [org.org_id, ada.principal_id, of.principal_id],
            )

    shown = browser.ask("GET", "/password")

    assert (shown.status, shown.json["login"]) == (200, None)
    changing = browser.ask("PUT", "/password", {"old": PASSWORD, "new": OTHER_PASSWORD})
    assert changing.refused == (503, "key-unavailable")
    assert ada.sign_in().principal_id == ada.principal_id


def test_who_is_erased_has_no_login_and_no_subject_any_more(
    org: ApiOrg, api_door: Database, oidc_provider: OidcProvider
) -> None:
    front = let_vouch(org, oidc_provider.issuer)
    admin = administrator(org)
    ada, bea = member(org), member(org, login="bea")
    invite(org, ada.principal_id, "ada-again")
    for subject, one in (("ada@idp", ada), ("bea@idp", bea)):
        assert front.link(subject, one.principal_id).status == 201
    plain_logins.linked(api_door, org, front.provider["id"], "ada@old", ada.principal_id)
    path = f"/principals/{ada.principal_id}"
    bundle = admin.get(f"{path}/bundle").json["held"]
    assert [one["login"] for one in bundle["passwords"]] == ["ada"]
    assert sorted(one["login"] for one in bundle["invitations"]) == ["ada", "ada-again"]
    assert sorted(one["subject"] for one in bundle["provider_subjects"]) == ["ada@idp", "ada@old"]

    admin.must(admin.post(f"{path}/disabling"))
    admin.must(admin.post(f"{path}/erasure"))

    texts = _texts(api_door, org)
    gone = [said for _, said, index in texts if index is None]
    assert len(gone) == 5
    assert all(said.startswith("erased-") for said in gone)
    assert _is_sealed([one for one in texts if one[2] is not None])
    for read in (
        f"{path}/bundle",
        f"{path}/history",
        "/identity-changes?limit=100",
        "/providers/idp/subjects",
    ):
        reply = admin.get(read)
        assert reply.status == 200, reply
        assert b"ada@" not in reply.body
        assert b'"ada' not in reply.body
    assert try_sign_in(org, "ada", PASSWORD).status == 401
    assert try_sign_in(org, gone[0], PASSWORD).status == 401
    assert bea.try_sign_in().status == 200
    assert invite(org, admin.hires("Ada"), "ada").redeem().status == 200
    assert front.link("ada@old", admin.hires("Ada")).status == 201


def test_a_subject_is_stored_sealed_and_one_from_before_works_until_it_is(
    server: ServerProcess, org: ApiOrg, api_door: Database, keyring: Keyring, oidc_provider: OidcProvider
) -> None:
    front = let_vouch(org, oidc_provider.issuer)
    ada, bea = (administrator(org).hires(name) for name in ("Ada", "Bea"))
    assert front.link("bea@idp", bea).json["subject"] == "bea@idp"
    plain_logins.linked(api_door, org, front.provider["id"], "ada@idp", ada)
    for subject in ("ada@idp", "bea@idp"):
        assert front.link(subject, bea).refused == (409, "code-taken")

    for _ in range(2):
        listed = org.get("/providers/idp/subjects", role="org-admin").json["data"]
        assert {one["subject"]: one["principal"]["id"] for one in listed} == {"ada@idp": ada, "bea@idp": bea}
        for subject in ("ada@idp", "bea@idp"):
            assert front.link(subject, bea).refused == (409, "code-taken")
        _rotate(server, api_door, org, keyring)

    assert _is_sealed([one for one in _texts(api_door, org) if one[0] == "subject"])


def test_no_login_is_compared_as_it_is_typed_for_the_sake_of_who_was_erased(
    org: ApiOrg, api_door: Database, oidc_provider: OidcProvider
) -> None:
    front = let_vouch(org, oidc_provider.issuer)
    ada = member(org)
    assert front.link("ada@idp", ada.principal_id).status == 201
    with api_door.installation() as outside:
        within = outside.within(org.org_id)
        replayed = (org.org_id, ada.principal_id)
        within.connection.execute(
            "select identity.replay_erasure(%s, %s, clock_timestamp(), '{}'::jsonb)", replayed
        )
        provider = sign_ins.provider_of(within, OrgId(org.org_id), {"id": front.provider["id"], "code": None})
        assert provider is not None

        assert passwords.typed(within, OrgId(org.org_id), "ada") is None
        assert sign_ins.said(within, OrgId(org.org_id), provider, "ada@idp") is None


def test_a_subject_that_looks_sealed_is_refused(org: ApiOrg, oidc_provider: OidcProvider) -> None:
    front = let_vouch(org, oidc_provider.issuer)

    refused = front.link("VE1.ada", administrator(org).hires("Ada"))

    assert refused.refused == (400, "invalid-field")
