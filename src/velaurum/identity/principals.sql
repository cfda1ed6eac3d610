-- name: create
select outcome, replayed, record_id, problem
from identity.create_principal(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(idempotency_key)s, %(request_hash)s, %(id)s,
    %(kind)s, %(name)s, %(sub_org_id)s, %(sub_org_ids)s
);

-- name: find
select
    p.id, p.kind, p.name, p.sub_org_id, s.code as sub_org_code, p.version, platform.instant(p.created_at) as created_at,
    m.id as maker_id, m.kind as maker_kind, m.name as maker_name, platform.instant(p.disabled_at) as disabled_at
from identity.principal as p
inner join identity.principal as m on p.org_id = m.org_id and p.created_by = m.id
left join tenancy.sub_org as s on p.org_id = s.org_id and p.sub_org_id = s.id
where p.org_id = %(org_id)s and p.id = %(id)s and tenancy.reaches(%(sub_org_ids)s, p.sub_org_id, false);

-- name: list_page
select
    p.id, p.kind, p.name, p.sub_org_id, s.code as sub_org_code, p.version, platform.instant(p.created_at) as created_at,
    m.id as maker_id, m.kind as maker_kind, m.name as maker_name, platform.instant(p.disabled_at) as disabled_at
from identity.principal as p
inner join identity.principal as m on p.org_id = m.org_id and p.created_by = m.id
left join tenancy.sub_org as s on p.org_id = s.org_id and p.sub_org_id = s.id
where p.org_id = %(org_id)s and p.id > %(after)s and tenancy.reaches(%(sub_org_ids)s, p.sub_org_id, false)
order by p.id
limit %(limit)s;

-- name: update
-- False when the principal is not at this version any more.
select updated
from identity.update_principal(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(version)s, %(name)s, %(sub_org_id)s,
    %(sub_org_ids)s
) as updated;

-- name: set_disabled
-- False when it is so already.
select changed
from identity.set_disabled(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(is_disabled)s, %(sub_org_ids)s
) as changed;

-- name: cut_off
-- cross-sub-org: at the operator's own hand.
select was_cut
from identity.cut_principal(%(org_id)s, %(id)s) as was_cut;
