-- The DDL fence: event triggers that refuse changes to ledger objects outside a migration. Only a superuser can install
-- them, and belongs to whoever migrates as one; the owner of the ledger can neither open the window nor take it down.
-- Objects are known by id, never by name.
create schema if not exists fence;
revoke all on schema fence from public;

-- One row per migration transaction: while its transaction runs, ledger objects may change. Rows stay as a record.
create table if not exists fence.migration_window (
    xid xid8 not null primary key,
    opened_at timestamptz not null default clock_timestamp(),
    opened_by name not null default session_user
);

create table if not exists fence.protected (
    classid oid not null,
    objid oid not null,
    identity text not null,
    acl text not null,
    primary key (classid, objid)
);

create or replace function fence.open() returns void
language sql
set search_path = '' as $$
    insert into fence.migration_window (xid) values (pg_current_xact_id()) on conflict do nothing
$$;

create or replace function fence.is_open() returns boolean
language sql stable
set search_path = '' as $$
    select exists (select from fence.migration_window as o where o.xid = pg_current_xact_id_if_assigned())
$$;

-- Every object of the ledger, with the grants that it has now.
create or replace function fence.ledger_objects()
returns table (classid oid, objid oid, identity text, acl text)
language sql stable
set search_path = '' as $$
    with place as (
        select n.oid from pg_namespace as n where n.nspname = 'ledger'
    ), relation as (
        select c.oid, c.relacl from pg_class as c inner join place as p on c.relnamespace = p.oid
    ), object (classid, objid, acl) as (
        select 'pg_namespace'::regclass::oid, n.oid, n.nspacl::text
        from pg_namespace as n inner join place as p on n.oid = p.oid
        union all
        select 'pg_class'::regclass::oid, r.oid, concat_ws(' ', r.relacl::text, (
            select string_agg(a.attname || a.attacl::text, ' ' order by a.attnum)
            from pg_attribute as a where a.attrelid = r.oid and a.attacl is not null
        )) from relation as r
        union all
        select 'pg_proc'::regclass::oid, f.oid, f.proacl::text
        from pg_proc as f inner join place as p on f.pronamespace = p.oid
        union all
        select 'pg_type'::regclass::oid, t.oid, t.typacl::text
        from pg_type as t inner join place as p on t.typnamespace = p.oid
        union all
        select 'pg_trigger'::regclass::oid, g.oid, null from pg_trigger as g inner join relation as r on g.tgrelid = r.oid
        union all
        select 'pg_constraint'::regclass::oid, k.oid, null
        from pg_constraint as k inner join relation as r on k.conrelid = r.oid
        union all
        select 'pg_rewrite'::regclass::oid, w.oid, null from pg_rewrite as w inner join relation as r on w.ev_class = r.oid
        union all
        select 'pg_policy'::regclass::oid, y.oid, null from pg_policy as y inner join relation as r on y.polrelid = r.oid
        union all
        select 'pg_attrdef'::regclass::oid, d.oid, null from pg_attrdef as d inner join relation as r on d.adrelid = r.oid
    )
    select o.classid, o.objid, (pg_identify_object(o.classid, o.objid, 0)).identity, coalesce(o.acl, '')
    from object as o
$$;

-- Take the ledger as it stands now for what has to stay. Called at the end of a migration.
create or replace function fence.protect() returns void
language plpgsql
set search_path = '' as $$
begin
    delete from fence.protected as p where not exists (
        select from fence.ledger_objects() as o where o.classid = p.classid and o.objid = p.objid
    );
    insert into fence.protected as p (classid, objid, identity, acl)
    select o.classid, o.objid, o.identity, o.acl from fence.ledger_objects() as o
    on conflict (classid, objid) do update set identity = excluded.identity, acl = excluded.acl
    where p.identity <> excluded.identity or p.acl <> excluded.acl;
end
$$;

create or replace function fence.is_protected(p_classid oid, p_objid oid) returns boolean
language sql stable
set search_path = '' as $$
    select exists (select from fence.protected as p where p.classid = p_classid and p.objid = p_objid)
$$;

-- The protected object that a changed object is, hangs on, inherits from or was put beside; null when there is none.
create or replace function fence.touched(p_classid oid, p_objid oid) returns text
language sql stable
set search_path = '' as $$
    select (pg_identify_object(p_classid, p_objid, 0)).identity
    where fence.is_protected(p_classid, p_objid)
        or (p_classid, p_objid) in (select o.classid, o.objid from fence.ledger_objects() as o)
        or exists (
            select from pg_inherits as i
            where p_classid = 'pg_class'::regclass and i.inhrelid = p_objid
                and fence.is_protected('pg_class'::regclass, i.inhparent)
        )
        or exists (
            select from pg_publication_rel as r
            where p_classid = 'pg_publication_rel'::regclass and r.oid = p_objid
                and fence.is_protected('pg_class'::regclass, r.prrelid)
        )
$$;

create or replace function fence.refuse(p_tag text, p_identity text) returns void
language plpgsql
set search_path = '' as $$
begin
    raise exception '% on % is refused: objects of the ledger change in a migration only', p_tag, p_identity
        using errcode = 'VL001', hint = 'Run "velaurum migrate" as the administrator of the database.';
end
$$;

create or replace function fence.on_command() returns event_trigger
language plpgsql security definer
set search_path = '' as $$
declare
    command record;
begin
    if fence.is_open() then
        return;
    end if;
    for command in select * from pg_event_trigger_ddl_commands() as d where d.command_tag <> 'REINDEX' loop
        perform fence.refuse(command.command_tag, t.identity)
        from fence.touched(command.classid, command.objid) as t (identity) where t.identity is not null;
    end loop;
    -- GRANT and REVOKE do not say which object they changed, so the grants themselves are compared.
    if tg_tag in ('GRANT', 'REVOKE') then
        perform fence.refuse(tg_tag, o.identity)
        from fence.ledger_objects() as o inner join fence.protected as p using (classid, objid)
        where o.acl <> p.acl;
    end if;
end
$$;

create or replace function fence.on_drop() returns event_trigger
language plpgsql security definer
set search_path = '' as $$
begin
    if not fence.is_open() then
        perform fence.refuse(tg_tag, d.object_identity)
        from pg_event_trigger_dropped_objects() as d where fence.is_protected(d.classid, d.objid);
    end if;
end
$$;

create or replace function fence.on_rewrite() returns event_trigger
language plpgsql security definer
set search_path = '' as $$
begin
    if not fence.is_open() and fence.is_protected('pg_class'::regclass, pg_event_trigger_table_rewrite_oid()) then
        perform fence.refuse(tg_tag, pg_event_trigger_table_rewrite_oid()::regclass::text);
    end if;
end
$$;

drop event trigger if exists fence_command;
create event trigger fence_command on ddl_command_end execute function fence.on_command();
alter event trigger fence_command enable always;
drop event trigger if exists fence_drop;
create event trigger fence_drop on sql_drop execute function fence.on_drop();
alter event trigger fence_drop enable always;
drop event trigger if exists fence_rewrite;
create event trigger fence_rewrite on table_rewrite execute function fence.on_rewrite();
alter event trigger fence_rewrite enable always;

revoke all on all routines in schema fence from public;
