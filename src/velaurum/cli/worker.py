"""`velaurum worker`: a process that works jobs, in the foreground."""

import logging
from dataclasses import asdict, dataclass
from typing import Annotated

from cyclopts import Group, Parameter

from velaurum.cli import show
from velaurum.cli.carrying import CARRYING, Carrying
from velaurum.cli.flags import LOCAL, Local
from velaurum.worker import process
from velaurum.worker.handlers import handlers

_KEEPING = Group("For how long what has ended is kept, like 90d; 0 for ever", sort_key=8)
_REMINDING = Group("When people are reminded, like 24h; 0 for never", sort_key=9)


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Keeping:
    """Flags of for how long what has ended is kept."""

    keep_jobs: Annotated[str | None, Parameter(help="Jobs: 90d.", group=_KEEPING)] = None
    keep_deliveries: Annotated[str | None, Parameter(help="Deliveries of webhooks: 90d.", group=_KEEPING)] = (
        None
    )
    keep_dead_letters: Annotated[
        str | None, Parameter(help="Dead letters in the database: 60d.", group=_KEEPING)
    ] = None
    keep_inbox: Annotated[str | None, Parameter(help="Which messages were taken: 90d.", group=_KEEPING)] = (
        None
    )
    keep_exports: Annotated[
        str | None, Parameter(help="Exports that were asked for: 7d.", group=_KEEPING)
    ] = None
    keep_backups: Annotated[
        str | None,
        Parameter(help="Backups, as you keep them: 35d. Receipts of erasures say so.", group=_KEEPING),
    ] = None


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Reminding:
    """Flags of when people are reminded."""

    remind_approvals_after: Annotated[
        str | None, Parameter(help="After an approval waited for so long: 24h.", group=_REMINDING)
    ] = None
    remind_tokens_before: Annotated[
        str | None, Parameter(help="So long before a token expires: 7d.", group=_REMINDING)
    ] = None


KEEPING = Keeping()
REMINDING = Reminding()


def worker(
    *,
    light_jobs: Annotated[str | None, Parameter(help="How many light jobs at a time.")] = None,
    heavy_jobs: Annotated[str | None, Parameter(help="How many heavy jobs at a time.")] = None,
    job_lease: Annotated[
        str | None, Parameter(help="How long it may be silent before its jobs go to another one: 30s.")
    ] = None,
    metrics_listen: Annotated[
        str | None,
        Parameter(help="Where metrics are shown, on loopback or a Unix socket: 127.0.0.1:9420, unix:/path."),
    ] = None,
    keeping: Keeping = KEEPING,
    reminding: Reminding = REMINDING,
    carrying: Carrying = CARRYING,
    flags: Local = LOCAL,
) -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    told = flags.settings(
        light_jobs=light_jobs,
        heavy_jobs=heavy_jobs,
        job_lease=job_lease,
        metrics_listen=metrics_listen,
        **asdict(keeping),
        **asdict(reminding),
        **asdict(carrying),
    )
    carrying.require_meant(told)

    def ready() -> None:
        if flags.json:
            show.document({"ready": True})
        else:
            show.line("ready")

    process.work(told, handlers, on_ready=ready)
