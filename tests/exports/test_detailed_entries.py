"""Lots, serials and statuses in entries: each stock key counts for itself, and a serial is in one place (V-20)."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from support import exports
from support.detailed_books import DetailedBook
from support.exports import Book, Movement, identifier
from support.readings import FIRST, SIZE, batch, require_agreement, require_soundness
from support.signed_logs import verify
from velaurum import canonical
from velaurum.exports import fast, records, spelling, stretches, summaries
from velaurum.exports.arrays import Arrays
from velaurum.ledger import entries
from velaurum.proofs import merkle
from velaurum.proofs.wire import FormatError

Said = dict[str, Any]
DETAILS = ("lot_id", "serial_id", "source_status", "target_status")


@cache
def book() -> DetailedBook:
    return DetailedBook().grow(SIZE)


def log() -> list[bytes]:
    return list(book().entries[:SIZE])


def row_at(index: int) -> Said:
    row: Said = json.loads(log()[index]).get("row", {})
    return row


def places(**said: Any) -> list[int]:
    """Return where movements stand that say this; None: that they do not say."""
    return [n for n in range(SIZE) if all(row_at(n).get(name) == value for name, value in said.items())]


def edited(index: int, **members: Any) -> list[bytes]:
    """Return the log with members of one movement's row otherwise; None takes one away."""
    listed = log()
    said = json.loads(listed[index])
    said["row"] = {name: value for name, value in (said["row"] | members).items() if value is not None}
    listed[index] = canonical.encode(said)
    return listed


def test_the_log_has_every_detail_in_both_stretches() -> None:
    for part in (range(FIRST), range(FIRST, SIZE)):
        said = {name for n in part for name in row_at(n)}
        kinds = {row_at(n).get("kind") for n in part}
        assert {*DETAILS} <= said
        assert {"status-change", "reversal", "receipt", "transfer", "scrap"} <= kinds


def test_a_log_with_details_is_read_the_same_way_by_every_reading() -> None:
    assert require_agreement(log())


@pytest.mark.parametrize("member", DETAILS)
def test_a_detail_that_is_gone_or_another_or_put_in_is_found(member: str) -> None:
    """All hashes are made anew: that keys no longer follow, or a form is none, tells it."""
    moved = [n for n in range(SIZE) if "kind" in row_at(n)]
    has = [n for n in moved if member in row_at(n)]
    for index in moved:
        said = row_at(index).get(member)
        other = (
            identifier("other") if member.endswith("_id") else "blocked" if said == "damaged" else "damaged"
        )
        for value in {None, other} - {said}:
            assert not require_agreement(edited(index, **{member: value})), (index, value)
    assert len(has) > 5


CHANGE_OF_STATUS = places(kind="status-change", target_status="quarantine")[0]
OF_LOT = places(kind="receipt", item_id=book().paint)[0]
OF_SERIAL = places(kind="receipt", item_id=book().pump, target_status=None)[0]
OF_BOLTS = places(kind="transfer", item_id=book().bolts, source_status=None)[0]
NOT_FORMED: dict[str, tuple[int, Said]] = {
    "a lot and a serial": (OF_SERIAL, {"lot_id": identifier("lot")}),
    "a serial of two": (OF_SERIAL, {"quantity": "2.000000000", "target_on_hand": "2.000000000"}),
    "a lot that is none": (OF_LOT, {"lot_id": "X"}),
    "a serial in capitals": (OF_SERIAL, {"serial_id": identifier("serial").upper()}),
    "a status that is none": (CHANGE_OF_STATUS, {"target_status": "lost"}),
    "a status that is spelt out": (CHANGE_OF_STATUS, {"source_status": "available"}),
    "a status outside": (OF_LOT, {"source_status": "blocked"}),
    "a status that a transfer changes": (OF_BOLTS, {"target_status": "blocked"}),
    "a change of no status": (CHANGE_OF_STATUS, {"target_status": None}),
    "a change to the same status": (CHANGE_OF_STATUS, {"source_status": "quarantine"}),
    "a change of status on the way": (CHANGE_OF_STATUS, {"target_id": book().other}),
    "a change of status by another kind": (CHANGE_OF_STATUS, {"kind": "transfer"}),
    "another kind as a change of status": (OF_BOLTS, {"kind": "status-change"}),
    "half a change of status": (CHANGE_OF_STATUS, {"source_seq": None, "source_on_hand": None}),
    "a lot that goes nowhere": (OF_LOT, {"source_id": book().store}),
}


@pytest.mark.parametrize("how", NOT_FORMED)
def test_details_have_one_form(how: str) -> None:
    index, members = NOT_FORMED[how]

    with pytest.raises(FormatError):
        records.read(edited(index, **members)[index])
    assert spelling_refuses(edited(index, **members)[index])
    assert not require_agreement(edited(index, **members))


def spelling_refuses(entry: bytes) -> bool:
    found = spelling.MOVEMENT.fullmatch(entry + b"\n")
    return found is None or not spelling.are_formed([(field,) for field in found.groups(b"")])


def test_a_serial_is_in_one_place(tmp_path: Path) -> None:
    """It comes a second time, to a place and into a status where it is not: its stock key there begins anew."""
    again = dict.fromkeys(("source_seq", "source_on_hand", "source_status"))
    moved = places(kind="transfer", item_id=book().pump)[0]
    came = {**again, "kind": "receipt", "source_id": identifier("SUPPLIER")}
    listed = edited(moved, **came)[: moved + 1]

    assert not require_agreement(listed)
    found = verify(exports.write(tmp_path / "export", listed)).fault
    assert found is not None
    assert (found.index, found.reason) == (moved, "Its serial is on hand already.")


