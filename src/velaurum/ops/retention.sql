-- name: forget_jobs
select jobs.forget(%(org_id)s, %(age)s, %(limit)s) as forgotten;

-- name: forget_deliveries
select webhooks.forget(%(org_id)s, %(age)s, %(limit)s) as forgotten;

-- name: forget_dead_letters
select transport.forget(%(org_id)s, %(age)s, %(limit)s) as forgotten;

-- name: forget_taken
select events.forget(%(org_id)s, %(age)s, %(limit)s) as forgotten;
