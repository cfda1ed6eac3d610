"""The JSON reader at the boundary: one value or one refusal for any bytes, in linear time."""

import asyncio
import json
import time
from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from starlette.requests import Request

from velaurum.api.strict_json import MAX_DEPTH, loads, loads_object, read_limited, require_json
from velaurum.errors import Refusal

PRIVATE = "tell-nobody"
MEGABYTE = 1_000_000

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(TEXT, inner, max_size=6),
    max_leaves=30,
)
TOKENS = [*'[]{}":,\\1-.eu \té\x00', "\\u", "d83d", "de00", "0000", "null", '"a":', "NaN", "\\ud83d\\ude00"]
NEAR_JSON = st.lists(st.sampled_from(TOKENS), max_size=60).map("".join)


def nested(depth: int, opening: str = "[", closing: str = "]") -> bytes:
    return (opening * depth + closing * depth).encode()


HOSTILE = {
    "an empty body": b"",
    "only white space": b" \n",
    "a byte order mark": b'\xef\xbb\xbf{"a":1}',
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "UTF-16 without its mark": '{"a":1}'.encode("utf-16-le"),
    "a stray continuation byte": b'{"a":"\x80"}',
    "an overlong NUL": b'{"a":"\xc0\x80"}',
    "a surrogate in UTF-8": b'{"a":"\xed\xa0\xbd"}',
    "the same key twice": b'{"a":1,"a":1}',
    "the same key twice, once escaped": b'{"a":1,"\\u0061":2}',
    "the same key twice, deep": b'{"a":[{"b":{"c":1,"c":2}}]}',
    "NaN": b'{"a":NaN}',
    "Infinity": b'{"a":Infinity}',
    "minus Infinity": b"[-Infinity]",
    "a high surrogate alone": b'["\\ud83d"]',
    "a high surrogate before text": b'["\\uD83Dabcdef"]',
    "a low surrogate alone": b'["\\ude00"]',
    "a low surrogate in a key": b'{"\\uDE00":1}',
    "a pair the wrong way round": b'["\\ude00\\ud83d"]',
    "a low surrogate after a pair": b'["\\ud83d\\ude00\\ude00"]',
    "a pair parted by a backslash": b'["\\ud83d\\\\\\ude00"]',
    "an escaped U+0000": b'["a\\u0000"]',
    "an escaped U+0000 after backslashes": b'["\\\\\\u0000"]',
    "an escaped U+0000 in a key": b'{"\\u0000":1}',
    "a raw U+0000": b'["\x00"]',
    "U+0000 between values": b"[1,\x002]",
    "a raw line feed in text": b'["\n"]',
    "an integer over 64 bits": b"[9223372036854775808]",
    "an integer under 64 bits": b"[-9223372036854775809]",
    "an integer of five thousand digits": str(10**4000).encode() + b"0" * 1000,
    "a float that overflows": b"[1e400]",
    "a negative float that overflows": b"[-1e400]",
    "a float that vanishes": b"[1e-400]",
    "an exponent of a thousand digits": b"[1e" + b"9" * 1000 + b"]",
    "a fraction of a thousand digits": b"[0." + b"1" * 1000 + b"]",
    "one level too many of lists": nested(MAX_DEPTH + 1),
    "one level too many of objects": nested(MAX_DEPTH, '{"a":', "}").replace(b":}", b":{}}", 1),
    "depth behind brackets in text": b'{"a":"]]]]]]\\"]]","b":' + nested(MAX_DEPTH) + b"}",
    "a second document": b'{"a":1}{"b":2}',
    "trailing text": b'{"a":1} x',
    "a trailing comma": b"[1,]",
    "a trailing comma in an object": b'{"a":1,}',
    "single quotes": b"{'a':1}",
    "a bare key": b"{a:1}",
    "a comment": b"[1/* one */]",
    "a leading zero": b"[01]",
    "a leading plus": b"[+1]",
    "a point at the end": b"[5.]",
    "an underscore in a number": b"[1_000]",
    "full-width digits": b"[\xef\xbc\x91]",
    "an unknown escape": b'["\\x41"]',
    "a short escape": b'["\\u12"]',
    "a no-break space": b"\xc2\xa0[1]",
    "an open object": b'{"a":1',
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_body_is_refused(raw: bytes) -> None:
    with pytest.raises(Refusal) as refusal:
        loads(raw)
    assert refusal.value.code == "malformed-json"
    assert refusal.value.problem.status == 400


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b'"text"', "text"),
        (b" [1, 2.5, true, null]\r\n", [1, 2.5, True, None]),
        (b"[9223372036854775807, -9223372036854775808]", [2**63 - 1, -(2**63)]),
        (b"[1.7976931348623157e308, 5e-324, -0.0, 0e999]", [1.7976931348623157e308, 5e-324, -0.0, 0.0]),
        (b'["\\ud83d\\ude00", "\xf0\x9f\x98\x80"]', ["😀", "😀"]),
        (b'["\\ud83d\\ude00\\uD83D\\uDE00"]', ["😀😀"]),
        (b'["\\\\u0000", "\\\\ud83d"]', ["\\u0000", "\\ud83d"]),
        (b'{"a":1,"A":2,"b":{"a":3}}', {"a": 1, "A": 2, "b": {"a": 3}}),
        (b'["' + b"[" * 100 + b'\\"[\\\\"]', ["[" * 100 + '"[\\']),
        (b'["\xef\xbb\xbf"]', ["\ufeff"]),
    ],
)
def test_a_sound_body_is_read(raw: bytes, value: Any) -> None:
    assert loads(raw) == value


