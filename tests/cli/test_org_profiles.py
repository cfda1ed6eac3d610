"""What a directory says of people is carried away and sealed anew, with indexes; so are names of passkeys (V-19)."""

import json
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from cli.test_org_logins import There
from support import api_orgs, plain_profiles, talkative
from support.api_orgs import ApiOrg
from support.authenticator import Authenticator
from support.browsers import sign_in
from support.command import Installation
from support.directories import Directory, directory, maps, principal_of, told
from support.erased_people import dump, files_with, found_in
from support.http_client import Client
from support.ledger_sql import APP
from support.passkeys import register
from support.same_exports import compare
from support.staff import Staff, administrator
from support.whole_orgs import another
from support.written_notes import asked, database_of, exported
from velaurum.db import embedded
from velaurum.db.connection import Database

ADAS, ONCE, ID, TITLE, FROM_BEFORE, PHONE, EVES = (
    f"{word}{secrets.token_hex(12)}" for word in ("ada", "was", "id", "title", "old", "phone", "eve")
)
# Attributes are in no record, and stay behind.
CARRIED = [ADAS, ONCE, ID, FROM_BEFORE, PHONE]
PLANTED = [*CARRIED, TITLE, EVES]
STANDING = (
    "select x.word, left(x.said, 4) = 'VE1.', x.index is not null, count(*) from ("
    " select 'user-name' as word, user_name as said, user_name_index as index from identity.scim_user"
    " union all select 'external-id', external_id, external_id_index from identity.scim_user"
    " union all select 'attributes', attributes, display_name_index from identity.scim_user"
    " union all select 'digest', attributes_digest, null from identity.scim_user"
    " union all select 'passkey', name, null from identity.passkey"
    ") as x where x.said is not null group by 1, 2, 3 order by 1, 2, 3"
)
FORMER = (
    "select distinct c.subject, v.name, v.salt is null and v.value like 'VE1.%%' from audit.personal_value as v"
    " inner join audit.change as c on v.org_id = c.org_id and v.change_id = c.id"
    " where c.subject in ('scim-user', 'passkey') and v.value not like 'erased-%%' order by 1, 2"
)


@dataclass(frozen=True, slots=True)
class Carried:
    """An organisation whose directory keeps people, one of whom was erased, and its export."""

    org: ApiOrg
    ada: str
    export: Path
    log_name: str


@pytest.fixture(scope="module")
def carried(plainly_served: Installation) -> Iterator[Carried]:
    conninfo = database_of(plainly_served).conninfo(user=APP, dbname=embedded.DATABASE)
    with ExitStack() as stack:
        door = stack.enter_context(closing(Database(conninfo, max_connections=2)))
        org = api_orgs.create(door, stack.enter_context(closing(Client(plainly_served.url))))
        admin, at_work = administrator(org), directory(org)
        ada = at_work.hires(ONCE, externalId=ID, title=TITLE)["id"]
        renamed = {"op": "replace", "path": "userName", "value": ADAS}
        at_work.must(at_work.patch(f"/Users/{ada}", renamed))
        plain_profiles.user(door, org, admin.hires("Bea"), FROM_BEFORE)
        register(sign_in(door, org, "auditor"), Authenticator(), name=PHONE)
        maps(admin, at_work.groups("Stores", ada)["id"], "auditor")
        eve = principal_of(org, at_work.hires(EVES, externalId=EVES)["id"])
        admin.must(admin.post(f"/principals/{eve}/disabling"))
        admin.must(admin.post(f"/principals/{eve}/erasure"))
        export = exported(plainly_served, org, "with-profiles")
        origin = json.loads((export / "manifest.json").read_bytes())["report"]["origin"]
        yield Carried(org, ada, export, origin.partition("/org/")[0])


@pytest.fixture(scope="module")
def there(carried: Carried) -> Iterator[There]:
    """Import into a new installation whose database says in its log all that it is told."""
    with another(carried.log_name) as installation:
        talkative.let_it_talk(database_of(installation))
        policy = str(carried.export / "policy.txt")
        done = installation.command("import-org", str(carried.export), "--policy", policy)
        assert done.code == 0, done.stderr
        yield There(
            installation,
            dump(database_of(installation)),
            asked(installation, STANDING),
            asked(installation, FORMER),
            exported(installation, carried.org, "again"),
            installation.command("verify", "db", "--json").document,
        )


@pytest.fixture(scope="module")
def at_work(carried: Carried, there: There) -> Iterator[Directory]:
    """Return the directory of the organisation in its new installation, which has a token of its own."""
    made = there.installation.command("token", "create", "--org", carried.org.code, "--role", "org-admin")
    with closing(Client(there.installation.url)) as client:
        org = replace(carried.org, client=client)
        ruler = Staff(org, made.stdout.strip())
        service = ruler.must(ruler.post("/principals", {"name": "Entra", "kind": "service"}))["id"]
        yield Directory(org, ruler.issues(service, "provisioner")["token"])


def test_none_of_it_is_in_the_new_installation_or_ever_was(carried: Carried, there: There) -> None:
    """Nor in what its database wrote of each statement, or ahead of its pages."""
    said = (carried.export / "disclosures.jsonl").read_bytes()

    assert found_in(said, PLANTED) == CARRIED
    assert found_in(there.dumped, [*PLANTED, carried.ada]) == [carried.ada]
    assert files_with(there.installation.data_dir, PLANTED) == {}


def test_each_is_sealed_with_its_index_and_so_is_each_former_one(there: There) -> None:
    """But those of who was erased."""
    assert there.standing == [
        ("digest", True, False, 2),
        ("external-id", True, True, 1),
        ("passkey", True, False, 1),
        ("user-name", False, False, 1),
        ("user-name", True, True, 2),
    ]
    assert {(subject, name) for subject, name, is_sealed in there.former if is_sealed} == {
        ("passkey", "name"),
        ("scim-user", "user_name"),
        ("scim-user", "external_id"),
        ("scim-user", "attributes_digest"),
    }
    assert all(is_sealed for _, _, is_sealed in there.former)


def test_records_and_hashes_are_the_same(carried: Carried, there: There) -> None:
    assert compare(carried.export, there.again).records > 20
    assert (there.verified["ok"], there.verified["findings"]) == (True, [])


def test_the_directory_finds_its_users_there_and_says_their_attributes_again(
    carried: Carried, at_work: Directory
) -> None:
    for condition in (f'userName eq "{ADAS.upper()}"', f'externalId eq "{ID}"'):
        (found,) = at_work.find("Users", condition)
        assert (found["id"], found["userName"], found["externalId"]) == (carried.ada, ADAS, ID)
        assert "title" not in found
    assert [one["userName"] for one in at_work.find("Users", f'userName eq "{FROM_BEFORE}"')] == [FROM_BEFORE]
    assert told(at_work.ask("POST", "/Users", {"userName": ADAS})) == (409, "uniqueness")

    (group,) = at_work.find("Groups", 'displayName eq "stores"')
    assert [one["value"] for one in group["members"]] == [carried.ada]
    again = at_work.ask("PUT", f"/Users/{carried.ada}", {"userName": ADAS, "externalId": ID, "title": TITLE})

    assert at_work.must(again)["title"] == TITLE
