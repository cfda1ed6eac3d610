"""Attacks on what guards the log (V-20): a superuser changes it and leaves it so; a verification names the object.

The owner and the application get as far as `tests/attacks/definitions.py` and `rights.py` say: nowhere.
"""

import re
from dataclasses import dataclass

import pytest
from psycopg import sql

from support.sealed import Sealed

PAST_THE_FENCE = "set local event_triggers = off"


@dataclass(frozen=True, slots=True)
class Change:
    """What is changed, and what a verification says of it: a code, and a pattern of its sentence."""

    name: str
    steps: tuple[str, ...]
    code: str
    pattern: str


CHANGES = (
    Change(
        "the body of a routine",
        (
            PAST_THE_FENCE,
            (
                "create or replace function ledger.base64url(p_bytes bytea) returns text"
                " language sql stable strict parallel safe as $$ select 'forged' $$"
            ),
        ),
        "definition-differs",
        r"unexpected: function ledger\.base64url\(bytea\) [0-9a-f]{64}",
    ),
    Change(
        "the body of a routine, in the catalogue",
        (
            "set local allow_system_table_mods = on",
            "update pg_proc set prosrc = 'select null' where proname = 'note_commitment'",
        ),
        "definition-differs",
        r"unexpected: function ledger\.note_commitment\(bytea, text\)",
    ),
    Change(
        "a view",
        (
            PAST_THE_FENCE,
            (
                "create or replace view audit.leaf with (security_invoker = true) as"
                " select m.org_id, m.log_index, m.recorded_at, m.leaf_hash, m.entry from ledger.movement as m"
            ),
        ),
        "definition-differs",
        r"unexpected: view audit\.leaf ",
    ),
    Change(
        "a rule that swallows postings",
        (PAST_THE_FENCE, "create rule swallowed as on insert to ledger.movement do instead nothing"),
        "definition-differs",
        r"unexpected: rule swallowed on ledger\.movement",
    ),
    Change(
        "a child with rows of its own",
        (PAST_THE_FENCE, "create table public.child () inherits (ledger.movement)"),
        "definition-differs",
        r"unexpected: child public\.child of ledger\.movement",
    ),
    Change(
        "a parent whose rows may be changed",
        (
            PAST_THE_FENCE,
            "create table public.parent (org_id uuid not null)",
            "alter table ledger.movement inherit public.parent",
        ),
        "definition-differs",
        r"unexpected: child ledger\.movement of public\.parent",
    ),
    Change(
        "a trigger that is off",
        (
            "set local allow_system_table_mods = on",
            "update pg_trigger set tgenabled = 'D' where tgname = 'movement_is_append_only'",
        ),
        "rule-broken",
        r"every trigger fires always: movement_is_append_only on ledger\.movement",
    ),
    Change(
        "a trigger that is gone",
        (PAST_THE_FENCE, "drop trigger movement_row_is_append_only on ledger.movement"),
        "rule-broken",
        r"missing: always CREATE TRIGGER movement_row_is_append_only",
    ),
    Change(
        "a trigger of somebody's own",
        (
            PAST_THE_FENCE,
            "create function public.skim() returns trigger language plpgsql as $$ begin return new; end $$",
            "create trigger skim before insert on ledger.movement for each row execute function public.skim()",
            "alter table ledger.movement enable always trigger skim",
        ),
        "rule-broken",
        r"unexpected: always CREATE TRIGGER skim BEFORE INSERT ON ledger\.movement",
    ),
    Change(
        "a right to write",
        (PAST_THE_FENCE, "grant update on ledger.movement to velaurum_app"),
        "rule-broken",
        r"velaurum_app may update ledger\.movement",
    ),
    Change(
        "an owner",
        (PAST_THE_FENCE, "alter table ledger.movement owner to postgres"),
        "rule-broken",
        r"the owner owns the schemas of the product.*: ledger\.movement",
    ),
    Change(
        "row security",
        (PAST_THE_FENCE, "alter table ledger.movement no force row level security"),
        "rule-broken",
        r"ledger\.movement does not force it",
    ),
    Change(
        "a constraint",
        (PAST_THE_FENCE, "alter table ledger.movement drop constraint movement_leaf_hash_check"),
        "definition-differs",
        r"missing: constraint movement_leaf_hash_check on ledger\.movement",
    ),
    Change(
        "an index that keeps keys unique",
        (PAST_THE_FENCE, "drop index ledger.movement_reverses_id_key"),
        "definition-differs",
        r"missing: CREATE UNIQUE INDEX movement_reverses_id_key",
    ),
    Change(
        "the default that says the transaction",
        (PAST_THE_FENCE, "alter table audit.tile alter column xid drop default"),
        "definition-differs",
        r"missing: column audit\.tile\.xid xid8 default pg_current_xact_id\(\)",
    ),
    Change(
        "a table that a crash empties",
        (PAST_THE_FENCE, "alter table ledger.balance set unlogged"),
        "definition-differs",
        r"unexpected: relation ledger\.balance of kind r u",
    ),
    Change(
        "the fence", (PAST_THE_FENCE, "drop event trigger fence_command"), "rule-broken", r"fence_command"
    ),
    Change(
        "what the fence does",
        ("create or replace function fence.is_open() returns boolean language sql as $$ select true $$",),
        "definition-differs",
        r"unexpected: function fence\.is_open\(\)",
    ),
    Change(
        "sessions without triggers",
        (
            (
                "do $$ begin execute format('alter database %I set session_replication_role = replica',"
                " current_database()); end $$"
            ),
        ),
        "setting-differs",
        r"session_replication_role is replica",
    ),
    Change(
        "sessions without event triggers, for a role",
        (
            (
                "do $$ begin execute format('alter role postgres in database %I set event_triggers = off',"
                " current_database()); end $$"
            ),
        ),
        "setting-differs",
        r"event_triggers is off for postgres in",
    ),
    Change(
        "where the product's sessions find functions first",
        (
            (
                "do $$ begin execute format('alter role velaurum_app in database %I set search_path = public,"
                " pg_catalog', current_database()); end $$"
            ),
        ),
        "setting-differs",
        r"search_path is public, pg_catalog for velaurum_app in",
    ),
    Change(
        "a reference that is looked at no more",
        (
            "set local allow_system_table_mods = on",
            (
                "update pg_trigger set tgenabled = 'D' where tgisinternal"
                " and tgrelid = 'ledger.movement'::regclass"
            ),
        ),
        "rule-broken",
        r"every trigger fires always: RI_ConstraintTrigger_c_[0-9]+ on ledger\.movement",
    ),
)


@pytest.mark.parametrize("change", CHANGES, ids=[one.name for one in CHANGES])
def test_what_was_changed_is_named(change: Change, sealed: Sealed) -> None:
    with sealed.superuser() as connection, connection.transaction():
        for step in change.steps:
            connection.execute(sql.SQL(step))

    found = [one.detail for one in sealed.verdict().findings.kept if one.code == change.code]

    assert [said for said in found if re.search(change.pattern, said)], found
