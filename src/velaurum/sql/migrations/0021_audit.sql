-- One log for all that happens in an organisation: changes of records stand in it beside movements, each as a version
-- of its record, with the canonical entry and its leaf hash. The next index of both is ledger.head.size.
create schema audit;

-- A new constraint is checked behind the policies of rows that are there, and they want an organisation.
select
    set_config('velaurum.org', '00000000-0000-0000-0000-000000000000', true),
    set_config('velaurum.sub_orgs', '*', true);

-- Who changed what is no longer the rights' alone. The triggers that write it go along: a write that falls between this
-- and the routines of this release is refused, never unrecorded.
alter table identity.change set schema audit;
do $$
begin
    if to_regprocedure('identity.record_change()') is not null then
        alter function identity.record_change() set schema audit;
        alter function identity.differing(jsonb, jsonb) set schema audit;
        alter function identity.action_of(jsonb, jsonb) set schema audit;
        drop function identity.record_changes(regclass, text, text, text[]);
    end if;
end
$$;

-- row_after is the whole record after the change, without secrets; personal columns are in commitments alone, by name.
-- Lines from before have none, and no version. is_shared: every department of the organisation sees the record.
-- found is what was there before the log knew of it, carried what a migration made of a record.
alter table audit.change
add column sv integer check (sv > 0),
add column is_shared boolean not null default false,
add column row_after jsonb check (jsonb_typeof(row_after) = 'object'),
add column commitments jsonb check (jsonb_typeof(commitments) = 'object'),
drop constraint change_action_check,
add constraint change_action_check check (
    action in ('created', 'changed', 'disabled', 'enabled', 'revoked', 'removed', 'found', 'carried')
),
drop constraint change_check1,
add constraint change_before_check check ((before is null) = (action in ('created', 'found'))),
drop constraint change_check2,
drop constraint change_org_id_actor_id_fkey,
-- An organisation's first actor is born with it, in one transaction.
add constraint change_org_id_actor_id_fkey foreign key (org_id, actor_id) references identity.principal (org_id, id)
deferrable initially deferred,
add constraint change_after_check check ((after is null) = (action = 'removed'));

-- A version of a record: the place of a change in the log. It is written when its transaction commits, under the head
-- lock. previous_index is the version of the same record before it.
create table audit.version (
    org_id uuid not null,
    log_index bigint not null check (log_index >= 0),
    change_id uuid not null,
    subject text not null,
    subject_id uuid not null,
    sub_org_id uuid,
    is_shared boolean not null,
    recorded_at timestamptz not null,
    action text not null,
    previous_index bigint,
    sv integer not null check (sv > 0),
    entry bytea not null check (octet_length(entry) <= 65535),
    leaf_hash bytea not null,
    primary key (org_id, log_index),
    constraint version_subject_key unique (org_id, subject, subject_id, log_index),
    constraint version_change_key unique (org_id, change_id),
    foreign key (org_id, change_id) references audit.change (org_id, id),
    foreign key (org_id, previous_index) references audit.version (org_id, log_index),
    foreign key (org_id, sub_org_id) references tenancy.sub_org (org_id, id),
    check (previous_index < log_index),
    check (recorded_at >= '1900-01-01 00:00+00' and recorded_at < '10000-01-01 00:00+00'),
    constraint version_leaf_hash_check check (leaf_hash = sha256('\x00'::bytea || entry))
);
alter table audit.version alter column org_id set (n_distinct = 2);
-- What people are called and what they wrote, beside its commitment. A value may one day be erased, never altered.
create table audit.personal_value (
    org_id uuid not null,
    change_id uuid not null,
    name text not null,
    salt bytea not null check (octet_length(salt) = 32),
    value text not null,
    primary key (org_id, change_id, name),
    foreign key (org_id, change_id) references audit.change (org_id, id)
);
alter table audit.personal_value alter column org_id set (n_distinct = 2);

