-- What a request for a movement says: whether it can be one, which part of an item it means, what it hashes to, and
-- what was decided under its key before. Asked by the posting routine, and by what asks for an approval.

create or replace function ledger.holds_stock(p_location_kind text) returns boolean
language sql immutable parallel safe as $$
    select p_location_kind in ('storage', 'transit')
$$;

-- The directions that each kind of movement allows, by the kinds of its two locations.
create or replace function ledger.direction_is_allowed(p_kind text, p_source text, p_target text) returns boolean
language sql immutable parallel safe as $$
    select case p_kind
        when 'opening' then p_source = 'opening' and ledger.holds_stock(p_target)
        when 'receipt' then p_source = 'supplier' and ledger.holds_stock(p_target)
        when 'issue' then ledger.holds_stock(p_source) and p_target in ('consumption', 'customer')
        when 'transfer' then ledger.holds_stock(p_source) and ledger.holds_stock(p_target)
        when 'adjustment' then (p_source = 'adjustment' and ledger.holds_stock(p_target))
            or (ledger.holds_stock(p_source) and p_target = 'adjustment')
        when 'scrap' then ledger.holds_stock(p_source) and p_target = 'scrap'
        when 'return' then (p_source in ('consumption', 'customer') and ledger.holds_stock(p_target))
            or (ledger.holds_stock(p_source) and p_target = 'supplier')
        when 'status-change' then ledger.holds_stock(p_source)
        else p_kind = 'reversal'
    end
$$;

-- A quantity in the unit of its item: by the item's pack of the stated unit as it is now, or within one dimension. Null
-- where the item has no such unit. NaN where the ledger has no such number: nothing is ever rounded. PL/pgSQL, so that
-- a movement in the item's own unit does not begin it.
create or replace function ledger.converted(
    p_org_id uuid, p_item_id uuid, p_item_unit text, p_quantity numeric, p_unit text
) returns numeric
language plpgsql stable as $$
begin
    return (
        select catalog.exactly(p_quantity, f.numerator, f.denominator)
        from catalog.factor(p_org_id, p_item_id, p_item_unit, p_unit) as f
    );
end
$$;

-- The meaning of a request: equal for "1.0" and "1.00", for an id and its code, for a default left out or written. The
-- quantity is the stated one, with its unit where that is not the item's: what a pack holds one day is not what was
-- said. A reversal says neither. The note is not in it, because a plain hash of personal text would still be personal.
create or replace function ledger.request_hash(
    asked ledger.intake, p_item_id uuid, p_quantity numeric, p_source_id uuid, p_target_id uuid,
    p_stated_quantity numeric, p_stated_unit text, p_lot_id uuid, p_serial_id uuid, p_source_status text,
    p_target_status text
) returns bytea
language sql stable parallel safe as $$
    select sha256(convert_to(concat(
        '{"item_id":"', p_item_id, '"',
        ',"kind":"', asked.kind, '"',
        ',"lot_id":"' || p_lot_id || '"',
        ',"occurred_at":"' || platform.instant(asked.occurred_at) || '"',
        ',"quantity":"', trim_scale(
            case when asked.reverses_id is null then coalesce(p_stated_quantity, p_quantity) else p_quantity end), '"',
        ',"reason":' || to_json(asked.reason),
        ',"reference":' || to_json(asked.reference),
        ',"reservation_id":"' || asked.reservation_id || '"',
        ',"reverses_id":"' || asked.reverses_id || '"',
        ',"serial_id":"' || p_serial_id || '"',
        ',"source_guard":"' || trim_scale(asked.source_guard) || '"',
        ',"source_id":"', p_source_id, '"',
        ',"source_status":"' || p_source_status || '"',
        ',"target_guard":"' || trim_scale(asked.target_guard) || '"',
        ',"target_id":"', p_target_id, '"',
        ',"target_status":"' || p_target_status || '"',
        ',"unit":' || to_json(case when asked.reverses_id is null then p_stated_unit end), '}'), 'UTF8'))
$$;

-- STRICT, so that it is no part of the plan of who calls it: a request without a problem does not begin it.
create or replace function ledger.field_problem(p_pointer text, p_code text, p_detail text) returns jsonb
language sql immutable strict parallel safe as $$
    select jsonb_build_object('code', p_code, 'errors', jsonb_build_array(
        jsonb_build_object('pointer', p_pointer, 'code', p_code, 'detail', p_detail)))
$$;

