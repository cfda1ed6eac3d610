-- Groups of a directory: named sets of its users. What a group gives is said by its mappings (27_scim_mappings.sql).

create or replace function identity.is_group_name_taken(p_org_id uuid, p_id uuid, p_display_name_key text)
returns boolean
language sql stable as $$
    select exists (
        select from identity.scim_group as g
        where g.org_id = p_org_id and g.display_name_key = p_display_name_key and g.removed_at is null
            and g.id is distinct from p_id
    )
$$;

-- Put users into a group and take others out, with what that gives and takes; p_removed of null is everybody. False
-- when one is no user of this directory, or when the group would have more than it may: nothing of it is kept then.
create or replace function identity.change_members(
    p_org_id uuid, p_actor_id uuid, p_group_id uuid, p_added uuid[], p_removed uuid[]
) returns boolean
language plpgsql as $$
declare
    touched uuid[];
begin
    if (
        select count(*) from identity.scim_user as u
        where u.org_id = p_org_id and u.id = any(p_added) and u.removed_at is null
    ) <> cardinality(p_added) then
        return false;
    end if;
    with gone as (
        delete from identity.scim_member as m
        where m.org_id = p_org_id and m.group_id = p_group_id
            and (p_removed is null or m.user_id = any(p_removed))
        returning m.user_id
    )
    select coalesce(array_agg(x.user_id), '{}') into touched from gone as x;
    insert into identity.scim_member (org_id, group_id, user_id, created_by)
    select p_org_id, p_group_id, x.user_id, p_actor_id from unnest(p_added) as x (user_id)
    on conflict do nothing;
    perform identity.settle_groups(p_org_id, p_actor_id, touched || p_added);
    return (
        select count(*) from identity.scim_member as m where m.org_id = p_org_id and m.group_id = p_group_id
    ) <= 10000;
end
$$;

-- Create a group of these users: `done` with its id, `taken`, or `unknown` where one is no user.
create or replace function identity.create_scim_group(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_display_name text,
    p_display_name_key text, p_external_id text, p_members uuid[], p_sub_org_ids uuid[]
) returns table (outcome text, id uuid)
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    new_id uuid := platform.uuidv7(clock_timestamp());
begin
    perform identity.begin_provisioning(p_org_id, p_actor_id, p_credential_id, p_request_id, p_sub_org_ids);
    if identity.is_group_name_taken(p_org_id, null, p_display_name_key) then
        return query select 'taken', null::uuid;
        return;
    end if;
    if (select count(*) from identity.scim_group as g where g.org_id = p_org_id) >= 10000 then
        raise exception 'the organisation has as many groups as it may' using errcode = 'VL021';
    end if;
    insert into identity.scim_group (
        org_id, id, display_name, display_name_key, external_id, created_by, updated_by
    ) values (p_org_id, new_id, p_display_name, p_display_name_key, p_external_id, p_actor_id, p_actor_id);
    if not identity.change_members(p_org_id, p_actor_id, new_id, p_members, '{}') then
        return query select 'unknown', null::uuid;
        return;
    end if;
    return query select 'done', new_id;
end
$$;

-- Say a group anew: `done`, `gone`, `stale`, `taken` or `unknown`.
create or replace function identity.update_scim_group(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint,
    p_display_name text, p_display_name_key text, p_external_id text, p_added uuid[], p_removed uuid[],
    p_sub_org_ids uuid[]
) returns text
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    version_now bigint;
begin
    perform identity.begin_provisioning(p_org_id, p_actor_id, p_credential_id, p_request_id, p_sub_org_ids);
    select g.version into version_now from identity.scim_group as g
    where g.org_id = p_org_id and g.id = p_id and g.removed_at is null;
    if not found then
        return 'gone';
    end if;
    if version_now <> p_version then
        return 'stale';
    end if;
    if identity.is_group_name_taken(p_org_id, p_id, p_display_name_key) then
        return 'taken';
    end if;
    update identity.scim_group as g
    set
        display_name = p_display_name, display_name_key = p_display_name_key, external_id = p_external_id,
        version = g.version + 1, updated_by = p_actor_id,
        updated_at = greatest(clock_timestamp(), g.updated_at + interval '1 microsecond')
    where g.org_id = p_org_id and g.id = p_id;
    if not identity.change_members(p_org_id, p_actor_id, p_id, p_added, coalesce(p_removed, '{}')) then
        return 'unknown';
    end if;
    return 'done';
end
$$;

-- Remove a group, with what it gave: `done`, `gone` or `stale`; a version of null is any.
create or replace function identity.remove_scim_group(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint,
    p_sub_org_ids uuid[]
) returns text
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    version_now bigint;
begin
    perform identity.begin_provisioning(p_org_id, p_actor_id, p_credential_id, p_request_id, p_sub_org_ids);
    select g.version into version_now from identity.scim_group as g
    where g.org_id = p_org_id and g.id = p_id and g.removed_at is null;
    if not found then
        return 'gone';
    end if;
    if version_now <> p_version then
        return 'stale';
    end if;
    perform identity.change_members(p_org_id, p_actor_id, p_id, '{}', null);
    update identity.scim_mapping as x set removed_at = clock_timestamp(), removed_by = p_actor_id
    where x.org_id = p_org_id and x.group_id = p_id and x.removed_at is null;
    update identity.scim_group as g set removed_at = clock_timestamp(), removed_by = p_actor_id
    where g.org_id = p_org_id and g.id = p_id;
    return 'done';
end
$$;
