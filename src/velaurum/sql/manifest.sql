-- What the catalogue holds of rights, policies and triggers, a line each. manifest.txt keeps the lines of a fresh
-- migration; every database is compared with them. Run it with an empty search_path.
with place as (
    select n.oid, n.nspname::text as name, n.nspacl, n.nspowner from pg_catalog.pg_namespace as n
    where n.nspname in (
        'platform', 'tenancy', 'identity', 'catalog', 'ledger', 'counting', 'audit', 'events', 'jobs', 'webhooks',
        'transport', 'keys', 'procrastinate'
    )
),

relation as (
    select c.oid, format('%I.%I', p.name, c.relname) as name, c.relacl, c.relowner
    from pg_catalog.pg_class as c inner join place as p on c.relnamespace = p.oid
    where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
),

given as (
    select n.name as object, 'on schema' as what, n.nspowner as owner, g.grantee, g.privilege_type, g.is_grantable
    from place as n cross join lateral aclexplode(n.nspacl) as g
    union all
    select r.name, 'on', r.relowner, g.grantee, g.privilege_type, g.is_grantable
    from relation as r cross join lateral aclexplode(r.relacl) as g
    union all
    select r.name, format('(%s) on', a.attname), r.relowner, g.grantee, g.privilege_type, g.is_grantable
    from relation as r inner join pg_catalog.pg_attribute as a on r.oid = a.attrelid
    cross join lateral aclexplode(a.attacl) as g
    union all
    select
        format('%I.%I(%s)', p.name, f.proname, oidvectortypes(f.proargtypes)), 'on function', f.proowner,
        g.grantee, g.privilege_type, g.is_grantable
    from pg_catalog.pg_proc as f inner join place as p on f.pronamespace = p.oid
    cross join lateral aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) as g
    union all
    select format('%I.%I', p.name, t.typname), 'on type', t.typowner, g.grantee, g.privilege_type, g.is_grantable
    from pg_catalog.pg_type as t inner join place as p on t.typnamespace = p.oid
    cross join lateral aclexplode(t.typacl) as g
    union all
    select
        coalesce(n.nspname, 'every schema'), format('by default on %s in', d.defaclobjtype), d.defaclrole,
        g.grantee, g.privilege_type, g.is_grantable
    from pg_catalog.pg_default_acl as d left join pg_catalog.pg_namespace as n on d.defaclnamespace = n.oid
    cross join lateral aclexplode(d.defaclacl) as g
    where d.defaclrole = to_regrole('velaurum_owner')
)

select concat_ws(
    ' ', 'grant', lower(g.privilege_type), g.what, g.object, 'to',
    case when g.grantee = 0 then 'everybody' else pg_get_userbyid(g.grantee) end,
    case when g.is_grantable then 'with grant option' end
) as line
from given as g
where g.grantee <> g.owner
union all
select concat_ws(
    ' ', 'policy', y.polname, 'on', r.name,
    case when y.polpermissive then 'as permissive for' else 'as restrictive for' end,
    case y.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete'
        else 'all' end,
    'to', (
        select string_agg(
            case when o.role = 0 then 'everybody' else pg_get_userbyid(o.role) end, ', '
            order by pg_get_userbyid(o.role)
        )
        from unnest(y.polroles) as o (role)
    ),
    'using ' || regexp_replace(pg_get_expr(y.polqual, y.polrelid), '\s+', ' ', 'g'),
    'with check ' || regexp_replace(pg_get_expr(y.polwithcheck, y.polrelid), '\s+', ' ', 'g')
)
from pg_catalog.pg_policy as y inner join relation as r on y.polrelid = r.oid
union all
select concat_ws(
    ' ', case g.tgenabled when 'A' then 'always' when 'O' then 'sometimes' when 'R' then 'as replica' else 'never' end,
    case
        when r.name like 'procrastinate.%'
            then concat_ws(
                ' ', g.tgname, 'on', r.name, encode(sha256(convert_to(pg_get_triggerdef(g.oid), 'UTF8')), 'hex')
            )
        else pg_get_triggerdef(g.oid)
    end
)
from pg_catalog.pg_trigger as g inner join relation as r on g.tgrelid = r.oid
where not g.tgisinternal;
