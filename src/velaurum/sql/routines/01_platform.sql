-- Identifiers and instants, the same on every supported server.

-- UUID version 7 (RFC 9562): the first 48 bits are the millisecond of p_at, the rest is random.
create or replace function platform.uuidv7(p_at timestamptz) returns uuid
language sql volatile strict parallel safe as $$
    select encode(set_bit(set_bit(overlay(
        uuid_send(gen_random_uuid())
        placing substring(int8send(floor(extract(epoch from p_at) * 1000)::bigint) from 3) from 1 for 6
    ), 52, 1), 53, 1), 'hex')::uuid
$$;

-- RFC 3339 in UTC with six decimals: what answers print and what entries hash. No session setting changes it.
create or replace function platform.instant(p_at timestamptz) returns text
language sql stable strict parallel safe as $$
    select to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- The installation's first administrator, once. Empty when there is one already.
create or replace function platform.bootstrap(p_id uuid, p_name text, p_secret_hash bytea) returns setof uuid
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    lock table platform.administrator in exclusive mode;
    return query
    insert into platform.administrator (id, name, secret_hash, created_by)
    select p_id, p_name, p_secret_hash, 'bootstrap'
    where not exists (select from platform.administrator)
    returning id;
end
$$;
