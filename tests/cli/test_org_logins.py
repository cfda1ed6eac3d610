"""Logins and subjects of providers are carried away and sealed anew; no database has them in plain (V-08, V-19)."""

import json
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from support import api_orgs, plain_logins, talkative
from support.api_orgs import ApiOrg
from support.command import Installation
from support.erased_people import dump, files_with, found_in
from support.guests import OTHER_PASSWORD, PASSWORD, Guest, invite, try_sign_in
from support.http_client import Client
from support.ledger_sql import APP
from support.same_exports import compare
from support.sign_ins import Front, let_vouch
from support.staff import Staff, administrator
from support.whole_orgs import another, verify
from support.written_notes import asked, database_of, exported
from velaurum.db import embedded
from velaurum.db.connection import Database

ADAS, BEAS, WITHDRAWN, FROM_BEFORE, EVES, ADAS_SUBJECT, TAKEN_AWAY, SUBJECT_FROM_BEFORE = (
    f"{word}{secrets.token_hex(12)}" for word in ("ada", "bea", "was", "old", "eve", "sub", "past", "ancient")
)
LOGINS = [ADAS, BEAS, WITHDRAWN, FROM_BEFORE]
SUBJECTS = [ADAS_SUBJECT, TAKEN_AWAY, SUBJECT_FROM_BEFORE]
PLANTED = [*LOGINS, EVES, *SUBJECTS]
# The provider is asked for nothing here.
ISSUER = "https://login.invalid"
STANDING = (
    "select x.word, left(x.said, 4) = 'VE1.', x.index is not null, count(*) from ("
    " select 'invitation' as word, login as said, login_index as index from identity.invitation"
    " union all select 'password', login, login_index from identity.password"
    " union all select 'subject', subject, subject_index from identity.provider_subject"
    ") as x group by 1, 2, 3 order by 1, 2, 3"
)
FORMER = (
    "select v.name, v.salt is null, v.value like 'VE1.%%', count(*) > 0 from audit.personal_value as v"
    " where v.name in ('login', 'subject') and v.value not like 'erased-%%' group by 1, 2, 3 order by 1"
)


@dataclass(frozen=True, slots=True)
class Carried:
    """An organisation with people who sign in, one of whom was erased, and its export."""

    org: ApiOrg
    front: Front
    ada: str
    bea: str
    export: Path
    log_name: str


@pytest.fixture(scope="module")
def carried(plainly_served: Installation) -> Iterator[Carried]:
    conninfo = database_of(plainly_served).conninfo(user=APP, dbname=embedded.DATABASE)
    with ExitStack() as stack:
        door = stack.enter_context(closing(Database(conninfo, max_connections=2)))
        org = api_orgs.create(door, stack.enter_context(closing(Client(plainly_served.url))))
        admin = administrator(org)
        ada, bea, eve = (admin.hires(name) for name in ("Ada", "Bea", "Eve"))
        admin.must(admin.post(f"/principals/{bea}/assignments", {"role": "auditor"}))
        plain_logins.invited(door, org, bea, FROM_BEFORE)
        for person, login in ((ada, WITHDRAWN), (ada, ADAS), (bea, BEAS), (eve, EVES)):
            guest = invite(org, person, login)
            if login != BEAS:
                redeemed = guest.redeem()
                assert redeemed.status == 200, redeemed
        front = let_vouch(org, ISSUER)
        for subject in (TAKEN_AWAY, ADAS_SUBJECT):
            linked = front.link(subject, ada)
            assert linked.status == 201, linked
            if subject == TAKEN_AWAY:
                path = f"{org.path}/providers/{front.provider['code']}/subjects/{linked.json['id']}"
                admin.must(org.client.ask("DELETE", path, token=org.tokens["org-admin"]))
        plain_logins.linked(door, org, front.provider["id"], SUBJECT_FROM_BEFORE, bea)
        admin.must(admin.post(f"/principals/{eve}/disabling"))
        admin.must(admin.post(f"/principals/{eve}/erasure"))
        export = exported(plainly_served, org, "with-logins")
        origin = json.loads((export / "manifest.json").read_bytes())["report"]["origin"]
        yield Carried(org, front, ada, bea, export, origin.partition("/org/")[0])


