"""What is known as arrays is what is known as numbers of any size; where it cannot tell, the other is asked (V-20)."""

import multiprocessing
import threading
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from multiprocessing.context import BaseContext
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support import exports
from support.exports import Book
from support.readings import batch, log
from support.signed_logs import RECEIPT, REVERSAL, SIZE, canonical_value, edited, entries, kind_at, verify
from velaurum.exports import stretches, tables
from velaurum.exports.arrays import Arrays
from velaurum.exports.chains import Joints
from velaurum.exports.columns import Columns
from velaurum.exports.known import Known
from velaurum.exports.replay import Replay
from velaurum.exports.spelling import mirror_of
from velaurum.exports.summaries import Balances, Summary
from velaurum.exports.tables import Index, Tables
from velaurum.proofs import merkle
from velaurum.proofs.tiles import WIDTH

KEYS = [sha256(b"%d" % n).digest() for n in range(5)]
numbers = st.integers(0, 3)
stretch = st.dictionaries(st.sampled_from(KEYS), st.tuples(numbers, numbers, numbers, numbers))


def balances(said: dict[bytes, tuple[int, int, int, int]]) -> Balances:
    columns = zip(*said.values(), strict=True) if said else [()] * 4
    return Balances(b"".join(said), *map(list, columns))


@given(st.lists(st.tuples(stretch, st.booleans()), max_size=6), st.booleans())
def test_tables_take_what_follows_and_refuse_what_does_not(
    said: list[tuple[dict[bytes, tuple[int, int, int, int]], bool]], follows: bool
) -> None:
    known, arrays = Known(), Tables()
    for drawn, is_joined in said:
        spoken = drawn
        if follows:  # most that is drawn does not
            spoken = {key: (*known.balances.get(key, (0, 0)), *after[2:]) for key, after in drawn.items()}
        one = balances(spoken)
        taken = known.take(one)
        assert arrays.take(Joints.of(one) if is_joined else one) == taken
        if not taken:
            return
        assert vars(arrays.known()) == vars(known)


@given(
    st.lists(st.integers(0, 2**64 - 1), unique=True, max_size=300), st.integers(0, 63), st.integers(0, 300)
)
def test_an_index_counts_hashes_as_they_come(hashes: list[int], shift: int, parted: int) -> None:
    crowded = list(dict.fromkeys(max(one >> shift, 1) for one in hashes))  # all of them want the same places
    index = Index()
    first, second = (np.array(part, np.uint64) for part in (crowded[:parted], crowded[parted:]))

    assert index.add(first)
    assert index.find(second).tolist() == [-1] * len(second)
    assert index.add(second)
    assert index.find(np.array(crowded[::-1], np.uint64)).tolist() == list(range(len(crowded)))[::-1]
    assert not crowded or not index.add(np.array(crowded[-1:], np.uint64))


def test_an_index_grows() -> None:
    index, hashes = Index(), np.random.default_rng(8420).integers(1, 2**64, 300_000, np.uint64)
    assert len(np.unique(hashes)) == len(hashes)

    for part in np.split(hashes, 10):
        assert index.add(part)

    assert (index.find(hashes) == np.arange(len(hashes))).all()
    assert (index.find(hashes + np.uint64(1)) == -1).all()


def test_a_hash_that_comes_twice_at_once_is_refused() -> None:
    assert not Index().add(np.array([5, 2**63, 5], np.uint64))
    assert not Index().add(np.array([0, 1], np.uint64))  # the two that cannot be told apart


def test_hashes_that_crowd_at_one_place_are_left_to_what_needs_none() -> None:
    index = Index()

    assert not index.add(np.arange(1, 5_000, dtype=np.uint64))


def test_a_crowd_that_came_bit_by_bit_is_not_lost_when_the_index_grows() -> None:
    index, spread = Index(), np.arange(1, 1 << 16, dtype=np.uint64) << np.uint64(48)
    for n in range(1, 5):
        assert index.add(np.arange(n * 200, n * 200 + 200, dtype=np.uint64))

    assert not index.add(spread)  # all of them at once take too long


def read(reading: type[stretches.Reading], first: int, part: list[bytes]) -> Summary:
    reader = reading(first)
    assert reader.add(batch(part), [merkle.leaf_hash(entry) for entry in part])
    summary = reader.summary()
    assert summary is not None
    return summary


