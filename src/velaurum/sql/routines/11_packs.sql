-- Packs: what one of another unit holds of an item. Created once per key, changed by version, and ended for good.

-- What one of a unit is in the item's own, now; no row where the item has no such unit.
create or replace function catalog.factor(p_org_id uuid, p_item_id uuid, p_item_unit text, p_unit text)
returns table (numerator numeric, denominator numeric)
language sql stable as $$
    select k.numerator::numeric, k.denominator::numeric from catalog.pack as k
    where k.org_id = p_org_id and k.item_id = p_item_id and k.unit = p_unit and k.removed_at is null
    union all
    select f.numerator, f.denominator from catalog.factor_of_units(p_unit, p_item_unit) as f
    limit 1
$$;

-- A pack says what nothing else says: the item's own unit is one of itself, and what a pound is needs no pack.
create or replace function catalog.refuse_known_unit() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    of_org_id uuid := new.org_id;
    item_unit text;
begin
    select i.unit into strict item_unit from catalog.item as i where i.org_id = of_org_id and i.id = new.item_id;
    if new.unit = item_unit or exists (select from catalog.factor_of_units(new.unit, item_unit)) then
        raise exception 'the item has this unit without a pack' using errcode = 'VL060';
    end if;
    return new;
end
$$;

-- What has ended says nothing any more, and comes along when an organisation does.
create or replace trigger pack_is_of_an_unknown_unit before insert or update of unit, item_id on catalog.pack
for each row when (new.removed_at is null) execute function catalog.refuse_known_unit();
alter table catalog.pack enable always trigger pack_is_of_an_unknown_unit;

create or replace function catalog.create_pack(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text,
    p_request_hash bytea, p_item_id uuid, p_unit text, p_numerator bigint, p_denominator bigint
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
    insert into catalog.pack (org_id, id, item_id, unit, numerator, denominator, created_by, updated_by)
    values (
        p_org_id, platform.uuidv7(clock_timestamp()), p_item_id, p_unit, p_numerator, p_denominator, p_actor_id,
        p_actor_id
    ) on conflict do nothing returning id into new_id;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

-- Change what a pack holds from now on; no row when its version is not the expected one, or when it has ended. The head
-- row is locked, so that every posting is before it or under it.
create or replace function catalog.update_pack(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint,
    p_numerator bigint, p_denominator bigint
) returns setof catalog.pack
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    return query
    update catalog.pack as k
    set
        numerator = p_numerator, denominator = p_denominator, version = k.version + 1,
        updated_at = greatest(clock_timestamp(), k.updated_at + interval '1 microsecond'), updated_by = p_actor_id
    where k.org_id = p_org_id and k.id = p_id and k.version = p_version and k.removed_at is null
    returning k.*;
end
$$;

-- End a pack; false when it is so already. The unit may get another one.
create or replace function catalog.remove_pack(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    update catalog.pack as k
    set
        removed_at = clock_timestamp(), removed_by = p_actor_id, version = k.version + 1,
        updated_at = greatest(clock_timestamp(), k.updated_at + interval '1 microsecond'), updated_by = p_actor_id
    where k.org_id = p_org_id and k.id = p_id and k.removed_at is null;
    return found;
end
$$;

select audit.record_changes('catalog.pack', 'pack', '{id}', '{}', '{}', 'shared');
