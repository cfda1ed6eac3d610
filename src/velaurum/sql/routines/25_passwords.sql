-- Passwords: set by their own person, verified outside, held while a session is opened, revoked for ever.

-- End what lets somebody sign in without a provider. The hash and the sealed secret go with it.
create or replace function identity.end_ways_in(p_org_id uuid, p_principal_id uuid, p_actor_id uuid) returns void
language plpgsql as $$
declare
    moment timestamptz := clock_timestamp();
begin
    update identity.invitation as i set revoked_at = moment, revoked_by = p_actor_id
    where i.org_id = p_org_id and i.principal_id = p_principal_id and i.redeemed_at is null and i.revoked_at is null;
    update identity.password as w set revoked_at = moment, revoked_by = p_actor_id, phc = null
    where w.org_id = p_org_id and w.principal_id = p_principal_id and w.revoked_at is null;
    update identity.second_factor as f set revoked_at = moment, revoked_by = p_actor_id, sealed = null
    where f.org_id = p_org_id and f.principal_id = p_principal_id and f.revoked_at is null;
end
$$;

-- Whoever is disabled has none of it any more, in the same transaction, whoever writes it. Being enabled again brings
-- none back: it takes a new invitation.
create or replace function identity.end_ways_in_of_disabled() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    perform identity.end_ways_in(new.org_id, new.id, new.disabled_by);
    return null;
end
$$;

create or replace trigger principal_disabled_has_no_way_in after update of disabled_at on identity.principal
for each row when (new.disabled_at is not null) execute function identity.end_ways_in_of_disabled();
alter table identity.principal enable always trigger principal_disabled_has_no_way_in;

-- Whose password this still is, or null. Person and password are held, so that neither is taken away between this and
-- the session that it opens.
create or replace function identity.hold_password(p_org_id uuid, p_id uuid) returns uuid
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    holder uuid;
begin
    select w.principal_id into holder from identity.password as w where w.org_id = p_org_id and w.id = p_id;
    perform from identity.principal as p
    where p.org_id = p_org_id and p.id = holder and p.kind = 'user' and p.disabled_at is null
    for share;
    if not found then
        return null;
    end if;
    perform from identity.password as w
    where w.org_id = p_org_id and w.id = p_id and w.principal_id = holder and w.revoked_at is null
    for share;
    return case when found then holder end;
end
$$;

-- The same password, hashed anew because what hashing costs has changed. False when it is another one by now.
create or replace function identity.rehash_password(p_org_id uuid, p_id uuid, p_before bytea, p_phc bytea)
returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    update identity.password as w set phc = p_phc
    where w.org_id = p_org_id and w.id = p_id and w.phc = p_before and w.revoked_at is null;
    return found;
end
$$;

-- A new password in the place of the one that was proven, by the session of its person; their other sessions end. The
-- login is the same, sealed for its new place. False when it is another one by now.
create or replace function identity.change_password(
    p_org_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_new_id uuid, p_login text,
    p_login_index bytea, p_phc bytea
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    person_id uuid;
    moment timestamptz;
    before identity.password;
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform tenancy.refuse_suspended(p_org_id);
    select s.principal_id into person_id from identity.standing_of_session(p_org_id, p_credential_id) as s limit 1;
    if person_id is null then
        raise exception 'the session is not valid any more' using errcode = 'VL004';
    end if;
    perform identity.act_as(p_org_id, person_id, p_credential_id, p_request_id);
    moment := clock_timestamp();
    select * into before from identity.password as w
    where w.org_id = p_org_id and w.id = p_id and w.principal_id = person_id and w.revoked_at is null
        and (w.login_index is null or w.login_index = p_login_index)
    for update;
    if not found then
        return false;
    end if;
    update identity.password as w set revoked_at = moment, revoked_by = person_id, phc = null
    where w.org_id = p_org_id and w.id = p_id;
    insert into identity.password (org_id, id, principal_id, login, login_index, phc, invitation_id, created_by)
    values (p_org_id, p_new_id, person_id, p_login, p_login_index, p_phc, before.invitation_id, person_id);
    update identity.session as s set ended_at = moment, ended_by = person_id
    where s.org_id = p_org_id and s.principal_id = person_id and s.id <> p_credential_id and s.ended_at is null;
    return true;
end
$$;

select audit.record_changes('identity.password', 'password', '{id}', '{}', '{login}', '', '{login}');
