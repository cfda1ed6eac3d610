"""Transactions that rewrite what constraints and the routine hold together: each breaks one of them."""

from attacks.rewritings import PAST_EVENT_TRIGGERS, Rewriting
from support.sealed import OFF, ON

REWRITINGS_PAST_WALLS = (
    Rewriting(
        "the last row",
        (*OFF, "delete from ledger.movement where log_index = %(last)s", *ON),
        "checkpoint-beyond",
        index="none",
        also=("head-differs", "balance-differs", "behind-last-statement"),
    ),
    Rewriting(
        "an instant before that of the row before",
        (*OFF, "update ledger.movement set recorded_at = now() where log_index = %(edited)s", *ON),
        "entry-differs",
        also=("order-differs",),
    ),
    Rewriting(
        "a leaf without its constraint",
        (
            *OFF,  # first: a session remembers the triggers of a table that it has met
            *PAST_EVENT_TRIGGERS,
            "alter table ledger.movement drop constraint movement_leaf_hash_check",
            "update ledger.movement set leaf_hash = sha256(leaf_hash) where log_index = %(edited)s",
            *ON,
        ),
        "leaf-differs",
        also=("definition-differs",),
    ),
    Rewriting(
        "a movement without its balance",
        (
            *OFF,
            "update ledger.movement set (target_seq, target_on_hand) = (null, null) where log_index = %(edited)s",
            *ON,
        ),
        "stock-skipped",
        also=("seq-differs", "entry-differs"),
    ),
    Rewriting(
        "a movement from quarantine as if it were available",
        (
            *OFF,
            (
                "update ledger.movement set (source_status, target_status) = (null, null)"
                " where kind = 'transfer' and source_status = 'quarantine'"
            ),
            *ON,
        ),
        "balance-differs",
        index="none",
        also=("seq-differs", "on-hand-differs", "entry-differs"),
    ),
    Rewriting(
        "a balance of another status",
        (*OFF, "update ledger.balance set status = 'damaged' where status = 'quarantine'", *ON),
        "balance-differs",
        index="none",
    ),
    Rewriting(
        "a serial that comes where it is not",
        (
            *OFF,
            (
                "update ledger.movement set (kind, source_id, source_seq, source_on_hand) = ('receipt',"
                " (select l.id from catalog.location as l where l.code = 'SUPPLIER'), null, null)"
                " where kind = 'transfer' and serial_id is not null"
            ),
            *ON,
        ),
        "serial-doubled",
        index="none",
        also=("balance-differs", "entry-differs"),
    ),
    Rewriting(
        "two pieces of one serial",
        (
            *OFF,
            *PAST_EVENT_TRIGGERS,
            "alter table ledger.movement drop constraint movement_stock_key_check",
            "update ledger.movement set quantity = 2 where kind = 'transfer' and serial_id is not null",
            *ON,
        ),
        "stock-key-differs",
        index="none",
        also=("on-hand-differs", "entry-differs", "definition-differs"),
    ),
    Rewriting(
        "a lot of another item",
        (
            *OFF,
            "update catalog.lot set item_id = (select i.id from catalog.item as i where i.code = 'BOLT')",
            *ON,
        ),
        "stock-key-differs",
        index="none",
        also=("record-differs",),
    ),
    Rewriting(
        "a quantity that nobody stated",
        (
            *OFF,
            (
                "update ledger.movement set (stated_quantity, stated_unit) = (1, 'XCS')"
                " where log_index = %(edited)s"
            ),
            *ON,
        ),
        "conversion-differs",
        also=("entry-differs",),
    ),
    Rewriting(
        "a reversed movement",
        (
            *OFF,
            (
                "update ledger.movement set quantity = 4 where id = (select m.reverses_id from ledger.movement as m"
                " where m.kind = 'reversal')"
            ),
            *ON,
        ),
        "reversal-differs",
        index="none",
        also=("on-hand-differs",),
    ),
    Rewriting(
        "a second reversal",
        (
            *PAST_EVENT_TRIGGERS,
            "drop index ledger.movement_reverses_id_key",
            *OFF,
            (
                "update ledger.movement set (kind, reason, reverses_id) = ('reversal', 'again', (select m.reverses_id"
                " from ledger.movement as m where m.kind = 'reversal')) where log_index = %(last)s"
            ),
            *ON,
        ),
        "reversed-twice",
        index="none",
        also=("reversal-differs", "definition-differs"),
    ),
    Rewriting(
        "a key that was decided",
        (
            *OFF,
            (
                "insert into ledger.decision (org_id, idempotency_key, request_hash, outcome, problem, actor_id,"
                " credential_id, request_id) select org_id, idempotency_key, request_hash, 'refused',"
                """ '{"code": "conflict"}', actor_id, credential_id, request_id from ledger.movement"""
                " where log_index = %(edited)s"
            ),
            *ON,
        ),
        "key-repeated",
    ),
    Rewriting(
        "a version that follows none",
        (
            *OFF,
            (
                "update audit.version set previous_index = 0 where log_index = (select max(v.log_index)"
                " from audit.version as v)"
            ),
            *ON,
        ),
        "chain-differs",
        index="none",
        also=("entry-differs",),
    ),
    Rewriting(
        "what a change of a record says beside its version",
        (
            *OFF,
            (
                """update audit.change set after = after || '{"code": "OTHER"}', at = at - interval '1 day'"""
                " where id = (select v.change_id from audit.version as v where v.subject = 'item')"
            ),
            *ON,
        ),
        "transaction-differs",
        index="none",
    ),
    Rewriting(
        "a change that nobody made, as if from before the log",
        (
            *OFF,
            (
                "insert into audit.change (org_id, id, at, actor_id, subject, subject_id, action, after)"
                " select c.org_id, gen_random_uuid(), c.at - interval '1 day', c.actor_id, 'role', c.subject_id,"
                " 'created', '{}' from audit.change as c where c.subject = 'item'"
            ),
            *ON,
        ),
        "change-missing",
        index="none",
    ),
)
