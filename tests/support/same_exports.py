"""Two exports of one organisation, the later from where it was imported: what the first has, the second has (V-19)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_READ = 1 << 20
_RECORDS = "data/records"
# In an order in which what came later stands behind.
_GROWING = (
    "data/movements.ndjson",
    "data/movements.csv",
    "data/history.ndjson",
    "data/decisions.ndjson",
    "disclosures.jsonl",
)
# Keys of an installation do not leave it: the log says that they were removed, and that the new one's are found.
_LEFT_THERE = "wrapping-key.ndjson"
_THE_SAME = ("data/balances.ndjson", "data/balances.csv", "data/erasures.ndjson", "data/legal-holds.ndjson")


@dataclass(frozen=True, slots=True)
class Same:
    """What was compared and found to be the same."""

    movements: int
    records: int
    balances: int
    decisions: int
    tiles: int
    root: str

    def __str__(self) -> str:
        return (
            f"{self.movements:,} movements, {self.records:,} records, {self.balances:,} balances, "
            f"{self.decisions:,} decided keys, {self.tiles:,} tiles of the tree up to the root {self.root}"
        )


def compare(before: Path, after: Path) -> Same:
    """Compare every line of tables, and every tile of the tree. AssertionError names the file that is otherwise."""
    for path in _GROWING:
        _goes_on(before / path, after / path)
    for path in _THE_SAME:
        assert (before / path).exists() == (after / path).exists(), path
        _goes_on(before / path, after / path)
        assert _size(before / path) == _size(after / path), path
    records = sum(_contained(path, after / _RECORDS / path.name) for path in _tables(before))
    assert records > 0
    if (left := before / _RECORDS / _LEFT_THERE).exists():
        there = (after / _RECORDS / _LEFT_THERE).read_bytes().splitlines()
        assert set(there).isdisjoint(left.read_bytes().splitlines()), _LEFT_THERE
    return Same(
        _lines(before / "data/movements.ndjson"),
        records,
        _lines(before / "data/balances.ndjson"),
        _lines(before / "data/decisions.ndjson"),
        _same_tiles(before, after),
        _taken_over_root(before, after),
    )


def _same_tiles(before: Path, after: Path) -> int:
    """Hold each tile to its successor, which has more at its end where it was not full."""
    count = 0
    for path in sorted((before / "tile").rglob("*")):
        if not path.is_file():
            continue
        name = path.relative_to(before)
        _goes_on(path, _grown(after, name))
        count += 1
    assert count > 0
    return count


def _grown(after: Path, name: Path) -> Path:
    if not name.parent.name.endswith(".p"):
        return after / name
    full = after / name.parent.with_suffix("")
    parts = sorted((after / name.parent).glob("*"), key=lambda one: int(one.name))
    return full if full.is_file() else parts[-1]


def _taken_over_root(before: Path, after: Path) -> str:
    """Return the root of the first export, which the log says it was taken over with."""
    root: str = json.loads((before / "manifest.json").read_bytes())["report"]["root"]
    size = _lines(before / "data/movements.ndjson") + _lines(before / "data/history.ndjson")
    openings = [
        said
        for said in map(json.loads, _added(after / "data/history.ndjson", size))
        if root in json.dumps(said) and said["log_index"] >= size
    ]
    assert len(openings) == 1, openings
    return root


def _added(path: Path, size: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from (line for line in file if json.loads(line)["log_index"] >= size)


def _tables(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / _RECORDS).glob("*.ndjson") if path.name != _LEFT_THERE)


def _contained(before: Path, after: Path) -> int:
    """Count the lines of a file, each of which is in another."""
    with before.open("rb") as one, after.open("rb") as other:
        there = set(other)
        lines = list(one)
    missing = [line for line in lines if line not in there]
    assert missing == [], (before.name, missing[:3])
    return len(lines)


def _goes_on(before: Path, after: Path) -> None:
    """Hold a file to be the beginning of another."""
    if not before.exists():
        return
    with before.open("rb") as one, after.open("rb") as other:
        while read := one.read(_READ):
            assert other.read(len(read)) == read, f"{before} is otherwise in {after}"


def _lines(path: Path) -> int:
    if not path.exists():
        return 0
    with path.open("rb") as file:
        return sum(1 for _ in file)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
