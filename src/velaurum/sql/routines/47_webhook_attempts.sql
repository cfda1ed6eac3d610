-- Attempts: by the product's own process, and by one of them at a time. The application may take no turn.

-- Whether anything is due, or waits for an endpoint that is disabled. An organisation that is suspended is not served,
-- and one whose log is held waits. It enters the organisation, as the policies want it.
create or replace function webhooks.is_due(p_org_id uuid) returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp as $$
begin
    perform tenancy.set_context(p_org_id, null);
    return exists (
        select from webhooks.endpoint as e
        inner join tenancy.org as o on o.org_id = p_org_id and o.suspended_at is null and o.held_since is null
        where e.org_id = p_org_id and exists (
            select from webhooks.delivery as d
            where d.org_id = p_org_id and d.endpoint_id = e.id and d.state = 'pending' and (
                e.disabled_at is not null
                or d.due_at <= clock_timestamp() and coalesce(d.leased_until <= clock_timestamp(), true)
            )
        )
    );
end
$$;

-- What waits for an endpoint that is disabled is dead: people may ask for it again. So many at a time, and not when it
-- is disabled: there may be very many, and whoever disables it holds up who posts.
create or replace function webhooks.end_deliveries(p_org_id uuid, p_limit integer) returns void
language sql volatile
set search_path = pg_catalog, pg_temp as $$
    update webhooks.delivery as d
    set state = 'dead', error_code = 'endpoint-disabled', ended_at = clock_timestamp()
    where d.org_id = p_org_id and d.id in (
        select x.id from webhooks.delivery as x
        inner join webhooks.endpoint as e on e.org_id = p_org_id and e.id = x.endpoint_id
        where x.org_id = p_org_id and x.state = 'pending' and e.disabled_at is not null
        limit p_limit
    )
$$;

-- Whether there is more to tell of than was told. Who has no endpoint yet never began.
create or replace function webhooks.is_behind(p_org_id uuid) returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp as $$
begin
    perform tenancy.set_context(p_org_id, null);
    return exists (
        select from events.subscriber as s
        inner join tenancy.org as o on o.org_id = p_org_id and o.suspended_at is null and o.held_since is null
        where s.org_id = p_org_id and s.name = 'relay' and s.after_index + 1 < coalesce((
            select c.size from audit.checkpoint as c where c.org_id = p_org_id
            order by c.incarnation desc, c.size desc limit 1
        ), 0)
    );
end
$$;

-- What may be sent now, the endpoints in turn: at most p_limit, and of one endpoint no more at a time than
-- p_per_endpoint, those that are being sent counted.
create or replace function webhooks.due(p_org_id uuid, p_limit integer, p_per_endpoint integer)
returns table (id uuid)
language sql volatile
set search_path = pg_catalog, pg_temp as $$
    select d.id
    from webhooks.endpoint as e
    cross join lateral (
        select count(*) as n from webhooks.delivery as f
        where f.org_id = p_org_id and f.endpoint_id = e.id and f.state = 'pending'
            and f.leased_until > clock_timestamp()
    ) as busy
    cross join lateral (
        select y.id, y.due_at, row_number() over (order by y.due_at, y.id) as place
        from (
            select x.id, x.due_at from webhooks.delivery as x
            where x.org_id = p_org_id and x.endpoint_id = e.id and x.state = 'pending'
                and x.due_at <= clock_timestamp() and coalesce(x.leased_until <= clock_timestamp(), true)
            order by x.due_at, x.id
            limit p_per_endpoint
        ) as y
    ) as d
    where e.org_id = p_org_id and e.disabled_at is null and busy.n + d.place <= p_per_endpoint
    order by busy.n + d.place, d.due_at, d.id
    limit greatest(p_limit, 0)
$$;

