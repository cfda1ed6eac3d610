-- name: create
-- cross-sub-org: the routine judges the places by the credential itself, as for a posting.
select outcome, replayed, record_id, problem
from ledger.request_approval(%(org_id)s, %(asked)s, %(life)s);

-- name: get
-- A request is there when one of its places is within reach; a place out of reach has an id only.
select
    a.id, a.status, a.kind, a.item_id, a.item_code, a.quantity, a.unit,
    a.source_id, case when r.source then a.source_code end as source_code,
    a.target_id, case when r.target then a.target_code end as target_code,
    a.occurred_at, a.reference, a.reason, a.reverses_id, a.source_guard, a.target_guard,
    a.requester_id, a.requester_kind, a.requester_name, a.requested_at, a.expires_at,
    a.outcome, a.decider_id, a.decider_kind, a.decider_name, a.decided_at, a.decision_reason, a.movement_id
from ledger.approval_answer as a
cross join lateral (
    select
        tenancy.reaches(%(sub_org_ids)s, a.source_sub_org_id, a.source_is_shared) as source,
        tenancy.reaches(%(sub_org_ids)s, a.target_sub_org_id, a.target_is_shared) as target
) as r
where a.org_id = %(org_id)s and a.id = %(id)s
    and (
        %(sub_org_ids)s::uuid[] is null
        or a.source_sub_org_id = any(%(sub_org_ids)s::uuid[])
        or a.target_sub_org_id = any(%(sub_org_ids)s::uuid[])
    );

-- name: list_page
select
    a.id, a.status, a.kind, a.item_id, a.item_code, a.quantity, a.unit,
    a.source_id, case when r.source then a.source_code end as source_code,
    a.target_id, case when r.target then a.target_code end as target_code,
    a.occurred_at, a.reference, a.reason, a.reverses_id, a.source_guard, a.target_guard,
    a.requester_id, a.requester_kind, a.requester_name, a.requested_at, a.expires_at,
    a.outcome, a.decider_id, a.decider_kind, a.decider_name, a.decided_at, a.decision_reason, a.movement_id
from ledger.approval_answer as a
cross join lateral (
    select
        tenancy.reaches(%(sub_org_ids)s, a.source_sub_org_id, a.source_is_shared) as source,
        tenancy.reaches(%(sub_org_ids)s, a.target_sub_org_id, a.target_is_shared) as target
) as r
where a.org_id = %(org_id)s
    and a.id < %(before)s
    and (%(status)s::text is null or a.status = %(status)s)
    and (
        %(sub_org_ids)s::uuid[] is null
        or a.source_sub_org_id = any(%(sub_org_ids)s::uuid[])
        or a.target_sub_org_id = any(%(sub_org_ids)s::uuid[])
    )
order by a.id desc
limit %(limit)s;

-- name: decide
select is_decided
from ledger.decide_approval(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(outcome)s, %(reason)s
) as is_decided;
