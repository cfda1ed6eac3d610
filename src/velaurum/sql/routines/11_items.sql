-- Items: created once per key, changed by version.

create or replace function catalog.create_item(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid,
    p_idempotency_key text, p_request_hash bytea,
    p_code text, p_code_key text, p_name text, p_unit text, p_tracking text, p_description text, p_attributes jsonb
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
    insert into catalog.item (
        org_id, id, code, code_key, name, unit, tracking, description, attributes, created_by, updated_by
    ) values (
        p_org_id, platform.uuidv7(clock_timestamp()), p_code, p_code_key, p_name, p_unit, p_tracking,
        p_description, p_attributes, p_actor_id, p_actor_id
    ) on conflict do nothing returning id into new_id;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

-- Change what may change of an item; no row when its version is not the expected one.
create or replace function catalog.update_item(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid,
    p_id uuid, p_version bigint, p_name text, p_description text, p_attributes jsonb
) returns setof catalog.item
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    return query
    update catalog.item as i
    set
        name = p_name, description = p_description, attributes = p_attributes, version = i.version + 1,
        updated_at = greatest(clock_timestamp(), i.updated_at + interval '1 microsecond'), updated_by = p_actor_id
    where i.org_id = p_org_id and i.id = p_id and i.version = p_version
    returning i.*;
end
$$;

select audit.record_changes('catalog.item', 'item', '{id}', '{}', '{attributes,description}', 'shared');
