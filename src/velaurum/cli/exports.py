"""`velaurum verify export`: an export proven offline, with nothing but its files and what the reader trusts."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from velaurum.cli import failures, progress, show
from velaurum.cli.flags import Json
from velaurum.errors import UsageError
from velaurum.exports import verification
from velaurum.exports.findings import Fault
from velaurum.exports.lineage import Opening
from velaurum.exports.shipped import Shipped
from velaurum.exports.verification import Verdict
from velaurum.proofs import policies
from velaurum.proofs.policies import Policy
from velaurum.proofs.wire import FormatError, to_base64


def verify_export(
    folder: Annotated[Path, Parameter(help="The export: a directory with a checkpoint in it.")],
    /,
    *,
    policy: Annotated[Path, Parameter(help="Whom you trust: a C2SP tlog-policy file.")],
    since: Annotated[
        list[Path] | None,
        Parameter(
            help="A checkpoint that you kept, which the export has to extend; as often as you like.",
            negative=(),
        ),
    ] = None,
    json: Json = False,
) -> int:
    trusted = _policy(policy)
    older = [path.read_bytes() for path in since or ()]
    with ExitStack() as stack:
        bar = lambda total: stack.enter_context(progress.shown("Verifying", total, silent=json))  # noqa: E731
        verdict = verification.verify(folder, trusted, older, progress=bar)
    if json:
        show.document(_document(verdict))
    else:
        show.line(_refusal(verdict.fault) if verdict.fault else _sentence(verdict))
    return failures.OK if verdict.holds else failures.NOT_VERIFIED


def _policy(path: Path) -> Policy:
    try:
        return policies.parse(path.read_bytes())
    except FormatError as error:
        raise UsageError(f"{path}: {error}") from error


def _document(verdict: Verdict) -> dict[str, Any]:
    said = verdict.checkpoint
    return {
        "ok": verdict.holds,
        "origin": said.origin if said else None,
        "size": said.size if said else None,
        "root": to_base64(said.root) if said else None,
        "witnesses": [
            {"name": name, "seen_at": _instant(at_s)} for name, at_s in sorted(verdict.witnessed_at_s.items())
        ],
        "org_id": verdict.org,
        "first_at": verdict.first_at,
        "last_at": verdict.last_at,
        "extends": sorted(verdict.older_sizes),
        "keys": [
            {"entry": one.index, "state": one.state, "verifier_key": str(one.verifier_key)}
            for one in verdict.lineage.keys
        ],
        "incarnations": [_opening(one, verdict.shipped) for one in verdict.lineage.openings],
        "fault": asdict(verdict.fault) if verdict.fault else None,
    }


def _sentence(verdict: Verdict) -> str:
    said = verdict.checkpoint
    size, origin = (said.size, said.origin) if said else (0, "")
    dates = f", recorded from {verdict.first_at} to {verdict.last_at}" if size else ""
    seen = ", ".join(f"{name} at {_instant(at)}" for name, at in sorted(verdict.witnessed_at_s.items()))
    witnessed = f"; seen by {seen}" if seen else "; no witness vouches for it"
    extends = "".join(f"; extends the checkpoint of {n}" for n in sorted(verdict.older_sizes))
    gaps = "".join(_gap(one, verdict.shipped) for one in verdict.lineage.openings)
    return f"Verified: {size} entries of {origin}{dates}{witnessed}{extends}.{gaps}"


def _gap(opening: Opening, brought: Sequence[Shipped]) -> str:
    last = _last_of(opening, brought)
    shown = f"; {last} is the last checkpoint before it" if last else ""
    return (
        f"\nEntry {opening.index} takes the log up again as incarnation {opening.number}: {opening.lost_size} entries "
        f"were signed before, of which the first {opening.common_size} are known to be here{shown}."
    )


def _opening(opening: Opening, brought: Sequence[Shipped]) -> dict[str, Any]:
    return {
        "number": opening.number,
        "entry": opening.index,
        "common_size": opening.common_size,
        "lost_size": opening.lost_size,
        "lost_root": to_base64(opening.lost_root),
        "last_checkpoint": _last_of(opening, brought),
    }


def _last_of(opening: Opening, brought: Sequence[Shipped]) -> str | None:
    """Return the file with the last checkpoint before an incarnation, where a key of the policy signed it."""
    found = (
        one.path for one in brought if one.is_last and one.number == opening.number - 1 and one.signed_by
    )
    return next(found, None)


def _refusal(fault: Fault) -> str:
    place = "" if fault.index is None else f" Entry {fault.index}"
    record = f", record {fault.id}" if fault.id else ""
    bracket = " and ".join(
        f"{word} {at}" for word, at in (("after", fault.after), ("before", fault.before)) if at
    )
    between = f", {bracket}" if bracket else ""
    return f"Not verified:{place}{record}{between}{':' if place else ''} {fault.reason}"


def _instant(at_s: int) -> str:
    try:
        return datetime.fromtimestamp(at_s, UTC).isoformat(timespec="seconds")[:-6] + "Z"
    except (OverflowError, ValueError, OSError):
        return f"second {at_s}"
