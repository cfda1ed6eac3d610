-- Approvals: asked for, decided by somebody else, used once. What the routines check on the way, the triggers refuse at
-- the table, whoever writes the row.

create or replace function ledger.may_need_approval(p_kind text) returns boolean
language sql immutable parallel safe as $$
    select p_kind in ('opening', 'adjustment', 'scrap', 'return', 'reversal')
$$;

-- The newest rule of each kind, where it asks for an approval.
create or replace function ledger.rules_in_force(p_org_id uuid)
returns table (kind text, above numeric, version bigint, created_at timestamptz, created_by uuid)
language plpgsql stable rows 5 as $$
begin
    return query
    select r.kind, r.above, r.version, r.created_at, r.created_by
    from unnest(array['opening', 'adjustment', 'scrap', 'return', 'reversal']) as k (kind)
    cross join lateral (
        select x.kind, x.above, x.version, x.created_at, x.created_by, x.is_required
        from ledger.approval_rule as x
        where x.org_id = p_org_id and x.kind = k.kind order by x.version desc limit 1
    ) as r
    where r.is_required;
end
$$;

-- True when a rule in force asks for an approval of such a movement.
create or replace function ledger.is_ruled(p_org_id uuid, p_kind text, p_quantity numeric) returns boolean
language sql stable as $$
    select exists (
        select from ledger.rules_in_force(p_org_id) as x
        where x.kind = p_kind and (x.above is null or p_quantity > x.above)
    )
$$;

create or replace function ledger.invalid_approval(p_detail text) returns jsonb
language sql immutable strict parallel safe as $$
    select ledger.field_problem('/approval', 'approval-invalid', p_detail)
$$;

-- True when one person made the credential of the other's part: alone, they could be both.
create or replace function ledger.is_of_one_hand(p_org_id uuid, p_person_id uuid, p_credential_id uuid) returns boolean
language sql stable as $$
    select exists (
        select from identity.token as t
        where t.org_id = p_org_id and t.id = p_credential_id and t.created_by = p_person_id
    ) or identity.is_let_in_by(p_org_id, p_credential_id, p_person_id)
$$;

-- Why an approval does not stand for a movement of this meaning, posted by this actor with this credential, or null.
-- The meaning is what was stated; what that comes to in the unit of the item is what was looked at, too.
create or replace function ledger.approval_problem(
    p_org_id uuid, p_id uuid, p_hash bytea, p_quantity numeric, p_actor_id uuid, p_credential_id uuid
) returns text
language sql stable as $$
    select nullif(coalesce((
        select case
            when a.outcome is null then 'Nobody has approved it yet.'
            when a.outcome = 'rejected' then 'It was rejected.'
            when r.request_hash <> p_hash then 'It is for another movement.'
            when r.quantity <> p_quantity then 'The pack holds another quantity than when it was asked for.'
            when exists (
                select from ledger.movement as m where m.org_id = p_org_id and m.approval_id = p_id
            ) then 'It was used before.'
            when r.expires_at <= statement_timestamp() then 'It has expired.'
            when ledger.is_of_one_hand(p_org_id, a.decided_by, p_credential_id)
                then 'The approver made the credential that posts.'
            else ''
        end
        from ledger.approval_request as r
        left join lateral (
            select x.outcome, x.decided_by from ledger.approval as x where x.org_id = p_org_id and x.id = p_id limit 1
        ) as a on true
        where r.org_id = p_org_id and r.id = p_id and r.requested_by = p_actor_id
    ), 'The actor asked for no such approval.'), '')
$$;

-- What a requested movement lacks of an approval, or null. It decides nothing: with the approval the key is free.
create or replace function ledger.unapproved(
    p_org_id uuid, asked ledger.intake, p_quantity numeric, p_hash bytea
) returns jsonb
language plpgsql stable as $$
begin
    return case
        when asked.approval_id is null then case
            when ledger.is_ruled(p_org_id, asked.kind, p_quantity) and not counting.vouches(
                p_org_id, asked.idempotency_key, p_hash, asked.actor_id, asked.credential_id
            ) and not ledger.shipment_vouches(
                p_org_id, asked.idempotency_key, asked.actor_id, asked.credential_id
            ) then '{"code": "approval-required"}'::jsonb
        end
        when not ledger.may_need_approval(asked.kind)
            then ledger.field_problem('/approval', 'invalid-field', 'A movement of this kind takes no approval.')
        else ledger.invalid_approval(ledger.approval_problem(
            p_org_id, asked.approval_id, p_hash, p_quantity, asked.actor_id, asked.credential_id))
    end;
end
$$;

-- The wall: no row that a rule concerns without a living approval by somebody else, whoever inserts it.
create or replace function ledger.refuse_unapproved() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    of_org_id uuid := new.org_id;
    problem text;
