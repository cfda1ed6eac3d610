-- name: provider
select
    p.id, p.code, p.name, p.kind, p.issuer, p.client_id, p.client_auth, p.client_secret, p.tenant_ids, p.version,
    platform.instant(p.created_at) as created_at, platform.instant(p.updated_at) as updated_at,
    platform.instant(p.disabled_at) as disabled_at
from identity.provider as p
where p.org_id = %(org_id)s and p.disabled_at is null and (p.id = %(id)s or p.code = %(code)s);

-- name: begin
select begun
from identity.begin_sign_in(
    %(org_id)s, %(sign_in_id)s, %(provider_id)s, %(secret_hash)s, %(return_to)s, %(life)s
) as begun;

-- name: find
select s.provider_id, s.secret_hash, s.return_to
from identity.sign_in as s
where s.org_id = %(org_id)s and s.id = %(sign_in_id)s;

-- name: use
select used
from identity.use_sign_in(%(org_id)s, %(sign_in_id)s) as used;

-- name: any_plain
-- Whether the provider vouches for a subject from before, which has no index. Nor has that of who was erased, which is
-- compared with nothing.
select count(*) > 0 as any_plain
from identity.provider_subject as x
where x.org_id = %(org_id)s and x.provider_id = %(provider_id)s and x.removed_at is null and x.subject_index is null
    and not keys.is_sealed_text(x.subject) and x.subject <> identity.erased_text(x.id);

-- name: vouched_for
-- No row when the subject stands for nobody.
select principal_id
from identity.vouched_for(%(org_id)s, %(provider_id)s, %(subject_index)s, %(said)s) as principal_id
where principal_id is not null;
