-- name: record
-- What was handed over before is not added again.
select tenancy.record_access(
    %(org_id)s, %(boot_id)s, %(release)s, %(registry_hash)s, %(events)s::jsonb
) as recorded;

-- name: totals
-- Of the requests that ended from one instant on until before another one.
select
    count(*) as events,
    coalesce(sum(cardinality(a.request_ids)), 0)::bigint as requests,
    coalesce(sum(a.statements), 0)::bigint as statements,
    coalesce(sum(a.applied), 0)::bigint as applied,
    coalesce(sum(a.exempt), 0)::bigint as exempt,
    count(*) filter (where not a.org_applied) as not_applied,
    platform.instant(min(a.at)) as first_at
from tenancy.access_event as a
where a.org_id = %(org_id)s and a.at >= %(from_at)s::timestamptz and a.at < %(to_at)s::timestamptz;

-- name: list_page
-- Requests of a period, the newest first; those that were decided together by their place in their event. What carried
-- all of the organisation away is an export.
select
    platform.instant(e.at) as at, e.id, x.place, x.request_id, x.operation, x.status, x.actor_id, p.kind as actor_kind,
    p.name as actor_name, x.credential_id, b.id as break_glass_id, e.subject_id, case
        when e.operations[1] in ('getExportArchive', 'exportOrg', 'exportLog') and e.statuses[1] in (200, 206)
            then 'export'
        when e.subject_id is not null then 'record'
        else 'request'
    end as kind, e.log_size, e.is_encrypted, e.org_applied
from tenancy.access_event as e
cross join lateral unnest(e.request_ids, e.operations, e.statuses, e.actor_ids, e.credential_ids)
with ordinality as x (request_id, operation, status, actor_id, credential_id, place)
left join identity.principal as p on e.org_id = p.org_id and x.actor_id = p.id
left join identity.break_glass as b on e.org_id = b.org_id and x.credential_id = b.id
where e.org_id = %(org_id)s
    and e.at >= %(from_at)s::timestamptz and e.at < %(to_at)s::timestamptz
    and (e.at, e.id) <= (%(before_at)s::timestamptz, %(before_id)s::uuid)
    and (e.at, e.id, x.place) < (%(before_at)s::timestamptz, %(before_id)s::uuid, %(before_place)s)
    and (%(actor_id)s::uuid is null or x.actor_id = %(actor_id)s)
    and case %(kind)s::text
        when 'record' then e.subject_id is not null
        when 'break-glass' then b.id is not null
        else true
    end
order by e.at desc, e.id desc, x.place desc
limit %(limit)s;

-- name: list_exports
-- What carried all of the organisation away in a period, the newest first. Each is alone in its event.
select
    platform.instant(e.at) as at, e.id, 1::bigint as place, e.request_ids[1] as request_id,
    e.operations[1] as operation, e.statuses[1] as status, e.actor_ids[1] as actor_id, p.kind as actor_kind,
    p.name as actor_name, e.credential_ids[1] as credential_id, b.id as break_glass_id, e.subject_id, 'export' as kind,
    e.log_size, e.is_encrypted, e.org_applied
from tenancy.access_event as e
left join identity.principal as p on e.org_id = p.org_id and e.actor_ids[1] = p.id
left join identity.break_glass as b on e.org_id = b.org_id and e.credential_ids[1] = b.id
where e.org_id = %(org_id)s
    and e.operations[1] in ('getExportArchive', 'exportOrg', 'exportLog') and e.statuses[1] in (200, 206)
    and e.at >= %(from_at)s::timestamptz and e.at < %(to_at)s::timestamptz
    and (e.at, e.id) < (%(before_at)s::timestamptz, %(before_id)s::uuid)
    and (%(actor_id)s::uuid is null or e.actor_ids[1] = %(actor_id)s)
order by e.at desc, e.id desc
limit %(limit)s;

-- name: list_of_person
-- Requests of a period that were answered with something of one person: with a record of theirs, or with a page that
-- they were on for the first time that day. Each is alone in its event.
with seen as (
    select a.at, a.id, 'record' as kind
    from tenancy.access_event as a
    where a.org_id = %(org_id)s and a.subject_id in (
        select %(person_id)s::uuid
        union all
        select u.id from identity.scim_user as u
        where u.org_id = %(org_id)s and u.principal_id = %(person_id)s
    )
    union all
    select s.at, s.event_id, 'list'
    from tenancy.sighting as s
    where s.org_id = %(org_id)s and s.subject_id = %(person_id)s
)

select
    platform.instant(e.at) as at, e.id, 1::bigint as place, e.request_ids[1] as request_id,
    e.operations[1] as operation, e.statuses[1] as status, e.actor_ids[1] as actor_id, p.kind as actor_kind,
    p.name as actor_name, e.credential_ids[1] as credential_id, b.id as break_glass_id, e.subject_id, s.kind,
    e.log_size, e.is_encrypted, e.org_applied
from seen as s
inner join tenancy.access_event as e on s.at = e.at and s.id = e.id
left join identity.principal as p on e.org_id = p.org_id and e.actor_ids[1] = p.id
left join identity.break_glass as b on e.org_id = b.org_id and e.credential_ids[1] = b.id
where e.org_id = %(org_id)s
    and e.at >= %(from_at)s::timestamptz and e.at < %(to_at)s::timestamptz
    and (e.at, e.id) < (%(before_at)s::timestamptz, %(before_id)s::uuid)
    and (%(actor_id)s::uuid is null or e.actor_ids[1] = %(actor_id)s)
order by e.at desc, e.id desc
limit %(limit)s;
