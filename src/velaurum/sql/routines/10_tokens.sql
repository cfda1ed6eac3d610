-- One principal and its first token. The secret stays with the caller; only its hash is stored.
create or replace function identity.create_token(
    p_org_id uuid, p_id uuid, p_kind text, p_name text, p_role text, p_sub_org_id uuid, p_secret_hash bytea,
    p_life interval
) returns uuid
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    operator_id uuid;
    new_principal_id uuid := platform.uuidv7(clock_timestamp());
begin
    if p_life > interval '365 days' then
        raise exception 'a token lives 365 days at most';
    end if;
    select p.id into strict operator_id from identity.principal as p
    where p.org_id = p_org_id and p.created_by = p.id;
    insert into identity.principal (org_id, id, kind, name, created_by)
    values (p_org_id, new_principal_id, p_kind, p_name, operator_id);
    insert into identity.token (org_id, id, principal_id, role, sub_org_id, secret_hash, created_by, expires_at)
    values (
        p_org_id, p_id, new_principal_id, p_role, p_sub_org_id, p_secret_hash, operator_id, clock_timestamp() + p_life
    );
    return new_principal_id;
end
$$;

-- True when this call revoked the token, false when there was nothing to revoke.
create or replace function identity.revoke_token(p_org_id uuid, p_id uuid) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    update identity.token as t
    set
        revoked_at = clock_timestamp(),
        revoked_by = (
            select p.id from identity.principal as p
            where p.org_id = p_org_id and p.created_by = p.id
        )
    where t.org_id = p_org_id and t.id = p_id and t.revoked_at is null;
    return found;
end
$$;
