-- name: with_news
-- cross-org: in which organisations there is more to tell of; ids and codes alone come back, to the product's process.
select o.org_id::text as org_id, o.code as org_code
from tenancy.org as o
where webhooks.is_behind(o.org_id);

-- name: enabled
select e.id, e.event_types, e.from_index
from webhooks.endpoint as e
where e.org_id = %(org_id)s and e.disabled_at is null
order by e.id;

-- name: log
select o.code as org_code, h.size
from tenancy.org as o
inner join ledger.head as h on o.org_id = h.org_id
where o.org_id = %(org_id)s;
