-- name: request
-- cross-sub-org: the data of the whole organisation is asked for; who may is judged by the credential itself.
select outcome, replayed, record_id, problem
from identity.request_break_glass(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(idempotency_key)s, %(request_hash)s,
    %(reason)s, %(life)s, %(name)s
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
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(step)s, %(secret_hash)s, %(name)s
) as is_taken;

-- name: end_of
-- cross-sub-org: an administrator who was revoked has nothing left anywhere in the organisation.
select ended
from identity.end_break_glass_of(%(org_id)s, %(administrator_id)s) as ended;

-- name: stranger
-- Whether nobody of the organisation has this id: neither its people, nor an administrator who was here before.
-- cross-sub-org: an administrator belongs to no department.
select not exists (
    select from identity.principal as p
    where p.org_id = %(org_id)s and p.id = %(id)s
) as is_stranger;

-- name: called
-- cross-org: belongs to the installation. What an administrator is called in organisations.
select substring(concat('break-glass: ', a.name) from 1 for 120) as name
from platform.administrator as a
where a.id = %(id)s and a.revoked_at is null;
