"""Request bodies: read up to a limit, and taken as JSON only when every reader would read them the same."""

import asyncio
import json
import math
import re
from contextlib import aclosing, suppress
from json.decoder import JSONDecodeError
from typing import Any, NoReturn

from starlette.requests import ClientDisconnect, Request

from velaurum.errors import Refusal

MAX_DEPTH = 32
MAX_INTEGER = 2**63 - 1
MIN_INTEGER = -(2**63)
MAX_INTEGER_CHARACTERS = len(str(MIN_INTEGER))
# No float that a JSON writer prints is longer; what is longer only costs time.
MAX_NUMBER_CHARACTERS = 64
MOST_DRAINED_BYTES = 16 * 1024 * 1024
LONGEST_DRAIN_S = 5.0

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_SQUARE = bytes.maketrans(b"{}", b"[]")
_NOT_STRUCTURE = bytes(byte for byte in range(256) if byte not in b'[]{}"')
# U+0000 dies in PostgreSQL; half a surrogate pair is no character and dies in UTF-8.
_NO_CHARACTER = re.compile(
    rb"\\u(?:0000"
    rb"|[dD][89abAB]..(?!\\u[dD][c-fC-F])"
    rb"|(?<!\\u[dD][89abAB]..\\u)[dD][c-fC-F])"
)
_CHARSET = r'(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?[ \t]*'
JSON = re.compile(rf"application/json{_CHARSET}", re.IGNORECASE)
# Directories send either (RFC 7644 3.1, 8.1).
SCIM_OR_JSON = re.compile(rf"application/(?:scim\+)?json{_CHARSET}", re.IGNORECASE)

NDJSON = re.compile(rf"application/x-ndjson{_CHARSET}", re.IGNORECASE)
_NAMED = {JSON: "application/json", SCIM_OR_JSON: "application/scim+json", NDJSON: "application/x-ndjson"}


def loads(raw: bytes) -> Any:
    """Return the one value that `raw` spells, or refuse with `malformed-json`; the input is never echoed."""
    if not raw:
        raise _malformed("The body is empty.")
    if raw.startswith(_BYTE_ORDER_MARK):
        raise _malformed("The body starts with a byte order mark.")
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and _nests_too_deep(raw):
        raise _malformed(f"The body nests deeper than {MAX_DEPTH} levels, or its brackets do not match.")
    if b"\\u" in raw and _NO_CHARACTER.search(_without_escaped_backslashes(raw)):
        raise _malformed("The body escapes U+0000 or half a surrogate pair, which is no text.")
    try:
        return _decode(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        detail = f"The body is not UTF-8 from byte {error.start}."
    except JSONDecodeError as error:
        detail = f"The body is not JSON from character {error.pos}."
    # Raised outside the handlers: both errors carry the whole body, and a log would print it as the context.
    raise _malformed(detail)


def loads_object(raw: bytes) -> dict[str, Any]:
    """Return the JSON object that `raw` spells; any other JSON value is refused."""
    value = loads(raw)
    if not isinstance(value, dict):
        raise _malformed("The body is JSON, but not an object.")
    return value


def loads_line(raw: bytes) -> dict[str, Any]:
    """Return the JSON object that a line of NDJSON spells. Refuses as loads_object(), and speaks of the line."""
    try:
        return loads_object(raw)
    except Refusal as refusal:
        detail = refusal.detail.replace("body", "line")
    raise _malformed(detail)


async def read_limited(request: Request, limit_bytes: int) -> bytes:
    """Return the whole body, or refuse with `too-large` before more than the limit is held."""
    # The first digits are enough: more of them only say that it is larger still.
    declared = request.headers.get("content-length", "")[:MAX_INTEGER_CHARACTERS]
    if declared.isdecimal() and int(declared) > limit_bytes:
        raise _too_large(limit_bytes)
    chunks: list[bytes] = []
    size = 0
    async with aclosing(request.stream()) as stream:
        async for chunk in stream:
            size += len(chunk)
            if size > limit_bytes:
                raise _too_large(limit_bytes)
            chunks.append(chunk)
    return b"".join(chunks)


async def drain(request: Request) -> None:
    """Read on for a while and keep nothing: a client that still sends would not see its refusal, but a reset."""
    declared = request.headers.get("content-length", "")[:MAX_INTEGER_CHARACTERS]
    if "expect" in request.headers or (declared.isdecimal() and int(declared) > MOST_DRAINED_BYTES):
        return
    size = 0
    # The framework's RuntimeError says that the body was read to its end.
    with suppress(TimeoutError, ClientDisconnect, RuntimeError):
        async with asyncio.timeout(LONGEST_DRAIN_S), aclosing(request.stream()) as stream:
            async for chunk in stream:
                size += len(chunk)
                if size > MOST_DRAINED_BYTES:
                    return


def require_json(content_type: str | None, media_type: re.Pattern[str] = JSON) -> None:
    """Refuse with `unsupported-media-type` unless the header says JSON in UTF-8, of this media type."""
    if content_type == "application/json" and media_type is not NDJSON:
        return
    if content_type is None or not media_type.fullmatch(content_type):
        raise Refusal("unsupported-media-type", f"The Content-Type must be {_NAMED[media_type]}.")


def _malformed(detail: str) -> Refusal:
    return Refusal("malformed-json", detail)


def _too_large(limit_bytes: int) -> Refusal:
    return Refusal("too-large", f"The body is larger than {limit_bytes} bytes.")


def _without_escaped_backslashes(raw: bytes) -> bytes:
    # A run of backslashes starts unescaped, so pairing from the left is exact; filler keeps neighbours apart.
    return raw.replace(b"\\\\", b"//")


def _nests_too_deep(raw: bytes) -> bool:
    """Tell before parsing: the parser recurses in C, and its stack must not depend on the caller."""
    unescaped = _without_escaped_backslashes(raw).replace(b'\\"', b"") if b"\\" in raw else raw
    brackets_and_quotes = unescaped.translate(_SQUARE, _NOT_STRUCTURE)
    brackets = b"".join(brackets_and_quotes.split(b'"')[::2])
    for _ in range(MAX_DEPTH):
        if not brackets:
            return False
        # Each round takes away the innermost level, whole.
        brackets = brackets.replace(b"[]", b"")
    return bool(brackets)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _malformed("An object of the body has the same key twice.")
    return value


def _integer(literal: str) -> int:
    if len(literal) <= MAX_INTEGER_CHARACTERS and MIN_INTEGER <= (value := int(literal)) <= MAX_INTEGER:
        return value
    raise _malformed("A number of the body does not fit 64 bits.")


def _fraction(literal: str) -> float:
    if len(literal) <= MAX_NUMBER_CHARACTERS:
        value = float(literal)
        vanished = value == 0 and literal.lower().partition("e")[0].strip("-0.")
        if math.isfinite(value) and not vanished:
            return value
    raise _malformed("A number of the body is too long, too large or too small.")


def _constant(_literal: str) -> NoReturn:
    raise _malformed("NaN and Infinity are not JSON.")


_decode = json.JSONDecoder(
    object_pairs_hook=_unique, parse_int=_integer, parse_float=_fraction, parse_constant=_constant
).decode
