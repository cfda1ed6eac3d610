-- The roles that every organisation is born with.
create or replace function identity.seed_roles(p_org_id uuid, p_actor_id uuid) returns void
language sql as $$
    insert into identity.role (org_id, code, name, permissions, is_seeded, created_by, updated_by)
    select p_org_id, r.code, r.name, r.permissions, true, p_actor_id, p_actor_id
    from (
        values
        ('org-admin', 'Organisation administrator', array['read', 'manage-catalog', 'manage-identity', 'read-assurance']),
        ('controller', 'Inventory controller', array['read', 'post', 'approve']),
        ('storekeeper', 'Storekeeper', array['read', 'post']),
        ('integration', 'Integration', array['read', 'post']),
        ('auditor', 'Auditor', array['read', 'read-assurance'])
    ) as r (code, name, permissions)
$$;
