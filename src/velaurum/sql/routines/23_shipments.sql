-- Shipments: opened with their lines, dispatched, received in as many parts as it takes, and closed with what is
-- missing or too much. Each step is posted by the posting routine, or nothing of it is.

-- What became of each line of a shipment, by its movements.
create or replace function ledger.shipment_progress(p_org_id uuid, p_shipment_id uuid)
returns table (
    number integer, item_id uuid, lot_id uuid, serial_id uuid, status text, quantity numeric, dispatched numeric,
    received numeric, lost numeric, gained numeric, under_way numeric
)
language sql stable as $$
    select
        x.number, x.item_id, x.lot_id, x.serial_id, x.status, x.quantity, x.dispatched, x.received, x.lost, x.gained,
        x.dispatched + x.gained - x.received - x.lost
    from (
        select
            l.number, l.item_id, l.lot_id, l.serial_id, l.status, l.quantity,
            coalesce(sum(m.quantity) filter (where m.source_id = s.source_id), 0) as dispatched,
            coalesce(sum(m.quantity) filter (where m.target_id = s.target_id), 0) as received,
            coalesce(sum(m.quantity) filter (
                where m.kind = 'adjustment' and m.source_id = s.transit_id), 0) as lost,
            coalesce(sum(m.quantity) filter (
                where m.kind = 'adjustment' and m.target_id = s.transit_id), 0) as gained
        from ledger.shipment as s
        inner join ledger.shipment_line as l on s.id = l.shipment_id
        left join lateral (
            select y.* from generate_series(1, s.posted) as n
            inner join ledger.movement as y
                on y.org_id = p_org_id and y.idempotency_key = concat('shipment:', s.id, ':', n)
        ) as m on coalesce(m.lot_id, m.serial_id, m.item_id) = coalesce(l.lot_id, l.serial_id, l.item_id)
            and coalesce(m.source_status, m.target_status, 'available') = coalesce(l.status, 'available')
        where s.org_id = p_org_id and s.id = p_shipment_id and l.org_id = p_org_id
        group by l.number, l.item_id, l.lot_id, l.serial_id, l.status, l.quantity
    ) as x
$$;

-- The same for who reaches one place of it: one who sends sees what was received, where they see no movement of.
create or replace function ledger.shipment_lines(p_org_id uuid, p_shipment_id uuid)
returns table (
    number integer, item_id uuid, lot_id uuid, serial_id uuid, status text, quantity numeric, dispatched numeric,
    received numeric, lost numeric, gained numeric, under_way numeric
)
language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
    select p.* from ledger.shipment_progress(p_org_id, p_shipment_id) as p
$$;

-- The wall around keys of shipments: a movement under one is a step of a shipment that is being posted, of a line of
-- it, and takes no more on its way out than the shipment has under way. Nothing else is decided under one.
create or replace function ledger.refuse_key_of_shipment() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    of_org_id uuid := new.org_id;
    s ledger.shipment := ledger.shipment_posting(of_org_id, new.idempotency_key);
begin
    if ledger.is_key_of_shipment(new.idempotency_key) and (
        s.posted >= split_part(new.idempotency_key, ':', 3)::integer and exists (
            select from ledger.shipment_progress(of_org_id, s.id) as p
            where p.item_id = new.item_id
                and (p.lot_id, p.serial_id) is not distinct from (new.lot_id, new.serial_id)
                and p.status is not distinct from coalesce(new.source_status, new.target_status)
                and case
                    when new.kind = 'transfer' and (new.source_id, new.target_id) = (s.source_id, s.transit_id)
                        then p.dispatched = 0 and new.quantity = p.quantity
                    when new.source_id = s.transit_id
                        then (new.kind = 'adjustment' or new.target_id = s.target_id)
                            and new.quantity <= p.under_way
                    else new.kind = 'adjustment' and new.target_id = s.transit_id
                end
        )
    ) is not true then
        raise exception 'a key of a shipment is used by its posting alone' using errcode = 'VL093';
    end if;
    return new;
end
$$;

create or replace trigger movement_key_is_of_no_shipment before insert on ledger.movement
for each row when (new.idempotency_key like 'shipment:%') execute function ledger.refuse_key_of_shipment();
alter table ledger.movement enable always trigger movement_key_is_of_no_shipment;

-- A record or a refusal is no step of a shipment.
create or replace function ledger.refuse_decision_of_shipment() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    of_org_id uuid := new.org_id;
    s ledger.shipment := ledger.shipment_posting(of_org_id, new.idempotency_key);
begin
    if ledger.is_key_of_shipment(new.idempotency_key) and s.id is null then
        raise exception 'a key of a shipment is used by its posting alone' using errcode = 'VL093';
    end if;
    return new;
end
$$;

create or replace trigger decision_key_is_of_no_shipment before insert on ledger.decision
for each row when (new.idempotency_key like 'shipment:%') execute function ledger.refuse_decision_of_shipment();
alter table ledger.decision enable always trigger decision_key_is_of_no_shipment;

