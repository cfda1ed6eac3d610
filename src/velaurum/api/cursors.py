"""Cursors: opaque and signed, so that a page can only go on where this server left it."""

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from velaurum.errors import FieldError, OperationError, Refusal

KEY_BYTES = 32
MAC_BYTES = 16


def load_key(data_dir: Path) -> bytes:
    """Return the installation's cursor key, made on first use and readable by this user alone."""
    path = data_dir / "secrets" / "cursor-key"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        fresh = path.with_name(f"cursor-key-{secrets.token_hex(8)}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
        with suppress(FileExistsError):  # another process was first, with a whole key
            path.hardlink_to(fresh)
        fresh.unlink()
    key = path.read_bytes()
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
