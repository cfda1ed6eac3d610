create schema identity;

-- Whoever can act: a person, a service account or a named process. Never deleted, so that every row keeps its actor.
create table identity.principal (
    org_id uuid not null references tenancy.org (org_id),
    id uuid not null,
    kind text not null check (kind in ('user', 'service', 'process')),
    name text not null check (char_length(name) between 1 and 120),
    created_at timestamptz not null default clock_timestamp(),
    created_by uuid not null,
    primary key (org_id, id),
    foreign key (org_id, created_by) references identity.principal (org_id, id)
);

-- Bearer tokens: the secret itself is never stored, only its SHA-256.
create table identity.token (
    org_id uuid not null,
    id uuid not null,
    principal_id uuid not null,
    role text not null check (role in ('org-admin', 'storekeeper', 'controller', 'auditor', 'integration')),
    secret_hash bytea not null check (octet_length(secret_hash) = 32),
    created_at timestamptz not null default clock_timestamp(),
    created_by uuid not null,
    expires_at timestamptz not null check (expires_at > created_at),
    revoked_at timestamptz,
    revoked_by uuid,
    primary key (org_id, id),
    foreign key (org_id, principal_id) references identity.principal (org_id, id),
    foreign key (org_id, created_by) references identity.principal (org_id, id),
    foreign key (org_id, revoked_by) references identity.principal (org_id, id),
    check ((revoked_at is null) = (revoked_by is null))
);
