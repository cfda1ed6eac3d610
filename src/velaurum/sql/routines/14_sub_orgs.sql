-- Departments: created once per key, changed by version; moved with all that is below them.

create or replace function tenancy.create_sub_org(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid,
    p_idempotency_key text, p_request_hash bytea, p_code text, p_code_key text, p_name text, p_parent_id uuid,
    p_sub_org_ids uuid[]
) returns ledger.outcome_of_record
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    new_id uuid := platform.uuidv7(clock_timestamp());
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    perform tenancy.require_reach(p_sub_org_ids, p_parent_id);
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    insert into tenancy.sub_org (org_id, id, code, code_key, name, parent_id, path, created_by, updated_by)
    values (
        p_org_id, new_id, p_code, p_code_key, p_name, p_parent_id, coalesce((
            select s.path from tenancy.sub_org as s where s.org_id = p_org_id and s.id = p_parent_id
        ), '{}') || new_id, p_actor_id, p_actor_id
    ) on conflict do nothing;
    if not found then
        new_id := null;
    end if;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

-- Rename or move a department; no row when its version is not the expected one, or when it would lie in itself. Who
-- moves it reaches the department that it leaves and the one that it comes to. What is below it moves along, also what
-- came there a moment ago: the tree is seen whole here, and p_sub_org_ids alone says what may be changed.
create or replace function tenancy.update_sub_org(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid,
    p_id uuid, p_version bigint, p_name text, p_parent_id uuid, p_sub_org_ids uuid[]
) returns setof tenancy.sub_org
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    sub_orgs text := tenancy.see_sub_orgs('*');
    moved tenancy.sub_org;
    new_path uuid[];
begin
    -- Two moves at once could close a circle; the head row lets one after the other.
    perform from ledger.head as h where h.org_id = p_org_id for update;
    select * into moved from tenancy.sub_org as s where s.org_id = p_org_id and s.id = p_id and s.version = p_version
        and tenancy.reaches(p_sub_org_ids, s.id, false);
    new_path := coalesce((
        select s.path from tenancy.sub_org as s where s.org_id = p_org_id and s.id = p_parent_id
    ), '{}') || p_id;
    if moved.id is null or p_id = any(trim_array(new_path, 1)) then
        perform tenancy.see_sub_orgs(sub_orgs);
        return;
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    if moved.parent_id is distinct from p_parent_id then
        perform tenancy.require_reach(p_sub_org_ids, moved.parent_id);
        perform tenancy.require_reach(p_sub_org_ids, p_parent_id);
        update tenancy.sub_org as s
        set
            path = new_path || s.path[cardinality(moved.path) + 1:],
            parent_id = case when s.id = p_id then p_parent_id else s.parent_id end
        where s.org_id = p_org_id and s.path @> array[p_id];
    end if;
    return query
    update tenancy.sub_org as s
    set
        name = p_name, version = s.version + 1,
        updated_at = greatest(clock_timestamp(), s.updated_at + interval '1 microsecond'), updated_by = p_actor_id
    where s.org_id = p_org_id and s.id = p_id
    returning s.*;
    perform tenancy.see_sub_orgs(sub_orgs);
end
$$;

-- Suspend or resume an organisation; false when it is so already. The head row is locked, so that every posting is
-- either before it or refused.
create or replace function tenancy.set_suspension(p_org_id uuid, p_actor_id uuid, p_is_suspended boolean, p_reason text)
returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    moment timestamptz;
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform identity.act_as(p_org_id, (
        select p.id from identity.principal as p where p.org_id = p_org_id and p.created_by = p.id
    ), null, null);
    moment := clock_timestamp();
    update tenancy.org as o
    set suspended_at = case when p_is_suspended then moment end
    where o.org_id = p_org_id and (o.suspended_at is not null) <> p_is_suspended;
    if not found then
        return false;
    end if;
    insert into tenancy.suspension (org_id, id, action, reason, at, actor_id)
    values (
        p_org_id, platform.uuidv7(moment), case when p_is_suspended then 'suspended' else 'resumed' end,
        p_reason, moment, p_actor_id
    );
    return true;
end
$$;

select audit.record_changes('tenancy.sub_org', 'sub-org', '{id}', '{}', '{}', 'id');
select audit.record_changes('tenancy.suspension', 'suspension', '{id}', '{}', '{reason}', 'shared');