def test_where_tables_cannot_tell_the_log_is_taken_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    listed, plain, replay = list(log()), Replay(), Replay()
    plain._all_known()
    parts = [(first, listed[first : first + 30]) for first in range(0, 90, 30)]
    for n, (first, part) in enumerate(parts):
        if n == 1:
            monkeypatch.setattr(Index, "find", lambda *_: None)
        assert (replay._tables is None) == (n > 1)
        assert replay.take(read(Arrays, first, part))
        assert plain.take(read(Columns, first, part))

    assert vars(replay._all_known()) == vars(plain._all_known())
    assert not replay.take(read(Arrays, 60, parts[2][1]))
    replay.close()
    plain.close()


def test_ids_are_found_wherever_they_are() -> None:
    ids = [sha256(b"%d" % n).digest()[:16] for n in range(20_000)]
    wanted = ids[::1_000]

    places = tables.searching(wanted)(b"".join(ids))

    assert {*range(0, 20_000, 1_000)} <= {*places}
    assert len(places) < 200


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> list[exports.Written]:
    """Return a log that follows, and some in which an entry of the second bundle does not."""
    place = tmp_path_factory.mktemp("logs")
    said = canonical_value(entries()[RECEIPT])
    at = next(n for n in range(300, SIZE) if kind_at(n) == "receipt")
    wrong: list[dict[str, str]] = [
        {"row__target_on_hand": "1.000000000"},
        {"idem": said["idem"]},
        {"row__reverses_id": said["id"], "row__kind": "reversal"},
        {"org": said["id"]},
    ]
    whole = exports.write(place / "whole", Book().grow(3_000).entries)
    return [
        whole,
        *(exports.write(place / str(n), edited(at, **changes)) for n, changes in enumerate(wrong)),
        exports.write(place / "reversal", edited(REVERSAL, row__reason=None, row__unit="XX")),
    ]


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_many_stretches_say_the_same_as_one(
    logs: list[exports.Written], monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    expected = [verify(one) for one in logs]
    monkeypatch.setattr(stretches, "BUNDLES", 1)

    assert [verify(one, workers=workers) for one in logs] == expected
    assert [one.holds for one in expected] == [True, *[False] * (len(logs) - 1)]


@pytest.mark.parametrize("is_watched", [False, True])
def test_copies_of_a_process_and_fresh_ones_say_the_same(
    logs: list[exports.Written], monkeypatch: pytest.MonkeyPatch, is_watched: bool
) -> None:
    monkeypatch.setattr(stretches, "BUNDLES", 1)
    expected = [verify(one) for one in logs[:2]]
    started: set[str] = set()
    context = multiprocessing.get_context

    def noted(way: str) -> BaseContext:
        started.add(way)
        return context(way)

    monkeypatch.setattr(multiprocessing, "get_context", noted)
    with ThreadPoolExecutor(1) as other:
        if is_watched:
            other.submit(int)  # its thread stays, and might have had a lock
        is_alone = threading.active_count() == 1

        assert [verify(one, workers=2) for one in logs[:2]] == expected
    assert started == {"fork" if is_alone else "spawn"}
    assert not (is_alone and is_watched)


@pytest.mark.parametrize("bundles", [0, 1, 15, 16, 17, 33, 128, 129, 511, 512, 513, 3_907])
def test_stretches_are_all_of_an_export_and_get_smaller(tmp_path: Path, bundles: int) -> None:
    parts = stretches.tasks(tmp_path, bundles * WIDTH, set())

    assert [n for part in parts for n in range(part.first, part.first + part.count)] == list(range(bundles))
    counts = [part.count for part in parts]
    assert counts == sorted(counts, reverse=True)
    assert max(counts, default=0) <= stretches.BUNDLES


def test_two_stock_keys_with_one_hash_are_two() -> None:
    both = [Joints.of(balances({KEYS[n]: (0, 0, 1, 5 * n + 5)})) for n in range(2)]
    alike = Joints(both[0].hashes, *(getattr(both[1], name) for name in ("keys", "before", "after")))
    goes_on = Joints(alike.hashes, alike.keys, both[0].after, both[0].after)

    for other in (alike, goes_on):
        arrays = Tables()
        assert arrays.take(both[0])
        assert not arrays.take(other)
        assert arrays.known().balances == {KEYS[0]: (1, 5)}


def test_what_reverses_a_movement_is_seen_in_passing() -> None:
    listed = entries()
    summary = read(Arrays, 0, listed)

    place_of = {UUID(canonical_value(entry)["id"]).bytes: n for n, entry in enumerate(listed)}
    places = [place_of[one.reverses] for one in summary.reversals]
    assert [one.seen for one in summary.reversals] == [(place, mirror_of(listed[place])) for place in places]
    assert [one.mirrored for one in summary.reversals] == [mirror_of(listed[place]) for place in places]
    assert len(places) > 9
