-- The transport that needs nothing but this database: messages under way, in the order of their organisation's log.
-- What was delivered and acknowledged is gone from here; the log itself is the record.
create schema transport;

-- Where an organisation's messages stand. Whoever holds the lease consumes them, alone, until free_at; nobody does
-- before free_at either where somebody gave them back for later. What is at or below published_through was published
-- once, and never is again.
create table transport.queue (
    org_id uuid not null references tenancy.org (org_id),
    published_through bigint not null default -1 check (published_through >= -1),
    lease_id uuid,
    free_at timestamptz not null default clock_timestamp(),
    primary key (org_id)
);
alter table transport.queue alter column org_id set (n_distinct = -1);

-- A message of one entry of the log. `deliveries` is how often somebody got it. With `dead_at` it is a dead letter,
-- which nobody gets until it is replayed.
create table transport.message (
    org_id uuid not null,
    log_index bigint not null check (log_index >= 0),
    subject text not null check (char_length(subject) between 1 and 128),
    content_type text not null check (char_length(content_type) between 1 and 128),
    body bytea not null check (octet_length(body) <= 131072),
    published_at timestamptz not null default clock_timestamp(),
    deliveries integer not null default 0 check (deliveries >= 0),
    dead_at timestamptz,
    dead_code text check (dead_code ~ '^[a-z][a-z0-9-]{0,63}$'),
    dead_reason text check (char_length(dead_reason) between 1 and 1000),
    primary key (org_id, log_index),
    foreign key (org_id) references transport.queue (org_id),
    check ((dead_at is null) = (dead_code is null) and (dead_at is null) = (dead_reason is null))
);
alter table transport.message alter column org_id set (n_distinct = 2);

-- What is next, past however many dead letters.
create index message_under_way on transport.message (org_id, log_index) where dead_at is null;
