-- What answers show of a movement: codes beside ids, quantities without trailing zeros, instants in UTC. A place of a
-- department that the session does not reach has no code here. A note is an envelope, which opens outside alone; `note`
-- has what is from before notes were sealed. Codes of lots and serials are asked for apart: with more tables to join,
-- the planner would read every movement and then join the few that are wanted.
create or replace view ledger.movement_answer with (security_invoker = true) as
select
    m.org_id,
    m.log_index,
    m.id,
    m.kind,
    m.item_id,
    i.code as item_code,
    trim_scale(m.quantity)::text as quantity,
    m.unit,
    m.source_id,
    s.code as source_code,
    trim_scale(m.source_on_hand)::text as source_on_hand,
    m.source_seq,
    m.target_id,
    t.code as target_code,
    trim_scale(m.target_on_hand)::text as target_on_hand,
    m.target_seq,
    platform.instant(m.occurred_at) as occurred_at,
    platform.instant(m.recorded_at) as recorded_at,
    m.actor_id,
    p.kind as actor_kind,
    p.name as actor_name,
    m.credential_id,
    m.request_id,
    m.idempotency_key,
    m.reference,
    m.reason,
    n.note,
    m.reverses_id,
    'sha256:' || encode(m.leaf_hash, 'hex') as leaf_hash,
    s.sub_org_id as source_sub_org_id,
    not s.holds_stock as source_is_shared,
    t.sub_org_id as target_sub_org_id,
    not t.holds_stock as target_is_shared,
    m.approval_id,
    n.sealed as note_sealed,
    trim_scale(m.stated_quantity)::text as stated_quantity,
    m.stated_unit,
    m.lot_id,
    case when m.lot_id is not null then (
        select k.code from catalog.lot as k
        where k.org_id = m.org_id and k.id = m.lot_id
    ) end as lot_code,
    m.serial_id,
    case when m.serial_id is not null then (
        select o.code from catalog.serial as o
        where o.org_id = m.org_id and o.id = m.serial_id
    ) end as serial_code,
    case when m.source_seq is not null then coalesce(m.source_status, 'available') end as source_status,
    case when m.target_seq is not null then coalesce(m.target_status, 'available') end as target_status
from ledger.movement as m
inner join catalog.item as i on m.org_id = i.org_id and m.item_id = i.id
left join catalog.location as s on m.org_id = s.org_id and m.source_id = s.id
left join catalog.location as t on m.org_id = t.org_id and m.target_id = t.id
inner join identity.principal as p on m.org_id = p.org_id and m.actor_id = p.id
left join ledger.movement_note as n
    on m.note_commitment is not null and m.org_id = n.org_id and m.id = n.movement_id;
