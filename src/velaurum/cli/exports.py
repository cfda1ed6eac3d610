"""`velaurum verify export`: an export proven offline, with nothing but its files and what the reader trusts."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

from cryptography.x509 import Certificate
from cyclopts import Parameter

from velaurum.cli import failures, progress, show, whole_exports
from velaurum.cli.flags import Json
from velaurum.errors import UsageError
from velaurum.exports import anchors, verification
from velaurum.exports.findings import Fault
from velaurum.exports.lineage import Opening
from velaurum.exports.shipped import Shipped
from velaurum.exports.verification import Verdict
from velaurum.proofs import policies, timestamps
from velaurum.proofs.policies import Policy
from velaurum.proofs.timestamps import Stamped
from velaurum.proofs.wire import FormatError, to_base64

Since = Annotated[
    list[Path] | None,
    Parameter(
        help="A checkpoint that you kept, which the export has to extend; as often as you like.",
        negative=(),
    ),
]
AcceptLate = Annotated[
    bool,
    Parameter(
        help="Accept entries that say to be older than a time stamp without them, and tell of them.",
        negative=(),
    ),
]


def verify_export(
    folder: Annotated[
        Path, Parameter(help="The export: a directory with a checkpoint in it, or such a one encrypted.")
    ],
    /,
    *,
    policy: Annotated[Path, Parameter(help="Whom you trust: a C2SP tlog-policy file.")],
    since: Since = None,
    timestamp_ca: Annotated[
        Path | None, Parameter(help="The certificates, in PEM, by which you believe time stamps.")
    ] = None,
    entry: Annotated[
        int | None, Parameter(help="Say between which time stamps the entry at this index lies.")
    ] = None,
    accept_late: AcceptLate = False,
    key: Annotated[
        Path | None,
        Parameter(
            help="The keys of the installation, as its /.well-known/velaurum/keys has them, kept as a file."
        ),
    ] = None,
    identity: Annotated[
        Path | None, Parameter(help="The file with your key of age, where the export is encrypted.")
    ] = None,
    json: Json = False,
) -> int:
    trusted, authorities = read_policy(policy), _roots(timestamp_ca)
    older = [path.read_bytes() for path in since or ()]
    with ExitStack() as stack:
        folder = stack.enter_context(whole_exports.opened(folder, identity))
        bar = lambda total: stack.enter_context(progress.shown("Verifying", total, silent=json))  # noqa: E731
        verdict = verification.verify(
            folder, trusted, older, trusted=authorities, accepts_late=accept_late, progress=bar
        )
        verdict, whole = whole_exports.check(folder, verdict, key)
    if json:
        show.document(_document(verdict, entry) | {"manifest": whole and dict(whole.report)})
    else:
        show.line(told(verdict) + (whole.told() if whole else ""))
        if entry is not None and verdict.holds:
            show.line(_between(verdict, entry))
    return failures.OK if verdict.holds else failures.NOT_VERIFIED


def read_policy(path: Path) -> Policy:
    """Read a policy file; UsageError names what is wrong in it."""
    try:
        return policies.parse(path.read_bytes())
    except FormatError as error:
        raise UsageError(f"{path}: {error}") from error


def _roots(path: Path | None) -> tuple[Certificate, ...]:
    try:
        return () if path is None else timestamps.roots(path.read_bytes())
    except (OSError, FormatError) as error:
        raise UsageError(f"{path}: {error}") from error


def _document(verdict: Verdict, entry: int | None) -> dict[str, Any]:
    said = verdict.checkpoint
    after, before = _bracket(verdict, entry) if entry is not None else (None, None)
    return {
        "ok": verdict.holds,
        "origin": said.origin if said else None,
        "size": said.size if said else None,
        "root": to_base64(said.root) if said else None,
        "witnesses": [
            {"name": name, "seen_at": instant(at_s)} for name, at_s in sorted(verdict.witnessed_at_s.items())
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
        "anchors": [
            {
                "size": one.checkpoint.size,
                "meta_origin": one.meta.origin,
                "meta_size": one.meta.size,
                "leaf_index": one.leaf_index,
                "stamped_at": _stamp(one.stamped.at) if one.stamped else None,
                "accuracy_ms": one.stamped.accuracy / timedelta(milliseconds=1) if one.stamped else None,
            }
            for one in verdict.anchored
        ],
        "anchors_passed_over": verdict.passed_over,
        "late": [
            {
                "entry": one.index,
                "before_entry": one.before_index,
                "recorded_at": _stamp(one.recorded_at),
                "stamped_at": _stamp(one.stamped.at),
            }
            for one in verdict.late
        ],
        "bracket": None
        if entry is None
        else {"index": entry, "after": _stamp(after), "before": _stamp(before)},
        "fault": asdict(verdict.fault) if verdict.fault else None,
    }


def told(verdict: Verdict) -> str:
    """Say in a sentence what became of an export."""
    return _refusal(verdict.fault) if verdict.fault else _sentence(verdict)


def _sentence(verdict: Verdict) -> str:
    said = verdict.checkpoint
    size, origin = (said.size, said.origin) if said else (0, "")
    dates = f", recorded from {verdict.first_at} to {verdict.last_at}" if size else ""
    seen = ", ".join(f"{name} at {instant(at)}" for name, at in sorted(verdict.witnessed_at_s.items()))
    witnessed = f"; seen by {seen}" if seen else "; no witness vouches for it"
    extends = "".join(f"; extends the checkpoint of {n}" for n in sorted(verdict.older_sizes))
    gaps = "".join(_gap(one, verdict.shipped) for one in verdict.lineage.openings)
    return f"Verified: {size} entries of {origin}{dates}{witnessed}{extends}{_anchored(verdict)}.{gaps}{_late(verdict)}"


def _late(verdict: Verdict) -> str:
    """Say of each stretch once, by its last stamp, that nobody outside vouches for when it was recorded."""
    last = {one.index: one for one in sorted(verdict.late, key=lambda one: one.stamped.at)}
    return "".join(
        f"\nEntry {index} and others up to {one.before_index - 1} were signed late: it says "
        f"{_stamp(one.recorded_at)}, and was not in the log that was stamped at {_seen(one.stamped)}. It waited, or is "
        "dated back; nobody outside says which."
        for index, one in sorted(last.items())
    )


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


def _anchored(verdict: Verdict) -> str:
    """Say up to where the log is in the meta-log, and between which time stamps its entries lie."""
    passed = (
        f"; {verdict.passed_over} in the meta-log passed over, which no key of your policy signed"
        if verdict.passed_over
        else ""
    )
    if not verdict.anchored:
        return passed
    covered = max(one.checkpoint.size for one in verdict.anchored)
    so_far = f"{passed}; the first {covered} are in {verdict.anchored[-1].meta.origin}"
    stamped = [(one.checkpoint.size, one.stamped) for one in verdict.anchored if one.stamped is not None]
    if not stamped:
        unread = sum(one.is_stamped for one in verdict.anchored)
        return so_far + (f"; {unread} time stamps not looked at, without --timestamp-ca" if unread else "")
    last = max(size for size, _ in stamped)
    first = min((one for size, one in stamped if size == last), key=lambda one: one.latest)
    return f"{so_far}; the first {last} were there at {_seen(first)} ({len(stamped)} time stamps)"


def _between(verdict: Verdict, entry: int) -> str:
    if verdict.checkpoint is None or not 0 <= entry < verdict.checkpoint.size:
        return f"There is no entry {entry}."
    after, before = (_stamp(at) or "no time stamp" for at in _bracket(verdict, entry))
    return f"Entry {entry} lies between {after} and {before}."


def _refusal(fault: Fault) -> str:
    place = "" if fault.index is None else f" Entry {fault.index}"
    record = f", record {fault.id}" if fault.id else ""
    bracket = " and ".join(
        f"{word} {at}" for word, at in (("after", fault.after), ("before", fault.before)) if at
    )
    between = f", {bracket}" if bracket else ""
    code = f" ({fault.code})" if fault.code else ""
    return f"Not verified:{place}{record}{between}{':' if place else ''} {fault.reason}{code}"


def _bracket(verdict: Verdict, entry: int) -> tuple[datetime | None, datetime | None]:
    return anchors.bracket(verdict.anchored, entry, verdict.late)


def _seen(stamped: Stamped) -> str:
    off = f" ± {stamped.accuracy.total_seconds():g} s" if stamped.accuracy else ""
    return f"{_stamp(stamped.at)}{off}"


def _stamp(at: datetime | None) -> str | None:
    return None if at is None else f"{at.isoformat()[:-6]}Z"


def instant(at_s: int) -> str:
    """Return an instant of seconds since 1970 as people read it."""
    try:
        return datetime.fromtimestamp(at_s, UTC).isoformat(timespec="seconds")[:-6] + "Z"
    except (OverflowError, ValueError, OSError):
        return f"second {at_s}"
