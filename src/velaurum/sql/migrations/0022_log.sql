-- What is built over the leaves of an organisation's log, and what was signed of it.

-- Full tiles of 256 hashes, as C2SP has them; root is what the tile is in the level above. Made of the leaves alone.
create table audit.tile (
    org_id uuid not null references tenancy.org (org_id),
    level smallint not null check (level between 0 and 6),
    n bigint not null check (n >= 0),
    node_hashes bytea not null check (octet_length(node_hashes) = 8192),
    root bytea not null check (octet_length(root) = 32),
    primary key (org_id, level, n)
);
alter table audit.tile alter column org_id set (n_distinct = 2);

-- Every note that was signed, verbatim. A size is signed once.
create table audit.checkpoint (
    org_id uuid not null references tenancy.org (org_id),
    incarnation integer not null default 0 check (incarnation >= 0),
    size bigint not null check (size > 0),
    note text not null check (octet_length(note) <= 65535),
    signed_at timestamptz not null default clock_timestamp(),
    primary key (org_id, incarnation, size)
);
alter table audit.checkpoint alter column org_id set (n_distinct = 2);
