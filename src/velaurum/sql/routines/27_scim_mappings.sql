-- What an administrator says of a directory: which role a group gives, and whom it keeps beside those that it made.

-- Let a group give a role. Nobody maps a group that they are in, and no group gives what a directory or the operator
-- holds.
create or replace function identity.create_scim_mapping(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text,
    p_request_hash bytea, p_group_id uuid, p_role text, p_sub_org_id uuid, p_sub_org_ids uuid[]
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
    if p_role = 'break-glass' or exists (
        select from identity.role as r
        where r.org_id = p_org_id and r.code = p_role and 'provision' = any(r.permissions)
    ) then
        raise exception 'no group gives this role' using errcode = 'VL022';
    end if;
    if not exists (
        select from identity.scim_group as g where g.org_id = p_org_id and g.id = p_group_id and g.removed_at is null
    ) then
        raise exception 'the group is gone' using errcode = 'VL023';
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    insert into identity.scim_mapping (org_id, id, group_id, role, sub_org_id, created_by)
    values (p_org_id, new_id, p_group_id, p_role, p_sub_org_id, p_actor_id) on conflict do nothing;
    if not found then
        new_id := null;
    else
        perform identity.settle_group(p_org_id, p_actor_id, p_group_id);
    end if;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

create or replace function identity.settle_group(p_org_id uuid, p_actor_id uuid, p_group_id uuid) returns void
language plpgsql as $$
begin
    perform identity.settle_groups(p_org_id, p_actor_id, array(
        select m.user_id from identity.scim_member as m where m.org_id = p_org_id and m.group_id = p_group_id
    ));
end
$$;

-- Take a mapping away, and with it what it gave; false when it is so already.
create or replace function identity.remove_scim_mapping(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_sub_org_ids uuid[]
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    of_group_id uuid;
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform tenancy.require_reach(p_sub_org_ids, null);
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    update identity.scim_mapping as x set removed_at = clock_timestamp(), removed_by = p_actor_id
    where x.org_id = p_org_id and x.id = p_id and x.removed_at is null
    returning x.group_id into of_group_id;
    if of_group_id is null then
        return false;
    end if;
    perform identity.settle_group(p_org_id, p_actor_id, of_group_id);
    return true;
end
$$;

-- Hand a person over to the directory, with the id that what it says was sealed for: refused as taken when a user is
-- that person, or has the name, by its index or by itself.
create or replace function identity.link_scim_user(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text,
    p_request_hash bytea, p_id uuid, p_principal_id uuid, p_user_name text, p_user_name_index bytea,
    p_user_name_key text, p_external_id text, p_external_id_index bytea, p_sub_org_ids uuid[]
) returns ledger.outcome_of_record
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    new_id uuid;
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    perform tenancy.require_reach(p_sub_org_ids, null); -- Who comes further reaches everybody.
    perform identity.require_other_hand(p_org_id, p_actor_id, p_principal_id);
    perform identity.require_manageable(p_org_id, p_principal_id, null);
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    if not identity.is_user_name_taken(p_org_id, null, null, p_user_name_key) then
        insert into identity.scim_user (
            org_id, id, principal_id, user_name, user_name_index, external_id, external_id_index, is_linked, created_by,
            updated_by
        ) values (
            p_org_id, p_id, p_principal_id, p_user_name, p_user_name_index, p_external_id, p_external_id_index, true,
            p_actor_id, p_actor_id
        ) on conflict do nothing returning id into new_id;
    end if;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

-- Take a person out of the directory's hands, with what its groups gave; they stay as they are otherwise.
create or replace function identity.unlink_scim_user(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_sub_org_ids uuid[]
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform tenancy.require_reach(p_sub_org_ids, null);
    if not exists (
        select from identity.scim_user as u where u.org_id = p_org_id and u.id = p_id and u.removed_at is null
    ) then
        return false;
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    perform identity.drop_scim_user(p_org_id, p_actor_id, p_id);
    return true;
end
$$;

select audit.record_changes(
    'identity.scim_user', 'scim-user', '{id}', '{attributes,user_name_key,display_name_key,version,updated_at}',
    '{user_name,external_id,attributes_digest}', '', '{user_name,external_id,attributes_digest}'
);
select audit.record_changes(
    'identity.scim_group', 'scim-group', '{id}', '{display_name_key,version,updated_at}', '{}', ''
);
select audit.record_changes('identity.scim_member', 'scim-member', '{group_id,user_id}', '{}', '{}', '');
select audit.record_changes('identity.scim_mapping', 'scim-mapping', '{id}', '{}', '{}', 'sub_org_id');
