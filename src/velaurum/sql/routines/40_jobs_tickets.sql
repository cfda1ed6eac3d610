-- Tickets: rows of the library's queue, in the transaction of the job that they are for. A ticket holds ids alone.

-- The lowest tag that waits in a lane now, 0 where nothing waits: the time of the lane (start-time fair queueing).
create or replace function jobs.lane_time(p_lane text) returns bigint
language sql stable
set search_path = pg_catalog, pg_temp as $$
    select coalesce((
        select -t.priority from procrastinate.procrastinate_jobs as t
        where t.status = 'todo' and t.queue_name = p_lane
            and (t.scheduled_at is null or t.scheduled_at <= clock_timestamp())
        order by t.priority desc, t.id
        limit 1
    ), 0)
$$;

-- Add a ticket to the queue; workers are told when the transaction commits.
create or replace function jobs.add_ticket(p_lane text, p_tag bigint, p_args jsonb, p_run_at timestamptz)
returns bigint
language plpgsql volatile
set search_path = pg_catalog, pg_temp as $$
declare
    ticket bigint;
begin
    insert into procrastinate.procrastinate_jobs (queue_name, task_name, priority, args, scheduled_at)
    values (p_lane, 'velaurum.work', -p_tag, p_args, p_run_at)
    returning id into ticket;
    return ticket;
end
$$;

-- A job goes one way only, whoever writes the row, and whenever it begins to wait it has a ticket of its own. Its place
-- is behind the organisation's own jobs, and beside the first that waits of all others: a backlog of one delays the
-- first job of another by one.
create or replace function jobs.guard_job() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    if tg_op = 'UPDATE' then
        if (
            new.id, new.kind, new.lane, new.permission, new.payload, new.dedupe_key,
            new.requested_by, new.credential_id, new.request_id, new.created_at
        ) is distinct from (
            old.id, old.kind, old.lane, old.permission, old.payload, old.dedupe_key,
            old.requested_by, old.credential_id, old.request_id, old.created_at
        ) or new.attempts < old.attempts or new.max_attempts < old.max_attempts then
            raise exception 'what a job was asked to do is never changed' using errcode = 'VL040';
        end if;
        if not (
            (old.state = 'queued' and new.state in ('queued', 'running', 'cancelled'))
            or old.state = 'running'
            or (old.state = 'failed' and new.state = 'queued')
        ) then
            raise exception 'a job does not go from % to %', old.state, new.state using errcode = 'VL040';
        end if;
        if new.state <> 'queued' or old.state = 'queued' then
            return new;
        end if;
    elsif new.state <> 'queued' or new.attempts <> 0 then
        raise exception 'a job begins by waiting' using errcode = 'VL040';
    end if;
    new.tag := greatest(jobs.own_time(new.org_id, new.lane), jobs.lane_time(new.lane));
    new.ticket := jobs.add_ticket(
        new.lane, new.tag, jsonb_build_object('org_id', new.org_id, 'job_id', new.id),
        case when new.run_at > clock_timestamp() then new.run_at end);
    return new;
end
$$;

-- The tag after the last of an organisation's jobs that wait in a lane.
create or replace function jobs.own_time(p_org_id uuid, p_lane text) returns bigint
language sql stable
set search_path = pg_catalog, pg_temp as $$
    select coalesce(max(j.tag) + 1, 0) from jobs.job as j
    where j.org_id = p_org_id and j.lane = p_lane and j.state = 'queued'
$$;

create or replace trigger job_is_guarded before insert or update on jobs.job
for each row execute function jobs.guard_job();
alter table jobs.job enable always trigger job_is_guarded;
