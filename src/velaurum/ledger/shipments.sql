-- name: create
-- cross-sub-org: the places were found within reach, and an idempotency key is the whole organisation's.
select outcome, replayed, record_id, problem
from ledger.open_shipment(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(idempotency_key)s, %(request_hash)s,
    %(code)s, %(code_key)s, %(source_id)s, %(transit_id)s, %(target_id)s, %(rows)s
);

-- name: find
select
    x.id, x.code, x.source_id, s.code as source_code, x.transit_id, v.code as transit_code, x.target_id,
    t.code as target_code, x.state, x.reason, coalesce(x.gained, '{}') as gained, x.created_by as opened_by,
    x.stated_by, x.approved_by, x.version,
    platform.instant(x.created_at) as created_at, platform.instant(x.updated_at) as updated_at
from ledger.shipment as x
left join catalog.location as s
    on x.org_id = s.org_id and x.source_id = s.id and tenancy.reaches(%(sub_org_ids)s, s.sub_org_id, false)
left join catalog.location as v
    on x.org_id = v.org_id and x.transit_id = v.id and tenancy.reaches(%(sub_org_ids)s, v.sub_org_id, false)
left join catalog.location as t
    on x.org_id = t.org_id and x.target_id = t.id and tenancy.reaches(%(sub_org_ids)s, t.sub_org_id, false)
where x.org_id = %(org_id)s and x.id = %(id)s and (s.id is not null or t.id is not null)
union all
select
    x.id, x.code, x.source_id, s.code, x.transit_id, v.code, x.target_id,
    t.code, x.state, x.reason, coalesce(x.gained, '{}'), x.created_by,
    x.stated_by, x.approved_by, x.version,
    platform.instant(x.created_at), platform.instant(x.updated_at)
from ledger.shipment as x
left join catalog.location as s
    on x.org_id = s.org_id and x.source_id = s.id and tenancy.reaches(%(sub_org_ids)s, s.sub_org_id, false)
left join catalog.location as v
    on x.org_id = v.org_id and x.transit_id = v.id and tenancy.reaches(%(sub_org_ids)s, v.sub_org_id, false)
left join catalog.location as t
    on x.org_id = t.org_id and x.target_id = t.id and tenancy.reaches(%(sub_org_ids)s, t.sub_org_id, false)
where x.org_id = %(org_id)s and x.code = %(code)s and (s.id is not null or t.id is not null);

-- name: list_page
select
    x.id, x.code, x.source_id, s.code as source_code, x.transit_id, v.code as transit_code, x.target_id,
    t.code as target_code, x.state, x.reason, coalesce(x.gained, '{}') as gained, x.created_by as opened_by,
    x.stated_by, x.approved_by, x.version,
    platform.instant(x.created_at) as created_at, platform.instant(x.updated_at) as updated_at
from ledger.shipment as x
left join catalog.location as s
    on x.org_id = s.org_id and x.source_id = s.id and tenancy.reaches(%(sub_org_ids)s, s.sub_org_id, false)
left join catalog.location as v
    on x.org_id = v.org_id and x.transit_id = v.id and tenancy.reaches(%(sub_org_ids)s, v.sub_org_id, false)
left join catalog.location as t
    on x.org_id = t.org_id and x.target_id = t.id and tenancy.reaches(%(sub_org_ids)s, t.sub_org_id, false)
where x.org_id = %(org_id)s and x.id < %(before)s and (%(state)s::text is null or x.state = %(state)s)
    and (s.id is not null or t.id is not null)
order by x.id desc
limit %(limit)s;

-- name: lines
-- cross-sub-org: the shipment was found within reach; what became of its lines is told to both of its sides.
-- The lines of a shipment with what became of each.
select
    p.number, p.item_id, i.code as item_code, p.lot_id, k.code as lot_code, p.serial_id, e.code as serial_code,
    coalesce(p.status, 'available') as status, trim_scale(p.quantity)::text as quantity,
    trim_scale(p.dispatched)::text as dispatched, trim_scale(p.received)::text as received,
    trim_scale(p.lost)::text as lost, trim_scale(p.gained)::text as gained,
    trim_scale(p.under_way)::text as under_way
from ledger.shipment_lines(%(org_id)s, %(shipment_id)s) as p
inner join catalog.item as i on i.org_id = %(org_id)s and p.item_id = i.id
left join catalog.lot as k on k.org_id = %(org_id)s and p.lot_id = k.id
left join catalog.serial as e on e.org_id = %(org_id)s and p.serial_id = e.id
order by p.number;

-- name: dispatch
-- cross-sub-org: the shipment was found within reach; the posting judges each place by the credential.
select
    coalesce(
        ledger.dispatch_shipment(%(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s), '[]'
    ) as refused;

-- name: receive
-- cross-sub-org: the shipment was found within reach; the posting judges each place by the credential.
select outcome, replayed, record_id, problem
from ledger.receive_shipment(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(idempotency_key)s, %(request_hash)s,
    %(rows)s
);

-- name: close
-- cross-sub-org: the shipment was found within reach; the posting judges each place by the credential.
select
    coalesce(ledger.close_shipment(
        %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(reason)s, %(gained)s
    ), '[]') as refused;

-- name: approve
-- cross-sub-org: the shipment was found within reach; the routine judges its target by the credential.
select ledger.approve_shipment(%(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s) as is_new;

-- name: cancel
-- cross-sub-org: the shipment was found within reach; the routine judges its source by the credential.
select ledger.cancel_shipment(%(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s) as is_new;
