-- name: list_page
-- The versions of one record, the newest first, before a log index, as a log of some size knew them. What ended later
-- is valid still; is_at leaves the one that was valid then.
select
    s.log_index, platform.instant(s.valid_from) as valid_from,
    case when s.ended_by < %(size)s then platform.instant(s.valid_to) end as valid_to, s.action, p.id as actor_id,
    p.kind as actor_kind, p.name as actor_name, c.credential_id, c.request_id,
    'sha256:' || encode(v.leaf_hash, 'hex') as leaf_hash, audit.record_of(%(org_id)s, s.change_id) as record
from audit.history(
    %(org_id)s, %(subject)s, %(record_id)s, %(bounds)s, %(low)s::timestamptz, %(high)s::timestamptz,
    %(sub_org_ids)s
) as s
inner join audit.version as v on v.org_id = %(org_id)s and s.log_index = v.log_index
inner join audit.change as c on v.org_id = c.org_id and v.change_id = c.id
inner join identity.principal as p on c.org_id = p.org_id and c.actor_id = p.id
where s.log_index < %(size)s and s.log_index < %(before)s
    and (not %(is_at)s or coalesce(s.ended_by >= %(size)s, true))
order by s.log_index desc
limit %(limit)s;
