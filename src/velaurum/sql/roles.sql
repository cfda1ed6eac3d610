-- Roles of the cluster, made by the administrator before the first migration. Re-applied on every migrate.
-- The owner cannot log in: only a session that the administrator lets in can become it, and only for a migration. The
-- operator cannot either: whoever takes a log up again comes as the administrator, and no password of it is anywhere.
-- An administrator without superuser may change a role only where another one made it; so only what differs is changed.
do $$
declare
    wanted record;
    found pg_catalog.pg_roles;
begin
    for wanted in
        select r.name, r.may_login
        from (values
            ('velaurum_owner', false), ('velaurum_app', true), ('velaurum_integrator', true),
            ('velaurum_auditor', true), ('velaurum_backup', true), ('velaurum_queue', true),
            ('velaurum_operator', false)
        ) as r (name, may_login)
    loop
        begin
            if to_regrole(wanted.name) is null then
                execute format('create role %I noinherit nologin', wanted.name);
            end if;
        exception when duplicate_object or unique_violation then
            null; -- Another database of this cluster is migrated at this moment.
        end;
        select * into strict found from pg_catalog.pg_roles as p where p.rolname = wanted.name;
        if found.rolsuper or found.rolbypassrls or found.rolcreaterole or found.rolcreatedb then
            raise exception 'the role % must have no privilege of its own', wanted.name
                using hint = format('alter role %I nosuperuser nobypassrls nocreaterole nocreatedb', wanted.name);
        end if;
        if found.rolinherit or found.rolcanlogin <> wanted.may_login then
            execute format(
                'alter role %I noinherit %s', wanted.name, case when wanted.may_login then 'login' else 'nologin' end
            );
        end if;
    end loop;

    if not pg_has_role(current_user, 'velaurum_owner', 'set') then
        execute format('grant velaurum_owner to %I with inherit false, set true', current_user);
    end if;
    if not pg_has_role(current_user, 'velaurum_operator', 'set') then
        begin
            execute format('grant velaurum_operator to %I with inherit false, set true', current_user);
        exception when insufficient_privilege then
            null; -- Another administrator made it. This one migrates all the same, and takes no log up again.
        end;
    end if;

    execute format('grant create, connect on database %I to velaurum_owner', current_database());
    execute format('revoke temporary, create on database %I from public', current_database());
    execute format(
        'grant connect on database %I to velaurum_app, velaurum_integrator, velaurum_auditor, velaurum_backup, '
        'velaurum_queue',
        current_database()
    );
    revoke create on schema public from public;
end
$$;

do $$
declare
    wanted record;
begin
    for wanted in
        select s.role, s.parameter, s.setting
        from (values
            ('velaurum_app', 'search_path', ''),
            ('velaurum_app', 'default_transaction_isolation', 'read committed'),
            ('velaurum_auditor', 'search_path', ''),
            ('velaurum_auditor', 'default_transaction_read_only', 'on'),
            ('velaurum_integrator', 'search_path', ''),
            ('velaurum_queue', 'search_path', ''),
            ('velaurum_backup', 'search_path', ''),
            ('velaurum_backup', 'default_transaction_read_only', 'on')
        ) as s (role, parameter, setting)
        where not exists (
            select from pg_catalog.pg_db_role_setting as d
            where d.setrole = to_regrole(s.role) and d.setdatabase = 0 and array[
                s.parameter || '=' || s.setting, s.parameter || '="' || s.setting || '"'
            ] && d.setconfig
        )
    loop
        execute format('alter role %I set %I = %L', wanted.role, wanted.parameter, wanted.setting);
    end loop;
end
$$;
