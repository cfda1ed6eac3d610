-- name: list_page
select
    d.id, d.endpoint_id, e.code as endpoint_code, d.event_id, d.type, d.state, d.attempts, d.error_code,
    platform.instant(d.created_at) as created_at, platform.instant(d.tried_at) as tried_at,
    case when d.state = 'pending' then platform.instant(d.due_at) end as due_at,
    platform.instant(d.ended_at) as ended_at
from webhooks.delivery as d
inner join webhooks.endpoint as e on d.org_id = e.org_id and d.endpoint_id = e.id
where d.org_id = %(org_id)s and d.endpoint_id = %(endpoint_id)s and d.id < %(before)s
    and (%(state)s::text is null or d.state = %(state)s)
order by d.id desc
limit %(limit)s;

-- name: get
select
    d.id, d.endpoint_id, e.code as endpoint_code, d.event_id, d.type, d.state, d.attempts, d.error_code,
    platform.instant(d.created_at) as created_at, platform.instant(d.tried_at) as tried_at,
    case when d.state = 'pending' then platform.instant(d.due_at) end as due_at,
    platform.instant(d.ended_at) as ended_at
from webhooks.delivery as d
inner join webhooks.endpoint as e on d.org_id = e.org_id and d.endpoint_id = e.id
where d.org_id = %(org_id)s and d.endpoint_id = %(endpoint_id)s and d.id = %(id)s;

-- name: body
select d.body
from webhooks.delivery as d
where d.org_id = %(org_id)s and d.id = %(id)s;

-- name: attempts
select
    a.number, platform.instant(a.began_at) as began_at, platform.instant(a.ended_at) as ended_at, a.outcome,
    a.status_class, a.latency_ms, a.error_code
from webhooks.attempt as a
where a.org_id = %(org_id)s and a.delivery_id = %(id)s
order by a.number desc
limit %(limit)s;

-- name: acts
select a.action, a.actor_id, p.kind as actor_kind, p.name as actor_name, platform.instant(a.created_at) as at
from webhooks.act as a
inner join identity.principal as p on a.org_id = p.org_id and a.actor_id = p.id
where a.org_id = %(org_id)s and a.delivery_id = %(id)s
order by a.id desc
limit %(limit)s;

-- name: test
-- cross-sub-org: endpoints are the whole organisation's, and so is an idempotency key.
select outcome, replayed, record_id, problem
from webhooks.test_endpoint(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(idempotency_key)s, %(request_hash)s,
    %(endpoint_id)s, %(type)s, %(body)s
);

-- name: redeliver
-- cross-sub-org: endpoints are the whole organisation's, and so is an idempotency key.
select outcome, replayed, record_id, problem
from webhooks.redeliver(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(idempotency_key)s, %(request_hash)s, %(id)s
);

-- name: make
select webhooks.make_deliveries(%(org_id)s, %(made)s) as made;

-- name: with_due
-- cross-org: in which organisations something is due; it answers ids alone, for the product's own process.
select o.org_id::text as org_id
from tenancy.org as o
where webhooks.is_due(o.org_id);

-- name: claim
select
    c.id, c.lease, c.endpoint_id, c.url, c.generation, platform.instant(c.older_until) as older_until, c.key_id,
    c.body, c.tries
from webhooks.claim(%(org_id)s, %(limit)s, %(per_org)s, %(per_endpoint)s, %(lease)s) as c;

-- name: end_attempt
select webhooks.end_attempt(
    %(org_id)s, %(id)s, %(lease)s, %(latency_ms)s, %(status_class)s, %(error_code)s, %(after)s, %(is_gone)s
) as state;
