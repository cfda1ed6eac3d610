"""A verification that somebody asks for: a job, whose result is an entry of the log that was looked at (V-20, V-23)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec

from velaurum.audit import verifications
from velaurum.db.connection import Tx
from velaurum.jobs.kinds import Kind
from velaurum.ops import verifying
from velaurum.ops.evidence.reports import Report
from velaurum.tenancy.context import OrgContext


class Verification(msgspec.Struct, forbid_unknown_fields=True):
    """What is asked for: the log of the organisation itself, and nothing else."""


def _is_of_the_organisation(_tx: Tx, _org: OrgContext, _payload: Verification) -> None:
    """Refuse nothing: the payload names no record."""


KIND = Kind(
    "verification",
    "heavy",
    "read-assurance",
    Verification,
    _is_of_the_organisation,
    max_attempts=4,
    wait=timedelta(seconds=30),
)


def record(tx: Tx, org: OrgContext, report: Report) -> Mapping[str, Any]:
    """Record what was found, as the integrator; return what the job says of it. Refuses `read-only` if held."""
    (of,) = report.logs
    result = verifying.result_of(report, of, is_scheduled=False)
    verification_id = verifications.record(tx, org.org_id, result)
    return {
        "verification": verification_id,
        "size": result.size,
        "findings": result.findings,
        "codes": result.codes,
    }
