-- name: create
-- cross-sub-org: the place was found within reach, and an idempotency key is the whole organisation's.
select outcome, replayed, record_id, problem
from counting.open_count(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(idempotency_key)s, %(request_hash)s,
    %(code)s, %(code_key)s, %(location_id)s, %(item_id)s, %(is_blind)s, %(zero_uncounted)s, %(tolerance)s
);

-- name: find
select
    c.id, c.code, c.location_id, l.code as location_code, c.item_id, i.code as item_code, c.is_blind, c.zero_uncounted,
    trim_scale(c.tolerance)::text as tolerance, c.state, c.opened_at_size, c.finished_at_size,
    c.created_by as opened_by, c.approved_by, coalesce(c.refusals, '[]') as refusals, c.version,
    platform.instant(c.created_at) as created_at, platform.instant(c.updated_at) as updated_at
from counting.count as c
inner join catalog.location as l on c.org_id = l.org_id and c.location_id = l.id
left join catalog.item as i on c.org_id = i.org_id and c.item_id = i.id
where c.org_id = %(org_id)s and c.id = %(id)s and tenancy.reaches(%(sub_org_ids)s, l.sub_org_id, false)
union all
select
    c.id, c.code, c.location_id, l.code, c.item_id, i.code, c.is_blind, c.zero_uncounted,
    trim_scale(c.tolerance)::text, c.state, c.opened_at_size, c.finished_at_size,
    c.created_by, c.approved_by, coalesce(c.refusals, '[]'), c.version,
    platform.instant(c.created_at), platform.instant(c.updated_at)
from counting.count as c
inner join catalog.location as l on c.org_id = l.org_id and c.location_id = l.id
left join catalog.item as i on c.org_id = i.org_id and c.item_id = i.id
where c.org_id = %(org_id)s and c.code = %(code)s and tenancy.reaches(%(sub_org_ids)s, l.sub_org_id, false);

-- name: list_page
select
    c.id, c.code, c.location_id, l.code as location_code, c.item_id, i.code as item_code, c.is_blind, c.zero_uncounted,
    trim_scale(c.tolerance)::text as tolerance, c.state, c.opened_at_size, c.finished_at_size,
    c.created_by as opened_by, c.approved_by, coalesce(c.refusals, '[]') as refusals, c.version,
    platform.instant(c.created_at) as created_at, platform.instant(c.updated_at) as updated_at
from counting.count as c
inner join catalog.location as l on c.org_id = l.org_id and c.location_id = l.id
left join catalog.item as i on c.org_id = i.org_id and c.item_id = i.id
where c.org_id = %(org_id)s and c.id < %(before)s and (%(state)s::text is null or c.state = %(state)s)
    and tenancy.reaches(%(sub_org_ids)s, l.sub_org_id, false)
order by c.id desc
limit %(limit)s;

-- name: finish
-- cross-sub-org: the count was found within reach.
-- The lines that wait for a second person, none where it is finished.
select counting.finish_count(%(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s) as waiting;

-- name: approve
select counting.approve_count(%(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s) as is_new;

-- name: post
-- cross-sub-org: the count was found within reach; the posting judges each place by the credential.
select counting.post_count(%(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s) as is_new;

-- name: cancel
select counting.cancel_count(%(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s) as is_new;
