"""Lines of counts: what people found, each pegged to a size of the log. Lines are added, never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import msgspec

from velaurum import texts
from velaurum.catalog.serials import Status
from velaurum.counting import counts
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import FieldError, Refusal
from velaurum.ledger import outcomes
from velaurum.ledger.outcomes import Ref
from velaurum.tenancy.context import OrgContext

QUERIES = queries(__package__, "count_lines.sql")
MOST_IN_ONE_CALL = 200
_REFERENCES = ("item", "lot", "serial")
_STATUSES = (None, *get_args(Status))


@dataclass(frozen=True, slots=True)
class NewLine:
    """What was found of one stock key. References are ids or codes; the quantity is a decimal string of zero or more.

    It is in the item's own unit. `status` left out is available. `at_size` is the size that the log had when it was
    counted, for a sheet that was printed before; left out, it is the size when the line is recorded.
    """

    idempotency_key: str
    item: str
    quantity: str
    lot: str | None = None
    serial: str | None = None
    status: str | None = None
    at_size: int | None = None


@dataclass(frozen=True, slots=True)
class CountLine:
    """One line of a count. The newest of a stock key counts; `round` tells who counted it first from who did again.

    A line without a key is of what nobody counted, and who finished the count took for nothing.
    """

    number: int
    item: Ref
    lot: Ref | None
    serial: Ref | None
    status: str
    quantity: str
    round: int
    at_size: int
    idempotency_key: str | None
    counted_by: str
    recorded_at: str


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    item_id: str
    item_code: str
    lot_id: str | None
    lot_code: str | None
    serial_id: str | None
    serial_code: str | None
    status: str
    quantity: str
    round: int
    at_size: int
    idempotency_key: str | None
    counted_by: str
    recorded_at: str


@dataclass(frozen=True, slots=True)
class _Problem:
    ord: int
    problem: Mapping[str, Any]


def add(tx: Tx, org: OrgContext, count: str, lines: Sequence[NewLine]) -> list[CountLine]:
    """Record lines, all of them or none, and return them in their order; a line of a known key is what it was.

    Refuses `not-found`, `conflict` for a count that is not open, `forbidden` in a blind count for who may read stock,
    and `invalid-field`, `unknown-reference`, `idempotency-key-reused` with a pointer to each failing field.
    """
    _require_plain(lines)
    found = counts.get(tx, org, count)
    problems = tx.all(
        QUERIES["add"],
        _Problem,
        org_id=org.org_id,
        actor_id=org.actor_id,
        credential_id=org.credential_id,
        request_id=org.request_id,
        count_id=found.id,
        rows=msgspec.json.encode([_row(n, one) for n, one in enumerate(lines, start=1)]).decode(),
    )
    _require_none(problems)
    keys = [one.idempotency_key for one in lines]
    rows = tx.all(QUERIES["of_keys"], _Row, org_id=org.org_id, count_id=found.id, keys=keys)
    by_key = {one.idempotency_key: one for one in rows}
    return [_line(by_key[key]) for key in keys]


def list_page(tx: Tx, org: OrgContext, count_id: str, *, after: int, limit: int) -> list[CountLine]:
    """Return at most `limit` lines of a count within reach with a number above `after`, in their order.

    Who was admitted to count sees their own: who counts again is not told what was found before.
    """
    rows = tx.all(
        QUERIES["list_page"],
        _Row,
        org_id=org.org_id,
        count_id=count_id,
        actor_id=org.actor_id if org.permission == "count" else None,
        after=after,
        limit=limit,
    )
    return [_line(one) for one in rows]


def _row(n: int, line: NewLine) -> dict[str, Any]:
    row: dict[str, Any] = {"ord": n, "idempotency_key": line.idempotency_key, "quantity": line.quantity}
    for name in _REFERENCES:
        if (reference := getattr(line, name)) is not None:
            row[f"{name}_id" if texts.is_uuid(reference) else f"{name}_code"] = reference
    return row | {name: value for name in ("status", "at_size") if (value := getattr(line, name)) is not None}


def _require_plain(lines: Sequence[NewLine]) -> None:
    if not 1 <= len(lines) <= MOST_IN_ONE_CALL:
        detail = f"A call has 1 to {MOST_IN_ONE_CALL} lines."
        raise Refusal("invalid-field", detail, (FieldError("/lines", "invalid-field", detail),))
    errors: list[FieldError] = []
    keys: set[str] = set()
    for n, line in enumerate(lines):
        if not texts.IDEMPOTENCY_KEY.fullmatch(line.idempotency_key) or line.idempotency_key in keys:
            errors += texts.field(
                f"/lines/{n}/idempotency_key",
                "Each line has its own key of 1 to 255 visible ASCII characters.",
            )
        keys.add(line.idempotency_key)
        if not texts.QUANTITY.fullmatch(line.quantity) or line.quantity.startswith("-"):
            errors += texts.field(
                f"/lines/{n}/quantity", "A counted quantity is a decimal string like 24 or 0, zero or more."
            )
        if line.status not in _STATUSES:
            errors += texts.field(f"/lines/{n}/status", "There is no such status.")
        for name in _REFERENCES:
            reference = getattr(line, name)
            if reference is not None and not 1 <= len(reference) <= texts.CODE_LENGTH:
                errors += texts.field(f"/lines/{n}/{name}", "An id or a code is 1 to 64 characters.")
    if errors:
        raise Refusal("invalid-field", errors[0].detail, tuple(errors))


def _require_none(problems: Sequence[_Problem]) -> None:
    """Raise the refusal of lines that the database refused; the first one gives the code."""
    errors: list[FieldError] = []
    for one in problems:
        if one.problem["code"] == "idempotency-key-reused":
            detail = "This key was used for another line of the count."
            errors_of_key = (FieldError("/idempotency_key", "idempotency-key-reused", detail),)
            refused = Refusal("idempotency-key-reused", detail, errors_of_key)
        else:
            refused = outcomes.refusal(one.problem)
        errors += [
            FieldError(f"/lines/{one.ord - 1}{error.pointer}", error.code, error.detail)
            for error in refused.errors
        ]
    if errors:
        raise Refusal(errors[0].code, errors[0].detail, tuple(errors))


def _line(row: _Row) -> CountLine:
    return CountLine(
        number=row.number,
        item=Ref(row.item_id, row.item_code),
        lot=ref(row.lot_id, row.lot_code),
        serial=ref(row.serial_id, row.serial_code),
        status=row.status,
        quantity=row.quantity,
        round=row.round,
        at_size=row.at_size,
        idempotency_key=row.idempotency_key,
        counted_by=row.counted_by,
        recorded_at=row.recorded_at,
    )


def ref(record_id: str | None, code: str | None) -> Ref | None:
    """Return what answers show of a record that need not be there."""
    return None if record_id is None or code is None else Ref(record_id, code)