def test_the_deepest_allowed_body_is_read() -> None:
    wide = b"[" + b",".join([nested(MAX_DEPTH - 1)] * 100) + b"]"
    assert len(loads(wide)) == 100
    assert loads(nested(MAX_DEPTH)) != []


def test_a_body_that_is_no_object_is_refused_where_an_object_is_read() -> None:
    assert loads_object(b'{"a":1}') == {"a": 1}
    for raw in (b"[]", b'"a"', b"1", b"null", b"true"):
        with pytest.raises(Refusal, match="not an object"):
            loads_object(raw)


@pytest.mark.parametrize(
    "raw",
    [
        f'{{"{PRIVATE}":1,"{PRIVATE}":2}}'.encode(),
        f'["{PRIVATE}'.encode(),
        f'["{PRIVATE}\\u0000"]'.encode(),
        f'["{PRIVATE}'.encode() + b'\xff"]',
        f"{PRIVATE}".encode(),
    ],
)
def test_a_refusal_keeps_nothing_of_the_body(raw: bytes) -> None:
    with pytest.raises(Refusal) as refusal:
        loads(raw)
    assert PRIVATE not in repr(refusal.value)
    assert refusal.value.__context__ is None
    assert refusal.value.__cause__ is None


@settings(deadline=None)
@given(VALUES, st.booleans(), st.sampled_from([None, 2]))
def test_what_a_json_writer_prints_is_read_back(value: Any, ascii_only: bool, indent: int | None) -> None:
    raw = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()
    assert loads(raw) == value


@settings(deadline=None)
@given(
    st.binary() | NEAR_JSON.map(str.encode) | st.builds(lambda text: b'["' + text.encode() + b'"]', NEAR_JSON)
)
@example(b'["\\ud83d\\\\\\ude00"]')
def test_any_bytes_give_a_value_or_a_refusal_and_a_second_reader_agrees(raw: bytes) -> None:
    try:
        value = loads(raw)
    except Refusal as refusal:
        value = refusal
    if isinstance(value, Refusal):
        assert value.code == "malformed-json"
    else:
        assert msgspec.json.decode(raw) == value
        assert b"\x00" not in b"".join(text.encode() for text in texts_of(value))


