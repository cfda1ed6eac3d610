-- Keys: what seals fields is a data key of the organisation or of one data subject; it is stored wrapped by a key of
-- the organisation that only a provider has. No row goes: no key yet, and a key that was destroyed, must not look
-- alike.
create schema keys;

-- A key-encryption key: which provider has it, and what it is called there. One of an organisation is active; a retired
-- one opens what it wrapped until that is wrapped anew. A destroyed one wraps nothing that is left.
create table keys.wrapping_key (
    org_id uuid not null references tenancy.org (org_id),
    id uuid not null,
    provider text not null check (provider ~ '^[a-z][a-z0-9-]{0,30}$'),
    name text not null check (char_length(name) between 1 and 255),
    version text not null check (char_length(version) between 1 and 255),
    state text not null default 'active' check (state in ('active', 'retired', 'destroyed')),
    created_at timestamptz not null default clock_timestamp(),
    retired_at timestamptz,
    destroyed_at timestamptz,
    primary key (org_id, id),
    constraint wrapping_key_version_key unique (org_id, provider, name, version),
    check ((retired_at is null) = (state = 'active')),
    check ((destroyed_at is null) = (state <> 'destroyed'))
);
create unique index wrapping_key_active_key on keys.wrapping_key (org_id) where state = 'active';
alter table keys.wrapping_key alter column org_id set (n_distinct = 2);

-- A data key, of the organisation where subject_id is null. One version of each is active and seals; opens-only opens
-- what it sealed until that is sealed anew; destroyed and erased are for ever, and have no key any more. sealed_count
-- is how many messages were sealed with it at most: processes take numbers in blocks, and 2^31 is the cap for random
-- nonces. A subject is a pseudonym: its person may be in a transaction of somebody else's still.
create table keys.data_key (
    org_id uuid not null references tenancy.org (org_id),
    id uuid not null,
    subject_id uuid,
    version integer not null check (version > 0),
    state text not null default 'active' check (state in ('active', 'opens-only', 'erased', 'destroyed')),
    wrapped bytea,
    wrapping_key_id uuid,
    sealed_count bigint not null default 0,
    created_at timestamptz not null default clock_timestamp(),
    retired_at timestamptz,
    ended_at timestamptz,
    primary key (org_id, id),
    constraint data_key_version_key unique nulls not distinct (org_id, subject_id, version),
    foreign key (org_id, wrapping_key_id) references keys.wrapping_key (org_id, id),
    constraint data_key_kept_check check ((wrapped is null) = (state in ('erased', 'destroyed'))),
    constraint data_key_ended_check check ((ended_at is null) = (wrapped is not null)),
    constraint data_key_wrapped_length_check check (octet_length(wrapped) between 32 and 4096),
    constraint data_key_cap_check check (sealed_count between 0 and 2147483648),
    check (wrapped is null or wrapping_key_id is not null),
    check (subject_id is not null or state <> 'erased')
);
create unique index data_key_active_key on keys.data_key (org_id, subject_id) nulls not distinct
where state = 'active';
create index data_key_wrapping_key_idx on keys.data_key (org_id, wrapping_key_id) where wrapped is not null;
create index data_key_opens_only_idx on keys.data_key (org_id, id) where state = 'opens-only';
alter table keys.data_key alter column org_id set (n_distinct = 2);

-- Which rows are under a key: its id stands in the same place of every envelope.
create index second_factor_key_idx on identity.second_factor (org_id, substring(sealed from 5 for 16))
where sealed is not null;
