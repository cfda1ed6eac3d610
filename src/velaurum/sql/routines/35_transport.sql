-- The transport: messages of an organisation go in the order of its log, to one consumer at a time. A routine that
-- settles asks for the lease, so that whoever lost it decides nothing any more.

-- Publish messages, and return how many are new: what was published before is dropped, for ever.
create or replace function transport.publish(
    p_org_id uuid, p_indexes bigint[], p_subjects text[], p_content_types text[], p_bodies bytea[]
) returns integer
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    before bigint;
    added integer;
begin
    insert into transport.queue (org_id, published_through) values (p_org_id, -1) on conflict do nothing;
    select q.published_through into before from transport.queue as q where q.org_id = p_org_id for update;
    insert into transport.message (org_id, log_index, subject, content_type, body)
    select p_org_id, x.log_index, x.subject, x.content_type, x.body
    from unnest(p_indexes, p_subjects, p_content_types, p_bodies) as x (log_index, subject, content_type, body)
    where x.log_index > before
    on conflict (org_id, log_index) do nothing;
    get diagnostics added = row_count;
    if added > 0 then
        update transport.queue as q set published_through = (select max(x.log_index) from unnest(p_indexes) as x (log_index))
        where q.org_id = p_org_id;
        perform pg_notify('velaurum_transport', p_org_id::text);
    end if;
    return added;
end
$$;

-- Lease an organisation's messages and return the next of them; none where somebody else holds them, or there are none.
-- One that was delivered before comes alone: what it does to its consumer befalls no other message.
create or replace function transport.lease(
    p_org_id uuid, p_lease_id uuid, p_at_most integer, p_life interval, p_max_deliveries integer
) returns table (
    log_index bigint, subject text, content_type text, body bytea, deliveries integer
)
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    delivered integer;
begin
    perform from transport.queue as q where q.org_id = p_org_id and q.free_at <= clock_timestamp() for update;
    if not found then
        return;
    end if;
    update transport.message as m
    set dead_at = clock_timestamp(), dead_code = 'max-deliveries',
        dead_reason = concat('It was delivered ', m.deliveries, ' times, and never acknowledged.')
    where m.org_id = p_org_id and m.dead_at is null and m.deliveries >= p_max_deliveries;
    select m.deliveries into delivered from transport.message as m
    where m.org_id = p_org_id and m.dead_at is null order by m.log_index limit 1;
    if not found then
        return;
    end if;
    update transport.queue as q set lease_id = p_lease_id, free_at = clock_timestamp() + p_life
    where q.org_id = p_org_id;
    return query
    update transport.message as m set deliveries = m.deliveries + 1
    where m.org_id = p_org_id and m.log_index in (
        select x.log_index from transport.message as x
        where x.org_id = p_org_id and x.dead_at is null
        order by x.log_index limit case when delivered > 0 then 1 else p_at_most end
    )
    returning m.log_index, m.subject, m.content_type, m.body, m.deliveries;
end
$$;

-- Settle a message that one holds: it is gone or, with a code, a dead letter. False when one holds it no more.
create or replace function transport.settle(
    p_org_id uuid, p_lease_id uuid, p_log_index bigint, p_dead_code text, p_dead_reason text
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    perform from transport.queue as q where q.org_id = p_org_id and q.lease_id = p_lease_id for update;
    if not found then
        return false;
    end if;
    if p_dead_code is null then
        delete from transport.message as m
        where m.org_id = p_org_id and m.log_index = p_log_index and m.dead_at is null;
    else
        update transport.message as m
        set dead_at = clock_timestamp(), dead_code = p_dead_code, dead_reason = p_dead_reason
        where m.org_id = p_org_id and m.log_index = p_log_index and m.dead_at is null;
    end if;
    return found;
end
$$;

-- Give back what is leased and not settled, for whoever asks after a while. False when one holds it no more.
create or replace function transport.release(p_org_id uuid, p_lease_id uuid, p_delay interval) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    update transport.queue as q set lease_id = null, free_at = clock_timestamp() + p_delay
    where q.org_id = p_org_id and q.lease_id = p_lease_id;
    return found;
end
$$;

-- Hold what is leased for as long again, from now on. False when one holds it no more, or its time is over.
create or replace function transport.renew(p_org_id uuid, p_lease_id uuid, p_life interval) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    update transport.queue as q set free_at = clock_timestamp() + p_life
    where q.org_id = p_org_id and q.lease_id = p_lease_id and q.free_at > clock_timestamp();
    return found;
end
$$;

-- Set aside a message that something else carried, and that can never be worked: a dead letter here, of any index,
-- once. False when there is no such organisation.
create or replace function transport.set_aside(
    p_org_id uuid, p_log_index bigint, p_subject text, p_content_type text, p_body bytea, p_deliveries integer,
    p_dead_code text, p_dead_reason text
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    perform from tenancy.org as o where o.org_id = p_org_id;
    if not found then
        return false;
    end if;
    insert into transport.queue (org_id, published_through) values (p_org_id, -1) on conflict do nothing;
    insert into transport.message as m
        (org_id, log_index, subject, content_type, body, deliveries, dead_at, dead_code, dead_reason)
    values (p_org_id, p_log_index, p_subject, p_content_type, p_body, p_deliveries, clock_timestamp(), p_dead_code,
        p_dead_reason)
    on conflict (org_id, log_index) do update set deliveries = excluded.deliveries, dead_at = excluded.dead_at,
        dead_code = excluded.dead_code, dead_reason = excluded.dead_reason;
    return true;
end
$$;

-- Put a dead letter back to its place in the order. False when there is none.
create or replace function transport.replay(p_org_id uuid, p_log_index bigint) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    update transport.message as m set dead_at = null, dead_code = null, dead_reason = null, deliveries = 0
    where m.org_id = p_org_id and m.log_index = p_log_index and m.dead_at is not null;
    return found;
end
$$;

-- Is there a message that somebody could have now? It enters the organisation, as the policies want it.
create or replace function transport.is_due(p_org_id uuid) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    perform tenancy.set_context(p_org_id, null);
    return exists (
        select from transport.queue as q where q.org_id = p_org_id and q.free_at <= clock_timestamp()
    ) and exists (
        select from transport.message as m where m.org_id = p_org_id and m.dead_at is null
    );
end
$$;
