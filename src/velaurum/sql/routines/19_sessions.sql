-- Sessions: opened by whoever proved to be a person of the organisation, kept alive by being used, ended for ever.

-- Null when this is nobody who may sign in: services and processes never do, nor who was disabled or cut off.
create or replace function identity.open_session(
    p_org_id uuid, p_id uuid, p_principal_id uuid, p_method text, p_secret_hash bytea, p_idle interval, p_life interval
) returns uuid
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    moment timestamptz := clock_timestamp();
begin
    perform tenancy.refuse_suspended(p_org_id);
    -- Locked, so that a session is either there when its person is disabled, or never opened.
    perform from identity.principal as p
    where p.org_id = p_org_id and p.id = p_principal_id and p.kind = 'user' and p.disabled_at is null
        and p.cut_at is null
    for share;
    if not found then
        return null;
    end if;
    insert into identity.session (
        org_id, id, principal_id, method, secret_hash, created_at, created_by, seen_at, idle_after, expires_at
    ) values (
        p_org_id, p_id, p_principal_id, p_method, p_secret_hash, moment, p_principal_id, moment, p_idle, moment + p_life
    );
    return p_id;
end
$$;

-- Somebody is there: idle time starts anew. Written seldom, as every request says it.
create or replace function identity.see_session(p_org_id uuid, p_id uuid) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    update identity.session as s set seen_at = clock_timestamp()
    where s.org_id = p_org_id and s.id = p_id and s.ended_at is null
        and s.seen_at + s.idle_after > clock_timestamp()
        and s.seen_at + least(s.idle_after / 30, interval '1 minute') < clock_timestamp();
    return found;
end
$$;

-- True when this call ended the session, false when there was nothing to end.
create or replace function identity.end_session(p_org_id uuid, p_id uuid, p_actor_id uuid) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    update identity.session as s set ended_at = clock_timestamp(), ended_by = p_actor_id
    where s.org_id = p_org_id and s.id = p_id and s.ended_at is null;
    return found;
end
$$;

-- Whoever is disabled has no session any more, in the same transaction, whoever writes it. Being enabled again
-- brings none back.
create or replace function identity.end_sessions_of_disabled() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    update identity.session as s set ended_at = clock_timestamp(), ended_by = new.disabled_by
    where s.org_id = new.org_id and s.principal_id = new.id and s.ended_at is null;
    return null;
end
$$;

create or replace trigger principal_disabled_has_no_session after update of disabled_at on identity.principal
for each row when (new.disabled_at is not null) execute function identity.end_sessions_of_disabled();
alter table identity.principal enable always trigger principal_disabled_has_no_session;
