"""A sealed text opens at its place, for its subject, whole, as what it commits to, and otherwise not at all."""

import hashlib
import logging
import uuid
from collections.abc import Callable

import pytest

from keys.conftest import Bench
from support.ledger_sql import SUPERUSER, Connect
from velaurum import canonical
from velaurum.db.person_names import is_sealed
from velaurum.errors import Refusal
from velaurum.keys import data_keys, sealed_texts
from velaurum.keys.envelopes import EnvelopeError, Place
from velaurum.keys.keyring import Keyring
from velaurum.keys.sealed_texts import SealedText, Text, ToSeal
from velaurum.tenancy.context import OrgId

NAMES = ["Ada", "Žofie Ångström 张伟", "x" * 120, "VE1.", "", "O'Brien\u2028\"\\"]


def _at(org_id: OrgId, row_id: str | None = None) -> Place:
    return Place(org_id, "identity.principal", "name", row_id or str(uuid.uuid4()))


def _sealed(bench: Bench, keyring: Keyring, org_id: OrgId, text: str, whose: str | None = None) -> SealedText:
    place = _at(org_id, whose)
    with bench.within(org_id) as tx:
        return SealedText(place, sealed_texts.seal(tx, org_id, keyring, place, text, whose), whose)


def _opened(bench: Bench, keyring: Keyring, org_id: OrgId, *asked: SealedText) -> list[str | None]:
    with bench.within(org_id) as tx:
        return sealed_texts.open_many(tx, org_id, keyring, asked)


@pytest.mark.parametrize("name", NAMES)
def test_what_was_sealed_is_opened_again(bench: Bench, org_id: OrgId, name: str) -> None:
    keyring = bench.keyring()

    found = _sealed(bench, keyring, org_id, name, str(uuid.uuid4()))

    assert is_sealed(found.sealed)
    assert not name or name == "VE1." or name not in found.sealed
    assert _opened(bench, keyring, org_id, found) == [name]


def test_the_commitment_is_that_of_sql(bench: Bench, org_id: OrgId, module_as_role: Connect) -> None:
    text = Text(hashlib.sha256(b"salt").digest(), NAMES[-1])
    with bench.within(org_id) as tx:
        (sealed,) = sealed_texts.seal_many(tx, org_id, bench.keyring(), [ToSeal(_at(org_id), text, None)])

    in_sql = module_as_role(SUPERUSER).execute(
        "select ledger.note_commitment(%s, %s)", [text.salt, text.text]
    )

    assert (sealed_texts.parts(sealed).commitment,) == in_sql.fetchone()
    assert text.commitment == canonical.commitment(text.salt, text.text)


def test_the_same_text_is_never_sealed_or_committed_to_alike(bench: Bench, org_id: OrgId) -> None:
    keyring, whose = bench.keyring(), str(uuid.uuid4())

    first, again = (_sealed(bench, keyring, org_id, "Ada", whose) for _ in range(2))

    assert sealed_texts.parts(first.sealed).commitment != sealed_texts.parts(again.sealed).commitment


def test_many_are_opened_together_and_what_is_not_whole_takes_nobody_along(
    bench: Bench, org_id: OrgId, caplog: pytest.LogCaptureFixture
) -> None:
    keyring = bench.keyring()
    asked = [_sealed(bench, keyring, org_id, f"Ada {n}", str(uuid.uuid4())) for n in range(6)]
    asked[2] = asked[2]._replace(sealed=asked[2].sealed[:-8])

    with caplog.at_level(logging.ERROR):
        found = _opened(bench, keyring, org_id, *asked)

    assert found == ["Ada 0", "Ada 1", None, "Ada 3", "Ada 4", "Ada 5"]
    assert "identity.principal.name" in caplog.text
    assert "Ada" not in caplog.text


def _elsewhere(one: SealedText, other: SealedText) -> SealedText:
    return one._replace(sealed=other.sealed)


def _of_another(one: SealedText, _other: SealedText) -> SealedText:
    return one._replace(subject_id=None)


def _in_another_column(one: SealedText, _other: SealedText) -> SealedText:
    return one._replace(place=Place(one.place.org_id, one.place.table, "login", one.place.row_id))


def _with_the_commitment_of(one: SealedText, other: SealedText) -> SealedText:
    mine, theirs = sealed_texts.parts(one.sealed), sealed_texts.parts(other.sealed)
    return one._replace(sealed=sealed_texts.joined(theirs.commitment, mine.envelope))


def _without_padding(one: SealedText, _other: SealedText) -> SealedText:
    return one._replace(sealed=one.sealed.rstrip("=") + "\n")


def _without_an_envelope(one: SealedText, _other: SealedText) -> SealedText:
    return one._replace(sealed=one.sealed[:48])


def _without_the_form(one: SealedText, _other: SealedText) -> SealedText:
    return one._replace(sealed="VE2." + one.sealed[4:])


@pytest.mark.parametrize(
    "harm",
    [
        _elsewhere,
        _of_another,
        _in_another_column,
        _with_the_commitment_of,
        _without_padding,
        _without_an_envelope,
        _without_the_form,
    ],
)
def test_what_was_moved_or_altered_is_nobodys_name(
    bench: Bench, org_id: OrgId, harm: Callable[[SealedText, SealedText], SealedText]
) -> None:
    keyring = bench.keyring()
    one, other = (_sealed(bench, keyring, org_id, name, str(uuid.uuid4())) for name in ("Ada", "Grace"))

    with bench.within(org_id) as tx:
        texts, closed = sealed_texts.open_each(tx, org_id, keyring, {"it": harm(one, other)})

    assert texts == {}
    assert isinstance(closed["it"], EnvelopeError)


def test_another_organisation_opens_nothing(bench: Bench, org_id: OrgId, other_id: OrgId) -> None:
    keyring = bench.keyring()
    one = _sealed(bench, keyring, org_id, "Ada", str(uuid.uuid4()))

    assert _opened(bench, keyring, other_id, one) == [None]


def test_whose_key_is_away_has_no_name_and_the_others_have(bench: Bench, org_id: OrgId) -> None:
    first = bench.keyring()
    lost, kept = (_sealed(bench, first, org_id, name, str(uuid.uuid4())) for name in ("Ada", "Grace"))
    (bench.data_dir / "shares" / org_id / str(lost.subject_id)).unlink()

    with bench.within(org_id) as tx:
        texts, closed = sealed_texts.open_each(tx, org_id, bench.keyring(), {"lost": lost, "kept": kept})

    assert {name: text.text for name, text in texts.items()} == {"kept": "Grace"}
    assert isinstance(closed["lost"], Refusal)
    assert closed["lost"].code == "key-unavailable"


def test_who_was_erased_is_nobody_at_once(bench: Bench, org_id: OrgId) -> None:
    keyring, whose = bench.keyring(), str(uuid.uuid4())
    one = _sealed(bench, keyring, org_id, "Ada", whose)
    with bench.within(org_id) as tx:
        data_keys.erase_subject(tx, org_id, whose)

    with bench.within(org_id) as tx:
        assert sealed_texts.open_each(tx, org_id, keyring, {"it": one}) == ({}, {})
    with pytest.raises(Refusal) as refused:
        _sealed(bench, keyring, org_id, "Ada", whose)
    assert refused.value.code == "conflict"
