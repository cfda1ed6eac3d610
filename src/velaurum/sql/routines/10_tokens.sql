-- One principal and its first token, at the operator's own hand; the principal has the id that its name was sealed for.
-- The secret stays with the caller; only its hash is stored.
create or replace function identity.create_token(
    p_org_id uuid, p_id uuid, p_principal_id uuid, p_kind text, p_name text, p_role text, p_sub_org_id uuid,
    p_secret_hash bytea, p_life interval
) returns uuid
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    operator_id uuid;
begin
    if p_life > interval '365 days' then
        raise exception 'a token lives 365 days at most';
    end if;
    select p.id into strict operator_id from identity.principal as p
    where p.org_id = p_org_id and p.created_by = p.id;
    perform identity.act_as(p_org_id, operator_id, null, null);
    insert into identity.principal (org_id, id, kind, name, created_by)
    values (p_org_id, p_principal_id, p_kind, p_name, operator_id);
    insert into identity.token (org_id, id, principal_id, role, sub_org_id, secret_hash, created_by, expires_at)
    values (
        p_org_id, p_id, p_principal_id, p_role, p_sub_org_id, p_secret_hash, operator_id, clock_timestamp() + p_life
    );
    return p_principal_id;
end
$$;

-- A token for a principal that is there, made by somebody else and within the maker's reach. Who is disabled gets none.
create or replace function identity.issue_token(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text,
    p_request_hash bytea, p_id uuid, p_principal_id uuid, p_role text, p_sub_org_id uuid, p_secret_hash bytea,
    p_life interval, p_sub_org_ids uuid[]
) returns ledger.outcome_of_record
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    holder identity.principal;
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    if p_life > interval '365 days' then
        raise exception 'a token lives 365 days at most';
    end if;
    perform identity.require_other_hand(p_org_id, p_actor_id, p_principal_id);
    holder := identity.require_manageable(p_org_id, p_principal_id, p_sub_org_ids);
    perform tenancy.require_reach(p_sub_org_ids, p_sub_org_id);
    if holder.disabled_at is not null then
        return row('invalid', false, null, '{"code": "conflict"}'::jsonb)::ledger.outcome_of_record;
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    insert into identity.token (org_id, id, principal_id, role, sub_org_id, secret_hash, created_by, expires_at)
    values (
        p_org_id, p_id, p_principal_id, p_role, p_sub_org_id, p_secret_hash, p_actor_id, clock_timestamp() + p_life
    );
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, p_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

-- True when this call revoked the token, false when there was nothing to revoke. What the operator's own hand revokes
-- may be the last: it can make another.
create or replace function identity.revoke_token(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_sub_org_ids uuid[]
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    was_managed boolean;
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    was_managed := identity.is_managed(p_org_id);
    update identity.token as t set revoked_at = clock_timestamp(), revoked_by = p_actor_id
    where t.org_id = p_org_id and t.id = p_id and t.revoked_at is null
        and tenancy.reaches(p_sub_org_ids, t.sub_org_id, false);
    if not found then
        return false;
    end if;
    perform identity.require_managed(p_org_id, was_managed and p_credential_id is not null);
    return true;
end
$$;

-- What stands for the secret of a token that was cut off: no secret has this hash.
create or replace function identity.cut_hash() returns bytea
language sql immutable parallel safe as $$
    select '\x0000000000000000000000000000000000000000000000000000000000000000'::bytea
$$;

-- Cut a token off while the log is held, at the operator's own hand: its secret opens nothing from now on. A secret is
-- in no record, so that this is no entry; the revocation is one when the log is taken up again. False where nothing is
-- held, or nothing lives.
create or replace function identity.cut_token(p_org_id uuid, p_id uuid) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    update identity.token as t set secret_hash = identity.cut_hash()
    where t.org_id = p_org_id and t.id = p_id and t.revoked_at is null
        and exists (select from tenancy.org as o where o.org_id = p_org_id and o.held_since is not null);
    return found;
end
$$;

-- Revoke tokens and disable principals that were cut off, at the operator's own hand, who acts already.
create or replace function identity.revoke_what_was_cut(p_org_id uuid, p_operator_id uuid) returns void
language plpgsql as $$
begin
    update identity.token as t set revoked_at = clock_timestamp(), revoked_by = p_operator_id
    where t.org_id = p_org_id and t.revoked_at is null and t.secret_hash = identity.cut_hash();
    update identity.principal as p
    set disabled_at = clock_timestamp(), disabled_by = p_operator_id, cut_at = null, version = p.version + 1
    where p.org_id = p_org_id and p.cut_at is not null and p.disabled_at is null;
end
$$;

-- Remember that a token was used: at most once a minute, whoever calls how often.
create or replace function identity.note_use(p_org_id uuid, p_id uuid) returns void
language sql security definer
set search_path = pg_catalog, pg_temp as $$
    insert into identity.token_use as u (org_id, token_id, last_used_at)
    values (p_org_id, p_id, clock_timestamp())
    on conflict (org_id, token_id) do update
    set last_used_at = excluded.last_used_at
    where u.last_used_at < excluded.last_used_at - interval '1 minute'
$$;

select audit.record_changes('identity.token', 'token', '{id}', '{}', '{}', 'sub_org_id');
