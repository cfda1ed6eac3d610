-- Callbacks: an outside system shows the secret of a job, and the row's hash says whether it is that. What is passed to
-- these routines is neither: a nonce, and the SHA-256 of nonce and hash, so that no log of statements holds either, and
-- how long the comparison takes tells nothing.

-- Act as the product's own process.
create or replace function jobs.act_as_process(p_org_id uuid, p_request_id uuid) returns void
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    perform identity.act_as(
        p_org_id,
        (select p.id from identity.principal as p where p.org_id = p_org_id and p.created_by = p.id),
        null, p_request_id);
end
$$;

-- Lock a job for who shows its secret, and judge that: unknown, ended or open. By the database's clock it may end here,
-- before anything else saw that it is over.
create or replace function jobs.judge_callback(
    p_org_id uuid, p_id uuid, p_request_id uuid, p_nonce bytea, p_proof bytea
) returns text
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    job jobs.integration_job;
begin
    perform tenancy.refuse_suspended(p_org_id);
    select * into job from jobs.integration_job as j where j.org_id = p_org_id and j.id = p_id for update;
    if not found then
        return 'unknown';
    end if;
    if job.ended_at is not null then
        return 'ended';
    end if;
    if sha256(p_nonce || job.callback_secret_hash) is distinct from p_proof then
        return 'unknown';
    end if;
    perform jobs.act_as_process(p_org_id, p_request_id);
    if job.expires_at > clock_timestamp() then
        return 'open';
    end if;
    update jobs.integration_job as j set state = 'expired' where j.org_id = p_org_id and j.id = p_id;
    return 'ended';
end
$$;

-- Take the work in hand: whoever shows the secret may read what it is then. Says how the secret was judged.
create or replace function jobs.take_integration_job(
    p_org_id uuid, p_id uuid, p_request_id uuid, p_nonce bytea, p_proof bytea
) returns text
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    judged text := jobs.judge_callback(p_org_id, p_id, p_request_id, p_nonce, p_proof);
begin
    if judged = 'open' then
        update jobs.integration_job as j set state = 'awaiting_callback'
        where j.org_id = p_org_id and j.id = p_id and j.state <> 'awaiting_callback';
    end if;
    return judged;
end
$$;

-- Use the secret: the job ends as its outside system says, and the hash is gone in the same transaction. Says how the
-- secret was judged: of several at once one finds it open.
create or replace function jobs.use_callback(
    p_org_id uuid, p_id uuid, p_request_id uuid, p_nonce bytea, p_proof bytea, p_outcome text, p_result jsonb
) returns text
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    judged text := jobs.judge_callback(p_org_id, p_id, p_request_id, p_nonce, p_proof);
begin
    if p_outcome not in ('succeeded', 'failed') then
        raise exception 'an outside system does not say %', p_outcome using errcode = 'VL043';
    end if;
    if judged = 'open' then
        update jobs.integration_job as j set state = p_outcome, result = p_result
        where j.org_id = p_org_id and j.id = p_id;
    end if;
    return judged;
end
$$;

-- Whether a job is over and has not ended. It enters the organisation, as the policies want it.
create or replace function jobs.is_overdue(p_org_id uuid) returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp as $$
begin
    perform tenancy.set_context(p_org_id, null);
    return exists (
        select from jobs.integration_job as j
        where j.org_id = p_org_id and j.ended_at is null and j.expires_at <= clock_timestamp()
    );
end
$$;

-- End what is over, so many at a time. What somebody holds at this moment is left to them, or to the next time.
create or replace function jobs.expire_integration_jobs(p_org_id uuid, p_limit integer) returns bigint
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    ended bigint;
begin
    perform jobs.act_as_process(p_org_id, null);
    update jobs.integration_job as j set state = 'expired'
    where j.org_id = p_org_id and j.id in (
        select x.id from jobs.integration_job as x
        where x.org_id = p_org_id and x.ended_at is null and x.expires_at <= clock_timestamp()
        order by x.id
        limit p_limit
        for update skip locked
    );
    get diagnostics ended = row_count;
    return ended;
end
$$;
