-- name: record
-- What was handed over before is not added again.
select tenancy.record_access(
    %(org_id)s, %(boot_id)s, %(release)s, %(registry_hash)s, %(events)s::jsonb
) as recorded;

-- name: totals
-- Of the requests that ended from one instant on until before another one.
select
    count(*) as events,
    coalesce(sum(cardinality(a.request_ids)), 0)::bigint as requests,
    coalesce(sum(a.statements), 0)::bigint as statements,
    coalesce(sum(a.applied), 0)::bigint as applied,
    coalesce(sum(a.exempt), 0)::bigint as exempt,
    count(*) filter (where not a.org_applied) as not_applied,
    platform.instant(min(a.at)) as first_at
from tenancy.access_event as a
where a.org_id = %(org_id)s and a.at >= %(from_at)s::timestamptz and a.at < %(to_at)s::timestamptz;
