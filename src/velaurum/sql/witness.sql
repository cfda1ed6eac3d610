-- The witness: the server's own count of the statements of every role, which Velaurum's is compared with. Installed by
-- a superuser, once, where the server has the module loaded; a managed server may go without, and then nothing is
-- attested. The application's role sees its own statements there, and can neither reset the counts nor stop them.
create schema witness;
create extension pg_stat_statements schema witness;
grant usage on schema witness to velaurum_app;

-- What was run before there was anything to compare it with would be a gap for ever.
select witness.pg_stat_statements_reset();
