-- The log: tiles are computed here, from the leaves that the ledger and the record of changes wrote. Whoever may call
-- these routines brings no hash of their own; calling them twice, or from two processes, builds the same tiles.

-- The root of the tree over a full tile's hashes (RFC 6962, section 2.1).
create or replace function audit.tile_root(p_hashes bytea) returns bytea
language plpgsql immutable strict parallel safe as $$
declare
    layer bytea := p_hashes;
begin
    while octet_length(layer) > 32 loop
        select string_agg(
            sha256('\x01'::bytea || substring(layer from i * 64 + 1 for 64)), ''::bytea order by i)
        into layer from generate_series(0, octet_length(layer) / 64 - 1) as i;
    end loop;
    return layer;
end
$$;

-- The full tiles [p_from, p_to) of a level: of leaves, or of the roots of the level below. One with a gap comes short,
-- and the table refuses it.
create or replace function audit.full_tiles(p_org_id uuid, p_level integer, p_from bigint, p_to bigint)
returns table (n bigint, node_hashes bytea)
language sql stable as $$
    select l.log_index / 256, string_agg(l.leaf_hash, ''::bytea order by l.log_index)
    from audit.leaf as l
    where l.org_id = p_org_id and p_level = 0 and l.log_index >= p_from * 256 and l.log_index < p_to * 256
    group by l.log_index / 256
    union all
    select t.n / 256, string_agg(t.root, ''::bytea order by t.n)
    from audit.tile as t
    where t.org_id = p_org_id and t.level = p_level - 1 and t.n >= p_from * 256 and t.n < p_to * 256
    group by t.n / 256
$$;

-- How many tiles of a level are there, densely from 0.
create or replace function audit.tile_count(p_org_id uuid, p_level integer) returns bigint
language sql stable as $$
    select coalesce(max(t.n) + 1, 0) from audit.tile as t where t.org_id = p_org_id and t.level = p_level
$$;

-- Build the tiles that the log fills by now, a bounded number in one call, and return the size that they cover: the
-- log's own, or less where there is more to do.
create or replace function audit.integrate(p_org_id uuid) returns bigint
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    log_size bigint := (select h.size from ledger.head as h where h.org_id = p_org_id);
    at_level integer := 0;
    built bigint := audit.tile_count(p_org_id, 0);
    filled bigint := least(log_size / 256, built + 400);
begin
    if filled < log_size / 256 then
        log_size := filled * 256;
    end if;
    while filled > built loop
        insert into audit.tile (org_id, level, n, node_hashes, root)
        select p_org_id, at_level, x.n, x.node_hashes, audit.tile_root(x.node_hashes)
        from audit.full_tiles(p_org_id, at_level, built, filled) as x
        on conflict (org_id, level, n) do nothing;
        if audit.tile_count(p_org_id, at_level) <> filled then
            raise exception 'the log has a gap between % and %', built * 256, filled * 256 using errcode = 'VL024';
        end if;
        at_level := at_level + 1;
        built := audit.tile_count(p_org_id, at_level);
        filled := filled / 256;
    end loop;
    return log_size;
end
$$;

-- Hashes [p_from, p_to) of a level, within one tile, whoever may see what of the rows: a hash tells nothing of them.
create or replace function audit.hashes(p_org_id uuid, p_level integer, p_from bigint, p_to bigint) returns bytea
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
declare
    sub_orgs text := tenancy.see_sub_orgs('*');
    found_hashes bytea;
begin
    select substring(t.node_hashes from (p_from % 256)::integer * 32 + 1 for (p_to - p_from)::integer * 32)
    into found_hashes
    from audit.tile as t where t.org_id = p_org_id and t.level = p_level and t.n = p_from / 256;
    if not found and p_level = 0 then
        found_hashes := (
            select string_agg(l.leaf_hash, ''::bytea order by l.log_index) from audit.leaf as l
            where l.org_id = p_org_id and l.log_index >= p_from and l.log_index < p_to
        );
    elsif not found then
        found_hashes := (
            select string_agg(t.root, ''::bytea order by t.n) from audit.tile as t
            where t.org_id = p_org_id and t.level = p_level - 1 and t.n >= p_from and t.n < p_to
        );
    end if;
    perform tenancy.see_sub_orgs(sub_orgs);
    return found_hashes;
end
$$;

-- Since when an entry waits that no checkpoint covers; null where all are covered. An instant tells nothing of a row.
create or replace function audit.unsigned_since(p_org_id uuid) returns timestamptz
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp as $$
declare
    sub_orgs text := tenancy.see_sub_orgs('*');
    covered bigint := coalesce((
        select c.size from audit.checkpoint as c where c.org_id = p_org_id
        order by c.incarnation desc, c.size desc limit 1
    ), 0);
    since timestamptz := least(
        (
            select m.recorded_at from ledger.movement as m where m.org_id = p_org_id and m.log_index >= covered
            order by m.log_index limit 1
        ),
        (
            select v.recorded_at from audit.version as v where v.org_id = p_org_id and v.log_index >= covered
            order by v.log_index limit 1
        )
    );
begin
    perform tenancy.see_sub_orgs(sub_orgs);
    return since;
end
$$;

-- Keep a note that was signed. The same again changes nothing.
create or replace function audit.publish(p_org_id uuid, p_incarnation integer, p_size bigint, p_note text) returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp as $$
    insert into audit.checkpoint (org_id, incarnation, size, note) values (p_org_id, p_incarnation, p_size, p_note)
    on conflict (org_id, incarnation, size) do nothing
$$;

-- Has a log grown since its newest checkpoint? One that is held is followed no more. It enters the organisation, as the
-- policies want it.
create or replace function audit.has_grown(p_org_id uuid) returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp as $$
begin
    perform tenancy.set_context(p_org_id, null);
    if exists (select from tenancy.org as o where o.org_id = p_org_id and o.held_since is not null) then
        return false;
    end if;
    return (select h.size from ledger.head as h where h.org_id = p_org_id) > coalesce((
        select c.size from audit.checkpoint as c where c.org_id = p_org_id
        order by c.incarnation desc, c.size desc limit 1
    ), 0);
end
$$;
