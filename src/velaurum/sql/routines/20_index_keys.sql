-- The keys of blind indexes: one for each organisation, made once, under its data key, and sealed anew with that.

-- Keep the key of an organisation's indexes; false when there is one, which stays.
create or replace function keys.make_index_key(p_org_id uuid, p_sealed bytea) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    insert into keys.index_key (org_id, sealed) values (p_org_id, p_sealed) on conflict do nothing;
    return found;
end
$$;

-- Put an envelope in the place of p_before; false when another stands there.
create or replace function keys.reseal_index_key(p_org_id uuid, p_before bytea, p_sealed bytea) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    update keys.index_key as x set sealed = p_sealed where x.org_id = p_org_id and x.sealed = p_before;
    return found;
end
$$;

create or replace trigger sealed_is_under_a_living_key before insert or update of sealed on keys.index_key
for each row execute function keys.require_living_key('sealed');
alter table keys.index_key enable always trigger sealed_is_under_a_living_key;
-- Without it nothing that is indexed is found any more.
create or replace trigger index_key_stays_its_organisations before update of org_id, created_at on keys.index_key
for each row execute function ledger.refuse_change();
alter table keys.index_key enable always trigger index_key_stays_its_organisations;
