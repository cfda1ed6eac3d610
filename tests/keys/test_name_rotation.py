"""Names are sealed anew with their keys, and those from before for the first time; that is no entry (V-09)."""

from typing import Any

import psycopg
import pytest

from keys.conftest import Bench
from support.factors import enrolled
from support.ledger_sql import SUPERUSER, Connect
from velaurum.identity import seals
from velaurum.identity.factor_secrets import FactorSecrets
from velaurum.keys import person_names, sealed_texts
from velaurum.keys.data_key_rotation import DataKeyRotation
from velaurum.keys.keyring import Keyring
from velaurum.keys.sealed_texts import SealedText, Text
from velaurum.ops import key_rotations
from velaurum.tenancy.context import OrgId

Superuser = psycopg.Connection[Any]
_STORED = """
select p.name, v.value, v.salt, c.commitments ->> 'name', h.size
from identity.principal as p
inner join audit.change as c on c.subject_id = p.id and c.subject = 'principal'
inner join audit.personal_value as v on v.change_id = c.id
inner join ledger.head as h on h.org_id = p.org_id
where p.id = %s
"""


def _person(bench: Bench, org_id: OrgId, keyring: Keyring) -> str:
    return enrolled(bench.door, org_id, FactorSecrets(keyring, seals.load(bench.data_dir))).org.actor_id


def _rotate(bench: Bench, keyring: Keyring, org_id: OrgId) -> None:
    columns = key_rotations.columns(bench.data_dir, keyring)
    done = DataKeyRotation(bench.door, keyring, columns, rest_s=0).run(org_id)
    assert done.unreadable == []


def _opened(bench: Bench, keyring: Keyring, org_id: OrgId, whose: str, *sealed: str) -> list[Text]:
    asked = {n: SealedText(person_names.place(org_id, whose), one, whose) for n, one in enumerate(sealed)}
    with bench.within(org_id) as tx:
        texts, _ = sealed_texts.open_each(tx, org_id, keyring, asked)
    return [texts[n] for n in asked]


def _as_before(superuser: Superuser, whose: str, text: Text) -> None:
    """Put a name and its former one as they stood before names were sealed."""
    with superuser.transaction():
        superuser.execute("set local event_triggers = off")
        for table in ("identity.principal", "audit.personal_value"):
            superuser.execute(f"alter table {table} disable trigger user")
        superuser.execute("update identity.principal set name = %s where id = %s", [text.text, whose])
        superuser.execute(
            "update audit.personal_value as v set value = %s, salt = %s from audit.change as c"
            " where c.id = v.change_id and c.subject = 'principal' and c.subject_id = %s",
            [text.text, text.salt, whose],
        )
        for table in ("identity.principal", "audit.personal_value"):
            for (name,) in superuser.execute(
                "select tgname from pg_trigger where tgrelid = %s::regclass and not tgisinternal", [table]
            ).fetchall():
                superuser.execute(f"alter table {table} enable always trigger {name}")


@pytest.mark.parametrize("is_from_before", [False, True])
def test_a_name_is_sealed_anew_and_commits_to_what_it_did(
    bench: Bench, org_id: OrgId, module_as_role: Connect, *, is_from_before: bool
) -> None:
    keyring, superuser = bench.keyring(), module_as_role(SUPERUSER)
    whose = _person(bench, org_id, keyring)
    name, value, _, committed, size = superuser.execute(_STORED, [whose]).fetchone()
    (text, _) = _opened(bench, keyring, org_id, whose, name, value)
    if is_from_before:
        _as_before(superuser, whose, text)

    _rotate(bench, keyring, org_id)

    now, former, salt, still_committed, still_size = superuser.execute(_STORED, [whose]).fetchone()
    assert now not in (name, text.text)
    assert former not in (value, text.text)
    assert (salt, still_committed, still_size) == (None, committed, size)
    assert now[4:48] == former[4:48] == committed
    assert _opened(bench, bench.keyring(), org_id, whose, now, former) == [text, text]


def test_no_routine_puts_another_commitment_in_place(
    bench: Bench, org_id: OrgId, module_as_role: Connect
) -> None:
    keyring, superuser = bench.keyring(), module_as_role(SUPERUSER)
    whose = _person(bench, org_id, keyring)
    name, value, *_ = superuser.execute(_STORED, [whose]).fetchone()
    with bench.within(org_id) as tx:
        other = sealed_texts.seal(tx, org_id, keyring, person_names.place(org_id, whose), "Grace", whose)

    (change,) = superuser.execute(
        "select id::text from audit.change where subject = 'principal' and subject_id = %s", [whose]
    ).fetchone()
    superuser.execute(
        "select set_config('velaurum.org', %s, false), set_config('velaurum.sub_orgs', '*', false)", [org_id]
    )
    for call, given in (
        ("identity.seal_name(%s, %s, %s, %s)", [org_id, whose, name, other]),
        ("audit.seal_value(%s, %s, 'name', %s, %s)", [org_id, change, value, other]),
    ):
        assert superuser.execute(f"select {call}", given).fetchone() == (False,)
    with pytest.raises(psycopg.Error, match="append-only"):
        superuser.execute("update audit.personal_value set value = %s where change_id = %s", [other, change])
