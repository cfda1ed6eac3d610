"""Transactions that rewrite what is recorded, who gets through with each, and what a verification then says."""

from dataclasses import dataclass

from support.ledger_sql import OWNER, SUPERUSER
from support.sealed import FORGED, OFF, ON, forged_entry

EDIT = f"update ledger.movement set reference = '{FORGED}' where log_index = %(edited)s"
PAST_EVENT_TRIGGERS = ("set local event_triggers = off",)


@dataclass(frozen=True, slots=True)
class Rewriting:
    """Statements of one transaction, who gets through with them, and what a verification then says of which index."""

    name: str
    steps: tuple[str, ...]
    code: str
    passes: tuple[str, ...] = (SUPERUSER,)
    index: str = "edited"  # edited, first, last or none
    also: tuple[str, ...] = ()


REWRITINGS = (
    Rewriting("UPDATE", (EDIT,), "", passes=()),
    Rewriting("DELETE", ("delete from ledger.movement where log_index = %(edited)s",), "", passes=()),
    Rewriting("TRUNCATE", ("truncate ledger.movement cascade",), "", passes=()),
    Rewriting(
        "UPDATE as a replication role",
        ("set local session_replication_role = replica", EDIT),
        "",
        passes=(),
    ),
    Rewriting(
        "DISABLE TRIGGER, UPDATE, ENABLE TRIGGER",
        (
            "alter table ledger.movement disable trigger user",
            EDIT,
            "alter table ledger.movement enable always trigger movement_is_append_only",
        ),
        "",
        passes=(),
    ),
    Rewriting(
        "UPDATE pg_trigger, UPDATE, and back",
        (*OFF, EDIT, *ON),
        "entry-differs",
        also=("transaction-differs",),
    ),
    Rewriting(
        "event triggers off, DISABLE TRIGGER, UPDATE, ENABLE TRIGGER",
        (
            *PAST_EVENT_TRIGGERS,
            "alter table ledger.movement disable trigger movement_is_append_only",
            "alter table ledger.movement disable trigger movement_row_is_append_only",
            EDIT,
            "alter table ledger.movement enable always trigger movement_is_append_only",
            "alter table ledger.movement enable always trigger movement_row_is_append_only",
        ),
        "entry-differs",
        also=("transaction-differs",),
    ),
    Rewriting(
        "ALTER COLUMN TYPE USING another value",
        (
            *PAST_EVENT_TRIGGERS,
            "alter table ledger.movement alter column request_hash type bytea using sha256(request_hash)",
        ),
        "transaction-differs",
        index="first",
    ),
    Rewriting(
        "row and entry together",
        (*OFF, forged_entry("%(edited)s"), *ON),
        "checkpoint-differs",
        also=("tile-differs",),
    ),
    Rewriting(
        "row, entry and leaf, in the name of the first transaction",
        (
            *OFF,
            forged_entry("%(edited)s").replace("pg_current_xact_id()", "xid"),
            *ON,
        ),
        "transaction-differs",
        also=("checkpoint-differs", "tile-differs"),
    ),
    Rewriting(
        "DELETE past the triggers",
        (*OFF, "delete from ledger.movement where log_index = %(edited)s", *ON),
        "index-missing",
    ),
    Rewriting(
        "what was stated of a movement",
        (
            *OFF,
            "update ledger.movement set stated_quantity = 3, stated_unit = 'XCS' where log_index = %(edited)s",
            *ON,
        ),
        "entry-differs",
        also=("transaction-differs",),
    ),
    Rewriting(
        "a note",
        (*OFF, "update ledger.movement_note set sealed = sealed || 'x'", *ON),
        "note-differs",
        index="noted",
    ),
    Rewriting(
        "a record",
        (*OFF, "update catalog.item set name = 'Nail'", *ON),
        "record-differs",
        index="none",
    ),
    Rewriting(
        "what is personal of a record",
        (*OFF, "update identity.principal set name = 'Nobody'", *ON),
        "record-differs",
        index="none",
    ),
    Rewriting(
        "what is personal of a record, put in",
        (*OFF, "update catalog.item set description = 'by nobody'", *ON),
        "record-differs",
        index="none",
    ),
    Rewriting(
        "a record that is gone",
        (*OFF, "delete from catalog.item", *ON),
        "record-differs",
        index="none",
        also=("reference-missing",),
    ),
    Rewriting(
        "a change",
        (
            *OFF,
            """update audit.change set row_after = row_after || '{"name": "Nail"}' where subject = 'item'""",
            *ON,
        ),
        "entry-differs",
        index="none",
        also=("record-differs",),
    ),
    Rewriting(
        "a change that is gone",
        (*OFF, "delete from audit.change where subject = 'item'", *ON),
        "reference-missing",
        index="none",
        also=("entry-differs",),
    ),
    Rewriting(
        "a version that is gone",
        (*OFF, "delete from audit.version where subject = 'item'", *ON),
        "index-missing",
        index="none",
        also=("change-missing", "record-differs"),
    ),
    Rewriting(
        "a version of another record",
        (
            *OFF,
            "update audit.version set subject_id = org_id where subject = 'location'",
            *ON,
        ),
        "entry-differs",
        index="none",
        also=("record-differs",),
    ),
    Rewriting(
        "a personal value",
        (*OFF, "update audit.personal_value set value = 'Nobody'", *ON),
        "note-differs",
        index="none",
    ),
    Rewriting(
        "a balance",
        (
            "select set_config('velaurum.org', %(org_id)s, true)",
            "update ledger.balance set on_hand = on_hand + 1 where serial_id is null",
        ),
        "balance-differs",
        passes=(OWNER, SUPERUSER),
        index="none",
    ),
    Rewriting(
        "the head",
        ("select set_config('velaurum.org', %(org_id)s, true)", "update ledger.head set size = size + 1"),
        "head-differs",
        passes=(OWNER, SUPERUSER),
        index="none",
        also=("index-missing",),
    ),
    Rewriting(
        "INSERT past the routine",
        (
            "select set_config('velaurum.org', %(org_id)s, true)",
            (
                "insert into ledger.movement (org_id, log_index, id, kind, item_id, source_id, target_id, quantity,"
                " unit, target_seq, target_on_hand, occurred_at, recorded_at, actor_id, credential_id, request_id,"
                " idempotency_key, request_hash, entry, leaf_hash)"
                " select org_id, log_index + 1, gen_random_uuid(), kind, item_id, source_id, target_id, 9, unit,"
                " target_seq + 1, target_on_hand + 9, occurred_at, clock_timestamp(), actor_id, credential_id,"
                " request_id, 'forged', request_hash, entry, leaf_hash from ledger.movement"
                " where log_index = %(last)s"
            ),
        ),
        "entry-differs",
        passes=(OWNER, SUPERUSER),
        index="after",
        also=("head-differs", "balance-differs"),
    ),
    Rewriting(
        "an instant that was made up",
        (
            *OFF,
            (
                "update ledger.movement set xid = pg_current_xact_id(), recorded_at = recorded_at - interval '1 hour'"
                " where log_index = %(first)s"
            ),
            *ON,
        ),
        "commit-differs",
        index="first",
        also=("entry-differs",),
    ),
    Rewriting(
        "a tile",
        (
            *OFF,
            "update audit.tile set node_hashes = overlay(node_hashes placing '\\x00'::bytea from 33)",
            *ON,
        ),
        "tile-differs",
        index="second",
        also=("transaction-differs",),
    ),
    Rewriting("no tile", (*OFF, "delete from audit.tile", *ON), "tile-missing", index="zero"),
    Rewriting(
        "a checkpoint",
        (
            *OFF,
            "update audit.checkpoint set note = replace(note, '/org/', '/Org/') where size < 100",
            *ON,
        ),
        "checkpoint-unsigned",
        index="none",
        also=("transaction-differs",),
    ),
)