-- Whether an approved shipment stands for an adjustment that a rule wants an approval of: this transaction posts it,
-- and who posts is another hand than who approved. What is posted is held to the shipment by its key.
create or replace function ledger.shipment_vouches(
    p_org_id uuid, p_key text, p_actor_id uuid, p_credential_id uuid
) returns boolean
language plpgsql stable as $$
declare
    s ledger.shipment := ledger.shipment_posting(p_org_id, p_key);
begin
    return coalesce(
        s.approved_by <> p_actor_id and not ledger.is_of_one_hand(p_org_id, s.approved_by, p_credential_id)
        and not ledger.is_of_one_hand(p_org_id, p_actor_id, s.approved_with), false);
end
$$;

-- Refuse a step to a credential that has not the permission at the place of the step.
create or replace function ledger.require_hand(
    p_org_id uuid, p_credential_id uuid, p_permission text, p_location_id uuid
) returns void
language plpgsql as $$
begin
    if not exists (
        select from identity.reach(p_org_id, p_credential_id, p_permission) as r
        inner join catalog.location as l on tenancy.reaches(r.sub_org_ids, l.sub_org_id, false)
        where r.may and l.org_id = p_org_id and l.id = p_location_id
    ) then
        raise exception 'the credential does not reach the place of this step' using errcode = 'VL091';
    end if;
end
$$;

-- A shipment goes one way, and what it is about does not change. Who approves what is stated of its differences is a
-- person with the permission at its target, and of another hand than who stated it; what is stated anew is approved
-- anew.
create or replace function ledger.refuse_other_step_of_shipment() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    of_org_id uuid := new.org_id;
begin
    if (new.code, new.source_id, new.transit_id, new.target_id)
        is distinct from (old.code, old.source_id, old.transit_id, old.target_id)
        or (old.state, new.state) not in (
            ('open', 'cancelled'), ('open', 'dispatched'), ('dispatched', 'dispatched'), ('dispatched', 'received'),
            ('dispatched', 'closing'), ('dispatched', 'closed'), ('received', 'received'), ('received', 'closing'),
            ('received', 'closed'), ('closing', 'closing'), ('closing', 'dispatched'), ('closing', 'received'),
            ('closing', 'closed'), ('closed', 'closed')
        )
        or new.posted < old.posted or new.posted > old.posted and new.state in ('closing', 'cancelled')
        or old.state = 'closed' and to_jsonb(new) - 'posting_xid' <> to_jsonb(old) - 'posting_xid'
        or new.approved_by is not null
        and (new.reason, new.gained, new.stated_by) is distinct from (old.reason, old.gained, old.stated_by)
    then
        raise exception 'a shipment that is % does not become %', old.state, new.state using errcode = 'VL090';
    end if;
    if new.approved_by is not null
        and (new.approved_by, new.approved_with) is distinct from (old.approved_by, old.approved_with) then
        perform ledger.require_hand(of_org_id, new.approved_with, 'approve', new.target_id);
        if new.state <> 'closing' or new.approved_by = new.stated_by or not exists (
            select from identity.reach(of_org_id, new.approved_with, 'approve') as r
            where r.principal_id = new.approved_by and r.principal_kind = 'user'
        ) or ledger.is_of_one_hand(of_org_id, new.approved_by, new.stated_with)
            or ledger.is_of_one_hand(of_org_id, new.stated_by, new.approved_with) then
            raise exception 'who stated the differences does not approve them' using errcode = 'VL006';
        end if;
    end if;
    return new;
end
$$;

create or replace trigger shipment_goes_one_way before update on ledger.shipment
for each row execute function ledger.refuse_other_step_of_shipment();
alter table ledger.shipment enable always trigger shipment_goes_one_way;

-- A shipment begins as open, from one place of storage to another through one of kind transit, in which nothing was put
-- by hand: from now on what is there moves by shipments alone. Those of departments out of reach are shipments as well.
create or replace function ledger.refuse_other_beginning_of_shipment() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    of_org_id uuid := new.org_id;
    sub_orgs text := tenancy.see_sub_orgs('*');
begin
    if new.state <> 'open' or new.posted <> 0 or new.stated_by is not null or array(
        select l.kind from catalog.location as l
        where l.org_id = of_org_id and l.id in (new.source_id, new.transit_id, new.target_id)
        order by l.id = new.transit_id
    ) <> array['storage', 'storage', 'transit'] then
        raise exception 'a shipment begins as open, between places of storage' using errcode = 'VL090';
    end if;
    if exists (
        select from ledger.balance as b
        where b.org_id = of_org_id and b.location_id = new.transit_id and b.on_hand > 0
    ) and not exists (
        select from ledger.shipment as x
        where x.org_id = of_org_id and x.transit_id = new.transit_id and x.state <> 'cancelled'
    ) then
        raise exception 'the place holds what no shipment has under way' using errcode = 'VL092';
    end if;
    perform tenancy.see_sub_orgs(sub_orgs);
    return new;
