"""Ids of records that are known before their row is written: UUID version 7 (RFC 9562), as the database makes them."""

import os
import time
import uuid


def new() -> str:
    """Return a new id: the first 48 bits are the millisecond of now, the rest is random."""
    drawn = bytearray((time.time_ns() // 1_000_000).to_bytes(6, "big") + os.urandom(10))
    drawn[6] = drawn[6] & 0x0F | 0x70
    drawn[8] = drawn[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(drawn)))
