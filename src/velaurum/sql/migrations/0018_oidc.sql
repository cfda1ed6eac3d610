-- Providers: who vouches for an organisation's people (OpenID Connect). No secret is in here: a client proves itself
-- with a key or a secret of the data directory, and a row names it at most.
create table identity.provider (
    org_id uuid not null references tenancy.org (org_id),
    id uuid not null,
    code text not null check (code ~ '^[a-z][a-z0-9-]{1,38}[a-z0-9]$'),
    name text not null check (char_length(name) between 1 and 120),
    kind text not null check (kind in ('generic', 'entra')),
    issuer text not null check (issuer ~ '^https?://[!-~]+$' and char_length(issuer) <= 255),
    client_id text not null check (client_id ~ '^[!-~]{1,255}$'),
    client_auth text not null check (client_auth in ('none', 'private-key', 'secret-file')),
    client_secret text check (client_secret ~ '^file:[a-z0-9][a-z0-9._-]{0,62}$'),
    tenant_ids text[] not null,
    version bigint not null default 1 check (version > 0),
    created_at timestamptz not null default clock_timestamp(),
    created_by uuid not null,
    updated_at timestamptz not null default clock_timestamp(),
    updated_by uuid not null,
    disabled_at timestamptz,
    disabled_by uuid,
    primary key (org_id, id),
    unique (org_id, code),
    foreign key (org_id, created_by) references identity.principal (org_id, id),
    foreign key (org_id, updated_by) references identity.principal (org_id, id),
    foreign key (org_id, disabled_by) references identity.principal (org_id, id),
    constraint provider_secret_check check ((client_auth = 'secret-file') = (client_secret is not null)),
    -- Entra serves every tenant there is: who is let in is said here, and nowhere else.
    constraint provider_tenants_check check (
        array_position(tenant_ids, null) is null and (kind = 'entra') = (cardinality(tenant_ids) > 0)
    ),
    check ((disabled_at is null) = (disabled_by is null))
);
alter table identity.provider alter column org_id set (n_distinct = 2);

-- Who somebody is to a provider, linked by hand to a person here. A subject stands for one person at a time.
create table identity.provider_subject (
    org_id uuid not null,
    id uuid not null,
    provider_id uuid not null,
    subject text not null check (char_length(subject) between 1 and 255),
    principal_id uuid not null,
    created_at timestamptz not null default clock_timestamp(),
    created_by uuid not null,
    removed_at timestamptz,
    removed_by uuid,
    primary key (org_id, id),
    foreign key (org_id, provider_id) references identity.provider (org_id, id),
    foreign key (org_id, principal_id) references identity.principal (org_id, id),
    foreign key (org_id, created_by) references identity.principal (org_id, id),
    foreign key (org_id, removed_by) references identity.principal (org_id, id),
    check ((removed_at is null) = (removed_by is null))
);
create unique index provider_subject_living_key on identity.provider_subject (org_id, provider_id, subject)
where removed_at is null;
create index provider_subject_principal_idx on identity.provider_subject (org_id, principal_id);
alter table identity.provider_subject alter column org_id set (n_distinct = 2);

-- A sign-in that was begun: the browser has the secret, here is its SHA-256. It is used once, or never.
create table identity.sign_in (
    org_id uuid not null,
    id uuid not null,
    provider_id uuid not null,
    secret_hash bytea not null check (octet_length(secret_hash) = 32),
    return_to text not null check (return_to ~ '^/[!-~]*$' and char_length(return_to) <= 500),
    created_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null,
    used_at timestamptz,
    primary key (org_id, id),
    foreign key (org_id, provider_id) references identity.provider (org_id, id),
    constraint sign_in_life_check check (
        expires_at > created_at and expires_at <= created_at + interval '10 minutes'
    )
);
create index sign_in_expiry_idx on identity.sign_in (org_id, expires_at);
alter table identity.sign_in alter column org_id set (n_distinct = 2);
