-- name: between
-- cross-sub-org: the log is the whole organisation's. No routine of the product stands between the rows and who checks
-- them. A transaction's own time of commit is known where the server keeps it.
select
    m.org_id,
    m.log_index,
    m.id,
    m.kind,
    m.item_id,
    m.source_id,
    m.target_id,
    round(m.quantity, 9)::text as quantity,
    m.unit,
    round(m.stated_quantity, 9)::text as stated_quantity,
    m.stated_unit,
    m.source_seq,
    round(m.source_on_hand, 9)::text as source_on_hand,
    m.target_seq,
    round(m.target_on_hand, 9)::text as target_on_hand,
    m.lot_id,
    m.serial_id,
    m.source_status,
    m.target_status,
    to_char(m.occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as occurred_at,
    to_char(m.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as recorded_at,
    m.actor_id,
    p.kind as actor_kind,
    m.credential_id,
    m.request_id,
    m.idempotency_key,
    m.reference,
    m.reason,
    m.reverses_id,
    m.approval_id,
    m.note_commitment,
    n.salt as note_salt,
    n.note,
    m.entry,
    m.leaf_hash,
    m.xid::text as xid,
    m.xmin::text as xmin,
    m.xid::xid = m.xmin as is_as_written,
    case when current_setting('track_commit_timestamp') = 'on' then
        extract(epoch from pg_xact_commit_timestamp(m.xmin) - m.recorded_at)::float8
    end as committed_after_s,
    case when current_setting('track_commit_timestamp') = 'on' and m.xid::xid <> m.xmin then
        pg_xact_commit_timestamp(m.xid::xid) = pg_xact_commit_timestamp(m.xmin)
    end as is_of_one_commit
from ledger.movement as m
left join identity.principal as p on m.org_id = p.org_id and m.actor_id = p.id
left join ledger.movement_note as n on m.org_id = n.org_id and m.id = n.movement_id
where m.org_id = %(org_id)s and m.log_index >= %(from_index)s and m.log_index < %(to_index)s
order by m.log_index;

-- name: next_index
-- cross-sub-org: the log is the whole organisation's. The first indexes from one on that have a row.
select m.log_index
from ledger.movement as m
where m.org_id = %(org_id)s and m.log_index >= %(from_index)s
order by m.log_index
limit 2;

-- name: items
select i.id
from catalog.item as i
where i.org_id = %(org_id)s and i.id = any(%(ids)s);

-- name: places
-- cross-sub-org: every movement of the organisation is looked at.
select l.id, l.holds_stock
from catalog.location as l
where l.org_id = %(org_id)s and l.id = any(%(ids)s);

-- name: lots
select k.id, k.item_id
from catalog.lot as k
where k.org_id = %(org_id)s and k.id = any(%(ids)s);

-- name: serials
select k.id, k.item_id
from catalog.serial as k
where k.org_id = %(org_id)s and k.id = any(%(ids)s);

-- name: approvals
select r.id
from ledger.approval as r
where r.org_id = %(org_id)s and r.id = any(%(ids)s) and r.outcome = 'approved';

-- name: reversed
-- cross-sub-org: every movement of the organisation is looked at.
select
    m.id, m.log_index, m.kind, m.item_id, m.source_id, m.target_id, round(m.quantity, 9)::text as quantity, m.unit,
    round(m.stated_quantity, 9)::text as stated_quantity, m.stated_unit, m.lot_id, m.serial_id, m.source_status,
    m.target_status
from ledger.movement as m
where m.org_id = %(org_id)s and m.id = any(%(ids)s);

-- name: reversals
-- cross-sub-org: every movement of the organisation is looked at. What reverses these; each is there once.
select m.reverses_id
from ledger.movement as m
where m.org_id = %(org_id)s and m.reverses_id = any(%(ids)s);

-- name: decided
select d.idempotency_key
from ledger.decision as d
where d.org_id = %(org_id)s and d.idempotency_key = any(%(keys)s);
