-- name: request
-- cross-sub-org: the data of the whole organisation is asked for; who may is judged by the credential itself.
select outcome, replayed, record_id, problem
from identity.request_break_glass(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(idempotency_key)s, %(request_hash)s,
    %(reason)s, %(life)s
);

-- name: get
select
    b.id, b.status, b.reason, b.lasts_s, b.requester_id, b.requester_kind, b.requester_name, b.requested_at,
    b.approver_id, b.approver_kind, b.approver_name, b.opened_at, b.expires_at, b.collected_at,
    b.ender_id, b.ender_kind, b.ender_name, b.ended_at
from identity.break_glass_answer as b
where b.org_id = %(org_id)s and b.id = %(id)s;

-- name: list_page
select
    b.id, b.status, b.reason, b.lasts_s, b.requester_id, b.requester_kind, b.requester_name, b.requested_at,
    b.approver_id, b.approver_kind, b.approver_name, b.opened_at, b.expires_at, b.collected_at,
    b.ender_id, b.ender_kind, b.ender_name, b.ended_at
from identity.break_glass_answer as b
where b.org_id = %(org_id)s
    and b.id < %(before)s
    and (%(status)s::text is null or b.status = %(status)s)
order by b.id desc
limit %(limit)s;

-- name: take_step
-- cross-sub-org: what is opened is the whole organisation's; who may is judged by the credential itself.
select is_taken
from identity.step_break_glass(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(step)s, %(secret_hash)s
) as is_taken;

-- name: end_of
-- cross-sub-org: an administrator who was revoked has nothing left anywhere in the organisation.
select ended
from identity.end_break_glass_of(%(org_id)s, %(administrator_id)s) as ended;
