"""`velaurum import-org`: an organisation goes on in another installation, with the same records and log (V-19)."""

import json
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from support.api_orgs import ApiOrg
from support.command import Command, Installation
from support.http_client import Client
from support.whole_orgs import another, whole_org
from velaurum.db import embedded

PATIENCE_S = 60.0
LISTS = (
    "items",
    "items/RIVET/packs",
    "locations",
    "sub-orgs",
    "movements",
    "balances",
    "approval-requests",
    "periods",
    "lots",
    "serials",
    "shipments",
    "counts",
    "reservations",
    "counts/CYCLE-1/lines",
    *(f"counts/{one}/variances" for one in ("CYCLE-1", "CYCLE-2")),
)


@dataclass(frozen=True, slots=True)
class Carried:
    """An organisation that nobody changes any more, its export, and the name of its log."""

    org: ApiOrg
    export: Path
    log_name: str

    @property
    def words(self) -> tuple[str, ...]:
        return ("import-org", str(self.export), "--policy", str(self.export / "policy.txt"))


@pytest.fixture(scope="module")
def carried(plainly_served: Installation) -> Iterator[Carried]:
    with whole_org(plainly_served, movements=1_500) as org:
        to = plainly_served.data_dir.parent / "to-be-imported"
        plainly_served.command("export", org.code, "--to", str(to), "--json").document  # noqa: B018
        report = json.loads((to / "manifest.json").read_bytes())["report"]
        yield Carried(org, to, report["origin"].partition("/org/")[0])


@pytest.fixture(scope="module")
def imported(carried: Carried) -> Iterator[Installation]:
    with another(carried.log_name) as there:
        done = there.command(*carried.words, "--json").document
        assert (done["org"], done["incarnation"]) == (carried.org.code, 1)
        yield there


@pytest.fixture(scope="module")
def there(imported: Installation, carried: Carried) -> Iterator[Callable[[str], Any]]:
    """Return what asks the new installation for all of a list, as an administrator of it."""
    token = imported.command(
        "token", "create", "--org", carried.org.code, "--role", "org-admin"
    ).stdout.strip()
    with closing(Client(imported.url)) as client:
        yield lambda path: everything(client, f"/v1/orgs/{carried.org.code}/{path}", token)


@pytest.fixture(scope="module")
def lists(there: Callable[[str], Any]) -> dict[str, Any]:
    """Return every list of the new installation, read before anybody writes to it."""
    return {noun: there(noun) for noun in LISTS}


