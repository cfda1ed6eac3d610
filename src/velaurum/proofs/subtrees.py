"""What is signed with ML-DSA-44 (C2SP tlog-cosignature, type 0x06): a tree, by its log's origin, size and root."""

import struct

from velaurum.proofs.wire import HASH_BYTES, FormatError, decimal, from_base64, lines

LABEL = b"subtree/v1\n\0"
_NAME_BYTES_MAX = 255


def message(cosigner: str, text: str, at_s: int) -> bytes:
    """Return what a cosigner of this name signs of the text of a checkpoint at a second since 1970, or at none: 0.

    FormatError when the text is no checkpoint. Extension lines are not part of it.
    """
    origin, *more = lines(text, "checkpoint")
    if len(more) < 2:  # noqa: PLR2004 - size and root
        raise FormatError("Only a checkpoint is signed with ML-DSA.")
    size = decimal(more[0], "size of the checkpoint")
    root = from_base64(more[1], "root of the checkpoint", HASH_BYTES)
    named = _short(cosigner) + struct.pack(">Q", at_s) + _short(origin)
    return LABEL + named + struct.pack(">QQ", 0, size) + root


def _short(name: str) -> bytes:
    encoded = name.encode()
    if not 1 <= len(encoded) <= _NAME_BYTES_MAX:
        raise FormatError("A name that is signed with ML-DSA has 1 to 255 bytes.")
    return bytes([len(encoded)]) + encoded
