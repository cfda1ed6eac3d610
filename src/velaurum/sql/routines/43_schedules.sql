-- Schedules: a row for each thing that the product does by itself.

-- Say that a scheduled thing was run, and how that ended.
create or replace function platform.note_schedule(
    p_name text, p_runs_in text, p_cadence interval, p_began_at timestamptz, p_has_failed boolean,
    p_result jsonb
) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    ended timestamptz := greatest(clock_timestamp(), p_began_at);
begin
    insert into platform.schedule as s (name, runs_in, cadence, began_at, ended_at, outcome, next_at, result)
    values (
        p_name, p_runs_in, p_cadence, p_began_at, ended, case when p_has_failed then 'failed' else 'done' end,
        ended + p_cadence, p_result
    )
    on conflict (name) do update
    set
        runs_in = excluded.runs_in, cadence = excluded.cadence, began_at = excluded.began_at,
        ended_at = excluded.ended_at, outcome = excluded.outcome, next_at = excluded.next_at, result = excluded.result
    where s.began_at <= excluded.began_at;
end
$$;
