"""The meta-log over HTTP: its files as C2SP names them, and what leads from an organisation's log into it (V-22)."""

from fastapi import APIRouter, Response
from pydantic import BaseModel
from starlette.responses import PlainTextResponse

from velaurum.api import logs as log_routes
from velaurum.api.logs import FOR_EVER, FOR_NOW, Octets
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.audit import anchors, metalog
from velaurum.audit.anchors import Anchor
from velaurum.audit.logs import Published
from velaurum.db.connection import Tx
from velaurum.errors import Refusal
from velaurum.proofs import checkpoints, merkle, notes, tiles
from velaurum.proofs.tiles import Bundle, CheckedTiles, Tile
from velaurum.proofs.tlog_proofs import TlogProof
from velaurum.proofs.wire import to_base64
from velaurum.tenancy.context import OrgId

router = APIRouter(prefix="/v1/orgs/{org}/log/meta", tags=["log"], route_class=StrictRoute)


class AnchorBundle(BaseModel):
    """A checkpoint of the organisation's log, the salt of its leaf in the meta-log, and the proof of that leaf.

    The leaf's entry is `velaurum-meta/v1`, a newline and the SHA-256 of salt and the checkpoint's text.
    """

    size: int
    incarnation: int
    checkpoint: str
    leaf_index: int
    salt: str
    anchored_at: str
    proof: str


@router.get("", operation_id="getLogAnchor", openapi_extra=permits("read"))
def get_log_anchor(admitted: Admitted, door: Door, response: Response) -> AnchorBundle:
    """Get what leads from the newest anchored checkpoint of this log into the meta-log."""
    with door.transaction(admitted) as (tx, org):
        found, proof = _anchor(tx, org.org_id)
    response.headers["Cache-Control"] = FOR_NOW
    return AnchorBundle(
        size=found.size,
        incarnation=found.incarnation,
        checkpoint=found.note,
        leaf_index=found.leaf_index,
        salt=to_base64(found.salt),
        anchored_at=found.anchored_at,
        proof=proof,
    )


@router.get(
    "/checkpoint",
    operation_id="getMetaLogCheckpoint",
    openapi_extra=permits("read"),
    response_class=PlainTextResponse,
)
def get_meta_log_checkpoint(admitted: Admitted, door: Door) -> Response:
    """Get the meta-log's newest signed checkpoint, a note of C2SP, with what witnesses added to it."""
    with door.transaction(admitted) as (tx, _):
        return log_routes.text(metalog.cosigned(tx, _newest(tx)), FOR_NOW)


@router.get(
    "/tile/entries/{bundle:path}",
    operation_id="getMetaLogEntries",
    openapi_extra=permits("read"),
    response_class=Octets,
)
def get_meta_log_entries(admitted: Admitted, door: Door, bundle: str) -> Response:
    """Get a bundle of up to 256 entries of the meta-log: salted commitments, which tell nothing of whose they are."""
    asked = log_routes.parsed(Bundle.parse, f"tile/entries/{bundle}")
    first = asked.number * tiles.WIDTH
    with door.transaction(admitted) as (tx, _):
        _require_signed(tx, first + asked.width)
        found = metalog.entries(tx, first, first + asked.width)
    return Octets(tiles.encode_bundle(found), headers={"Cache-Control": FOR_EVER})


@router.get(
    "/tile/{tile:path}",
    operation_id="getMetaLogTile",
    openapi_extra=permits("read"),
    response_class=Octets,
)
def get_meta_log_tile(admitted: Admitted, door: Door, tile: str) -> Response:
    """Get a tile of up to 256 hashes of the meta-log."""
    asked = log_routes.parsed(Tile.parse, f"tile/{tile}")
    with door.transaction(admitted) as (tx, _):
        _require_signed(tx, asked.leaves)
        found = metalog.reader(tx)(asked)
    return Octets(found, headers={"Cache-Control": FOR_EVER})


def _anchor(tx: Tx, org_id: OrgId) -> tuple[Anchor, str]:
    """Return the newest anchor that is signed, and its tlog-proof; refuse `proof-pending` before the first."""
    signed = _newest(tx)
    found = anchors.newest(tx, org_id, signed.size)
    if found is None:
        raise log_routes.pending()
    root = checkpoints.parse(notes.parse(signed.note.encode()).text).root
    tree = log_routes.proven(lambda: CheckedTiles(signed.size, root, metalog.reader(tx)))
    hashes = log_routes.proven(lambda: merkle.inclusion_proof(found.leaf_index, signed.size, tree.node))
    note = metalog.cosigned(tx, signed)
    return found, TlogProof(found.leaf_index, tuple(hashes), note.encode()).encode().decode()


def _require_signed(tx: Tx, leaves: int) -> None:
    if leaves > _newest(tx).size:
        raise Refusal("not-found", "Nothing so far was signed of the meta-log yet.")


def _newest(tx: Tx) -> Published:
    signed = metalog.newest(tx)
    if signed is None:
        raise log_routes.pending()
    return signed