@settings(deadline=None)
@given(st.lists(st.sampled_from(["\\ud83d", "\\ude00", "\\\\", "a", "\\u0000", "u0000", "\\uD83D\\uDe00"])))
def test_text_is_refused_exactly_when_it_cannot_be_stored(pieces: list[str]) -> None:
    raw = ('["' + "".join(pieces) + '"]').encode()
    read = json.loads(raw)[0]
    storable = "\x00" not in read and not any("\ud800" <= character <= "\udfff" for character in read)
    if storable:
        assert loads(raw) == [read]
    else:
        with pytest.raises(Refusal):
            loads(raw)


def texts_of(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for part in value:
            yield from texts_of(part)
    elif isinstance(value, dict):
        yield from texts_of([*value.keys(), *value.values()])


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * MEGABYTE,
        b'{"a":' * (MEGABYTE // 5),
        b"[]" * (MEGABYTE // 2),
        nested(MEGABYTE // 2),
        b"9" * MEGABYTE,
        b"[" + b"9" * MEGABYTE + b"]",
        b"0." + b"9" * MEGABYTE,
        b"1e" + b"9" * MEGABYTE,
        b'"' + b"\\" * MEGABYTE,
        b'"' + b"\\u" * (MEGABYTE // 2),
        b'"' + b"\\ud83d" * (MEGABYTE // 6) + b'"',
        b'{"a":1' + b',"a":1' * (MEGABYTE // 6) + b"}",
        b" " * MEGABYTE,
        b'["' * (MEGABYTE // 2),
    ],
    ids=lambda raw: f"{raw[:8]!r}",
)
def test_a_megabyte_of_malice_is_refused_at_once(raw: bytes) -> None:
    start = time.process_time()
    with pytest.raises(Refusal):
        loads(raw)
    assert time.process_time() - start < 1.0


def request_of(chunks: list[bytes], headers: dict[str, str]) -> tuple[Request, list[bytes]]:
    waiting = list(chunks)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": encoded}, receive), waiting


@pytest.mark.parametrize("chunks", [[b"x" * 10], [b"x"] * 10, [b"", b"xxxxxxxxx", b"", b"x", b""]])
def test_a_body_up_to_the_limit_is_read_whole(chunks: list[bytes]) -> None:
    for headers in (
        {"content-length": "10"},
        {"transfer-encoding": "chunked"},
        {"content-length": "nonsense"},
    ):
        request, _ = request_of(chunks, headers)
        assert asyncio.run(read_limited(request, 10)) == b"x" * 10


@pytest.mark.parametrize("declared", ["11", "99999999999999999999999", "9" * 10_000])
def test_a_body_declared_too_large_is_refused_unread(declared: str) -> None:
    request, waiting = request_of([b"x"], {"content-length": declared})
    with pytest.raises(Refusal) as refusal:
        asyncio.run(read_limited(request, 10))
    assert refusal.value.code == "too-large"
    assert waiting == [b"x"]


@pytest.mark.parametrize("headers", [{"transfer-encoding": "chunked"}, {}, {"content-length": "5"}])
def test_a_body_that_turns_out_too_large_is_refused_at_the_limit(headers: dict[str, str]) -> None:
    request, waiting = request_of([b"x" * 6] * 100, headers)
    with pytest.raises(Refusal) as refusal:
        asyncio.run(read_limited(request, 10))
    assert refusal.value.code == "too-large"
    assert len(waiting) == 98


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        'application/json ; charset="utf-8" ',
    ],
)
def test_json_in_utf_8_is_taken(content_type: str) -> None:
    require_json(content_type)


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "application/problem+json",
        "application/json; charset=utf-16",
        "application/json; charset=utf-8; charset=utf-8",
        "application/json; profile=x",
        "application/json\n",
        "application/x-www-form-urlencoded",
    ],
)
def test_any_other_content_type_is_refused(content_type: str | None) -> None:
    with pytest.raises(Refusal) as refusal:
        require_json(content_type)
    assert refusal.value.problem.status == 415
