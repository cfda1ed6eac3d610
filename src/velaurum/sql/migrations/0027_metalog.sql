-- The meta-log: one log for the whole installation, whose leaves commit to checkpoints of organisations' logs and tell
-- nothing of them. It belongs to no organisation. What opens a leaf is kept with the organisation whose it is.

create table platform.meta_leaf (
    leaf_index bigint primary key check (leaf_index >= 0),
    entry bytea not null check (octet_length(entry) between 1 and 65535),
    leaf_hash bytea not null,
    xid xid8 not null default pg_current_xact_id(),
    check (leaf_hash = sha256('\x00'::bytea || entry))
);

-- Full tiles of 256 hashes, as those of an organisation's log.
create table platform.meta_tile (
    level smallint not null check (level between 0 and 6),
    n bigint not null check (n >= 0),
    node_hashes bytea not null check (octet_length(node_hashes) = 8192),
    root bytea not null check (octet_length(root) = 32),
    xid xid8 not null default pg_current_xact_id(),
    primary key (level, n)
);

-- Every note that was signed of it, verbatim.
create table platform.meta_checkpoint (
    incarnation integer not null check (incarnation >= 0),
    size bigint not null check (size > 0),
    note text not null check (octet_length(note) <= 65535),
    signed_at timestamptz not null default clock_timestamp(),
    xid xid8 not null default pg_current_xact_id(),
    primary key (incarnation, size)
);

-- What witnesses outside added to it.
create table platform.meta_cosignature (
    incarnation integer not null,
    size bigint not null,
    name text not null check (octet_length(name) between 1 and 255),
    key_id text not null check (key_id ~ '^[0-9a-f]{8}$'),
    line text not null check (octet_length(line) <= 1000),
    cosigned_at timestamptz not null,
    kept_at timestamptz not null default clock_timestamp(),
    primary key (incarnation, size, name, key_id),
    foreign key (incarnation, size) references platform.meta_checkpoint (incarnation, size)
);

-- What a time-stamp authority answered about a note, verbatim (RFC 3161, TimeStampResp in DER), and the instant in it.
create table platform.meta_timestamp (
    incarnation integer not null,
    size bigint not null,
    stamped_at timestamptz not null,
    authority text not null check (octet_length(authority) between 1 and 255),
    reply bytea not null check (octet_length(reply) between 1 and 65536),
    kept_at timestamptz not null default clock_timestamp(),
    xid xid8 not null default pg_current_xact_id(),
    primary key (incarnation, size, stamped_at),
    foreign key (incarnation, size) references platform.meta_checkpoint (incarnation, size)
);

-- When it was taken up again after it had lost what was signed of it.
create table platform.meta_incarnation (
    number integer primary key check (number > 0),
    opened_at timestamptz not null default clock_timestamp(),
    size bigint not null check (size >= 0),
    common_size bigint not null check (common_size >= 0),
    lost_size bigint not null check (lost_size > 0),
    lost_root text not null check (lost_root ~ '^[A-Za-z0-9+/]{43}=$'),
    reason text not null check (char_length(reason) between 1 and 200),
    check (common_size <= least(size, lost_size))
);

-- Which leaf of the meta-log commits to which checkpoint of an organisation's log, and the salt that opens it.
create table audit.anchor (
    org_id uuid not null references tenancy.org (org_id),
    leaf_index bigint not null check (leaf_index >= 0),
    incarnation integer not null,
    size bigint not null,
    salt bytea not null check (octet_length(salt) = 32),
    anchored_at timestamptz not null default clock_timestamp(),
    xid xid8 not null default pg_current_xact_id(),
    primary key (org_id, leaf_index),
    constraint anchor_checkpoint_key unique (org_id, incarnation, size),
    foreign key (org_id, incarnation, size) references audit.checkpoint (org_id, incarnation, size)
);
alter table audit.anchor alter column org_id set (n_distinct = 2);
