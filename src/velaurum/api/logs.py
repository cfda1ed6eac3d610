"""The log over HTTP, in the files that C2SP names: checkpoint, tiles and entry bundles, and proofs made of them."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel
from starlette.responses import PlainTextResponse

from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.audit import cosignatures, incarnations, logs
from velaurum.audit.logs import Published
from velaurum.db.connection import Tx
from velaurum.errors import FieldError, Refusal
from velaurum.ledger import movements
from velaurum.proofs import checkpoints, merkle, notes, tiles, tlog_proofs
from velaurum.proofs.policies import Policy
from velaurum.proofs.tiles import Bundle, CheckedTiles, Tile
from velaurum.proofs.tlog_proofs import TlogProof
from velaurum.proofs.wire import FormatError, ProofError, to_base64
from velaurum.tenancy.context import OrgContext

router = APIRouter(prefix="/v1/orgs/{org}/log", tags=["log"], route_class=StrictRoute)
proofs = APIRouter(prefix="/v1/orgs/{org}", tags=["log"], route_class=StrictRoute)
TEXT = tlog_proofs.MEDIA_TYPE
FOR_EVER = "private, max-age=31536000, immutable"
FOR_NOW = "private, no-cache"
RETRY_AFTER_S = 1
Made = TypeVar("Made")
log = logging.getLogger("velaurum.api")


class Octets(Response):
    """Bytes as they are."""

    media_type = "application/octet-stream"


class ConsistencyProof(BaseModel):
    """Hashes in base64 that show one size of the log to extend an earlier one (RFC 6962, section 2.1.2)."""

    from_size: int
    to_size: int
    hashes: list[str]
    checkpoint: str


@router.get(
    "/checkpoint",
    operation_id="getLogCheckpoint",
    openapi_extra=permits("read"),
    response_class=PlainTextResponse,
)
def get_log_checkpoint(admitted: Admitted, door: Door) -> Response:
    """Get the newest signed checkpoint, a note of C2SP, with what witnesses added to it."""
    with door.transaction(admitted) as (tx, org):
        return text(cosignatures.cosigned(tx, org.org_id, _newest(tx, org)), FOR_NOW)


@router.get(
    "/tile/entries/{bundle:path}",
    operation_id="getLogEntries",
    openapi_extra=permits("read-assurance"),
    response_class=Octets,
)
def get_log_entries(admitted: Admitted, door: Door, bundle: str) -> Response:
    """Get a bundle of up to 256 entries. They tell of the whole organisation, whoever may see what of it."""
    asked = parsed(Bundle.parse, f"tile/entries/{bundle}")
    first = asked.number * tiles.WIDTH
    with door.transaction(admitted) as (tx, org):
        if not org.is_whole:
            raise Refusal(
                "forbidden", "The log is the whole organisation's; this credential reaches departments."
            )
        _require_signed(tx, org, first + asked.width)
        found = logs.entries(tx, org.org_id, first, first + asked.width)
    return Octets(tiles.encode_bundle(found), headers={"Cache-Control": FOR_EVER})


@router.get(
    "/tile/{tile:path}",
    operation_id="getLogTile",
    openapi_extra=permits("read"),
    response_class=Octets,
)
def get_log_tile(admitted: Admitted, door: Door, tile: str) -> Response:
    """Get a tile of up to 256 hashes."""
    asked = parsed(Tile.parse, f"tile/{tile}")
    with door.transaction(admitted) as (tx, org):
        _require_signed(tx, org, asked.leaves)
        found = logs.reader(tx, org.org_id)(asked)
    return Octets(found, headers={"Cache-Control": FOR_EVER})


@router.get("/consistency", operation_id="getLogConsistency", openapi_extra=permits("read"))
def get_log_consistency(
    admitted: Admitted,
    door: Door,
    response: Response,
    from_: Annotated[int, Query(alias="from", ge=1, description="The earlier size.")] = 1,
    to: Annotated[int | None, Query(ge=1, description="The later size; left out: the newest signed.")] = None,
) -> ConsistencyProof:
    """Get a proof that the log at one size extends the log at an earlier one."""
    with door.transaction(admitted) as (tx, org):
        signed = _newest(tx, org)
        later = signed.size if to is None else to
        for name, size in (("to", later), ("from", from_)):
            if size > (signed.size if name == "to" else later):
                detail = f"Choose a size up to {signed.size if name == 'to' else later}."
                raise Refusal("invalid-field", detail, (FieldError(name, "invalid-field", detail),))
        tree = _tree(tx, org, signed)
        hashes = proven(lambda: merkle.consistency_proof(from_, later, tree.node))
    response.headers["Cache-Control"] = FOR_NOW
    return ConsistencyProof(
        from_size=from_, to_size=later, hashes=[to_base64(one) for one in hashes], checkpoint=signed.note
    )


@proofs.get(
    "/movements/{movement:id}/proof",
    operation_id="getMovementProof",
    openapi_extra=permits("read"),
    response_class=PlainTextResponse,
)
def get_movement_proof(request: Request, admitted: Admitted, door: Door, movement: str) -> Response:
    """Get a movement's portable proof (C2SP tlog-proof); its `extra` is the entry, whose hash is the leaf.

    The entry says what both places hold after the movement, so that it takes a credential that reaches both.
    """
    with door.transaction(admitted) as (tx, org):
        found = movements.find(tx, org, movement)
        if not found.is_whole:
            raise Refusal("forbidden", "The proof tells of both places; this credential reaches one of them.")
        made = proof_of(tx, org, found.log_index, request.app.state.witnesses)
        return text(made.text, FOR_EVER if made.is_final else FOR_NOW)


@dataclass(frozen=True, slots=True)
class MadeProof:
    """A tlog-proof; `is_final` is false where witnesses may still add what their quorum lacks."""

    text: str
    is_final: bool


def proof_of(tx: Tx, org: OrgContext, log_index: int, witnesses: Policy | None) -> MadeProof:
    """Return the tlog-proof of an entry, or refuse `proof-pending`.

    It is under the first checkpoint that covers the entry and has the quorum of the witnesses; while there is
    none, under the first that covers it.
    """
    signed = logs.covering(tx, org.org_id, log_index)
    if signed is None:
        raise pending()
    note, is_final = cosignatures.cosigned(tx, org.org_id, signed), witnesses is None
    if witnesses is not None:
        enough = cosignatures.enough(
            tx, org.org_id, incarnations.current(tx, org.org_id), log_index, witnesses
        )
        if enough is not None:
            (signed, note), is_final = enough, True
    entry = logs.entry(tx, org.org_id, log_index)
    tree = _tree(tx, org, signed)
    hashes = proven(lambda: merkle.inclusion_proof(log_index, signed.size, tree.node))
    return MadeProof(TlogProof(log_index, tuple(hashes), note.encode(), entry).encode().decode(), is_final)


def _tree(tx: Tx, org: OrgContext, signed: Published) -> CheckedTiles:
    root = checkpoints.parse(notes.parse(signed.note.encode()).text).root
    return proven(lambda: CheckedTiles(signed.size, root, logs.reader(tx, org.org_id)))


def proven(make: Callable[[], Made]) -> Made:
    """Let nobody have a proof that does not hold: what is stored is not what was signed."""
    try:
        return make()
    except ProofError:
        log.exception("The stored log is not what was signed; run `velaurum verify db`.")
        raise Refusal("internal", "The stored log is not what was signed. The operator was told.") from None


def _require_signed(tx: Tx, org: OrgContext, leaves: int) -> None:
    if leaves > _newest(tx, org).size:
        raise Refusal("not-found", "Nothing so far was signed of this log yet.")


def _newest(tx: Tx, org: OrgContext) -> Published:
    signed = logs.newest(tx, org.org_id)
    if signed is None:
        raise pending()
    return signed


def pending() -> Refusal:
    """Return the refusal of what is recorded and not signed yet."""
    return Refusal(
        "proof-pending",
        "It is recorded, and no signed checkpoint covers it yet; ask again.",
        retry_after_s=RETRY_AFTER_S,
    )


def parsed(parse: Callable[[str], Made], path: str) -> Made:
    """Return what a path names, or refuse `not-found`."""
    try:
        return parse(path)
    except FormatError as error:
        raise Refusal("not-found", str(error)) from error


def text(content: str, caching: str) -> Response:
    """Return a text of C2SP as it is, with how long it may be kept."""
    return Response(content, media_type=TEXT, headers={"Cache-Control": caching})
