-- Jobs: asked for, begun, ended. Whoever works a job shows its ticket: one that lost it ends nothing any more.

-- Where a requester may do today what they asked for. A token is judged as it is now; a session may have ended since,
-- so that its person's roles count. Without a credential it is a process of the product's own.
create or replace function jobs.reach(p_org_id uuid, p_principal_id uuid, p_credential_id uuid, p_permission text)
returns table (may boolean, sub_org_ids uuid[])
language plpgsql stable rows 1
set search_path = pg_catalog, pg_temp as $$
declare
    is_whole boolean;
begin
    if p_credential_id is null then
        may := exists (
            select from identity.principal as p
            where p.org_id = p_org_id and p.id = p_principal_id and p.kind = 'process' and p.disabled_at is null
        );
        return next;
        return;
    end if;
    select
        coalesce(bool_or(s.permission is not null), false), bool_or(s.sub_org_id is null),
        array_agg(s.sub_org_id)
    into may, is_whole, sub_org_ids
    from jobs.standing(p_org_id, p_principal_id, p_credential_id) as s
    where s.permission = p_permission;
    if may and not is_whole then
        sub_org_ids := tenancy.subtrees(p_org_id, sub_org_ids);
    else
        sub_org_ids := null;
    end if;
    return next;
end
$$;

-- What a requester may do today, and in which department: a row for each permission and role.
create or replace function jobs.standing(p_org_id uuid, p_principal_id uuid, p_credential_id uuid)
returns table (permission text, sub_org_id uuid)
language sql stable
set search_path = pg_catalog, pg_temp as $$
    select x.permission, t.sub_org_id
    from identity.standing_of_token(p_org_id, p_credential_id) as t
    cross join lateral unnest(t.permissions) as x (permission)
    where t.principal_id = p_principal_id
    union all
    select x.permission, a.sub_org_id
    from identity.session as s
    inner join identity.principal as p on p.org_id = p_org_id and p.id = s.principal_id and p.disabled_at is null
    inner join identity.assignment as a
        on a.org_id = p_org_id and a.principal_id = s.principal_id and a.revoked_at is null
    inner join identity.role as r on r.org_id = p_org_id and r.code = a.role
    cross join lateral unnest(r.permissions) as x (permission)
    where s.org_id = p_org_id and s.id = p_credential_id and s.principal_id = p_principal_id
$$;

-- Ask for a job. A second one of the same kind and dedupe key is the first one.
create or replace function jobs.enqueue(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_kind text, p_lane text,
    p_permission text, p_max_attempts integer, p_payload jsonb, p_run_at timestamptz, p_dedupe_key text
) returns uuid
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    new_id uuid := platform.uuidv7(clock_timestamp());
begin
    insert into jobs.job (
        org_id, id, kind, lane, permission, payload, dedupe_key, max_attempts, run_at, requested_by,
        credential_id, request_id, ticket, tag
    ) values (
        p_org_id, new_id, p_kind, p_lane, p_permission, p_payload, p_dedupe_key, p_max_attempts,
        coalesce(p_run_at, clock_timestamp()), p_actor_id, p_credential_id, p_request_id, 0, 0
    )
    on conflict (org_id, kind, dedupe_key) do nothing;
    if not found then
        new_id := (
            select j.id from jobs.job as j
            where j.org_id = p_org_id and j.kind = p_kind and j.dedupe_key = p_dedupe_key
        );
    end if;
    return new_id;
end
$$;

-- Write down how an attempt ended, by the product's own process.
create or replace function jobs.end_attempt(p_org_id uuid, p_id uuid, p_outcome text, p_error_code text) returns void
language sql volatile
set search_path = pg_catalog, pg_temp as $$
    insert into jobs.attempt (org_id, job_id, number, actor_id, began_at, outcome, error_code)
    select p_org_id, j.id, j.attempts, (
        select p.id from identity.principal as p where p.org_id = p_org_id and p.created_by = p.id
    ), j.started_at, p_outcome, p_error_code
    from jobs.job as j
    where j.org_id = p_org_id and j.id = p_id
$$;

-- Begin a job by its ticket, or take it over from a worker that is gone: then the ticket came back while it ran. False
-- when it does not wait by this ticket any more, or was taken over too often.
create or replace function jobs.begin_job(p_org_id uuid, p_id uuid, p_ticket bigint) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    job jobs.job;
begin
    select * into job from jobs.job as j where j.org_id = p_org_id and j.id = p_id for update;
    if not found or job.ticket <> p_ticket or job.state not in ('queued', 'running') then
        return false;
    end if;
    if job.state = 'running' then
        perform jobs.end_attempt(p_org_id, p_id, 'lost', 'worker-lost');
        if job.attempts >= job.max_attempts then
            update jobs.job as j
            set
                state = 'failed', ended_at = clock_timestamp(), error_code = 'worker-lost',
                error_detail = 'The worker was gone before the job was done, each time that it was tried.'
            where j.org_id = p_org_id and j.id = p_id;
            return false;
        end if;
    end if;
    update jobs.job as j
    set state = 'running', attempts = j.attempts + 1, started_at = clock_timestamp(), progress_done = 0
    where j.org_id = p_org_id and j.id = p_id;
    return true;
end
$$;

-- Say how far a job is; false when it is not this worker's any more, and should be left.
create or replace function jobs.note_progress(
    p_org_id uuid, p_id uuid, p_ticket bigint, p_number integer, p_done bigint, p_total bigint
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    update jobs.job as j set progress_done = p_done, progress_total = p_total
    where j.org_id = p_org_id and j.id = p_id and j.ticket = p_ticket and j.attempts = p_number and j.state = 'running';
    return found;
end
$$;

-- End a job well, in the transaction of what it did: who lost the ticket meanwhile did nothing.
create or replace function jobs.succeed(
    p_org_id uuid, p_id uuid, p_ticket bigint, p_number integer, p_result jsonb
) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    update jobs.job as j
    set
        state = 'succeeded', ended_at = clock_timestamp(), result = p_result, error_code = null, error_detail = null
    where j.org_id = p_org_id and j.id = p_id and j.ticket = p_ticket and j.attempts = p_number and j.state = 'running';
    if not found then
        raise exception 'the job is not this worker''s any more' using errcode = 'VL041';
    end if;
    perform jobs.end_attempt(p_org_id, p_id, 'succeeded', null);
end
$$;

-- End an attempt that went wrong: with p_after it waits for the next one, as long as there may be one. Returns the
-- state, null when it is not this worker's any more.
create or replace function jobs.fail(
    p_org_id uuid, p_id uuid, p_ticket bigint, p_number integer, p_code text, p_detail text, p_after interval
) returns text
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    job jobs.job;
    next_state text;
begin
    select * into job from jobs.job as j where j.org_id = p_org_id and j.id = p_id for update;
    if not found or job.ticket <> p_ticket or job.attempts <> p_number or job.state <> 'running' then
        return null;
    end if;
    perform jobs.end_attempt(p_org_id, p_id, 'failed', p_code);
    next_state := case when p_after is null or job.attempts >= job.max_attempts then 'failed' else 'queued' end;
    update jobs.job as j
    set
        state = next_state, error_code = p_code, error_detail = p_detail,
        run_at = case when next_state = 'queued' then clock_timestamp() + p_after else j.run_at end,
        ended_at = case when next_state = 'failed' then clock_timestamp() end
    where j.org_id = p_org_id and j.id = p_id;
    return next_state;
end
$$;
