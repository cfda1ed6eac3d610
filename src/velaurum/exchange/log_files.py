"""Log files: an organisation's log as a directory that any C2SP verifier reads, without us and without a database."""

import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from velaurum.audit import cosignatures, incarnations, log_keys, logs, metalog, origins
from velaurum.audit import disclosures as kept
from velaurum.audit.logs import Published
from velaurum.audit.signers import Signer
from velaurum.db.connection import Tx
from velaurum.errors import OperationError, UsageError
from velaurum.exchange import anchor_files
from velaurum.exports import disclosures, shipped
from velaurum.keys.keyring import Keyring
from velaurum.proofs import checkpoints, notes, tiles
from velaurum.proofs import metalog as metalog_format
from velaurum.tenancy.context import OrgId

POLICY_PATH = "policy.txt"


def write(
    tx: Tx,
    org_id: OrgId,
    signed: Published,
    signer: Signer,
    keyring: Keyring,
    folder: Path,
    told: Callable[[int], None],
) -> None:
    """Write what a checkpoint covers into a new directory, whole or not at all; `told` gets the entries so far.

    The policy names the keys that sign; whoever verifies takes it from elsewhere. The disclosures open the
    commitments of what people wrote. UsageError when there is something already. Refuses `key-unavailable`.
    """
    read = logs.reader(tx, org_id)
    with _whole_or_none(folder) as fresh:
        for tile in tiles.tiles_of(signed.size):
            _put(fresh / tile.path, read(tile))
        for bundle in tiles.bundles_of(signed.size):
            first = bundle.number * tiles.WIDTH
            end = first + bundle.width
            _put(fresh / bundle.path, tiles.encode_bundle(logs.entries(tx, org_id, first, end)))
            told(end)
        _put(fresh / disclosures.PATH, b"".join(_disclosures(tx, org_id, keyring, signed.size)))
        for path, content in beside(tx, org_id, signed, signer):
            _put(fresh / path, content)


def beside(tx: Tx, org_id: OrgId, signed: Published, signer: Signer) -> Iterator[tuple[str, bytes]]:
    """Yield what an export has beside its entries and tiles, each file with its path; the checkpoint is the last."""
    origin = checkpoints.parse(notes.parse(signed.note.encode()).text).origin
    for path, said in _brought(tx, org_id, signed, signer):
        yield f"{shipped.FOLDER}/{path}", said.encode()
    yield from anchor_files.of(tx, org_id, signed)
    names = (origin, metalog_format.origin(signer.name, metalog.current(tx)))
    keys = (f"log {one.verifier_of(name)}\n" for name in names for one in signer.keyring.signing)
    yield POLICY_PATH, f"{''.join(keys)}quorum none\n".encode()
    yield tiles.CHECKPOINT_PATH, cosignatures.cosigned(tx, org_id, signed).encode()


def _brought(tx: Tx, org_id: OrgId, signed: Published, signer: Signer) -> Iterator[tuple[str, str]]:
    """Yield checkpoints by their paths: those over what is said of keys, and the ends of earlier incarnations.

    `last` is what the signer remembers of one, whatever came back with the database.
    """
    covering = (logs.first_covering(tx, org_id, place) for place in log_keys.places(tx, org_id))
    ends = [one for one in logs.last_of_each(tx, org_id) if one.incarnation < signed.incarnation]
    # What an incarnation has in common with those before it is where the database has a checkpoint of that size.
    common = (
        logs.first_covering(tx, org_id, max(one.common_size - 1, 0))
        for one in incarnations.list_all(tx, org_id)
    )
    for one in (*covering, *ends, *common):
        if one is not None and (one.incarnation < signed.incarnation or one.size <= signed.size):
            yield f"{one.incarnation}/{one.size}", cosignatures.cosigned(tx, org_id, one)
    for said in signer.every():
        parsed = origins.parse(signer.name, said.checkpoint.origin)
        if parsed is not None and parsed[0] == org_id and parsed[1] < signed.incarnation:
            yield f"{parsed[1]}/{shipped.LAST}", said.note


def _disclosures(tx: Tx, org_id: OrgId, keyring: Keyring, size: int) -> Iterator[bytes]:
    for one in kept.opened(tx, org_id, keyring, size):
        yield disclosures.line(one.log_index, one.name, one.salt, one.value)


@contextmanager
def _whole_or_none(folder: Path) -> Iterator[Path]:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there already; name a directory that is new, or empty.")
    fresh = folder.with_name(f"{folder.name}.{secrets.token_hex(4)}.partial")
    try:
        fresh.mkdir(parents=True, mode=0o700)
        yield fresh
        if folder.exists():
            folder.rmdir()
        fresh.rename(folder)
    except OSError as error:
        raise OperationError(f"{folder} cannot be written: {error.strerror}.") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
