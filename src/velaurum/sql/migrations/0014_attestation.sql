-- What was run and for whom: an event for each request that entered an organisation, and each process's own count of
-- its statements, which is compared with the server's (docs/security/attestation.md).

-- One run of a process that uses the application's role.
create table platform.boot (
    id uuid not null primary key,
    release text not null check (char_length(release) between 1 and 40),
    registry_hash bytea not null check (octet_length(registry_hash) = 32),
    started_at timestamptz not null default clock_timestamp(),
    seen_at timestamptz not null default clock_timestamp(),
    ended_at timestamptz,
    events_lost bigint not null default 0 check (events_lost >= 0)
);

-- How often a process ran a statement, by the types that its parameters had: the server tells those apart. query_id is
-- the server's own name for it, null where the server gives none. `unanswered` ones were sent and never heard of again.
create table platform.statement_tally (
    boot_id uuid not null references platform.boot (id),
    statement text not null check (char_length(statement) between 1 and 120),
    types oid[] not null,
    query_id bigint,
    calls bigint not null check (calls >= 0),
    unanswered bigint not null check (unanswered >= 0),
    primary key (boot_id, statement, types)
);

-- A request, or the requests whose postings were decided by one statement: the arrays hold one element for each.
-- Identifiers and names of operations alone; nothing that a caller wrote.
create table tenancy.access_event (
    org_id uuid not null references tenancy.org (org_id),
    at timestamptz not null,
    id uuid not null,
    request_ids uuid[] not null check (cardinality(request_ids) between 1 and 10000),
    operations text[] not null,
    actor_ids uuid[] not null,
    credential_ids uuid[] not null,
    statuses smallint[] not null,
    statements integer not null check (statements >= 0),
    applied integer not null check (applied >= 0),
    exempt integer not null check (exempt >= 0),
    org_applied boolean not null generated always as (applied + exempt = statements) stored,
    boot_id uuid not null,
    release text not null check (char_length(release) between 1 and 40),
    registry_hash bytea not null check (octet_length(registry_hash) = 32),
    recorded_at timestamptz not null default clock_timestamp(),
    primary key (org_id, at, id),
    check (applied + exempt <= statements),
    check (
        cardinality(operations) = cardinality(request_ids) and cardinality(actor_ids) = cardinality(request_ids)
        and cardinality(credential_ids) = cardinality(request_ids) and cardinality(statuses) = cardinality(request_ids)
        and array_position(actor_ids, null) is null and array_position(credential_ids, null) is null
    )
);
alter table tenancy.access_event alter column org_id set (n_distinct = 2);

-- An event as a process hands it over.
create type tenancy.access as (
    at timestamptz,
    id uuid,
    request_ids uuid [],
    operations text [],
    actor_ids uuid [],
    credential_ids uuid [],
    statuses smallint [],
    statements integer,
    applied integer,
    exempt integer
);

create type platform.tally as (
    statement text,
    types oid [],
    query_id bigint,
    calls bigint,
    unanswered bigint
);
