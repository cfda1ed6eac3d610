"""Many entries at once: the same reading as records, a column at a time, for logs of millions.

What matches the pattern of a movement and passes the checks of its columns is what records.read() would have returned;
whatever does not is left to records.read(), which says why.
"""

from collections.abc import Sequence
from itertools import compress
from operator import add, lt
from typing import Any, ClassVar

from velaurum.exports import changes, spelling
from velaurum.exports.batches import Batch
from velaurum.exports.records import Change
from velaurum.exports.spelling import MOVEMENT, Row
from velaurum.exports.summaries import Balance, Balances, Summary
from velaurum.proofs.tiles import WIDTH
from velaurum.proofs.wire import ProofError


class Columns:
    """A reading (`stretches.Reading`) by one pattern, column by column."""

    AT_ONCE: ClassVar = WIDTH

    def __init__(self, first_index: int) -> None:
        self._key_hashes: list[bytes] = []
        self._ids: list[bytes] = []
        self._opened: dict[bytes, Balance] = {}
        self._closed: dict[bytes, Balance] = {}
        self._summary = Summary(first_index)

    def add(self, entries: Batch, leaves: Sequence[bytes]) -> bool:
        """Take the next entries. False when one does not fit, or might not."""
        joined = b"\n".join([*entries, b""])
        if joined.count(b"\n") != len(entries) or not spelling.is_utf8(joined):
            return False
        rows: list[Row] = MOVEMENT.findall(joined)
        between: dict[int, Change] = {}
        if len(rows) != len(entries):
            try:
                between, rows = _sorted_out(entries)
            except ProofError:
                return False
            if len(rows) + len(between) != len(entries):
                return False
        changed = ((one, leaves[n]) for n, one in between.items())
        return self._take(rows, between, len(entries)) and self._summary.change(changed)

    def summary(self) -> Summary:
        """Return what all entries come to."""
        summary = self._summary
        summary.key_hashes, summary.ids = b"".join(self._key_hashes), spelling.bytes_of(self._ids)
        summary.balances = Balances(spelling.bytes_of(self._opened))
        for seq, on_hand in self._opened.values():
            summary.balances.seqs_before.append(seq)
            summary.balances.on_hand_before.append(on_hand)
        for seq, on_hand in self._closed.values():
            summary.balances.seqs_after.append(seq)
            summary.balances.on_hand_after.append(on_hand)
        return summary

    def _take(self, rows: list[Row], between: dict[int, Change], count: int) -> bool:
        summary = self._summary
        first = summary.first_index + summary.count
        columns: list[Any] = list(zip(*rows, strict=True)) if rows else [()] * MOVEMENT.groups
        if not spelling.are_formed(columns):
            return False
        ats, ids, key_hashes, orgs, indexes, reversed_ids = (columns[n] for n in (2, 3, 4, 5, 10, 14))
        places = list(map(int, indexes))
        if between:
            ids, ats, orgs, places = _merged(between, count, ids, ats, orgs, places)
        if not (
            places == list(range(first, first + count))
            and orgs.count(orgs[0]) == count
            and summary.org in ("", orgs[0].decode())
            and summary.last_at.encode() < ats[0]
            and all(map(lt, ats, ats[1:]))
        ):
            return False
        self._key_hashes += key_hashes
        self._ids += ids
        summary.org, summary.last_at = orgs[0].decode(), ats[-1].decode()
        summary.first_at = summary.first_at or ats[0].decode()
        summary.count += count
        summary.reversals += map(spelling.reversal_of, compress(rows, reversed_ids))
        sides = [*columns[16:19], *columns[22:25]]
        return (not spelling.have_details(columns) or self._detail(rows, sides)) and self._balance(
            columns[8], columns[13], sides
        )

    def _detail(self, rows: list[Row], sides: list[Any]) -> bool:
        """Take the stock keys that have a detail, and the numbers of their movements out of these sides."""
        sides[2], sides[5] = list(sides[2]), list(sides[5])
        for n, row in enumerate(rows):
            taken = spelling.take_details(row, self._summary.details)
            if taken is None:
                return False
            for seqs, is_taken in zip((sides[2], sides[5]), taken, strict=True):
                if is_taken:
                    seqs[n] = b""
        return True

    def _balance(self, items: Sequence[bytes], quantities: Sequence[bytes], sides: list[Any]) -> bool:
        sources, source_balances, source_seqs, targets, target_balances, target_seqs = sides
        opened, closed, get = self._opened, self._closed, self._closed.get
        from_keys, to_keys = map(add, items, sources), map(add, items, targets)
        moved = spelling.units_of(quantities)
        for quantity, from_key, from_hand, from_seq, to_key, to_hand, to_seq in zip(
            moved, from_keys, source_balances, source_seqs, to_keys, target_balances, target_seqs, strict=True
        ):
            if from_seq:
                seq, on_hand = int(from_seq), int(from_hand.replace(b".", b""))
                before = get(from_key)
                if before is None:
                    opened[from_key] = (seq - 1, on_hand + quantity)
                elif before != (seq - 1, on_hand + quantity):
                    return False
                closed[from_key] = (seq, on_hand)
            if to_seq:
                seq, on_hand = int(to_seq), int(to_hand.replace(b".", b""))
                before = get(to_key)
                if before is None:
                    opened[to_key] = (seq - 1, on_hand - quantity)
                elif before != (seq - 1, on_hand - quantity):
                    return False
                closed[to_key] = (seq, on_hand)
        return True


def _sorted_out(entries: Batch) -> tuple[dict[int, Change], list[Row]]:
    """Part movements from changes. ProofError for a change that is none."""
    movements = [entry for entry in entries if entry.endswith(spelling.TAIL)]
    between = {n: changes.read(entry) for n, entry in enumerate(entries) if not entry.endswith(spelling.TAIL)}
    return between, MOVEMENT.findall(b"\n".join([*movements, b""]))


def _merged(between: dict[int, Change], count: int, *columns: Sequence[Any]) -> list[list[Any]]:
    """Put the columns of movements and changes into the order of the log: ids, instants, organisations, places."""
    rows = iter(zip(*columns, strict=True))
    merged = [
        (one.id.encode(), one.at.encode(), one.org.encode(), one.log_index)
        if (one := between.get(n))
        else next(rows)
        for n in range(count)
    ]
    return [list(column) for column in zip(*merged, strict=True)]
