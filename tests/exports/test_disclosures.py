"""Disclosures of an export say what its entries are committed to, or they are refused (V-22)."""

import json
from pathlib import Path

import pytest

from support import exports
from support.exports import Written
from support.signed_logs import canonical_value, entries, verify
from velaurum import canonical
from velaurum.exports import disclosures
from velaurum.proofs.wire import to_base64

SIZE = 300
SALT, TEXT = bytes(32), "dropped"
COMMITTED = {"note": to_base64(canonical.commitment(SALT, TEXT))}
PLACES = [n for n, entry in enumerate(entries(SIZE)) if canonical_value(entry).get("pii") == COMMITTED]
FIRST = PLACES[0]


def line(index: int = FIRST, name: str = "note", salt: bytes = SALT, value: str = TEXT) -> bytes:
    return disclosures.line(index, name, salt, value)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return exports.write(tmp_path_factory.mktemp("disclosed") / "export", entries(SIZE))


def disclose(written: Written, raw: bytes) -> Path:
    path = written.folder / disclosures.PATH
    path.write_bytes(raw)
    return path


def test_what_opens_its_commitment_holds_with_or_without_the_rest(written: Written) -> None:
    assert PLACES[-1] >= 256 > PLACES[0]
    for places in (PLACES, PLACES[1:], PLACES[-1:], []):
        disclose(written, b"".join(map(line, places)))
        assert verify(written).fault is None


@pytest.mark.parametrize(
    "raw",
    [
        line(value="dropped by me"),
        line(salt=b"1" * 32),
        line(name="name"),
        line(FIRST + 1),
        line(PLACES[1]) + line(FIRST, value="other"),
    ],
)
def test_what_opens_no_commitment_is_refused(written: Written, raw: bytes) -> None:
    disclose(written, raw)

    assert verify(written).fault is not None


def test_the_entry_whose_text_was_altered_is_named(written: Written) -> None:
    disclose(written, line() + line(PLACES[1], value="stolen"))

    found = verify(written).fault

    assert found is not None
    assert found.index == PLACES[1]
    assert found.id == canonical_value(entries(SIZE)[PLACES[1]])["id"]
    assert found.reason == "Line 2 of disclosures.jsonl does not open what it is committed to as note."


@pytest.mark.parametrize(
    "raw",
    [
        line()[:-1],
        line() + line(),
        line(PLACES[1]) + line(),
        line(SIZE),
        line(2**70),
        b"\n" + line(),
        line().replace(b": ", b":"),
        line().replace(b"dropped", b"dr\\u006fpped"),
        line().replace(b"AAAA=", b"AAAB="),
        line().replace(b"}", b', "more": 1}'),
        line().replace(b'"note"', b'"note", "name": "note"'),
        json.dumps({"log_index": True, "name": "note", "salt": "", "value": TEXT}).encode() + b"\n",
        b"[]\n",
        b"\xff\n",
        b"[" * 100_000 + b"\n",
    ],
)
def test_a_line_in_another_form_is_refused(written: Written, raw: bytes) -> None:
    disclose(written, raw)

    found = verify(written).fault

    assert found is not None
    assert "of disclosures.jsonl" in found.reason


def test_any_flipped_bit_is_refused(written: Written) -> None:
    raw = line() + line(PLACES[-1])
    accepted = []
    for bit in range(len(raw) * 8):
        flipped = bytearray(raw)
        flipped[bit // 8] ^= 1 << bit % 8
        disclose(written, bytes(flipped))
        if disclosures.fault(written.folder, SIZE) is None:
            accepted.append(bit)

    assert accepted == []


def test_what_is_no_file_is_refused(written: Written) -> None:
    path = disclose(written, b"")
    path.unlink()
    path.mkdir()

    found = verify(written).fault
    path.rmdir()

    assert found is not None
    assert found.reason == "disclosures.jsonl is no file."
