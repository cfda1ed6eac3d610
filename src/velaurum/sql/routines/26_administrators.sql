-- Administrators after the first: made and revoked on the data directory.

-- Empty when the name was given before, to whomever: in the records of tenants a name is one person for ever.
create or replace function platform.create_administrator(
    p_id uuid, p_name text, p_secret_hash bytea, p_created_by text
) returns setof uuid
language sql security definer
set search_path = pg_catalog, pg_temp as $$
    insert into platform.administrator (id, name, secret_hash, created_by)
    values (p_id, p_name, p_secret_hash, p_created_by)
    on conflict (name) do nothing
    returning id
$$;

-- True when this call revoked the administrator. Waits for whoever is breaking a glass at this moment.
create or replace function platform.revoke_administrator(p_id uuid, p_revoked_by text) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    update platform.administrator as a
    set revoked_at = clock_timestamp(), revoked_by = p_revoked_by
    where a.id = p_id and a.revoked_at is null;
    return found;
end
$$;

-- The name of an administrator who was not revoked, and will not be before the end of the transaction; else null.
create or replace function platform.living_administrator(p_id uuid) returns text
language sql volatile as $$
    select a.name from platform.administrator as a where a.id = p_id and a.revoked_at is null for share
$$;

-- An administrator stays as they were made, but for one revocation, and is never removed: their name stands in the
-- records of organisations.
create or replace function platform.refuse_change_of_administrator() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    if tg_op = 'UPDATE' and old.revoked_at is null
        and to_jsonb(new) - array['revoked_at', 'revoked_by'] = to_jsonb(old) - array['revoked_at', 'revoked_by'] then
        return new;
    end if;
    raise exception '% of an administrator is refused: revoke them, and make another', tg_op using errcode = 'VL001';
end
$$;

create or replace trigger administrator_row_is_never_changed before update or delete on platform.administrator
for each row execute function platform.refuse_change_of_administrator();
alter table platform.administrator enable always trigger administrator_row_is_never_changed;
create or replace trigger administrator_is_never_emptied before truncate on platform.administrator
for each statement execute function platform.refuse_change_of_administrator();
alter table platform.administrator enable always trigger administrator_is_never_emptied;