-- What makes a request impossible to decide, or null. An unknown reference, a foreign one and one of a department that
-- the credential does not reach read alike. A movement is seen by whoever reaches a place of it that holds stock.
-- Stock that a shipment has under way is moved by the shipment alone.
create or replace function ledger.undecidable(
    p_org_id uuid, asked ledger.intake, p_actor_kind text, p_may boolean, p_item_id uuid,
    p_source_id uuid, p_source_kind text, p_target_id uuid, p_target_kind text
) returns jsonb
language sql stable as $$
    select case
        when p_actor_kind is null then '{"code": "unauthenticated"}'::jsonb
        when not p_may then '{"code": "forbidden"}'::jsonb
        when asked.reverses_id is not null and (p_item_id is null or not (
            coalesce(ledger.holds_stock(p_source_kind), false) or coalesce(ledger.holds_stock(p_target_kind), false)
        )) then '{"code": "not-found"}'::jsonb
        when asked.reverses_id is not null and (p_source_id is null or p_target_id is null)
            then '{"code": "forbidden"}'::jsonb
        when p_item_id is null
            then ledger.field_problem('/item', 'unknown-reference', 'There is no such item.')
        when p_source_id is null
            then ledger.field_problem('/source', 'unknown-reference', 'There is no such location.')
        when p_target_id is null
            then ledger.field_problem('/target', 'unknown-reference', 'There is no such location.')
        when not (asked.quantity > 0 and asked.quantity < 'Infinity') or scale(trim_scale(asked.quantity)) > 9
            then ledger.field_problem('/quantity', 'invalid-field', 'A quantity is above zero, with 9 decimals at most.')
        when asked.reverses_id is null and (p_source_id = p_target_id) <> (asked.kind = 'status-change')
            then ledger.field_problem('/target', 'invalid-field', case
                when p_source_id = p_target_id then 'Source and target are the same location.'
                else 'A status-change stays where it is: source and target are one location.'
            end)
        when not ledger.direction_is_allowed(asked.kind, p_source_kind, p_target_kind)
            then ledger.field_problem(
                '/kind', 'invalid-field', 'This kind of movement does not go from such a source to such a target.')
        when (p_source_kind = 'transit' or p_target_kind = 'transit')
            and ledger.is_under_way(p_org_id, asked.idempotency_key, p_source_id, p_target_id)
            then ledger.field_problem(case when p_source_kind = 'transit' then '/source' else '/target' end,
                'invalid-field', 'Shipments go through this place: what is there moves by its shipment alone.')
        when (asked.note_sealed is null) <> (asked.note_commitment is null)
            then ledger.field_problem('/note', 'invalid-field', 'A note comes sealed, with its commitment.')
        when asked.occurred_at < '1900-01-01 00:00+00'
            then ledger.field_problem('/occurred_at', 'invalid-field', 'A movement happened in the year 1900 or later.')
        when asked.occurred_at > statement_timestamp() + interval '5 minutes'
            then ledger.field_problem('/occurred_at', 'invalid-field', 'A movement cannot have happened in the future.')
    end
$$;

-- Whether a request says something of lots, serials or status, or should. What does not costs nothing of them.
create or replace function ledger.names_part(asked ledger.intake, p_tracking text) returns boolean
language sql immutable parallel safe as $$
    select asked.reverses_id is null and (
        p_tracking <> 'none' or asked.kind = 'status-change'
        or asked.lot_id is not null or asked.lot_code is not null
        or asked.serial_id is not null or asked.serial_code is not null
        or asked.source_status is not null or asked.target_status is not null
    )
$$;

-- The status of a side as the ledger keeps it: null where the place is virtual, and for available. Left out, it is that
-- of the other side; what changes it says both, or means available. A reversal has that of what it reverses.
create or replace function ledger.status_of(
    p_location_kind text, p_kind text, p_status text, p_other text, p_reversed text
) returns text
language sql immutable parallel safe as $$
    select case
        when p_kind = 'reversal' then p_reversed
        when ledger.holds_stock(p_location_kind)
            then nullif(
                case when p_kind = 'status-change' then p_status else coalesce(p_status, p_other) end, 'available')
    end
$$;

-- What is wrong with the lot or the serial that a request names, or null.
create or replace function ledger.part_problem(
    asked ledger.intake, p_tracking text, part ledger.part, p_quantity numeric
) returns jsonb
language sql stable parallel safe as $$
    select case
        when p_tracking <> 'lot' and (asked.lot_id is not null or asked.lot_code is not null)
            then ledger.field_problem('/lot', 'unknown-reference', 'The item is not tracked by lot: it has none.')
        when p_tracking <> 'serial' and (asked.serial_id is not null or asked.serial_code is not null)
            then ledger.field_problem('/serial', 'unknown-reference', 'The item is not tracked by serial: it has none.')
        when p_tracking = 'lot' and asked.lot_id is null and asked.lot_code is null
            then ledger.field_problem('/lot', 'invalid-field', 'The item is tracked by lot: name one.')
        when p_tracking = 'serial' and asked.serial_id is null and asked.serial_code is null
            then ledger.field_problem('/serial', 'invalid-field', 'The item is tracked by serial: name one.')
        when p_tracking = 'lot' and part.lot_id is null
            then ledger.field_problem('/lot', 'unknown-reference', 'The item has no such lot.')
        when p_tracking = 'serial' and part.serial_id is null
            then ledger.field_problem('/serial', 'unknown-reference', 'The item has no such serial.')
        when p_tracking = 'serial' and p_quantity <> 1
            then ledger.field_problem('/quantity', 'invalid-field', 'A serial is one piece: the quantity is 1.')
    end
