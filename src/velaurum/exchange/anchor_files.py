"""Anchor files: what an export has of the meta-log, so that anybody sees when its entries were there (V-22)."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from velaurum.audit import anchors, metalog, timestamps
from velaurum.audit.anchors import Anchor
from velaurum.audit.logs import Published
from velaurum.audit.timestamps import Timestamp
from velaurum.db.connection import Tx
from velaurum.exports import anchors as formats
from velaurum.proofs import checkpoints, merkle, notes
from velaurum.proofs.tiles import CheckedTiles
from velaurum.proofs.tlog_proofs import TlogProof
from velaurum.proofs.wire import to_base64
from velaurum.tenancy.context import OrgId


@dataclass(frozen=True, slots=True)
class _Anchored:
    anchor: Anchor
    meta: Published
    stamp: Timestamp | None


def of(tx: Tx, org_id: OrgId, signed: Published) -> Iterator[tuple[str, bytes]]:
    """Yield the files, each with its path: of the newest thousand time stamps, and of what is not stamped yet.

    They are of this incarnation of the log and of the meta-log's present one: a policy names a key once.
    """
    for number, one in enumerate(_thinned(_found(tx, org_id, signed))):
        folder = f"{formats.FOLDER}/{number:04}"
        yield f"{folder}/{formats.CHECKPOINT}", one.anchor.note.encode()
        yield f"{folder}/{formats.SALT}", f"{to_base64(one.anchor.salt)}\n".encode()
        yield f"{folder}/{formats.PROOF}", _proof(tx, one)
        if one.stamp is not None:
            yield f"{folder}/{formats.STAMPED}", one.meta.note.encode()
            yield f"{folder}/{formats.REPLY}", one.stamp.reply


def _found(tx: Tx, org_id: OrgId, signed: Published) -> list[_Anchored]:
    """Return what there is, the oldest first."""
    number = metalog.current(tx)
    pairs: list[tuple[Published, Timestamp | None]] = [
        (metalog.checkpoint(tx, one.incarnation, one.size), one)
        for one in reversed(timestamps.every(tx))
        if one.incarnation == number
    ]
    newest = metalog.newest(tx)
    if newest is not None and newest.incarnation == number and (not pairs or pairs[-1][0].size < newest.size):
        pairs.append((newest, None))
    looked_up = ((anchors.newest(tx, org_id, meta.size), meta, stamp) for meta, stamp in pairs)
    return [
        _Anchored(anchor, meta, stamp)
        for anchor, meta, stamp in looked_up
        if anchor is not None and anchor.incarnation == signed.incarnation and anchor.size <= signed.size
    ]


def _thinned(found: list[_Anchored]) -> Iterator[_Anchored]:
    """Leave out stamps between the first and the last of one checkpoint: they bound nothing closer."""
    for _, group in groupby(found, key=lambda one: one.anchor.leaf_index):
        first, *others = group
        yield first
        yield from (one for one in others[-1:] if one.stamp is not None or first.stamp is None)


def _proof(tx: Tx, one: _Anchored) -> bytes:
    root = checkpoints.parse(notes.parse(one.meta.note.encode()).text).root
    tree = CheckedTiles(one.meta.size, root, metalog.reader(tx))
    hashes = merkle.inclusion_proof(one.anchor.leaf_index, one.meta.size, tree.node)
    return TlogProof(one.anchor.leaf_index, tuple(hashes), metalog.cosigned(tx, one.meta).encode()).encode()
