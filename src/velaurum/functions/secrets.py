"""Secrets that a host of functions gives as settings: they are put where the product keeps them, for this user alone.

The settings are references into a vault, which we or the host follow; no secret stands in them (V-10).
"""

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path

from velaurum import secret_references
from velaurum.db import external
from velaurum.errors import UsageError
from velaurum.secret_references import Resolver
from velaurum.webhooks import signing_keys

PASSWORDS = {
    "VELAURUM_SECRET_INTEGRATOR_PASSWORD": external.INTEGRATOR_ROLE,
    "VELAURUM_SECRET_QUEUE_PASSWORD": external.QUEUE_ROLE,
}
WEBHOOK_KEY = "VELAURUM_SECRET_WEBHOOK_KEY"
# What the host writes in the place of a reference that it could not follow.
_REFERENCE = "@Microsoft.KeyVault("


def keep(data_dir: Path, environ: Mapping[str, str], known: Resolver | None = None) -> None:
    """Keep what is given in the data directory, in the place of what was given before. UsageError for what is none."""
    references = known or Resolver(data_dir)
    for name, role in PASSWORDS.items():
        if given := _given(environ, name, references):
            external.keep_password(data_dir, role, given)
    if given := _given(environ, WEBHOOK_KEY, references):
        try:
            key = base64.b64decode(given, validate=True)
        except binascii.Error:
            key = b""
        if len(key) != signing_keys.KEY_BYTES:
            raise UsageError(f"{WEBHOOK_KEY} is not {signing_keys.KEY_BYTES} bytes in base64.")
        signing_keys.keep(data_dir, key)


def _given(environ: Mapping[str, str], name: str, known: Resolver) -> str:
    given = environ.get(name, "").strip()
    if given.startswith(_REFERENCE):
        raise UsageError(
            f"{name} is a reference that the host could not follow; let its identity read the vault."
        )
    return known.secret(name, given, environ) if secret_references.is_reference(given) else given
