-- Lines of counts: what people found. A batch is recorded whole or not at all.

-- The lines of a request with their references looked up, and what is wrong with each. A line of a key that the count
-- knows is a repeat where the same person says the same. A line is as of the log now, or as of a size since the count
-- was opened.
create or replace function counting.resolved_lines(
    p_org_id uuid, p_count_id uuid, p_item_id uuid, p_from_size bigint, p_size bigint, p_actor_id uuid,
    p_rows jsonb
) returns table (
    asked counting.line_intake, item_id uuid, part ledger.part, status text, known integer, problem jsonb
)
language sql stable as $$
    select
        q, i.id, p, nullif(q.status, 'available'), k.number,
        case
            when k.number is not null then case
                when (i.id, q.quantity, coalesce(q.at_size, k.at_size), p_actor_id)
                    is distinct from (k.item_id, k.quantity, k.at_size, k.actor_id)
                    or ((p).lot_id, (p).serial_id) is distinct from (k.lot_id, k.serial_id)
                    or nullif(q.status, 'available') is distinct from k.status
                    then '{"code": "idempotency-key-reused"}'::jsonb
            end
            when i.id is null or i.id <> p_item_id
                then ledger.field_problem('/item', 'unknown-reference', 'The count is of no such item.')
            when q.quantity < 0 or q.quantity >= 'Infinity' or scale(trim_scale(q.quantity)) > 9
                then ledger.field_problem(
                    '/quantity', 'invalid-field', 'A counted quantity is zero or more, with 9 decimals at most.')
            when q.status not in ('available', 'quarantine', 'blocked', 'damaged')
                then ledger.field_problem('/status', 'invalid-field', 'There is no such status.')
            when q.at_size < p_from_size or q.at_size > p_size
                then ledger.field_problem('/at_size', 'invalid-field', concat(
                    'The log had ', p_from_size, ' entries when the count was opened, and has ', p_size, '.'))
            else ledger.part_problem(
                jsonb_populate_record(null::ledger.intake, to_jsonb(q)), i.tracking, p,
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
        on k.org_id = p_org_id and k.count_id = p_count_id and k.idempotency_key = q.idempotency_key
$$;

-- The wall of the open count: what was finished is what was approved, whoever writes.
create or replace function counting.refuse_late_line() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    of_org_id uuid := new.org_id;
begin
    perform from counting.count as c where c.org_id = of_org_id and c.id = new.count_id and c.state = 'open' for share;
    if not found then
        raise exception 'a count takes lines while it is open' using errcode = 'VL070';
    end if;
    return new;
end
$$;

create or replace trigger count_line_is_of_an_open_count before insert on counting.count_line
for each row execute function counting.refuse_late_line();
alter table counting.count_line enable always trigger count_line_is_of_an_open_count;

-- Record one line. The round is the newest of the stock key where the same person counted in it, or one who made the
-- credential of the other, or else the next.
create or replace function counting.record_line(
    p_org_id uuid, p_count_id uuid, p_location_id uuid, asked counting.line_intake, p_item_id uuid, part ledger.part,
    p_status text, p_size bigint, p_actor_id uuid, p_credential_id uuid, p_request_id uuid
) returns void
language plpgsql as $$
declare
    asked_key text := counting.stock_key(p_count_id, coalesce(part.lot_id, part.serial_id, p_item_id), p_status);
    last_one integer;
    last_round integer;
    is_own boolean;
begin
    select coalesce(max(l.number), 0) into last_one
    from counting.count_line as l where l.org_id = p_org_id and l.count_id = p_count_id;
    select coalesce(max(l.round), 0) into last_round
    from counting.count_line as l where l.org_id = p_org_id and l.stock_key = asked_key;
    is_own := exists (
        select from counting.count_line as l
        where l.org_id = p_org_id and l.stock_key = asked_key and l.round = last_round and (
            l.actor_id = p_actor_id or ledger.is_of_one_hand(p_org_id, p_actor_id, l.credential_id)
            or ledger.is_of_one_hand(p_org_id, l.actor_id, p_credential_id)
        )
    );
    insert into counting.count_line (
        org_id, count_id, number, location_id, item_id, lot_id, serial_id, status, quantity, round, at_size,
        idempotency_key, actor_id, credential_id, request_id
    ) values (
        p_org_id, p_count_id, last_one + 1, p_location_id, p_item_id, part.lot_id, part.serial_id, p_status,
        asked.quantity, last_round + case when is_own then 0 else 1 end, coalesce(asked.at_size, p_size),
        asked.idempotency_key, p_actor_id, p_credential_id, p_request_id
    );
end
$$;

-- Record the lines of p_rows (an array of counting.line_intake, numbered from 1), all or none: with a problem anywhere
-- nothing is recorded. A line of a known key is the line that it was. Who may find out what there is does not count
-- blind, with whatever credential: by reading, by what a posting answers, by an export, by rights they give themselves.
create or replace function counting.add_lines(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_rows jsonb
) returns table (ord integer, problem jsonb)
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    c counting.count := counting.locked(p_org_id, p_actor_id, p_credential_id, p_request_id, p_id);
    size bigint := (select h.size from ledger.head as h where h.org_id = p_org_id);
    q record;
    is_refused boolean := false;
begin
    if c.is_blind and exists (
        select from unnest(array['read', 'post', 'read-assurance', 'manage-identity']) as x (permission)
        where identity.may_anyhow(p_org_id, p_actor_id, x.permission)
    ) then
        raise exception 'who reads stock does not count blind' using errcode = 'VL073';
    end if;
    for q in
        select x.asked, x.known, x.problem
        from counting.resolved_lines(
            p_org_id, p_id, c.item_id, c.opened_at_size, size, p_actor_id, p_rows) as x
    loop
        if q.known is null and c.state <> 'open' then
            raise exception 'a count that is % takes no line', c.state using errcode = 'VL070';
        end if;
        if q.problem is not null then
            ord := (q.asked).ord;
            problem := q.problem;
            is_refused := true;
            return next;
        end if;
    end loop;
    if is_refused then
        return;
    end if;
    for q in
        select x.asked, x.item_id, x.part, x.status
        from counting.resolved_lines(
            p_org_id, p_id, c.item_id, c.opened_at_size, size, p_actor_id, p_rows) as x
        where x.known is null order by (x.asked).ord
    loop
        perform counting.record_line(
            p_org_id, p_id, c.location_id, q.asked, q.item_id, q.part, q.status, size, p_actor_id, p_credential_id,
            p_request_id);
    end loop;
end
$$;

select audit.record_changes('counting.count_line', 'count-line', '{count_id,number}', '{}', '{}', '');