end
$$;

create or replace trigger shipment_begins_open before insert on ledger.shipment
for each row execute function ledger.refuse_other_beginning_of_shipment();
alter table ledger.shipment enable always trigger shipment_begins_open;

-- What is shipped stands when it is dispatched, whoever writes.
create or replace function ledger.refuse_late_line_of_shipment() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    of_org_id uuid := new.org_id;
begin
    perform from ledger.shipment as s
    where s.org_id = of_org_id and s.id = new.shipment_id and s.state = 'open' for share;
    if not found then
        raise exception 'a shipment takes lines while it is open' using errcode = 'VL090';
    end if;
    return new;
end
$$;

create or replace trigger shipment_line_is_of_an_open_shipment before insert on ledger.shipment_line
for each row execute function ledger.refuse_late_line_of_shipment();
alter table ledger.shipment_line enable always trigger shipment_line_is_of_an_open_shipment;

-- The lines of a request with their references looked up, and what is wrong with each.
create or replace function ledger.resolved_shipment_lines(p_org_id uuid, p_rows jsonb)
returns table (number integer, item_id uuid, part ledger.part, status text, quantity numeric, problem jsonb)
language sql stable as $$
    select
        q.ord, i.id, p, nullif(q.status, 'available'), q.quantity,
        case
            when i.id is null then ledger.field_problem('/item', 'unknown-reference', 'There is no such item.')
            when not (q.quantity > 0 and q.quantity < 'Infinity') or scale(trim_scale(q.quantity)) > 9
                then ledger.field_problem(
                    '/quantity', 'invalid-field', 'A quantity is above zero, with 9 decimals at most.')
            when q.status not in ('available', 'quarantine', 'blocked', 'damaged')
                then ledger.field_problem('/status', 'invalid-field', 'There is no such status.')
            when row_number() over (
                partition by coalesce((p).lot_id, (p).serial_id, i.id), coalesce(q.status, 'available') order by q.ord
            ) > 1 then ledger.field_problem('/item', 'invalid-field', 'Another line is of the same stock key.')
            else ledger.part_problem(
                jsonb_populate_record(null::ledger.intake, to_jsonb(q)), i.tracking, p, q.quantity)
        end
    from jsonb_populate_recordset(null::counting.line_intake, p_rows) as q
    left join lateral (
        select x.id, x.tracking from catalog.item as x where x.org_id = p_org_id and x.id = q.item_id
        union all
        select x.id, x.tracking from catalog.item as x where x.org_id = p_org_id and x.code = q.item_code
        limit 1
    ) as i on true
    cross join lateral (
        select case
            when i.tracking <> 'none'
                then ledger.find_part(p_org_id, i.id, q.lot_id, q.lot_code, q.serial_id, q.serial_code)
        end as p
    ) as parts
$$;

-- Open a shipment with its lines (an array of counting.line_intake, numbered from 1). `invalid` with a problem of each
-- line that has one, and then nothing is decided.
create or replace function ledger.open_shipment(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text,
    p_request_hash bytea, p_code text, p_code_key text, p_source_id uuid, p_transit_id uuid, p_target_id uuid,
    p_rows jsonb
) returns ledger.outcome_of_record
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    new_id uuid;
    wrong jsonb[];
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    perform ledger.require_hand(p_org_id, p_credential_id, 'post', p_source_id);
    wrong := array(
        select jsonb_build_object(
            'pointer', concat('/lines/', r.number - 1, r.problem #>> '{errors,0,pointer}'),
            'code', r.problem -> 'code', 'detail', r.problem #> '{errors,0,detail}')
        from ledger.resolved_shipment_lines(p_org_id, p_rows) as r where r.problem is not null order by r.number
    );
    if cardinality(wrong) > 0 then
        return row(
            'invalid', false, null, jsonb_build_object('code', wrong[1] -> 'code', 'errors', to_jsonb(wrong))
        )::ledger.outcome_of_record;
    end if;
    insert into ledger.shipment (
        org_id, id, code, code_key, source_id, transit_id, target_id, created_by, updated_by
    ) values (
        p_org_id, platform.uuidv7(clock_timestamp()), p_code, p_code_key, p_source_id, p_transit_id, p_target_id,
        p_actor_id, p_actor_id
    ) on conflict do nothing returning id into new_id;
    if new_id is not null then
        insert into ledger.shipment_line (
            org_id, shipment_id, number, item_id, lot_id, serial_id, status, quantity
        )
        select p_org_id, new_id, r.number, r.item_id, (r.part).lot_id, (r.part).serial_id, r.status, r.quantity
        from ledger.resolved_shipment_lines(p_org_id, p_rows) as r;
    end if;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

select audit.record_changes('ledger.shipment', 'shipment', '{id}', '{posting_xid}', '{}', '');
select audit.record_changes('ledger.shipment_line', 'shipment-line', '{shipment_id,number}', '{}', '{}', '');
