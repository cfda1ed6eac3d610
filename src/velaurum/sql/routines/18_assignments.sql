-- Assignments: which roles a principal has, and where. Given by somebody else, within the giver's reach, and revoked.

-- Who gives rights gives them to somebody else.
create or replace function identity.require_other_hand(p_org_id uuid, p_actor_id uuid, p_principal_id uuid) returns void
language plpgsql as $$
begin
    if p_actor_id = p_principal_id then
        raise exception 'nobody gives rights to themselves' using errcode = 'VL13A';
    end if;
end
$$;

-- Give a principal a role, in a department or in the whole organisation.
create or replace function identity.assign(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text,
    p_request_hash bytea, p_principal_id uuid, p_role text, p_sub_org_id uuid, p_sub_org_ids uuid[]
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
    perform identity.require_other_hand(p_org_id, p_actor_id, p_principal_id);
    perform identity.require_manageable(p_org_id, p_principal_id, p_sub_org_ids);
    perform tenancy.require_reach(p_sub_org_ids, p_sub_org_id);
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    insert into identity.assignment (org_id, id, principal_id, role, sub_org_id, created_by)
    values (p_org_id, new_id, p_principal_id, p_role, p_sub_org_id, p_actor_id)
    on conflict do nothing;
    if not found then
        return row('invalid', false, null, '{"code": "conflict"}'::jsonb)::ledger.outcome_of_record;
    end if;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

-- True when this call revoked the assignment, false when there was nothing to revoke.
create or replace function identity.revoke_assignment(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_sub_org_ids uuid[]
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    was_managed boolean;
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    was_managed := identity.is_managed(p_org_id);
    update identity.assignment as a set revoked_at = clock_timestamp(), revoked_by = p_actor_id
    where a.org_id = p_org_id and a.id = p_id and a.revoked_at is null
        and tenancy.reaches(p_sub_org_ids, a.sub_org_id, false);
    if not found then
        return false;
    end if;
    perform identity.require_managed(p_org_id, was_managed);
    return true;
end
$$;

select audit.record_changes('identity.assignment', 'assignment', '{id}', '{}', '{}', 'sub_org_id');
