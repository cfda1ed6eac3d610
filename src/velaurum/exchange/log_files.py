"""Log files: an organisation's log as a directory that any C2SP verifier reads, without us and without a database."""

import json
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from velaurum.audit import cosignatures, logs, metalog
from velaurum.audit.logs import Published
from velaurum.audit.signers import Signer
from velaurum.db.connection import Tx
from velaurum.errors import OperationError, UsageError
from velaurum.exchange import anchor_files
from velaurum.proofs import checkpoints, notes, tiles
from velaurum.proofs import metalog as metalog_format
from velaurum.proofs.wire import to_base64
from velaurum.tenancy.context import OrgId

POLICY_PATH = "policy.txt"
DISCLOSURES_PATH = "disclosures.jsonl"


def write(
    tx: Tx, org_id: OrgId, signed: Published, signer: Signer, folder: Path, told: Callable[[int], None]
) -> None:
    """Write what a checkpoint covers into a new directory, whole or not at all; `told` gets the entries so far.

    The policy names the keys that signed; whoever verifies takes it from elsewhere. The disclosures open the
    commitments of what people wrote, and prove nothing by themselves. UsageError when there is something already.
    """
    note = signed.note.encode()
    text = checkpoints.parse(notes.parse(note).text)
    read = logs.reader(tx, org_id)
    with _whole_or_none(folder) as fresh:
        for tile in tiles.tiles_of(signed.size):
            _put(fresh / tile.path, read(tile))
        for bundle in tiles.bundles_of(signed.size):
            first = bundle.number * tiles.WIDTH
            end = first + bundle.width
            _put(fresh / bundle.path, tiles.encode_bundle(logs.entries(tx, org_id, first, end)))
            told(end)
        _put(fresh / DISCLOSURES_PATH, b"".join(_disclosures(tx, org_id, signed.size)))
        for path, content in anchor_files.of(tx, org_id, signed):
            _put(fresh / path, content)
        origins = (text.origin, metalog_format.origin(signer.name, metalog.current(tx)))
        known = "".join(f"log {signer.verifier(origin)}\n" for origin in origins)
        _put(fresh / POLICY_PATH, f"{known}quorum none\n".encode())
        _put(fresh / tiles.CHECKPOINT_PATH, cosignatures.cosigned(tx, org_id, signed).encode())


def _disclosures(tx: Tx, org_id: OrgId, size: int) -> Iterator[bytes]:
    for one in logs.disclosures(tx, org_id, size):
        line = {"log_index": one.log_index, "name": one.name, "salt": to_base64(one.salt), "value": one.value}
        yield json.dumps(line, ensure_ascii=False).encode() + b"\n"


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
