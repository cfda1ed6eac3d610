-- name: changes
-- Changes of a stretch of the log, in its order, as far as they are within reach: which record, and which members of it
-- are otherwise, without what they say. A version before it that is out of reach has no number.
select
    v.log_index, v.subject, v.subject_id, v.action, platform.instant(v.recorded_at) as recorded_at, c.actor_id,
    p.kind as actor_kind, c.request_id, 'sha256:' || encode(v.leaf_hash, 'hex') as leaf_hash,
    v.previous_index, coalesce(c.row_after, b.row_after) ->> 'code' as code,
    (c.row_after ->> 'version')::bigint as version, (b.row_after ->> 'version')::bigint as previous_version,
    array(
        select k.key from jsonb_each(coalesce(c.after, c.before)) as k
        order by k.key
    ) as members
from audit.version as v
inner join audit.change as c on v.org_id = c.org_id and v.change_id = c.id
inner join identity.principal as p on c.org_id = p.org_id and c.actor_id = p.id
left join audit.version as w
    on v.org_id = w.org_id and v.previous_index = w.log_index
    and tenancy.reaches(%(sub_org_ids)s, w.sub_org_id, w.is_shared)
left join audit.change as b on w.org_id = b.org_id and w.change_id = b.id
where v.org_id = %(org_id)s and v.log_index >= %(from_index)s and v.log_index < %(to_index)s
    and v.subject = any(%(subjects)s::text[])
    and tenancy.reaches(%(sub_org_ids)s, v.sub_org_id, v.is_shared)
order by v.log_index;
