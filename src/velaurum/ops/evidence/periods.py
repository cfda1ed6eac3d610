"""Periods: the head of the log says what is closed as they do, and nothing was posted into a closed one since."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.ops.evidence.findings import Findings
from velaurum.ops.evidence.movements import Movement
from velaurum.tenancy.context import OrgId

QUERIES = queries(__package__, "periods.sql")


@dataclass(frozen=True, slots=True)
class _Marks:
    """Until when the head row says that all is closed, and until when the periods do."""

    closed_until: str | None
    soft_closed_until: str | None
    is_closed_until: str | None
    is_soft_closed_until: str | None


@dataclass(frozen=True, slots=True)
class _Closed:
    """A closed period: instants as answers print them, so that they compare as texts."""

    code: str
    starts_at: str
    ends_at: str
    closed_at_size: int


def check(tx: Tx, org_id: OrgId, org: str) -> Findings:
    """Compare what the head of a log says is closed with the periods of its organisation."""
    findings = Findings()
    for one in tx.all(QUERIES["marks"], _Marks, org_id=org_id):
        said = f"It says {one.closed_until} and {one.soft_closed_until}"
        detail = f"{said}, not {one.is_closed_until} and {one.is_soft_closed_until}."
        findings.add("period-differs", detail, org=org)
    return findings


def entered(tx: Tx, org_id: OrgId, rows: Sequence[Movement]) -> Iterator[tuple[Movement, str]]:
    """Yield each movement that happened in a closed period and was recorded after that had closed, and which."""
    closed = tx.all(QUERIES["closed"], _Closed, org_id=org_id) if rows else []
    until = closed[-1].ends_at if closed else ""
    for row in rows:
        if row.occurred_at is None or row.occurred_at >= until:
            continue
        for one in closed:
            if row.log_index >= one.closed_at_size and one.starts_at <= row.occurred_at < one.ends_at:
                yield row, f"Period {one.code} closed at size {one.closed_at_size}."
