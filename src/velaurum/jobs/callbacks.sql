-- name: process
-- In whose name the product works by itself.
select p.id::text as id
from identity.principal as p
where p.org_id = %(org_id)s and p.created_by = p.id;

-- name: take
-- cross-sub-org: whoever shows the secret of a job is given the job, and nothing else.
select jobs.take_integration_job(%(org_id)s, %(id)s, %(request_id)s, %(nonce)s, %(proof)s) as judged;

-- name: use
-- cross-sub-org: whoever shows the secret of a job ends the job, and nothing else.
select jobs.use_callback(
    %(org_id)s, %(id)s, %(request_id)s, %(nonce)s, %(proof)s, %(outcome)s, %(result)s
) as judged;

-- name: get
-- cross-sub-org: whoever shows the secret of a job is shown the job, and nothing else.
select
    j.id, j.kind, i.id as item_id, i.code as item_code, l.id as location_id, l.code as location_code, j.movement_id,
    j.payload, j.state, platform.instant(j.expires_at) as expires_at, platform.instant(j.ended_at) as ended_at
from jobs.integration_job as j
left join catalog.item as i on j.org_id = i.org_id and j.item_id = i.id
left join catalog.location as l on j.org_id = l.org_id and j.location_id = l.id
where j.org_id = %(org_id)s and j.id = %(id)s;

-- name: with_overdue
-- cross-org: in which organisations something is over; it answers ids alone, for the product's own process.
select o.org_id::text as org_id
from tenancy.org as o
where jobs.is_overdue(o.org_id);

-- name: expire
-- cross-sub-org: by the product's own process, in the whole organisation.
select jobs.expire_integration_jobs(%(org_id)s, %(limit)s) as ended;
