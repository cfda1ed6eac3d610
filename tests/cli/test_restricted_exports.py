"""An export made while a person is restricted: their notes stay behind, and all else goes on elsewhere (V-09, V-19)."""

import json
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from support import api_orgs
from support.api_orgs import RECEIPT, ApiOrg
from support.command import Command, Installation
from support.http_client import Client
from support.ledger_sql import APP
from support.staff import Staff, administrator
from support.whole_orgs import another, verify
from support.written_notes import asked, database_of, exported, files_with, noted
from velaurum.db import embedded
from velaurum.db.connection import Database

ADAS, BOBS, CARLS, EVES = (f"{word}{secrets.token_hex(12)}" for word in ("ada", "bob", "carl", "eve"))
PLACE = {"action": "place", "reason": "accuracy contested, ticket 88"}
LIFT = {"action": "lift", "reason": "accuracy verified"}
LISTS = ("items", "locations", "movements", "balances", "principals")


@dataclass(frozen=True, slots=True)
class Carried:
    """An organisation of which Ada and Eve are restricted, Eve without a note; its export from then."""

    org: ApiOrg
    admin: Staff
    ada: str
    eve: str
    export: Path
    movements: dict[str, str]

    @property
    def log_name(self) -> str:
        origin: str = json.loads((self.export / "manifest.json").read_bytes())["report"]["origin"]
        return origin.partition("/org/")[0]

    def lines(self, name: str) -> list[Any]:
        return [json.loads(line) for line in (self.export / "data" / name).read_text().splitlines()]


@pytest.fixture(scope="module")
def carried(plainly_served: Installation) -> Iterator[Carried]:
    conninfo = database_of(plainly_served).conninfo(user=APP, dbname=embedded.DATABASE)
    with ExitStack() as stack:
        door = stack.enter_context(closing(Database(conninfo, max_connections=2)))
        org = api_orgs.create(door, stack.enter_context(closing(Client(plainly_served.url))))
        admin = administrator(org)
        ada, bob, carl, eve = (admin.hires(name) for name in ("Ada", "Bob", "Carl", "Eve"))
        written = {
            text: noted(org, admin.issues(who)["token"], text)
            for who, text in ((ada, ADAS), (bob, BOBS), (carl, CARLS))
        }
        bare = org.client.post(
            f"{org.path}/movements", RECEIPT, token=admin.issues(eve)["token"], key=EVES[-20:]
        )
        written[EVES] = admin.must(bare)["id"]
        for who in (ada, carl, eve):
            admin.must(admin.post(f"/principals/{who}/restriction", PLACE))
        admin.must(admin.post(f"/principals/{carl}/restriction", LIFT))
        export = exported(plainly_served, org, "while-restricted")
        yield Carried(org, admin, ada, eve, export, written)


@pytest.fixture(scope="module")
def there(carried: Carried) -> Iterator[Installation]:
    with another(carried.log_name) as installation:
        policy = str(carried.export / "policy.txt")
        done = installation.command("import-org", str(carried.export), "--policy", policy)
        assert done.code == 0, done.stderr
        yield installation


@pytest.fixture(scope="module")
def ruler(carried: Carried, there: Installation) -> Iterator[Staff]:
    made = there.command("token", "create", "--org", carried.org.code, "--role", "org-admin")
    with closing(Client(there.url)) as client:
        yield Staff(replace(carried.org, client=client), made.stdout.strip())


@pytest.fixture(scope="module")
def lists(ruler: Staff) -> dict[str, dict[str, Any]]:
    """Return every list of the new installation, read before anybody writes to it."""
    return {noun: listed(ruler, noun) for noun in LISTS}


def listed(staff: Staff, noun: str) -> dict[str, Any]:
    staff.org.client.close()
    rows = staff.must(staff.get(f"/{noun}?limit=200"))["data"]
    return {json.dumps(one.get("id", one.get("item")), sort_keys=True): one for one in rows}


def test_the_export_leaves_out_their_notes_says_whose_and_verifies(carried: Carried) -> None:
    read = verify(carried.export, "--json").document
    notes = {one["id"]: one.get("note") for one in carried.lines("movements.ndjson")}
    steps = [(one["principal_id"], one["action"]) for one in carried.lines("restrictions.ndjson")]

    assert (read["ok"], read["fault"]) == (True, None)
    assert {text: notes[one] for text, one in carried.movements.items()} == {
        ADAS: None,
        BOBS: BOBS,
        CARLS: CARLS,
        EVES: None,
    }
    assert files_with(carried.export, ADAS) == []
    assert [action for who, action in steps if who in (carried.ada, carried.eve)] == ["placed"] * 2
    assert sorted(action for who, action in steps if who not in (carried.ada, carried.eve)) == [
        "lifted",
        "placed",
    ]


@pytest.mark.parametrize("noun", LISTS)
def test_all_else_is_what_it_was(carried: Carried, lists: dict[str, dict[str, Any]], noun: str) -> None:
    before, after = listed(carried.admin, noun), lists[noun]
    if noun == "movements":
        # What is not there cannot be withheld.
        adas = before[json.dumps(carried.movements[ADAS])]
        assert adas["restricted"] == ["actor.name", "note"]
        adas["restricted"].remove("note")

    assert len(before) > 0
    assert {one: after.get(one) for one in before} == before


def test_the_database_holds_to_its_log(there: Installation) -> None:
    done = there.command("verify", "db", "--json").document

    assert (done["ok"], done["findings"]) == (True, [])
    assert files_with(there.data_dir, ADAS) == []


@pytest.mark.usefixtures("lists")
def test_the_restriction_holds_there_and_lifting_it_brings_nothing_back(
    carried: Carried, ruler: Staff, there: Installation
) -> None:
    path = f"/movements/{carried.movements[ADAS]}"
    ruler.org.client.close()
    held = ruler.must(ruler.get(path))
    bundle = ruler.must(ruler.get(f"/principals/{carried.ada}/bundle"))

    lifted = ruler.must(ruler.post(f"/principals/{carried.ada}/restriction", LIFT))
    after = ruler.must(ruler.get(path))

    assert (held["actor"]["name"], held["note"], held["restricted"]) == (
        carried.ada,
        None,
        ["actor.name"],
    )
    assert ADAS not in json.dumps(bundle)
    assert [one["action"] for one in lifted["steps"]] == ["placed", "lifted"]
    assert (after["actor"]["name"], after["note"], after["restricted"]) == ("Ada", None, [])
    assert not asked(
        there,
        "select from ledger.movement_note where movement_id = %s and sealed is not null",
        carried.movements[ADAS],
    )


def test_what_is_exported_there_has_the_same_and_verifies(
    carried: Carried, there: Installation, place: Path
) -> None:
    again = place / "again"
    there.command("export", carried.org.code, "--to", str(again), "--json").document  # noqa: B018
    keys = [(folder / "policy.txt").read_text().splitlines() for folder in (carried.export, again)]
    lines = [line for read in keys for line in read if line.startswith("log ") and "/meta/" not in line]
    (place / "policy").write_text("\n".join([*lines, "quorum none", ""]))

    read = Command({}, place)("verify", str(again), "--policy", str(place / "policy"), "--json").document

    assert (read["ok"], read["fault"]) == (True, None)
    for table in ("movements.ndjson", "restrictions.ndjson"):
        before, after = ((folder / "data" / table).read_bytes() for folder in (carried.export, again))
        assert after.startswith(before)
