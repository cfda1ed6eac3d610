-- name: remind
-- cross-sub-org: what waits in the whole organisation is found at once; who sees it is judged when it is read.
select r.id, r.code as kind, platform.instant(r.raised_at) as raised_at
from jobs.remind(%(org_id)s, %(limits)s, %(most)s) as r;

-- name: get
select
    r.id, r.kind, r.subject as subject_id, platform.instant(r.at) as at, platform.instant(r.raised_at) as raised_at,
    case
        when r.ended_at is not null then 'ended'
        when r.acknowledged_at is not null then 'acknowledged'
        else 'open'
    end as state,
    platform.instant(r.acknowledged_at) as acknowledged_at, p.id as acknowledged_by_id,
    p.kind as acknowledged_by_kind, p.name as acknowledged_by_name, platform.instant(r.ended_at) as ended_at
from jobs.reminder as r
left join identity.principal as p on r.org_id = p.org_id and r.acknowledged_by = p.id
where r.org_id = %(org_id)s and r.id = %(id)s and r.kind = any(%(kinds)s::text[])
    and jobs.reminder_is_within(%(org_id)s, r.kind, r.subject, %(sub_org_ids)s::uuid[], %(actor_id)s);

-- name: list
-- Without a state, those that have not ended.
select
    r.id, r.kind, r.subject as subject_id, platform.instant(r.at) as at, platform.instant(r.raised_at) as raised_at,
    case
        when r.ended_at is not null then 'ended'
        when r.acknowledged_at is not null then 'acknowledged'
        else 'open'
    end as state,
    platform.instant(r.acknowledged_at) as acknowledged_at, p.id as acknowledged_by_id,
    p.kind as acknowledged_by_kind, p.name as acknowledged_by_name, platform.instant(r.ended_at) as ended_at
from jobs.reminder as r
left join identity.principal as p on r.org_id = p.org_id and r.acknowledged_by = p.id
where r.org_id = %(org_id)s and r.id < %(before)s::uuid and r.kind = any(%(kinds)s::text[])
    and case coalesce(%(state)s::text, 'not ended')
        when 'not ended' then r.ended_at is null
        when 'open' then r.ended_at is null and r.acknowledged_at is null
        when 'acknowledged' then r.ended_at is null and r.acknowledged_at is not null
        else r.ended_at is not null
    end
    and jobs.reminder_is_within(%(org_id)s, r.kind, r.subject, %(sub_org_ids)s::uuid[], %(actor_id)s)
order by r.id desc
limit %(limit)s;

-- name: acknowledge
-- cross-sub-org: the routine judges the credential's reach itself.
select jobs.acknowledge_reminder(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s
) as is_acknowledged;
