-- The DDL fence: event triggers that refuse changes to what Velaurum's owner owns, outside a migration. Only a
-- superuser can install them, and they belong to one; the owner can neither open the window nor take the fence down.
-- Objects are known by id, so that no rename leads past the fence. Ids change when a database is restored, and an
-- index gets a new one when it is built anew: every migration run takes them again, and a schema's name counts as well.
do $$
begin
    -- Whoever owns the schema could replace what stands in it.
    if exists (
        select from pg_catalog.pg_namespace as n inner join pg_catalog.pg_roles as r on n.nspowner = r.oid
        where n.nspname = 'fence' and not r.rolsuper
    ) then
        raise exception 'the schema "fence" belongs to a role that is no superuser; drop it, then migrate again';
    end if;
end
$$;

create schema if not exists fence;
revoke all on schema fence from public;

-- One row per migration transaction: while that transaction runs, protected objects may change. Rows stay as a record.
create table if not exists fence.migration_window (
    xid xid8 not null primary key,
    opened_at timestamptz not null default clock_timestamp(),
    opened_by name not null default session_user
);

create table if not exists fence.protected (
    classid oid not null,
    objid oid not null,
    state text not null,
    primary key (classid, objid)
);

create or replace function fence.open() returns void
language sql
set search_path = pg_catalog, pg_temp as $$
    insert into fence.migration_window (xid) values (pg_current_xact_id()) on conflict do nothing
$$;

-- A restored row may carry the number of a transaction of today, so it counts only where this transaction wrote it.
create or replace function fence.is_open() returns boolean
language sql stable
set search_path = pg_catalog, pg_temp as $$
    select exists (
        select from fence.migration_window as o
        where o.xid = pg_current_xact_id_if_assigned() and o.xmin = o.xid::pg_catalog.xid
    )
$$;

-- A schema is ours when the owner owns it.
create or replace function fence.is_ours(p_schema text) returns boolean
language sql stable
set search_path = pg_catalog, pg_temp as $$
    select exists (
        select from pg_catalog.pg_namespace as n
        where n.nspname = p_schema and n.nspowner = to_regrole('velaurum_owner')
    )
$$;

-- Every object of ours, with its owner and grants where it has them.
create or replace function fence.objects() returns table (classid oid, objid oid, state text)
language sql stable
set search_path = pg_catalog, pg_temp as $$
    with place as (
        select n.oid, n.nspowner, n.nspacl from pg_catalog.pg_namespace as n
        where n.nspowner = to_regrole('velaurum_owner')
    ), relation as (
        select c.oid, c.relowner, c.relacl
        from pg_catalog.pg_class as c inner join place as p on c.relnamespace = p.oid
    ), data_type as (
        select t.oid, t.typowner, t.typacl
        from pg_catalog.pg_type as t inner join place as p on t.typnamespace = p.oid
    )
    select 'pg_catalog.pg_namespace'::pg_catalog.regclass::oid, n.oid, concat_ws(' ', n.nspowner, n.nspacl, (
        select string_agg(concat_ws(' ', d.defaclnamespace, d.defaclobjtype, d.defaclacl), ' ' order by d.oid)
        from pg_catalog.pg_default_acl as d where d.defaclrole = n.nspowner or d.defaclnamespace = n.oid
    )) from place as n
    union all
    select 'pg_catalog.pg_class'::pg_catalog.regclass, r.oid, concat_ws(' ', r.relowner, r.relacl, (
        select string_agg(concat_ws(' ', a.attname, a.attacl), ' ' order by a.attnum)
        from pg_catalog.pg_attribute as a where a.attrelid = r.oid and a.attacl is not null
    )) from relation as r
    union all
    select 'pg_catalog.pg_proc'::pg_catalog.regclass, f.oid, concat_ws(' ', f.proowner, f.proacl)
    from pg_catalog.pg_proc as f inner join place as p on f.pronamespace = p.oid
    union all
    select 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, concat_ws(' ', t.typowner, t.typacl) from data_type as t
    union all
    select 'pg_catalog.pg_cast'::pg_catalog.regclass, k.oid, ''
    from pg_catalog.pg_cast as k inner join data_type as t on t.oid in (k.castsource, k.casttarget)
    union all
    select 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid, ''
    from pg_catalog.pg_constraint as k inner join place as p on k.connamespace = p.oid
    union all
    select 'pg_catalog.pg_trigger'::pg_catalog.regclass, g.oid, ''
    from pg_catalog.pg_trigger as g inner join relation as r on g.tgrelid = r.oid
    union all
    select 'pg_catalog.pg_rewrite'::pg_catalog.regclass, w.oid, ''
    from pg_catalog.pg_rewrite as w inner join relation as r on w.ev_class = r.oid
    union all
    select 'pg_catalog.pg_policy'::pg_catalog.regclass, y.oid, ''
    from pg_catalog.pg_policy as y inner join relation as r on y.polrelid = r.oid
    union all
    select 'pg_catalog.pg_attrdef'::pg_catalog.regclass, d.oid, ''
    from pg_catalog.pg_attrdef as d inner join relation as r on d.adrelid = r.oid
$$;

-- Take what is ours as it stands now for what has to stay. REASSIGN OWNED runs no event trigger, so it is found here.
create or replace function fence.protect() returns void
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    if exists (
        select from pg_catalog.pg_namespace as n
        where n.nspname in (
            'platform', 'tenancy', 'identity', 'catalog', 'ledger', 'counting', 'audit', 'events', 'jobs', 'webhooks',
            'transport', 'keys', 'procrastinate'
        )
            and not fence.is_ours(n.nspname)
    ) then
        raise exception 'velaurum_owner no longer owns its schemas; find out why, and give them back';
    end if;
    delete from fence.protected as p where not exists (
        select from fence.objects() as o where o.classid = p.classid and o.objid = p.objid
    );
    insert into fence.protected as p (classid, objid, state)
    select distinct o.classid, o.objid, o.state from fence.objects() as o
    on conflict (classid, objid) do update set state = excluded.state where p.state <> excluded.state;
