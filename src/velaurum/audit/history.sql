-- name: list_page
-- The versions of one record, the newest first, before a log index, as a log of some size knew them. What ended later
-- is valid still; is_at leaves the one that was valid then, and a version those where the record said it was that one.
-- What the record was is read for those alone that are shown: there may be very many.
select
    s.log_index, platform.instant(s.valid_from) as valid_from,
    case when s.ended_by < %(size)s then platform.instant(s.valid_to) end as valid_to, s.action, p.id as actor_id,
    p.kind as actor_kind,
    case when p.id in (select identity.restricted(%(org_id)s)) then p.id::text else p.name end as actor_name,
    c.credential_id, c.request_id,
    'sha256:' || encode(v.leaf_hash, 'hex') as leaf_hash, v.previous_index,
    case when %(with_entries)s then v.entry end as entry,
    audit.shown(
        %(org_id)s, v.subject, audit.record_of(%(org_id)s, s.change_id), s.log_index + 1, %(sub_org_ids)s
    ) as record
from unnest(%(subjects)s::text[]) as w (word)
cross join lateral audit.history(
    %(org_id)s, w.word, %(record_id)s::uuid, %(bounds)s, %(low)s::timestamptz, %(high)s::timestamptz,
    %(sub_org_ids)s
) as s
inner join audit.version as v on v.org_id = %(org_id)s and s.log_index = v.log_index
inner join audit.change as c on v.org_id = c.org_id and v.change_id = c.id
inner join identity.principal as p on c.org_id = p.org_id and c.actor_id = p.id
where s.log_index < %(size)s and s.log_index < %(before)s
    and (not %(is_at)s or coalesce(s.ended_by >= %(size)s, true))
    and coalesce((c.row_after ->> 'version')::bigint = %(version)s::bigint, %(version)s::bigint is null)
order by s.log_index desc
limit %(limit)s;

-- name: at
-- Those of a list of records that were there when the log had some size, as they were, in the order of the list.
select audit.shown(%(org_id)s, %(subject)s, r.said, %(size)s, %(sub_org_ids)s) as record
from unnest(%(ids)s::uuid[]) with ordinality as x (id, place)
cross join lateral (
    select audit.record_at(%(org_id)s, %(subject)s, x.id, %(size)s, %(sub_org_ids)s) as said
) as r
where r.said is not null
order by x.place;
