"""What becomes of people as data subjects, and of what they wrote: repeated, sealed anew, held, bundled and erased."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from proof.rehearsals import rehearsed
from support.keyrings import keyring_within
from velaurum.audit import person_names
from velaurum.db.connection import Tx
from velaurum.identity import erasures, principals, restrictions
from velaurum.identity.principals import NewPrincipal
from velaurum.keys import data_keys
from velaurum.keys.keyring import Keyring
from velaurum.keys.sealed_texts import Text
from velaurum.ledger import intakes, notes
from velaurum.ledger.intakes import NewMovement
from velaurum.ops import bundling
from velaurum.ops.evidence import names as evidence_of_names
from velaurum.ops.evidence import notes as evidence
from velaurum.ops.evidence.findings import Findings
from velaurum.tenancy import access_events
from velaurum.tenancy.access_events import LAST, AccessEvent, Asked
from velaurum.tenancy.context import OrgContext
from velaurum.tenancy.statement_tallies import Boot

AT = "2026-11-22T08:00:00Z"
RECEIPT = {"report": {"type": "erasure"}, "signature": {}}


def run(outside: Tx, org: OrgContext, poster: OrgContext) -> None:
    """Repeat and seal what was noted before; hold, erase and bundle people who are hired for it."""
    keyring = keyring_within(outside)
    _repeat(outside.within(org.org_id), poster, keyring)
    _seal(outside, org, keyring)
    tx, ruler = outside.enter(replace(org, permission="manage-identity"))
    erased, other = (
        principals.create(
            tx, ruler, keyring_within(tx), NewPrincipal(name, "user"), idempotency_key=f"subject-{name}"
        )
        .require()
        .id
        for name in ("Noa", "Uma")
    )
    notes.subject(tx, replace(ruler, actor_id=erased))
    _seal_names(outside, org, keyring, other)
    _restrict(outside, tx, ruler, other)
    _look_at(outside, org, other)
    _hold(outside, tx, ruler, other)
    _erase(outside, tx, ruler, (erased, other))
    for one in (poster.actor_id, org.actor_id, erased, other):
        bundling.of(tx, ruler, keyring, one)


def _repeat(tx: Tx, poster: OrgContext, keyring: Keyring) -> None:
    new = NewMovement(kind="receipt", item="BOLT", quantity="5", target="B", note="for shelf 3")
    again = notes.seal(tx, poster, keyring, [intakes.movement(new, "receipt-1")], notes.subject(tx, poster))
    assert notes.committed_alike(tx, poster, keyring, again)


def _seal(outside: Tx, org: OrgContext, keyring: Keyring) -> None:
    tx, column = outside.within(org.org_id), notes.sealed_column()
    (of_org,) = data_keys.hold(tx, org.org_id, [None])
    # The first note is erased beside its twin (twins.py).
    (*_, row) = column.rows(tx, org.org_id, [of_org.id], data_keys.FIRST, 10)
    with outside.connection.transaction(force_rollback=True):
        assert column.replace(tx, org.org_id, row, row.sealed + b"0")
    findings = Findings()
    assert evidence.verify(tx, keyring, org.org_id, org.org_code, findings) == 0
    assert findings.total == 0


def _seal_names(outside: Tx, org: OrgContext, keyring: Keyring, principal_id: str) -> None:
    tx = outside.within(org.org_id)
    (of_person,) = data_keys.hold(tx, org.org_id, [principal_id])
    for column in person_names.sealed_columns():
        (row,) = column.rows(tx, org.org_id, [of_person.id], data_keys.FIRST, 10)
        with outside.connection.transaction(force_rollback=True):
            assert column.replace(tx, org.org_id, row, row.sealed + b"0")
    person_names.seal_imported(tx, org.org_id, keyring, {(n, "name"): Text.drawn("Uma") for n in range(9)})
    findings = Findings()
    assert evidence_of_names.verify(tx, keyring, org.org_id, org.org_code, findings) == 0
    assert findings.total == 0


def _hold(outside: Tx, tx: Tx, ruler: OrgContext, principal_id: str) -> None:
    erasures.hold(tx, ruler, principal_id, "placed", "case 2026/117")
    with rehearsed(outside):
        erasures.hold(tx, ruler, principal_id, "placed", "again")
    with rehearsed(outside):
        erasures.hold(tx, ruler, principal_id, "released", "case closed")
    principals.disable(tx, ruler, principal_id)
    with rehearsed(outside):
        erasures.erase(tx, ruler, principal_id)


def _restrict(outside: Tx, tx: Tx, ruler: OrgContext, principal_id: str) -> None:
    restrictions.restrict(tx, ruler, principal_id, "placed", "ticket 88")
    with rehearsed(outside):
        restrictions.restrict(tx, ruler, principal_id, "placed", "again")
    with rehearsed(outside):
        restrictions.restrict(tx, ruler, principal_id, "lifted", "verified")


def _look_at(outside: Tx, org: OrgContext, principal_id: str) -> None:
    ids = [str(uuid4())]
    event = AccessEvent(ids[0], AT, ids, ["getPrincipal"], ids, ids, [200], 2, 2, 0, subject_id=principal_id)
    shown = AccessEvent(
        str(uuid4()),
        AT,
        [str(uuid4())],
        ["listPrincipals"],
        ids,
        ids,
        [200],
        2,
        2,
        0,
        shown_ids=(principal_id,),
    )
    now = datetime.now(UTC).isoformat()
    away = AccessEvent(str(uuid4()), now, [str(uuid4())], ["getExportArchive"], ids, ids, [200], 2, 2, 0)
    access_events.record(outside, org.org_id, Boot(str(uuid4())), [event, shown, away])
    _list(outside, org, principal_id)


def _list(outside: Tx, org: OrgContext, principal_id: str) -> None:
    tx, now = outside.within(org.org_id), datetime.now(UTC)
    asked = Asked("2026-01-01T00:00:00Z", (now + timedelta(minutes=1)).isoformat())
    for kind in (None, "export", "record", "break-glass"):
        access_events.list_page(tx, org, replace(asked, kind=kind), before=LAST, limit=50)
    access_events.list_page(tx, org, replace(asked, person_id=principal_id), before=LAST, limit=50)


def _erase(outside: Tx, tx: Tx, ruler: OrgContext, people: tuple[str, str]) -> None:
    erased, other = people
    with rehearsed(outside):
        erasures.erase(tx, ruler, erased)  # is not disabled
    principals.disable(tx, ruler, erased)
    with rehearsed(outside):
        erasures.erase(tx, ruler, erased)
    erasures.erase(tx, ruler, erased)
    erasures.record(tx, ruler, erased, AT, RECEIPT)
    with rehearsed(outside):
        erasures.erase(tx, ruler, erased)  # was erased before
    assert erasures.find(tx, ruler, erased) is not None
    assert erasures.erased(outside, ruler.org_id) == {erased}
    for one in people:
        with rehearsed(outside):
            erasures.overwrite_name(tx, ruler, one)
        with rehearsed(outside):
            erasures.replay(outside, ruler.org_id, one, AT, RECEIPT)
    assert erasures.find(tx, ruler, other) is None