begin
    if new.approval_id is not null then
        problem := ledger.approval_problem(
            of_org_id, new.approval_id, new.request_hash, new.quantity, new.actor_id, new.credential_id);
    elsif ledger.is_ruled(of_org_id, new.kind, new.quantity) and not counting.vouches(
        of_org_id, new.idempotency_key, new.request_hash, new.actor_id, new.credential_id
    ) and not ledger.shipment_vouches(of_org_id, new.idempotency_key, new.actor_id, new.credential_id) then
        problem := 'A rule asks for one.';
    end if;
    if problem is not null then
        raise exception 'a movement without a valid approval is refused: %', problem using errcode = 'VL007';
    end if;
    return new;
end
$$;

create or replace trigger movement_is_approved before insert on ledger.movement
for each row when (new.kind in ('opening', 'adjustment', 'scrap', 'return', 'reversal'))
execute function ledger.refuse_unapproved();
alter table ledger.movement enable always trigger movement_is_approved;

-- What is shown is what is hashed.
create or replace function ledger.refuse_other_meaning() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    if new.request_hash <> ledger.request_hash(
        jsonb_populate_record(null::ledger.intake, to_jsonb(new)),
        new.item_id, new.quantity, new.source_id, new.target_id, new.stated_quantity, new.stated_unit,
        new.lot_id, new.serial_id, new.source_status, new.target_status
    ) then
        raise exception 'the hash of an approval request is of another movement' using errcode = 'VL007';
    end if;
    return new;
end
$$;

create or replace trigger approval_request_is_what_it_says before insert on ledger.approval_request
for each row execute function ledger.refuse_other_meaning();
alter table ledger.approval_request enable always trigger approval_request_is_what_it_says;

-- The second person: a person, with the permission where the movement is, and neither of the two made the credential
-- of the other. That they are not the same stands in the table.
create or replace function ledger.refuse_same_hand() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    of_org_id uuid := new.org_id;
    asked ledger.approval_request;
    reach record;
begin
    select * into strict asked from ledger.approval_request as r where r.org_id = of_org_id and r.id = new.id;
    select * into strict reach from identity.reach(of_org_id, new.credential_id, 'approve');
    if not reach.may or reach.principal_id <> new.decided_by or exists (
        select from catalog.location as l
        where l.org_id = of_org_id and l.id in (asked.source_id, asked.target_id)
            and tenancy.reaches(reach.sub_org_ids, l.sub_org_id, not l.holds_stock) is not true
    ) then
        raise exception 'the credential does not approve this' using errcode = 'VL005';
    end if;
    if not exists (
        select from identity.principal as p
        where p.org_id = of_org_id and p.id = new.decided_by and p.kind = 'user'
    ) or ledger.is_of_one_hand(of_org_id, new.decided_by, asked.credential_id)
        or ledger.is_of_one_hand(of_org_id, new.requested_by, new.credential_id) then
        raise exception 'an approval by the same hand, or by no person, is refused' using errcode = 'VL006';
    end if;
    return new;
end
$$;

create or replace trigger approval_is_of_another_hand before insert on ledger.approval
for each row execute function ledger.refuse_same_hand();
alter table ledger.approval enable always trigger approval_is_of_another_hand;

-- Ask for the approval of one movement, an object of ledger.intake. `invalid` when it could not be posted as it is.
create or replace function ledger.request_approval(p_org_id uuid, p_asked jsonb, p_life interval)
returns ledger.outcome_of_record
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    moment timestamptz := clock_timestamp();
    new_id uuid := platform.uuidv7(moment);
    q record;
    asked ledger.intake;
    problem jsonb;
    hash bytea;
    earlier ledger.outcome_of_record;
begin
    select * into strict q from ledger.resolved(p_org_id, jsonb_build_array(p_asked));
    asked := q.asked;
    problem := coalesce(ledger.undecidable(
        p_org_id, asked, q.actor_kind, q.may, q.item_id, q.source_id, q.source_kind, q.target_id, q.target_kind
    ), case when ledger.names_part(asked, q.tracking) then ledger.undecidable_part(
        asked, q.tracking, q.part, q.quantity, q.source_kind, q.target_kind, q.source_status, q.target_status
    ) end);
    if problem is not null then
        return row('invalid', false, null, problem)::ledger.outcome_of_record;
    end if;
    hash := ledger.request_hash(
        asked, q.item_id, q.quantity, q.source_id, q.target_id, q.stated_quantity, q.stated_unit,
        (q.part).lot_id, (q.part).serial_id, q.source_status, q.target_status);
    earlier := ledger.decided_before(p_org_id, asked.idempotency_key, ledger.approval_key_hash(hash));
    if earlier.outcome is not null then
        return earlier;
    end if;
    problem := ledger.unit_problem(q.quantity, q.stated_unit);
    if problem is not null then
        return row('invalid', false, null, problem)::ledger.outcome_of_record;
    end if;
    perform identity.act_as(p_org_id, asked.actor_id, asked.credential_id, asked.request_id);
    insert into ledger.approval_request (
        org_id, id, kind, item_id, source_id, target_id, quantity, unit, occurred_at, reference, reason, reverses_id,
        source_guard, target_guard, request_hash, requested_by, credential_id, request_id, requested_at, expires_at,
        stated_quantity, stated_unit, lot_id, serial_id, source_status, target_status
    ) values (
        p_org_id, new_id, asked.kind, q.item_id, q.source_id, q.target_id, q.quantity, q.unit, asked.occurred_at,
        asked.reference, asked.reason, asked.reverses_id, asked.source_guard, asked.target_guard, hash,
        asked.actor_id, asked.credential_id, asked.request_id, moment, moment + p_life,
        q.stated_quantity, q.stated_unit, (q.part).lot_id, (q.part).serial_id, q.source_status, q.target_status
    );
    return ledger.decide_creation(
        p_org_id, asked.idempotency_key, ledger.approval_key_hash(hash), new_id,
        asked.actor_id, asked.credential_id, asked.request_id);
