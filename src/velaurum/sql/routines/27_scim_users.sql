-- Users of a directory: each is a person of the organisation. Whoever provisions reaches no other principal than these.
-- Every routine takes the head lock first: of two that meet one comes after the other, and a posting is before it.

-- Who provisions is a service account in the whole organisation; who acts is said to the record of changes.
create or replace function identity.begin_provisioning(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_sub_org_ids uuid[]
) returns void
language plpgsql as $$
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform tenancy.refuse_suspended(p_org_id);
    perform tenancy.require_reach(p_sub_org_ids, null);
    if not exists (
        select from identity.principal as p where p.org_id = p_org_id and p.id = p_actor_id and p.kind = 'service'
    ) then
        raise exception 'only a service account provisions' using errcode = 'VL019';
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

-- Give these users what their groups give now, and take away what those gave before. Nobody's hand gives its own
-- principal anything, and the last who manages identity stays.
create or replace function identity.settle_groups(p_org_id uuid, p_actor_id uuid, p_user_ids uuid[]) returns void
language plpgsql as $$
declare
    was_managed boolean := identity.is_managed(p_org_id);
begin
    perform identity.require_other_hand(p_org_id, p_actor_id, u.principal_id) from identity.scim_user as u
    where u.org_id = p_org_id and u.id = any(p_user_ids);
    update identity.scim_user as u
    set version = u.version + 1, updated_at = greatest(clock_timestamp(), u.updated_at + interval '1 microsecond')
    where u.org_id = p_org_id and u.id = any(p_user_ids);
    update identity.assignment as a set revoked_at = clock_timestamp(), revoked_by = p_actor_id
    where a.org_id = p_org_id and a.is_provisioned and a.revoked_at is null and a.principal_id in (
        select u.principal_id from identity.scim_user as u where u.org_id = p_org_id and u.id = any(p_user_ids)
    ) and not exists (
        select from identity.scim_user as u
        inner join identity.scim_member as m on u.org_id = m.org_id and u.id = m.user_id
        inner join identity.scim_mapping as x on m.org_id = x.org_id and m.group_id = x.group_id
        where u.org_id = p_org_id and u.principal_id = a.principal_id and x.removed_at is null
            and x.role = a.role and x.sub_org_id is not distinct from a.sub_org_id
    );
    insert into identity.assignment (org_id, id, principal_id, role, sub_org_id, created_by, is_provisioned)
    select distinct on (u.principal_id, x.role, x.sub_org_id)
        p_org_id, platform.uuidv7(clock_timestamp()), u.principal_id, x.role, x.sub_org_id, p_actor_id, true
    from identity.scim_user as u
    inner join identity.scim_member as m on u.org_id = m.org_id and u.id = m.user_id
    inner join identity.scim_mapping as x on m.org_id = x.org_id and m.group_id = x.group_id
    where u.org_id = p_org_id and u.id = any(p_user_ids) and u.removed_at is null and x.removed_at is null
    on conflict do nothing;
    perform identity.require_managed(p_org_id, was_managed);
end
$$;

-- Whether a name is that of another living user, by its index, or by itself among those from before. Of who was erased,
-- and is in the directory's hands yet, nobody has the name.
create or replace function identity.is_user_name_taken(
    p_org_id uuid, p_id uuid, p_user_name_index bytea, p_user_name_key text
) returns boolean
language sql stable as $$
    select exists (
        select from identity.scim_user as u
        where u.org_id = p_org_id and (u.user_name_index = p_user_name_index or u.user_name_key = p_user_name_key)
            and u.removed_at is null and u.id is distinct from p_id
    )
$$;

-- Disable the person of a user, or enable it again; the user remembers when. Whom somebody else disabled stays so.
create or replace function identity.set_user_active(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_is_active boolean
) returns void
language plpgsql as $$
declare
    subject identity.scim_user;
    of_disabled_at timestamptz;
begin
    select * into strict subject from identity.scim_user as u where u.org_id = p_org_id and u.id = p_id;
    select p.disabled_at into of_disabled_at from identity.principal as p
    where p.org_id = p_org_id and p.id = subject.principal_id;
    if p_is_active = (of_disabled_at is null) then
        return;
    end if;
    if p_is_active and subject.deactivated_at is distinct from of_disabled_at then
        raise exception 'somebody else disabled this person' using errcode = 'VL020';
    end if;
    perform identity.set_disabled(
        p_org_id, p_actor_id, p_credential_id, p_request_id, subject.principal_id, not p_is_active, null);
    update identity.scim_user as u set deactivated_at = (
        select p.disabled_at from identity.principal as p where p.org_id = p_org_id and p.id = subject.principal_id
    ) where u.org_id = p_org_id and u.id = p_id;
end
$$;

