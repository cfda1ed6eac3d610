-- name: sealed
-- cross-sub-org: every note of the organisation is looked at.
select
    m.log_index, m.id as record_id, m.idempotency_key, case when p.kind = 'user' then m.actor_id end as subject_id,
    m.note_commitment as commitment, n.sealed
from ledger.movement_note as n
inner join ledger.movement as m on n.movement_id = m.id
inner join identity.principal as p on m.actor_id = p.id
where n.org_id = %(org_id)s and m.org_id = %(org_id)s and p.org_id = %(org_id)s
    and n.sealed is not null and m.log_index > %(after)s
order by m.log_index
limit %(limit)s;
