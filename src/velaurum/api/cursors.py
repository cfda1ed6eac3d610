"""Cursors: opaque and signed, so that a page can only go on where this server left it."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from velaurum import secret_files
from velaurum.errors import FieldError, OperationError, Refusal

KEY_BYTES = 32
MAC_BYTES = 16


def load_key(data_dir: Path) -> bytes:
    """Return the installation's cursor key, made on first use and readable by this user alone."""
    path = data_dir / secret_files.FOLDER / "cursor-key"
    key = secret_files.ensure(path, lambda: secrets.token_bytes(KEY_BYTES))
    if len(key) != KEY_BYTES:
        raise OperationError(f"{path} is damaged; remove it, and a new one is made.")
    return key


def write(key: bytes, purpose: str, position: Mapping[str, Any]) -> str:
    """Return a cursor for a position, bound to its purpose: the organisation, the list and its filters."""
    body = msgspec.json.encode(position)
    return base64.urlsafe_b64encode(_mac(key, purpose, body) + body).decode().rstrip("=")


def read(key: bytes, purpose: str, cursor: str) -> dict[str, Any]:
    """Return the position of a cursor. Refuses `invalid-field` unless this list of this organisation gave it."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raw = b""
    mac, body = raw[:MAC_BYTES], raw[MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(key, purpose, body)):
        detail = "This cursor does not belong to this list; begin again without it."
        raise Refusal("invalid-field", detail, (FieldError("cursor", "invalid-field", detail),))
    position: dict[str, Any] = msgspec.json.decode(body)
    return position


def _mac(key: bytes, purpose: str, body: bytes) -> bytes:
    return hmac.digest(key, purpose.encode() + b"\0" + body, hashlib.sha256)[:MAC_BYTES]
