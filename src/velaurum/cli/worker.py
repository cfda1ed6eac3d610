"""`velaurum worker`: a process that works jobs, in the foreground."""

import logging
from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter

from velaurum.cli import show
from velaurum.cli.carrying import CARRYING, Carrying
from velaurum.cli.flags import LOCAL, Local
from velaurum.worker import process
from velaurum.worker.handlers import handlers


def worker(
    *,
    light_jobs: Annotated[str | None, Parameter(help="How many light jobs at a time.")] = None,
    heavy_jobs: Annotated[str | None, Parameter(help="How many heavy jobs at a time.")] = None,
    job_lease: Annotated[
        str | None, Parameter(help="How long it may be silent before its jobs go to another one: 30s.")
    ] = None,
    carrying: Carrying = CARRYING,
    flags: Local = LOCAL,
) -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    told = flags.settings(
        light_jobs=light_jobs, heavy_jobs=heavy_jobs, job_lease=job_lease, **asdict(carrying)
    )
    carrying.require_meant(told)

    def ready() -> None:
        if flags.json:
            show.document({"ready": True})
        else:
            show.line("ready")

    process.work(told, handlers, on_ready=ready)
