-- The posting of a count: what it comes to, line by line, under keys that nothing else is decided under.

-- What is to be posted of a count, or of one line: a row of ledger.intake without who asks, and its meaning. The key is
-- of the count and the line, so that a repeat posts nothing twice.
create or replace function counting.adjustments(p_org_id uuid, p_count_id uuid, p_number integer)
returns table (number integer, asked jsonb, request_hash bytea)
language sql stable as $$
    select s.number, a.asked, ledger.request_hash(
        jsonb_populate_record(null::ledger.intake, a.asked), s.item_id, abs(s.variance),
        (a.asked ->> 'source_id')::uuid, (a.asked ->> 'target_id')::uuid, null, null, s.lot_id, s.serial_id,
        a.asked ->> 'source_status', a.asked ->> 'target_status')
    from counting.count as c
    inner join catalog.location as x on x.org_id = p_org_id and x.code = 'ADJUSTMENT'
    cross join lateral counting.standing(p_org_id, p_count_id, p_number) as s
    cross join lateral (
        select jsonb_build_object(
            'idempotency_key', concat('count:', c.id, ':', s.number), 'kind', 'adjustment', 'item_id', s.item_id,
            'quantity', trim_scale(abs(s.variance))::text, 'lot_id', s.lot_id, 'serial_id', s.serial_id,
            'reason', 'count ' || c.code, 'reference', c.code,
            'source_id', case when s.variance < 0 then s.location_id else x.id end,
            'target_id', case when s.variance < 0 then x.id else s.location_id end,
            'source_status', case when s.variance < 0 then s.status end,
            'target_status', case when s.variance > 0 then s.status end
        ) as asked
    ) as a
    where c.org_id = p_org_id and c.id = p_count_id and s.variance <> 0
$$;

-- The count that a key of this form is of, where this transaction is posting it; null of any other key.
create or replace function counting.posting(p_org_id uuid, p_key text) returns uuid
language plpgsql stable as $$
begin
    if p_key !~ '^count:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:[1-9][0-9]{0,8}$' then
        return null;
    end if;
    return (
        select c.id from counting.count as c
        where c.org_id = p_org_id and c.id = split_part(p_key, ':', 2)::uuid
            and c.posting_xid = pg_current_xact_id()
    );
end
$$;

-- The wall around keys of counts: nothing else is decided under one, and none of them outside the posting of its count.
create or replace function counting.refuse_key_of_count() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    of_org_id uuid := new.org_id;
begin
    if counting.posting(of_org_id, new.idempotency_key) is null then
        raise exception 'a key of a count is used by its posting alone' using errcode = 'VL074';
    end if;
    return new;
end
$$;

create or replace trigger movement_key_is_of_no_count before insert on ledger.movement
for each row when (new.idempotency_key like 'count:%') execute function counting.refuse_key_of_count();
alter table ledger.movement enable always trigger movement_key_is_of_no_count;
create or replace trigger decision_key_is_of_no_count before insert on ledger.decision
for each row when (new.idempotency_key like 'count:%') execute function counting.refuse_key_of_count();
alter table ledger.decision enable always trigger decision_key_is_of_no_count;

-- Whether an approved count stands for a movement that a rule wants an approval of: this transaction posts the count,
-- it is what the newest line of a stock key comes to, to the last member, and who posts it is another hand than who
-- approved.
create or replace function counting.vouches(
    p_org_id uuid, p_key text, p_hash bytea, p_actor_id uuid, p_credential_id uuid
) returns boolean
language plpgsql stable as $$
declare
    of_id uuid := counting.posting(p_org_id, p_key);
begin
    return of_id is not null and exists (
        select from counting.count as c
        cross join lateral counting.adjustments(p_org_id, of_id, split_part(p_key, ':', 3)::integer) as a
        where c.org_id = p_org_id and c.id = of_id and a.request_hash = p_hash
            and c.approved_by <> p_actor_id
            and not ledger.is_of_one_hand(p_org_id, c.approved_by, p_credential_id)
            and not ledger.is_of_one_hand(p_org_id, p_actor_id, c.approved_with)
    );
end
$$;

-- Post these rows in calls of a thousand, all of them or none. Returns what refuses: then nothing of this call stands,
-- and no key is decided, so that the same rows can be posted later.
create or replace function counting.post_rows(p_org_id uuid, p_rows jsonb[]) returns jsonb
language plpgsql as $$
declare
    refused jsonb[] := '{}';
    done integer := 0;
    told text;
begin
    while done < cardinality(p_rows) loop
        refused := refused || array(
            select jsonb_build_object(
                'line', p_rows[done + p.ord] -> 'line', 'available', p.problem -> 'available',
                'code', coalesce(p.problem ->> 'code', 'idempotency-key-reused'))
            from ledger.post_movements(p_org_id, to_jsonb(array(
                select x.asked || jsonb_build_object('ord', x.n - done)
                from unnest(p_rows) with ordinality as x (asked, n)
                where x.n > done and x.n <= done + 1000 order by x.n
            )), true) as p
            where p.status not in ('posted', 'undecided') order by p.ord
        );
        done := done + 1000;
    end loop;
    if cardinality(refused) > 0 then
        raise exception 'what the count comes to is not posted'
            using errcode = 'VL072', detail = to_jsonb(refused)::text;
    end if;
    return null;
exception when sqlstate 'VL072' then
    get stacked diagnostics told := pg_exception_detail;
    return told::jsonb;
end
$$;

-- What of a count would adjust a second time what another count adjusted since it was counted; null where nothing does.
create or replace function counting.adjusted_since(p_org_id uuid, p_count_id uuid) returns jsonb
language sql stable as $$
    select to_jsonb(array_agg(
        jsonb_build_object('line', s.number, 'available', null, 'code', 'conflict') order by s.number))
    from counting.standing(p_org_id, p_count_id, null) as s
    where s.variance <> 0 and exists (
        select from counting.count as c
        cross join lateral counting.newest(
            p_org_id, c.id, coalesce(s.lot_id, s.serial_id, s.item_id), s.status) as newest
        inner join ledger.movement as m on m.idempotency_key = concat('count:', c.id, ':', newest)
        where c.org_id = p_org_id and c.id <> p_count_id and c.location_id = s.location_id and c.state = 'posted'
            and m.org_id = p_org_id and m.log_index >= s.at_size
    )
$$;

-- Post what an approved count comes to; false when that was done before. What refuses is kept on the count, which waits
-- for another try.
create or replace function counting.post_count(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    c counting.count := counting.locked(p_org_id, p_actor_id, p_credential_id, p_request_id, p_id);
    refused jsonb;
begin
    if c.state = 'posted' then
        return false;
    end if;
    if c.state <> 'approved' then
        raise exception 'a count that is % is not posted', c.state using errcode = 'VL070';
    end if;
    update counting.count as x set posting_xid = pg_current_xact_id() where x.org_id = p_org_id and x.id = p_id;
    refused := coalesce(counting.adjusted_since(p_org_id, p_id), counting.post_rows(p_org_id, array(
        select a.asked || jsonb_build_object(
            'line', a.number, 'actor_id', p_actor_id, 'credential_id', p_credential_id, 'request_id', p_request_id)
        from counting.adjustments(p_org_id, p_id, null) as a order by a.number
    )));
    return counting.step(
        p_org_id, p_id, case when refused is null then 'posted' else 'approved' end, p_actor_id, null, null, null,
        refused);
end
$$;