end
$$;

-- A key that asked for an approval is not the key of the movement itself.
create or replace function ledger.approval_key_hash(p_hash bytea) returns bytea
language sql immutable parallel safe as $$
    select sha256('velaurum-approval-request/v1'::bytea || decode('00', 'hex') || p_hash)
$$;

-- Decide on a request; false when it was decided before, or has expired.
create or replace function ledger.decide_approval(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_outcome text, p_reason text
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    asked ledger.approval_request;
begin
    select * into strict asked from ledger.approval_request as r where r.org_id = p_org_id and r.id = p_id;
    if asked.requested_by = p_actor_id then
        raise exception 'nobody approves what they asked for' using errcode = 'VL006';
    end if;
    if asked.expires_at <= statement_timestamp() then
        return false;
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    insert into ledger.approval (
        org_id, id, outcome, requested_by, decided_by, credential_id, request_id, reason
    ) values (
        p_org_id, p_id, p_outcome, asked.requested_by, p_actor_id, p_credential_id, p_request_id, p_reason
    ) on conflict (org_id, id) do nothing;
    return found;
end
$$;

-- What answers show of a request, with where it stands: decided and used stay, everything else expires.
create or replace view ledger.approval_answer with (security_invoker = true) as
select
    r.org_id,
    r.id,
    case
        when u.id is not null then 'used'
        when a.outcome = 'rejected' then 'rejected'
        when r.expires_at <= statement_timestamp() then 'expired'
        when a.outcome = 'approved' then 'approved'
        else 'pending'
    end as status,
    r.kind,
    r.item_id,
    i.code as item_code,
    trim_scale(r.quantity)::text as quantity,
    r.unit,
    r.source_id,
    s.code as source_code,
    s.sub_org_id as source_sub_org_id,
    not s.holds_stock as source_is_shared,
    r.target_id,
    t.code as target_code,
    t.sub_org_id as target_sub_org_id,
    not t.holds_stock as target_is_shared,
    platform.instant(r.occurred_at) as occurred_at,
    r.reference,
    r.reason,
    r.reverses_id,
    trim_scale(r.source_guard)::text as source_guard,
    trim_scale(r.target_guard)::text as target_guard,
    r.requested_by as requester_id,
    p.kind as requester_kind,
    p.name as requester_name,
    platform.instant(r.requested_at) as requested_at,
    platform.instant(r.expires_at) as expires_at,
    a.outcome,
    a.decided_by as decider_id,
    d.kind as decider_kind,
    d.name as decider_name,
    platform.instant(a.decided_at) as decided_at,
    a.reason as decision_reason,
    u.id as movement_id,
    trim_scale(r.stated_quantity)::text as stated_quantity,
    r.stated_unit,
    r.lot_id,
    k.code as lot_code,
    r.serial_id,
    o.code as serial_code,
    case when s.holds_stock then coalesce(r.source_status, 'available') end as source_status,
    case when t.holds_stock then coalesce(r.target_status, 'available') end as target_status
from ledger.approval_request as r
inner join catalog.item as i on r.org_id = i.org_id and r.item_id = i.id
left join catalog.location as s on r.org_id = s.org_id and r.source_id = s.id
left join catalog.location as t on r.org_id = t.org_id and r.target_id = t.id
inner join identity.principal as p on r.org_id = p.org_id and r.requested_by = p.id
left join ledger.approval as a on r.org_id = a.org_id and r.id = a.id
left join identity.principal as d on a.org_id = d.org_id and a.decided_by = d.id
left join ledger.movement as u on r.org_id = u.org_id and r.id = u.approval_id
left join catalog.lot as k on r.org_id = k.org_id and r.lot_id = k.id
left join catalog.serial as o on r.org_id = o.org_id and r.serial_id = o.id;

select audit.record_changes('ledger.approval_request', 'approval-request', '{id}', '{}', '{}', '');
select audit.record_changes('ledger.approval', 'approval', '{id}', '{}', '{reason}', '');
