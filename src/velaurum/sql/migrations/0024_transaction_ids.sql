-- Which transaction wrote a row, said twice: here, and by the server itself in the system column xmin. A row that was
-- written again since has another xmin. Rows from before have none: the default comes after the column, so that no
-- table is rewritten. No later migration may rewrite one of these either: every row of it would get a new xmin.
alter table ledger.movement add column xid xid8;
alter table ledger.movement alter column xid set default pg_current_xact_id();
alter table audit.version add column xid xid8;
alter table audit.version alter column xid set default pg_current_xact_id();
alter table audit.tile add column xid xid8;
alter table audit.tile alter column xid set default pg_current_xact_id();
alter table audit.checkpoint add column xid xid8;
alter table audit.checkpoint alter column xid set default pg_current_xact_id();
