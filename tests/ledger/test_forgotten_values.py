"""An erasure finds what changes kept of its person without reading every other change, as everybody waits (V-25)."""

import re
import uuid
from typing import Any

import psycopg
import pytest

from support.ledger_sql import APP, OWNER, SUPERUSER, Connect, Org, create_org
from support.plans import explained

MANY = 50_000
READ = (
    "select s.relname, s.seq_tup_read, s.idx_tup_fetch from pg_stat_xact_user_tables as s"
    " where s.relid in ('audit.change'::regclass, 'audit.personal_value'::regclass) order by s.relname"
)
CHANGED = (
    "insert into audit.change (org_id, id, at, actor_id, subject, subject_id, action, after, sv, row_after)"
    " select %(org)s, gen_random_uuid(), clock_timestamp(), %(actor)s, 'password',"
    " coalesce(%(whom)s::uuid, gen_random_uuid()), 'created', '{}', 1,"
    " jsonb_build_object('principal_id', gen_random_uuid()) from generate_series(1, %(count)s)"
)
KEPT = (
    "insert into audit.personal_value (org_id, change_id, name, salt, value)"
    " select c.org_id, c.id, 'login', sha256('salt'), 'somebody else' from audit.change as c"
    " where c.org_id = %s and c.subject = 'password' on conflict do nothing"
)


@pytest.fixture
def org(as_role: Connect) -> Org:
    return create_org(as_role(APP))


@pytest.fixture
def admin(org: Org, as_role: Connect) -> psycopg.Connection[Any]:
    connection = as_role(SUPERUSER)
    connection.execute(
        "select set_config('velaurum.org', %s, false), set_config('velaurum.sub_orgs', '*', false),"
        " set_config('velaurum.acting', %s, false)",
        [org.org_id, f"{{{org.actor_id},null,null}}"],
    )
    return connection


def person(admin: psycopg.Connection[Any], org: Org) -> str:
    """Make a person, of whom the first version keeps the name."""
    person_id = str(uuid.uuid4())
    admin.execute(
        "insert into identity.principal (org_id, id, kind, name, created_by) values (%s, %s, 'user', 'erased', %s)",
        [org.org_id, person_id, org.actor_id],
    )
    return person_id


def change(admin: psycopg.Connection[Any], org: Org, count: int, whom: str | None = None) -> None:
    """Add changes of records, each of another one or all of a person's own, that keep a text."""
    which = {"org": org.org_id, "actor": org.actor_id, "count": count, "whom": whom}
    admin.execute(CHANGED, which)
    admin.execute(KEPT, [org.org_id])


def test_an_erasure_reads_no_other_change_however_many_there_are(
    org: Org, admin: psycopg.Connection[Any]
) -> None:
    whom = person(admin, org)
    with admin.transaction(force_rollback=True):
        change(admin, org, MANY)
        change(admin, org, 2, whom)
        admin.execute("analyze audit.change, audit.personal_value")
        before = admin.execute(READ).fetchall()
        with explained(admin) as plans:
            admin.execute(f"set local role {OWNER}")
            (forgotten,) = admin.execute(
                "select erased_values from identity.forget_subject(%s, %s)", [org.org_id, whom]
            )
            admin.execute("reset role")
        after = admin.execute(READ).fetchall()

    (deleting,) = [one for one in plans if "delete from audit.personal_value" in one]
    assert forgotten == (3,)
    assert "Index Scan using change_subject_idx on change" in deleting
    assert [one for one in plans if re.search(r"Seq Scan on (change|personal_value)", one)] == []
    assert [now[1] - then[1] for then, now in zip(before, after, strict=True)] == [0, 0]
    assert all(0 < now[2] - then[2] < 20 for then, now in zip(before, after, strict=True))


def test_whatever_keeps_a_text_of_somebody_is_among_what_is_forgotten(
    admin: psycopg.Connection[Any],
) -> None:
    """A kind of record that names a principal, and commits to a text, is one that the routine looks for."""
    kinds = admin.execute(
        "select distinct 'identity.' || replace(s.subject, '-', '_') from platform.shape as s"
        " where s.columns ? 'principal_id' and exists ("
        " select from jsonb_each(s.columns) as x where x.value ->> 'kind' = 'personal') order by 1"
    ).fetchall()
    told = admin.execute(
        "select string_agg(p.prosrc, '') from pg_proc as p where p.oid in ("
        "'identity.records_of(uuid,uuid)'::regprocedure, 'identity.personal_records_of(uuid,uuid)'::regprocedure)"
    ).fetchone()
    found = set(re.findall(r"from (identity\.\w+) as", str(told)))

    assert {one for (one,) in kinds} == found - {"identity.principal"}
    assert "identity.password" in found


@pytest.mark.parametrize(
    "table", ["invitation", "passkey", "password", "provider_subject", "scim_user", "principal"]
)
def test_nothing_of_a_person_becomes_anothers_or_is_removed(
    admin: psycopg.Connection[Any], table: str
) -> None:
    """What the routine finds by ids of now has been theirs from its first version on."""
    written = admin.execute(
        "select p.oid::regprocedure::text from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace"
        " where n.nspname not like 'pg\\_%%' and (p.prosrc ~* %s or p.prosrc ~* %s)",
        [
            rf"delete\s+from\s+identity\.{table}\M",
            rf"update\s+identity\.{table}\M[^;]*\mset\M[^;]*\mprincipal_id\s*=[^;]*\mwhere\M",
        ],
    ).fetchall()

    assert written == []
