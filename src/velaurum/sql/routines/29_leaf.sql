create or replace view audit.leaf with (security_invoker = true) as
select m.org_id, m.log_index, m.recorded_at, m.leaf_hash, m.entry
from ledger.movement as m;
