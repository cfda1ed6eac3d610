"""How this installation proves to a provider which client it is: a key of its own, or a secret that it was given.

Both stand in the data directory. A secret is looked for in the folder of the organisation that names it, so that
nobody can have another organisation's sent to a provider of their own.
"""

import os
import re
import stat
from pathlib import Path

from velaurum import secret_files
from velaurum.identity import jose

PROVIDERS = "providers"
KEYS = "client-keys"
LARGEST_SECRET = 4096
SECRET_REFERENCE = re.compile(r"file:([a-z0-9][a-z0-9._-]{0,62})", re.ASCII)


class NoProofError(Exception):
    """The secret that a provider names is not there to be read; the message says where it is looked for."""


def key(data_dir: Path, provider_id: str) -> bytes:
    """Return the private key for one provider, made on first use: what it signs works at no other."""
    path = data_dir / secret_files.FOLDER / KEYS / f"{provider_id}.pem"
    return secret_files.ensure(path, jose.make_key)


def secret(data_dir: Path, org_code: str, reference: str) -> str:
    """Return the client secret that `file:NAME` stands for in an organisation. NoProofError when there is none."""
    named = SECRET_REFERENCE.fullmatch(reference)
    if named is None:
        raise NoProofError("the secret is not named as file:NAME")
    path = data_dir / secret_files.FOLDER / PROVIDERS / org_code / named[1]
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            is_plain = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            text = file.read(LARGEST_SECRET + 1).decode("ascii").strip() if is_plain else ""
    except (OSError, UnicodeDecodeError) as error:
        raise NoProofError(f"{path} cannot be read") from error
    if not text or len(text) > LARGEST_SECRET:
        raise NoProofError(f"{path} holds no secret")
    return text
