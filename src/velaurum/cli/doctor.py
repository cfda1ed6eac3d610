"""`velaurum doctor`: one line per check."""

from velaurum.cli import failures, local, show
from velaurum.cli.flags import LOCAL, Local
from velaurum.ops import doctor as checks

_STATES = {True: "ok", False: "failed", None: "not-assessed"}
_SIGNS = {True: "\N{CHECK MARK}", False: "\N{BALLOT X}", None: "?"}


def doctor(*, flags: Local = LOCAL) -> int:
    local.quieten()
    found = checks.examine(flags.settings())
    is_well = all(one.holds for one in found)
    if flags.json:
        listed = [
            {"check": one.name, "state": _STATES[one.holds], "mend": None if one.holds else one.mend}
            for one in found
        ]
        show.document({"ok": is_well, "checks": listed})
        return failures.OK if is_well else failures.FAILED
    signs = _SIGNS if show.is_rich() else {holds: state.ljust(12) for holds, state in _STATES.items()}
    for one in found:
        show.line(f"{signs[one.holds]} {one.name}{'' if one.holds else f': {one.mend}'}")
    return failures.OK if is_well else failures.FAILED
