-- name: create
-- cross-sub-org: the routine judges the places by the credential itself, as for a posting.
select outcome, replayed, record_id, problem
from ledger.request_approval(%(org_id)s, %(asked)s, %(life)s);

-- name: get
-- A request is there when one of its places is within reach; a place out of reach has an id only.
select
    a.id, a.status, a.kind, a.item_id, a.item_code, a.quantity, a.unit, a.stated_quantity,
    a.stated_unit, a.lot_id, a.lot_code, a.serial_id, a.serial_code,
    case when r.source then a.source_status end as source_status,
    case when r.target then a.target_status end as target_status,
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
    a.id, a.status, a.kind, a.item_id, a.item_code, a.quantity, a.unit, a.stated_quantity,
    a.stated_unit, a.lot_id, a.lot_code, a.serial_id, a.serial_code,
    case when r.source then a.source_status end as source_status,
    case when r.target then a.target_status end as target_status,
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

-- name: at
-- cross-sub-org: the list is of requests within reach; the log says what was there of each, whoever's the places are.
-- Those of a list of requests that were there when the log had some size, as they stood, in the order of the list. One
-- had expired when an entry of that log was recorded later than that.
select
    a.id,
    case
        when u.id is not null then 'used'
        when d.outcome = 'rejected' then 'rejected'
        when a.expires_at::timestamptz <= statement_timestamp()
            and ledger.size_at(%(org_id)s, a.expires_at::timestamptz) < %(size)s then 'expired'
        when d.outcome = 'approved' then 'approved'
        else 'pending'
    end as status,
    a.kind, a.item_id, a.item_code, a.quantity, a.unit, a.stated_quantity,
    a.stated_unit, a.lot_id, a.lot_code, a.serial_id, a.serial_code,
    case when r.source then a.source_status end as source_status,
    case when r.target then a.target_status end as target_status,
    a.source_id, case when r.source then a.source_code end as source_code,
    a.target_id, case when r.target then a.target_code end as target_code,
    a.occurred_at, a.reference, a.reason, a.reverses_id, a.source_guard, a.target_guard,
    a.requester_id, a.requester_kind, p.said ->> 'name' as requester_name, a.requested_at, a.expires_at,
    d.outcome, case when d.outcome is not null then a.decider_id end as decider_id,
    case when d.outcome is not null then a.decider_kind end as decider_kind, e.said ->> 'name' as decider_name,
    case when d.outcome is not null then a.decided_at end as decided_at,
    case when d.outcome is not null then a.decision_reason end as decision_reason, u.id as movement_id
from unnest(%(ids)s::uuid[]) with ordinality as x (id, place)
inner join ledger.approval_answer as a on a.org_id = %(org_id)s and x.id = a.id
cross join lateral (select audit.record_at(%(org_id)s, 'approval-request', x.id, %(size)s, null) as said) as w
cross join lateral (
    select audit.record_at(%(org_id)s, 'approval', x.id, %(size)s, null) ->> 'outcome' as outcome
) as d
left join ledger.movement as u on a.org_id = u.org_id and a.movement_id = u.id and u.log_index < %(size)s
cross join lateral (select audit.principal_at(%(org_id)s, a.requester_id, %(size)s) as said) as p
cross join lateral (
    select case when d.outcome is not null then audit.principal_at(%(org_id)s, a.decider_id, %(size)s) end as said
) as e
cross join lateral (
    select
        tenancy.reaches(%(sub_org_ids)s, a.source_sub_org_id, a.source_is_shared) as source,
        tenancy.reaches(%(sub_org_ids)s, a.target_sub_org_id, a.target_is_shared) as target
) as r
where w.said is not null
order by x.place;

-- name: decide
select is_decided
from ledger.decide_approval(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(outcome)s, %(reason)s
) as is_decided;
