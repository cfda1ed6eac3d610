-- Events and tallies, as a process hands them over a few times a second. Handed over twice, they count once.
create or replace function tenancy.record_access(
    p_org_id uuid, p_boot_id uuid, p_release text, p_registry_hash bytea, p_events jsonb
) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    insert into tenancy.access_event (
        org_id, at, id, request_ids, operations, actor_ids, credential_ids, statuses, statements, applied, exempt,
        boot_id, release, registry_hash, subject_id, log_size, is_encrypted
    )
    select
        p_org_id, e.at, e.id, e.request_ids, e.operations, e.actor_ids, e.credential_ids, e.statuses, e.statements,
        e.applied, e.exempt, p_boot_id, p_release, p_registry_hash, e.subject_id,
        e.log_size, e.is_encrypted
    from jsonb_populate_recordset(null::tenancy.access, p_events) as e
    on conflict do nothing;
    if p_events @? '$[*].shown_ids' then
        perform tenancy.record_sightings(p_org_id, p_events);
    end if;
end
$$;

-- Whom those events showed: people, be they named as principals or as users of a directory, and neither the reader nor
-- whom the event names already. In the order of the key, so that two processes never wait for each other. Each is
-- looked up by its key: joined, with whom an answer showed first, it took a time for each pair of people.
create or replace function tenancy.record_sightings(p_org_id uuid, p_events jsonb) returns void
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    insert into tenancy.sighting (org_id, subject_id, day, actor_id, operation, at, event_id)
    with shown as materialized (
        select e.id, e.at, e.actor_ids[1] as actor_id, e.operations[1] as operation, e.subject_id as about_id, coalesce((
            select u.principal_id from identity.scim_user as u where u.org_id = p_org_id and u.id = s.id
        ), s.id) as subject_id
        from jsonb_populate_recordset(null::tenancy.access, p_events) as e
        cross join lateral unnest(e.shown_ids) as s (id)
    )

    select p_org_id, x.subject_id, (x.at at time zone 'UTC')::date, x.actor_id, x.operation, x.at, x.id
    from shown as x
    where x.subject_id <> x.actor_id and x.subject_id is distinct from x.about_id
        and (select p.kind from identity.principal as p where p.org_id = p_org_id and p.id = x.subject_id) = 'user'
    order by x.subject_id, 3, x.actor_id, x.operation, x.at
    on conflict do nothing;
end
$$;

-- The counts of one process, as they are by now. A count never falls: what came late is not believed.
create or replace function platform.record_tallies(
    p_boot_id uuid, p_release text, p_registry_hash bytea, p_events_lost bigint, p_has_ended boolean, p_tallies jsonb
) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    insert into platform.boot as b (id, release, registry_hash, events_lost)
    values (p_boot_id, p_release, p_registry_hash, p_events_lost)
    on conflict (id) do update
    set
        seen_at = clock_timestamp(),
        ended_at = case when p_has_ended then clock_timestamp() else b.ended_at end,
        events_lost = greatest(b.events_lost, excluded.events_lost);
    insert into platform.statement_tally as t (boot_id, statement, types, query_id, calls, unanswered)
    select p_boot_id, n.statement, n.types, n.query_id, n.calls, n.unanswered
    from jsonb_populate_recordset(null::platform.tally, p_tallies) as n
    on conflict (boot_id, statement, types) do update
    set
        query_id = coalesce(t.query_id, excluded.query_id),
        calls = greatest(t.calls, excluded.calls),
        unanswered = greatest(t.unanswered, excluded.unanswered);
end
$$;

-- Counts rise and names stay, whoever writes them.
create or replace function platform.refuse_less() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    if tg_relid = 'platform.statement_tally'::regclass then
        if (new.boot_id, new.statement, new.types) is distinct from (old.boot_id, old.statement, old.types)
            or new.calls < old.calls or new.unanswered < old.unanswered
            or old.query_id is not null and new.query_id is distinct from old.query_id
        then
            raise exception 'a count of statements never falls' using errcode = 'VL001';
        end if;
    elsif (new.id, new.release, new.registry_hash, new.started_at)
        is distinct from (old.id, old.release, old.registry_hash, old.started_at)
        or new.seen_at < old.seen_at or new.events_lost < old.events_lost
        or old.ended_at is not null and new.ended_at is null
    then
        raise exception 'a process that ran has run' using errcode = 'VL001';
    end if;
    return new;
end
$$;

create or replace trigger statement_tally_never_falls before update on platform.statement_tally
for each row execute function platform.refuse_less();
alter table platform.statement_tally enable always trigger statement_tally_never_falls;
create or replace trigger boot_never_goes_back before update on platform.boot
for each row execute function platform.refuse_less();
alter table platform.boot enable always trigger boot_never_goes_back;
