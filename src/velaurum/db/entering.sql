-- name: enter
-- cross-sub-org: finds out which departments the credential reaches.
select e.org_id, e.sub_org_ids
from tenancy.enter(%(org_id)s, %(credential_id)s, %(permission)s) as e;

-- name: enter_installation
select e.org_id
from tenancy.enter_installation(%(org_id)s) as e;
