-- name: changes
-- Changes of a stretch of the log, in its order, as far as they are within reach: which record, and which members of it
-- are otherwise, without what they say. A record whose own version did not change had it before.
select
    v.log_index, v.subject, v.subject_id, v.action, platform.instant(v.recorded_at) as recorded_at, c.actor_id,
    p.kind as actor_kind, c.request_id, 'sha256:' || encode(v.leaf_hash, 'hex') as leaf_hash,
    v.previous_index, coalesce(c.row_after, c.before) ->> 'code' as code,
    (c.row_after ->> 'version')::bigint as version,
    case when v.previous_index is not null then
        coalesce(c.before ->> 'version', c.row_after ->> 'version')::bigint
    end as previous_version,
    array(
        select k.key from jsonb_each(coalesce(c.after, c.before)) as k
        order by k.key
    ) as members
from audit.version as v
inner join audit.change as c on v.org_id = c.org_id and v.change_id = c.id
inner join identity.principal as p on c.org_id = p.org_id and c.actor_id = p.id
where v.org_id = %(org_id)s and v.log_index >= %(from_index)s and v.log_index < %(to_index)s
    and v.subject = any(%(subjects)s::text[])
    and tenancy.reaches(%(sub_org_ids)s, v.sub_org_id, v.is_shared)
order by v.log_index;
