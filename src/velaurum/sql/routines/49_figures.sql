-- Figures: how the work of one organisation stands, in numbers. What adds them up for the operator is told no more.
-- Each enters the organisation, as the policies want it, and reads what is open, or what ended in the last hour.

create or replace function jobs.figures(p_org_id uuid)
returns table (lane text, outcome text, jobs bigint)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp as $$
begin
    perform tenancy.set_context(p_org_id, null);
    return query
    select j.lane, j.state, count(*) from jobs.job as j
    where j.org_id = p_org_id and j.ended_at > statement_timestamp() - interval '1 hour'
    group by j.lane, j.state;
end
$$;

create or replace function webhooks.figures(p_org_id uuid)
returns table (pending bigint, due bigint, oldest_due timestamptz, dead bigint)
language plpgsql volatile security definer rows 1
set search_path = pg_catalog, pg_temp as $$
begin
    perform tenancy.set_context(p_org_id, null);
    return query
    select
        count(*), count(*) filter (where d.due_at <= statement_timestamp()),
        min(d.due_at) filter (where d.due_at <= statement_timestamp()), (
            select count(*) from webhooks.delivery as x where x.org_id = p_org_id and x.state = 'dead'
        )
    from webhooks.delivery as d
    where d.org_id = p_org_id and d.state = 'pending';
end
$$;

create or replace function webhooks.attempts_lately(p_org_id uuid)
returns table (outcome text, attempts bigint)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp as $$
begin
    perform tenancy.set_context(p_org_id, null);
    return query
    select a.outcome, count(*) from webhooks.attempt as a
    where a.org_id = p_org_id and a.ended_at > statement_timestamp() - interval '1 hour'
    group by a.outcome;
end
$$;

create or replace function events.figures(p_org_id uuid)
returns table (subscriber text, behind bigint)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp as $$
begin
    perform tenancy.set_context(p_org_id, null);
    return query
    select s.name, h.size - 1 - s.after_index
    from events.subscriber as s inner join ledger.head as h on h.org_id = p_org_id
    where s.org_id = p_org_id;
end
$$;

create or replace function transport.figures(p_org_id uuid)
returns table (under_way bigint, oldest timestamptz, dead bigint)
language plpgsql volatile security definer rows 1
set search_path = pg_catalog, pg_temp as $$
begin
    perform tenancy.set_context(p_org_id, null);
    return query
    select
        count(*) filter (where m.dead_at is null), min(m.published_at) filter (where m.dead_at is null),
        count(*) filter (where m.dead_at is not null)
    from transport.message as m
    where m.org_id = p_org_id;
end
$$;
