"""Periods: the head of the log says what is closed as they do, and nothing was posted into a closed one since."""

from dataclasses import dataclass

from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.ops.evidence.findings import LISTED, Findings
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
class _Late:
    """A movement of a closed period, at or above the log size at which that closed."""

    log_index: int
    id: str
    code: str
    closed_at_size: int


def check(tx: Tx, org_id: OrgId, org: str) -> Findings:
    """Compare the periods of an organisation with the head of its log, and with what was posted since they closed."""
    findings = Findings()
    for one in tx.all(QUERIES["marks"], _Marks, org_id=org_id):
        said = f"It says {one.closed_until} and {one.soft_closed_until}"
        detail = f"{said}, not {one.is_closed_until} and {one.is_soft_closed_until}."
        findings.add("period-differs", detail, org=org)
    for late in tx.all(QUERIES["late"], _Late, org_id=org_id, limit=LISTED):
        detail = f"Period {late.code} closed at size {late.closed_at_size}."
        findings.add("period-entered", detail, org=org, log_index=late.log_index, record_id=late.id)
    return findings
