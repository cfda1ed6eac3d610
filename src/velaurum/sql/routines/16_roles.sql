-- The roles that every organisation is born with.
create or replace function identity.seed_roles(p_org_id uuid, p_actor_id uuid) returns void
language sql as $$
    insert into identity.role (org_id, id, code, name, permissions, is_seeded, created_by, updated_by)
    select p_org_id, platform.uuidv7(clock_timestamp()), r.code, r.name, r.permissions, true, p_actor_id, p_actor_id
    from (
        values
        ('org-admin', 'Organisation administrator', array[
            'read', 'manage-catalog', 'manage-identity', 'manage-webhooks', 'read-assurance'
        ]),
        ('controller', 'Inventory controller', array['read', 'post', 'approve', 'close-periods']),
        ('storekeeper', 'Storekeeper', array['read', 'post']),
        ('counter', 'Counter', array['count']),
        ('integration', 'Integration', array['read', 'post']),
        ('auditor', 'Auditor', array['read', 'read-assurance']),
        ('provisioner', 'Directory', array['provision'])
    ) as r (code, name, permissions)
$$;

-- A role of the organisation's own. Roles hold for all departments, so that it takes reach of the whole organisation.
create or replace function identity.create_role(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid,
    p_idempotency_key text, p_request_hash bytea, p_code text, p_name text, p_permissions text[], p_sub_org_ids uuid[]
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
    perform tenancy.require_reach(p_sub_org_ids, null);
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    insert into identity.role (org_id, id, code, name, permissions, is_seeded, created_by, updated_by)
    values (p_org_id, new_id, p_code, p_name, p_permissions, false, p_actor_id, p_actor_id)
    on conflict do nothing;
    if not found then
        new_id := null;
    end if;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

-- Whether a principal has a role, by a living token or assignment.
create or replace function identity.holds_role(p_org_id uuid, p_principal_id uuid, p_role text) returns boolean
language sql stable as $$
    select exists (
        select from identity.token as t
        where t.org_id = p_org_id and t.principal_id = p_principal_id and t.role = p_role
            and t.revoked_at is null and t.expires_at > clock_timestamp()
    ) or exists (
        select from identity.assignment as a
        where a.org_id = p_org_id and a.principal_id = p_principal_id and a.role = p_role and a.revoked_at is null
    )
$$;

-- Whether a principal may do a thing, by any living token or assignment.
create or replace function identity.may_anyhow(p_org_id uuid, p_principal_id uuid, p_permission text) returns boolean
language sql stable as $$
    select exists (
        select from identity.role as r
        where r.org_id = p_org_id and p_permission = any(r.permissions)
            and identity.holds_role(p_org_id, p_principal_id, r.code)
    )
$$;

-- Change a role of the organisation's own; false when its version is not the expected one, or when it is a seeded one.
-- Nobody changes a role that they hold. It acts on the next request of whoever holds it.
create or replace function identity.update_role(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid,
    p_id uuid, p_version bigint, p_name text, p_permissions text[], p_sub_org_ids uuid[]
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    subject identity.role;
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform tenancy.require_reach(p_sub_org_ids, null);
    select * into strict subject from identity.role as r where r.org_id = p_org_id and r.id = p_id;
    if identity.holds_role(p_org_id, p_actor_id, subject.code) then
        raise exception 'nobody changes a role that they hold' using errcode = 'VL13A';
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    update identity.role as r
    set
        name = p_name, permissions = p_permissions, version = r.version + 1,
        updated_at = greatest(clock_timestamp(), r.updated_at + interval '1 microsecond'), updated_by = p_actor_id
    where r.org_id = p_org_id and r.id = p_id and r.version = p_version and not r.is_seeded;
    return found;
end
$$;

select audit.record_changes('identity.role', 'role', '{id}', '{}', '{}', 'shared');
