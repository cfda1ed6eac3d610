-- Subscribers of the log inside the product, and what they took of messages that may come more than once.

-- Let a subscriber begin behind an index. One that is there goes on where it is.
create or replace function events.subscribe(p_org_id uuid, p_name text, p_after_index bigint) returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp as $$
    insert into events.subscriber (org_id, name, after_index) values (p_org_id, p_name, p_after_index)
    on conflict (org_id, name) do nothing
$$;

-- Take a subscriber's turn until the transaction ends, and return behind which index it reads. No row while somebody
-- else has it, nor where it never began.
create or replace function events.claim(p_org_id uuid, p_name text) returns table (after_index bigint)
language plpgsql volatile security definer rows 1
set search_path = pg_catalog, pg_temp as $$
begin
    return query
    select s.after_index from events.subscriber as s where s.org_id = p_org_id and s.name = p_name
    for update skip locked;
end
$$;

-- Move a subscriber on from where it was, within the log. False where it is not there, or there is no such place.
create or replace function events.advance(p_org_id uuid, p_name text, p_from bigint, p_to bigint) returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp as $$
begin
    update events.subscriber as s set after_index = p_to, advanced_at = clock_timestamp()
    where s.org_id = p_org_id and s.name = p_name and s.after_index = p_from and p_to > p_from
        and exists (select from ledger.head as h where h.org_id = p_org_id and h.size > p_to);
    return found;
end
$$;

-- Take messages, and return those that are new. Whoever brings one again while that is being decided waits for it; they
-- are taken in one order, so that two never wait for each other.
create or replace function events.take(p_org_id uuid, p_consumer text, p_message_ids text[])
returns table (message_id text)
language sql volatile security definer
set search_path = pg_catalog, pg_temp as $$
    insert into events.inbox (org_id, consumer, message_id)
    select distinct p_org_id, p_consumer, m.message_id from unnest(p_message_ids) as m (message_id)
    order by m.message_id
    on conflict (org_id, consumer, message_id) do nothing
    returning message_id
$$;

-- Whoever writes: a subscriber stays who it is and goes forward alone.
create or replace function events.refuse_going_back() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    if new.org_id <> old.org_id or new.name <> old.name or new.after_index < old.after_index then
        raise exception 'a subscriber goes forward alone' using errcode = 'VL001';
    end if;
    return new;
end
$$;

create or replace trigger subscriber_goes_forward before update on events.subscriber
for each row execute function events.refuse_going_back();
alter table events.subscriber enable always trigger subscriber_goes_forward;
create or replace trigger subscriber_is_never_removed before delete or truncate on events.subscriber
for each statement execute function ledger.refuse_change();
create or replace trigger subscriber_row_is_never_removed before delete on events.subscriber
for each row execute function ledger.refuse_change();
alter table events.subscriber enable always trigger subscriber_is_never_removed;
alter table events.subscriber enable always trigger subscriber_row_is_never_removed;

-- What is old enough may one day be forgotten, never altered.
create or replace trigger inbox_is_never_altered before update or truncate on events.inbox
for each statement execute function ledger.refuse_change();
create or replace trigger inbox_row_is_never_altered before update on events.inbox
for each row execute function ledger.refuse_change();
alter table events.inbox enable always trigger inbox_is_never_altered;
alter table events.inbox enable always trigger inbox_row_is_never_altered;
