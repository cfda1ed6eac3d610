"""`velaurum verify`: proofs, each with an exit code of its own for what does not hold."""

import json
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from velaurum.cli import failures, local, show
from velaurum.cli.flags import LOCAL, Json, Local
from velaurum.db import catalogue
from velaurum.errors import UsageError
from velaurum.ops import signing, verification


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


def report(
    file: Annotated[Path, Parameter(help="The signed report, as it was given out.")],
    /,
    *,
    key: Annotated[
        Path, Parameter(help="The keys of the installation: its /.well-known/velaurum/keys, kept as a file.")
    ],
    json: Json = False,
) -> int:
    document, keys = _read(file), _read(key)
    holds = signing.verify(document, keys)
    if json:
        show.document({"ok": holds, "report": document["report"] if holds else None})
    elif holds:
        said = document["report"]
        show.line(f"The signature holds. ORG_APPLIED: {said.get('org_applied')}, made {said.get('made_at')}.")
    else:
        show.line("The signature does not hold: it is of another report, or by another key.")
    return failures.OK if holds else failures.NOT_VERIFIED


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except ValueError as error:
        raise UsageError(f"{path} is not a JSON document.") from error
