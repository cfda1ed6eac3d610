"""`velaurum verify db`: the database proven from its rows up, each thing that does not hold on a line."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from velaurum.cli import failures, local, progress, show
from velaurum.cli.flags import LOCAL, Local
from velaurum.ops import verifying
from velaurum.ops.evidence import database
from velaurum.ops.evidence.database import Watch
from velaurum.ops.evidence.findings import Finding
from velaurum.ops.evidence.reports import Report
from velaurum.ops.evidence.trust import Sources
from velaurum.ops.verifying import Kept


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
    timestamp_ca: Annotated[
        Path | None,
        Parameter(
            help="The certificates, in PEM, by which you believe time stamps; else each by what is in it."
        ),
    ] = None,
    record: Annotated[
        bool, Parameter(help="Record the result as an entry of each log that was looked at.", negative=())
    ] = False,
    flags: Local = LOCAL,
) -> int:
    local.quieten()
    settings = flags.settings(org=org, timestamp_ca=timestamp_ca)
    sources = Sources(
        settings.data_dir, policy, tuple(since or ()), settings.timestamp_ca, settings.witnesses
    )
    what = settings, settings.org, sources
    kept = verifying.run(*what, _watch(flags)) if record else None
    report = database.verify(*what, _watch(flags)) if kept is None else kept.report
    if flags.json:
        show.document(report.document())
    else:
        _tell(report)
    if kept is not None:
        _tell_kept(kept)
    return failures.OK if report.holds else failures.NOT_VERIFIED


def _watch(flags: Local) -> Watch:
    return lambda total: progress.shown("Verifying", total, silent=flags.json)


def _tell_kept(kept: Kept) -> None:
    for org, problem in kept.unrecorded.items():
        show.note(f"Not recorded in the log of {org}: {problem}")
    recorded = len(kept.report.logs) - len(kept.unrecorded)
    show.note(f"Recorded in {recorded} logs; the report is {kept.path}.")


def _tell(report: Report) -> None:
    for one in report.findings.kept:
        show.line(_line(one))
    for code, org, number in report.findings.unlisted():
        show.line(f"{code}: {number} more{f' in {org}' if org else ''}")
    for said in report.notes:
        show.line(f"note: {said}")
    verdict = "Everything holds" if report.holds else f"{report.findings.total} findings"
    show.note(
        f"{verdict}: {report.entries} entries of {len(report.logs)} organisations, and what guards them."
    )


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
