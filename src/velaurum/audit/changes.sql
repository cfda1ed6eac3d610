-- name: list_of_rights
-- Who changed who may do what. What is personal of a line stands beside it: that of before at the version before.
select
    c.id, platform.instant(c.at) as at, p.id as actor_id, p.kind as actor_kind, p.name as actor_name, c.credential_id,
    c.request_id, c.subject, c.subject_id, c.action,
    audit.disclosed(%(org_id)s, b.change_id, c.before) as before, audit.disclosed(%(org_id)s, c.id, c.after) as after,
    c.row_after ->> 'principal_id' as person_id
from audit.change as c
inner join identity.principal as p on c.org_id = p.org_id and c.actor_id = p.id
left join audit.version as v on c.org_id = v.org_id and c.id = v.change_id
left join audit.version as b on v.org_id = b.org_id and v.previous_index = b.log_index
where c.org_id = %(org_id)s
    and (c.at, c.id) < (%(before_at)s::timestamptz, %(before_id)s::uuid)
    and c.subject not in (
        'item', 'location', 'sub-org', 'org', 'suspension', 'approval-rule', 'approval-request', 'approval',
        'verification'
    )
    and tenancy.reaches(%(sub_org_ids)s, c.sub_org_id, false)
order by c.at desc, c.id desc
limit %(limit)s;
