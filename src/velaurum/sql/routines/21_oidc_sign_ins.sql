-- Sign-ins by a provider: begun by anybody, finished once by the browser that began it.

-- What was begun and never finished goes away with the next one, so that a flood leaves nothing behind.
create or replace function identity.begin_sign_in(
    p_org_id uuid, p_id uuid, p_provider_id uuid, p_secret_hash bytea, p_return_to text, p_life interval
) returns uuid
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    moment timestamptz := clock_timestamp();
begin
    perform tenancy.refuse_suspended(p_org_id);
    delete from identity.sign_in as s where s.org_id = p_org_id and s.expires_at < moment;
    insert into identity.sign_in (org_id, id, provider_id, secret_hash, return_to, created_at, expires_at)
    values (p_org_id, p_id, p_provider_id, p_secret_hash, p_return_to, moment, moment + p_life);
    return p_id;
end
$$;

-- True for the one call that uses a sign-in in time.
create or replace function identity.use_sign_in(p_org_id uuid, p_id uuid) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    update identity.sign_in as s set used_at = clock_timestamp()
    where s.org_id = p_org_id and s.id = p_id and s.used_at is null and s.expires_at > clock_timestamp();
    return found;
end
$$;

-- For whom a provider vouches with this subject, or null. It is sought by its index, or, where it is from before and
-- has none, as the provider says it. Provider and link are held, so that neither is taken away between this and the
-- session that it opens.
create or replace function identity.vouched_for(
    p_org_id uuid, p_provider_id uuid, p_subject_index bytea, p_said text
) returns uuid
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    found_id uuid;
begin
    perform from identity.provider as p
    where p.org_id = p_org_id and p.id = p_provider_id and p.disabled_at is null
    for share;
    if not found then
        return null;
    end if;
    select x.principal_id into found_id from identity.provider_subject as x
    where x.org_id = p_org_id and x.provider_id = p_provider_id and x.removed_at is null
        and (x.subject_index = p_subject_index or x.subject_index is null and x.subject = p_said)
    for share;
    return found_id;
end
$$;
