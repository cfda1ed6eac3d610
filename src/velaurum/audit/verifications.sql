-- name: record
select audit.record_verification(
    %(org_id)s, %(began_at)s, %(ended_at)s, %(size)s, %(root)s, %(findings)s, %(codes)s, %(program)s,
    %(report_sha256)s, %(is_scheduled)s
) as id;

-- name: newest
select platform.instant(x.began_at) as began_at, platform.instant(x.ended_at) as ended_at, x.findings, x.codes
from audit.verification as x
where x.org_id = %(org_id)s and (x.is_scheduled or not %(is_scheduled)s)
order by x.id desc
limit 1;

-- name: list
-- cross-sub-org: what was verified is shared by every department. The newest first, each with its own place in the log.
select
    x.id, platform.instant(x.began_at) as began_at, platform.instant(x.ended_at) as ended_at, x.size, x.root,
    x.findings, x.codes, x.program, x.report_sha256, x.is_scheduled,
    p.id as actor_id, p.kind as actor_kind, p.name as actor_name, v.log_index
from audit.verification as x
inner join identity.principal as p on x.org_id = p.org_id and x.actor_id = p.id
left join audit.version as v
    on x.org_id = v.org_id and x.id = v.subject_id and v.subject = 'verification' and v.previous_index is null
where x.org_id = %(org_id)s and x.id < %(before_id)s::uuid
order by x.id desc
limit %(limit)s;