$$;

-- What is wrong with the statuses that a request says, or null. p_source and p_target are as the ledger keeps them.
create or replace function ledger.status_problem(
    asked ledger.intake, p_source_kind text, p_target_kind text, p_source text, p_target text
) returns jsonb
language sql immutable parallel safe as $$
    select case
        when asked.source_status not in ('available', 'quarantine', 'blocked', 'damaged')
            then ledger.field_problem('/source_status', 'invalid-field', 'There is no such status.')
        when asked.target_status not in ('available', 'quarantine', 'blocked', 'damaged')
            then ledger.field_problem('/target_status', 'invalid-field', 'There is no such status.')
        when asked.source_status is not null and not ledger.holds_stock(p_source_kind)
            then ledger.field_problem('/source_status', 'invalid-field', 'This place holds no stock: it has no status.')
        when asked.target_status is not null and not ledger.holds_stock(p_target_kind)
            then ledger.field_problem('/target_status', 'invalid-field', 'This place holds no stock: it has no status.')
        when asked.kind = 'issue' and p_source is not null
            then ledger.field_problem('/source_status', 'invalid-field', 'Issued is only what is available.')
        when asked.kind = 'transfer' and p_source is distinct from p_target
            then ledger.field_problem('/target_status', 'invalid-field', 'A transfer keeps the status.')
        when asked.kind = 'status-change' and p_source is not distinct from p_target
            then ledger.field_problem('/target_status', 'invalid-field', 'A status-change is to another status.')
    end
$$;

-- Both of them. PL/pgSQL, so that a request that says nothing of a part does not begin it.
create or replace function ledger.undecidable_part(
    asked ledger.intake, p_tracking text, part ledger.part, p_quantity numeric, p_source_kind text, p_target_kind text,
    p_source_status text, p_target_status text
) returns jsonb
language plpgsql stable as $$
begin
    return coalesce(
        ledger.part_problem(asked, p_tracking, part, p_quantity),
        ledger.status_problem(asked, p_source_kind, p_target_kind, p_source_status, p_target_status));
end
$$;

-- The lot or the serial that a request means, within its item. PL/pgSQL, so that a movement without does not begin it.
create or replace function ledger.find_part(
    p_org_id uuid, p_item_id uuid, p_lot_id uuid, p_lot_code text, p_serial_id uuid, p_serial_code text
) returns ledger.part
language plpgsql stable as $$
declare
    part ledger.part;
begin
    if p_lot_id is not null or p_lot_code is not null then
        select x.id, x.code, x.expires_on into part.lot_id, part.lot_code, part.expires_on
        from (
            select k.id, k.code, k.expires_on from catalog.lot as k
            where k.org_id = p_org_id and k.item_id = p_item_id and k.id = p_lot_id
            union all
            select k.id, k.code, k.expires_on from catalog.lot as k
            where k.org_id = p_org_id and k.item_id = p_item_id and k.code = p_lot_code
        ) as x limit 1;
    else
        select x.id, x.code into part.serial_id, part.serial_code
        from (
            select s.id, s.code from catalog.serial as s
            where s.org_id = p_org_id and s.item_id = p_item_id and s.id = p_serial_id
            union all
            select s.id, s.code from catalog.serial as s
            where s.org_id = p_org_id and s.item_id = p_item_id and s.code = p_serial_code
        ) as x limit 1;
        part.is_held := exists (
            select from ledger.balance as b where b.org_id = p_org_id and b.held_serial_id = part.serial_id
        );
    end if;
    return part;
end
$$;

-- A location by its id or by its code, if it is within reach; or by its id the one that a shipment which is being
-- posted goes through.
create or replace function ledger.find_location(
    p_org_id uuid, p_id uuid, p_code text, p_sub_org_ids uuid[], p_key text
)
returns table (id uuid, kind text, code text, sub_org_id uuid, is_shared boolean)
language sql stable as $$
    select l.id, l.kind, l.code, l.sub_org_id, not l.holds_stock from catalog.location as l
    where l.org_id = p_org_id and l.id = p_id and (
        tenancy.reaches(p_sub_org_ids, l.sub_org_id, not l.holds_stock)
        or p_key like 'shipment:%' and ledger.is_carried_by(p_org_id, p_key, l.id)
    )
    union all
    select l.id, l.kind, l.code, l.sub_org_id, not l.holds_stock from catalog.location as l
    where l.org_id = p_org_id and l.code = p_code
        and tenancy.reaches(p_sub_org_ids, l.sub_org_id, not l.holds_stock)
    limit 1
