-- Sessions: what somebody who signed in holds instead of a token. The secret stands in a cookie of the browser; here is
-- its SHA-256. Nobody opens a session for another: the actor of the row is the one who signed in.
create table identity.session (
    org_id uuid not null,
    id uuid not null,
    principal_id uuid not null,
    method text not null check (method in ('password', 'passkey', 'oidc')),
    secret_hash bytea not null check (octet_length(secret_hash) = 32),
    created_at timestamptz not null default clock_timestamp(),
    created_by uuid not null,
    seen_at timestamptz not null default clock_timestamp(),
    idle_after interval not null check (idle_after > interval '0' and idle_after <= interval '24 hours'),
    expires_at timestamptz not null,
    ended_at timestamptz,
    ended_by uuid,
    primary key (org_id, id),
    foreign key (org_id, principal_id) references identity.principal (org_id, id),
    foreign key (org_id, created_by) references identity.principal (org_id, id),
    foreign key (org_id, ended_by) references identity.principal (org_id, id),
    constraint session_own_check check (created_by = principal_id),
    constraint session_life_check check (
        expires_at > created_at and expires_at <= created_at + interval '24 hours'
    ),
    check ((ended_at is null) = (ended_by is null))
);
create index session_living_idx on identity.session (org_id, principal_id) where ended_at is null;
alter table identity.session alter column org_id set (n_distinct = 2);
