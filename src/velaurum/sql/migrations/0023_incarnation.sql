-- A database that came back behind what was signed of a log, or beside it, takes no entry of that organisation until
-- the operator opens the log's next incarnation.

-- A constraint is checked behind the policies of rows that are there, and they want an organisation.
select
    set_config('velaurum.org', '00000000-0000-0000-0000-000000000000', true),
    set_config('velaurum.sub_orgs', '*', true);

alter table tenancy.org
add column held_since timestamptz,
add column held_reason text check (char_length(held_reason) between 1 and 500),
add constraint org_held_check check ((held_since is null) = (held_reason is null));

-- When a log was taken up again, and what was lost: the size and root that were signed last (base64), and the size up
-- to which what is there is known to be what was signed.
create table audit.incarnation (
    org_id uuid not null references tenancy.org (org_id),
    id uuid not null,
    number integer not null check (number > 0),
    opened_at timestamptz not null,
    size bigint not null check (size >= 0),
    common_size bigint not null check (common_size >= 0),
    lost_size bigint not null check (lost_size > 0),
    lost_root text not null check (lost_root ~ '^[A-Za-z0-9+/]{43}=$'),
    reason text not null check (char_length(reason) between 1 and 200),
    actor_id uuid not null,
    primary key (org_id, id),
    constraint incarnation_number_key unique (org_id, number),
    foreign key (org_id, actor_id) references identity.principal (org_id, id),
    check (common_size <= least(size, lost_size))
);
alter table audit.incarnation alter column org_id set (n_distinct = 2);

-- What witnesses outside added to a checkpoint: the signature line verbatim, the second in it, and when it came.
create table audit.cosignature (
    org_id uuid not null references tenancy.org (org_id),
    incarnation integer not null,
    size bigint not null,
    name text not null check (octet_length(name) between 1 and 255),
    key_id text not null check (key_id ~ '^[0-9a-f]{8}$'),
    line text not null check (octet_length(line) <= 1000),
    cosigned_at timestamptz not null,
    kept_at timestamptz not null default clock_timestamp(),
    primary key (org_id, incarnation, size, name, key_id),
    foreign key (org_id, incarnation, size) references audit.checkpoint (org_id, incarnation, size)
);
alter table audit.cosignature alter column org_id set (n_distinct = 2);
