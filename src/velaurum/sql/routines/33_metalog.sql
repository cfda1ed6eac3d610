-- The meta-log: as with organisations' logs, tiles are made of the leaves alone, and calling twice makes the same ones.

-- The bytes of a leaf: a commitment to the text of a checkpoint, which is all of its note before the first empty line.
create or replace function audit.meta_entry(p_salt bytea, p_note text) returns bytea
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp as $$
    select convert_to(E'velaurum-meta/v1\n', 'UTF8')
        || sha256(p_salt || convert_to(substring(p_note from E'^(.*?\n)\n'), 'UTF8'))
$$;

-- Add a leaf at the end. Whoever adds has integrated first in the same transaction, and so is alone; if not, the key
-- refuses the second of two.
create or replace function platform.add_meta_leaf(p_entry bytea) returns bigint
language sql volatile
set search_path = pg_catalog, pg_temp as $$
    insert into platform.meta_leaf (leaf_index, entry, leaf_hash)
    select coalesce(max(l.leaf_index) + 1, 0), p_entry, sha256('\x00'::bytea || p_entry) from platform.meta_leaf as l
    returning leaf_index
$$;

-- Be alone until the transaction ends, make the tiles that are full by now, and return the size. A gap among the leaves
-- leaves its tile unmade, and the root is not what it would be.
create or replace function platform.integrate_meta() returns bigint
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    at_level integer := 0;
    built bigint;
begin
    lock table platform.meta_leaf in share row exclusive mode;
    loop
        built := (select coalesce(max(t.n) + 1, 0) from platform.meta_tile as t where t.level = at_level);
        insert into platform.meta_tile (level, n, node_hashes, root)
        select at_level, x.place / 256, string_agg(x.node_hash, ''::bytea order by x.place),
            audit.tile_root(string_agg(x.node_hash, ''::bytea order by x.place))
        from (
            select l.leaf_index as place, l.leaf_hash as node_hash from platform.meta_leaf as l
            where at_level = 0 and l.leaf_index >= built * 256
            union all
            select t.n, t.root from platform.meta_tile as t where t.level = at_level - 1 and t.n >= built * 256
        ) as x
        group by x.place / 256
        having count(*) = 256;
        exit when not found;
        at_level := at_level + 1;
    end loop;
    return (select coalesce(max(l.leaf_index) + 1, 0) from platform.meta_leaf as l);
end
$$;

-- Keep a note that was signed of it. The same again changes nothing.
create or replace function platform.publish_meta(p_incarnation integer, p_size bigint, p_note text) returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp as $$
    insert into platform.meta_checkpoint (incarnation, size, note) values (p_incarnation, p_size, p_note)
    on conflict (incarnation, size) do nothing
$$;

-- Keep what a witness added. The same again changes nothing.
create or replace function platform.keep_meta_cosignature(
    p_incarnation integer, p_size bigint, p_name text, p_key_id text, p_line text, p_cosigned_at timestamptz
) returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp as $$
    insert into platform.meta_cosignature (incarnation, size, name, key_id, line, cosigned_at)
    values (p_incarnation, p_size, p_name, p_key_id, p_line, p_cosigned_at)
    on conflict (incarnation, size, name, key_id) do nothing
$$;

-- Keep what a time-stamp authority answered. The same again changes nothing.
create or replace function platform.keep_meta_timestamp(
    p_incarnation integer, p_size bigint, p_stamped_at timestamptz, p_authority text, p_reply bytea
) returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp as $$
    insert into platform.meta_timestamp (incarnation, size, stamped_at, authority, reply)
    values (p_incarnation, p_size, p_stamped_at, p_authority, p_reply)
    on conflict (incarnation, size, stamped_at) do nothing
$$;

-- Take it up again under its next name. No row where it was taken up meanwhile.
create or replace function platform.open_meta_incarnation(
    p_number integer, p_size bigint, p_common_size bigint, p_lost_size bigint, p_lost_root text, p_reason text
) returns setof platform.meta_incarnation
language sql volatile security definer rows 1
set search_path = pg_catalog, pg_temp as $$
    insert into platform.meta_incarnation (number, size, common_size, lost_size, lost_root, reason)
    values (p_number, p_size, p_common_size, p_lost_size, p_lost_root, p_reason)
    on conflict (number) do nothing
    returning *
$$;
