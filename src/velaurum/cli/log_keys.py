"""`velaurum log keys`, `rotate-key` and `retire-key`: the keys of the logs, on the data directory."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from velaurum.audit import signers
from velaurum.audit.keyrings import LogKey
from velaurum.cli import local, logs, show
from velaurum.cli.flags import LOCAL, Local
from velaurum.db.connection import Database
from velaurum.errors import OperationError
from velaurum.ops import installation
from velaurum.ops.rotating import Rotation
from velaurum.proofs import metalog

Reason = Annotated[str, Parameter(help="Why, for whoever reads the logs.")]
Yes = Annotated[bool, Parameter(help="Do it without asking.", negative=())]


def keys(*, flags: Local = LOCAL) -> None:
    settings = flags.settings()
    signer = signers.load(settings.data_dir, settings.log_name)
    ring = signer.keyring
    if flags.json:
        last = signer.newest_meta()
        meta = metalog.origin(signer.name, last.incarnation if last else 0)
        show.document({"keys": [_document(one) | {"meta_key": _of_meta(one, meta)} for one in ring.keys]})
        return
    for one in ring.keys:
        until = f", overlaps until {one.overlap_until}" if one.overlap_until else ""
        show.line(f"{one.id}  {one.kind}  {one.state}{until}")


def rotate_key(
    *,
    reason: Reason,
    kind: Annotated[
        Literal["ed25519", "ml-dsa-44"],
        Parameter(help="What the new key signs with: ml-dsa-44 is for a second line beside Ed25519."),
    ] = "ed25519",
    overlap_days: Annotated[int, Parameter(help="How long the keys from before have to sign as well.")] = 30,
    yes: Yes = False,
    flags: Local = LOCAL,
) -> None:
    with _rotation(flags, reason) as rotation:
        if not yes:
            show.note(
                "A new key will sign every log beside those that do, and each log will say so, for ever."
            )
            logs.ask("Do it?")
        key = rotation.add(kind, timedelta(days=max(overlap_days, 0)))
    _show(
        flags, key, f"The key {key.id} signs every log. Keys from before may go from {key.overlap_until} on."
    )


def retire_key(
    key: Annotated[str, Parameter(help="The key to retire, as `velaurum log keys` shows it.")],
    /,
    *,
    reason: Reason,
    now: Annotated[bool, Parameter(help="Also before the overlap ends.", negative=())] = False,
    yes: Yes = False,
    flags: Local = LOCAL,
) -> None:
    with _rotation(flags, reason) as rotation:
        if not yes:
            show.note(f"The key {key} will be destroyed, and each log will say so, for ever.")
            logs.ask("Do it?")
        retired = rotation.retire(key, before_time=now)
    _show(flags, retired, f"The key {retired.id} is destroyed. It signs nothing any more.")


@contextmanager
def _rotation(flags: Local, reason: str) -> Iterator[Rotation]:
    settings = flags.settings()
    signer = signers.load(settings.data_dir, settings.log_name)
    local.quieten()
    with installation.opened(settings) as place, installation.door(place):
        if place.integrator_conninfo is None:
            raise OperationError(
                "Nobody may log in as velaurum_integrator here, so that no log can be told of a key, nor signed."
            )
        with closing(Database(place.integrator_conninfo, max_connections=1)) as integrator:
            yield Rotation(integrator, signer, reason, show.note)


def _of_meta(key: LogKey, origin: str) -> str | None:
    return None if key.of_meta is None else str(key.verifier_of(origin))


def _show(flags: Local, key: LogKey, sentence: str) -> None:
    if flags.json:
        show.document(_document(key))
    else:
        show.line(sentence)


def _document(key: LogKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "kind": key.kind,
        "state": key.state,
        "verifier_key": str(key.verifier),
        "promise_key": None if key.of_promises is None else str(key.of_promises),
        "overlap_until": key.overlap_until,
    }
