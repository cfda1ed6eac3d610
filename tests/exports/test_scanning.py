"""What compiled loops find in bytes is what the pattern finds, and nothing outside of an array is touched (V-20)."""

import subprocess
import sys
from uuid import UUID

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from support.readings import batch, log
from velaurum.exports import kernels, spelling
from velaurum.exports.scanning import Scanner
from velaurum.exports.spelling import MOVEMENT

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
        assert one["quantity"] == spelling.units_of([row[12]])[0]
        assert one["is_reversal"] == bool(row[13])
        assert not one["is_reversal"] or one["reverses"].tobytes() == UUID(row[13].decode()).bytes
        assert one["is_ascii"] == entry.isascii()
        for side, place, on_hand, seq, sign in ((source, *row[14:17], -1), (target, *row[19:22], 1)):
            assert side["item"].tobytes() == UUID(row[8].decode()).bytes
            assert side["place"].tobytes() == UUID(place.decode()).bytes
            assert side["moved"] == sign * one["quantity"]
            assert side["is_kept"] == bool(seq)
            if seq:
                assert (side["seq"], side["on_hand"]) == (int(seq), spelling.units_of([on_hand])[0])
    return int((~found["is_odd"]).sum())


def test_movements_of_a_log_are_found() -> None:
    listed = list(log())[:MOST]
    plain = sum(entry.endswith(spelling.TAIL) and b"\\" not in entry for entry in listed)

    assert 0 < plain == agree(listed)


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
