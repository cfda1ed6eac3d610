"""Blind indexes: the same text is found again, by whoever has the organisation's key, and by nobody else (V-08)."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from keys.conftest import Bench
from support.keyrings import KeptInMemory
from support.ledger_sql import SUPERUSER, Connect
from velaurum.db import column_classes
from velaurum.errors import Refusal
from velaurum.keys import blind_indexes
from velaurum.keys.blind_indexes import LOGINS, SUBJECTS
from velaurum.keys.data_key_rotation import DataKeyRotation
from velaurum.keys.envelopes import EnvelopeError
from velaurum.keys.keyring import Keyring
from velaurum.keys.wrapping_key_rotation import WrappingKeyRotation
from velaurum.tenancy.context import OrgId


def _of(bench: Bench, keyring: Keyring, org_id: OrgId, text: str = "ada") -> bytes:
    with bench.within(org_id) as tx:
        return blind_indexes.of(tx, org_id, keyring, LOGINS, text)


def test_equal_texts_have_equal_indexes_in_one_column_of_one_organisation_alone(
    bench: Bench, org_id: OrgId, other_id: OrgId
) -> None:
    keyring = bench.keyring()
    with bench.within(org_id) as tx:
        made = [
            blind_indexes.of(tx, org_id, keyring, index, *text)
            for index, text in (
                (LOGINS, ("ada",)),
                (LOGINS, ("adb",)),
                (SUBJECTS, ("ada",)),
                (SUBJECTS, ("a", "da")),
                (SUBJECTS, ("ad", "a")),
            )
        ]
    made.append(_of(bench, keyring, other_id))

    assert {len(one) for one in made} == {32}
    assert len(set(made)) == len(made)
    assert _of(bench, bench.keyring(), org_id) == made[0], "another process finds it"


def test_many_at_once_make_one_key_and_who_looks_makes_none(
    bench: Bench, org_id: OrgId, module_as_role: Connect
) -> None:
    keyrings = [bench.keyring() for _ in range(4)]
    with bench.within(org_id) as tx:
        assert blind_indexes.sought(tx, org_id, keyrings[0], LOGINS, "ada") is None
    count = "select count(*) from keys.index_key where org_id = %s"
    assert module_as_role(SUPERUSER).execute(count, [org_id]).fetchone() == (0,)

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda keyring: _of(bench, keyring, org_id), keyrings))

    assert len(set(made)) == 1
    assert module_as_role(SUPERUSER).execute(count, [org_id]).fetchone() == (1,)
    with bench.within(org_id) as tx:
        assert blind_indexes.sought(tx, org_id, bench.keyring(), LOGINS, "ada") == made[0]


def test_a_key_outlives_whoever_made_it_and_did_not_commit(bench: Bench, org_id: OrgId) -> None:
    with bench.within(org_id) as tx, tx.connection.transaction(force_rollback=True):
        made = blind_indexes.of(tx, org_id, bench.keyring(), LOGINS, "ada")

    assert _of(bench, bench.keyring(), org_id) == made


def test_indexes_stay_through_every_rotation(bench: Bench, org_id: OrgId, module_as_role: Connect) -> None:
    before = _of(bench, bench.keyring(), org_id)
    superuser = module_as_role(SUPERUSER)
    envelope = superuser.execute("select sealed from keys.index_key where org_id = %s", [org_id]).fetchone()
    rotating = bench.keyring()

    wrapped = WrappingKeyRotation(bench.door, rotating, rest_s=0).run(org_id)
    sealed = DataKeyRotation(bench.door, rotating, [blind_indexes.sealed_column()], rest_s=0).run(org_id)

    assert (wrapped.wrapping_keys, sealed.rows, sealed.keys, sealed.unreadable) == (1, 1, 1, [])
    after = superuser.execute("select sealed from keys.index_key where org_id = %s", [org_id]).fetchone()
    assert after != envelope
    assert _of(bench, bench.keyring(), org_id) == before


def test_without_the_provider_nothing_is_found_and_a_key_that_is_open_goes_on(
    bench: Bench, org_id: OrgId
) -> None:
    provider = KeptInMemory()
    keyring = bench.keyring(providers=[provider])
    made = _of(bench, keyring, org_id)
    kept = dict(provider.keys)
    provider.keys.clear()

    assert _of(bench, keyring, org_id) == made
    with pytest.raises(Refusal) as refused, bench.within(org_id) as tx:
        blind_indexes.sought(tx, org_id, bench.keyring(providers=[provider]), LOGINS, "ada")
    assert refused.value.code == "key-unavailable"
    provider.keys |= kept
    assert _of(bench, bench.keyring(providers=[provider]), org_id) == made


def test_the_key_of_another_organisation_does_not_open_here(
    bench: Bench, org_id: OrgId, other_id: OrgId, module_as_role: Connect
) -> None:
    for one in (org_id, other_id):
        _of(bench, bench.keyring(), one)
    superuser = module_as_role(SUPERUSER)
    superuser.execute("set event_triggers = off")
    superuser.execute("alter table keys.index_key disable trigger sealed_is_under_a_living_key")
    superuser.execute(
        "update keys.index_key as k set sealed = x.sealed from keys.index_key as x"
        " where k.org_id = %s and x.org_id = %s",
        [org_id, other_id],
    )
    superuser.execute("alter table keys.index_key enable always trigger sealed_is_under_a_living_key")

    with pytest.raises(EnvelopeError):
        _of(bench, bench.keyring(), org_id)


def test_a_key_that_is_open_is_used_for_as_long_as_it_is_the_one_of_the_database(
    bench: Bench, org_id: OrgId, module_as_role: Connect
) -> None:
    keyring = bench.keyring()
    before = _of(bench, keyring, org_id)
    superuser = module_as_role(SUPERUSER)
    superuser.execute("set event_triggers = off")
    superuser.execute("alter table keys.index_key disable trigger user")
    # As a backup from before the first index has it.
    superuser.execute("delete from keys.index_key where org_id = %s", [org_id])
    for (name,) in superuser.execute(
        "select tgname from pg_trigger where tgrelid = 'keys.index_key'::regclass and not tgisinternal"
    ).fetchall():
        superuser.execute(f"alter table keys.index_key enable always trigger {name}")

    with bench.within(org_id) as tx:
        assert blind_indexes.sought(tx, org_id, keyring, LOGINS, "ada") is None
    after = _of(bench, bench.keyring(), org_id)

    assert after != before
    assert _of(bench, keyring, org_id) == after


def test_columns_of_indexes_are_those_that_are_listed() -> None:
    listed = {column for index in blind_indexes.ALL for column in index.held_in}
    classed = {
        f"{table.name}.{one.column}"
        for table in column_classes.shipped().tables.values()
        for one in table.personal
        if one.category == "index"
    }

    assert classed == listed
