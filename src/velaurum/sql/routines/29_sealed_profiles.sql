-- What a directory says of people, and what they call their passkeys: written sealed under their own key, with the
-- index of what they are found by; sealed anew, and written over when their person is erased.

create or replace trigger name_is_under_a_living_key before insert or update of name on identity.passkey
for each row when (keys.is_sealed_text(new.name)) execute function keys.require_living_key('name', 'principal_id');
alter table identity.passkey enable always trigger name_is_under_a_living_key;

-- The trigger of a text that may be said anew, of its index, and of the column for what it looked like before it was
-- sealed, all of which it is told. What is said is sealed under its person's key, or nothing; what is from before
-- stays, and is never written. An index comes and goes with its text: of who was erased it goes, and never comes back.
create or replace function identity.refuse_plain_text() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    was jsonb := case when tg_op = 'UPDATE' then to_jsonb(old) else '{}' end;
    becomes jsonb := to_jsonb(new);
    said text := becomes ->> tg_argv[0];
    index text := becomes ->> tg_argv[1];
    is_said boolean := said is distinct from was ->> tg_argv[0];
    is_indexed boolean := index is distinct from was ->> tg_argv[1];
    is_shaped boolean := becomes ->> tg_argv[2] is distinct from was ->> tg_argv[2];
    is_erased boolean;
begin
    if not (is_said or is_indexed or is_shaped) then
        return new;
    end if;
    is_erased := identity.is_erased(new.org_id, new.principal_id);
    if is_said and not coalesce(keys.is_sealed_text(said) or is_erased and said = identity.erased_text(new.id), true)
        or is_shaped and becomes ->> tg_argv[2] is not null
    then
        raise exception '%.%.% is sealed', tg_table_schema, tg_table_name, tg_argv[0] using
            errcode = 'check_violation', constraint = concat(tg_table_name, '_', tg_argv[0], '_sealed_check');
    elsif is_indexed and index is not null and (
        is_erased or not coalesce(keys.is_sealed_text(said), false)
        or was ->> tg_argv[1] is not null and keys.commitment_of(said) = keys.commitment_of(was ->> tg_argv[0])
    ) or index is null and tg_argv[3] = 'found' and keys.is_sealed_text(said) and not is_erased then
        raise exception '%.%.% does not go with its index', tg_table_schema, tg_table_name, tg_argv[0]
            using errcode = 'VL001';
    elsif is_said and keys.is_sealed_text(said) then
        perform keys.hold_key_of(
            new.org_id, keys.envelope_of(said), new.principal_id,
            concat(tg_table_schema, '.', tg_table_name, '.', tg_argv[0]));
    end if;
    return new;
end
$$;

create or replace trigger user_name_is_only_sealed before insert or update of
user_name, user_name_key, user_name_index on identity.scim_user for each row
execute function identity.refuse_plain_text('user_name', 'user_name_index', 'user_name_key', 'found');
create or replace trigger external_id_is_only_sealed before insert or update of
external_id, external_id_index on identity.scim_user for each row
execute function identity.refuse_plain_text('external_id', 'external_id_index', '', 'found');
create or replace trigger attributes_are_only_sealed before insert or update of
attributes, display_name_key, display_name_index on identity.scim_user for each row
execute function identity.refuse_plain_text('attributes', 'display_name_index', 'display_name_key', '');
create or replace trigger digest_is_only_sealed before insert or update of attributes_digest on identity.scim_user
for each row execute function identity.refuse_plain_text('attributes_digest', '', '', '');
alter table identity.scim_user enable always trigger user_name_is_only_sealed;
alter table identity.scim_user enable always trigger external_id_is_only_sealed;
alter table identity.scim_user enable always trigger attributes_are_only_sealed;
alter table identity.scim_user enable always trigger digest_is_only_sealed;

create or replace trigger name_is_written_sealed before insert on identity.passkey
for each row execute function identity.refuse_plain_text('name', '', '', '');
create or replace trigger name_is_only_sealed before update of name on identity.passkey
for each row execute function identity.refuse_other_text('name', '');
alter table identity.passkey enable always trigger name_is_written_sealed;
alter table identity.passkey enable always trigger name_is_only_sealed;

-- Put another envelope of what is said of a user in the place of p_before, or the first one, with its index. False
-- where p_before stands no longer.
create or replace function identity.seal_scim_user(
    p_org_id uuid, p_id uuid, p_name text, p_before text, p_sealed text, p_index bytea
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    update identity.scim_user as u
    set
        user_name = case p_name when 'user_name' then p_sealed else u.user_name end,
        user_name_key = case p_name when 'user_name' then null else u.user_name_key end,
        user_name_index = case p_name
            when 'user_name' then coalesce(u.user_name_index, p_index) else u.user_name_index end,
        external_id = case p_name when 'external_id' then p_sealed else u.external_id end,
        external_id_index = case p_name
            when 'external_id' then coalesce(u.external_id_index, p_index) else u.external_id_index end,
        attributes = case p_name when 'attributes' then p_sealed else u.attributes end,
        display_name_key = case p_name when 'attributes' then null else u.display_name_key end,
        display_name_index = case p_name
            when 'attributes' then coalesce(u.display_name_index, p_index) else u.display_name_index end,
        attributes_digest = case p_name when 'attributes_digest' then p_sealed else u.attributes_digest end
    where u.org_id = p_org_id and u.id = p_id and keys.is_sealed_text(p_sealed) and p_before = case p_name
        when 'user_name' then u.user_name when 'external_id' then u.external_id
        when 'attributes' then u.attributes when 'attributes_digest' then u.attributes_digest
    end and coalesce(keys.commitment_of(p_before), keys.commitment_of(p_sealed)) = keys.commitment_of(p_sealed);
    return found;
end
$$;

create or replace function identity.seal_passkey(p_org_id uuid, p_id uuid, p_before text, p_name text) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    update identity.passkey as k set name = p_name
    where k.org_id = p_org_id and k.id = p_id and k.name = p_before and keys.is_sealed_text(p_name);
    return found;
end
$$;

-- Nobody finds by it any more who was erased, nor reads what no entry has; that is no entry itself.
create or replace function identity.forget_profiles(p_org_id uuid, p_principal_id uuid) returns void
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    update identity.scim_user as u
    set
        user_name_key = null, user_name_index = null, external_id_index = null, attributes = null,
        display_name_key = null, display_name_index = null
    where u.org_id = p_org_id and u.principal_id = p_principal_id;
end
$$;

-- Take who was erased out of the directory's hands, and write over what stands of them, each of which is an entry. Who
-- acts was said.
create or replace function identity.overwrite_profiles(p_org_id uuid, p_principal_id uuid, p_actor_id uuid)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    perform identity.drop_scim_user(p_org_id, p_actor_id, u.id) from identity.scim_user as u
    where u.org_id = p_org_id and u.principal_id = p_principal_id and u.removed_at is null;
    update identity.scim_user as u
    set user_name = identity.erased_text(u.id), external_id = null, attributes_digest = null
    where u.org_id = p_org_id and u.principal_id = p_principal_id and u.user_name <> identity.erased_text(u.id);
    update identity.passkey as k set name = identity.erased_text(k.id)
    where k.org_id = p_org_id and k.principal_id = p_principal_id and k.name <> identity.erased_text(k.id);
end
$$;
