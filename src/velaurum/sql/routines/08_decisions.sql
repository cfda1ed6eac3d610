-- Keys that a creation decides, in the ledger's own tables, under the head lock.

-- What stands before a record can be created: its key was decided before. Takes the head lock. Keys are the whole
-- organisation's, so that one that another department used is used.
create or replace function ledger.decided_before(p_org_id uuid, p_idempotency_key text, p_request_hash bytea)
returns ledger.outcome_of_record
language plpgsql as $$
declare
    sub_orgs text;
    d ledger.decision;
    is_posted boolean;
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform tenancy.refuse_entry(p_org_id, false);
    select * into d from ledger.decision as x where x.org_id = p_org_id and x.idempotency_key = p_idempotency_key;
    if found then
        return row(
            case when d.request_hash <> p_request_hash then 'mismatch' else d.outcome end,
            true, d.record_id, d.problem)::ledger.outcome_of_record;
    end if;
    sub_orgs := tenancy.see_sub_orgs('*');
    is_posted := exists (
        select from ledger.movement as m where m.org_id = p_org_id and m.idempotency_key = p_idempotency_key
    );
    perform tenancy.see_sub_orgs(sub_orgs);
    if is_posted then
        return row('mismatch', true, null, null)::ledger.outcome_of_record;
    end if;
    return null;
end
$$;

-- Remember that a creation was refused, and why.
create or replace function ledger.decide_refusal(
    p_org_id uuid, p_idempotency_key text, p_request_hash bytea, p_problem jsonb, p_actor_id uuid,
    p_credential_id uuid, p_request_id uuid
) returns ledger.outcome_of_record
language plpgsql as $$
begin
    insert into ledger.decision (
        org_id, idempotency_key, request_hash, outcome, problem, actor_id, credential_id, request_id
    ) values (
        p_org_id, p_idempotency_key, p_request_hash, 'refused', p_problem, p_actor_id, p_credential_id, p_request_id
    );
    return row('refused', false, null, p_problem)::ledger.outcome_of_record;
end
$$;

-- Remember how a creation ended: with a new record, or refused because its code is taken.
create or replace function ledger.decide_creation(
    p_org_id uuid, p_idempotency_key text, p_request_hash bytea, p_record_id uuid,
    p_actor_id uuid, p_credential_id uuid, p_request_id uuid
) returns ledger.outcome_of_record
language plpgsql as $$
begin
    if p_record_id is null then
        return ledger.decide_refusal(
            p_org_id, p_idempotency_key, p_request_hash, '{"code": "code-taken", "pointer": "/code"}', p_actor_id,
            p_credential_id, p_request_id);
    end if;
    insert into ledger.decision (
        org_id, idempotency_key, request_hash, outcome, record_id, actor_id, credential_id, request_id
    ) values (
        p_org_id, p_idempotency_key, p_request_hash, 'created', p_record_id, p_actor_id, p_credential_id, p_request_id
    );
    return row('created', false, p_record_id, null)::ledger.outcome_of_record;
end
$$;
