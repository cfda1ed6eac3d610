-- What people do to a job: whoever may do today what the job does may ask for it again, or call it off.

-- Write down what somebody does to a job, and refuse who may not do it in the whole organisation.
create or replace function jobs.act_on(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_action text
) returns void
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    job jobs.job;
    reach record;
begin
    select * into strict job from jobs.job as j where j.org_id = p_org_id and j.id = p_id;
    select * into strict reach from identity.reach(p_org_id, p_credential_id, job.permission);
    if reach.may is not true or (reach.sub_org_ids is not null and job.requested_by <> p_actor_id) then
        raise exception 'the credential does not allow what the job does' using errcode = 'VL005';
    end if;
    insert into jobs.act (org_id, id, job_id, action, actor_id, credential_id, request_id)
    values (
        p_org_id, platform.uuidv7(clock_timestamp()), p_id, p_action, p_actor_id, p_credential_id, p_request_id
    );
end
$$;

-- Let a job that failed wait again, with as many attempts as it had at first; false when it did not fail.
create or replace function jobs.retry(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_attempts integer
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    update jobs.job as j
    set
        state = 'queued', run_at = clock_timestamp(), ended_at = null, max_attempts = j.attempts + p_attempts
    where j.org_id = p_org_id and j.id = p_id and j.state = 'failed';
    if not found then
        return false;
    end if;
    perform jobs.act_on(p_org_id, p_actor_id, p_credential_id, p_request_id, p_id, 'retried');
    return true;
end
$$;

-- Call a job off, also one that is under way: what it did is undone with the transaction that would have ended it.
-- False when it has ended.
create or replace function jobs.cancel(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    job jobs.job;
begin
    select * into job from jobs.job as j where j.org_id = p_org_id and j.id = p_id for update;
    if not found or job.state not in ('queued', 'running') then
        return false;
    end if;
    if job.state = 'running' then
        perform jobs.end_attempt(p_org_id, p_id, 'cancelled', null);
    end if;
    update jobs.job as j set state = 'cancelled', ended_at = clock_timestamp()
    where j.org_id = p_org_id and j.id = p_id;
    perform jobs.act_on(p_org_id, p_actor_id, p_credential_id, p_request_id, p_id, 'cancelled');
    return true;
end
$$;

-- Ask for a job by a key that is decided once, as for every record that people create.
create or replace function jobs.request(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text,
    p_request_hash bytea, p_kind text, p_lane text, p_permission text, p_max_attempts integer, p_payload jsonb
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
    new_id := jobs.enqueue(
        p_org_id, p_actor_id, p_credential_id, p_request_id, p_kind, p_lane, p_permission, p_max_attempts, p_payload,
        clock_timestamp(), null);
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;
