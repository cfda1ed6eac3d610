"""What witnesses signed: each line that is kept holds for the checkpoint beside which it stands (V-22).

Whose key is at hand is held to it. Of others it is known that the line says what the row does, and no more.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.ops.evidence.findings import Findings
from velaurum.ops.evidence.pages import paged
from velaurum.proofs import notes
from velaurum.proofs.notes import VerifierKey
from velaurum.proofs.wire import ProofError
from velaurum.tenancy.context import OrgId

QUERIES = queries(__package__, "cosigned.sql")
AT_ONCE = 500
_FIRST = (0, 0, "", "")


@dataclass(frozen=True, slots=True)
class Line:
    """The line of a witness as it is stored, and the note of the checkpoint that it names, where there is one."""

    incarnation: int
    size: int
    name: str
    key_id: str
    line: str
    cosigned_at: str
    note: str | None


def verify_log(tx: Tx, org_id: OrgId, org: str, witnesses: Iterable[VerifierKey], findings: Findings) -> int:
    """Hold what witnesses added to the checkpoints of a log; return how many lines are of keys unknown here."""

    def after(last: tuple[Any, ...]) -> list[Line]:
        return tx.all(QUERIES["of_log"], Line, org_id=org_id, **_place(last), limit=AT_ONCE)

    return _verify(paged(after, _place_of, _FIRST), witnesses, findings, org, "checkpoint")


def verify_meta(tx: Tx, witnesses: Iterable[VerifierKey], findings: Findings) -> int:
    """Hold what witnesses added to the meta-log's checkpoints, as of a log."""

    def after(last: tuple[Any, ...]) -> list[Line]:
        return tx.all(QUERIES["of_meta"], Line, **_place(last), limit=AT_ONCE)

    return _verify(paged(after, _place_of, _FIRST), witnesses, findings, None, "meta-log's checkpoint")


def _verify(
    lines: Iterable[Line], witnesses: Iterable[VerifierKey], findings: Findings, org: str | None, of: str
) -> int:
    keys = {(key.name, key.key_id.hex()): key for key in witnesses}
    unknown = 0
    for one in lines:
        key = keys.get((one.name, one.key_id))
        unknown += key is None
        if problem := _problem(one, key):
            where = f"It is {one.name}'s, on the {of} of {one.size}: {problem}"
            findings.add("cosignature-differs", where, org=org)
    return unknown


def _problem(one: Line, key: VerifierKey | None) -> str | None:
    if one.note is None:
        return "that checkpoint is not here."
    try:
        text = notes.parse(one.note.encode()).text
        (said,) = notes.parse_signatures(one.line.encode())
        at = datetime.fromtimestamp(notes.cosigned_at(said.value), UTC)
    except (ProofError, ValueError, OverflowError, OSError) as error:
        return f"it is no signature of it. {error}"
    row = one.name, one.key_id, datetime.fromisoformat(one.cosigned_at)
    if (said.name, said.key_id.hex(), at) != row:
        return "the line says something else than its row."
    if key is not None and not key.holds(text, said.value):
        return "the witness did not sign this."
    return None


def _place_of(one: Line) -> tuple[int, int, str, str]:
    return one.size, one.incarnation, one.key_id, one.name


def _place(last: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(("size", "incarnation", "key_id", "name"), last, strict=True))
