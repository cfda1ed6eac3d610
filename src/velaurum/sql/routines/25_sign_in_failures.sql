-- Failures of signing in: counted before anybody looks at what was brought, so that of many at once no more get through
-- than of one after the other; taken back by whoever succeeds. Nobody is locked out for ever: delays grow, up to a
-- bound, and failures are forgotten one by one.

-- How failures are counted: how long one is owed, how many are free, how long a delay is at most. Anybody can type a
-- login: that delay is short. A second factor is asked for whoever knew the password: that one is long. Many share an
-- address: it has more of them free.
create or replace function identity.failure_rule(p_kind text)
returns table (owed_for interval, free integer, longest_s integer)
language sql immutable parallel safe rows 1 as $$
    select x.owed_for, x.free, x.longest_s from (
        values ('login', interval '15 minutes', 4, 60), ('address', interval '2 minutes', 50, 900),
            ('second-factor', interval '6 hours', 4, 3600)
    ) as x (kind, owed_for, free, longest_s)
    where x.kind = p_kind
$$;

-- Count one attempt of each key as a failure. Zero when it may go on; else how many seconds it has to wait, and nothing
-- is counted.
create or replace function identity.attempt_sign_in(p_org_id uuid, p_kinds text[], p_key_hashes bytea[])
returns integer
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    moment timestamptz := clock_timestamp();
    until timestamptz;
begin
    -- What nobody owes any more goes along, a few for each attempt; what another transaction holds waits.
    delete from identity.sign_in_failure as f
    where f.org_id = p_org_id and f.key_hash <> all(p_key_hashes) and f.key_hash in (
        select x.key_hash from identity.sign_in_failure as x
        where x.org_id = p_org_id and x.owed_until < moment and x.blocked_until < moment
        limit 20
        for update skip locked
    );
    insert into identity.sign_in_failure (org_id, key_hash, kind, owed_until, blocked_until)
    select p_org_id, k.key_hash, k.kind, moment, moment
    from unnest(p_kinds, p_key_hashes) as k (kind, key_hash)
    order by k.key_hash
    on conflict do nothing;
    perform from identity.sign_in_failure as f
    where f.org_id = p_org_id and f.key_hash = any(p_key_hashes)
    order by f.key_hash
    for update;
    moment := clock_timestamp();
    select max(f.blocked_until) into until from identity.sign_in_failure as f
    where f.org_id = p_org_id and f.key_hash = any(p_key_hashes);
    if until > moment then
        return ceil(extract(epoch from until - moment));
    end if;
    update identity.sign_in_failure as f
    set
        owed_until = moment + w.failures * w.owed_for,
        blocked_until = moment
            + least(w.longest_s, (1 << greatest(w.failures - w.free, 0)) - 1) * interval '1 second'
    from (
        select
            x.key_hash, r.free, r.longest_s, r.owed_for,
            least(1 + greatest(
                ceil(extract(epoch from x.owed_until - moment) / extract(epoch from r.owed_for)), 0
            )::integer, r.free + 16) as failures
        from identity.sign_in_failure as x
        cross join lateral identity.failure_rule(x.kind) as r
        where x.org_id = p_org_id and x.key_hash = any(p_key_hashes)
    ) as w
    where f.org_id = p_org_id and f.key_hash = w.key_hash;
    return 0;
end
$$;

-- Take back one attempt that nobody could look at, because a key was away: of each key one failure less is owed, and
-- nobody waits for it. Whoever owed others waits as long for those, so that no number of such attempts is faster.
create or replace function identity.withdraw_sign_in(p_org_id uuid, p_key_hashes bytea[]) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    moment timestamptz := clock_timestamp();
begin
    perform from identity.sign_in_failure as f
    where f.org_id = p_org_id and f.key_hash = any(p_key_hashes)
    order by f.key_hash
    for update;
    update identity.sign_in_failure as f
    set
        owed_until = greatest(f.owed_until - w.owed_for, moment),
        blocked_until = f.blocked_until - (
            least(w.longest_s, (1 << greatest(w.failures - w.free, 0)) - 1)
            - least(w.longest_s, (1 << greatest(w.failures - 1 - w.free, 0)) - 1)
        ) * interval '1 second'
    from (
        select
            x.key_hash, r.free, r.longest_s, r.owed_for,
            ceil(extract(epoch from x.owed_until - moment) / extract(epoch from r.owed_for))::integer as failures
        from identity.sign_in_failure as x
        cross join lateral identity.failure_rule(x.kind) as r
        where x.org_id = p_org_id and x.key_hash = any(p_key_hashes) and x.owed_until > moment
    ) as w
    where f.org_id = p_org_id and f.key_hash = w.key_hash;
end
$$;

-- Take an attempt back that was none: who proved something owes nothing any more; an address owes one failure less.
create or replace function identity.forgive_sign_in(p_org_id uuid, p_key_hashes bytea[]) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    moment timestamptz := clock_timestamp();
begin
    perform from identity.sign_in_failure as f
    where f.org_id = p_org_id and f.key_hash = any(p_key_hashes)
    order by f.key_hash
    for update;
    update identity.sign_in_failure as f
    set
        owed_until = case
            when f.kind = 'address' then f.owed_until - (select r.owed_for from identity.failure_rule(f.kind) as r)
            else moment
        end,
        blocked_until = moment
    where f.org_id = p_org_id and f.key_hash = any(p_key_hashes);
end
$$;
