-- Deliveries: made with the events that they tell of, leased to who sends them, tried until they end.

-- What a delivery tells, and to whom, never changes; one that ended begins again by itself alone.
create or replace function webhooks.guard_delivery() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    if (new.id, new.endpoint_id, new.event_id, new.type, new.body, new.created_at)
        is distinct from (old.id, old.endpoint_id, old.event_id, old.type, old.body, old.created_at)
        or new.attempts < old.attempts
    then
        raise exception 'what a delivery tells is never changed' using errcode = 'VL001';
    end if;
    return new;
end
$$;

create or replace trigger delivery_is_guarded before update on webhooks.delivery
for each row execute function webhooks.guard_delivery();
alter table webhooks.delivery enable always trigger delivery_is_guarded;

-- Make deliveries, rows of webhooks.told. One that is there for its event stays as it is, and
-- an endpoint that was disabled meanwhile gets none. Returns how many were made.
create or replace function webhooks.make_deliveries(p_org_id uuid, p_deliveries jsonb) returns bigint
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    made bigint;
begin
    insert into webhooks.delivery (org_id, id, endpoint_id, event_id, type, body)
    select p_org_id, platform.uuidv7(clock_timestamp()), e.id, x.event_id, x.type, x.body
    from jsonb_populate_recordset(null::webhooks.told, p_deliveries) as x
    inner join webhooks.endpoint as e on e.org_id = p_org_id and e.id = x.endpoint_id and e.disabled_at is null
    on conflict (org_id, endpoint_id, event_id) do nothing;
    get diagnostics made = row_count;
    return made;
end
$$;

-- Tell an endpoint something that tells of no event, because somebody asked for it.
create or replace function webhooks.test_endpoint(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text,
    p_request_hash bytea, p_endpoint_id uuid, p_type text, p_body text
) returns ledger.outcome_of_record
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    new_id uuid := platform.uuidv7(clock_timestamp());
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    insert into webhooks.delivery (org_id, id, endpoint_id, type, body)
    values (p_org_id, new_id, p_endpoint_id, p_type, p_body);
    insert into webhooks.act (org_id, id, delivery_id, action, actor_id, credential_id, request_id)
    values (
        p_org_id, platform.uuidv7(clock_timestamp()), new_id, 'tested', p_actor_id, p_credential_id, p_request_id
    );
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

-- Try a delivery again, from now on and as often as a new one, because somebody asked for it. While it is being sent
-- nobody knows how that goes.
create or replace function webhooks.redeliver(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text,
    p_request_hash bytea, p_id uuid
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
    update webhooks.delivery as d
    set state = 'pending', tries = 0, due_at = clock_timestamp(), ended_at = null, error_code = null
    where d.org_id = p_org_id and d.id = p_id and coalesce(d.leased_until <= clock_timestamp(), true);
    if not found then
        raise exception 'the delivery is being sent' using errcode = 'VL042';
    end if;
    insert into webhooks.act (org_id, id, delivery_id, action, actor_id, credential_id, request_id)
    values (
        p_org_id, platform.uuidv7(clock_timestamp()), p_id, 'redelivered', p_actor_id, p_credential_id, p_request_id
    );
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, p_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

-- Who was told what, and how that went, stays to be read.
create or replace trigger endpoint_is_never_removed before delete or truncate on webhooks.endpoint
for each statement execute function ledger.refuse_change();
create or replace trigger endpoint_row_is_never_removed before delete on webhooks.endpoint
for each row execute function ledger.refuse_change();
alter table webhooks.endpoint enable always trigger endpoint_is_never_removed;
alter table webhooks.endpoint enable always trigger endpoint_row_is_never_removed;

-- What is old goes, by its own guard.
create or replace trigger delivery_is_never_truncated before truncate on webhooks.delivery
for each statement execute function ledger.refuse_change();
alter table webhooks.delivery enable always trigger delivery_is_never_truncated;

create or replace trigger attempt_is_never_altered before update or truncate on webhooks.attempt
for each statement execute function ledger.refuse_change();
create or replace trigger attempt_row_is_never_altered before update on webhooks.attempt
for each row execute function ledger.refuse_change();
alter table webhooks.attempt enable always trigger attempt_is_never_altered;
alter table webhooks.attempt enable always trigger attempt_row_is_never_altered;

create or replace trigger act_is_never_altered before update or truncate on webhooks.act
for each statement execute function ledger.refuse_change();
create or replace trigger act_row_is_never_altered before update on webhooks.act
for each row execute function ledger.refuse_change();
alter table webhooks.act enable always trigger act_is_never_altered;
alter table webhooks.act enable always trigger act_row_is_never_altered;