end
$$;

-- False after a restore, a pg_upgrade, or a change that was made while the event triggers were off.
create or replace function fence.is_current() returns boolean
language sql stable
set search_path = pg_catalog, pg_temp as $$
    select not exists (
        (select o.classid, o.objid, o.state from fence.objects() as o except select p.* from fence.protected as p)
        union all
        (select p.* from fence.protected as p except select o.classid, o.objid, o.state from fence.objects() as o)
    )
$$;

create or replace function fence.is_protected(p_classid oid, p_objid oid) returns boolean
language sql stable
set search_path = pg_catalog, pg_temp as $$
    select exists (select from fence.protected as p where p.classid = p_classid and p.objid = p_objid)
$$;

-- Whether a changed object is ours, is part of what is ours, or hangs on it: a table that inherits from one of ours or
-- refers to it, an extension that would keep one of ours out of a dump.
create or replace function fence.is_touched(p_classid oid, p_objid oid, p_schema text) returns boolean
language sql stable
set search_path = pg_catalog, pg_temp as $$
    select
        fence.is_ours(p_schema)
        or fence.is_protected(p_classid, p_objid)
        or (p_classid, p_objid) in (select o.classid, o.objid from fence.objects() as o)
        or exists (
            select from pg_catalog.pg_inherits as i
            where p_classid = 'pg_catalog.pg_class'::pg_catalog.regclass and i.inhrelid = p_objid
                and fence.is_protected(p_classid, i.inhparent)
        )
        or exists (
            select from pg_catalog.pg_constraint as k
            where p_classid = 'pg_catalog.pg_class'::pg_catalog.regclass and k.conrelid = p_objid
                and fence.is_protected(p_classid, k.confrelid)
        )
        or exists (
            select from pg_catalog.pg_depend as d
            where p_classid = 'pg_catalog.pg_extension'::pg_catalog.regclass and d.refclassid = p_classid
                and d.refobjid = p_objid and d.deptype = 'e' and fence.is_protected(d.classid, d.objid)
        )
$$;

create or replace function fence.refuse(p_tag text, p_identity text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    raise exception '% on % is refused: it changes in a migration only', p_tag, p_identity
        using errcode = 'VL002', hint = 'Run "velaurum migrate" as the administrator of the database.';
end
$$;

-- CONCURRENTLY commits on its way, before anybody can see which index it is: refused at its end, it would leave one
-- that is marked dead, or one that still checks every new row. It always stands alone in what the client sent.
create or replace function fence.on_start() returns event_trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    if not fence.is_open() and position('concurrently' in lower(current_query())) > 0 then
        perform fence.refuse(tg_tag || ' CONCURRENTLY', 'this database');
    end if;
end
$$;

create or replace function fence.on_command() returns event_trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    command record;
begin
    if fence.is_open() then
        return;
    end if;
    for command in select * from pg_event_trigger_ddl_commands() as d where d.command_tag <> 'REINDEX' loop
        if fence.is_touched(command.classid, command.objid, command.schema_name) then
            perform fence.refuse(command.command_tag, command.object_identity);
        end if;
    end loop;
    -- These do not say which objects they changed, so owners and grants themselves are compared.
    if tg_tag in ('GRANT', 'REVOKE', 'ALTER DEFAULT PRIVILEGES', 'REASSIGN OWNED', 'DROP OWNED') then
        perform fence.refuse(tg_tag, coalesce((pg_identify_object(p.classid, p.objid, 0)).identity, 'what was restored'))
        from fence.protected as p left join fence.objects() as o using (classid, objid)
        where o.state <> p.state
            or (o.state is null and p.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass);
    end if;
end
$$;

create or replace function fence.on_drop() returns event_trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    if not fence.is_open() then
        perform fence.refuse(tg_tag, d.object_identity)
        from pg_event_trigger_dropped_objects() as d
        where fence.is_protected(d.classid, d.objid) or fence.is_ours(d.schema_name);
    end if;
end
$$;

create or replace function fence.on_rewrite() returns event_trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    rewritten oid := pg_event_trigger_table_rewrite_oid();
begin
    if not fence.is_open() and fence.is_touched('pg_catalog.pg_class'::pg_catalog.regclass, rewritten, null) then
        perform fence.refuse(tg_tag, rewritten::pg_catalog.regclass::text);
    end if;
end
$$;

-- The linter does not know event triggers.
drop event trigger if exists fence_start; -- noqa: PRS
create event trigger fence_start on ddl_command_start
when tag in ('CREATE INDEX', 'DROP INDEX') execute function fence.on_start();
alter event trigger fence_start enable always;
drop event trigger if exists fence_command;
create event trigger fence_command on ddl_command_end execute function fence.on_command();
alter event trigger fence_command enable always;
drop event trigger if exists fence_drop;
create event trigger fence_drop on sql_drop execute function fence.on_drop();
alter event trigger fence_drop enable always;
drop event trigger if exists fence_rewrite;
create event trigger fence_rewrite on table_rewrite execute function fence.on_rewrite();
alter event trigger fence_rewrite enable always;

-- A backup reads the whole database, or it is none.
revoke all on all routines in schema fence from public;
grant usage on schema fence to velaurum_backup;
grant select on all tables in schema fence to velaurum_backup;

select fence.protect();
