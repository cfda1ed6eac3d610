"""Where an organisation's log is: how far, under which name, since when it takes no entry, and who outside saw it."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel

from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.audit import anchors, cosignatures, incarnations, logs, metalog, origins, timestamps
from velaurum.audit.anchors import Anchor
from velaurum.audit.cosignatures import Cosignature
from velaurum.audit.incarnations import Incarnation
from velaurum.audit.keyrings import Keyring, LogKey, State
from velaurum.audit.logs import Published, Unsigned
from velaurum.db.connection import Tx
from velaurum.ops import stalls, witnessing
from velaurum.proofs import metalog as formats
from velaurum.proofs.policies import Policy
from velaurum.tenancy.context import OrgId

router = APIRouter(prefix="/v1/orgs/{org}/log", tags=["log"], route_class=StrictRoute)


class CheckpointRef(BaseModel):
    """A signed checkpoint, and how long its last entry waited for the signature, and for the first witness."""

    size: int
    incarnation: int
    signed_at: str
    recorded_at: str | None
    signed_after_ms: int | None
    cosigned_after_ms: int | None


class HoldRef(BaseModel):
    """Since when a log takes no entry, and why."""

    since: str
    reason: str


class UnsignedRef(BaseModel):
    """Since when the oldest entry waits that no checkpoint covers; `is_late` once it waits longer than was promised."""

    since: str
    waited_ms: int
    is_late: bool


class StallRef(BaseModel):
    """Since when the log could not be followed at all, and the kind of error; the operator is told more."""

    since: str
    reason: str


class IncarnationRef(BaseModel):
    """When a log was taken up again, at which size, and what was signed last and lost.

    The first `common_size` entries are known to be those that were signed. `verifier_key` is this incarnation's.
    """

    number: int
    opened_at: str
    size: int
    common_size: int
    lost_size: int
    lost_root: str
    verifier_key: str


class WitnessRef(BaseModel):
    """What a witness outside cosigned last, and the second that it named."""

    name: str
    incarnation: int
    size: int
    cosigned_at: str


class KeyRef(BaseModel):
    """A key of the log under its name: `state` is announced, signing or retired. ML-DSA signs no promises."""

    kind: str
    state: str
    verifier_key: str
    promise_key: str | None


class AnchorRef(BaseModel):
    """A checkpoint of so many entries that is in the meta-log: at which leaf, and since when."""

    size: int
    incarnation: int
    leaf_index: int
    anchored_at: str


class TimestampRef(BaseModel):
    """When a time-stamp authority saw the meta-log last, of which size, and up to which entry of this log it vouches.

    `size` is that of this log, or null where it is not in there yet. `stamped_after_ms` is how long the last of
    these entries waited for the first stamp that covers it.
    """

    stamped_at: str
    authority: str
    meta_size: int
    size: int | None
    stamped_after_ms: int | None


class MetaLogRef(BaseModel):
    """The installation's meta-log: its name, its public key, what it has of this log last, and when it was stamped.

    `keys` are all that it ever had, under its name; retired ones sign it no more. It makes no promises.
    """

    origin: str
    verifier_key: str
    keys: list[KeyRef]
    anchor: AnchorRef | None
    timestamp: TimestampRef | None


class LogStatus(BaseModel):
    """Where a log is. `policy` is what a verifier of others needs to know of it; `keys` are all that it ever had.

    `verifier_key` and `promise_key` are the oldest key's that signs now.
    """

    origin: str
    incarnation: int
    held: HoldRef | None
    incarnations: list[IncarnationRef]
    verifier_key: str
    promise_key: str
    promises: bool
    keys: list[KeyRef]
    policy: str
    size: int
    recorded_at: str
    checkpoint: CheckpointRef | None
    unsigned: UnsignedRef | None
    stalled: StallRef | None
    witnesses: list[WitnessRef]
    meta: MetaLogRef


@router.get("/status", operation_id="getLogStatus", openapi_extra=permits("read"))
def get_log_status(request: Request, admitted: Admitted, door: Door) -> LogStatus:
    """Get how far the log is recorded, signed and cosigned, whether it takes entries, and the key that verifies it."""
    signer, witnesses = request.app.state.signer, request.app.state.witnesses
    with door.transaction(admitted) as (tx, org):
        head, signed = logs.head(tx, org.org_id), logs.newest(tx, org.org_id)
        opened, hold = incarnations.list_all(tx, org.org_id), incarnations.held(tx, org.org_id)
        seen = cosignatures.newest_of_each(tx, org.org_id)
        unsigned = logs.unsigned(tx, org.org_id)
        checkpoint = None if signed is None else _checkpoint(tx, org.org_id, signed)
        meta = _meta(tx, org.org_id, signer)
    stall = stalls.read(request.app.state.data_dir).get(org.org_id)
    number = opened[-1].number if opened else 0
    origin = origins.of_org(signer.name, org.org_id, number)
    ring = signer.keyring
    return LogStatus(
        origin=origin,
        incarnation=number,
        held=None if hold is None else HoldRef(since=hold.since, reason=hold.reason),
        incarnations=[_incarnation(signer, org.org_id, one) for one in opened],
        verifier_key=str(ring.signing[0].verifier_of(origin)),
        promise_key=next(str(one.of_promises) for one in ring.signing if one.of_promises),
        promises=request.app.state.prover.liveness.may_promise(org.org_id),
        keys=[_key(one, origin) for one in ring.keys],
        policy=_policy(ring, (origin, meta.origin), witnesses),
        meta=meta,
        size=head.size,
        recorded_at=head.recorded_at,
        checkpoint=checkpoint,
        unsigned=None if unsigned is None else _unsigned(unsigned),
        stalled=None if stall is None else StallRef(since=stall.since, reason=stall.reason),
        witnesses=[_witness(one) for one in seen],
    )


def _checkpoint(tx: Tx, org_id: OrgId, signed: Published) -> CheckpointRef:
    delay = cosignatures.delay(tx, org_id, signed)
    return CheckpointRef(
        size=signed.size,
        incarnation=signed.incarnation,
        signed_at=signed.signed_at,
        recorded_at=None if delay is None else delay.recorded_at,
        signed_after_ms=None if delay is None else delay.signed_after_ms,
        cosigned_after_ms=None if delay is None else delay.cosigned_after_ms,
    )


def _meta(tx: Tx, org_id: OrgId, signer: Any) -> MetaLogRef:
    origin = formats.origin(signer.name, metalog.current(tx))
    found = anchors.newest(tx, org_id, metalog.size(tx))
    return MetaLogRef(
        origin=origin,
        verifier_key=str(signer.verifier(origin)),
        keys=[_key(one, origin).model_copy(update={"promise_key": None}) for one in signer.keyring.keys],
        anchor=None
        if found is None
        else AnchorRef(
            size=found.size,
            incarnation=found.incarnation,
            leaf_index=found.leaf_index,
            anchored_at=found.anchored_at,
        ),
        timestamp=_timestamp(tx, org_id),
    )


def _timestamp(tx: Tx, org_id: OrgId) -> TimestampRef | None:
    stamped = timestamps.newest(tx)
    if stamped is None:
        return None
    covered = anchors.newest(tx, org_id, stamped.size)
    return TimestampRef(
        stamped_at=stamped.stamped_at,
        authority=stamped.authority,
        meta_size=stamped.size,
        size=None if covered is None else covered.size,
        stamped_after_ms=None if covered is None else _stamped_after_ms(tx, org_id, covered),
    )


def _stamped_after_ms(tx: Tx, org_id: OrgId, covered: Anchor) -> int | None:
    """Return from the record of the last entry to its first stamp; stamps are of whole seconds."""
    first = timestamps.covering(tx, covered.leaf_index)
    published = Published(covered.incarnation, covered.size, covered.note, covered.anchored_at)
    delay = cosignatures.delay(tx, org_id, published)
    if first is None or delay is None:
        return None
    waited = datetime.fromisoformat(first.stamped_at) - datetime.fromisoformat(delay.recorded_at)
    return max(0, waited // timedelta(milliseconds=1))


def _unsigned(found: Unsigned) -> UnsignedRef:
    return UnsignedRef(since=found.since, waited_ms=found.waited_ms, is_late=found.is_late)


def _incarnation(signer: Any, org_id: OrgId, opened: Incarnation) -> IncarnationRef:
    key = signer.verifier(origins.of_org(signer.name, org_id, opened.number))
    return IncarnationRef(**asdict(opened), verifier_key=str(key))


def _witness(seen: Cosignature) -> WitnessRef:
    return WitnessRef(
        name=seen.name, incarnation=seen.incarnation, size=seen.size, cosigned_at=seen.cosigned_at
    )


def _key(key: LogKey, origin: str) -> KeyRef:
    return KeyRef(
        kind=key.kind,
        state=key.shown_as,
        verifier_key=str(key.verifier_of(origin)),
        promise_key=None if key.of_promises is None else str(key.of_promises),
    )


def _policy(ring: Keyring, names: Iterable[str], witnesses: Policy | None) -> str:
    # With a key that is announced a reader accepts what it signs from its first checkpoint on.
    known = [one for one in ring.keys if one.shown_as != State.RETIRED]
    said = "".join(f"log {one.verifier_of(name)}\n" for name in names for one in known)
    return said + ("quorum none\n" if witnesses is None else witnessing.lines(witnesses))
