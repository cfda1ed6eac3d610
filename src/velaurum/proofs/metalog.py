"""The meta-log: one log whose entries commit to checkpoints of other logs, and tell nothing of them (V-22)."""

import re
from hashlib import sha256

HEADER = b"velaurum-meta/v1\n"
SALT_BYTES = 32
_META = "/meta/"
_ORG = "/org/"
_NUMBER = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)


def entry(salt: bytes, text: str) -> bytes:
    """Return the entry that commits to the text of a checkpoint, 49 bytes; whoever has both makes it anew."""
    if len(salt) != SALT_BYTES:
        raise ValueError("a salt has 32 bytes")
    return HEADER + sha256(salt + text.encode()).digest()


def origin(name: str, incarnation: int) -> str:
    """Return the name of the meta-log of an installation, in one of its incarnations."""
    return f"{name}{_META}{incarnation}"


def parse_origin(text: str) -> tuple[str, int] | None:
    """Return the installation's name and the incarnation, or None when this names no meta-log."""
    name, found, number = text.rpartition(_META)
    if not (found and name and _NUMBER.fullmatch(number)):
        return None
    return name, int(number)


def covers(meta_origin: str, log_origin: str) -> bool:
    """Tell whether this is the name of the meta-log of the installation whose log the other one is."""
    parsed = parse_origin(meta_origin)
    return parsed is not None and log_origin.startswith(f"{parsed[0]}{_ORG}")