-- How a table is opted in, as the argument of its trigger: the word for its records, the columns they are known by, the
-- column of their department, what is in a record and how it is written, what is committed to, what is no change by
-- itself, and the number of the shape.
create type audit.opting as (
    subject text,
    key text [],
    department text,
    names text [],
    kinds text [],
    personal text [],
    apart text [],
    sv integer
);

-- Which columns the record of a subject had: a new shape whenever a migration changes them. columns says of each what
-- it was called in the shape before, or null where it was not there. Every organisation has the same ones.
create table platform.shape (
    subject text not null,
    sv integer not null check (sv > 0),
    columns jsonb not null check (jsonb_typeof(columns) = 'object'),
    renames bigint not null check (renames >= 0),
    made_at timestamptz not null default clock_timestamp(),
    primary key (subject, sv)
);

-- What a migration says when it renames a column; the shape after it takes it up.
create table platform.column_rename (
    id bigint not null generated always as identity primary key,
    subject text not null,
    old_name text not null,
    new_name text not null check (new_name <> old_name)
);

-- The one line of such a migration. It is here and not with the routines, because in a new database every migration
-- runs before any of them.
create function platform.rename_column(p_subject text, p_from text, p_to text) returns void
language sql as $$
    insert into platform.column_rename (subject, old_name, new_name) values (p_subject, p_from, p_to)
$$;

-- What the planner believes before there are rows (ADR 0016): sample rows, where there is no organisation whose rows
-- would be among them. An installation that is there is analysed when its records have got their first versions.
do $$
begin
    if exists (select from tenancy.org) then
        return;
    end if;
    create table platform.sample as
    select gen_random_uuid() as org_id, gen_random_uuid() as id, 'sample-' || n as code, n from generate_series(1, 300) as n;
    insert into tenancy.org (org_id, code, region) select s.org_id, s.code, 'nowhere' from platform.sample as s;
    insert into identity.principal (org_id, id, kind, name, created_by)
    select s.org_id, s.id, 'process', s.code, s.id from platform.sample as s;
    insert into audit.change (
        org_id, id, at, actor_id, subject, subject_id, action, after, sv, row_after, commitments
    )
    select s.org_id, s.id, clock_timestamp(), s.id, 'sample', s.id, 'created', '{}', 1, '{}', '{}'
    from platform.sample as s;
    insert into audit.personal_value (org_id, change_id, name, salt, value)
    select s.org_id, s.id, 'name', sha256(uuid_send(s.id)), s.code from platform.sample as s;
    insert into audit.version (
        org_id, log_index, change_id, subject, subject_id, is_shared, recorded_at, action, sv, entry, leaf_hash
    )
    select
        s.org_id, s.n, s.id, 'sample', s.id, false, clock_timestamp(), 'created', 1,
        convert_to(repeat(s.code, 80), 'UTF8'), sha256('\x00'::bytea || convert_to(repeat(s.code, 80), 'UTF8'))
    from platform.sample as s;
    -- A key that waits for the commit would forbid the rest.
    set constraints all immediate;
    analyze audit.change, audit.version, audit.personal_value;
    truncate audit.change, audit.version, audit.personal_value;
    delete from identity.principal;
    delete from tenancy.org;
    drop table platform.sample;
end
$$;

-- What the routines of these names looked like before they said with which credential somebody acts.
drop function if exists catalog.update_item(uuid, uuid, uuid, bigint, text, text, jsonb);
drop function if exists catalog.update_location(uuid, uuid, uuid, bigint, text, uuid, uuid[]);
drop function if exists tenancy.update_sub_org(uuid, uuid, uuid, bigint, text, uuid, uuid[]);
drop function if exists identity.update_provider(
    uuid, uuid, uuid, bigint, text, text, text, text, text[], boolean
);
drop function if exists identity.unlink_subject(uuid, uuid, uuid);
drop function if exists identity.revoke_passkey(uuid, uuid, uuid);
