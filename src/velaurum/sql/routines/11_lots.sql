-- Lots of items: created once per key, changed by version. A code is given once.

create or replace function catalog.create_lot(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text,
    p_request_hash bytea, p_item_id uuid, p_code text, p_code_key text, p_expires_on date, p_manufactured_on date,
    p_supplier_lot text
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
    perform catalog.refuse_untracked(p_org_id, p_item_id, 'lot');
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    insert into catalog.lot (
        org_id, id, item_id, code, code_key, expires_on, manufactured_on, supplier_lot, created_by, updated_by
    ) values (
        p_org_id, platform.uuidv7(clock_timestamp()), p_item_id, p_code, p_code_key, p_expires_on, p_manufactured_on,
        p_supplier_lot, p_actor_id, p_actor_id
    ) on conflict do nothing returning id into new_id;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

-- Change what may change of a lot; no row when its version is not the expected one. The head row is locked, so that
-- every issue is before a new date of expiry or under it.
create or replace function catalog.update_lot(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint,
    p_expires_on date, p_manufactured_on date, p_supplier_lot text
) returns setof catalog.lot
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    return query
    update catalog.lot as k
    set
        expires_on = p_expires_on, manufactured_on = p_manufactured_on, supplier_lot = p_supplier_lot,
        version = k.version + 1,
        updated_at = greatest(clock_timestamp(), k.updated_at + interval '1 microsecond'), updated_by = p_actor_id
    where k.org_id = p_org_id and k.id = p_id and k.version = p_version
    returning k.*;
end
$$;

select audit.record_changes('catalog.lot', 'lot', '{id}', '{}', '{}', 'shared');
