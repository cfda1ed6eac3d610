"""What compiled loops find in bytes is what the pattern finds, and nothing outside of an array is touched (V-20)."""

import subprocess
import sys
from io import FileIO
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from support.readings import batch, log
from velaurum.exports import fast, kernels, records, spelling, stretches
from velaurum.exports.scanning import Scanner
from velaurum.exports.spelling import MOVEMENT
from velaurum.exports.summaries import said_of
from velaurum.proofs.wire import ProofError

MOST = 64
RUNS = (b"a", b"0", b'"', b"-", b"A", b"\xff", b"\0", b" ")


@kernels.compiled
def element(octets: np.ndarray, at: int) -> int:
    return octets[at]


@kernels.kept
def element_kept(octets: np.ndarray, at: int) -> int:
    return octets[at]


@pytest.mark.parametrize("loop", [element, element_kept])
def test_no_access_leaves_its_array(loop: object) -> None:
    octets = np.arange(3, dtype=np.uint8)

    assert loop(octets, 2) == 2
    for at in (3, 10**9, -4):
        with pytest.raises(IndexError):
            loop(octets, at)


def agree(entries: list[bytes]) -> int:
    """Hold what was found against the pattern; return how many entries were movements."""
    found, sides = Scanner(MOST).scan(batch(entries))
    for entry, one, (source, target) in zip(entries, found, sides, strict=True):
        if one["is_odd"]:
            continue
        seen = MOVEMENT.fullmatch(entry + b"\n")
        assert seen is not None
        row = seen.groups(b"")
        assert spelling.are_formed([(field,) for field in row])
        assert (one["at"].tobytes(), one["key_hash"].tobytes()) == (row[2], row[4])
        assert [str(UUID(bytes=one[name].tobytes())).encode() for name in ("id", "org")] == [row[3], row[5]]
        assert one["log_index"] == int(row[10])
        assert one["quantity"] == spelling.units_of([row[13]])[0]
        assert one["is_reversal"] == bool(row[14])
        assert not one["is_reversal"] or one["reverses"].tobytes() == UUID(row[14].decode()).bytes
        assert one["is_ascii"] == entry.isascii()
        for side, place, on_hand, seq, sign in ((source, *row[16:19], -1), (target, *row[22:25], 1)):
            assert side["item"].tobytes() == UUID(row[8].decode()).bytes
            assert side["place"].tobytes() == UUID(place.decode()).bytes
            assert side["moved"] == sign * one["quantity"]
            assert side["is_kept"] == bool(seq)
            if seq:
                assert (side["seq"], side["on_hand"]) == (int(seq), spelling.units_of([on_hand])[0])
    return int((~found["is_odd"]).sum())


def test_movements_of_a_log_are_found() -> None:
    listed = list(log())[:MOST]
    is_plain = [
        entry.endswith(spelling.TAIL) and b"\\" not in entry and b"stated_unit" not in entry
        for entry in listed
    ]

    assert 0 < sum(is_plain) == agree(listed)


@given(
    st.integers(0, MOST - 1),
    st.integers(0, 1_000),
    st.sampled_from(RUNS) | st.binary(max_size=2),
    st.integers(0, 800),
)
@example(5, 300, b"a", 700)
def test_bytes_put_in_are_found_or_are_odd(index: int, at: int, run: bytes, times: int) -> None:
    listed = list(log())[:MOST]
    entry = listed[index]
    at %= len(entry)
    listed[index] = entry[:at] + run * times + entry[at + times % 5 :]

    agree(listed)


@given(st.integers(0, 1_000), st.sampled_from(RUNS), st.integers(0, 40))
def test_an_entry_that_breaks_off_is_odd_wherever_it_does(at: int, run: bytes, more: int) -> None:
    """The last one, too, behind which there is nothing."""
    entry = log()[0]
    broken = entry[: at % len(entry)] + run * more

    assert agree([broken] * 3) == 0


@given(st.lists(st.binary(max_size=900), min_size=1, max_size=MOST))
def test_whatever_else_there_is_is_odd(entries: list[bytes]) -> None:
    assert agree(entries) == 0


def test_where_nothing_may_be_kept_loops_are_compiled_all_the_same() -> None:
    asked = "from velaurum.exports import arrays, batches; print(arrays.Arrays(0).add(batches.Batch(), []))"
    nowhere = {"NUMBA_CACHE_DIR": "/proc/none", "NUMBA_CACHE_LOCATOR_CLASSES": "UserProvidedCacheLocator"}

    ran = subprocess.run(
        [sys.executable, "-c", asked], env=nowhere, capture_output=True, text=True, check=False, timeout=120
    )

    assert (ran.stdout, ran.returncode) == ("True\n", 0), ran.stderr


@pytest.mark.parametrize("number", [10**15 - 1, 10**15, 2**53 - 1, 2**53, 10**16 - 1])
def test_a_number_that_records_refuse_is_not_found_either(number: int) -> None:
    entry = log()[0].replace(b'"log_index":0,', b'"log_index":%d,' % number)
    try:
        is_good = records.read(entry).log_index == number
    except ProofError:
        is_good = False

    assert is_good or MOVEMENT.fullmatch(entry + b"\n") is None
    assert agree([entry]) == int(number < 10**15)
    assert is_good == (number < 2**53)


UNITS = st.text(" 1a", min_size=1, max_size=6).map(str.encode)
SAID = st.tuples(st.integers(1, 20), UNITS, st.none() | st.tuples(st.integers(1, 20), UNITS))


@given(SAID, SAID)
@example((1, b"V 1 3 X", None), (1, b"V", (3, b"X ")))
@example((1, b"A", (5, b"5 9 Z")), (1, b"A 1 5", (9, b"Z")))
def test_what_a_reversal_says_is_said_in_one_way(one: tuple[Any, ...], other: tuple[Any, ...]) -> None:
    ids = bytes(16), bytes(16), bytes(16)

    assert (said_of(*ids, *one) == said_of(*ids, *other)) == (one == other)


@pytest.mark.parametrize(("name", "value"), [("NUMBA_BOUNDSCHECK", "0"), ("NUMBA_DISABLE_JIT", "1")])
def test_loops_whose_checks_the_environment_takes_away_do_not_run(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    fast.is_there.cache_clear()
    try:
        assert not fast.pays(10**9)
    finally:
        monkeypatch.delenv(name)
        fast.is_there.cache_clear()
    assert fast.pays(10**9)


class Slow(FileIO):
    """Gives few bytes at a time, as a file of another machine may."""

    def readinto(self, room: memoryview) -> int:
        return super().readinto(room[:100])


def test_a_file_is_read_to_its_end_however_little_comes_at_a_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(range(250)) * 2)
    with Slow(tmp_path / "file") as file:
        room = bytearray(600)

        assert stretches._filled(file, memoryview(room)) == 500
    assert room[:500] == bytes(range(250)) * 2
