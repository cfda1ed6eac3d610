create schema tenancy;

-- The directory of organisations: the one table whose rows are the tenants themselves.
create table tenancy.org (
    org_id uuid not null primary key,
    code text not null unique check (code ~ '^[a-z][a-z0-9-]{1,38}[a-z0-9]$'),
    region text not null check (region ~ '^[a-z][a-z0-9-]{1,38}[a-z0-9]$'),
    created_at timestamptz not null default clock_timestamp()
);