$$;

-- A repeat means the same when its hash does, and its note. Whoever repeats a note commits to it as it is recorded, or
-- is told of a mismatch and looks: the salt is in the envelope, which opens outside alone. A note that was erased since
-- is taken as said. PL/pgSQL, so that what repeats nothing does not begin it.
create or replace function ledger.is_same(
    p_org_id uuid, asked ledger.intake, p_hash bytea, p_movement_id uuid, p_decided_hash bytea, p_commitment bytea
) returns boolean
language plpgsql stable as $$
begin
    return p_hash = p_decided_hash and case
        when p_commitment is null or asked.note_commitment is null
            then p_commitment is null and asked.note_commitment is null
        when p_commitment = asked.note_commitment then true
        else not exists (
            select from ledger.movement_note as n where n.org_id = p_org_id and n.movement_id = p_movement_id
        )
    end;
end
$$;

-- A lot or a serial that a request names wrongly: perhaps it was named rightly once, by the code or the tracking of
-- then. Both are the whole organisation's, so that nobody learns of what they do not reach.
create or replace function ledger.names_part_wrongly(p_problem jsonb) returns boolean
language sql immutable parallel safe as $$
    select coalesce(p_problem #>> '{errors,0,pointer}' in ('/lot', '/serial'), false)
$$;

-- The outcome that stands before the balances are looked at: the request cannot be decided, by what its credential
-- reaches today, or the key was decided before, as a movement, a refusal or a record created, for ever, or it lacks an
-- approval or a unit. What names a lot or a serial that it is not by now is no repeat, and never reads as if its key
-- were free. No row when the key is free and nothing lacks.
create or replace function ledger.earlier(
    p_org_id uuid, asked ledger.intake, p_hash bytea, p_problem jsonb, p_lacking jsonb
) returns setof ledger.outcome
language sql stable parallel safe as $$
    select asked.ord, 'invalid', false, p_problem, null::bigint
    where p_problem is not null and not ledger.names_part_wrongly(p_problem)
    union all
    select
        asked.ord,
        case
            when p_problem is not null then 'mismatch'
            when not ledger.is_same(p_org_id, asked, p_hash, m.id, m.request_hash, m.note_commitment) then 'mismatch'
            else 'posted'
        end, true, null, m.log_index
    from ledger.movement as m
    where m.org_id = p_org_id and m.idempotency_key = asked.idempotency_key
    union all
    select
        asked.ord, case when p_problem is null and d.request_hash = p_hash then 'refused' else 'mismatch' end, true,
        d.problem, null
    from ledger.decision as d
    where d.org_id = p_org_id and d.idempotency_key = asked.idempotency_key
    union all
    select asked.ord, 'invalid', false, coalesce(p_problem, p_lacking), null
    where p_problem is not null or p_lacking is not null
    limit 1
$$;

-- What is wrong with a unit or with what a quantity in it comes to, or null.
create or replace function ledger.unit_problem(p_quantity numeric, p_stated_unit text) returns jsonb
language sql immutable parallel safe as $$
    select case
        when p_quantity is null and p_stated_unit is not null then ledger.field_problem(
            '/unit', 'invalid-field', 'The item is counted in another unit, and has no pack of this one.')
        when p_quantity = 'NaN' then '{"code": "quantity-not-exact", "pointer": "/quantity"}'::jsonb
    end
$$;

-- What a request lacks beyond itself, or null: a unit that the item has, or an approval. It decides nothing, and a key
-- that was decided before stays so, also when the pack has ended since. What is not exact is refused, approved or not.
create or replace function ledger.lacking(
    p_org_id uuid, asked ledger.intake, p_quantity numeric, p_stated_unit text, p_hash bytea
) returns jsonb
language plpgsql stable as $$
begin
    return case
        when p_quantity is null then ledger.unit_problem(p_quantity, p_stated_unit)
        when p_quantity < 'NaN' then ledger.unapproved(p_org_id, asked, p_quantity, p_hash)
    end;
end
$$;

-- What an answer shows, with the codes of lot and serial.
create or replace function ledger.shown_with_part(shown ledger.display, part ledger.part) returns ledger.display
language plpgsql immutable as $$
begin
    shown.lot_code := part.lot_code;
    shown.serial_code := part.serial_code;
    return shown;
end
$$;
