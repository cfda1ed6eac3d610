-- Claims: printed by a server that starts where there is no administrator, used once to make the first.

-- Empty when there is an administrator: nobody claims what is somebody's. What is over goes along.
create or replace function platform.issue_claim(p_id uuid, p_secret_hash bytea, p_life interval) returns setof uuid
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    moment timestamptz := clock_timestamp();
begin
    delete from platform.claim as c where c.expires_at <= moment and c.used_at is null;
    return query
    insert into platform.claim (id, secret_hash, created_at, expires_at)
    select p_id, p_secret_hash, moment, moment + p_life
    where not exists (select from platform.administrator)
    returning id;
end
$$;

-- Use a claim up for the first administrator. Empty when it is over or used, or when there is one already: of two at
-- once the second waits for the first, and meets its administrator.
create or replace function platform.use_claim(
    p_id uuid, p_administrator_id uuid, p_name text, p_secret_hash bytea
) returns setof uuid
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    lock table platform.administrator in exclusive mode;
    update platform.claim as c set used_at = clock_timestamp()
    where c.id = p_id and c.used_at is null and c.expires_at > clock_timestamp();
    if not found then
        return;
    end if;
    return query
    insert into platform.administrator (id, name, secret_hash, created_by)
    select p_administrator_id, p_name, p_secret_hash, 'claim'
    where not exists (select from platform.administrator)
    returning id;
end
$$;
