-- name: post
-- Post movements; a row each, in the order of the request, with the movement that stands for it.
-- cross-sub-org: the routine judges each row by its own credential, in the departments that it reaches.
select
    o.ord, o.status, o.replayed, o.problem,
    (o.movement).id, (o.movement).log_index, (o.movement).kind, (o.movement).item_id, (o.movement).item_code,
    (o.movement).quantity, (o.movement).unit, (o.movement).source_id, (o.movement).source_code,
    (o.movement).source_on_hand, (o.movement).source_seq, (o.movement).target_id, (o.movement).target_code,
    (o.movement).target_on_hand, (o.movement).target_seq, (o.movement).occurred_at, (o.movement).recorded_at,
    (o.movement).actor_id, (o.movement).actor_kind, (o.movement).actor_name, (o.movement).idempotency_key,
    (o.movement).request_id, (o.movement).reference, (o.movement).reason,
    (o.movement).reverses_id, (o.movement).approval_id, (o.movement).leaf_hash,
    (o.movement).stated_quantity, (o.movement).stated_unit, (o.movement).lot_id, (o.movement).lot_code,
    (o.movement).serial_id, (o.movement).serial_code, (o.movement).source_status, (o.movement).target_status,
    (o.movement).note_sealed is not null or (o.movement).note is not null as has_note
from tenancy.enter_lane(%(org_id)s) as e
cross join lateral ledger.post_movements(e.org_id, %(rows)s::jsonb, %(atomic)s) as o;

-- name: get
-- A place of a department out of reach has an id only; a movement is there when one of its places is within reach. Of
-- who is restricted neither name nor note leaves the database here.
select
    m.id, m.log_index, m.kind, m.item_id, m.item_code, m.quantity, m.unit, m.source_id,
    case when r.source then m.source_code end as source_code,
    case when r.source then m.source_on_hand end as source_on_hand,
    case when r.source then m.source_seq end as source_seq,
    m.target_id,
    case when r.target then m.target_code end as target_code,
    case when r.target then m.target_on_hand end as target_on_hand,
    case when r.target then m.target_seq end as target_seq,
    m.occurred_at, m.recorded_at, m.actor_id, m.actor_kind,
    case when r.is_restricted then m.actor_id::text else m.actor_name end as actor_name,
    m.idempotency_key, m.request_id, m.reference, m.reason,
    case when not r.is_restricted then m.note end as note,
    case when not r.is_restricted then m.note_sealed end as note_sealed,
    m.reverses_id, m.approval_id, m.leaf_hash, m.stated_quantity, m.stated_unit, m.lot_id, m.lot_code, m.serial_id,
    m.serial_code,
    case when r.source then m.source_status end as source_status,
    case when r.target then m.target_status end as target_status,
    m.note_sealed is not null or m.note is not null as has_note, r.is_restricted
from ledger.movement_answer as m
cross join lateral (
    select
        tenancy.reaches(%(sub_org_ids)s, m.source_sub_org_id, m.source_is_shared) as source,
        tenancy.reaches(%(sub_org_ids)s, m.target_sub_org_id, m.target_is_shared) as target,
        m.actor_id in (select identity.restricted(%(org_id)s)) as is_restricted
) as r
where m.org_id = %(org_id)s and m.id = %(id)s
    and (
        %(sub_org_ids)s::uuid[] is null
        or m.source_sub_org_id = any(%(sub_org_ids)s::uuid[])
        or m.target_sub_org_id = any(%(sub_org_ids)s::uuid[])
    );

-- name: list_page
-- The page is found in the ledger itself, and only its rows are dressed for the answer, as one alone is.
with page as (
    select l.log_index
    from ledger.movement as l
    where l.org_id = %(org_id)s
        and l.log_index >= %(from_size)s
        and l.log_index < %(to_size)s
        and (%(item_id)s::uuid is null or l.item_id = %(item_id)s)
        and (%(location_id)s::uuid is null or %(location_id)s in (l.source_id, l.target_id))
        and (
            %(within_id)s::uuid is null
            or array[l.source_id, l.target_id] && (
                select catalog.within(%(org_id)s, %(within_id)s, %(sub_org_ids)s)
            )
        )
        and (%(lot_id)s::uuid is null or l.lot_id = %(lot_id)s)
        and (%(serial_id)s::uuid is null or l.serial_id = %(serial_id)s)
        and (%(kind)s::text is null or l.kind = %(kind)s)
        and (%(actor_id)s::uuid is null or l.actor_id = %(actor_id)s)
        and (%(occurred_until)s::timestamptz is null or l.occurred_at <= %(occurred_until)s)
        and (%(sub_org_ids)s::uuid[] is null or exists (
            select from catalog.location as c
            where c.org_id = %(org_id)s
                and c.id in (l.source_id, l.target_id)
                and c.sub_org_id = any(%(sub_org_ids)s::uuid[])
        ))
    order by l.log_index desc
    limit %(limit)s
)

select
    m.id, m.log_index, m.kind, m.item_id, m.item_code, m.quantity, m.unit, m.source_id,
    case when r.source then m.source_code end as source_code,
    case when r.source then m.source_on_hand end as source_on_hand,
    case when r.source then m.source_seq end as source_seq,
    m.target_id,
    case when r.target then m.target_code end as target_code,
    case when r.target then m.target_on_hand end as target_on_hand,
    case when r.target then m.target_seq end as target_seq,
    m.occurred_at, m.recorded_at, m.actor_id, m.actor_kind,
    case when r.is_restricted then m.actor_id::text else m.actor_name end as actor_name,
    m.idempotency_key, m.request_id, m.reference, m.reason,
    case when not r.is_restricted then m.note end as note,
    case when not r.is_restricted then m.note_sealed end as note_sealed,
    m.reverses_id, m.approval_id, m.leaf_hash, m.stated_quantity, m.stated_unit, m.lot_id, m.lot_code, m.serial_id,
    m.serial_code,
    case when r.source then m.source_status end as source_status,
    case when r.target then m.target_status end as target_status,
    m.note_sealed is not null or m.note is not null as has_note, r.is_restricted
from page as p
inner join ledger.movement_answer as m on p.log_index = m.log_index
cross join lateral (
    select
        tenancy.reaches(%(sub_org_ids)s, m.source_sub_org_id, m.source_is_shared) as source,
        tenancy.reaches(%(sub_org_ids)s, m.target_sub_org_id, m.target_is_shared) as target,
        m.actor_id in (select identity.restricted(%(org_id)s)) as is_restricted
) as r
where m.org_id = %(org_id)s
order by m.log_index desc;
