-- The keys of the logs, as each log is told of them: by the signer's own hand, which is the integrator.

-- Was a log not told this of a key yet? It enters the organisation.
create or replace function audit.lacks_log_key(p_org_id uuid, p_public_key text, p_state text) returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp as $$
begin
    perform tenancy.set_context(p_org_id, null);
    return not exists (
        select from audit.log_key as k
        where k.org_id = p_org_id and k.public_key = p_public_key and k.state = p_state
    );
end
$$;

-- Say of a key that it is announced, signs or is retired; said again it changes nothing. It becomes the log's next
-- entry as the transaction commits. The head is locked first, as whatever else is recorded locks it.
create or replace function audit.state_log_key(
    p_org_id uuid, p_state text, p_verifier_key text, p_public_key text, p_overlap_until timestamptz, p_reason text
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    moment timestamptz := clock_timestamp();
    operator_id uuid := (select p.id from identity.principal as p where p.org_id = p_org_id and p.created_by = p.id);
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform identity.act_as(p_org_id, operator_id, null, null);
    insert into audit.log_key (
        org_id, id, state, verifier_key, public_key, stated_at, overlap_until, reason, actor_id
    ) values (
        p_org_id, platform.uuidv7(moment), p_state, p_verifier_key, p_public_key, moment, p_overlap_until, p_reason,
        operator_id
    )
    on conflict (org_id, public_key, state) do nothing;
    return found;
end
$$;

select audit.record_changes('audit.log_key', 'log-key', '{id}', '{}', '{reason}', 'shared');
