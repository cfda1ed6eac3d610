"""What runs for shipments: one is left in each state, and each step that may come next is tried and undone."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from proof.rehearsals import rehearsed
from support.tenants import new_token
from velaurum.catalog import items, locations, serials
from velaurum.catalog.locations import NewLocation
from velaurum.db.connection import Tx
from velaurum.identity import tokens
from velaurum.identity.roles import Permission, Role
from velaurum.ledger import intakes, movements, shipment_steps, shipments
from velaurum.ledger.intakes import NewMovement
from velaurum.ledger.shipments import LAST, LineQuantity, NewShipment, NewShipmentLine, Shipment
from velaurum.tenancy.context import OrgContext

_LINES = (
    NewShipmentLine("BOLT", "9"),
    NewShipmentLine("MILK", "4", lot="L1", status="quarantine"),
    NewShipmentLine("PUMP", "1", serial="SHIPPED"),
)
_LOST = "fell off"
Step = Callable[[Tx, OrgContext, str], object]


def run(outside: Tx, org: OrgContext, poster: OrgContext) -> None:
    """Call every verb; there is a shipment in each state afterwards."""
    approver = _member(outside, org, "controller", "approve", "Sue", kind="user")
    other = _member(outside, org, "storekeeper", "post", "Sid")
    north = _member(outside, org, "storekeeper", "post", "Nia", sub_org="DEPARTMENT")
    _stock(outside, org, poster)
    bolts = (NewShipmentLine("BOLT", "9"),)
    opened, sent, came, waits, approved, closed, given_up, far, near = (
        _opened(outside, poster, code, lines, source=source).id
        for code, lines, source in (
            ("OPEN", bolts, "SHIP-A"),
            ("SENT", _LINES, "SHIP-A"),
            ("CAME", bolts, "SHIP-A"),
            ("WAITS", bolts, "SHIP-A"),
            ("APPROVED", bolts, "SHIP-A"),
            ("CLOSED", bolts, "SHIP-A"),
            ("GIVEN-UP", bolts, "SHIP-A"),
            ("FAR", bolts, "SHIP-D"),
            ("NEAR", bolts, "SHIP-D"),
        )
    )
    for one in (sent, came, waits, approved, closed):
        _do(outside, poster, shipment_steps.dispatch, one)
    _do(outside, north, shipment_steps.dispatch, far)
    _receive(outside, poster, sent, "4")
    for one in (came, closed):
        _receive(outside, poster, one, "9")
    for one in (waits, approved):
        _do(outside, poster, _close, one)
    _do(outside, approver, shipment_steps.approve, approved)
    _do(outside, poster, lambda tx, who, of: shipment_steps.close(tx, who, of, None, ()), closed)
    _do(outside, poster, shipment_steps.cancel, given_up)
    for one in (opened, sent, came, waits, approved, closed, given_up, far, near):
        _rehearse(outside, (poster, approver, other, north), one)
        _read(outside, poster, one)
    _read(outside, north, far)
    _refused(outside, org, poster)


def _close(tx: Tx, who: OrgContext, of: str) -> None:
    shipment_steps.close(tx, who, of, _LOST, (LineQuantity(1, "2"),))


def _rehearse(outside: Tx, cast: Sequence[OrgContext], shipment: str) -> None:
    poster, approver, other, north = cast
    steps: tuple[tuple[OrgContext, Step], ...] = (
        (poster, shipment_steps.dispatch),
        (north, shipment_steps.dispatch),
        (poster, _close),
        (other, _close),
        (approver, shipment_steps.approve),
        (poster, shipment_steps.approve),
        (poster, shipment_steps.cancel),
        (north, shipment_steps.cancel),
    )
    for who, step in steps:
        with rehearsed(outside):
            _do(outside, who, step, shipment)
    for who in (poster, north):
        for quantity in ("1", "5", "9"):
            with rehearsed(outside):
                _receive(outside, who, shipment, quantity, key=f"again-{quantity}")


def _refused(outside: Tx, org: OrgContext, poster: OrgContext) -> None:
    """Try what is under way by hand, what another organisation lends, and keys that were used."""
    tx, keeper = outside.enter(poster)
    ours = items.get(tx, keeper, "OURS").id
    tried = (
        NewMovement(kind="transfer", item="BOLT", quantity="1", source="SHIP-T", target="SHIP-B"),
        NewMovement(kind="receipt", item="BOLT", quantity="1", target="SHIP-T"),
    )
    for n, one in enumerate(tried):
        with rehearsed(outside):
            movements.post(tx, keeper, [intakes.movement(one, f"by-hand-{n}")])
    for item in ("OURS", ours):
        with rehearsed(outside):
            _opened(outside, poster, "LENT", (NewShipmentLine(item, "1"),))
    with rehearsed(outside):
        _opened(outside, poster, "LENT", (NewShipmentLine("MILK", "1", lot="OURS"),))
    for key in ("receipt-0", "ours-item"):
        with rehearsed(outside):
            _opened(outside, poster, "USED", _LINES, key=key)
    with rehearsed(outside):
        _opened(outside, poster, "THROUGH", _LINES, transit="SHIP-FULL")
    with rehearsed(outside):
        _opened(outside, replace(org, permission="post"), "NOBODY", _LINES)


def _stock(outside: Tx, org: OrgContext, poster: OrgContext) -> None:
    tx, ruler = outside.enter(org)
    for code, kind, sub_org in (
        ("SHIP-A", "storage", None),
        ("SHIP-B", "storage", None),
        ("SHIP-D", "storage", "DEPARTMENT"),
        ("SHIP-T", "transit", None),
        ("SHIP-FULL", "transit", None),
        ("SHIP-EMPTY", "transit", None),
    ):
        new = NewLocation(code, code, kind, None, sub_org)  # type: ignore[arg-type]  # of this file
        locations.create(tx, ruler, new, idempotency_key=code).require()
    _serial(tx, ruler)
    tx, keeper = outside.enter(poster)
    stock = (
        NewMovement(kind="receipt", item="BOLT", quantity="190", target="SHIP-A"),
        NewMovement(kind="receipt", item="BOLT", quantity="190", target="SHIP-D"),
        NewMovement(kind="receipt", item="BOLT", quantity="1", target="SHIP-FULL"),
        NewMovement(
            kind="receipt", item="MILK", quantity="5", lot="L1", target="SHIP-A", target_status="quarantine"
        ),
        NewMovement(kind="receipt", item="PUMP", quantity="1", serial="SHIPPED", target="SHIP-A"),
    )
    movements.post(tx, keeper, [intakes.movement(one, f"ship-stock-{n}") for n, one in enumerate(stock)])


def _serial(tx: Tx, ruler: OrgContext) -> None:
    serials.create(tx, ruler, "PUMP", "SHIPPED", idempotency_key="shipped-serial").require()


def _opened(
    outside: Tx,
    poster: OrgContext,
    code: str,
    lines: tuple[NewShipmentLine, ...],
    *,
    source: str = "SHIP-A",
    transit: str = "SHIP-T",
    key: str | None = None,
) -> Shipment:
    tx, keeper = outside.enter(poster)
    new = NewShipment(f"SHIP-{code}", source, "SHIP-B", lines, transit)
    return shipments.create(tx, keeper, new, idempotency_key=key or f"ship-{code}").require()


def _receive(outside: Tx, who: OrgContext, shipment: str, quantity: str, key: str | None = None) -> None:
    tx, entered = outside.enter(who)
    came = (LineQuantity(1, quantity),)
    shipment_steps.receive(tx, entered, shipment, came, idempotency_key=key or f"came-{shipment}").require()


def _do(outside: Tx, who: OrgContext, step: Step, shipment: str) -> None:
    tx, entered = outside.enter(who)
    step(tx, entered, shipment)


def _read(outside: Tx, who: OrgContext, shipment: str) -> None:
    tx, org = outside.enter(who)
    code = shipments.get(tx, org, shipment).code
    for reference in (shipment, code):
        shipments.find(tx, org, reference)
    for state in (None, "open"):
        shipments.list_page(tx, org, state=state, before=LAST, limit=20)
    shipments.lines(tx, org, shipment)


def _member(
    outside: Tx,
    org: OrgContext,
    role: Role,
    permission: Permission,
    name: str,
    kind: str = "service",
    sub_org: str | None = None,
) -> OrgContext:
    made = new_token(outside, org, role, name, kind=kind, **({} if sub_org is None else {"sub_org": sub_org}))
    credential = tokens.verify(outside, made)
    assert credential is not None
    return credential.context(org.request_id, permission)
