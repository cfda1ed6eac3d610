-- name: create
select outcome, replayed, record_id, problem
from catalog.create_location(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(idempotency_key)s, %(request_hash)s,
    %(code)s, %(code_key)s, %(name)s, %(kind)s, %(parent_id)s, %(sub_org_id)s, %(sub_org_ids)s
);

-- name: find
-- A parent out of reach has an id only.
select
    l.id, l.code, l.name, l.kind, l.parent_id, p.code as parent_code, l.sub_org_id, s.code as sub_org_code, l.version,
    platform.instant(l.created_at) as created_at, platform.instant(l.updated_at) as updated_at
from catalog.location as l
left join catalog.location as p
    on l.org_id = p.org_id and l.parent_id = p.id
    and tenancy.reaches(%(sub_org_ids)s, p.sub_org_id, not p.holds_stock)
left join tenancy.sub_org as s on l.org_id = s.org_id and l.sub_org_id = s.id
where l.org_id = %(org_id)s and l.id = %(id)s
    and tenancy.reaches(%(sub_org_ids)s, l.sub_org_id, not l.holds_stock)
union all
select
    l.id, l.code, l.name, l.kind, l.parent_id, p.code, l.sub_org_id, s.code, l.version,
    platform.instant(l.created_at), platform.instant(l.updated_at)
from catalog.location as l
left join catalog.location as p
    on l.org_id = p.org_id and l.parent_id = p.id
    and tenancy.reaches(%(sub_org_ids)s, p.sub_org_id, not p.holds_stock)
left join tenancy.sub_org as s on l.org_id = s.org_id and l.sub_org_id = s.id
where l.org_id = %(org_id)s and l.code = %(code)s
    and tenancy.reaches(%(sub_org_ids)s, l.sub_org_id, not l.holds_stock);

-- name: list_page
select
    l.id, l.code, l.name, l.kind, l.parent_id, p.code as parent_code, l.sub_org_id, s.code as sub_org_code, l.version,
    platform.instant(l.created_at) as created_at, platform.instant(l.updated_at) as updated_at
from catalog.location as l
left join catalog.location as p
    on l.org_id = p.org_id and l.parent_id = p.id
    and tenancy.reaches(%(sub_org_ids)s, p.sub_org_id, not p.holds_stock)
left join tenancy.sub_org as s on l.org_id = s.org_id and l.sub_org_id = s.id
where l.org_id = %(org_id)s and l.code > %(after)s
    and (%(parent_id)s::uuid is null or l.parent_id = %(parent_id)s)
    and (
        %(within_id)s::uuid is null
        or l.id = any((select catalog.within(%(org_id)s, %(within_id)s, null::uuid[]))::uuid[])
    )
    and tenancy.reaches(%(sub_org_ids)s, l.sub_org_id, not l.holds_stock)
order by l.code
limit %(limit)s;

-- name: update
-- No row when the location is not at this version any more.
select l.id
from catalog.update_location(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(version)s, %(name)s,
    %(sub_org_id)s, %(sub_org_ids)s
) as l;
