"""What a directory says of people, and names of passkeys: sealed, found by an index, gone with their person (V-25)."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any, LiteralString

import pytest

from support import plain_profiles
from support.api_orgs import ApiOrg
from support.authenticator import Authenticator
from support.browsers import operator, sign_in
from support.directories import Directory, directory, principal_of, told
from support.passkeys import creation_options, here, holder, register, send_passkey
from support.sealed import OFF, ON
from support.server_process import ServerProcess
from support.staff import Staff, administrator
from velaurum.config import Settings
from velaurum.db.connection import Database
from velaurum.keys import opening
from velaurum.keys.keyring import Keyring
from velaurum.ops import key_rotations
from velaurum.ops.key_rotations import KeyRotation

SAID = {
    "externalId": "4711-ada",
    "displayName": "Ada Byron",
    "title": "Forewoman",
    "emails": [{"value": "ada@byron.example", "primary": True}],
}
# What is said and what finds it, each as it stands; former texts have no index.
TEXTS: LiteralString = """
    select x.word, x.said, x.index from (
        select org_id, id, 'user-name' as word, user_name as said, user_name_index as index from identity.scim_user
        union all select org_id, id, 'external-id', external_id, external_id_index from identity.scim_user
        union all select org_id, id, 'attributes', attributes, display_name_index from identity.scim_user
        union all select org_id, id, 'digest', attributes_digest, null from identity.scim_user
        union all select org_id, id, 'passkey', name, null from identity.passkey
    ) as x where x.org_id = %s and x.said is not null order by x.word, x.id"""
FORMER: LiteralString = """
    select v.value from audit.personal_value as v inner join audit.change as c on v.change_id = c.id
    where v.org_id = %s and c.org_id = v.org_id and c.subject in ('scim-user', 'passkey')"""
FORMS: LiteralString = """
    select count(*) from identity.scim_user where org_id = %s
    and (user_name_key is not null or display_name_key is not null)"""


@pytest.fixture
def keyring(server: ServerProcess, api_database: str) -> Iterator[Keyring]:
    with closing(opening.opened(Settings(server.data_dir), api_database)) as opened:
        yield opened


@pytest.fixture
def at_work(org: ApiOrg) -> Directory:
    return directory(org)


@pytest.fixture
def admin(org: ApiOrg) -> Staff:
    return administrator(org)


def _rotate(server: ServerProcess, door: Database, org: ApiOrg, keyring: Keyring) -> None:
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


def _asked(door: Database, org: ApiOrg, query: LiteralString) -> list[tuple[Any, ...]]:
    with operator(door, org) as (connection, _):
        return connection.execute(query, [org.org_id]).fetchall()


def _all_sealed(door: Database, org: ApiOrg) -> bool:
    said = [row[1] for row in _asked(door, org, TEXTS)] + [row[0] for row in _asked(door, org, FORMER)]
    return all(one.startswith("VE1.") for one in said) and _asked(door, org, FORMS) == [(0,)]


def _found(at_work: Directory, *conditions: str) -> list[str]:
    return [one["id"] for condition in conditions for one in at_work.find("Users", condition)]


ADAS = ('userName eq "ADA@example.com"', 'externalId eq "4711-ada"', 'displayName eq "ada byron"')


def test_what_is_said_is_stored_sealed_and_found_as_it_was(
    at_work: Directory, org: ApiOrg, api_door: Database, admin: Staff
) -> None:
    ada = at_work.hires("Ada@example.com", **SAID)
    bea = at_work.hires("bea@example.com", displayName="Bea")

    again = at_work.must(at_work.get(f"/Users/{ada['id']}"))
    assert again == ada
    assert {name: ada[name] for name in SAID} == SAID
    assert _found(at_work, *ADAS) == [ada["id"]] * 3
    assert _found(at_work, 'externalId eq "4711-ADA"', 'userName eq "4711-ada"') == []
    renamed = at_work.patch(f"/Users/{ada['id']}", {"op": "replace", "path": "userName", "value": "ada2"})
    assert at_work.must(renamed)["userName"] == "ada2"
    assert _found(at_work, *ADAS) == [ada["id"]] * 2

    assert _all_sealed(api_door, org)
    texts = _asked(api_door, org, TEXTS)
    assert [word for word, _, index in texts if index is not None] == [
        *["attributes"] * 2,
        "external-id",
        *["user-name"] * 2,
    ]
    listed = {one["id"]: one for one in admin.must(admin.get("/scim-users"))["data"]}
    assert (listed[ada["id"]]["user_name"], listed[ada["id"]]["external_id"]) == ("ada2", "4711-ada")
    assert (listed[bea["id"]]["user_name"], listed[bea["id"]]["external_id"]) == ("bea@example.com", None)
    versions = admin.must(admin.get(f"/scim-users/{ada['id']}/history"))["data"]
    assert [one["record"]["user_name"] for one in versions] == ["ada2", "Ada@example.com"]
    seen = admin.must(admin.get("/identity-changes?limit=100"))["data"]
    (change,) = [one for one in seen if one["subject"]["id"] == ada["id"] and one["action"] == "changed"]
    assert (change["before"]["user_name"], change["after"]["user_name"]) == ("Ada@example.com", "ada2")
    assert b"VE1." not in admin.get("/identity-changes?limit=100").body


def test_a_name_is_one_persons_however_it_is_written(at_work: Directory, admin: Staff) -> None:
    at_work.hires("ada@example.com")
    asked = {"principal": admin.hires(), "user_name": "ADA@EXAMPLE.COM"}

    again = at_work.ask("POST", "/Users", {"userName": "Ada@Example.com"})

    assert told(again) == (409, "uniqueness")
    assert admin.post("/scim-users", asked).refused == (409, "code-taken")


def test_what_is_from_before_works_and_is_sealed_by_the_next_rotation(
    server: ServerProcess,
    org: ApiOrg,
    api_door: Database,
    keyring: Keyring,
    at_work: Directory,
    admin: Staff,
) -> None:
    said = {name: value for name, value in SAID.items() if name != "externalId"}
    person = admin.hires("Ada")
    ada = plain_profiles.user(
        api_door, org, person, "ada@example.com", external_id="4711-ada", attributes=said
    )
    plain_profiles.user(api_door, org, admin.hires("Bea"), "bea")
    plain_profiles.passkey(api_door, org, person, "Ada's phone")
    size = org.log_size()

    def _is_whole() -> bool:
        read = at_work.must(at_work.get(f"/Users/{ada}"))
        taken = at_work.ask("POST", "/Users", {"userName": "Ada@example.com"})
        bundle = admin.must(admin.get(f"/principals/{person}/bundle"))["held"]
        return (
            _found(at_work, *ADAS) == [ada] * 3
            and {name: read[name] for name in SAID} == SAID
            and told(taken) == (409, "uniqueness")
            and [one["name"] for one in bundle["passkeys"]] == ["Ada's phone"]
            and bundle["scim_users"][0]["attributes"] == said
        )

    assert _is_whole()
    assert not _all_sealed(api_door, org)
    for _ in range(2):
        before = {said for _, said, _ in _asked(api_door, org, TEXTS)}
        _rotate(server, api_door, org, keyring)

        assert _all_sealed(api_door, org)
        assert not before & {said for _, said, _ in _asked(api_door, org, TEXTS)}
        assert _is_whole()
    assert org.log_size() == size, "to seal what was plain is no change"


def test_what_a_directory_says_anew_of_somebody_from_before_is_sealed(
    org: ApiOrg, api_door: Database, at_work: Directory, admin: Staff
) -> None:
    ada = plain_profiles.user(
        api_door, org, admin.hires("Ada"), "ada", external_id="x", attributes={"displayName": "Ada"}
    )

    at_work.must(at_work.patch(f"/Users/{ada}", {"op": "replace", "path": "title", "value": "Forewoman"}))

    assert all(said.startswith("VE1.") for _, said, _ in _asked(api_door, org, TEXTS))
    assert _asked(api_door, org, FORMS) == [(0,)]
    assert _found(at_work, 'userName eq "ADA"', 'externalId eq "x"', 'displayName eq "Ada"') == [ada] * 3


def test_who_is_erased_is_no_user_any_more_and_none_of_it_is_left(
    org: ApiOrg, api_door: Database, at_work: Directory, admin: Staff
) -> None:
    ada, bea = at_work.hires("ada@example.com", **SAID)["id"], at_work.hires("bea")["id"]
    group = at_work.groups("Stores", ada, bea)["id"]
    person = principal_of(org, ada)

    admin.must(admin.post(f"/principals/{person}/disabling"))
    admin.must(admin.post(f"/principals/{person}/erasure"))

    assert told(at_work.get(f"/Users/{ada}")) == (404, None)
    assert _found(at_work, *ADAS, f'id eq "{ada}"') == []
    assert at_work.must(at_work.get("/Users"))["totalResults"] == 1
    members = at_work.must(at_work.get(f"/Groups/{group}"))["members"]
    assert [one["value"] for one in members] == [bea]
    mine = [row for row in _asked(api_door, org, TEXTS) if row[1].startswith("erased-")]
    assert mine == [("user-name", f"erased-{ada}", None)]
    assert {row[0] for row in _asked(api_door, org, TEXTS)} == {"user-name"}
    for path in (
        f"/principals/{person}/bundle",
        "/scim-users?with_removed=true",
        f"/scim-users/{ada}/history",
        "/identity-changes?limit=100",
    ):
        reply = admin.get(path)
        assert b"ada@" not in reply.body
        assert b"4711" not in reply.body
        assert b"Forewoman" not in reply.body
    assert at_work.hires("ada@example.com", externalId="4711-ada")["id"] != ada


def test_the_name_of_a_passkey_is_its_persons_and_goes_with_them(
    org: ApiOrg, api_door: Database, admin: Staff
) -> None:
    ada = holder(api_door, org)
    second = register(ada.browser, Authenticator(), name="Ada's key ring")
    listed = ada.browser.ask("GET", "/passkeys").json["data"]
    assert {one["name"] for one in listed} == {"Phone", "Ada's key ring"}
    revoked = ada.browser.ask("POST", f"/passkeys/{second}/revocation")
    assert (revoked.status, revoked.json["name"]) == (200, "Ada's key ring")
    assert _all_sealed(api_door, org)
    person = ada.browser.principal_id

    admin.must(admin.post(f"/principals/{person}/disabling"))
    admin.must(admin.post(f"/principals/{person}/erasure"))

    said = [said for word, said, _ in _asked(api_door, org, TEXTS) if word == "passkey"]
    assert sorted(said) == sorted(f"erased-{one}" for one in (ada.passkey_id, second))
    for path in (f"/principals/{person}/bundle", "/identity-changes?limit=100"):
        assert b"key ring" not in admin.get(path).body


def test_a_repeat_of_a_passkey_with_another_name_is_told(org: ApiOrg, api_door: Database) -> None:
    browser = sign_in(api_door, org, "auditor")
    made = Authenticator().create(creation_options(browser), here(org))
    first = send_passkey(browser, made, name="Phone", key="k")

    assert (first.status, first.json["name"]) == (201, "Phone")
    assert send_passkey(browser, made, name="Phone", key="k").is_replayed
    assert send_passkey(browser, made, name="Ring", key="k").refused == (422, "idempotency-key-reused")


def test_what_does_not_open_is_never_shown_as_if_it_were_not_there(
    org: ApiOrg, api_door: Database, at_work: Directory
) -> None:
    ada, bea = (at_work.hires(name, **{**SAID, "externalId": name})["id"] for name in ("ada", "bea"))
    with operator(api_door, org) as (connection, _):
        for step in OFF:
            connection.execute(step)  # type: ignore[arg-type]
        connection.execute(
            "update identity.scim_user as u set external_id = x.external_id from identity.scim_user as x"
            " where u.org_id = %s and u.id = %s and x.org_id = u.org_id and x.id = %s",
            [org.org_id, ada, bea],
        )
        for step in ON:
            connection.execute(step)  # type: ignore[arg-type]

    for path in (f"/Users/{ada}", "/Users", "/Users?filter=userName%20eq%20%22ada%22"):
        assert told(at_work.get(path)) == (503, None)
    titled = at_work.patch(f"/Users/{ada}", {"op": "replace", "path": "title", "value": "x"})
    assert told(titled) == (503, None)
    assert at_work.get(f"/Users/{bea}").status == 200
