-- name: on_hand
-- What each stock key held, in the order of the keys.
select
    b.item_id, i.code as item_code, i.unit, b.location_id, l.code as location_code, b.lot_id, k.code as lot_code,
    b.serial_id, s.code as serial_code, coalesce(b.status, 'available') as status,
    trim_scale(b.on_hand)::text as on_hand
from ledger.balances_at(
    %(org_id)s, %(item_id)s, %(location_id)s, %(lot_id)s, %(serial_id)s, %(status)s, %(size)s, %(effective_as_of)s,
    %(after_item_id)s, %(after_location_id)s, %(after_lot_id)s, %(after_serial_id)s, %(after_status)s, %(limit)s,
    %(sub_org_ids)s
) as b
inner join catalog.item as i on b.item_id = i.id
inner join catalog.location as l on b.location_id = l.id
left join catalog.lot as k on k.org_id = %(org_id)s and b.lot_id = k.id
left join catalog.serial as s on s.org_id = %(org_id)s and b.serial_id = s.id
where i.org_id = %(org_id)s and l.org_id = %(org_id)s
order by b.item_id, b.location_id, b.lot_id, b.serial_id, b.status;

-- name: stock_card
-- Each side of the movements of one item that is a stock key within reach, in log order, what was left before what was
-- reached; a change of status has both in one place. The page is found in the ledger itself, and only its rows are
-- dressed for the answer.
with leg as (
    select x.log_index, x.is_in, x.before
    from (
        (
            select m.log_index, false as is_in, m.source_on_hand + m.quantity as before
            from ledger.movement as m
            where m.org_id = %(org_id)s and m.item_id = %(item_id)s and m.source_seq is not null
                and (%(location_id)s::uuid is null or m.source_id = %(location_id)s)
                and (%(lot_id)s::uuid is null or m.lot_id = %(lot_id)s)
                and (%(serial_id)s::uuid is null or m.serial_id = %(serial_id)s)
                and (%(status)s::text is null or coalesce(m.source_status, 'available') = %(status)s)
                and m.log_index > %(after_index)s and m.log_index < %(to_size)s
                and (%(sub_org_ids)s::uuid[] is null or exists (
                    select from catalog.location as c
                    where c.org_id = %(org_id)s and c.id = m.source_id and c.sub_org_id = any(%(sub_org_ids)s::uuid[])
                ))
            order by m.log_index
            limit %(limit)s
        )
        union all
        (
            select m.log_index, true as is_in, m.target_on_hand - m.quantity as before
            from ledger.movement as m
            where m.org_id = %(org_id)s and m.item_id = %(item_id)s and m.target_seq is not null
                and (%(location_id)s::uuid is null or m.target_id = %(location_id)s)
                and (%(lot_id)s::uuid is null or m.lot_id = %(lot_id)s)
                and (%(serial_id)s::uuid is null or m.serial_id = %(serial_id)s)
                and (%(status)s::text is null or coalesce(m.target_status, 'available') = %(status)s)
                and m.log_index > %(after_index)s - case when %(after_is_in)s::boolean then 0 else 1 end
                and m.log_index < %(to_size)s
                and (%(sub_org_ids)s::uuid[] is null or exists (
                    select from catalog.location as c
                    where c.org_id = %(org_id)s and c.id = m.target_id and c.sub_org_id = any(%(sub_org_ids)s::uuid[])
                ))
            order by m.log_index
            limit %(limit)s
        )
    ) as x
    order by x.log_index, x.is_in
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
    m.note_sealed is not null or m.note is not null as has_note, r.is_restricted,
    g.is_in, trim_scale(g.before)::text as before
from leg as g
inner join ledger.movement_answer as m on g.log_index = m.log_index
cross join lateral (
    select
        tenancy.reaches(%(sub_org_ids)s, m.source_sub_org_id, m.source_is_shared) as source,
        tenancy.reaches(%(sub_org_ids)s, m.target_sub_org_id, m.target_is_shared) as target,
        m.actor_id in (select identity.restricted(%(org_id)s)) as is_restricted
) as r
where m.org_id = %(org_id)s
order by g.log_index, g.is_in;

-- name: movement_register
-- Movements in log order, as the list of movements has them.
with page as (
    select l.log_index
    from ledger.movement as l
    where l.org_id = %(org_id)s
        and l.log_index > %(after_index)s
        and l.log_index < %(to_size)s
        and (%(item_id)s::uuid is null or l.item_id = %(item_id)s)
        and (%(location_id)s::uuid is null or %(location_id)s in (l.source_id, l.target_id))
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
    order by l.log_index
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
order by m.log_index;

-- name: refusals
-- What was refused by the time of the last entry of a log of some size. A refusal is decided behind the head, later
-- than every entry before it, so that none comes to be there afterwards.
-- cross-sub-org: a key is the whole organisation's, and so is what was decided by it; departments may not ask.
select
    platform.instant(d.decided_at) as decided_at, d.problem ->> 'code' as code,
    d.problem ->> 'available' as available, d.problem ->> 'on_hand' as on_hand, d.problem ->> 'pointer' as pointer,
    d.idempotency_key, d.actor_id, p.kind as actor_kind,
    case
        when d.actor_id in (select identity.restricted(%(org_id)s)) then d.actor_id::text else p.name
    end as actor_name,
    d.credential_id, d.request_id
from ledger.decision as d
inner join identity.principal as p on d.actor_id = p.id
where d.org_id = %(org_id)s and p.org_id = %(org_id)s and d.outcome = 'refused'
    and d.decided_at <= (
        select x.recorded_at
        from audit.leaf as x
        where x.org_id = %(org_id)s and x.log_index = %(size)s - 1
    )
    and (d.decided_at, d.idempotency_key) > (%(after_at)s::timestamptz, %(after_key)s::text)
    and (%(decided_from)s::timestamptz is null or d.decided_at >= %(decided_from)s)
    and (%(decided_to)s::timestamptz is null or d.decided_at < %(decided_to)s)
    and (%(code)s::text is null or d.problem ->> 'code' = %(code)s)
    and (%(actor_id)s::uuid is null or d.actor_id = %(actor_id)s)
order by d.decided_at, d.idempotency_key
limit %(limit)s;

-- name: timeline
-- What was on hand after each movement that changed it, beginning with what was there before the first of the page. A
-- change of status changes nothing where all statuses are summed.
with step as (
    select
        m.log_index, m.id, m.kind, m.item_id, m.unit, m.occurred_at, m.recorded_at,
        case when r.is_target then m.quantity else -m.quantity end as change
    from ledger.movement as m
    cross join lateral (
        select
            m.source_seq is not null
            and (%(location_id)s::uuid is null or m.source_id = %(location_id)s)
            and (%(status)s::text is null or coalesce(m.source_status, 'available') = %(status)s)
            and (%(sub_org_ids)s::uuid[] is null or exists (
                select from catalog.location as c
                where c.org_id = %(org_id)s and c.id = m.source_id and c.sub_org_id = any(%(sub_org_ids)s::uuid[])
            )) as is_source,
            m.target_seq is not null
            and (%(location_id)s::uuid is null or m.target_id = %(location_id)s)
            and (%(status)s::text is null or coalesce(m.target_status, 'available') = %(status)s)
            and (%(sub_org_ids)s::uuid[] is null or exists (
                select from catalog.location as c
                where c.org_id = %(org_id)s and c.id = m.target_id and c.sub_org_id = any(%(sub_org_ids)s::uuid[])
            )) as is_target
    ) as r
    where m.org_id = %(org_id)s and m.item_id = %(item_id)s
        and (%(lot_id)s::uuid is null or m.lot_id = %(lot_id)s)
        and (%(serial_id)s::uuid is null or m.serial_id = %(serial_id)s)
        and m.log_index > %(after_index)s and m.log_index < %(to_size)s
        and r.is_source <> r.is_target
    order by m.log_index
    limit %(limit)s
),

begun as (
    select coalesce(sum(b.on_hand), 0) as on_hand
    from ledger.balances_at(
        %(org_id)s, %(item_id)s, %(location_id)s, %(lot_id)s, %(serial_id)s, %(status)s, %(after_index)s + 1, null,
        '00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000000', null, null, null, null,
        %(sub_org_ids)s
    ) as b
)

select
    s.log_index, s.id as movement_id, s.kind, s.item_id, i.code as item_code, s.unit,
    l.id as location_id, l.code as location_code, k.id as lot_id, k.code as lot_code, o.id as serial_id,
    o.code as serial_code, %(status)s::text as status,
    trim_scale(s.change)::text as change,
    trim_scale(b.on_hand + sum(s.change) over (order by s.log_index))::text as on_hand,
    platform.instant(s.occurred_at) as occurred_at, platform.instant(s.recorded_at) as recorded_at
from step as s
cross join begun as b
inner join catalog.item as i on s.item_id = i.id
left join catalog.location as l on l.org_id = %(org_id)s and l.id = %(location_id)s
left join catalog.lot as k on k.org_id = %(org_id)s and k.id = %(lot_id)s
left join catalog.serial as o on o.org_id = %(org_id)s and o.id = %(serial_id)s
where i.org_id = %(org_id)s
order by s.log_index;

-- name: difference
-- What each stock key held at two log sizes, where that is not the same; one that was not there held nothing. The keys
-- are in the order of `ledger.balances_at`, what is null last.
select
    b.item_id, i.code as item_code, i.unit, b.location_id, l.code as location_code, b.lot_id, k.code as lot_code,
    b.serial_id, s.code as serial_code, coalesce(b.status, 'available') as status,
    trim_scale(d.before)::text as before, trim_scale(d.after)::text as after,
    trim_scale(d.after - d.before)::text as change
from ledger.balance as b
inner join catalog.item as i on b.item_id = i.id
inner join catalog.location as l on b.location_id = l.id
left join catalog.lot as k on k.org_id = %(org_id)s and b.lot_id = k.id
left join catalog.serial as s on s.org_id = %(org_id)s and b.serial_id = s.id
cross join lateral (
    select
        coalesce(ledger.on_hand_at(
            %(org_id)s, b.item_id, b.location_id, b.lot_id, b.serial_id, b.status, %(from_size)s
        ), 0) as before,
        coalesce(ledger.on_hand_at(
            %(org_id)s, b.item_id, b.location_id, b.lot_id, b.serial_id, b.status, %(size)s
        ), 0) as after
) as d
where b.org_id = %(org_id)s and i.org_id = %(org_id)s and l.org_id = %(org_id)s
    and (b.item_id, b.location_id) >= (%(after_item_id)s::uuid, %(after_location_id)s::uuid)
    and (
        (b.item_id, b.location_id) > (%(after_item_id)s::uuid, %(after_location_id)s::uuid)
        or (
            coalesce(b.lot_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
            coalesce(b.serial_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'), coalesce(b.status, 'z')
        ) > (
            coalesce(%(after_lot_id)s::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
            coalesce(%(after_serial_id)s::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
            coalesce(%(after_status)s::text, 'z')
        )
    )
    and (%(item_id)s::uuid is null or b.item_id = %(item_id)s)
    and (%(location_id)s::uuid is null or b.location_id = %(location_id)s)
    and (%(lot_id)s::uuid is null or b.lot_id = %(lot_id)s)
    and (%(serial_id)s::uuid is null or b.serial_id = %(serial_id)s)
    and (%(status)s::text is null or coalesce(b.status, 'available') = %(status)s)
    and (%(sub_org_ids)s::uuid[] is null or l.sub_org_id = any(%(sub_org_ids)s::uuid[]))
    and d.before <> d.after
order by b.item_id, b.location_id, b.lot_id, b.serial_id, b.status
limit %(limit)s;

-- name: expiry
-- What was on hand of lots that expire, by their last day as a log of some size knew it; of one day by stock keys. A
-- lot is everybody's, whoever reaches the place where it lies.
select
    b.item_id, i.code as item_code, i.unit, b.location_id, l.code as location_code, b.lot_id, k.code as lot_code,
    coalesce(b.status, 'available') as status, e.expires_on::text as expires_on,
    e.expires_on - %(on_day)s::date as days_left, trim_scale(b.on_hand)::text as on_hand
from ledger.balances_at(
    %(org_id)s, %(item_id)s, %(location_id)s, %(lot_id)s, null, %(status)s, %(size)s, null,
    '00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000000', null, null, null, null,
    %(sub_org_ids)s
) as b
inner join catalog.item as i on b.item_id = i.id
inner join catalog.location as l on b.location_id = l.id
inner join catalog.lot as k on b.lot_id = k.id
cross join lateral (
    select (
        audit.record_at(%(org_id)s, 'lot', b.lot_id, %(size)s, null) ->> 'expires_on'
    )::date as expires_on
) as e
where i.org_id = %(org_id)s and l.org_id = %(org_id)s and k.org_id = %(org_id)s and b.on_hand > 0
    and (e.expires_on, b.item_id, b.location_id, b.lot_id, coalesce(b.status, 'z')) > (
        %(after_day)s::date, %(after_item_id)s::uuid, %(after_location_id)s::uuid, %(after_lot_id)s::uuid,
        coalesce(%(after_status)s::text, 'z')
    )
    and (%(expires_before)s::date is null or e.expires_on < %(expires_before)s)
order by e.expires_on, b.item_id, b.location_id, b.lot_id, b.status
limit %(limit)s;
