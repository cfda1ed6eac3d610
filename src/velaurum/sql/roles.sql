-- Roles of the cluster, made by the administrator before the first migration. Re-applied on every migrate.
-- The owner cannot log in: only a session that the administrator lets in can become it, and only for a migration.
do $$
declare
    wanted record;
begin
    for wanted in
        select r.name, r.may_login
        from (values
            ('velaurum_owner', false), ('velaurum_app', true), ('velaurum_integrator', true),
            ('velaurum_auditor', true), ('velaurum_backup', true)
        ) as r (name, may_login)
    loop
        if not exists (select from pg_catalog.pg_roles as p where p.rolname = wanted.name) then
            execute format('create role %I', wanted.name);
        end if;
        execute format(
            'alter role %I noinherit nocreatedb nocreaterole %s',
            wanted.name, case when wanted.may_login then 'login' else 'nologin' end
        );
    end loop;

    if not pg_has_role(current_user, 'velaurum_owner', 'set') then
        execute format('grant velaurum_owner to %I with inherit false, set true', current_user);
    end if;

    execute format('grant create, connect on database %I to velaurum_owner', current_database());
    execute format('revoke temporary, create on database %I from public', current_database());
    execute format(
        'grant connect on database %I to velaurum_app, velaurum_integrator, velaurum_auditor, velaurum_backup',
        current_database()
    );
    revoke create on schema public from public;
end
$$;

alter role velaurum_app set search_path = '';
alter role velaurum_app set default_transaction_isolation = 'read committed';
alter role velaurum_auditor set search_path = '';
alter role velaurum_auditor set default_transaction_read_only = on;
alter role velaurum_integrator set search_path = '';
alter role velaurum_backup set search_path = '';
alter role velaurum_backup set default_transaction_read_only = on;
