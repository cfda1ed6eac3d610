-- Serials, single pieces of an item: created once per key, changed by version.

create or replace function catalog.create_serial(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text,
    p_request_hash bytea, p_item_id uuid, p_code text, p_code_key text
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
    perform catalog.refuse_untracked(p_org_id, p_item_id, 'serial');
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    insert into catalog.serial (org_id, id, item_id, code, code_key, created_by, updated_by)
    values (
        p_org_id, platform.uuidv7(clock_timestamp()), p_item_id, p_code, p_code_key, p_actor_id, p_actor_id
    ) on conflict do nothing returning id into new_id;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

-- Write the code of a serial that was misread as it is; no row when its version is not the expected one.
create or replace function catalog.update_serial(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_code text,
    p_code_key text
) returns setof catalog.serial
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    if exists (
        select from catalog.serial as s inner join catalog.serial as o on o.item_id = s.item_id
        where s.org_id = p_org_id and s.id = p_id and o.org_id = p_org_id and o.id <> s.id
            and o.code_key = p_code_key
    ) then
        raise exception 'the item has a serial of this code' using errcode = 'VL063';
    end if;
    return query
    update catalog.serial as s
    set
        code = p_code, code_key = p_code_key, version = s.version + 1,
        updated_at = greatest(clock_timestamp(), s.updated_at + interval '1 microsecond'), updated_by = p_actor_id
    where s.org_id = p_org_id and s.id = p_id and s.version = p_version
    returning s.*;
end
$$;

select audit.record_changes('catalog.serial', 'serial', '{id}', '{}', '{}', 'shared');
