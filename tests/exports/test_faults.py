"""A log that its operator signed with a fault in it: every hash holds, and replaying shows it (V-20, V-22)."""

from pathlib import Path

import pytest

from support import exports
from support.signed_logs import (
    CHANGE,
    NEVER_REVERSED,
    RECEIPT,
    REVERSAL,
    SIZE,
    TRANSFER,
    canonical_value,
    edited,
    entries,
    kind_at,
    verify,
)
from velaurum.proofs.wire import to_base64


def test_the_entries_that_faults_are_planted_in_are_of_these_kinds() -> None:
    found = [kind_at(n) for n in (RECEIPT, TRANSFER, REVERSAL, CHANGE)]

    assert found == ["receipt", "transfer", "reversal", "change.item"]


FAULTS = {
    "quantity of a posting": (RECEIPT, {"row__quantity": "1.000000000"}, "is not the sum"),
    "balance of a posting": (RECEIPT, {"row__target_on_hand": "1.000000000"}, "is not the sum"),
    "balance of a source": (TRANSFER, {"row__source_on_hand": "7.000000000"}, "is not the sum"),
    "negative balance": (TRANSFER, {"row__source_on_hand": "-1.000000000"}, "below zero"),
    "number on the stock key": (RECEIPT, {"row__target_seq": 999}, "Its number on"),
    "number that comes again": (RECEIPT, {"row__target_seq": 1}, "Its number on"),
    "half a balance": (RECEIPT, {"row__target_seq": None}, "half there"),
    "place in the log": (RECEIPT, {"row__log_index": 31}, "its place is 31"),
    "place of a change": (CHANGE, {"log_index": 4}, "its place is 4"),
    "organisation": (RECEIPT, {"org": exports.identifier("other")}, "another organisation"),
    "instant that goes back": (RECEIPT, {"at": exports.instant(28)}, "not after the one before"),
    "instant that stands still": (RECEIPT, {"at": exports.instant(29)}, "not after the one before"),
    "idempotency key used twice": (RECEIPT, {"idem": None}, "members that a movement has"),
    "reversal of nothing": (REVERSAL, {"row__reverses_id": exports.identifier("x")}, "does not stand before"),
    "reversal of what comes later": (
        REVERSAL,
        {"row__reverses_id": exports.identifier("movement", 34)},
        "does not stand before",
    ),
    "reversal of a change": (REVERSAL, {"row__reverses_id": exports.identifier("change", 18)}, "no movement"),
    "reversal of a reversal": (REVERSAL, {"row__reverses_id": exports.identifier("movement", 5)}, "a reversal"),
    "reversal of another": (
        REVERSAL,
        {"row__reverses_id": exports.identifier("movement", NEVER_REVERSED)},
        "not the mirror",
    ),
    "what a reversal states": (
        REVERSAL,
        {"row__stated_quantity": "1.000000000", "row__stated_unit": "XCS"},
        "not the mirror",
    ),
    "half of what is stated": (RECEIPT, {"row__stated_unit": "XCS"}, "half there"),
    "unit of a reversal": (REVERSAL, {"row__unit": "PCE"}, "not the mirror"),
    "reversal that reverses nothing": (REVERSAL, {"row__reverses_id": None}, "nothing else, reverses"),
    "posting that reverses": (RECEIPT, {"row__reverses_id": exports.identifier("x")}, "nothing else, reverses"),
    "version before a change": (CHANGE, {"prev": {"log_index": 1, "leaf": to_base64(bytes(32))}}, "version of its"),
    "change without the version before it": (CHANGE, {"prev": None}, "version of its record"),
    "quantity of zero": (RECEIPT, {"row__quantity": "0.000000000"}, "not above zero"),
    "quantity in another spelling": (RECEIPT, {"row__quantity": "35.0"}, "decimals"),
    "quantity with a leading zero": (RECEIPT, {"row__quantity": "035.000000000"}, "decimals"),
    "identifier in capitals": (RECEIPT, {"req": exports.identifier("r").upper()}, "identifier"),
    "identifier of a record": (RECEIPT, {"id": "0"}, "names no"),
    "instant in another spelling": (RECEIPT, {"at": "2020-01-01T00:30:30.00003Z"}, "no instant"),
    "occurrence in another spelling": (RECEIPT, {"row__occurred_at": "2020-01-01T00:30:30.00003"}, "occurred"),
    "member that no movement has": (RECEIPT, {"more": 1}, "members that a movement has"),
    "member that no row has": (RECEIPT, {"row__more": 1}, "members that a movement has"),
    "version of the form": (RECEIPT, {"v": 2}, "version that is not known"),
    "version of the columns": (RECEIPT, {"sv": 2}, "members that a movement has"),
    "type": (RECEIPT, {"type": "Stock"}, "no type"),
    "hash of the key": (RECEIPT, {"idem": "A" * 42 + "B"}, "no hash of an idempotency key"),
    "commitment": (RECEIPT, {"pii": {"note": "AAAA"}}, "commitment"),
    "empty text": (RECEIPT, {"row__reference": ""}, "members that a movement has"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_log_that_was_signed_with_a_fault_in_it_is_refused(tmp_path: Path, fault: str) -> None:
    """Here the operator itself is wrong: every hash and signature holds, and only replaying shows it."""
    index, changes, reason = FAULTS[fault]
    written = exports.write(tmp_path / "export", edited(index, **changes))

    found = verify(written).fault

    assert found is not None
    assert (found.index, reason in found.reason) == (index, True), found
    assert found.after == exports.instant(index - 1)
    assert found.before == exports.instant(index + 1)
    if fault != "identifier of a record":
        assert found.id == canonical_value(entries()[index])["id"]


def test_a_key_that_was_used_before_is_found(tmp_path: Path) -> None:
    listed = edited(RECEIPT, idem=canonical_value(entries()[2])["idem"])

    found = verify(exports.write(tmp_path / "export", listed)).fault

    assert found is not None
    assert (found.index, found.reason) == (RECEIPT, "Its idempotency key was used before.")


def test_what_was_reversed_is_not_reversed_again(tmp_path: Path) -> None:
    reversals = [n for n in range(SIZE) if kind_of(entries()[n]) == "reversal"]
    first, second = reversals[0], reversals[1]
    reverses = canonical_value(entries()[first])["row"]["reverses_id"]

    found = verify(exports.write(tmp_path / "export", edited(second, row__reverses_id=reverses))).fault

    assert found is not None
    assert (found.index, found.reason) == (second, "What it reverses was reversed before.")


@pytest.mark.parametrize(
    "form", [b" %b", b"%b ", b"%b\n", b"\xff%b", b"[%b]", b"%b%b", b"null", b"", b"[" * 9_000]
)
def test_an_entry_in_another_form_is_refused(tmp_path: Path, form: bytes) -> None:
    listed = entries()
    listed[RECEIPT] = form.replace(b"%b", listed[RECEIPT])

    found = verify(exports.write(tmp_path / "export", listed)).fault

    assert found is not None
    assert (found.index, "canonical" in found.reason) == (RECEIPT, True)


def test_a_member_that_comes_twice_is_refused(tmp_path: Path) -> None:
    listed = entries()
    listed[RECEIPT] = listed[RECEIPT].replace(b'"unit":"KG"', b'"unit":"KG","unit":"KG"')

    found = verify(exports.write(tmp_path / "export", listed)).fault

    assert found is not None
    assert found.index == RECEIPT


def kind_of(entry: bytes) -> str:
    return str(canonical_value(entry)["row"].get("kind", ""))
