"""Journals of exports: what a killed run left is gone on with, and what the machine lost is written anew (V-19)."""

import json
from pathlib import Path

import pytest

from velaurum.errors import OperationError, UsageError
from velaurum.exchange import journals
from velaurum.exchange.journals import Journal
from velaurum.exports import manifests

BEGUN = {"size": 7}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a directory that a run left: a file, and two parts of one that grows, of which one is kept."""
    place = tmp_path / "out.partial"
    with Journal.resume(place) as journal:
        journal.begin(BEGUN)
        journal.put("whole/a", b"whole")
        journal.grow("grown", b"kept.")
        journal.reach("rows", 5)
        journal.grow("grown", b"not kept.")
        journal.grow("late", b"not kept.")
    return place


def test_it_goes_on_where_it_was_left(place: Path) -> None:
    with Journal.resume(place) as journal:
        assert (journal.begun, journal.reached) == (BEGUN, {"rows": 5})
        assert (place / "grown").read_bytes() == b"kept."
        assert (journal.is_new("grown"), journal.is_new("late")) == (False, True)
        journal.put("whole/a", b"otherwise")
        journal.grow("grown", b"more.")
        journal.grow("late", b"begins")
        journal.reach("rows", 9)
        listed = dict(journal.listed())

    assert (place / "whole/a").read_bytes() == b"whole"
    assert (place / "grown").read_bytes() == b"kept.more."
    assert (place / "late").read_bytes() == b"begins"
    assert listed == {path: manifests.sha256(place / path) for path in ("whole/a", "grown", "late")}


def test_a_line_that_was_not_written_to_its_end_is_cut_off(place: Path) -> None:
    with (place / journals.PATH).open("ab") as file:
        file.write(b'{"file": "x", "sha')

    with Journal.resume(place) as journal:
        journal.put("b", b"b")

    lines = (place / journals.PATH).read_bytes().splitlines()
    assert json.loads(lines[-1])["file"] == "b"
    with Journal.resume(place) as journal:
        assert journal.reached == {"rows": 5}


@pytest.mark.parametrize("damage", ["shorter", "longer", "other", "gone", "grown"])
def test_what_is_not_as_it_says_lets_all_begin_anew(place: Path, damage: str) -> None:
    file = place / "whole/a"
    if damage == "gone":
        file.unlink()
    elif damage == "grown":
        (place / "grown").write_bytes(b"kep")
    else:
        file.write_bytes({"shorter": b"who", "longer": b"whole!", "other": b"wh0le"}[damage])

    with Journal.resume(place) as journal:
        assert (journal.begun, journal.reached, journal.sums) == ({}, {}, {})
        assert not place.exists()


def test_what_somebody_else_has_there_is_left(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")

    with pytest.raises(UsageError, match="is no export under way"):
        Journal.resume(tmp_path)

    assert (tmp_path / "mine").read_text() == "mine"


def test_an_empty_directory_is_begun_in(tmp_path: Path) -> None:
    (tmp_path / "out.partial").mkdir()

    with Journal.resume(tmp_path / "out.partial") as journal:
        journal.begin(BEGUN)

    assert (tmp_path / "out.partial" / journals.PATH).is_file()


def test_nobody_goes_on_with_what_somebody_writes(place: Path) -> None:
    with Journal.resume(place), pytest.raises(OperationError, match="is being written by another process"):
        Journal.resume(place)

    with Journal.resume(place) as journal:
        assert journal.reached == {"rows": 5}


def test_files_that_were_let_go_of_grow_on(place: Path) -> None:
    with Journal.resume(place) as journal:
        journal.grow("grown", b"more.")
        journal.reach("rows", 6)
        journal.close_grown()
        journal.grow("grown", b"and more.")
        journal.reach("rows", 7)

    with Journal.resume(place) as journal:
        assert journal.reached == {"rows": 7}
    assert (place / "grown").read_bytes() == b"kept.more.and more."


def test_what_is_complete_gets_its_name_and_has_no_journal(place: Path) -> None:
    folder = place.with_name("out")
    with Journal.resume(place) as journal:
        journals.finish(journal, folder)

    assert not place.exists()
    assert not (folder / journals.PATH).exists()
    assert (folder / "grown").read_bytes() == b"kept."


def test_a_name_that_is_taken_is_told(place: Path) -> None:
    folder = place.with_name("out")
    folder.mkdir()
    (folder / "mine").write_text("mine")

    with Journal.resume(place) as journal, pytest.raises(OperationError, match="cannot be written"):
        journals.finish(journal, folder)
