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

-- What is told apart within an item stays so once it has stock: no movement says how what is there divides.
create or replace function catalog.refuse_new_tracking() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    of_org_id uuid := new.org_id;
begin
    if exists (select from ledger.balance as b where b.org_id = of_org_id and b.item_id = new.id) then
        raise exception 'an item that had stock is tracked as it was' using errcode = 'VL062';
    end if;
    return new;
end
$$;

create or replace trigger item_is_tracked_as_it_was before update of tracking on catalog.item
for each row when (new.tracking <> old.tracking) execute function catalog.refuse_new_tracking();
alter table catalog.item enable always trigger item_is_tracked_as_it_was;

-- Refuse a lot or a serial of an item that is not tracked by such.
create or replace function catalog.refuse_untracked(p_org_id uuid, p_item_id uuid, p_tracking text) returns void
language plpgsql as $$
begin
    if not exists (
        select from catalog.item as i where i.org_id = p_org_id and i.id = p_item_id and i.tracking = p_tracking
    ) then
        raise exception 'the item is not tracked by %', p_tracking using errcode = 'VL061';
    end if;
end
$$;

-- Change what may change of an item; no row when its version is not the expected one. The head row is locked where
-- every posting has to be before a change or under it.
create or replace function catalog.update_item(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid,
    p_id uuid, p_version bigint, p_name text, p_tracking text, p_description text, p_attributes jsonb
) returns setof catalog.item
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    if not exists (
        select from catalog.item as i where i.org_id = p_org_id and i.id = p_id and i.tracking = p_tracking
    ) then
        perform from ledger.head as h where h.org_id = p_org_id for update;
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    return query
    update catalog.item as i
    set
        name = p_name, tracking = p_tracking, description = p_description, attributes = p_attributes, version = i.version + 1,
        updated_at = greatest(clock_timestamp(), i.updated_at + interval '1 microsecond'), updated_by = p_actor_id
    where i.org_id = p_org_id and i.id = p_id and i.version = p_version
    returning i.*;
end
$$;

select audit.record_changes('catalog.item', 'item', '{id}', '{}', '{attributes,description}', 'shared');
