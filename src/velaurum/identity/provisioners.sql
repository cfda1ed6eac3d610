-- name: is_service
select p.kind = 'service' as is_service
from identity.principal as p
where p.org_id = %(org_id)s and p.id = %(actor_id)s;
