-- Second factors: enrolled by their own person after a fresh sign-in, asked for from their confirmation on. Codes are
-- computed outside; that each step, and each recovery code, is used once is decided here.

-- The person of a fresh session, who acts from here on. The head first, as whoever changes something else does.
create or replace function identity.enrolling(p_org_id uuid, p_credential_id uuid, p_request_id uuid) returns uuid
language plpgsql as $$
declare
    person_id uuid;
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform tenancy.refuse_suspended(p_org_id);
    person_id := identity.registrant(p_org_id, p_credential_id);
    perform identity.act_as(p_org_id, person_id, p_credential_id, p_request_id);
    return person_id;
end
$$;

-- Let a second factor wait for its first code, in the place of one that waited.
create or replace function identity.enrol_second_factor(
    p_org_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_sealed bytea
) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    person_id uuid := identity.enrolling(p_org_id, p_credential_id, p_request_id);
begin
    update identity.second_factor as f
    set revoked_at = clock_timestamp(), revoked_by = person_id, sealed = null
    where f.org_id = p_org_id and f.principal_id = person_id and f.confirmed_at is null and f.revoked_at is null;
    insert into identity.second_factor (org_id, id, principal_id, sealed, created_by)
    values (p_org_id, p_id, person_id, p_sealed, person_id);
end
$$;

-- Give out recovery codes in the place of those before them.
create or replace function identity.put_recovery_codes(
    p_org_id uuid, p_second_factor_id uuid, p_code_hashes bytea[], p_person_id uuid
) returns void
language plpgsql as $$
begin
    update identity.recovery_code as c set revoked_at = clock_timestamp()
    where c.org_id = p_org_id and c.second_factor_id = p_second_factor_id
        and c.used_at is null and c.revoked_at is null;
    insert into identity.recovery_code (org_id, id, second_factor_id, code_hash, created_by)
    select p_org_id, gen_random_uuid(), p_second_factor_id, h.code_hash, p_person_id
    from unnest(p_code_hashes) as h (code_hash);
end
$$;

-- Ask for a second factor from now on: its person has just given the code of p_step. False when it does not wait.
create or replace function identity.confirm_second_factor(
    p_org_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_step bigint, p_code_hashes bytea[]
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    person_id uuid := identity.enrolling(p_org_id, p_credential_id, p_request_id);
    moment timestamptz := clock_timestamp();
begin
    perform from identity.second_factor as f
    where f.org_id = p_org_id and f.id = p_id and f.principal_id = person_id
        and f.confirmed_at is null and f.revoked_at is null
    for update;
    if not found then
        return false;
    end if;
    update identity.second_factor as f set revoked_at = moment, revoked_by = person_id, sealed = null
    where f.org_id = p_org_id and f.principal_id = person_id and f.confirmed_at is not null and f.revoked_at is null;
    update identity.second_factor as f set confirmed_at = moment, last_step = p_step
    where f.org_id = p_org_id and f.id = p_id;
    perform identity.put_recovery_codes(p_org_id, p_id, p_code_hashes, person_id);
    return true;
end
$$;

-- False when there is no second factor to which they could belong.
create or replace function identity.renew_recovery_codes(
    p_org_id uuid, p_credential_id uuid, p_request_id uuid, p_code_hashes bytea[]
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    person_id uuid := identity.enrolling(p_org_id, p_credential_id, p_request_id);
    factor_id uuid;
begin
    select f.id into factor_id from identity.second_factor as f
    where f.org_id = p_org_id and f.principal_id = person_id and f.confirmed_at is not null and f.revoked_at is null;
    if factor_id is null then
        return false;
    end if;
    perform identity.put_recovery_codes(p_org_id, factor_id, p_code_hashes, person_id);
    return true;
end
$$;

-- Ask for no second factor any more. False when none was asked for.
create or replace function identity.remove_second_factor(p_org_id uuid, p_credential_id uuid, p_request_id uuid)
returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    person_id uuid := identity.enrolling(p_org_id, p_credential_id, p_request_id);
begin
    update identity.second_factor as f
    set revoked_at = clock_timestamp(), revoked_by = person_id, sealed = null
    where f.org_id = p_org_id and f.principal_id = person_id and f.revoked_at is null;
    return found;
end
$$;

-- True once for a step: of two at once the second waits for the first, and gets false. Nothing before it is used after.
create or replace function identity.use_step(p_org_id uuid, p_second_factor_id uuid, p_step bigint) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    update identity.second_factor as f set last_step = p_step
    where f.org_id = p_org_id and f.id = p_second_factor_id and f.last_step < p_step
        and f.confirmed_at is not null and f.revoked_at is null;
    return found;
end
$$;

-- True once for a recovery code of a second factor that is asked for.
create or replace function identity.use_recovery_code(p_org_id uuid, p_second_factor_id uuid, p_code_hash bytea)
returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    update identity.recovery_code as c set used_at = clock_timestamp()
    where c.org_id = p_org_id and c.second_factor_id = p_second_factor_id and c.code_hash = p_code_hash
        and c.used_at is null and c.revoked_at is null;
    return found;
end
$$;

-- Put a secret that was sealed anew in the place of what it was. False when there is another one by now.
create or replace function identity.reseal_second_factor(
    p_org_id uuid, p_second_factor_id uuid, p_before bytea, p_sealed bytea
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    update identity.second_factor as f set sealed = p_sealed
    where f.org_id = p_org_id and f.id = p_second_factor_id and f.sealed = p_before;
    return found;
end
$$;

select audit.record_changes('identity.second_factor', 'second-factor', '{id}', '{last_step}', '{}', '');
