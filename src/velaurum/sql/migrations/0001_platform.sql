-- What belongs to the installation and to no organisation.
create schema platform;

create table platform.administrator (
    id uuid not null primary key,
    name text not null check (name <> ''),
    secret_hash bytea not null check (octet_length(secret_hash) = 32),
    created_at timestamptz not null default clock_timestamp()
);
