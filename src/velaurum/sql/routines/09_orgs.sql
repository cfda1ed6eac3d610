-- An organisation is born whole: its head row, its first actor and one location of each virtual kind.
create or replace function tenancy.create_org(p_code text, p_region text) returns setof tenancy.org
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    born timestamptz := clock_timestamp();
    new_org_id uuid := platform.uuidv7(born);
    operator_id uuid := platform.uuidv7(born);
begin
    perform tenancy.set_context(new_org_id, null);
    perform identity.act_as(new_org_id, operator_id, null, null);
    insert into tenancy.org (org_id, code, region, created_at) values (new_org_id, p_code, p_region, born)
    on conflict (code) do nothing;
    if not found then
        return;
    end if;
    insert into ledger.head (org_id, recorded_at) values (new_org_id, born);
    insert into identity.principal (org_id, id, kind, name, created_by)
    values (new_org_id, operator_id, 'process', 'platform-operator', operator_id);
    perform identity.seed_roles(new_org_id, operator_id);
    insert into catalog.location (org_id, id, code, code_key, name, kind, created_by, updated_by)
    select new_org_id, platform.uuidv7(born), upper(v.kind), v.kind, initcap(v.kind), v.kind, operator_id, operator_id
    from unnest(array['supplier', 'customer', 'consumption', 'adjustment', 'scrap', 'opening']) as v (kind);
    return query select * from tenancy.org as o where o.org_id = new_org_id;
end
$$;

select audit.record_changes('tenancy.org', 'org', '{org_id}', '{held_since,held_reason}', '{}', 'shared');
