"""Attacks on definitions: the tables, routines and triggers that make the ledger append-only."""

from attacks.attack import FENCE, FENCED_FROM_SUPERUSER, REFUSED_BY_FENCE, Attack


def _fenced(name: str, *steps: str) -> Attack:
    return Attack(name, steps, REFUSED_BY_FENCE)


DEFINITIONS = (
    _fenced(
        "DISABLE TRIGGER, then UPDATE",
        "alter table ledger.movement disable trigger user",
        "update ledger.movement set quantity = 1",
    ),
    _fenced(
        "ENABLE REPLICA TRIGGER",
        "alter table ledger.movement enable replica trigger movement_is_append_only",
    ),
    _fenced("DROP TRIGGER", "drop trigger movement_is_append_only on ledger.movement"),
    _fenced("DISABLE TRIGGER on actors", "alter table identity.principal disable trigger user"),
    _fenced(
        "ALTER COLUMN TYPE … USING",
        "alter table ledger.movement alter column request_hash type bytea using sha256(request_hash)",
    ),
    _fenced("ADD COLUMN", "alter table ledger.movement add column more text"),
    _fenced("DROP COLUMN", "alter table ledger.movement drop column quantity cascade"),
    _fenced("RENAME COLUMN", "alter table ledger.movement rename column source_id to target"),
    _fenced("SET DEFAULT", "alter table ledger.movement alter column quantity set default 1"),
    _fenced("DROP NOT NULL", "alter table ledger.movement alter column actor_id drop not null"),
    _fenced("SET UNLOGGED", "alter table ledger.decision set unlogged"),
    _fenced("DROP TABLE", "drop table ledger.movement cascade"),
    _fenced("DROP SCHEMA", "drop schema ledger cascade"),
    _fenced(
        "DROP CONSTRAINT", "alter table ledger.movement drop constraint movement_idempotency_key_key cascade"
    ),
    _fenced(
        "ADD CONSTRAINT … ON DELETE CASCADE",
        "alter table ledger.movement add foreign key (org_id, item_id) references catalog.item (org_id, id)"
        " on delete cascade",
    ),
    _fenced("DROP INDEX", "drop index ledger.movement_reverses_id_key"),
    Attack(
        "DROP INDEX CONCURRENTLY",
        ("drop index concurrently ledger.movement_reverses_id_key",),
        (FENCE, FENCE, FENCE),
        in_transaction=False,
    ),
    _fenced("CREATE INDEX", "create index on ledger.movement (org_id, kind)"),
    Attack(
        "CREATE INDEX CONCURRENTLY",
        ("create unique index concurrently only_one on ledger.movement (org_id)",),
        (FENCE, FENCE, FENCE),
        in_transaction=False,
    ),
    _fenced(
        "CREATE RULE DO INSTEAD NOTHING",
        "create rule swallow as on insert to ledger.movement do instead nothing",
    ),
    _fenced(
        "CREATE TRIGGER",
        "create trigger twist before insert on ledger.movement"
        " for each row execute function suppress_redundant_updates_trigger()",
    ),
    _fenced("CREATE TABLE … INHERITS", "create table ledger.child () inherits (ledger.movement)"),
    _fenced(
        "ALTER TABLE … INHERIT, as child",
        "create table ledger.child (like ledger.movement including all)",
        "alter table ledger.child inherit ledger.movement",
    ),
    Attack(
        "ALTER TABLE … INHERIT, as child in another schema",
        (
            "create table public.child (like ledger.movement including all)",
            "alter table public.child inherit ledger.movement",
        ),
        FENCED_FROM_SUPERUSER,
    ),
    Attack(
        "ALTER TABLE … INHERIT, as parent, then UPDATE",
        (
            "create table public.parent (like ledger.movement)",
            "alter table ledger.movement inherit public.parent",
            "update public.parent set quantity = 1",
        ),
        FENCED_FROM_SUPERUSER,
    ),
    Attack(
        "refer to movements from another table",
        (
            (
                "create table public.holder (org_id uuid, log_index bigint,"
                " foreign key (org_id, log_index) references ledger.movement)"
            ),
        ),
        FENCED_FROM_SUPERUSER,
    ),
    _fenced(
        "replace the posting routine",
        "create or replace function ledger.post_movements(p_org_id uuid, p_rows jsonb, p_atomic boolean)"
        " returns table (ord integer, status text, replayed boolean, problem jsonb,"
        " movement ledger.movement_answer) language sql as"
        " $$ select 1, 'posted', false, null::jsonb, null::ledger.movement_answer $$",
    ),
    _fenced(
        "replace a routine that the ledger uses",
        "create or replace function platform.instant(p_at timestamptz) returns text"
        " language sql stable strict parallel safe as $$ select '' $$",
    ),
    _fenced(
        "replace the trigger's routine",
        "create or replace function ledger.refuse_change() returns trigger"
        " language plpgsql as $$ begin return new; end $$",
    ),
    _fenced(
        "overload the posting routine",
        "create function ledger.post_movements(p_org_id uuid, p_rows json, p_atomic boolean)"
        " returns void language sql as ''",
    ),
    _fenced(
        "ALTER FUNCTION",
        "alter function ledger.post_movements(uuid, jsonb, boolean) security invoker",
    ),
    _fenced("DROP FUNCTION", "drop function ledger.post_movements(uuid, jsonb, boolean)"),
    _fenced(
        "CREATE OR REPLACE VIEW",
        "create or replace view ledger.movement_answer as"
        " select * from ledger.movement_answer where log_index > 0",
    ),
    _fenced("ALTER TYPE", "alter type ledger.intake add attribute more text"),
    _fenced("CREATE CAST", "create cast (jsonb as ledger.outcome) with inout as implicit"),
    _fenced("ALTER TABLE … RENAME", "alter table ledger.movement rename to movements"),
    _fenced("ALTER TABLE … SET SCHEMA", "alter table ledger.movement set schema catalog"),
    _fenced("ALTER SCHEMA … RENAME", "alter schema ledger rename to other"),
    _fenced("COMMENT", "comment on table ledger.movement is 'other'"),
    _fenced(
        "DDL inside a DO block",
        "do $$ begin execute 'alter table ledger.movement disable trigger user'; end $$",
    ),
    Attack(
        "DDL inside a function",
        (
            (
                "create function public.way_in() returns void language sql as"
                " 'alter table ledger.movement disable trigger user'"
            ),
            "select public.way_in()",
        ),
        FENCED_FROM_SUPERUSER,
    ),
    Attack(
        "DDL as a replication role",
        (
            "set local session_replication_role = replica",
            "alter table ledger.movement disable trigger user",
        ),
        FENCED_FROM_SUPERUSER,
    ),
    Attack(
        "keep movements out of dumps by an extension",
        ("alter extension plpgsql add table ledger.movement",),
        FENCED_FROM_SUPERUSER,
    ),
)
