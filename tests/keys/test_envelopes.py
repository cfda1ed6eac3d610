"""A sealed field opens at its place, whole, with its key, and never as anything else (V-08)."""

import uuid
from dataclasses import replace

import pytest

from keys.conftest import Bench
from velaurum.errors import Refusal
from velaurum.keys import envelopes
from velaurum.keys.envelopes import EnvelopeError, Place
from velaurum.keys.keyring import Plain, Sealed
from velaurum.tenancy.context import OrgId

PLAIN = b"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def test_what_was_sealed_opens_at_its_place(bench: Bench, place: Place) -> None:
    keyring = bench.keyring()

    sealed = bench.seal(keyring, place, PLAIN)

    assert PLAIN not in sealed
    assert sealed[:4] == b"VE\x01\x01"
    assert bench.open(bench.keyring(), place, sealed) == PLAIN


@pytest.mark.parametrize(
    "moved",
    [
        {"row_id": str(uuid.uuid4())},
        {"column": "name"},
        {"table": "identity.principal"},
        # The same letters, cut elsewhere: lengths are authenticated too.
        {"table": "identity.second_factors", "column": "ealed"},
    ],
    ids="-".join,
)
def test_an_envelope_opens_at_no_other_place_of_its_organisation(
    bench: Bench, place: Place, moved: dict[str, str]
) -> None:
    keyring = bench.keyring()
    sealed = bench.seal(keyring, place, PLAIN)

    with pytest.raises(EnvelopeError):
        bench.open(keyring, replace(place, **moved), sealed)


def test_an_envelope_opens_in_no_other_organisation(bench: Bench, place: Place, other_id: OrgId) -> None:
    keyring = bench.keyring()
    sealed = bench.seal(keyring, place, PLAIN)
    elsewhere = replace(place, org_id=other_id)
    bench.seal(keyring, elsewhere, PLAIN)

    with pytest.raises(EnvelopeError):
        bench.open(keyring, elsewhere, sealed)
    with bench.within(other_id) as tx, pytest.raises(EnvelopeError):
        keyring.open(tx, other_id, place, sealed)


def test_an_envelope_opens_for_no_other_data_subject(bench: Bench, place: Place) -> None:
    keyring = bench.keyring()
    one, other = str(uuid.uuid4()), str(uuid.uuid4())
    sealed = bench.seal(keyring, place, PLAIN, one)
    bench.seal(keyring, place, PLAIN, other)

    assert bench.open(keyring, place, sealed, one) == PLAIN
    for somebody in (other, None):
        with pytest.raises(EnvelopeError):
            bench.open(keyring, place, sealed, somebody)


def test_envelopes_that_were_swapped_open_in_neither_place(bench: Bench, place: Place) -> None:
    keyring = bench.keyring()
    places = [place, replace(place, row_id=str(uuid.uuid4()))]
    with bench.within(OrgId(place.org_id)) as tx:
        sealed = keyring.seal_many(tx, OrgId(place.org_id), [Plain(one, PLAIN) for one in places])
        for where, what in zip(places, reversed(sealed), strict=True):
            with pytest.raises(EnvelopeError):
                keyring.open_many(tx, OrgId(place.org_id), [Sealed(where, what)])


def test_an_envelope_opens_at_no_shorter_length(bench: Bench, place: Place) -> None:
    keyring = bench.keyring()
    sealed = bench.seal(keyring, place, PLAIN)

    for length in range(len(sealed)):
        with pytest.raises(EnvelopeError):
            bench.open(keyring, place, sealed[:length])
    with pytest.raises(EnvelopeError):
        bench.open(keyring, place, sealed + b"\x00")


def test_an_envelope_opens_with_no_bit_changed(bench: Bench, place: Place) -> None:
    keyring = bench.keyring()
    sealed = bench.seal(keyring, place, b"42")

    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(EnvelopeError):
            bench.open(keyring, place, bytes(changed))


@pytest.mark.parametrize(
    "head", [b"VE\x00\x01", b"VE\x02\x01", b"VE\x01\x00", b"VE\x01\x02", b"\x01E\x01\x01"]
)
def test_an_envelope_is_read_as_no_other_version_or_algorithm(
    bench: Bench, place: Place, head: bytes
) -> None:
    keyring = bench.keyring()
    sealed = bench.seal(keyring, place, PLAIN)

    with pytest.raises(EnvelopeError):
        bench.open(keyring, place, head + sealed[4:])


def test_an_envelope_under_a_key_that_nobody_has_does_not_open(bench: Bench, place: Place) -> None:
    keyring = bench.keyring()
    sealed = bench.seal(keyring, place, PLAIN)

    with pytest.raises(EnvelopeError):
        bench.open(keyring, place, sealed[:4] + uuid.uuid4().bytes + sealed[20:])


def test_wrapped_keys_that_were_swapped_between_rows_unwrap_in_neither(
    bench: Bench, place: Place, module_as_role: object
) -> None:
    keyring = bench.keyring()
    one, other = str(uuid.uuid4()), str(uuid.uuid4())
    sealed = {who: bench.seal(keyring, place, PLAIN, who) for who in (one, other)}
    superuser = module_as_role("postgres")  # type: ignore[operator]
    superuser.execute(
        "update keys.data_key as k set wrapped = x.wrapped from keys.data_key as x"
        " where k.org_id = %(org)s and x.org_id = k.org_id and k.subject_id = any(%(both)s::uuid[])"
        " and x.subject_id = any(%(both)s::uuid[]) and x.subject_id <> k.subject_id",
        {"both": [one, other], "org": place.org_id},
    )

    for who, envelope in sealed.items():
        with pytest.raises(Refusal, match="does not open with it"):
            bench.open(bench.keyring(), place, envelope, who)


def test_sealing_twice_gives_other_bytes(bench: Bench, place: Place) -> None:
    keyring = bench.keyring()

    assert bench.seal(keyring, place, PLAIN) != bench.seal(keyring, place, PLAIN)


def test_the_key_of_an_envelope_is_read_by_the_database_as_by_the_product(
    bench: Bench, place: Place, module_as_role: object
) -> None:
    sealed = bench.seal(bench.keyring(), place, PLAIN)
    superuser = module_as_role("postgres")  # type: ignore[operator]

    for what, key_id in (
        (sealed, envelopes.key_id(sealed)),
        (b"\x01" + sealed[1:], None),
        (sealed[:47], None),
    ):
        assert superuser.execute("select keys.key_id(%s)::text", [what]).fetchone() == (key_id,)
