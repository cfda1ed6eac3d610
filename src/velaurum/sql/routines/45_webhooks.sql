-- Endpoints of webhooks: created once per key, changed by version, their secrets changed by counting on.

create or replace function webhooks.create_endpoint(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text,
    p_request_hash bytea, p_code text, p_name text, p_url text, p_event_types text[], p_key_id text, p_most integer
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
    if (select count(*) from webhooks.endpoint as e where e.org_id = p_org_id) >= p_most then
        raise exception 'the organisation has % endpoints', p_most using errcode = 'VL021';
    end if;
    insert into webhooks.endpoint (
        org_id, id, code, name, url, event_types, key_id, from_index, created_by, updated_by
    ) values (
        p_org_id, platform.uuidv7(clock_timestamp()), p_code, p_name, p_url, p_event_types, p_key_id,
        (select h.size from ledger.head as h where h.org_id = p_org_id), p_actor_id, p_actor_id
    ) on conflict do nothing returning id into new_id;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

-- Change what may change of an endpoint; no row when its version is not the expected one.
create or replace function webhooks.update_endpoint(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint,
    p_name text, p_url text, p_event_types text[], p_is_disabled boolean
) returns setof webhooks.endpoint
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    update webhooks.endpoint as e
    set
        name = p_name, url = p_url, event_types = p_event_types, version = e.version + 1,
        updated_at = greatest(clock_timestamp(), e.updated_at + interval '1 microsecond'), updated_by = p_actor_id,
        from_index = case
            when e.disabled_at is null then e.from_index
            else (select h.size from ledger.head as h where h.org_id = p_org_id)
        end,
        disabled_at = case when p_is_disabled then coalesce(e.disabled_at, clock_timestamp()) end,
        disabled_by = case when p_is_disabled then coalesce(e.disabled_by, p_actor_id) end,
        disabled_reason = case when p_is_disabled then coalesce(e.disabled_reason, 'by-hand') end
    where e.org_id = p_org_id and e.id = p_id and e.version = p_version;
    if not found then
        return;
    end if;
    return query select e.* from webhooks.endpoint as e where e.org_id = p_org_id and e.id = p_id;
end
$$;

-- Let an endpoint's secrets be those of the next generation. The one before signs beside it for a while, unless the key
-- of the installation is another one since: what that made cannot be made again.
create or replace function webhooks.rotate_endpoint(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text,
    p_request_hash bytea, p_id uuid, p_key_id text, p_overlap interval
) returns ledger.outcome_of_record
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    update webhooks.endpoint as e
    set
        generation = e.generation + 1, key_id = p_key_id, version = e.version + 1, updated_by = p_actor_id,
        older_until = case
            when e.key_id = p_key_id and p_overlap > interval '0' then clock_timestamp() + p_overlap
        end,
        updated_at = greatest(clock_timestamp(), e.updated_at + interval '1 microsecond')
    where e.org_id = p_org_id and e.id = p_id;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, p_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

-- Disable an endpoint that said that it is gone: by the product's own process. The head is locked.
create or replace function webhooks.disable_gone(p_org_id uuid, p_id uuid) returns void
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    operator_id uuid := (select p.id from identity.principal as p where p.org_id = p_org_id and p.created_by = p.id);
begin
    perform identity.act_as(p_org_id, operator_id, null, null);
    update webhooks.endpoint as e
    set
        disabled_at = clock_timestamp(), disabled_by = operator_id, disabled_reason = 'gone', version = e.version + 1,
        updated_at = greatest(clock_timestamp(), e.updated_at + interval '1 microsecond'), updated_by = operator_id
    where e.org_id = p_org_id and e.id = p_id and e.disabled_at is null;
end
$$;

select audit.record_changes('webhooks.endpoint', 'webhook-endpoint', '{id}', '{}', '{}', 'shared');
