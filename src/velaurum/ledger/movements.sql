-- name: post
-- Post movements; a row each, in the order of the request, with the movement that stands for it.
select
    o.ord, o.status, o.replayed, o.problem,
    (o.movement).id, (o.movement).log_index, (o.movement).kind, (o.movement).item_id, (o.movement).item_code,
    (o.movement).quantity, (o.movement).unit, (o.movement).source_id, (o.movement).source_code,
    (o.movement).source_on_hand, (o.movement).source_seq, (o.movement).target_id, (o.movement).target_code,
    (o.movement).target_on_hand, (o.movement).target_seq, (o.movement).occurred_at, (o.movement).recorded_at,
    (o.movement).actor_id, (o.movement).actor_kind, (o.movement).actor_name, (o.movement).idempotency_key,
    (o.movement).request_id, (o.movement).reference, (o.movement).reason, (o.movement).note,
    (o.movement).reverses_id, (o.movement).leaf_hash
from ledger.post_movements(%(org_id)s, %(rows)s::jsonb, %(atomic)s) as o;

-- name: get
select
    m.id, m.log_index, m.kind, m.item_id, m.item_code, m.quantity, m.unit, m.source_id, m.source_code,
    m.source_on_hand, m.source_seq, m.target_id, m.target_code, m.target_on_hand, m.target_seq, m.occurred_at,
    m.recorded_at, m.actor_id, m.actor_kind, m.actor_name, m.idempotency_key, m.request_id, m.reference, m.reason,
    m.note, m.reverses_id, m.leaf_hash
from ledger.movement_answer as m
where m.org_id = %(org_id)s and m.id = %(id)s;

-- name: list_page
-- The page is found in the ledger itself, and only its rows are dressed for the answer.
with page as (
    select l.log_index
    from ledger.movement as l
    where l.org_id = %(org_id)s
        and l.log_index >= %(from_size)s
        and l.log_index < %(to_size)s
        and (%(item_id)s::uuid is null or l.item_id = %(item_id)s)
        and (%(location_id)s::uuid is null or %(location_id)s in (l.source_id, l.target_id))
        and (%(kind)s::text is null or l.kind = %(kind)s)
        and (%(actor_id)s::uuid is null or l.actor_id = %(actor_id)s)
        and (%(occurred_until)s::timestamptz is null or l.occurred_at <= %(occurred_until)s)
    order by l.log_index desc
    limit %(limit)s
)

select
    m.id, m.log_index, m.kind, m.item_id, m.item_code, m.quantity, m.unit, m.source_id, m.source_code,
    m.source_on_hand, m.source_seq, m.target_id, m.target_code, m.target_on_hand, m.target_seq, m.occurred_at,
    m.recorded_at, m.actor_id, m.actor_kind, m.actor_name, m.idempotency_key, m.request_id, m.reference, m.reason,
    m.note, m.reverses_id, m.leaf_hash
from page as p
inner join ledger.movement_answer as m on p.log_index = m.log_index
where m.org_id = %(org_id)s
order by m.log_index desc;
