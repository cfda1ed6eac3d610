-- Signing in without a provider: invitations, passwords, a second factor and what takes its place, and the failures.

-- An invitation lets one person set a password, once and in time. Its secret is shown to who made it; here is its
-- SHA-256. login is what the person types to say who they are: unique among those who can sign in with it.
create table identity.invitation (
    org_id uuid not null,
    id uuid not null,
    principal_id uuid not null,
    login text not null,
    secret_hash bytea not null check (octet_length(secret_hash) = 32),
    created_at timestamptz not null default clock_timestamp(),
    created_by uuid not null,
    expires_at timestamptz not null,
    redeemed_at timestamptz,
    revoked_at timestamptz,
    revoked_by uuid,
    primary key (org_id, id),
    foreign key (org_id, principal_id) references identity.principal (org_id, id),
    foreign key (org_id, created_by) references identity.principal (org_id, id),
    foreign key (org_id, revoked_by) references identity.principal (org_id, id),
    constraint invitation_login_check check (login ~ '^[a-z0-9]([a-z0-9._@+-]{0,126}[a-z0-9])?$'),
    constraint invitation_other_hand_check check (created_by <> principal_id),
    constraint invitation_life_check check (
        expires_at > created_at and expires_at <= created_at + interval '7 days'
    ),
    check ((revoked_at is null) = (revoked_by is null)),
    check (redeemed_at is null or revoked_at is null)
);
create unique index invitation_living_key on identity.invitation (org_id, principal_id)
where redeemed_at is null and revoked_at is null;
create unique index invitation_login_key on identity.invitation (org_id, login)
where redeemed_at is null and revoked_at is null;
alter table identity.invitation alter column org_id set (n_distinct = 2);

-- A password is its person's own. phc is what Argon2id made of it, and goes with the password. Who invited the person
-- goes along from one password to the next: they could have been the first to set one.
create table identity.password (
    org_id uuid not null,
    id uuid not null,
    principal_id uuid not null,
    login text not null,
    phc bytea check (octet_length(phc) between 32 and 512),
    invitation_id uuid not null,
    created_at timestamptz not null default clock_timestamp(),
    created_by uuid not null,
    revoked_at timestamptz,
    revoked_by uuid,
    primary key (org_id, id),
    foreign key (org_id, principal_id) references identity.principal (org_id, id),
    foreign key (org_id, invitation_id) references identity.invitation (org_id, id),
    foreign key (org_id, created_by) references identity.principal (org_id, id),
    foreign key (org_id, revoked_by) references identity.principal (org_id, id),
    constraint password_own_check check (created_by = principal_id),
    constraint password_kept_check check ((phc is null) = (revoked_at is not null)),
    check ((revoked_at is null) = (revoked_by is null))
);
create unique index password_living_key on identity.password (org_id, principal_id) where revoked_at is null;
create unique index password_login_key on identity.password (org_id, login) where revoked_at is null;
create index password_principal_idx on identity.password (org_id, principal_id);
alter table identity.password alter column org_id set (n_distinct = 2);

-- A second factor: codes by time (RFC 6238). Its secret is sealed with a key of the data directory, and goes with it.
-- last_step is the latest step whose code was used: no step is used twice, and none before it.
create table identity.second_factor (
    org_id uuid not null,
    id uuid not null,
    principal_id uuid not null,
    sealed bytea check (octet_length(sealed) between 32 and 512),
    last_step bigint not null default 0 check (last_step >= 0),
    created_at timestamptz not null default clock_timestamp(),
    created_by uuid not null,
    confirmed_at timestamptz,
    revoked_at timestamptz,
    revoked_by uuid,
    primary key (org_id, id),
    foreign key (org_id, principal_id) references identity.principal (org_id, id),
    foreign key (org_id, created_by) references identity.principal (org_id, id),
    foreign key (org_id, revoked_by) references identity.principal (org_id, id),
    constraint second_factor_own_check check (created_by = principal_id),
    constraint second_factor_kept_check check ((sealed is null) = (revoked_at is not null)),
    check ((revoked_at is null) = (revoked_by is null))
);
create unique index second_factor_living_key on identity.second_factor (org_id, principal_id)
where revoked_at is null and confirmed_at is not null;
create unique index second_factor_waiting_key on identity.second_factor (org_id, principal_id)
where revoked_at is null and confirmed_at is null;
alter table identity.second_factor alter column org_id set (n_distinct = 2);

-- What stands in for a second factor that was lost, once each. 120 random bits need no slow hash.
create table identity.recovery_code (
    org_id uuid not null,
    id uuid not null,
    second_factor_id uuid not null,
    code_hash bytea not null check (octet_length(code_hash) = 32),
    created_at timestamptz not null default clock_timestamp(),
    created_by uuid not null,
    used_at timestamptz,
    revoked_at timestamptz,
    primary key (org_id, id),
    unique (org_id, second_factor_id, code_hash),
    foreign key (org_id, second_factor_id) references identity.second_factor (org_id, id),
    foreign key (org_id, created_by) references identity.principal (org_id, id),
    check (used_at is null or revoked_at is null)
);
alter table identity.recovery_code alter column org_id set (n_distinct = 2);

-- Sign-ins that failed, counted by what somebody typed as their login, by address, and by the person whose second
-- factor was guessed at. Neither is here: key_hash is made with a key of the data directory. Each failure is owed for a
-- while, so that owed_until says how many there are.
create table identity.sign_in_failure (
    org_id uuid not null,
    key_hash bytea not null check (octet_length(key_hash) = 32),
    kind text not null check (kind in ('login', 'address', 'second-factor')),
    owed_until timestamptz not null,
    blocked_until timestamptz not null,
    primary key (org_id, key_hash)
);
create index sign_in_failure_owed_until_idx on identity.sign_in_failure (org_id, owed_until);
alter table identity.sign_in_failure alter column org_id set (n_distinct = 2);

-- A claim makes whoever has it the installation's first administrator, once and in time. A server that starts where
-- there is none prints one; here is its SHA-256.
create table platform.claim (
    id uuid not null primary key,
    secret_hash bytea not null check (octet_length(secret_hash) = 32),
    created_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null,
    used_at timestamptz,
    constraint claim_life_check check (expires_at > created_at and expires_at <= created_at + interval '30 minutes')
);
