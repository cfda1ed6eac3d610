"""`velaurum verify proof`: one entry's portable proof checked offline, and what is told of it."""

import json as codec
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from velaurum.cli import exports, failures, show
from velaurum.cli.flags import Json
from velaurum.exports import records
from velaurum.proofs import merkle, tlog_proofs
from velaurum.proofs.policies import Policy, Seen
from velaurum.proofs.wire import FormatError, ProofError


@dataclass(frozen=True, slots=True)
class Proven:
    """An entry that a proof holds for, and the signed checkpoint that it is under."""

    index: int
    entry: dict[str, Any]
    leaf: bytes
    seen: Seen

    @property
    def document(self) -> dict[str, Any]:
        """Return it for programs."""
        checkpoint = self.seen.checkpoint
        return {
            "ok": True,
            "origin": checkpoint.origin,
            "size": checkpoint.size,
            "index": self.index,
            "leaf_hash": f"sha256:{self.leaf.hex()}",
            "witnesses": [
                {"name": name, "seen_at": exports.instant(at_s)}
                for name, at_s in sorted(self.seen.witnessed_at_s.items())
            ],
            "entry": self.entry,
        }

    @property
    def sentence(self) -> str:
        """Return it for people."""
        said, checkpoint = self.entry, self.seen.checkpoint
        what = f"{said['type']} {said.get('subject_id', said['id'])}"
        witnesses = sorted(self.seen.witnessed_at_s.items())
        seen = ", ".join(f"{name} at {exports.instant(at)}" for name, at in witnesses)
        return (
            f"Verified: entry {self.index} of {checkpoint.origin}, {what}, recorded at {said['at']}; in the signed "
            f"checkpoint of {checkpoint.size} entries; {f'seen by {seen}' if seen else 'no witness vouches for it'}."
        )


def proven(raw: bytes, policy: Policy) -> Proven:
    """Check a proof by a policy, and that it holds an entry of an organisation's log; ProofError says what is wrong."""
    proof = tlog_proofs.parse(raw)
    if proof.extra is None:
        raise ProofError("There is no entry in the proof, only its place.")
    records.read(proof.extra)
    leaf = merkle.leaf_hash(proof.extra)
    proof.verify(leaf, policy)
    said = codec.loads(proof.extra)
    index = (said if "log_index" in said else said["row"])["log_index"]
    if index != proof.index:
        raise ProofError(f"The entry is of index {index}, the proof of {proof.index}.")
    return Proven(proof.index, said, leaf, policy.verify(proof.checkpoint))


def verify_proof(
    file: Annotated[Path, Parameter(help="The proof: a C2SP tlog-proof with the entry in it.")],
    /,
    *,
    policy: Annotated[Path, Parameter(help="Whom you trust: a C2SP tlog-policy file.")],
    json: Json = False,
) -> int:
    trusted = exports.read_policy(policy)
    try:
        found = proven(file.read_bytes(), trusted)
    except (ProofError, FormatError) as error:
        if json:
            show.document({"ok": False, "detail": str(error)})
        else:
            show.line(f"Not verified: {error}")
        return failures.NOT_VERIFIED
    if json:
        show.document(found.document)
    else:
        show.line(found.sentence)
    return failures.OK
