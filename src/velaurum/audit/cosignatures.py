"""Cosignatures: what witnesses outside say of checkpoints, each verified before it is kept (V-22)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from velaurum.audit.logs import Published
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.proofs import notes
from velaurum.proofs.notes import Signature, VerifierKey
from velaurum.proofs.policies import Policy
from velaurum.tenancy.context import OrgId

QUERIES = queries(__package__, "cosignatures.sql")


@dataclass(frozen=True, slots=True)
class Uncosigned:
    """A checkpoint that a witness has not cosigned yet; `known_size` is what it cosigned last, or 0."""

    org_id: OrgId
    incarnation: int
    size: int
    note: str
    known_size: int


@dataclass(frozen=True, slots=True)
class Cosignature:
    """The line of a witness on a checkpoint, verbatim, the second that it names, and when it was kept."""

    incarnation: int
    size: int
    name: str
    key_id: str
    line: str
    cosigned_at: str
    kept_at: str


@dataclass(frozen=True, slots=True)
class Delay:
    """How long the last entry of a checkpoint waited to be signed, and to be cosigned first; None while it waits."""

    recorded_at: str
    signed_after_ms: int
    cosigned_after_ms: int | None


def uncosigned(tx: Tx, witness: VerifierKey) -> list[Uncosigned]:
    """Return the newest checkpoint of each log that a witness has not cosigned."""
    return tx.all(QUERIES["uncosigned"], Uncosigned, name=witness.name, key_id=witness.key_id.hex())


def keep(tx: Tx, org_id: OrgId, asked: Uncosigned, signature: Signature) -> None:
    """Keep a cosignature that was verified; the same one again changes nothing."""
    tx.run(
        QUERIES["keep"],
        org_id=org_id,
        incarnation=asked.incarnation,
        size=asked.size,
        name=signature.name,
        key_id=signature.key_id.hex(),
        line=signature.line,
        cosigned_at=datetime.fromtimestamp(notes.cosigned_at(signature.value), UTC).isoformat(),
    )


def cosigned(tx: Tx, org_id: OrgId, published: Published) -> str:
    """Return a checkpoint with the lines that witnesses added to it."""
    return _joined(
        published,
        tx.all(
            QUERIES["of_checkpoint"],
            Cosignature,
            org_id=org_id,
            incarnation=published.incarnation,
            size=published.size,
        ),
    )


def enough(
    tx: Tx, org_id: OrgId, incarnation: int, log_index: int, policy: Policy
) -> tuple[Published, str] | None:
    """Return the first checkpoint that covers an index and has the quorum of a policy, and its note with the lines."""
    found = tx.all(
        QUERIES["covering"],
        Cosignature,
        org_id=org_id,
        incarnation=incarnation,
        log_index=log_index,
        key_ids=[key.key_id.hex() for key in policy.witnesses.values()],
        fewest=policy.fewest,
    )
    for size, lines in groupby(found, key=lambda one: one.size):
        of_size = list(lines)
        if policy.is_met(names(of_size, policy)):
            published = tx.one(
                QUERIES["checkpoint"], Published, org_id=org_id, incarnation=incarnation, size=size
            )
            return published, _joined(published, of_size)
    return None


def newest_of_each(tx: Tx, org_id: OrgId) -> list[Cosignature]:
    """Return the newest cosignature of each witness."""
    return tx.all(QUERIES["newest_of_each"], Cosignature, org_id=org_id)


def delay(tx: Tx, org_id: OrgId, published: Published) -> Delay | None:
    """Return how long the last entry of a checkpoint waited; None where its entry is out of reach."""
    return tx.maybe(
        QUERIES["delay"], Delay, org_id=org_id, incarnation=published.incarnation, size=published.size
    )


def names(found: Collection[Cosignature], policy: Policy) -> set[str]:
    """Return what the policy calls the witnesses of these lines."""
    keys = {(one.name, one.key_id) for one in found}
    return {name for name, key in policy.witnesses.items() if (key.name, key.key_id.hex()) in keys}


def _joined(published: Published, found: Sequence[Cosignature]) -> str:
    return published.note + "".join(one.line for one in found)
