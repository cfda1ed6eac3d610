-- name: create
-- cross-sub-org: what it is about was found within reach before; an idempotency key is the whole organisation's.
select d.outcome, d.replayed, d.record_id, d.problem, d.secret
from jobs.create_integration_job(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(idempotency_key)s, %(request_hash)s, %(job_kind)s,
    %(payload)s, %(item_id)s, %(location_id)s, %(movement_id)s, %(life)s, %(key_id)s
) as d;

-- name: get
-- Never the hash of its secret.
select
    j.id, j.kind, i.id as item_id, i.code as item_code, l.id as location_id, l.code as location_code, j.movement_id,
    j.payload, j.state, j.attempts, j.result, p.id as requested_by_id, p.kind as requested_by_kind,
    p.name as requested_by_name, platform.instant(j.created_at) as created_at,
    platform.instant(j.expires_at) as expires_at, platform.instant(j.ended_at) as ended_at,
    platform.instant(j.purged_at) as purged_at
from jobs.integration_job as j
inner join identity.principal as p on j.org_id = p.org_id and j.requested_by = p.id
left join catalog.item as i on j.org_id = i.org_id and j.item_id = i.id
left join catalog.location as l on j.org_id = l.org_id and j.location_id = l.id
where j.org_id = %(org_id)s and j.id = %(id)s
    and (%(sub_org_ids)s::uuid[] is null or j.requested_by = %(actor_id)s);

-- name: list
select
    j.id, j.kind, i.id as item_id, i.code as item_code, l.id as location_id, l.code as location_code, j.movement_id,
    j.payload, j.state, j.attempts, j.result, p.id as requested_by_id, p.kind as requested_by_kind,
    p.name as requested_by_name, platform.instant(j.created_at) as created_at,
    platform.instant(j.expires_at) as expires_at, platform.instant(j.ended_at) as ended_at,
    platform.instant(j.purged_at) as purged_at
from jobs.integration_job as j
inner join identity.principal as p on j.org_id = p.org_id and j.requested_by = p.id
left join catalog.item as i on j.org_id = i.org_id and j.item_id = i.id
left join catalog.location as l on j.org_id = l.org_id and j.location_id = l.id
where j.org_id = %(org_id)s and j.id < %(before)s::uuid and (%(state)s::text is null or j.state = %(state)s)
    and (%(sub_org_ids)s::uuid[] is null or j.requested_by = %(actor_id)s)
order by j.id desc
limit %(limit)s;

-- name: steps
select s.number, s.state, p.id as actor_id, p.kind as actor_kind, p.name as actor_name,
    platform.instant(s.created_at) as at
from jobs.integration_step as s
inner join identity.principal as p on s.org_id = p.org_id and s.actor_id = p.id
where s.org_id = %(org_id)s and s.job_id = %(id)s
order by s.number desc
limit %(limit)s;

-- name: act
-- cross-sub-org: the routine judges the credential's reach itself.
select jobs.act_on_integration_job(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(state)s
) as is_done;

-- name: of_other_keys
-- cross-sub-org: the operator is told how many there are, and nothing of them.
select count(*) as jobs
from jobs.integration_job as j
where j.org_id = %(org_id)s and j.ended_at is null and j.key_id <> %(key_id)s;
