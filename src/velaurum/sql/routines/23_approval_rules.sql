-- Approval rules: the whole set is written at once, as new versions of the kinds that change.

-- The version of the set; one that was never written is at version 1.
create or replace function ledger.approval_rules_version(p_org_id uuid) returns bigint
language sql stable as $$
    select coalesce(max(r.version), 1) from ledger.approval_rule as r where r.org_id = p_org_id
$$;

-- Put p_rules (an object: kind to the quantity above which it needs an approval, or null for every one) in force; false
-- when the set is not at p_version any more. The head row is locked, so that every posting is before it or under it.
create or replace function ledger.set_approval_rules(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_version bigint, p_rules jsonb
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    if ledger.approval_rules_version(p_org_id) <> p_version then
        return false;
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    insert into ledger.approval_rule (
        org_id, kind, version, is_required, above, created_by, credential_id, request_id
    )
    select
        p_org_id, k.kind, p_version + 1, p_rules ? k.kind, (p_rules ->> k.kind)::numeric,
        p_actor_id, p_credential_id, p_request_id
    from unnest(array['opening', 'adjustment', 'scrap', 'return', 'reversal']) as k (kind)
    left join ledger.rules_in_force(p_org_id) as f on k.kind = f.kind
    where (f.kind is not null) <> (p_rules ? k.kind)
        or f.above is distinct from (p_rules ->> k.kind)::numeric;
    return true;
end
$$;

select audit.record_changes('ledger.approval_rule', 'approval-rule', '{kind,version}', '{}', '{}', 'shared');