def test_a_serial_leaves_where_it_is(tmp_path: Path) -> None:
    gone = places(kind="scrap", item_id=book().pump)[1]
    nowhere = edited(gone, serial_id=identifier("never came"))[: gone + 1]
    elsewhere = edited(gone, source_id=book().store)[: gone + 1]

    for listed in (nowhere, elsewhere):
        assert not require_agreement(listed)
    found = verify(exports.write(tmp_path / "export", nowhere)).fault
    assert found is not None
    assert (found.index, "Its number on" in found.reason) == (gone, True)


def test_what_is_set_apart_is_not_in_what_is_available(tmp_path: Path) -> None:
    """The second of two keys of one item at one place is taken from as if it were the first."""
    index = places(kind="transfer", item_id=book().bolts, source_status="quarantine")[0]
    merged = edited(index, source_status=None, target_status=None)

    found = verify(exports.write(tmp_path / "export", merged)).fault

    assert found is not None
    assert (found.index, found.reason) == (index, f"Its balance on {book().store} is not the sum.")


REVERSALS = [n for n in places(kind="reversal") if row_at(n).keys() & {*DETAILS}]


@pytest.mark.parametrize(
    "otherwise",
    [
        {"lot_id": identifier("other"), "serial_id": None},
        {"serial_id": identifier("other")},
        {"serial_id": None},
        {"source_status": "damaged"},
        {"source_status": None, "target_status": "quarantine"},
        {"target_status": "damaged"},
    ],
)
def test_a_reversal_with_another_detail_is_no_mirror(otherwise: Said) -> None:
    whole = log()
    for index in REVERSALS:
        entry = edited(index, **otherwise)[index]
        reverses = row_at(index)["reverses_id"]
        original = next(one for one in whole if f'"id":"{reverses}","idem"'.encode() in one)
        assert said(whole[index]) == {spelling.mirror_of(original)}
        if entry != whole[index] and not spelling_refuses(entry):
            assert len(said(entry)) == 1
            assert spelling.mirror_of(original) not in said(entry)
    assert len(REVERSALS) > 2


def said(entry: bytes) -> set[bytes]:
    """Return what the readings say that a reversal says."""
    slow, fast = records.read(entry), spelling.MOVEMENT.fullmatch(entry + b"\n")
    assert isinstance(slow, records.Movement)
    assert fast is not None
    return {summaries.said_by(slow), spelling.reversal_of(fast.groups(b"")).mirrored}


def test_an_export_with_details_holds_however_it_is_parted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = DetailedBook().grow(1_500).entries
    whole = exports.write(tmp_path / "whole", listed)
    assert verify(whole).holds

    monkeypatch.setattr(stretches, "BUNDLES", 1)
    assert verify(whole).holds
    assert verify(whole, workers=2).holds


class Lots(Book):
    """Receives lots, and nothing else."""

    def _next(self, n: int) -> Movement:
        lot = {"lot_id": identifier("lot", n % 3)}
        return self._movement(n, "receipt", self._items[0], identifier("S"), self._stores[0], 10**9, **lot)

    def grow(self, count: int) -> "Lots":
        for n in range(count):
            movement = self._next(n)
            key = movement["item_id"], f"{movement['target_id']} {movement['lot_id']}"
            seq, on_hand = self._balances.get(key, (0, 0))
            self._balances[key] = seq + 1, on_hand + 10**9
            counted = {"target_seq": seq + 1, "target_on_hand": exports.quantity(on_hand + 10**9)}
            self.entries.append(entries.movement_entry(movement | counted))
        return self


def test_where_most_movements_have_a_detail_the_pattern_reads_them_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = Lots().grow(1_025).entries
    leaves = [merkle.leaf_hash(entry) for entry in listed]

    assert Arrays(0).add(batch(listed[:-1]), leaves[:-1])
    assert not Arrays(0).add(batch(listed), leaves)
    monkeypatch.setattr(fast, "FEWEST_ENTRIES", 0)
    assert verify(exports.write(tmp_path / "export", listed)).holds


values = st.one_of(
    st.none(),
    st.integers(0, 4),
    st.sampled_from(
        ["quarantine", "blocked", "damaged", "available", "1.000000000", "2.000000000", "reversal"]
    ),
    st.sampled_from(["status-change", "transfer", "receipt", "", "blocked\n"]),
    st.sampled_from([identifier("lot", 0), identifier("serial", 1), book().store, book().other]),
)
names = st.sampled_from([*DETAILS, "kind", "quantity", "source_id", "target_id", "source_seq", "target_seq"])


@settings(deadline=None)
@given(st.integers(20, SIZE - 1), st.dictionaries(names, values, min_size=1, max_size=3))
@example(OF_BOLTS, {"source_status": "quarantine", "target_status": "quarantine"})
@example(CHANGE_OF_STATUS, {"source_status": "quarantine", "target_status": None})
def test_edited_details_are_judged_the_same_way(index: int, members: Said) -> None:
    require_agreement(edited(index, **members))


@settings(deadline=None)
@given(st.integers(20, SIZE - 1), st.integers(250, 1_000), st.binary(max_size=3), st.integers(0, 3))
def test_edited_bytes_of_details_are_judged_the_same_way(index: int, at: int, put: bytes, out: int) -> None:
    listed = log()
    entry = listed[index]
    at %= len(entry)
    listed[index] = entry[:at] + put + entry[at + out :]

    require_soundness(listed)
