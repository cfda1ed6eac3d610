-- name: enqueue
-- cross-sub-org: what a job does is judged when it is worked, with the reach of who asked for it then.
select jobs.enqueue(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(job_kind)s, %(lane)s, %(permission)s,
    %(max_attempts)s, %(payload)s, %(run_at)s, %(dedupe_key)s
) as id;

-- name: request
-- cross-sub-org: what a job does is judged when it is worked, with the reach of who asked for it then.
select d.outcome, d.replayed, d.record_id, d.problem
from jobs.request(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(idempotency_key)s, %(request_hash)s, %(job_kind)s,
    %(lane)s, %(permission)s, %(max_attempts)s, %(payload)s
) as d;

-- name: begin
-- cross-sub-org: a worker serves the whole organisation.
select jobs.begin_job(%(org_id)s, %(id)s, %(ticket)s) as begun;

-- name: begun
select
    j.id, j.kind, j.permission, j.payload, j.attempts as number, j.max_attempts, o.code as org_code, j.requested_by,
    j.credential_id, j.request_id
from jobs.job as j inner join tenancy.org as o on j.org_id = o.org_id
where j.org_id = %(org_id)s and j.id = %(id)s;

-- name: refuse_suspended
select tenancy.refuse_suspended(%(org_id)s);

-- name: reach
-- cross-sub-org: it answers where somebody may do a thing.
select r.may, r.sub_org_ids
from jobs.reach(%(org_id)s, %(requested_by)s, %(credential_id)s, %(permission)s) as r;

-- name: narrow
select tenancy.set_context(%(org_id)s, %(sub_org_ids)s);

-- name: progress
select jobs.note_progress(
    %(org_id)s, %(id)s, %(ticket)s, %(number)s, %(done)s, %(total)s
) as is_held;

-- name: succeed
select jobs.succeed(%(org_id)s, %(id)s, %(ticket)s, %(number)s, %(result)s);

-- name: fail
select jobs.fail(
    %(org_id)s, %(id)s, %(ticket)s, %(number)s, %(code)s, %(detail)s, %(after)s
) as state;

-- name: get
select
    j.id, j.kind, j.lane, j.state, j.attempts, j.max_attempts, platform.instant(j.run_at) as run_at, j.progress_done,
    j.progress_total, j.result, j.error_code, j.error_detail, p.id as requested_by_id, p.kind as requested_by_kind,
    p.name as requested_by_name, platform.instant(j.created_at) as created_at,
    platform.instant(j.started_at) as started_at, platform.instant(j.ended_at) as ended_at
from jobs.job as j
inner join identity.principal as p on j.org_id = p.org_id and j.requested_by = p.id
where j.org_id = %(org_id)s and j.id = %(id)s
    and (%(sub_org_ids)s::uuid[] is null or j.requested_by = %(actor_id)s);

-- name: list
select
    j.id, j.kind, j.lane, j.state, j.attempts, j.max_attempts, platform.instant(j.run_at) as run_at, j.progress_done,
    j.progress_total, j.result, j.error_code, j.error_detail, p.id as requested_by_id, p.kind as requested_by_kind,
    p.name as requested_by_name, platform.instant(j.created_at) as created_at,
    platform.instant(j.started_at) as started_at, platform.instant(j.ended_at) as ended_at
from jobs.job as j
inner join identity.principal as p on j.org_id = p.org_id and j.requested_by = p.id
where j.org_id = %(org_id)s and j.id < %(before)s::uuid and (%(state)s::text is null or j.state = %(state)s)
    and (%(sub_org_ids)s::uuid[] is null or j.requested_by = %(actor_id)s)
order by j.id desc
limit %(limit)s;

-- name: summary
-- How many there are of each kind in each state, and since when the oldest of them was asked for.
select
    j.kind, j.state, count(*) as jobs, platform.instant(min(j.created_at)) as oldest_at,
    floor(extract(epoch from statement_timestamp() - min(j.created_at)))::bigint as oldest_s
from jobs.job as j
where j.org_id = %(org_id)s and (%(sub_org_ids)s::uuid[] is null or j.requested_by = %(actor_id)s)
group by j.kind, j.state
order by j.kind, j.state;

-- name: retry
-- cross-sub-org: the routine judges the credential's reach itself.
select jobs.retry(%(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(attempts)s) as is_waiting;

-- name: cancel
-- cross-sub-org: the routine judges the credential's reach itself.
select jobs.cancel(%(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s) as is_cancelled;
