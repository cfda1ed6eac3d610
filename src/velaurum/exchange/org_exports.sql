-- name: movements
-- What of movements stands beside their entries: the key and what it was decided by, and the codes of what they name.
-- The code of a serial may be corrected: here is the one that it had then.
-- cross-sub-org: for who carries away the whole organisation.
select
    m.log_index, m.idempotency_key, encode(m.request_hash, 'hex') as request_hash, i.code as item_code,
    s.code as source_code, t.code as target_code, k.code as lot_code,
    case
        when m.serial_id is not null
            then audit.record_at(%(org_id)s, 'serial', m.serial_id, m.log_index, null) ->> 'code'
    end as serial_code
from ledger.movement as m
inner join catalog.item as i on m.org_id = i.org_id and m.item_id = i.id
inner join catalog.location as s on m.org_id = s.org_id and m.source_id = s.id
inner join catalog.location as t on m.org_id = t.org_id and m.target_id = t.id
left join catalog.lot as k on m.org_id = k.org_id and m.lot_id = k.id
where m.org_id = %(org_id)s and m.log_index >= %(from_index)s and m.log_index < %(to_index)s
order by m.log_index;

-- name: changes
-- What of changes stands beside their entries.
-- cross-sub-org: for who carries away the whole organisation.
select
    v.log_index, platform.instant(c.at) as changed_at, c.sub_org_id, c.is_shared, c.before, c.after
from audit.version as v
inner join audit.change as c on v.org_id = c.org_id and v.change_id = c.id
where v.org_id = %(org_id)s and v.log_index >= %(from_index)s and v.log_index < %(to_index)s
order by v.log_index;

-- name: newest
-- The newest version of each record that a log of some size has, in the order of kinds and ids, after one of them.
-- cross-sub-org: for who carries away the whole organisation.
select distinct on (v.subject, v.subject_id) v.log_index, v.subject, v.subject_id, v.entry
from audit.version as v
where v.org_id = %(org_id)s and v.log_index < %(size)s
    and (v.subject, v.subject_id) > (%(after_subject)s, %(after_id)s::uuid)
order by v.subject asc, v.subject_id asc, v.log_index desc
limit %(limit)s;

-- name: balances
-- What was on hand when the log had some size, after a stock key.
-- cross-sub-org: for who carries away the whole organisation.
select
    b.item_id, i.code as item_code, b.location_id, l.code as location_code, trim_scale(b.on_hand)::text as on_hand,
    b.lot_id, k.code as lot_code, b.serial_id,
    case
        when b.serial_id is not null then audit.record_at(%(org_id)s, 'serial', b.serial_id, %(size)s, null) ->> 'code'
    end as serial_code,
    b.status
from ledger.balances_at(
    %(org_id)s, null, null, null, null, null, %(size)s, null, %(after_item_id)s::uuid, %(after_location_id)s::uuid,
    %(after_lot_id)s::uuid, %(after_serial_id)s::uuid, %(after_status)s::text, %(limit)s, null
) as b
inner join catalog.item as i on b.item_id = i.id
inner join catalog.location as l on b.location_id = l.id
left join catalog.lot as k on k.org_id = %(org_id)s and b.lot_id = k.id
where i.org_id = %(org_id)s and l.org_id = %(org_id)s
order by b.item_id, b.location_id, b.lot_id, b.serial_id, b.status;

-- name: decisions
-- Idempotency keys that no movement has: of refusals up to an instant, and of records that a log of some size has.
-- Refusals are decided behind the head of the log, so that all of them are there when a later entry is. What was made
-- is in the log when its transaction ends, after it was decided; a record that is older may have later steps.
-- cross-sub-org: for who carries away the whole organisation.
select
    d.idempotency_key, encode(d.request_hash, 'hex') as request_hash, d.outcome, d.problem, d.record_id,
    platform.instant(d.decided_at) as decided_at, d.actor_id, d.credential_id, d.request_id
from ledger.decision as d
where d.org_id = %(org_id)s and d.idempotency_key > %(after_key)s
    and d.decided_at <= %(until)s::timestamptz and (d.outcome = 'refused' or exists (
        select from audit.version as v
        where v.org_id = %(org_id)s and v.subject_id = d.record_id and v.log_index < %(size)s
    ))
order by d.idempotency_key
limit %(limit)s;

-- name: accesses
-- Who read and wrote what, up to an instant, after one of them.
select
    a.id, platform.instant(a.at) as at, a.request_ids, a.operations, a.actor_ids, a.credential_ids, a.statuses,
    a.statements, a.applied, a.exempt, a.release, platform.instant(a.recorded_at) as recorded_at, a.subject_id,
    a.log_size, a.is_encrypted
from tenancy.access_event as a
where a.org_id = %(org_id)s and (a.at, a.id) > (%(after_at)s::timestamptz, %(after_id)s::uuid)
    and a.at <= %(until)s::timestamptz
order by a.at, a.id
limit %(limit)s;

-- name: sightings
-- Who was shown whom as one of many, up to an instant, after one of them.
select
    s.subject_id, s.day::text as day, s.actor_id, s.operation, platform.instant(s.at) as at, s.event_id
from tenancy.sighting as s
where s.org_id = %(org_id)s
    and (s.subject_id, s.day, s.actor_id, s.operation)
    > (%(after_subject_id)s::uuid, %(after_day)s::date, %(after_actor_id)s::uuid, %(after_operation)s)
    and s.at <= %(until)s::timestamptz
order by s.subject_id, s.day, s.actor_id, s.operation
limit %(limit)s;

-- name: withdrawals
-- How often something that was to be had was not any more: whoever was erased or restricted.
select count(*) as withdrawals
from (
    select e.principal_id as about
    from identity.erasure as e
    where e.org_id = %(org_id)s
    union all
    select r.id as about
    from identity.restriction as r
    where r.org_id = %(org_id)s
) as x;

-- name: erasures
-- Who was erased, after one of them.
select
    e.principal_id, platform.instant(e.erased_at) as erased_at, e.receipt, e.created_by, e.credential_id,
    e.request_id, platform.instant(e.replayed_at) as replayed_at
from identity.erasure as e
where e.org_id = %(org_id)s and e.principal_id > %(after_id)s::uuid
order by e.principal_id
limit %(limit)s;

-- name: holds
-- Legal holds that were placed and released up to an instant, after one of them. They are behind the head of the log.
select
    h.id, h.principal_id, h.action, h.reason, h.created_by, h.credential_id, h.request_id,
    platform.instant(h.created_at) as created_at
from identity.legal_hold as h
where h.org_id = %(org_id)s and h.id > %(after_id)s::uuid and h.created_at <= %(until)s::timestamptz
order by h.id
limit %(limit)s;

-- name: restrictions
-- Restrictions that were placed and lifted up to an instant, after one of them. They are behind the head of the log.
select
    r.id, r.principal_id, r.action, r.reason, r.created_by, r.credential_id, r.request_id,
    platform.instant(r.created_at) as created_at
from identity.restriction as r
where r.org_id = %(org_id)s and r.id > %(after_id)s::uuid and r.created_at <= %(until)s::timestamptz
order by r.id
limit %(limit)s;

-- name: shapes
-- cross-org: which columns the records of each kind have, in the shape of today and in those of before: the product's.
select s.subject, s.sv, s.columns
from platform.shape as s
order by s.subject, s.sv;
