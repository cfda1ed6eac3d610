-- name: kept
-- What a restricted person wrote is kept here, and carried nowhere.
-- cross-sub-org: for the operator, who carries away the whole organisation's log.
select
    m.log_index, 'note' as name, n.salt, n.note as value, n.sealed, m.idempotency_key as sealed_as,
    case when p.kind = 'user' then m.actor_id end as subject_id, null as subject, null::uuid as record_id
from ledger.movement_note as n
inner join ledger.movement as m on n.movement_id = m.id
inner join identity.principal as p on m.actor_id = p.id
where n.org_id = %(org_id)s and m.org_id = %(org_id)s and p.org_id = %(org_id)s
    and m.log_index >= %(first)s and m.log_index < %(size)s
    and m.actor_id not in (select identity.restricted(%(org_id)s))
union all
select
    v.log_index, p.name, p.salt, p.value, null, null,
    case when p.salt is null then coalesce((c.row_after ->> 'principal_id')::uuid, v.subject_id) end, v.subject,
    v.subject_id
from audit.personal_value as p
inner join audit.version as v on p.change_id = v.change_id
inner join audit.change as c on v.change_id = c.id
where p.org_id = %(org_id)s and v.org_id = %(org_id)s and c.org_id = %(org_id)s
    and v.log_index >= %(first)s and v.log_index < %(size)s
order by log_index, name;

-- name: of_versions
-- cross-sub-org: for who carries away the whole organisation.
select
    v.log_index, p.name, p.salt, p.value, null::bytea as sealed, null as sealed_as,
    case when p.salt is null then coalesce((c.row_after ->> 'principal_id')::uuid, v.subject_id) end as subject_id,
    v.subject, v.subject_id as record_id
from audit.personal_value as p
inner join audit.version as v on p.change_id = v.change_id
inner join audit.change as c on v.change_id = c.id
where p.org_id = %(org_id)s and v.org_id = %(org_id)s and c.org_id = %(org_id)s
    and v.log_index = any(%(indexes)s::bigint[])
order by v.log_index, p.name;