-- Create a user, which makes a principal that may do nothing, with the ids that what is said of them was sealed for;
-- false when the name is taken. Principals are never removed, so that an organisation has this many users at most,
-- those among them who are gone.
create or replace function identity.create_scim_user(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_principal_id uuid,
    p_user_name text, p_user_name_index bytea, p_user_name_key text, p_external_id text, p_external_id_index bytea,
    p_attributes text, p_display_name_index bytea, p_attributes_digest text, p_name text, p_is_active boolean,
    p_sub_org_ids uuid[]
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    perform identity.begin_provisioning(p_org_id, p_actor_id, p_credential_id, p_request_id, p_sub_org_ids);
    if identity.is_user_name_taken(p_org_id, null, p_user_name_index, p_user_name_key) then
        return false;
    end if;
    if (select count(*) from identity.scim_user as u where u.org_id = p_org_id) >= 100000 then
        raise exception 'the organisation has as many users as it may' using errcode = 'VL021';
    end if;
    insert into identity.principal (org_id, id, kind, name, created_by)
    values (p_org_id, p_principal_id, 'user', p_name, p_actor_id);
    insert into identity.scim_user (
        org_id, id, principal_id, user_name, user_name_index, external_id, external_id_index, attributes,
        display_name_index, attributes_digest, is_linked, created_by, updated_by
    ) values (
        p_org_id, p_id, p_principal_id, p_user_name, p_user_name_index, p_external_id, p_external_id_index,
        p_attributes, p_display_name_index, p_attributes_digest, false, p_actor_id, p_actor_id
    );
    perform identity.set_user_active(p_org_id, p_actor_id, p_credential_id, p_request_id, p_id, p_is_active);
    return true;
end
$$;

-- Say a user anew, whose person keeps its name where p_name is null, and which keeps what p_said does not name:
-- `done`, `gone`, `stale` when it is not at this version any more, or `taken`. What a user shows changes with its
-- principal as well, so that its version counts the changes of both.
create or replace function identity.update_scim_user(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_said text[],
    p_user_name text, p_user_name_index bytea, p_user_name_key text, p_external_id text, p_external_id_index bytea,
    p_attributes text, p_display_name_index bytea, p_attributes_digest text, p_name text, p_is_active boolean,
    p_sub_org_ids uuid[]
) returns text
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    subject identity.scim_user;
    person identity.principal;
begin
    perform identity.begin_provisioning(p_org_id, p_actor_id, p_credential_id, p_request_id, p_sub_org_ids);
    select * into subject from identity.scim_user as u
    where u.org_id = p_org_id and u.id = p_id and u.removed_at is null;
    if not found then
        return 'gone';
    end if;
    select * into strict person from identity.principal as p where p.org_id = p_org_id and p.id = subject.principal_id;
    if subject.version + person.version <> p_version then
        return 'stale';
    end if;
    if identity.is_user_name_taken(p_org_id, p_id, p_user_name_index, p_user_name_key) then
        return 'taken';
    end if;
    update identity.scim_user as u
    set
        user_name = case when 'user_name' = any(p_said) then p_user_name else u.user_name end,
        user_name_index = case when 'user_name' = any(p_said) then p_user_name_index else u.user_name_index end,
        user_name_key = case when not 'user_name' = any(p_said) then u.user_name_key end,
        external_id = case when 'external_id' = any(p_said) then p_external_id else u.external_id end,
        external_id_index = case when 'external_id' = any(p_said) then p_external_id_index else u.external_id_index end,
        attributes = case when 'attributes' = any(p_said) then p_attributes else u.attributes end,
        attributes_digest = case when 'attributes' = any(p_said) then p_attributes_digest else u.attributes_digest end,
        display_name_index = case
            when 'attributes' = any(p_said) then p_display_name_index else u.display_name_index end,
        display_name_key = case when not 'attributes' = any(p_said) then u.display_name_key end,
        version = u.version + 1, updated_by = p_actor_id,
        updated_at = greatest(clock_timestamp(), u.updated_at + interval '1 microsecond')
    where u.org_id = p_org_id and u.id = p_id;
    update identity.principal as p set name = p_name, version = p.version + 1
    where p.org_id = p_org_id and p.id = subject.principal_id and p_name is not null;
    perform identity.set_user_active(p_org_id, p_actor_id, p_credential_id, p_request_id, p_id, p_is_active);
    return 'done';
end
$$;

-- Take a user out of its groups and out of the directory's hands; what was said of it is forgotten.
create or replace function identity.drop_scim_user(p_org_id uuid, p_actor_id uuid, p_id uuid) returns void
language plpgsql as $$
begin
    update identity.scim_group as g
    set version = g.version + 1, updated_at = greatest(clock_timestamp(), g.updated_at + interval '1 microsecond')
    where g.org_id = p_org_id and g.id in (
        select m.group_id from identity.scim_member as m where m.org_id = p_org_id and m.user_id = p_id
    );
    delete from identity.scim_member as m where m.org_id = p_org_id and m.user_id = p_id;
    perform identity.settle_groups(p_org_id, p_actor_id, array[p_id]);
    update identity.scim_user as u
    set
        removed_at = clock_timestamp(), removed_by = p_actor_id, attributes = null, attributes_digest = null,
        display_name_key = null, display_name_index = null
    where u.org_id = p_org_id and u.id = p_id;
end
$$;

-- Remove a user, which disables its person for good: `done`, `gone` or `stale`; a version of null is any.
create or replace function identity.remove_scim_user(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint,
    p_sub_org_ids uuid[]
) returns text
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    version_now bigint;
begin
    perform identity.begin_provisioning(p_org_id, p_actor_id, p_credential_id, p_request_id, p_sub_org_ids);
    select u.version + p.version into version_now from identity.scim_user as u
    inner join identity.principal as p on u.org_id = p.org_id and u.principal_id = p.id
    where u.org_id = p_org_id and u.id = p_id and u.removed_at is null;
    if not found then
        return 'gone';
    end if;
    if version_now <> p_version then
        return 'stale';
    end if;
    perform identity.set_user_active(p_org_id, p_actor_id, p_credential_id, p_request_id, p_id, false);
    perform identity.drop_scim_user(p_org_id, p_actor_id, p_id);
    return 'done';
end
$$;
