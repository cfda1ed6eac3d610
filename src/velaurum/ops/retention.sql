-- name: forget_jobs
select jobs.forget(%(org_id)s, %(age)s, %(limit)s) as forgotten;

-- name: forget_reminders
-- cross-sub-org: what was reminded of is forgotten whosever it was.
select jobs.forget_reminders(%(org_id)s, %(age)s, %(limit)s) as forgotten;

-- name: forget_deliveries
select webhooks.forget(%(org_id)s, %(age)s, %(limit)s) as forgotten;

-- name: forget_dead_letters
select transport.forget(%(org_id)s, %(age)s, %(limit)s) as forgotten;

-- name: forget_taken
-- cross-sub-org: what was taken is the whole organisation's, and so is how far its log was read.
select events.forget(%(org_id)s, %(age)s, %(limit)s) as forgotten;
