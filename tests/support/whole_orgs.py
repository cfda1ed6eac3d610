"""Organisations that have something of everything, on a served installation, and writers that go on posting."""

import shutil
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from support import api_orgs, shipments
from support.api_orgs import ApiOrg
from support.command import Command, Installation, Result, served
from support.counts import counted, line, must, team
from support.http_client import Client
from support.ledger_sql import APP
from support.people import join, set_rules
from support.periods import act, period
from support.reservations import release, reserved
from support.stock_keys import lot, serial, tracked
from velaurum.db import embedded
from velaurum.db.connection import Database

BATCH = 250
# What a spreadsheet would run, and what it may not take for that.
FORMULA, NEGATIVE = '=HYPERLINK("https://evil.example")', "-5"


@contextmanager
def whole_org(installation: Installation, movements: int = 0) -> Iterator[ApiOrg]:
    """Make an organisation with people, departments, places, notes, reversals, an approval and a webhook."""
    cluster = embedded.find_running(installation.data_dir)
    assert cluster is not None
    with (
        closing(
            Database(cluster.conninfo(user=APP, dbname=embedded.DATABASE), max_connections=2)
        ) as database,
        closing(Client(installation.url)) as client,
    ):
        org = api_orgs.create(database, client)
        _prepare(org)
        _post(org, database)
        _post_tracked(org)
        _count(org, database)
        _reserve(org)
        _ship(org, database)
        for _ in range(movements // BATCH):
            post_many(org, client)
        yield org


@contextmanager
def another(log_name: str) -> Iterator[Installation]:
    """Serve a new installation whose logs have a name."""
    directory = Path(tempfile.mkdtemp(prefix="velaurum-cli-", dir="/tmp"))
    directory.chmod(0o755)
    try:
        with served(directory, insecure_http="true", log_name=log_name) as started:
            yield started
    finally:
        shutil.rmtree(directory)


def post_many(org: ApiOrg, client: Client) -> int:
    """Post a batch of receipts, and return how many were."""
    asked = [
        {"kind": "receipt", "item": "BOLT", "quantity": "1.5", "target": "A", "idempotency_key": str(uuid4())}
        for _ in range(BATCH)
    ]
    body = {"mode": "independent", "movements": asked}
    reply = client.post(f"{org.path}/movements/batch", body, token=org.tokens["storekeeper"])
    assert reply.status == 200, str(reply)
    return sum(one["status"] == 201 for one in reply.json["results"])


@dataclass(slots=True)
class Writers:
    """How many movements writers have posted so far."""

    posted: int = 0


@contextmanager
def writing(installation: Installation, org: ApiOrg, count: int = 4) -> Iterator[Writers]:
    """Let writers post for the length of the block."""
    stopping, writers, lock = threading.Event(), Writers(), threading.Lock()

    def write() -> None:
        with closing(Client(installation.url)) as client:
            while not stopping.is_set():
                posted = post_many(org, client)
                with lock:
                    writers.posted += posted

    with ThreadPoolExecutor(count) as pool:
        running = [pool.submit(write) for _ in range(count)]
        try:
            yield writers
        finally:
            stopping.set()
        for one in running:
            one.result()


def _prepare(org: ApiOrg) -> None:
    admin = {"role": "org-admin"}
    for code, body in (
        ("/sub-orgs", {"code": "NORTH", "name": "North"}),
        ("/principals", {"name": "Ada Lovelace", "kind": "user", "sub_org": "NORTH"}),
        ("/principals", {"name": FORMULA, "kind": "user"}),
        ("/items", {"code": "RIVET", "name": NEGATIVE, "description": FORMULA, "attributes": {"size": 4}}),
        ("/items/RIVET/packs", {"unit": "BX", "numerator": 8}),
        ("/locations", {"code": "NORTH-1", "name": "North 1", "kind": "storage", "sub_org": "NORTH"}),
        ("/webhooks", {"code": "erp", "name": "ERP", "url": "https://hooks.invalid/velaurum"}),
    ):
        reply = org.post(code, body, **admin)
        assert reply.status == 201, str(reply)
    assert org.patch("/items/RIVET", {"name": "Rivet, 4 mm"}, '"v1"').status == 200
    period(org, code="2019", starts_at="2019-01-01T00:00:00Z", ends_at="2020-01-01T00:00:00Z")
    period(org, code="2020", starts_at=None, ends_at="2021-01-01T00:00:00Z")
    assert [act(org, *step).status for step in (("2019", "close"), ("2020", "soft-close"))] == [200, 200]
    assert org.get("/principals?limit=200", role="org-admin").status == 200
    rules = {"rules": [{"kind": "scrap", "above": "1"}]}
    path, token = f"{org.path}/approval-rules", org.tokens["org-admin"]
    reply = org.client.ask("PUT", path, rules, token=token, headers=[("If-Match", '"v1"')])
    assert reply.status == 200, str(reply)


def _post(org: ApiOrg, database: Database) -> None:
    receipt = {"kind": "receipt", "item": "RIVET", "quantity": "20", "target": "NORTH-1"}
    made = org.movement(receipt, note="left by the gate,\n+49 30 1234", reference=FORMULA)
    org.movement(
        {"kind": "transfer", "item": "RIVET", "quantity": "4.25", "source": "NORTH-1", "target": "A"}
    )
    wrong = org.movement({**receipt, "quantity": "3", "unit": "BX"})
    reply = org.post(f"/movements/{wrong['id']}/reversal", {"reason": "counted twice"}, role="storekeeper")
    assert reply.status == 201, str(reply)
    refused = org.move({"kind": "issue", "item": "RIVET", "quantity": "900", "source": "NORTH-1"})
    assert refused.code == "insufficient-stock", str(refused)
    scrap = {"kind": "scrap", "item": "RIVET", "quantity": "2", "source": "NORTH-1", "reason": "Corroded"}
    keeper, approver = join(database, org, "storekeeper"), join(database, org, "controller")
    request_id = keeper.asked(scrap)
    approved = approver.approve(request_id)
    assert approved.status == 200, str(approved)
    scrapped = keeper.move({**scrap, "approval": request_id})
    assert scrapped.status == 201, str(scrapped)
    assert made["item"]["code"] == "RIVET"


def _count(org: ApiOrg, database: Database) -> None:
    """Leave a count that was posted under a rule, and one that is open."""
    set_rules(org, {"kind": "scrap", "above": "1"}, {"kind": "adjustment"})
    staff = team(database, org)
    path = staff.open("CYCLE-1", "NORTH-1", tolerance="99", zero_uncounted=True)
    counted(staff.ann, path, line("11.5", "RIVET"))
    staff.approved(path)
    assert must(staff.keeper, path, "post")["state"] == "posted"
    counted(staff.ann, staff.open("CYCLE-2"), line("3", "MILK", lot="L-1"))


def _reserve(org: ApiOrg) -> None:
    """Leave a reservation that was consumed in part, one that was released, and one of what is not there."""
    rivets = {"item": "RIVET", "location": "NORTH-1"}
    held = reserved(org, "2", **rivets, reference=FORMULA)["id"]
    given = reserved(org, "1", **rivets, expires_at="2999-12-31T00:00:00Z")["id"]
    reserved(org, "400", item="MILK", lot="L-1", kind="soft")
    org.movement(
        {"kind": "issue", "item": "RIVET", "quantity": "1", "source": "NORTH-1", "reservation": held}
    )
    assert release(org, given).status == 200


def _ship(org: ApiOrg, database: Database) -> None:
    """Leave a shipment that is under way in part, and one that was closed with an approved loss."""
    gate = shipments.dock(org)
    must(gate.keeper, gate.open(shipments.line("2", "RIVET"), source="NORTH-1"), "dispatch")
    path = gate.under_way(shipments.line("3", "RIVET"), source="NORTH-1", code="SHIP-2")
    lost = {"reason": FORMULA, "gained": [{"line": 1, "quantity": "0.5"}]}
    for one, quantity in ((path, "2"), ("/shipments/SHIP-1", "1.5")):
        shipments.must(shipments.receive(gate.keeper, one, quantity))
    shipments.must(shipments.step(gate.keeper, path, "close", lost))
    must(join(database, org, "controller"), path, "approve")
    assert shipments.must(shipments.step(gate.keeper, path, "close", lost))["state"] == "closed"


def _post_tracked(org: ApiOrg) -> None:
    """Post stock that is told apart: by lot, by serial and by status, and take some of it back."""
    tracked(org)
    lot(org, "L-1", expires_on="2999-12-31", supplier_lot=FORMULA)
    lot(org, "L-2")
    piece = serial(org, "S-1")
    for item, part, count in (
        ("BOLT", {}, "5"),
        ("MILK", {"lot": "L-1"}, "6.5"),
        ("PUMP", {"serial": "S-1"}, "1"),
    ):
        what = {"item": item, "quantity": count, **part}
        org.movement({**what, "kind": "receipt", "target": "A", "target_status": "quarantine"})
        at = {"source": "A", "target": "A", "source_status": "quarantine", "target_status": "available"}
        org.movement({**what, **at, "kind": "status-change", "reason": "inspected"})
        moved = org.movement({**what, "kind": "transfer", "source": "A", "target": "NORTH-1"})
        reply = org.post(f"/movements/{moved['id']}/reversal", {"reason": "stays"}, role="storekeeper")
        assert reply.status == 201, str(reply)
        gone = {**what, "kind": "scrap", "quantity": "1", "source": "A", "reason": "fell"}
        blocked = {**what, **at, "source_status": "available", "target_status": "blocked", "quantity": "1"}
        org.movement({**blocked, "kind": "status-change", "reason": "fell"})
        if item != "BOLT":
            org.movement({**gone, "source_status": "blocked"})
    changed = org.patch(f"/serials/{piece['id']}", {"code": "S-1-A"}, '"v1"')
    assert changed.status == 200, str(changed)
    again = {"kind": "receipt", "item": "PUMP", "serial": "S-1-A", "quantity": "1", "target": "NORTH-1"}
    org.movement({**again, "target_status": "quarantine"})
    refused = org.move(
        {"kind": "issue", "item": "BOLT", "quantity": "5", "source": "A", "target": "CONSUMPTION"}
    )
    assert refused.code == "insufficient-stock", str(refused)


def made(installation: Installation, org: ApiOrg, recipient: str) -> Any:
    """Ask for an export, and wait until the worker has made it."""
    admin = installation.command.given(org=org.code, token=org.tokens["org-admin"])
    job = admin("job", "export", "--to-recipient", recipient, "--json").document
    done = admin("job", "show", job["id"], "--follow", "--json").document
    assert done["state"] == "succeeded", done
    return done


def verify(folder: Path, *more: str) -> Result:
    """Verify as somebody who has the export alone."""
    policy = folder / "policy.txt" if folder.is_dir() else folder.with_name("policy.txt")
    return Command({}, folder.parent)("verify", str(folder), "--policy", str(policy), *more)
