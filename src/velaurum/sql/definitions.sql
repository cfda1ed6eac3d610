-- What the product's own objects are, a line each: bodies of routines and views by their hash, everything else in
-- words. definitions.txt keeps the lines of a fresh migration. Rights, policies and triggers are in manifest.sql. Run
-- it with an empty search_path. That a column is never null is told with it: before PostgreSQL 18 it is no constraint.
-- Of what a library makes for itself the names are in words, all else by its hash: its text is not ours to keep.
with place as (
    select n.oid, n.nspname::text as name from pg_catalog.pg_namespace as n
    where n.nspname in (
        'platform', 'tenancy', 'identity', 'catalog', 'ledger', 'counting', 'audit', 'events', 'jobs', 'webhooks',
        'transport', 'fence', 'keys', 'procrastinate'
    )
),

relation as (
    select c.*, format('%I.%I', p.name, c.relname) as name
    from pg_catalog.pg_class as c inner join place as p on c.relnamespace = p.oid
),

described as (
select concat_ws(
    ' ', 'function', format('%I.%I(%s)', p.name, f.proname, oidvectortypes(f.proargtypes)),
    encode(sha256(convert_to(concat_ws(
        e'\n', f.prosrc, l.lanname, f.prokind, f.prosecdef, f.provolatile, f.proisstrict, f.proleakproof,
        f.proparallel, f.proconfig, f.probin, f.prosqlbody, pg_get_function_arguments(f.oid),
        pg_get_function_result(f.oid), f.prosupport
    ), 'UTF8')), 'hex')
) as line
from pg_catalog.pg_proc as f
inner join place as p on f.pronamespace = p.oid
inner join pg_catalog.pg_language as l on f.prolang = l.oid
union all
select concat_ws(' ', 'view', r.name, encode(sha256(convert_to(concat_ws(
    e'\n', pg_get_viewdef(r.oid), r.reloptions
), 'UTF8')), 'hex'))
from relation as r
where r.relkind in ('v', 'm')
union all
select concat_ws(' ', 'relation', r.name, 'of kind', r.relkind, r.relpersistence, r.reloptions)
from relation as r
where r.relkind not in ('v', 'm', 'i', 'I', 't')
union all
select concat_ws(
    ' ', 'column', format('%s.%I', r.name, a.attname), format_type(a.atttypid, a.atttypmod),
    case when a.attnotnull then 'not null' end, nullif(a.attidentity, ''), nullif(a.attgenerated, ''),
    'default ' || replace(pg_get_expr(d.adbin, d.adrelid), e'\n', ' ')
)
from pg_catalog.pg_attribute as a
inner join relation as r on a.attrelid = r.oid
left join pg_catalog.pg_attrdef as d on a.attrelid = d.adrelid and a.attnum = d.adnum
where a.attnum > 0 and not a.attisdropped and r.relkind in ('r', 'p', 'c', 'f')
union all
select concat_ws(' ', 'constraint', k.conname, 'on', r.name, replace(pg_get_constraintdef(k.oid), e'\n', ' '))
from pg_catalog.pg_constraint as k inner join relation as r on k.conrelid = r.oid
where k.contype <> 'n' and k.contype <> 't'
union all
select pg_get_indexdef(r.oid)
from relation as r
where r.relkind in ('i', 'I')
union all
select concat_ws(' ', 'rule', w.rulename, 'on', r.name, 'enabled', w.ev_enabled)
from pg_catalog.pg_rewrite as w inner join relation as r on w.ev_class = r.oid
where w.rulename <> '_RETURN'
union all
select concat_ws(' ', 'child', i.inhrelid::regclass, 'of', i.inhparent::regclass)
from pg_catalog.pg_inherits as i
where i.inhrelid in (select r.oid from relation as r) or i.inhparent in (select r.oid from relation as r)
union all
select concat_ws(
    ' ', 'event trigger', t.evtname, 'on', t.evtevent, t.evttags, 'enabled', t.evtenabled, t.evtfoid::regproc,
    case when r.rolsuper then 'of a superuser' end
)
from pg_catalog.pg_event_trigger as t inner join pg_catalog.pg_roles as r on t.evtowner = r.oid
)

select case
    when d.line ~ '\mprocrastinate\.'
        then concat_ws(
            ' ', substring(d.line from '^(?:(?!\mprocrastinate\.).)*\mprocrastinate\.[a-z0-9_.]+'),
            encode(sha256(convert_to(d.line, 'UTF8')), 'hex')
        )
    else d.line
end as line
from described as d;
