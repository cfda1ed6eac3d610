-- How far each part of the product has read a log, and which messages it took. The log is the feed itself: no event has
-- a row of its own.
create schema events;

-- A subscriber reads behind after_index, and only ever goes forward.
create table events.subscriber (
    org_id uuid not null references tenancy.org (org_id),
    name text not null check (name ~ '^[a-z][a-z0-9-]{0,62}$'),
    after_index bigint not null check (after_index >= -1),
    created_at timestamptz not null default clock_timestamp(),
    advanced_at timestamptz not null default clock_timestamp(),
    primary key (org_id, name)
);
alter table events.subscriber alter column org_id set (n_distinct = 2);

-- A message that a consumer took, in the transaction of what it did with it: brought again it does nothing.
create table events.inbox (
    org_id uuid not null references tenancy.org (org_id),
    consumer text not null check (consumer ~ '^[a-z][a-z0-9-]{0,62}$'),
    message_id text not null check (char_length(message_id) between 1 and 255),
    taken_at timestamptz not null default clock_timestamp(),
    primary key (org_id, consumer, message_id)
);
alter table events.inbox alter column org_id set (n_distinct = 2);
