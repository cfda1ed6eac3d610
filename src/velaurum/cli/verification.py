"""`velaurum verify`: proofs, each with an exit code of its own for what does not hold."""

from velaurum.cli import failures, local, show
from velaurum.cli.flags import LOCAL, Local
from velaurum.db import catalogue
from velaurum.ops import verification


def tenancy(*, flags: Local = LOCAL) -> int:
    local.quieten()
    found = verification.tenancy(flags.settings())
    holds = catalogue.is_sound(found)
    if flags.json:
        listed = [
            {"rule": one.name, "required": one.is_required, "broken_by": list(one.broken_by)} for one in found
        ]
        show.document({"ok": holds, "rules": listed})
    else:
        for one in found:
            for subject in one.broken_by:
                show.line(f"{'broken' if one.is_required else 'note'}: {one.name}: {subject}")
        kept = sum(not one.broken_by for one in found)
        show.note(f"{kept} of {len(found)} rules hold.")
    return failures.OK if holds else failures.NOT_VERIFIED
