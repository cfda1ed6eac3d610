-- Retention: what is bounded goes when it has ended and is old. A guard of each table holds to that whoever deletes;
-- the routines alone may, and the product's own process alone may call them.

-- For how long at least each kind is kept, whatever the settings say.
create or replace function platform.least_kept(p_what text) returns interval
language sql immutable
set search_path = pg_catalog, pg_temp as $$
    select case p_what
        when 'jobs' then interval '7 days'
        when 'webhooks' then interval '7 days'
        when 'dead-letters' then interval '7 days'
        when 'inbox' then interval '30 days'
    end
$$;

-- The instant before which something must have ended to be forgotten: never later than the least age allows.
create or replace function platform.forgotten_before(p_what text, p_age interval) returns timestamptz
language sql volatile
set search_path = pg_catalog, pg_temp as $$
    select clock_timestamp() - greatest(p_age, platform.least_kept(p_what))
$$;

create or replace function platform.refuse_early_removal(p_table text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    raise exception 'a row of % goes when it has ended and is old, and no sooner', p_table using errcode = 'VL001';
end
$$;

create or replace function jobs.guard_removal() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    if coalesce(old.ended_at >= platform.forgotten_before('jobs', null), true) then
        perform platform.refuse_early_removal('jobs.job');
    end if;
    return old;
end
$$;

-- What belongs to a job goes with it.
create or replace function jobs.guard_removal_with_job() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    if not exists (
        select from jobs.job as j
        where j.org_id = old.org_id and j.id = old.job_id
            and j.ended_at < platform.forgotten_before('jobs', null)
    ) then
        perform platform.refuse_early_removal(concat('jobs.', tg_table_name));
    end if;
    return old;
end
$$;

create or replace function jobs.guard_reminder_removal() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    if coalesce(old.ended_at >= platform.forgotten_before('jobs', null), true) then
        perform platform.refuse_early_removal('jobs.reminder');
    end if;
    return old;
end
$$;

create or replace function webhooks.guard_removal() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    if coalesce(old.ended_at >= platform.forgotten_before('webhooks', null), true) then
        perform platform.refuse_early_removal('webhooks.delivery');
    end if;
    return old;
end
$$;

-- What belongs to a delivery goes with it.
create or replace function webhooks.guard_removal_with_delivery() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    if not exists (
        select from webhooks.delivery as d
        where d.org_id = old.org_id and d.id = old.delivery_id
            and d.ended_at < platform.forgotten_before('webhooks', null)
    ) then
        perform platform.refuse_early_removal(concat('webhooks.', tg_table_name));
    end if;
    return old;
end
$$;

create or replace function events.guard_removal() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    if old.taken_at >= platform.forgotten_before('inbox', null) then
        perform platform.refuse_early_removal('events.inbox');
    end if;
    return old;
end
$$;

create or replace trigger job_is_removed_late before delete on jobs.job
for each row execute function jobs.guard_removal();
alter table jobs.job enable always trigger job_is_removed_late;
create or replace trigger attempt_is_removed_late before delete on jobs.attempt
for each row execute function jobs.guard_removal_with_job();
alter table jobs.attempt enable always trigger attempt_is_removed_late;
create or replace trigger act_is_removed_late before delete on jobs.act
for each row execute function jobs.guard_removal_with_job();
alter table jobs.act enable always trigger act_is_removed_late;
create or replace trigger reminder_is_removed_late before delete on jobs.reminder
for each row execute function jobs.guard_reminder_removal();
alter table jobs.reminder enable always trigger reminder_is_removed_late;
create or replace trigger delivery_is_removed_late before delete on webhooks.delivery
for each row execute function webhooks.guard_removal();
alter table webhooks.delivery enable always trigger delivery_is_removed_late;
create or replace trigger attempt_is_removed_late before delete on webhooks.attempt
for each row execute function webhooks.guard_removal_with_delivery();
alter table webhooks.attempt enable always trigger attempt_is_removed_late;
create or replace trigger act_is_removed_late before delete on webhooks.act
for each row execute function webhooks.guard_removal_with_delivery();
alter table webhooks.act enable always trigger act_is_removed_late;
create or replace trigger inbox_is_removed_late before delete on events.inbox
for each row execute function events.guard_removal();
alter table events.inbox enable always trigger inbox_is_removed_late;

-- Forget jobs that ended longer ago than p_age, with their attempts and with what people did to them: at most p_limit,
-- the oldest first. Returns how many.
create or replace function jobs.forget(p_org_id uuid, p_age interval, p_limit integer) returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp as $$
declare
    before timestamptz := platform.forgotten_before('jobs', p_age);
    old_ids uuid[] := array(
        select j.id from jobs.job as j
        where j.org_id = p_org_id and j.ended_at < before
        order by j.ended_at
        limit p_limit
        for update skip locked
    );
begin
    delete from jobs.act as a where a.org_id = p_org_id and a.job_id = any(old_ids);
    delete from jobs.attempt as a where a.org_id = p_org_id and a.job_id = any(old_ids);
    delete from jobs.job as j where j.org_id = p_org_id and j.id = any(old_ids);
    return cardinality(old_ids);
end
$$;

-- The same of reminders whose cause is gone.
create or replace function jobs.forget_reminders(p_org_id uuid, p_age interval, p_limit integer) returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp as $$
declare
    before timestamptz := platform.forgotten_before('jobs', p_age);
    forgotten bigint;
begin
    delete from jobs.reminder as r
    where r.org_id = p_org_id and r.id in (
        select x.id from jobs.reminder as x
        where x.org_id = p_org_id and x.ended_at < before
        order by x.ended_at
        limit p_limit
        for update skip locked
    );
    get diagnostics forgotten = row_count;
    return forgotten;
end
$$;

-- The same of deliveries that were made or given up.
create or replace function webhooks.forget(p_org_id uuid, p_age interval, p_limit integer) returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp as $$
declare
    before timestamptz := platform.forgotten_before('webhooks', p_age);
    old_ids uuid[] := array(
        select d.id from webhooks.delivery as d
        where d.org_id = p_org_id and d.ended_at < before
        order by d.ended_at
        limit p_limit
        for update skip locked
    );
begin
    delete from webhooks.act as a where a.org_id = p_org_id and a.delivery_id = any(old_ids);
    delete from webhooks.attempt as a where a.org_id = p_org_id and a.delivery_id = any(old_ids);
    delete from webhooks.delivery as d where d.org_id = p_org_id and d.id = any(old_ids);
    return cardinality(old_ids);
end
$$;

-- The same of dead letters. What waits to be consumed stays, however old it is.
create or replace function transport.forget(p_org_id uuid, p_age interval, p_limit integer) returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp as $$
declare
    before timestamptz := platform.forgotten_before('dead-letters', p_age);
    forgotten bigint;
begin
    delete from transport.message as m
    where m.org_id = p_org_id and m.log_index in (
        select x.log_index from transport.message as x
        where x.org_id = p_org_id and x.dead_at < before
        order by x.dead_at
        limit p_limit
        for update skip locked
    );
    get diagnostics forgotten = row_count;
    return forgotten;
end
$$;

-- The same of messages that were taken. A message is taken after its entry was recorded and after it was published: so
-- one that was taken before an instant cannot come again once every subscriber has passed what was recorded before it,
-- and nothing is under way, or a dead letter, that was published before it. Until then all of them stay.
create or replace function events.forget(p_org_id uuid, p_age interval, p_limit integer) returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp as $$
declare
    before timestamptz := platform.forgotten_before('inbox', p_age);
    forgotten bigint;
begin
    if exists (
        select from events.subscriber as s
        where s.org_id = p_org_id and s.after_index + 1 < ledger.size_at(p_org_id, before)
    ) or exists (
        select from transport.message as m where m.org_id = p_org_id and m.published_at < before
    ) then
        return 0;
    end if;
    delete from events.inbox as i
    where i.org_id = p_org_id and (i.consumer, i.message_id) in (
        select x.consumer, x.message_id from events.inbox as x
        where x.org_id = p_org_id and x.taken_at < before
        order by x.taken_at
        limit p_limit
        for update skip locked
    );
    get diagnostics forgotten = row_count;
    return forgotten;
end
$$;
