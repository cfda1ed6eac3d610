-- The organisation's log, dense: whatever has a log index, in whichever table it stands.
create or replace view audit.leaf
with (security_invoker = true) as
select m.org_id, m.log_index, m.recorded_at, m.leaf_hash, m.entry from ledger.movement as m
union all
select v.org_id, v.log_index, v.recorded_at, v.leaf_hash, v.entry from audit.version as v;