@dataclass(frozen=True, slots=True)
class There:
    """The new installation, and what was in it when the import had ended."""

    installation: Installation
    dumped: bytes
    standing: list[tuple[Any, ...]]
    former: list[tuple[Any, ...]]
    again: Path
    verified: Any


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
def ruler(carried: Carried, there: There) -> Iterator[Staff]:
    """Return an administrator of the organisation in its new installation."""
    made = there.installation.command("token", "create", "--org", carried.org.code, "--role", "org-admin")
    with closing(Client(there.installation.url)) as client:
        yield Staff(replace(carried.org, client=client), made.stdout.strip())


def test_an_export_has_what_is_looked_for(carried: Carried) -> None:
    said = (carried.export / "disclosures.jsonl").read_bytes()

    assert verify(carried.export).code == 0
    assert found_in(said, PLANTED) == [*LOGINS, *SUBJECTS]


def test_none_of_them_is_in_the_new_installation_or_ever_was(carried: Carried, there: There) -> None:
    """Nor in what its database wrote of each statement, or ahead of its pages."""
    data_dir = there.installation.data_dir

    assert found_in(there.dumped, [*PLANTED, carried.ada]) == [carried.ada]
    assert files_with(data_dir, PLANTED) == {}
    logged = [one for one in (data_dir / "postgres").rglob("*.log") if one.stat().st_size > 10_000]
    assert any(b"pg_temp.staged" in one.read_bytes() for one in logged)


def test_each_is_sealed_with_its_index_and_so_is_each_former_one(there: There) -> None:
    """But those of who was erased."""
    assert there.standing == [
        ("invitation", False, False, 1),
        ("invitation", True, True, 4),
        ("password", False, False, 1),
        ("password", True, True, 2),
        ("subject", True, True, 3),
    ]
    assert there.former == [("login", True, True, True), ("subject", True, True, True)]


def test_records_and_hashes_are_the_same(carried: Carried, there: There) -> None:
    same = compare(carried.export, there.again)

    assert same.records > 20
    assert (there.verified["ok"], there.verified["findings"]) == (True, [])
    assert "not verified" not in json.dumps(there.verified)


def test_a_login_is_its_persons_there_and_signs_in_once_they_were_invited_again(
    carried: Carried, ruler: Staff
) -> None:
    """No password is carried away: who had one is nobody until then, and nobody else gets their login."""
    org = ruler.org
    assert try_sign_in(org, ADAS, PASSWORD).refused == (401, "unauthenticated")
    for login in (ADAS, BEAS):
        taken = ruler.post(f"/principals/{ruler.hires('Noa')}/invitations", {"login": login})
        assert taken.refused == (409, "code-taken"), taken

    ada = invite(org, carried.ada, ADAS.upper(), by=ruler)
    redeemed = ada.redeem(OTHER_PASSWORD)

    assert (redeemed.status, redeemed.json["login"]) == (200, ADAS)
    assert try_sign_in(org, ADAS, OTHER_PASSWORD).status == 200
    assert try_sign_in(org, ADAS, PASSWORD).refused == (401, "unauthenticated")


def test_an_invitation_at_the_operators_hand_finds_who_has_the_login(
    carried: Carried, there: There, ruler: Staff
) -> None:
    done = there.installation.command(
        "invitation", "create", BEAS, "--org", carried.org.code, "--json"
    ).document

    bea = Guest(ruler.org, carried.bea, BEAS, done["secret"])
    assert bea.redeem().status == 200
    told = bea.sign_in().ask("GET", "/me").json
    assert told["principal"]["id"] == carried.bea, told


def test_a_subject_stands_for_its_person_there_and_is_linked_to_nobody_else(
    carried: Carried, ruler: Staff
) -> None:
    path = f"/providers/{carried.front.provider['code']}/subjects"
    listed = ruler.must(ruler.get(path))["data"]
    noa = ruler.hires("Noa")

    taken = [
        ruler.post(path, {"subject": one, "principal": noa}) for one in (ADAS_SUBJECT, SUBJECT_FROM_BEFORE)
    ]
    again = ruler.post(path, {"subject": TAKEN_AWAY, "principal": noa})

    assert [(one["subject"], one["principal"]["id"]) for one in listed] == [
        (ADAS_SUBJECT, carried.ada),
        (SUBJECT_FROM_BEFORE, carried.bea),
    ]
    assert [one.refused for one in taken] == [(409, "code-taken")] * 2
    assert again.status == 201, again
