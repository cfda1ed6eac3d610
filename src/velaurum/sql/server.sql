-- Settings of the server as a session finds them, and what is set for a role or a database beside them.
select null::text as role_name, s.name, s.setting
from pg_catalog.pg_settings as s
union all
select
    concat_ws(' in ', coalesce(r.rolname, 'everybody'), d.datname), split_part(c.setting, '=', 1),
    substr(c.setting, strpos(c.setting, '=') + 1)
from pg_catalog.pg_db_role_setting as s
left join pg_catalog.pg_roles as r on s.setrole = r.oid
left join pg_catalog.pg_database as d on s.setdatabase = d.oid
cross join lateral unnest(s.setconfig) as c (setting)
where s.setdatabase = 0 or d.datname = current_database();
