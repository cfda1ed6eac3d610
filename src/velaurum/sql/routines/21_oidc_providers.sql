-- Providers and their subjects: created once per key; a provider changed by version, a subject linked and taken away.

create or replace function identity.create_provider(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid,
    p_idempotency_key text, p_request_hash bytea, p_code text, p_name text, p_kind text, p_issuer text,
    p_client_id text, p_client_auth text, p_client_secret text, p_tenant_ids text[]
) returns ledger.outcome_of_record
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    new_id uuid;
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    insert into identity.provider (
        org_id, id, code, name, kind, issuer, client_id, client_auth, client_secret, tenant_ids, created_by, updated_by
    ) values (
        p_org_id, platform.uuidv7(clock_timestamp()), p_code, p_name, p_kind, p_issuer, p_client_id, p_client_auth,
        p_client_secret, p_tenant_ids, p_actor_id, p_actor_id
    ) on conflict do nothing returning id into new_id;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

-- Change what may change of a provider; no row when its version is not the expected one. Whoever came in by a provider
-- that is disabled goes out again: a sign-in holds the provider's row, so it is before this or after it.
create or replace function identity.update_provider(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint,
    p_name text, p_client_id text, p_client_auth text, p_client_secret text, p_tenant_ids text[], p_is_disabled boolean
) returns setof identity.provider
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    update identity.provider as p
    set
        name = p_name, client_id = p_client_id, client_auth = p_client_auth, client_secret = p_client_secret,
        tenant_ids = p_tenant_ids, version = p.version + 1,
        updated_at = greatest(clock_timestamp(), p.updated_at + interval '1 microsecond'), updated_by = p_actor_id,
        disabled_at = case when p_is_disabled then coalesce(p.disabled_at, clock_timestamp()) end,
        disabled_by = case when p_is_disabled then coalesce(p.disabled_by, p_actor_id) end
    where p.org_id = p_org_id and p.id = p_id and p.version = p_version;
    if not found then
        return;
    end if;
    if p_is_disabled then
        update identity.session as s set ended_at = clock_timestamp(), ended_by = p_actor_id
        where s.org_id = p_org_id and s.method = 'oidc' and s.ended_at is null and s.principal_id in (
            select x.principal_id from identity.provider_subject as x
            where x.org_id = p_org_id and x.provider_id = p_id and x.removed_at is null
        );
    end if;
    return query select p.* from identity.provider as p where p.org_id = p_org_id and p.id = p_id;
end
$$;

-- Let a provider vouch for a person. The subject is sealed for the row of this id, and sought by its index; one from
-- before has none, and is compared as the provider says it.
create or replace function identity.link_subject(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid,
    p_idempotency_key text, p_request_hash bytea, p_id uuid, p_provider_id uuid, p_subject text,
    p_subject_index bytea, p_said text, p_principal_id uuid
) returns ledger.outcome_of_record
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    new_id uuid;
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    insert into identity.provider_subject (
        org_id, id, provider_id, subject, subject_index, principal_id, created_by
    )
    select p_org_id, p_id, p_provider_id, p_subject, p_subject_index, p_principal_id, p_actor_id
    where not exists (
        select from identity.provider_subject as x
        where x.org_id = p_org_id and x.provider_id = p_provider_id and x.subject_index is null
            and x.subject = p_said and x.removed_at is null
    )
    on conflict do nothing returning id into new_id;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

-- Take a subject away, and end the sessions that it may have opened. False when it was not linked any more.
create or replace function identity.unlink_subject(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    of_principal_id uuid;
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    update identity.provider_subject as x set removed_at = clock_timestamp(), removed_by = p_actor_id
    where x.org_id = p_org_id and x.id = p_id and x.removed_at is null
    returning x.principal_id into of_principal_id;
    if of_principal_id is null then
        return false;
    end if;
    update identity.session as s set ended_at = clock_timestamp(), ended_by = p_actor_id
    where s.org_id = p_org_id and s.principal_id = of_principal_id and s.method = 'oidc' and s.ended_at is null;
    return true;
end
$$;

-- True when this person may have let the session in: linked its principal to a subject, or has a hand in the provider.
create or replace function identity.is_let_in_by(p_org_id uuid, p_session_id uuid, p_person_id uuid) returns boolean
language sql stable as $$
    select exists (
        select from identity.session as s
        inner join identity.provider_subject as x on s.org_id = x.org_id and s.principal_id = x.principal_id
        inner join identity.provider as p on x.org_id = p.org_id and x.provider_id = p.id
        where s.org_id = p_org_id and s.id = p_session_id and s.method = 'oidc'
            and p_person_id in (x.created_by, p.created_by, p.updated_by)
    ) or exists (
        -- Whoever invited somebody could have set their first password.
        select from identity.session as s
        inner join identity.password as w on s.org_id = w.org_id and s.principal_id = w.principal_id
        inner join identity.invitation as i on w.org_id = i.org_id and w.invitation_id = i.id
        where s.org_id = p_org_id and s.id = p_session_id and s.method = 'password' and i.created_by = p_person_id
    )
$$;

select audit.record_changes('identity.provider', 'provider', '{id}', '{}', '{}', 'shared');
select audit.record_changes(
    'identity.provider_subject', 'provider-subject', '{id}', '{}', '{subject}', 'shared', '{subject}');
