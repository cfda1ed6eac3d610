"""Parts of what is authenticated, each with its length before it: no two lists of parts are written alike."""


def prefixed(*parts: bytes) -> bytes:
    """Return the parts, each behind its length in four bytes."""
    return b"".join(len(part).to_bytes(4) + part for part in parts)
