-- name: list_page
select
    c.id, platform.instant(c.at) as at, p.id as actor_id, p.kind as actor_kind, p.name as actor_name, c.credential_id,
    c.request_id, c.subject, c.subject_id, c.action, c.before, c.after
from audit.change as c
inner join identity.principal as p on c.org_id = p.org_id and c.actor_id = p.id
where c.org_id = %(org_id)s
    and (c.at, c.id) < (%(before_at)s::timestamptz, %(before_id)s::uuid)
    and tenancy.reaches(%(sub_org_ids)s, c.sub_org_id, false)
order by c.at desc, c.id desc
limit %(limit)s;
