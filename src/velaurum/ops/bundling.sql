-- name: held
-- What the tables say of a person, a document each; secrets and their hashes are not among it.
select 'principal' as held_in, p.id as record_id, platform.instant(p.created_at) as at, jsonb_build_object(
    'kind', p.kind, 'name', p.name, 'version', p.version, 'disabled_at', platform.instant(p.disabled_at)
) as said
from identity.principal as p
where p.org_id = %(org_id)s and p.id = %(principal_id)s
union all
select 'assignments', a.id, platform.instant(a.created_at), jsonb_build_object(
    'role', a.role, 'revoked_at', platform.instant(a.revoked_at)
)
from identity.assignment as a
where a.org_id = %(org_id)s and a.principal_id = %(principal_id)s
union all
select 'tokens', t.id, platform.instant(t.created_at), jsonb_build_object(
    'role', t.role, 'expires_at', platform.instant(t.expires_at), 'revoked_at', platform.instant(t.revoked_at)
)
from identity.token as t
where t.org_id = %(org_id)s and t.principal_id = %(principal_id)s
union all
select 'sessions', s.id, platform.instant(s.created_at), jsonb_build_object(
    'method', s.method, 'seen_at', platform.instant(s.seen_at), 'ended_at', platform.instant(s.ended_at)
)
from identity.session as s
where s.org_id = %(org_id)s and s.principal_id = %(principal_id)s
union all
select 'passwords', w.id, platform.instant(w.created_at), jsonb_build_object(
    'login', w.login, 'revoked_at', platform.instant(w.revoked_at)
)
from identity.password as w
where w.org_id = %(org_id)s and w.principal_id = %(principal_id)s
union all
select 'invitations', i.id, platform.instant(i.created_at), jsonb_build_object(
    'login', i.login, 'redeemed_at', platform.instant(i.redeemed_at)
)
from identity.invitation as i
where i.org_id = %(org_id)s and i.principal_id = %(principal_id)s
union all
select 'passkeys', k.id, platform.instant(k.created_at), jsonb_build_object(
    'name', k.name, 'revoked_at', platform.instant(k.revoked_at)
)
from identity.passkey as k
where k.org_id = %(org_id)s and k.principal_id = %(principal_id)s
union all
select 'provider_subjects', l.id, platform.instant(l.created_at), jsonb_build_object(
    'subject', l.subject, 'removed_at', platform.instant(l.removed_at)
)
from identity.provider_subject as l
where l.org_id = %(org_id)s and l.principal_id = %(principal_id)s
union all
select 'scim_users', u.id, platform.instant(u.created_at), jsonb_build_object(
    'user_name', u.user_name, 'external_id', u.external_id, 'attributes', u.attributes,
    'removed_at', platform.instant(u.removed_at)
)
from identity.scim_user as u
where u.org_id = %(org_id)s and u.principal_id = %(principal_id)s
order by held_in, at, record_id;

-- name: noted
-- cross-sub-org: a person is told all that they wrote, wherever it was.
select m.id as record_id, platform.instant(m.recorded_at) as at, m.idempotency_key, n.note, n.sealed
from ledger.movement as m
inner join ledger.movement_note as n on m.id = n.movement_id
where m.org_id = %(org_id)s and n.org_id = %(org_id)s and m.actor_id = %(principal_id)s
order by m.log_index;

-- name: former
-- What was personal of the person's own records in the past.
-- cross-sub-org: a person is told all of it, wherever it was.
select c.subject as held_in, c.id as record_id, platform.instant(c.at) as at, v.name, v.value,
    v.salt is not null as is_plain, c.subject_id as of_record
from audit.personal_value as v
inner join audit.change as c on v.change_id = c.id
where v.org_id = %(org_id)s and c.org_id = %(org_id)s
    and (c.subject_id = %(principal_id)s or c.row_after ->> 'principal_id' = %(principal_id)s::text)
order by c.at, c.id, v.name;

-- name: accesses
-- What was asked of the product in the person's name, by operation and day. A request names no record here.
select to_char(e.at at time zone 'UTC', 'YYYY-MM-DD') as day, x.operation, count(*) as requests
from tenancy.access_event as e
cross join lateral unnest(e.operations, e.actor_ids) as x (operation, actor_id)
where e.org_id = %(org_id)s and x.actor_id = %(principal_id)s
group by day, x.operation
order by day, x.operation;

-- name: accessed_by
-- Who asked for one record of the person, and was answered. Events from before this was kept name nobody.
select
    platform.instant(e.at) as at, e.operations[1] as operation, e.request_ids[1] as request_id,
    e.actor_ids[1] as actor_id
from tenancy.access_event as e
where e.org_id = %(org_id)s and e.subject_id in (
    select %(principal_id)s::uuid
    union all
    select u.id from identity.scim_user as u
    where u.org_id = %(org_id)s and u.principal_id = %(principal_id)s
)
order by e.at, e.id;

-- name: shown_to
-- Who was shown the person as one of many: by day, reader and operation, with the first answer of that day.
select
    platform.instant(s.at) as at, s.operation, e.request_ids[1] as request_id, s.actor_id
from tenancy.sighting as s
inner join tenancy.access_event as e on s.at = e.at and s.event_id = e.id
where s.org_id = %(org_id)s and e.org_id = %(org_id)s and s.subject_id = %(principal_id)s
order by s.at, s.event_id;

-- name: carried_away_by
-- Who downloaded, or wrote out by hand, all of the organisation since an instant: by reader and day, with the first
-- answer of that day.
select distinct on (e.actor_ids[1], (e.at at time zone 'UTC')::date)
    platform.instant(e.at) as at, e.operations[1] as operation, e.request_ids[1] as request_id,
    e.actor_ids[1] as actor_id
from tenancy.access_event as e
where e.org_id = %(org_id)s and e.at >= %(since)s::timestamptz
    and e.operations[1] in ('getExportArchive', 'exportOrg', 'exportLog') and e.statuses[1] in (200, 206)
order by e.actor_ids[1], (e.at at time zone 'UTC')::date, e.at, e.id;
