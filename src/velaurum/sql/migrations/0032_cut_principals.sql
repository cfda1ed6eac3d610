-- Since when a principal gets in no longer because its organisation's log is held, and cannot say that it was disabled.
alter table identity.principal add column cut_at timestamptz;
