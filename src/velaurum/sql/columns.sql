-- Every column of the product's tables, as the system catalogue has it. column_classes.toml says what is in each.
select format('%I.%I', n.nspname, c.relname) as table_name, a.attname::text as column_name
from pg_catalog.pg_class as c
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
inner join pg_catalog.pg_attribute as a on c.oid = a.attrelid
where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'f')
    -- Schemas are told by who owns them, so that a new one is not forgotten, and what others have here is not meant.
    and (pg_catalog.pg_get_userbyid(n.nspowner) = 'velaurum_owner' or n.nspname = 'fence')
    and n.nspname <> 'procrastinate';