def without_use(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record without what is no part of it: when it was used last, and keys of the installation."""
    return {name: value for name, value in record.items() if name not in ("last_used_at", "keys")}


def everything(client: Client, path: str, token: str) -> list[Any]:
    """Read every page of a list."""
    found, cursor = [], ""
    while True:
        client.close()
        reply = client.get(f"{path}?limit=200{cursor}", token=token)
        assert reply.status == 200, str(reply)
        found += reply.json["data"]
        if reply.json["next_cursor"] is None:
            return found
        cursor = f"&cursor={reply.json['next_cursor']}"


@pytest.mark.parametrize("noun", LISTS)
def test_every_record_is_what_it_was(carried: Carried, lists: dict[str, Any], noun: str) -> None:
    org = carried.org
    before = everything(org.client, f"{org.path}/{noun}", org.tokens["org-admin"])

    assert len(before) > 0
    assert lists[noun] == before


@pytest.mark.parametrize("noun", ["principals", "tokens", "webhooks"])
def test_people_tokens_and_webhooks_are_there_without_their_secrets(
    carried: Carried, imported: Installation, there: Callable[[str], Any], noun: str
) -> None:
    org = carried.org
    before = [
        without_use(one) for one in everything(org.client, f"{org.path}/{noun}", org.tokens["org-admin"])
    ]

    after = {one["id"]: without_use(one) for one in there(noun)}

    assert [after.get(one["id"]) for one in before] == before
    with closing(Client(imported.url)) as client:
        reply = client.get(f"{org.path}/items", token=org.tokens["org-admin"])
    assert reply.refused == (401, "unauthenticated")


def test_the_database_holds_to_its_log(imported: Installation) -> None:
    done = imported.command("verify", "db", "--json").document

    assert (done["ok"], done["findings"]) == (True, [])


def test_what_was_recorded_elsewhere_says_no_transaction_of_here(
    carried: Carried, imported: Installation
) -> None:
    """Whenever it is imported, it was committed here long after the instants that it says."""
    report = json.loads((carried.export / "manifest.json").read_bytes())["report"]
    of_a_log = "select m.xid from {} as m where m.log_index {} {} and m.xid is {}"

    for table in ("ledger.movement", "audit.version"):
        said = of_a_log.format(table, "<", report["size"], "not null")
        assert _asked(imported, f"select not exists ({said})")
    here = of_a_log.format("audit.version", ">=", report["size"], "null")
    assert _asked(imported, f"select not exists ({here})")


def test_the_keys_of_before_are_removed_and_one_of_here_is_found(
    carried: Carried, imported: Installation, there: Callable[[str], Any]
) -> None:
    org = carried.org
    before = everything(org.client, f"{org.path}/keys/history", org.tokens["org-admin"])

    after = there("keys/history")

    here, *kept = after
    assert (here["action"], here["record"]["state"], here["actor"]["kind"]) == ("found", "active", "process")
    assert [one["record"]["id"] for one in kept] == [one["record"]["id"] for one in before]
    assert [one["valid_to"] is None for one in before] == [True]
    assert all(one["valid_to"] is not None for one in kept)
    assert here["record"]["id"] not in {one["record"]["id"] for one in kept}
    listed = imported.command("key", "list", org.code, "--json").document["wrapping_keys"]
    assert [one["id"] for one in listed] == [here["record"]["id"]]


def test_the_log_is_the_same_and_goes_on_as_its_next_incarnation(
    carried: Carried, imported: Installation, place: Path
) -> None:
    again = place / "again"
    done = imported.command("export", carried.org.code, "--to", str(again), "--json").document
    keys = [(folder / "policy.txt").read_text().splitlines() for folder in (carried.export, again)]
    lines = [line for read in keys for line in read if line.startswith("log ") and "/meta/" not in line]
    (place / "policy").write_text("\n".join([*lines, "quorum none", ""]))

    verified = Command({}, place)("verify", str(again), "--policy", str(place / "policy"), "--json").document

    report = json.loads((carried.export / "manifest.json").read_bytes())["report"]
    (opening,) = verified["incarnations"]
    assert verified["ok"] is True, verified["fault"]
    assert (opening["entry"], opening["common_size"], opening["lost_size"]) == (report["size"],) * 3
    assert (opening["lost_root"], opening["last_checkpoint"]) == (report["root"], "checkpoints/0/last")
    assert done["size"] > report["size"]
    for table in ("movements.ndjson", "history.ndjson", "decisions.ndjson"):
        before, after = ((folder / "data" / table).read_bytes() for folder in (carried.export, again))
        assert after.startswith(before)
    for subject in ("item", "lot", "serial"):
        before, after = (
            (folder / f"data/records/{subject}.ndjson").read_bytes() for folder in (carried.export, again)
        )
        assert after == before != b""
    told_apart = [parts_of_stock(folder) for folder in (carried.export, again)]
    assert told_apart[0] == told_apart[1]
    assert {one.get("status") for one in told_apart[0]} == {None, "quarantine", "blocked"}


def parts_of_stock(folder: Path) -> list[dict[str, Any]]:
    """Return the balances of an export that are of a lot, a serial or a status."""
    listed = [json.loads(line) for line in (folder / "data/balances.ndjson").read_bytes().splitlines()]
    return [one for one in listed if one.keys() & {"lot_id", "serial_id", "status"}]


@pytest.mark.usefixtures("lists")
def test_it_goes_on_and_a_key_that_was_decided_stays_decided(
    carried: Carried, imported: Installation
) -> None:
    org = carried.org
    (old,) = everything(org.client, f"{org.path}/movements", org.tokens["auditor"])[-1:]
    keeper = imported.command("token", "create", "--org", org.code, "--role", "storekeeper").stdout.strip()
    asked = {
        "kind": "receipt",
        "item": "RIVET",
        "quantity": "20",
        "target": "NORTH-1",
        "note": old["note"],
        "reference": old["reference"],
    }
    with closing(Client(imported.url)) as client:
        again = client.post(f"{org.path}/movements", asked, token=keeper, key=old["idempotency_key"])
        new = client.post(f"{org.path}/movements", asked, token=keeper, key="new")

    assert (again.status, again.is_replayed, again.json) == (200, True, old)
    assert new.status == 201
    assert new.json["target"]["seq"] > 1


def test_what_is_there_already_is_refused(carried: Carried, imported: Installation) -> None:
    done = imported.command(*carried.words)

    assert done.code != 0
    assert f"There is an organisation {carried.org.code} here already." in done.stderr


def test_what_does_not_verify_is_refused_and_nothing_is_imported(carried: Carried, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(carried.export, copy)
    table = copy / "data/decisions.ndjson"
    table.write_bytes(table.read_bytes().replace(b"refused", b"created", 1))
    with another(carried.log_name) as fresh, another("another.example") as otherwise:
        changed = fresh.command("import-org", str(copy), "--policy", str(copy / "policy.txt"))
        renamed = otherwise.command(*carried.words)
        listed = [one.command("org", "list", "--json").document for one in (fresh, otherwise)]

    assert (changed.code != 0, "data/decisions.ndjson is not as it was written" in changed.stderr) == (
        True,
        True,
    )
    assert f"VELAURUM_LOG_NAME={carried.log_name}" in renamed.stderr
    assert [one["data"] for one in listed] == [[], []]


def test_an_import_that_is_killed_leaves_nothing_or_is_gone_on_with(carried: Carried) -> None:
    with another(carried.log_name) as there:
        first = there.command.start(*carried.words)
        _wait(lambda: _is_writing(there), first.poll)
        first.send_signal(signal.SIGKILL)
        first.communicate()
        nothing = there.command("org", "list", "--json").document["data"]
        second = there.command.start(*carried.words)
        _wait(lambda: bool(_organisations(there)), second.poll)
        second.send_signal(signal.SIGKILL)
        second.communicate()
        done = there.command(*carried.words, "--json").document
        verified = there.command("verify", "db", "--json").document

    assert nothing == []
    assert done["incarnation"] == 1
    assert verified["findings"] == []


def _wait(happened: Callable[[], bool], ended: Callable[[], int | None]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not happened():
        assert ended() is None, "it ended before"
        assert time.monotonic() < deadline
        time.sleep(0.005)


def _is_writing(installation: Installation) -> bool:
    query = (
        "select exists (select from pg_stat_activity where application_name = 'velaurum-migrate'"
        " and xact_start is not null and query like '%ledger.movement%')"
    )
    return bool(_asked(installation, query))


def _organisations(installation: Installation) -> int:
    return int(_asked(installation, "select count(*) from tenancy.org"))


def _asked(installation: Installation, query: str) -> Any:
    cluster = embedded.find_running(installation.data_dir)
    assert cluster is not None
    with psycopg.connect(cluster.conninfo(user="postgres", dbname=embedded.DATABASE)) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]
