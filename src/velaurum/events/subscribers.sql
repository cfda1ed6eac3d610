-- name: subscribe
select events.subscribe(%(org_id)s, %(name)s, %(after_index)s) as subscribed;

-- name: claim
select c.after_index
from events.claim(%(org_id)s, %(name)s) as c;

-- name: advance
select events.advance(%(org_id)s, %(name)s, %(from_index)s, %(to_index)s) as is_advanced;

-- name: take
select t.message_id
from events.take(%(org_id)s, %(consumer)s, %(message_ids)s::text[]) as t;

-- name: list_all
-- How far each subscriber has read, and how many entries lie behind that.
select
    s.name, s.after_index, h.size - 1 - s.after_index as behind, platform.instant(s.advanced_at) as advanced_at
from events.subscriber as s
inner join ledger.head as h on s.org_id = h.org_id
where s.org_id = %(org_id)s
order by s.name;
