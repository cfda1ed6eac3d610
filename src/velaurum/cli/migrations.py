"""`velaurum migrate`: the database brought to this release, or what is missing for that."""

from typing import Annotated

from cyclopts import Parameter

from velaurum.cli import failures, local, show
from velaurum.cli.flags import LOCAL, Local
from velaurum.config import Settings
from velaurum.ops import doctor, installation


def migrate(
    *,
    check: Annotated[
        bool, Parameter(help="Only print what is pending; ends with 1 when something is.", negative=())
    ] = False,
    flags: Local = LOCAL,
) -> int:
    local.quieten()
    settings = flags.settings()
    if check:
        return _check(settings, as_json=flags.json)
    pending = doctor.pending(settings)
    with installation.opened(settings) as place:
        # Again, although nothing may be pending: it is also how an administrator mends routines and rights.
        place.migrate(again=True)
    if flags.json:
        show.document({"applied": pending})
        return failures.OK
    for name in pending:
        show.line(f"applied {name}")
    show.note("The database is as this release needs it.")
    return failures.OK


def _check(settings: Settings, *, as_json: bool) -> int:
    pending = doctor.pending(settings)
    if as_json:
        show.document({"pending": pending})
    else:
        for name in pending:
            show.line(f"pending {name}")
        show.note("Run `velaurum migrate` to apply them." if pending else "Nothing is pending.")
    return failures.FAILED if pending else failures.OK
