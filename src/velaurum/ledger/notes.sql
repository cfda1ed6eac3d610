-- name: subject
-- Whose data a note of this principal is: a person's own. A service or a process is nobody's data.
select p.id
from identity.principal as p
where p.org_id = %(org_id)s and p.id = %(id)s and p.kind = 'user';

-- name: recorded
-- The notes of movements that decided these keys, as far as they were not erased.
-- cross-sub-org: who repeats a key is judged by the posting routine; this tells nobody but the sealing of the repeat.
select m.idempotency_key, m.note_commitment as commitment, m.actor_id, p.kind as actor_kind, n.salt, n.sealed
from ledger.movement as m
inner join ledger.movement_note as n on m.org_id = n.org_id and m.id = n.movement_id
inner join identity.principal as p on m.org_id = p.org_id and m.actor_id = p.id
where m.org_id = %(org_id)s and m.idempotency_key = any(%(keys)s);

-- name: stale
-- Notes under these data keys, and those from before notes were sealed: behind a zero byte, salt and text.
-- cross-sub-org: the keys are the whole organisation's; what is sealed is shown to nobody.
select
    n.movement_id as row_id, case when p.kind = 'user' then m.actor_id end as subject_id,
    coalesce(n.sealed, '\x00'::bytea || n.salt || convert_to(n.note, 'UTF8')) as sealed, m.idempotency_key as owner_id
from ledger.movement_note as n
inner join ledger.movement as m on n.movement_id = m.id
inner join identity.principal as p on m.actor_id = p.id
where n.org_id = %(org_id)s and m.org_id = %(org_id)s and p.org_id = %(org_id)s
    and n.movement_id > %(after)s::uuid
    and (n.sealed is null or keys.key_id(n.sealed) = any(%(key_ids)s::uuid[]))
order by n.movement_id
limit %(limit)s;

-- name: seal
-- False where it was sealed, or erased, by somebody else meanwhile.
select was_sealed
from ledger.seal_note(%(org_id)s, %(movement_id)s, %(before)s, %(sealed)s) as was_sealed;
