-- The end of a migration run: what it did to records is in their history.
select audit.carry();
