-- The steps of a shipment. Each takes the head lock first, so that of two at once the second sees what the first did.

-- The shipment that a routine is about to change, under the head lock, and who acts, who has the permission at the
-- source or at the target.
create or replace function ledger.locked_shipment(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_permission text,
    p_is_at_source boolean
) returns ledger.shipment
language plpgsql as $$
declare
    s ledger.shipment;
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform tenancy.refuse_entry(p_org_id, false);
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    select x.* into strict s from ledger.shipment as x where x.org_id = p_org_id and x.id = p_id for update;
    perform ledger.require_hand(
        p_org_id, p_credential_id, p_permission, case when p_is_at_source then s.source_id else s.target_id end);
    return s;
end
$$;

-- Rows of ledger.intake without who asks, of steps of lines, whose movements are numbered after those of before.
create or replace function ledger.shipment_intakes(
    p_org_id uuid, p_shipment_id uuid, p_steps ledger.shipment_step[], p_after integer, p_reason text
) returns table (ord integer, asked jsonb)
language sql stable as $$
    select t.ord, jsonb_build_object(
        'line', l.number, 'idempotency_key', concat('shipment:', s.id, ':', p_after + t.ord),
        'kind', case when t.act in ('lose', 'gain') then 'adjustment' else 'transfer' end,
        'item_id', l.item_id, 'lot_id', l.lot_id, 'serial_id', l.serial_id,
        'quantity', trim_scale(t.quantity)::text,
        'source_id', case t.act
            when 'dispatch' then s.source_id when 'gain' then a.id else s.transit_id
        end,
        'target_id', case t.act
            when 'receive' then s.target_id when 'lose' then a.id else s.transit_id
        end,
        'source_status', case when t.act <> 'gain' then l.status end,
        'target_status', case when t.act <> 'lose' then l.status end,
        'reference', s.code, 'reason', case when t.act in ('lose', 'gain') then p_reason end
    )
    from ledger.shipment as s
    inner join catalog.location as a on a.org_id = p_org_id and a.code = 'ADJUSTMENT'
    cross join unnest(p_steps) as t
    inner join ledger.shipment_line as l on s.id = l.shipment_id and t.line = l.number
    where s.org_id = p_org_id and s.id = p_shipment_id and l.org_id = p_org_id
$$;

-- Post steps of a shipment and let it come to a state, or return why nothing of that was done. Places that it goes
-- through are seen meanwhile, whosever they are.
create or replace function ledger.post_steps(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, s ledger.shipment,
    p_steps ledger.shipment_step[], p_state text, p_reason text
) returns jsonb
language plpgsql as $$
declare
    sub_orgs text := tenancy.see_sub_orgs('*');
    told text;
begin
    update ledger.shipment as x
    set
        state = p_state, posted = x.posted + cardinality(p_steps), posting_xid = pg_current_xact_id(),
        reason = case when p_state = 'closed' then x.reason end,
        gained = case when p_state = 'closed' then x.gained end,
        stated_by = case when p_state = 'closed' then x.stated_by end,
        stated_with = case when p_state = 'closed' then x.stated_with end,
        approved_by = case when p_state = 'closed' then x.approved_by end,
        approved_with = case when p_state = 'closed' then x.approved_with end,
        version = x.version + 1,
        updated_at = greatest(clock_timestamp(), x.updated_at + interval '1 microsecond'), updated_by = p_actor_id
    where x.org_id = p_org_id and x.id = s.id;
    told := counting.post_rows(p_org_id, array(
        select r.asked || jsonb_build_object(
            'actor_id', p_actor_id, 'credential_id', p_credential_id, 'request_id', p_request_id)
        from ledger.shipment_intakes(p_org_id, s.id, p_steps, s.posted, p_reason) as r order by r.ord
    ));
    if told is not null then
        raise exception 'the steps of a shipment are not posted' using errcode = 'VL072', detail = told;
    end if;
    update ledger.shipment as x set posting_xid = null where x.org_id = p_org_id and x.id = s.id;
    perform tenancy.see_sub_orgs(sub_orgs);
    return null;
exception when sqlstate 'VL072' then
    get stacked diagnostics told := pg_exception_detail;
    perform tenancy.see_sub_orgs(sub_orgs);
    return told::jsonb;
end
$$;

-- Send all lines on their way; what is dispatched stays so.
create or replace function ledger.dispatch_shipment(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid
) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    s ledger.shipment := ledger.locked_shipment(
        p_org_id, p_actor_id, p_credential_id, p_request_id, p_id, 'post', true);
begin
    if s.state = 'cancelled' then
        raise exception 'a shipment that is cancelled is not dispatched' using errcode = 'VL090';
    end if;
    if s.state <> 'open' then
        return null;
    end if;
    return ledger.post_steps(p_org_id, p_actor_id, p_credential_id, p_request_id, s, array(
        select row(row_number() over (order by l.number), l.number, 'dispatch', l.quantity)::ledger.shipment_step
        from ledger.shipment_line as l where l.org_id = p_org_id and l.shipment_id = p_id
    ), 'dispatched', null);
end
$$;

