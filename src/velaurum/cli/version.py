"""`velaurum version`."""

from typing import Annotated

from cyclopts import Parameter

from velaurum import __version__
from velaurum.cli import show
from velaurum.cli.flags import Json


def version(*, json: Annotated[Json, Parameter(name="--json")] = False) -> None:
    if json:
        show.document({"version": __version__})
    else:
        show.line(__version__)
