-- Structural rules of the database: each query returns what breaks it. test_catalogue.py plants violations of each.

-- name: prelude
create temporary view tenant_schema as
select n.oid from pg_namespace as n where n.nspname in ('tenancy', 'identity', 'catalog', 'ledger');

-- Tables of the schema platform belong to the installation and to no organisation.
create temporary view tenant_table as
select c.oid, c.oid::regclass::text as name
from pg_class as c
inner join tenant_schema as n on c.relnamespace = n.oid
where c.relkind in ('r', 'p');

create temporary view product_schema as
select n.oid from tenant_schema as n
union all
select n.oid from pg_namespace as n where n.nspname = 'platform';

create temporary view routine as
select p.oid, p.oid::regprocedure::text as name, p.prosecdef, p.proconfig, p.proowner, p.proacl
from pg_proc as p inner join pg_namespace as n on p.pronamespace = n.oid
where n.nspname = 'fence' or n.oid in (select s.oid from product_schema as s)

-- name: every_table_has_an_org_id_that_is_never_null
select t.name from tenant_table as t where not exists (
    select from pg_attribute as a where a.attrelid = t.oid and a.attname = 'org_id'
        and a.attnotnull and a.atttypid = 'uuid'::regtype
)

-- name: every_table_has_a_primary_key
select t.name from tenant_table as t
where not exists (select from pg_index as i where i.indrelid = t.oid and i.indisprimary)

-- name: every_index_begins_with_org_id
select i.indexrelid::regclass::text from tenant_table as t inner join pg_index as i on i.indrelid = t.oid
where i.indexrelid::regclass::text <> all(%(exempt_indexes)s) and not exists (
    select from pg_attribute as a
    where a.attrelid = t.oid and a.attnum = i.indkey[0] and a.attname = 'org_id'
)

-- name: every_foreign_key_begins_with_org_id_on_both_sides
select t.name || ' ' || k.conname from tenant_table as t
inner join pg_constraint as k on k.conrelid = t.oid
inner join pg_attribute as a on (a.attrelid, a.attnum) = (k.conrelid, k.conkey[1])
inner join pg_attribute as b on (b.attrelid, b.attnum) = (k.confrelid, k.confkey[1])
where k.contype = 'f' and (a.attname, b.attname) <> ('org_id', 'org_id')

-- name: every_column_of_an_actor_is_never_null
select t.name || '.' || a.attname from tenant_table as t inner join pg_attribute as a on a.attrelid = t.oid
where a.attname in ('actor_id', 'credential_id', 'created_by', 'updated_by') and not a.attnotnull

-- name: every_table_names_its_actor_or_hangs_on_one_that_does
select t.name from tenant_table as t
where t.name not in ('tenancy.org', 'ledger.head', 'ledger.balance', 'ledger.movement_note') and not exists (
    select from pg_attribute as a where a.attrelid = t.oid and a.attname in ('actor_id', 'created_by')
)

-- name: every_view_reads_with_the_rights_of_its_reader
select c.oid::regclass::text from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid
where n.oid in (select s.oid from product_schema as s) and (
    c.relkind = 'm' or c.relkind = 'v' and not coalesce(c.reloptions, '{}') && array['security_invoker=true']
)

-- name: every_routine_with_its_owners_rights_searches_the_catalogue_first
select r.name from routine as r where r.prosecdef
    and not coalesce(r.proconfig, '{}') && array['search_path=pg_catalog, pg_temp']

-- name: no_routine_is_for_everybody
select r.name from routine as r
where exists (select from aclexplode(coalesce(r.proacl, acldefault('f', r.proowner))) as g where g.grantee = 0)

-- name: the_application_only_reads_tables
select c.oid::regclass::text || ' ' || p.name from pg_class as c
inner join pg_namespace as n on c.relnamespace = n.oid
cross join unnest(array['insert', 'update', 'delete', 'truncate', 'references', 'trigger']) as p (name)
where n.nspname !~ '^pg_|^information_schema$' and c.relkind in ('r', 'p', 'v', 'm', 'f') and (
    has_table_privilege('velaurum_app', c.oid, p.name)
    or p.name in ('insert', 'update', 'references')
    and has_any_column_privilege('velaurum_app', c.oid, p.name)
)

-- name: the_application_creates_nothing
select 'database ' || p.name from unnest(array['create', 'temporary']) as p (name)
where has_database_privilege('velaurum_app', current_database(), p.name)
union all
select 'schema ' || n.nspname from pg_namespace as n where has_schema_privilege('velaurum_app', n.oid, 'create')

-- name: no_role_of_the_product_is_privileged_or_a_member_of_another
select r.rolname || ' is privileged' from pg_roles as r
where r.rolname like 'velaurum%%' and (
    r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb or r.rolinherit
    or r.rolcanlogin = (r.rolname = 'velaurum_owner')
)
union all
select m.member::regrole::text || ' is a member of ' || m.roleid::regrole::text from pg_auth_members as m
inner join pg_roles as r on r.oid = m.member where r.rolname like 'velaurum%%'
union all
select m.member::regrole::text || ' can become the owner' from pg_auth_members as m
where m.roleid = 'velaurum_owner'::regrole

-- name: the_owner_owns_every_schema_of_the_product_and_what_is_in_it
select 'schema ' || n.nspname from pg_namespace as n
where n.oid in (select s.oid from product_schema as s) <> (n.nspowner = 'velaurum_owner'::regrole)
union all
select c.oid::regclass::text from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid
where n.nspowner = 'velaurum_owner'::regrole and c.relowner <> n.nspowner
union all
select p.oid::regprocedure::text from pg_proc as p inner join pg_namespace as n on p.pronamespace = n.oid
where n.nspowner = 'velaurum_owner'::regrole and p.proowner <> n.nspowner

-- name: every_wall_stands_for_statements_and_for_rows_and_always
with wanted as (
    select w.name, e.event, e.bit, l.level
    from jsonb_each_text(%(refused)s) as w (name, events)
    cross join (values ('U', 16), ('D', 8), ('T', 32)) as e (event, bit)
    cross join (values (0), (1)) as l (level)
    where position(e.event in w.events) > 0 and (e.event, l.level) <> ('T', 1)
)
select w.name || ' ' || w.event || w.level from wanted as w where not exists (
    select from pg_trigger as g
    where g.tgrelid = w.name::regclass and g.tgfoid = 'ledger.refuse_change()'::regprocedure
        and g.tgenabled = 'A' and g.tgqual is null and g.tgattr = ''::int2vector
        and g.tgtype & w.bit <> 0 and g.tgtype & 1 = w.level and g.tgtype & 2 = 2
)
union all
select c.oid::regclass::text || ' has no wall' from pg_class as c
where c.relnamespace = 'ledger'::regnamespace and c.relkind in ('r', 'p')
    and not %(refused)s::jsonb ? c.oid::regclass::text

-- name: no_table_has_a_rule_a_child_or_a_parent
select c.oid::regclass::text from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid
where n.oid in (select s.oid from tenant_schema as s) and c.relkind in ('r', 'p') and (
    c.relhasrules or exists (select from pg_inherits as i where c.oid in (i.inhrelid, i.inhparent))
)

-- name: every_constraint_and_index_is_valid
select k.conname from pg_constraint as k where not k.convalidated
union all
select i.indexrelid::regclass::text from pg_index as i where not (i.indisvalid and i.indisready and i.indislive)