-- How many are being sent.
create or replace function webhooks.under_way(p_org_id uuid) returns integer
language sql volatile
set search_path = pg_catalog, pg_temp as $$
    select count(*)::integer from webhooks.delivery as d
    where d.org_id = p_org_id and d.state = 'pending' and d.leased_until > clock_timestamp()
$$;

-- Lease at most p_limit of what is due to whoever asks, so that no more than p_per_org are being sent. A lease that ran
-- out is an attempt that was lost.
create or replace function webhooks.claim(
    p_org_id uuid, p_limit integer, p_per_org integer, p_per_endpoint integer, p_lease interval
) returns table (
    id uuid, lease uuid, endpoint_id uuid, url text, generation integer, older_until timestamptz, key_id text,
    body text, tries integer
)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp as $$
declare
    c record;
begin
    perform from webhooks.endpoint as e where e.org_id = p_org_id order by e.id for no key update;
    perform webhooks.end_deliveries(p_org_id, 1000);
    for c in
        select x.id from webhooks.due(
            p_org_id, least(p_limit, p_per_org - webhooks.under_way(p_org_id)), p_per_endpoint) as x
    loop
        insert into webhooks.attempt (org_id, delivery_id, number, began_at, outcome, error_code)
        select p_org_id, d.id, d.attempts, d.tried_at, 'lost', 'worker-lost' from webhooks.delivery as d
        where d.org_id = p_org_id and d.id = c.id and d.lease is not null;
        update webhooks.delivery as d
        set
            lease = gen_random_uuid(), leased_until = clock_timestamp() + p_lease, attempts = d.attempts + 1,
            tries = d.tries + 1, tried_at = clock_timestamp()
        where d.org_id = p_org_id and d.id = c.id;
        return query
        select d.id, d.lease, e.id, e.url, e.generation, e.older_until, e.key_id, d.body, d.tries
        from webhooks.delivery as d
        inner join webhooks.endpoint as e on e.org_id = p_org_id and e.id = d.endpoint_id
        where d.org_id = p_org_id and d.id = c.id;
    end loop;
end
$$;

-- Say how an attempt went, and let go of the delivery: with p_after it waits for the next one. An answer that the
-- endpoint is gone disables it. Returns the state; null where the lease is somebody else's by now.
create or replace function webhooks.end_attempt(
    p_org_id uuid, p_id uuid, p_lease uuid, p_latency_ms integer, p_status_class integer, p_error_code text,
    p_after interval, p_is_gone boolean
) returns text
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    d webhooks.delivery;
    new_state text;
begin
    if p_is_gone then
        perform from ledger.head as h where h.org_id = p_org_id for update;
        perform from webhooks.endpoint as e where e.org_id = p_org_id order by e.id for no key update;
    end if;
    select * into d from webhooks.delivery as x
    where x.org_id = p_org_id and x.id = p_id and x.lease = p_lease for update;
    if not found then
        return null;
    end if;
    insert into webhooks.attempt (
        org_id, delivery_id, number, began_at, outcome, status_class, latency_ms, error_code
    ) values (
        p_org_id, p_id, d.attempts, d.tried_at, case when p_error_code is null then 'delivered' else 'failed' end,
        p_status_class, p_latency_ms, p_error_code
    );
    new_state := case
        when p_error_code is null then 'delivered'
        when d.state <> 'pending' or (p_after is not null and not p_is_gone) then d.state
        else 'dead'
    end;
    update webhooks.delivery as x
    set
        state = new_state, lease = null, leased_until = null,
        due_at = case when new_state = 'pending' then clock_timestamp() + p_after else x.due_at end,
        error_code = case
            when new_state = 'delivered' then null when x.state = 'pending' then p_error_code else x.error_code
        end,
        ended_at = case when new_state <> 'pending' then coalesce(x.ended_at, clock_timestamp()) end
    where x.org_id = p_org_id and x.id = p_id;
    if p_is_gone then
        perform webhooks.disable_gone(p_org_id, d.endpoint_id);
    end if;
    return new_state;
end
$$;
