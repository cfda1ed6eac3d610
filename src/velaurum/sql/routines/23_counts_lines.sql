-- Lines of counts: what people found. A batch is recorded whole or not at all.

-- The lines of a request with their references looked up, and what is wrong with each. A line of a key that the count
-- knows is a repeat. A line is as of the log now, or as of a size since the count was opened.
create or replace function counting.resolved_lines(p_org_id uuid, c counting.count, p_size bigint, p_rows jsonb)
returns table (
    asked counting.line_intake, item_id uuid, part ledger.part, status text, at_size bigint,
    known counting.count_line, problem jsonb
)
language sql stable as $$
    select
        q, i.id, p, nullif(q.status, 'available'), coalesce(q.at_size, p_size), k,
        case
            when i.id is null or c.item_id <> i.id
                then ledger.field_problem('/item', 'unknown-reference', 'The count is of no such item.')
            when q.quantity < 0 or q.quantity >= 'Infinity' or scale(trim_scale(q.quantity)) > 9
                then ledger.field_problem(
                    '/quantity', 'invalid-field', 'A counted quantity is zero or more, with 9 decimals at most.')
            when q.status not in ('available', 'quarantine', 'blocked', 'damaged')
                then ledger.field_problem('/status', 'invalid-field', 'There is no such status.')
            when q.at_size not between c.opened_at_size and p_size
                then ledger.field_problem('/at_size', 'invalid-field', format(
                    'The log had %s entries when the count was opened, and has %s.', c.opened_at_size, p_size))
            else ledger.part_problem(
                jsonb_populate_record(null::ledger.intake, to_jsonb(q) - 'ord'), i.tracking, p,
                case when q.quantity = 0 then 1 else q.quantity end)
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
    left join counting.count_line as k
        on k.org_id = p_org_id and k.count_id = c.id and k.idempotency_key = q.idempotency_key
$$;

-- Record one line, if its key is new to the count. The round is the newest of the stock key where the same person
-- counted in it, or else the next.
create or replace function counting.record_line(
    c counting.count, asked counting.line_intake, p_item_id uuid, part ledger.part, p_status text, p_at_size bigint,
    p_actor_id uuid, p_credential_id uuid, p_request_id uuid
) returns counting.count_line
language plpgsql as $$
declare
    l counting.count_line;
begin
    l.org_id := c.org_id;
    l.count_id := c.id;
    l.location_id := c.location_id;
    l.item_id := p_item_id;
    l.lot_id := part.lot_id;
    l.serial_id := part.serial_id;
    l.status := p_status;
    l.quantity := asked.quantity;
    l.at_size := p_at_size;
    l.idempotency_key := asked.idempotency_key;
    l.actor_id := p_actor_id;
    l.credential_id := p_credential_id;
    l.request_id := p_request_id;
    l.recorded_at := clock_timestamp();
    select coalesce(max(x.number), 0) + 1 into l.number
    from counting.count_line as x where x.org_id = l.org_id and x.count_id = l.count_id;
    select coalesce(max(x.round) filter (where x.actor_id = p_actor_id and x.round = m.last), m.last + 1, 1)
    into l.round
    from (select max(y.round) as last from counting.lines_beside(l) as y) as m
    left join lateral counting.lines_beside(l) as x on true
    group by m.last;
    insert into counting.count_line select l.*;
    return l;
end
$$;

-- Whether a line says what was said with its key before.
create or replace function counting.is_same_line(
    known counting.count_line, asked counting.line_intake, p_item_id uuid, part ledger.part, p_status text
) returns boolean
language sql immutable parallel safe as $$
    select known.item_id = p_item_id and known.lot_id is not distinct from part.lot_id
        and known.serial_id is not distinct from part.serial_id and known.status is not distinct from p_status
        and known.quantity = asked.quantity and (asked.at_size is null or known.at_size = asked.at_size)
$$;

-- Who may read stock does not count blind, with whatever credential.
create or replace function counting.refuse_sight(c counting.count, p_actor_id uuid) returns void
language plpgsql stable as $$
begin
    if c.is_blind and identity.may_anyhow(c.org_id, p_actor_id, 'read') then
        raise exception 'who reads stock does not count blind' using errcode = 'VL073';
    end if;
end
$$;

-- Record the lines of p_rows (an array of counting.line_intake, numbered from 1), all or none: with a problem anywhere
-- nothing is recorded. A line of a known key is the line that it was.
create or replace function counting.add_lines(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_rows jsonb
) returns table (ord integer, number integer, replayed boolean, problem jsonb)
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    c counting.count := counting.locked(p_org_id, p_actor_id, p_credential_id, p_request_id, p_id);
    size bigint := (select h.size from ledger.head as h where h.org_id = p_org_id);
    q record;
    has_problem boolean := false;
begin
    perform counting.refuse_sight(c, p_actor_id);
    for q in select * from counting.resolved_lines(p_org_id, c, size, p_rows) as x order by (x.asked).ord loop
        ord := (q.asked).ord;
        number := (q.known).number;
        replayed := number is not null;
        problem := case
            when number is null then q.problem
            when counting.is_same_line(q.known, q.asked, q.item_id, q.part, q.status) is not true
                then '{"code": "idempotency-key-reused"}'
        end;
        has_problem := has_problem or problem is not null;
        return next;
        if number is null and c.state <> 'open' then
            raise exception 'a count that is % takes no line', c.state using errcode = 'VL070';
        end if;
    end loop;
    if has_problem then
        return;
    end if;
    for q in select * from counting.resolved_lines(p_org_id, c, size, p_rows) as x order by (x.asked).ord loop
        if (q.known).number is null then
            perform counting.record_line(
                c, q.asked, q.item_id, q.part, q.status, q.at_size, p_actor_id, p_credential_id, p_request_id);
        end if;
    end loop;
end
$$;

select audit.record_changes('counting.count_line', 'count-line', '{count_id,number}', '{}', '{}', '');
