-- name: create
select outcome, replayed, record_id, problem
from tenancy.create_sub_org(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(idempotency_key)s, %(request_hash)s,
    %(code)s, %(code_key)s, %(name)s, %(parent_id)s, %(sub_org_ids)s
);

-- name: find
-- A parent out of reach has an id only.
select
    s.id, s.code, s.name, s.parent_id, p.code as parent_code, s.path, s.version,
    platform.instant(s.created_at) as created_at, platform.instant(s.updated_at) as updated_at
from tenancy.sub_org as s
left join tenancy.sub_org as p
    on s.org_id = p.org_id and s.parent_id = p.id and tenancy.reaches(%(sub_org_ids)s, p.id, false)
where s.org_id = %(org_id)s and s.id = %(id)s and tenancy.reaches(%(sub_org_ids)s, s.id, false)
union all
select
    s.id, s.code, s.name, s.parent_id, p.code, s.path, s.version,
    platform.instant(s.created_at), platform.instant(s.updated_at)
from tenancy.sub_org as s
left join tenancy.sub_org as p
    on s.org_id = p.org_id and s.parent_id = p.id and tenancy.reaches(%(sub_org_ids)s, p.id, false)
where s.org_id = %(org_id)s and s.code = %(code)s and tenancy.reaches(%(sub_org_ids)s, s.id, false);

-- name: list_page
select
    s.id, s.code, s.name, s.parent_id, p.code as parent_code, s.path, s.version,
    platform.instant(s.created_at) as created_at, platform.instant(s.updated_at) as updated_at
from tenancy.sub_org as s
left join tenancy.sub_org as p
    on s.org_id = p.org_id and s.parent_id = p.id and tenancy.reaches(%(sub_org_ids)s, p.id, false)
where s.org_id = %(org_id)s and s.code > %(after)s and tenancy.reaches(%(sub_org_ids)s, s.id, false)
order by s.code
limit %(limit)s;

-- name: update
-- No row when the department is not at this version any more, or would lie within itself.
select s.id
from tenancy.update_sub_org(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(version)s, %(name)s,
    %(parent_id)s, %(sub_org_ids)s
) as s;
