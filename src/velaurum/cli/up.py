"""`velaurum up`: the whole product in one foreground process."""

import logging
from typing import Annotated

from cyclopts import Parameter

from velaurum.api import server
from velaurum.cli import show
from velaurum.cli.flags import LOCAL, InsecureHttp, Local


def up(
    *,
    listen: Annotated[str | None, Parameter(help="Where to listen, as HOST:PORT.")] = None,
    insecure_http: InsecureHttp = None,
    flags: Local = LOCAL,
) -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")

    def ready(url: str) -> None:
        if flags.json:
            show.document({"ready": url})
        else:
            show.line(f"ready {url}")

    server.serve(flags.settings(listen=listen, insecure_http=insecure_http), on_ready=ready)
