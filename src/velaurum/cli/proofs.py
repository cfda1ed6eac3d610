"""`velaurum proof`: portable proofs of what is recorded, over HTTP, each checked before it is kept."""

import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

from cyclopts import Parameter

from velaurum import texts
from velaurum.cli import exports, failures, proof_files, show
from velaurum.cli.client import Client
from velaurum.cli.flags import REMOTE, Remote
from velaurum.cli.proof_files import Proven
from velaurum.errors import UsageError
from velaurum.exports import records
from velaurum.proofs import policies
from velaurum.proofs.policies import Policy
from velaurum.proofs.wire import FormatError, ProofError

Reference = Annotated[str, Parameter(help="Its code or id.")]
Id = Annotated[str, Parameter(help="Its id.")]
Version = Annotated[
    int | None, Parameter(help="Which version, as its ETag counts them; the newest without it.")
]


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Past:
    """When something is to be proven as it was."""

    as_of: Annotated[str | None, Parameter(help="As of this instant, like 2026-11-22T10:05:00Z.")] = None
    at_size: Annotated[int | None, Parameter(help="As of a log of so many entries.")] = None


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Kept:
    """What a proof is checked by, and where it is kept."""

    policy: Annotated[
        Path | None,
        Parameter(help="Whom you trust: a C2SP tlog-policy file. Without it what the server says of itself."),
    ] = None
    to: Annotated[
        Path | None, Parameter(help="The file to write the proof to; it is printed without it.")
    ] = None


NOW, PRINTED = Past(), Kept()


def movement(movement_id: Id, /, *, kept: Kept = PRINTED, flags: Remote = REMOTE) -> int:
    return _prove("movements", movement_id, records.MOVEMENT, kept, flags)


def item(
    item: Reference,
    /,
    *,
    version: Version = None,
    past: Past = NOW,
    kept: Kept = PRINTED,
    flags: Remote = REMOTE,
) -> int:
    return _prove("items", item, "change.item", kept, flags, past, version)


def location(
    location: Reference,
    /,
    *,
    version: Version = None,
    past: Past = NOW,
    kept: Kept = PRINTED,
    flags: Remote = REMOTE,
) -> int:
    return _prove("locations", location, "change.location", kept, flags, past, version)


def sub_org(
    sub_org: Reference,
    /,
    *,
    version: Version = None,
    past: Past = NOW,
    kept: Kept = PRINTED,
    flags: Remote = REMOTE,
) -> int:
    return _prove("sub-orgs", sub_org, "change.sub-org", kept, flags, past, version)


def role(
    role: Reference,
    /,
    *,
    version: Version = None,
    past: Past = NOW,
    kept: Kept = PRINTED,
    flags: Remote = REMOTE,
) -> int:
    return _prove("roles", role, "change.role", kept, flags, past, version)


def principal(
    principal: Id,
    /,
    *,
    version: Version = None,
    past: Past = NOW,
    kept: Kept = PRINTED,
    flags: Remote = REMOTE,
) -> int:
    return _prove("principals", principal, "change.principal", kept, flags, past, version)


def provider(
    provider: Reference,
    /,
    *,
    version: Version = None,
    past: Past = NOW,
    kept: Kept = PRINTED,
    flags: Remote = REMOTE,
) -> int:
    return _prove("providers", provider, "change.provider", kept, flags, past, version)


def token(token: Id, /, *, past: Past = NOW, kept: Kept = PRINTED, flags: Remote = REMOTE) -> int:
    return _prove("tokens", token, "change.token", kept, flags, past)


def approval(approval: Id, /, *, past: Past = NOW, kept: Kept = PRINTED, flags: Remote = REMOTE) -> int:
    return _prove("approval-requests", approval, "change.approval", kept, flags, past)


def _prove(
    noun: str,
    reference: str,
    word: str,
    kept: Kept,
    flags: Remote,
    past: Past = NOW,
    version: int | None = None,
) -> int:
    if kept.to is not None and kept.to.exists():
        raise UsageError(f"{kept.to} is there already; name another file.")
    trusted = None if kept.policy is None else exports.read_policy(kept.policy)
    client = Client(flags.settings())
    path = f"/{noun}/{quote(reference, safe='')}/proof"
    raw = client.text(path, version=version, **asdict(past))
    try:
        found = proof_files.proven(raw, _policy(client) if trusted is None else trusted)
        _require_asked(found, reference, word, version)
    except (ProofError, FormatError) as error:
        if flags.json:
            show.document({"ok": False, "detail": str(error)})
        else:
            show.line(f"Not verified, and not kept: {error}")
        return failures.NOT_VERIFIED
    if kept.to is not None:
        kept.to.write_bytes(raw)
    if flags.json:
        more = {"proof": raw.decode()} if kept.to is None else {"file": str(kept.to)}
        show.document({**found.document, **more})
        return failures.OK
    if kept.to is None:
        sys.stdout.write(raw.decode())
    show.note(found.sentence)
    if kept.policy is None:
        show.note("Checked by the keys that the server itself names; give --policy with keys that you hold.")
    return failures.OK


def _policy(client: Client) -> Policy:
    said: str = client.get("/log/status").document["policy"]
    return policies.parse(said.encode())


def _require_asked(found: Proven, reference: str, word: str, version: int | None) -> None:
    """Refuse a proof that holds, but of something else."""
    said = found.entry
    row = said.get("row", {})
    is_known_by = {str(said.get("subject_id", said["id"]))}
    if not texts.is_uuid(reference):
        is_known_by = {texts.code_key(str(row.get("code")))}
        reference = texts.code_key(reference)
    # A step of an approval is the request or the decision.
    is_asked = said["type"] == word or (
        word == "change.approval" and said["type"] == "change.approval-request"
    )
    if not is_asked or reference.lower() not in {one.lower() for one in is_known_by}:
        raise ProofError(f"The proof holds, but of another record: {said['type']} {said.get('subject_id')}.")
    if version is not None and row.get("version") != version:
        raise ProofError(f"The proof holds, but of version {row.get('version')}.")
