"""`velaurum posture`: how the installation stands, as a signed report."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from cyclopts import Parameter

from velaurum import texts
from velaurum.cli import failures, local, show
from velaurum.cli.flags import LOCAL, Local
from velaurum.errors import UsageError
from velaurum.ops import posture, signing
from velaurum.ops.attestation import Period, TenancyReport


def tenancy(
    *,
    org: Annotated[
        str | None, Parameter(help="The code of the organisation; the whole installation without it.")
    ] = None,
    from_: Annotated[
        str | None, Parameter(name="--from", help="Where the period begins; a day before its end without it.")
    ] = None,
    to: Annotated[str | None, Parameter(help="Where the period ends; now without it.")] = None,
    flags: Local = LOCAL,
) -> int:
    local.quieten()
    settings = flags.settings(org=org)
    period = Period.of(_instant("--from", from_), _instant("--to", to))
    report = posture.tenancy(settings, settings.org, period)
    if flags.json:
        show.document(signing.sign(signing.load_key(settings.data_dir), asdict(report)))
    else:
        _tell(report)
    return failures.OK if report.org_applied == "TRUE" else failures.NOT_VERIFIED


def keys(*, flags: Local = LOCAL) -> None:
    show.document(signing.key_set(signing.load_key(flags.settings().data_dir)))


def restart(*, flags: Local = LOCAL) -> None:
    local.quieten()
    posture.restart(flags.settings())
    show.note("The server counts anew. Reports on periods before this moment attest nothing any more.")


def _tell(report: TenancyReport) -> None:
    show.line(f"ORG_APPLIED: {report.org_applied}")
    for reason in report.reasons:
        show.line(f"reason: {reason}")
    for gap in report.witness.found:
        show.line(
            f"gap: {gap.calls} calls of {gap.statement or 'no registered statement'}, id {gap.query_id}"
        )
    rows = {
        "organisation": report.org.code if report.org else "all",
        "period": f"{report.period_from} to {report.period_to}",
        "requests": str(report.requests),
        "statements": str(report.statements),
        "applied": str(report.applied),
        "exempt": str(report.exempt),
        "witness since": report.witness.since or "off",
        "witness gaps": str(report.witness.gaps),
        "catalogue": f"{report.catalogue.holds} of {report.catalogue.rules} rules hold",
        "registry": report.registry_hash,
        "release": report.release,
    }
    show.record(rows)
    for one in report.exemptions:
        show.line(f"exempt: {one.statement}, until {one.until}, {one.owner}: {one.reason}")


def _instant(flag: str, text: str | None) -> datetime | None:
    moment = None if text is None else texts.instant(text)
    if text is not None and moment is None:
        raise UsageError(f"{flag} is {text!r}; write an instant like 2026-11-22T10:05:00Z.")
    return moment
