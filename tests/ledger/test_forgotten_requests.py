"""An erasure finds by what keys its person was made without reading every other decision, as everybody waits (V-25)."""

import uuid
from typing import Any

import psycopg
import pytest

from support.ledger_sql import APP, OWNER, SUPERUSER, Connect, Org, create_org

MANY = 120_000
READ = (
    "select coalesce(sum(s.seq_scan), 0), coalesce(sum(s.seq_tup_read), 0), coalesce(sum(s.idx_tup_fetch), 0)"
    " from pg_stat_xact_user_tables as s where s.relid = 'ledger.decision'::regclass"
)
DECIDED = (
    "insert into ledger.decision (org_id, idempotency_key, request_hash, outcome, record_id, actor_id, credential_id,"
    " request_id) select %(org)s, %(prefix)s || n, sha256('x'), 'created',"
    " coalesce(%(record)s::uuid, gen_random_uuid()), %(actor)s, %(credential)s, gen_random_uuid()"
    " from generate_series(1, %(count)s) as n"
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


def decide(admin: psycopg.Connection[Any], org: Org, prefix: str, record: str | None, count: int) -> None:
    admin.execute(
        DECIDED,
        {
            "org": org.org_id,
            "prefix": prefix,
            "record": record,
            "actor": org.actor_id,
            "credential": org.credential_id,
            "count": count,
        },
    )


def person(admin: psycopg.Connection[Any], org: Org) -> str:
    person_id = str(uuid.uuid4())
    admin.execute(
        "insert into identity.principal (org_id, id, kind, name, created_by) values (%s, %s, 'user', 'erased', %s)",
        [org.org_id, person_id, org.actor_id],
    )
    return person_id


def test_an_erasure_reads_no_other_decision_however_many_there_are(
    org: Org, admin: psycopg.Connection[Any]
) -> None:
    whom = person(admin, org)
    decide(admin, org, "other-", None, MANY)
    decide(admin, org, "theirs-", whom, 1)
    admin.execute("analyze ledger.decision")

    with admin.transaction():
        admin.execute(f"set local role {OWNER}")
        admin.execute("select * from identity.forget_subject(%s, %s)", [org.org_id, whom])
        scans, read, fetched = admin.execute(READ).fetchone() or (-1, -1, -1)

    forgotten = admin.execute(
        "select d.idempotency_key from ledger.decision as d where d.org_id = %s and d.request_hash <> sha256('x')",
        [org.org_id],
    ).fetchall()
    assert forgotten == [("theirs-1",)]
    assert (scans, read) == (0, 0)
    assert 0 < fetched < 10


def test_what_is_forgotten_of_a_person_is_what_the_walls_know_as_theirs(
    admin: psycopg.Connection[Any],
) -> None:
    """One routine tells whose a record is, another lists a person's: both know the same tables."""
    told = admin.execute(
        "select p.proname, array(select distinct m[1] from regexp_matches(p.prosrc, 'from (identity\\.\\w+)', 'g') as m"
        " order by 1) from pg_proc as p where p.oid in ('identity.records_of(uuid,uuid)'::regprocedure,"
        " 'identity.person_of(uuid,uuid)'::regprocedure)"
    ).fetchall()
    known = dict(told)

    assert known["records_of"] == known["person_of"]
    assert "identity.passkey" in known["records_of"]
