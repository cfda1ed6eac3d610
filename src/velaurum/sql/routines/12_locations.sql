-- Locations: created once per key, changed by version.

create or replace function catalog.create_location(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid,
    p_idempotency_key text, p_request_hash bytea,
    p_code text, p_code_key text, p_name text, p_kind text, p_parent_id uuid, p_sub_org_id uuid, p_sub_org_ids uuid[]
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
    perform tenancy.require_reach(p_sub_org_ids, p_sub_org_id);
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    insert into catalog.location (
        org_id, id, code, code_key, name, kind, parent_id, sub_org_id, created_by, updated_by
    ) values (
        p_org_id, platform.uuidv7(clock_timestamp()), p_code, p_code_key, p_name, p_kind, p_parent_id, p_sub_org_id,
        p_actor_id, p_actor_id
    ) on conflict do nothing returning id into new_id;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

-- Change what may change of a location; no row when its version is not the expected one. Who moves it reaches the
-- department that it leaves and the one that it comes to. The head row is locked, so that a posting is judged by one of
-- the two, and is in the log on its side of the move.
create or replace function catalog.update_location(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid,
    p_id uuid, p_version bigint, p_name text, p_sub_org_id uuid, p_sub_org_ids uuid[]
) returns setof catalog.location
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform tenancy.require_reach(p_sub_org_ids, p_sub_org_id);
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    return query
    update catalog.location as l
    set
        name = p_name, sub_org_id = p_sub_org_id, version = l.version + 1,
        updated_at = greatest(clock_timestamp(), l.updated_at + interval '1 microsecond'), updated_by = p_actor_id
    where l.org_id = p_org_id and l.id = p_id and l.version = p_version
        and tenancy.reaches(p_sub_org_ids, l.sub_org_id, false)
    returning l.*;
end
$$;

select audit.record_changes('catalog.location', 'location', '{id}', '{}', '{}', 'sub_org_id');
