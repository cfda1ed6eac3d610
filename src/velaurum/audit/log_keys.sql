-- name: lacking
-- cross-org: which logs were not told something of a key yet; it answers ids alone, for the signer's own hand.
select o.org_id::text as org_id
from tenancy.org as o
where audit.lacks_log_key(o.org_id, %(public_key)s, %(state)s);

-- name: state
-- The actor is the organisation's platform operator: who made itself when the organisation was made.
select audit.state_log_key(
    %(org_id)s, %(state)s, %(verifier_key)s, %(public_key)s, %(overlap_until)s::text::timestamptz, %(reason)s
) as stated;

-- name: places
-- Where a log says something of its keys.
-- cross-sub-org: a log and its keys are the whole organisation's.
select v.log_index
from audit.version as v
where v.org_id = %(org_id)s and v.subject = 'log-key'
order by v.log_index;
