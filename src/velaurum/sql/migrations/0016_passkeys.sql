-- Passkeys (WebAuthn): the public half of a key that an authenticator keeps for a person, each proven use of it, and
-- the challenges that wait for an answer. Nobody registers a passkey for another: the actor of the row is its person.
create table identity.passkey (
    org_id uuid not null,
    id uuid not null,
    principal_id uuid not null,
    credential_id bytea not null check (octet_length(credential_id) between 16 and 1023),
    public_key bytea not null check (octet_length(public_key) between 32 and 2048),
    transports text[] not null check (cardinality(transports) <= 8),
    name text not null check (char_length(name) between 1 and 120),
    created_at timestamptz not null default clock_timestamp(),
    created_by uuid not null,
    revoked_at timestamptz,
    revoked_by uuid,
    primary key (org_id, id),
    unique (org_id, credential_id),
    foreign key (org_id, principal_id) references identity.principal (org_id, id),
    foreign key (org_id, created_by) references identity.principal (org_id, id),
    foreign key (org_id, revoked_by) references identity.principal (org_id, id),
    constraint passkey_own_check check (created_by = principal_id),
    check ((revoked_at is null) = (revoked_by is null))
);
create index passkey_principal_idx on identity.passkey (org_id, principal_id);
alter table identity.passkey alter column org_id set (n_distinct = 2);

-- One row a proven use, its registration being the first. `regressed`: the authenticator had counted as far before, as
-- a copy of it would have; nobody was signed in. The row of a passkey itself never changes by use.
create table identity.passkey_use (
    org_id uuid not null,
    id uuid not null,
    passkey_id uuid not null,
    outcome text not null check (outcome in ('registered', 'signed-in', 'regressed')),
    sign_count bigint not null check (sign_count between 0 and 4294967295),
    is_backed_up boolean not null,
    created_at timestamptz not null default clock_timestamp(),
    created_by uuid not null,
    primary key (org_id, id),
    foreign key (org_id, passkey_id) references identity.passkey (org_id, id),
    foreign key (org_id, created_by) references identity.principal (org_id, id)
);
create index passkey_use_passkey_idx on identity.passkey_use (org_id, passkey_id, id desc);
alter table identity.passkey_use alter column org_id set (n_distinct = 2);

-- A challenge is answered once, within five minutes, for what it was given out for. Its SHA-256 is here; the row goes
-- when it is answered. Whose it is is known where somebody registers; who signs in is not known yet.
create table identity.passkey_challenge (
    org_id uuid not null,
    challenge_hash bytea not null check (octet_length(challenge_hash) = 32),
    purpose text not null check (purpose in ('register', 'sign-in')),
    principal_id uuid,
    expires_at timestamptz not null,
    primary key (org_id, challenge_hash),
    foreign key (org_id, principal_id) references identity.principal (org_id, id),
    constraint passkey_challenge_principal_check check ((purpose = 'register') = (principal_id is not null))
);
create index passkey_challenge_expires_idx on identity.passkey_challenge (org_id, expires_at);
alter table identity.passkey_challenge alter column org_id set (n_distinct = 2);
