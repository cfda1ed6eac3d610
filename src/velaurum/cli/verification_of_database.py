"""`velaurum verify db`: the database proven from its rows up, each thing that does not hold on a line."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from velaurum.cli import failures, local, progress, show
from velaurum.cli.flags import LOCAL, Local
from velaurum.ops.evidence import database
from velaurum.ops.evidence.database import Report
from velaurum.ops.evidence.findings import Finding
from velaurum.ops.evidence.trust import Sources


def db(
    *,
    org: Annotated[
        str | None, Parameter(help="The code of one organisation; all of them without it.")
    ] = None,
    since: Annotated[
        list[Path] | None,
        Parameter(help="A checkpoint that was kept elsewhere; may be repeated.", negative=()),
    ] = None,
    policy: Annotated[
        Path | None, Parameter(help="The keys to trust instead of the data directory's, as C2SP tlog-policy.")
    ] = None,
    flags: Local = LOCAL,
) -> int:
    local.quieten()
    settings = flags.settings(org=org)
    report = database.verify(
        settings,
        settings.org,
        Sources(settings.data_dir, policy, tuple(since or ())),
        lambda total: progress.shown("Verifying", total, silent=flags.json),
    )
    if flags.json:
        show.document(_document(report))
    else:
        _tell(report)
    return failures.OK if report.holds else failures.NOT_VERIFIED


def _document(report: Report) -> dict[str, object]:
    return {
        "ok": report.holds,
        "logs": [{"org": one.org, "size": one.size, "signed_size": one.signed_size} for one in report.logs],
        "findings": [one.document() for one in report.findings.kept],
        "unlisted": [
            {"code": code, "org": org, "number": number} for code, org, number in report.findings.unlisted()
        ],
        "notes": report.notes,
    }


def _tell(report: Report) -> None:
    for one in report.findings.kept:
        show.line(_line(one))
    for code, org, number in report.findings.unlisted():
        show.line(f"{code}: {number} more{f' in {org}' if org else ''}")
    for said in report.notes:
        show.line(f"note: {said}")
    entries = sum(one.size for one in report.logs)
    verdict = "Everything holds" if report.holds else f"{report.findings.total} findings"
    show.note(f"{verdict}: {entries} entries of {len(report.logs)} organisations, and what guards them.")


def _line(one: Finding) -> str:
    where = [
        f"{name} {value}"
        for name, value in (
            ("organisation", one.org),
            ("index", one.log_index),
            ("record", one.record_id),
            ("not before", one.not_before),
            ("not after", one.not_after),
        )
        if value is not None
    ]
    return f"{one.code}: {one.detail}" + (f" [{', '.join(where)}]" if where else "")
