"""Importing stock: the movements of an organisation that was exported, and what each stock key holds after them."""

MOVEMENTS = """
insert into ledger.movement (
    org_id, log_index, id, kind, item_id, source_id, target_id, quantity, unit, source_seq, source_on_hand, target_seq,
    target_on_hand, occurred_at, recorded_at, actor_id, credential_id, request_id, idempotency_key, request_hash,
    reference, reason, reverses_id, note_commitment, entry, leaf_hash, approval_id, stated_quantity, stated_unit,
    lot_id, serial_id, source_status, target_status
)
select
    %(org)s, (r ->> 'log_index')::bigint, (r ->> 'id')::uuid, r ->> 'kind', (r ->> 'item_id')::uuid,
    (r ->> 'source_id')::uuid, (r ->> 'target_id')::uuid, (r ->> 'quantity')::numeric, r ->> 'unit',
    (r ->> 'source_seq')::bigint, (r ->> 'source_on_hand')::numeric, (r ->> 'target_seq')::bigint,
    (r ->> 'target_on_hand')::numeric, (r ->> 'occurred_at')::timestamptz, (r ->> 'recorded_at')::timestamptz,
    (r ->> 'actor_id')::uuid, (r ->> 'credential_id')::uuid, (r ->> 'request_id')::uuid, r ->> 'idempotency_key',
    decode(r ->> 'request_hash', 'hex'), r ->> 'reference', r ->> 'reason', (r ->> 'reverses_id')::uuid,
    decode(r -> 'pii' ->> 'note', 'base64'), e.entry, sha256('\\x00'::bytea || e.entry), (r ->> 'approval_id')::uuid,
    (r ->> 'stated_quantity')::numeric, r ->> 'stated_unit', (r ->> 'lot_id')::uuid, (r ->> 'serial_id')::uuid,
    r ->> 'source_status', r ->> 'target_status'
from pg_temp.staged cross join lateral (select decode(r ->> 'entry', 'base64') as entry) as e
order by (r ->> 'log_index')::bigint
"""
BALANCES = """
insert into ledger.balance (org_id, item_id, location_id, lot_id, serial_id, status, on_hand, seq)
select distinct on (x.item_id, x.location_id, x.lot_id, x.serial_id, x.status)
    %(org)s, x.item_id, x.location_id, x.lot_id, x.serial_id, x.status, x.on_hand, x.seq
from (
    select
        m.item_id, m.source_id as location_id, m.lot_id, m.serial_id, m.source_status as status,
        m.source_on_hand as on_hand, m.source_seq as seq
    from ledger.movement as m where m.org_id = %(org)s and m.source_seq is not null
    union all
    select m.item_id, m.target_id, m.lot_id, m.serial_id, m.target_status, m.target_on_hand, m.target_seq
    from ledger.movement as m where m.org_id = %(org)s and m.target_seq is not null
) as x
order by x.item_id, x.location_id, x.lot_id, x.serial_id, x.status, x.seq desc
"""
