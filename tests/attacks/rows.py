"""Attacks on rows: what stands in the ledger is changed, removed or forged."""

from attacks.attack import (
    CONSTRAINT,
    GOES_THROUGH,
    NO_RIGHT,
    REFUSED_BY_TRIGGER,
    ROW_SECURITY,
    SUPERUSER_ONLY,
    TRIGGER,
    Attack,
)
from attacks.identity import AS_OPERATOR

_LOG = "the signed log: the row's entry no longer gives the hash in the log"
_RECOUNT = "recounting: balances and heads have to follow from the movements"
_NOT_REFUSED = (NO_RIGHT, GOES_THROUGH, GOES_THROUGH)

_FORGED = """
insert into ledger.movement
select (jsonb_populate_record(m, jsonb_build_object(
    'log_index', 1000, 'id', gen_random_uuid(), 'idempotency_key', 'forged', 'quantity', 1000
))).*
from ledger.movement as m where m.source_seq is null and m.target_seq = 1
"""
_FORGED_STANDS = "select exists (select from ledger.movement as m where m.idempotency_key = 'forged')"

ROWS = (
    Attack("UPDATE a movement", ("update ledger.movement set quantity = quantity + 1",), REFUSED_BY_TRIGGER),
    Attack(
        "UPDATE that meets no row",
        ("update ledger.movement set quantity = 1 where false",),
        REFUSED_BY_TRIGGER,
    ),
    Attack("DELETE a movement", ("delete from ledger.movement",), REFUSED_BY_TRIGGER),
    Attack(
        "TRUNCATE movements",
        (
            (
                "truncate ledger.movement, ledger.movement_note, ledger.reservation, jobs.integration_job,"
                " jobs.integration_step"
            ),
        ),
        REFUSED_BY_TRIGGER,
    ),
    Attack("TRUNCATE the organisations CASCADE", ("truncate tenancy.org cascade",), REFUSED_BY_TRIGGER),
    Attack(
        "INSERT … ON CONFLICT DO UPDATE",
        (
            (
                "insert into ledger.movement select * from ledger.movement"
                " on conflict (org_id, log_index) do update set quantity = 1"
            ),
        ),
        REFUSED_BY_TRIGGER,
    ),
    Attack(
        "MERGE",
        (
            (
                "merge into ledger.movement as m using (values (1)) as v (i) on m.target_seq = v.i"
                " when matched then update set quantity = 1"
            ),
        ),
        REFUSED_BY_TRIGGER,
    ),
    Attack(
        "UPDATE through a view",
        (
            "create view public.way_in as select * from ledger.movement",
            "update public.way_in set quantity = 1",
        ),
        (NO_RIGHT, NO_RIGHT, TRIGGER),
    ),
    Attack(
        "MERGE through a view",
        (
            "create view public.way_in as select * from ledger.movement",
            (
                "merge into public.way_in as m using (values (1)) as v (i) on m.target_seq = v.i"
                " when matched then delete"
            ),
        ),
        (NO_RIGHT, NO_RIGHT, TRIGGER),
    ),
    Attack(
        "UPDATE inside a DO block",
        ("do $$ begin update ledger.movement set quantity = 1; end $$",),
        REFUSED_BY_TRIGGER,
    ),
    Attack(
        "UPDATE as a replication role",
        ("set local session_replication_role = replica", "update ledger.movement set quantity = 1"),
        (NO_RIGHT, NO_RIGHT, TRIGGER),
    ),
    Attack(
        "SELECT … FOR UPDATE",
        ("select from ledger.movement for update",),
        _NOT_REFUSED,
        caught_by="nothing to catch: a lock changes no row and ends with its transaction",
    ),
    Attack(
        "DELETE the item of a movement",
        ("delete from catalog.item",),
        (NO_RIGHT, CONSTRAINT, CONSTRAINT),
    ),
    Attack("UPDATE a decision", ("update ledger.decision set outcome = 'refused'",), REFUSED_BY_TRIGGER),
    Attack("DELETE a decision", ("delete from ledger.decision",), REFUSED_BY_TRIGGER),
    Attack("UPDATE a note", ("update ledger.movement_note set sealed = 'other'",), REFUSED_BY_TRIGGER),
    Attack(
        "DELETE a note",
        ("delete from ledger.movement_note",),
        _NOT_REFUSED,
        "select not exists (select from ledger.movement_note)",
        "allowed for erasure; the movement keeps the note's commitment, so the gap shows",
    ),
    Attack("DELETE a balance", ("delete from ledger.balance",), REFUSED_BY_TRIGGER),
    Attack("DELETE a head", ("delete from ledger.head",), REFUSED_BY_TRIGGER),
    Attack("DELETE an actor", ("delete from identity.principal",), REFUSED_BY_TRIGGER),
    Attack(
        "UPDATE a balance",
        ("update ledger.balance set on_hand = 1000000",),
        _NOT_REFUSED,
        "select exists (select from ledger.balance as b where b.on_hand = 1000000)",
        _RECOUNT,
    ),
    Attack(
        "UPDATE a head",
        ("update ledger.head set size = 0",),
        _NOT_REFUSED,
        "select not exists (select from ledger.head as h where h.size > 0)",
        _RECOUNT,
    ),
    Attack(
        "UPDATE the code of an item, saying nothing",
        ("update catalog.item set code = 'OTHER'",),
        REFUSED_BY_TRIGGER,
    ),
    Attack(
        "UPDATE the code of an item in somebody's name",
        (
            AS_OPERATOR,
            "update catalog.item set code = 'OTHER' where org_id = current_setting('velaurum.org')::uuid",
        ),
        _NOT_REFUSED,
        "select exists (select from catalog.item_history as h where h.code = 'OTHER' and h.change_action = 'changed')",
        "the log: a version that cannot be taken away says what the code was before, and whose name was used",
    ),
    Attack(
        "INSERT a forged movement",
        (_FORGED,),
        _NOT_REFUSED,
        _FORGED_STANDS,
        "the signed log: the row has no place in it",
    ),
    Attack(
        "COPY a forged movement FROM a client",
        (
            (
                "copy ledger.movement (org_id, log_index, id, kind, item_id, source_id, target_id, quantity, unit,"
                " occurred_at, recorded_at, actor_id, credential_id, request_id, idempotency_key, request_hash,"
                " entry, leaf_hash) from stdin"
            ),
        ),
        (NO_RIGHT, ROW_SECURITY, GOES_THROUGH),
        _FORGED_STANDS,
        "the signed log: the row has no place in it",
        rows="\t".join(
            (
                "00000000-0000-4000-8000-000000000001",
                "0",
                "00000000-0000-4000-8000-000000000002",
                "receipt",
                *(f"00000000-0000-4000-8000-00000000000{n}" for n in (3, 4, 5)),
                "1000",
                "EA",
                *["2026-01-01T00:00:00Z"] * 2,
                *["00000000-0000-4000-8000-000000000006"] * 3,
                "forged",
                r"\\x" + "00" * 32,
                r"\\x",
                r"\\x6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            )
        )
        + "\n",
    ),
    Attack(
        "post in the name of another actor",
        (
            (
                "select * from ledger.post_movements(current_setting('velaurum.org')::uuid,"
                " (select jsonb_build_array(jsonb_build_object('ord', 1, 'idempotency_key', 'forged',"
                " 'kind', 'receipt', 'item_code', 'BOLT', 'source_code', 'SUPPLIER', 'target_code', 'A',"
                " 'quantity', '1', 'actor_id', t.principal_id, 'credential_id', t.id,"
                " 'request_id', gen_random_uuid())) from identity.token as t"
                " where t.org_id = current_setting('velaurum.org')::uuid), false)"
            ),
        ),
        (GOES_THROUGH, GOES_THROUGH, GOES_THROUGH),
        _FORGED_STANDS,
        "the person named: a stolen credential of the application can add rows, and change none",
    ),
    Attack(
        "shadow a table with a temporary one",
        (
            "create temporary table pg_class (like pg_catalog.pg_class)",
            "alter table ledger.movement disable trigger user",
        ),
        (NO_RIGHT, NO_RIGHT, "fence"),
    ),
    Attack(
        "UPDATE pg_trigger, then a movement",
        (
            "set local allow_system_table_mods = on",
            (
                "update pg_catalog.pg_trigger set tgenabled = 'D'"
                " where tgrelid = 'ledger.movement'::regclass and not tgisinternal"
            ),
            # The trigger is forgotten when the description of its table is read anew.
            "update pg_catalog.pg_class set relname = relname where oid = 'ledger.movement'::regclass",
            "update ledger.movement set quantity = 1000",
        ),
        SUPERUSER_ONLY,
        "select exists (select from ledger.movement as m where m.quantity = 1000)",
        _LOG,
    ),
)