-- Receive some of what is under way (an array of ledger.shipment_step, each line once), once per key. What is stated of
-- differences is void then. `invalid` with the problem of each line that is refused.
create or replace function ledger.receive_shipment(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_idempotency_key text,
    p_request_hash bytea, p_rows jsonb
) returns ledger.outcome_of_record
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    s ledger.shipment := ledger.locked_shipment(
        p_org_id, p_actor_id, p_credential_id, p_request_id, p_id, 'post', false);
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    remaining numeric;
    refused jsonb;
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    if s.state not in ('dispatched', 'received', 'closing') then
        raise exception 'a shipment that is % is not received', s.state using errcode = 'VL090';
    end if;
    select to_jsonb(array_agg(jsonb_build_object(
        'line', q.line, 'code', 'insufficient-stock', 'available', trim_scale(coalesce(p.under_way, 0))::text
    ) order by q.line))
    into refused
    from jsonb_populate_recordset(null::ledger.shipment_step, p_rows) as q
    left join ledger.shipment_progress(p_org_id, p_id) as p on p.number = q.line
    where q.quantity > coalesce(p.under_way, 0);
    if refused is null then
        remaining := (select sum(p.under_way) from ledger.shipment_progress(p_org_id, p_id) as p)
            - (select sum(q.quantity) from jsonb_populate_recordset(null::ledger.shipment_step, p_rows) as q);
        if s.posted >= 2000 and remaining > 0 then
            raise exception 'a shipment of so many steps is received whole' using errcode = 'VL094';
        end if;
        refused := ledger.post_steps(p_org_id, p_actor_id, p_credential_id, p_request_id, s, array(
            select row(q.ord, q.line, 'receive', q.quantity)::ledger.shipment_step
            from jsonb_populate_recordset(null::ledger.shipment_step, p_rows) as q
        ), case when remaining > 0 then 'dispatched' else 'received' end, null);
    end if;
    if refused is not null then
        return row(
            'invalid', false, null, jsonb_build_object('code', refused #> '{0,code}', 'steps', refused)
        )::ledger.outcome_of_record;
    end if;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, p_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

-- The steps that close a shipment: what came beyond what was sent (an object: the number of a line to a quantity) is
-- gained and received, and what is still under way is lost.
create or replace function ledger.closing_steps(p_org_id uuid, p_shipment_id uuid, p_gained jsonb)
returns ledger.shipment_step[]
language sql stable as $$
    select array(
        select row(
            row_number() over (order by p.number, a.n), p.number, a.act,
            case when a.act = 'lose' then p.under_way else (p_gained ->> p.number::text)::numeric end
        )::ledger.shipment_step
        from ledger.shipment_progress(p_org_id, p_shipment_id) as p
        cross join unnest(array['gain', 'receive', 'lose']) with ordinality as a (act, n)
        where case when a.act = 'lose' then p.under_way > 0 else p_gained ? p.number::text end
    )
$$;

-- State what the differences of a shipment are; what was approved before is so no more.
create or replace function ledger.state_differences(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_id uuid, p_reason text, p_gained jsonb
) returns ledger.shipment
language plpgsql as $$
declare
    s ledger.shipment;
begin
    update ledger.shipment as x
    set
        state = 'closing', reason = p_reason, gained = p_gained, stated_by = p_actor_id,
        stated_with = p_credential_id, approved_by = null, approved_with = null, version = x.version + 1,
        updated_at = greatest(clock_timestamp(), x.updated_at + interval '1 microsecond'), updated_by = p_actor_id
    where x.org_id = p_org_id and x.id = p_id;
    select x.* into strict s from ledger.shipment as x where x.org_id = p_org_id and x.id = p_id;
    return s;
end
$$;

-- Close a shipment, or state what its differences are where a rule wants them approved and nobody has; null with
-- nothing refused. What is stated alike by whomever stays as it was stated, and approved.
create or replace function ledger.close_shipment(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_reason text, p_gained jsonb
) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    s ledger.shipment := ledger.locked_shipment(
        p_org_id, p_actor_id, p_credential_id, p_request_id, p_id, 'post', false);
    steps ledger.shipment_step[] := ledger.closing_steps(p_org_id, p_id, p_gained);
begin
    if s.state = 'closed' then
        return null;
    end if;
    if s.state not in ('dispatched', 'received', 'closing') then
        raise exception 'a shipment that is % is not closed', s.state using errcode = 'VL090';
    end if;
    if (s.reason, s.gained) is distinct from (p_reason, p_gained) then
        s := ledger.state_differences(p_org_id, p_actor_id, p_credential_id, p_id, p_reason, p_gained);
    end if;
    if s.approved_by is null and exists (
        select from unnest(steps) as q
        where q.act <> 'receive' and ledger.is_ruled(p_org_id, 'adjustment', q.quantity)
    ) then
        return null;
    end if;
    return ledger.post_steps(
        p_org_id, p_actor_id, p_credential_id, p_request_id, s, steps, 'closed', p_reason);
end
$$;

-- Approve what is stated of the differences; the trigger judges who does.
create or replace function ledger.approve_shipment(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    s ledger.shipment := ledger.locked_shipment(
        p_org_id, p_actor_id, p_credential_id, p_request_id, p_id, 'approve', false);
begin
    if s.state <> 'closing' then
        raise exception 'a shipment that is % is not approved', s.state using errcode = 'VL090';
    end if;
    if s.approved_by = p_actor_id then
        return false;
    end if;
    update ledger.shipment as x
    set
        approved_by = p_actor_id, approved_with = p_credential_id, version = x.version + 1,
        updated_at = greatest(clock_timestamp(), x.updated_at + interval '1 microsecond'), updated_by = p_actor_id
    where x.org_id = p_org_id and x.id = p_id;
    return true;
end
$$;

-- Give a shipment up that is not dispatched; false when that was done before.
create or replace function ledger.cancel_shipment(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    s ledger.shipment := ledger.locked_shipment(
        p_org_id, p_actor_id, p_credential_id, p_request_id, p_id, 'post', true);
begin
    if s.state = 'cancelled' then
        return false;
    end if;
    update ledger.shipment as x
    set
        state = 'cancelled', version = x.version + 1,
        updated_at = greatest(clock_timestamp(), x.updated_at + interval '1 microsecond'), updated_by = p_actor_id
    where x.org_id = p_org_id and x.id = p_id;
    return true;
end
$$;
