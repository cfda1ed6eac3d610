"""Keys are made once, counted, erased for good, and opened again only by their provider."""

import logging
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from keys.conftest import Bench
from support.ledger_sql import SUPERUSER, Connect
from velaurum.errors import Refusal
from velaurum.keys import data_keys, envelopes
from velaurum.keys.envelopes import ErasedError, Place
from velaurum.keys.keyring import BLOCK, Plain, Sealed
from velaurum.keys.opened_keys import LONGEST_S, OpenedKeys
from velaurum.tenancy.context import OrgId

CAP = 2**31


def test_many_at_once_make_one_key(bench: Bench, place: Place, module_as_role: Connect) -> None:
    keyrings = [bench.keyring() for _ in range(4)]

    with ThreadPoolExecutor(4) as pool:
        sealed = list(pool.map(lambda keyring: bench.seal(keyring, place, b"x"), keyrings))

    assert len({envelopes.key_id(one) for one in sealed}) == 1
    keys = module_as_role(SUPERUSER).execute(
        "select count(*) from keys.data_key where org_id = %s", [place.org_id]
    )
    assert keys.fetchone() == (1,)


def test_fields_of_many_subjects_are_sealed_and_opened_together(bench: Bench, org_id: OrgId) -> None:
    keyring = bench.keyring()
    subjects = [None, *(str(uuid.uuid4()) for _ in range(3))]
    fields = [
        Plain(Place(org_id, "t", "c", str(n)), b"%d" % n, subjects[n % len(subjects)]) for n in range(20)
    ]

    with bench.within(org_id) as tx:
        sealed = keyring.seal_many(tx, org_id, fields)
        opened = keyring.open_many(
            tx,
            org_id,
            [Sealed(one.place, what, one.subject_id) for one, what in zip(fields, sealed, strict=True)],
        )

    assert opened == [one.plain for one in fields]
    assert len({envelopes.key_id(one) for one in sealed}) == len(subjects)


def test_a_key_is_not_used_beyond_its_cap_and_the_next_version_follows(
    bench: Bench, place: Place, module_as_role: Connect
) -> None:
    first = bench.seal(bench.keyring(), place, b"x")
    superuser = module_as_role(SUPERUSER)
    superuser.execute(
        "update keys.data_key set sealed_count = %s where org_id = %s", [CAP - BLOCK - 1, place.org_id]
    )
    keyring = bench.keyring()

    with bench.within(OrgId(place.org_id)) as tx:
        sealed = keyring.seal_many(tx, OrgId(place.org_id), [Plain(place, b"x")] * (BLOCK + 2))

    counts = superuser.execute(
        "select version, state, sealed_count from keys.data_key where org_id = %s order by version",
        [place.org_id],
    ).fetchall()
    assert [one[:2] for one in counts] == [(1, "opens-only"), (2, "active")]
    assert counts[0][2] <= CAP
    assert {envelopes.key_id(one) for one in sealed}.isdisjoint({envelopes.key_id(first)})
    assert bench.open(keyring, place, first) == b"x"


def test_the_database_refuses_a_count_above_the_cap(
    bench: Bench, place: Place, module_as_role: Connect
) -> None:
    sealed = bench.seal(bench.keyring(), place, b"x")
    org_id, key_id = OrgId(place.org_id), envelopes.key_id(sealed)
    module_as_role(SUPERUSER).execute(
        "update keys.data_key set sealed_count = %s where org_id = %s", [CAP - 2, org_id]
    )

    with bench.within(org_id) as tx:
        assert not data_keys.reserve(tx, org_id, key_id, 3)
        assert data_keys.reserve(tx, org_id, key_id, 2)
        assert not data_keys.reserve(tx, org_id, key_id, 1)


def test_no_message_is_sealed_that_was_not_counted_before(
    bench: Bench, place: Place, module_as_role: Connect
) -> None:
    keyrings = [bench.keyring() for _ in range(3)]

    for keyring in keyrings:
        for _ in range(5):
            bench.seal(keyring, place, b"x")
    with bench.within(OrgId(place.org_id)) as tx:
        keyrings[0].seal_many(tx, OrgId(place.org_id), [Plain(place, b"x")] * (3 * BLOCK))

    (count,) = module_as_role(SUPERUSER).execute(
        "select sum(sealed_count) from keys.data_key where org_id = %s", [place.org_id]
    ).fetchone() or (0,)
    assert 15 + 3 * BLOCK <= count <= 15 + 8 * BLOCK


def test_an_erased_subject_is_opened_by_nobody_and_gets_no_key_again(bench: Bench, place: Place) -> None:
    keyring, subject, org_id = bench.keyring(), str(uuid.uuid4()), OrgId(place.org_id)
    sealed = bench.seal(keyring, place, b"Ada", subject)
    assert bench.open(keyring, place, sealed, subject) == b"Ada"

    with bench.within(org_id) as tx:
        assert data_keys.erase_subject(tx, org_id, subject) == 1

    for whose in (keyring, bench.keyring()):
        with pytest.raises(ErasedError):
            bench.open(whose, place, sealed, subject)
        with pytest.raises(Refusal, match="erased") as refused:
            bench.seal(whose, place, b"Ada", subject)
        assert refused.value.code == "conflict"
    with bench.within(org_id) as tx:
        assert keyring.open_many(tx, org_id, [Sealed(place, sealed, subject)]) == [None]


def test_a_subject_that_never_had_a_key_is_erased_for_good_too(bench: Bench, place: Place) -> None:
    keyring, subject, org_id = bench.keyring(), str(uuid.uuid4()), OrgId(place.org_id)
    with bench.within(org_id) as tx:
        assert data_keys.erase_subject(tx, org_id, subject) == 0

    with pytest.raises(Refusal, match="erased"):
        bench.seal(keyring, place, b"Ada", subject)


def test_minting_for_an_erased_subject_is_refused_by_the_database(bench: Bench, place: Place) -> None:
    keyring, subject, org_id = bench.keyring(), str(uuid.uuid4()), OrgId(place.org_id)
    with bench.within(org_id) as tx:
        data_keys.erase_subject(tx, org_id, subject)

    with pytest.raises(Refusal, match="erased"):
        keyring.mint(org_id, subject, None)


def test_an_open_key_is_remembered_for_five_minutes_at_most() -> None:
    now = [1000.0]
    opened = OpenedKeys(life_s=10 * LONGEST_S, clock=lambda: now[0])
    opened.put(OrgId("org"), "key", bytes(32))

    now[0] += LONGEST_S - 1
    assert opened.get(OrgId("org"), "key") is not None
    now[0] += 1
    assert opened.get(OrgId("org"), "key") is None


def test_keys_and_fields_have_no_repr_and_are_in_no_log(
    bench: Bench, place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    keyring, plain = bench.keyring(), b"a-plain-field"
    caplog.set_level(logging.DEBUG)
    sealed = bench.seal(keyring, place, plain)
    secret = bytes(range(32))
    opened = OpenedKeys()
    shown = [
        opened.put(OrgId("org"), "key", secret),
        opened,
        keyring,
        Plain(place, plain),
        Sealed(place, sealed),
        vars(keyring),
        vars(opened),
    ]

    text = " ".join(map(repr, shown)) + caplog.text
    assert not any(part in text for part in (repr(plain)[2:-1], repr(secret)[2:10], secret.hex()[:16]))
