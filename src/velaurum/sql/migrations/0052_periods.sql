-- What is backdated is held to every later instant, and what lies in a closed period is refused. No row of the ledger
-- is rewritten: what was posted before stays as it is.
select
    set_config('velaurum.org', '00000000-0000-0000-0000-000000000000', true),
    set_config('velaurum.sub_orgs', '*', true);

-- The latest instant at which anything of the key happened. Null where it was not asked for yet: rows of before.
alter table ledger.balance add column latest_occurred_at timestamptz;

-- Whoever makes credentials does not open the books again; who provisions does nothing else.
alter table identity.role
drop constraint role_permissions_check,
add constraint role_permissions_check check (
    array_position(permissions, null) is null
    and permissions <@ array[
        'read', 'post', 'approve', 'close-periods', 'manage-catalog', 'manage-identity', 'manage-webhooks',
        'read-assurance', 'provision'
    ]
),
drop constraint role_provisioner_check,
add constraint role_provisioner_check check (
    not (
        permissions @> array['provision']
        and permissions && array[
            'post', 'approve', 'close-periods', 'manage-catalog', 'manage-identity', 'manage-webhooks'
        ]
    )
),
add constraint role_closer_check check (not permissions @> array['close-periods', 'manage-identity']);

-- Controllers may from now on. A log that is held takes no entry: there a role of one's own gives it, later.
do $$
declare
    o record;
    operator_id uuid;
begin
    for o in select t.org_id from tenancy.org as t where t.held_since is null loop
        perform set_config('velaurum.org', o.org_id::text, true);
        select p.id into strict operator_id from identity.principal as p
        where p.org_id = o.org_id and p.created_by = p.id;
        perform set_config('velaurum.acting', array[operator_id, null, null]::text, true);
        update identity.role as r
        set
            permissions = array['read', 'post', 'approve', 'close-periods'],
            version = r.version + 1, updated_by = operator_id,
            updated_at = greatest(clock_timestamp(), r.updated_at + interval '1 microsecond')
        where r.org_id = o.org_id and r.code = 'controller' and r.is_seeded;
    end loop;
    perform set_config('velaurum.acting', '', true);
    perform set_config('velaurum.org', '00000000-0000-0000-0000-000000000000', true);
end
$$;

-- A stretch of time, closed or not. follows_at is where it begins when another one ends there; without it, it is the
-- first. So each period but one begins where exactly one other ends, and no two overlap: the constraints are enough.
create table ledger.period (
    org_id uuid not null,
    id uuid not null,
    code text not null check (char_length(code) between 1 and 64),
    code_key text not null check (code_key <> ''),
    starts_at timestamptz not null check (starts_at >= '1900-01-01 00:00+00'),
    ends_at timestamptz not null check (ends_at < '10000-01-01 00:00+00'),
    follows_at timestamptz,
    state text not null default 'open' check (state in ('open', 'soft-closed', 'closed')),
    closed_at_size bigint check (closed_at_size >= 0),
    reopen_asked_by uuid,
    reopen_asked_at timestamptz,
    reopen_credential_id uuid,
    reopen_reason text check (char_length(reopen_reason) between 1 and 200),
    version bigint not null default 1 check (version > 0),
    created_at timestamptz not null default clock_timestamp(),
    created_by uuid not null,
    updated_at timestamptz not null default clock_timestamp(),
    updated_by uuid not null,
    primary key (org_id, id),
    constraint period_code_key unique (org_id, code),
    constraint period_code_key_key unique (org_id, code_key),
    constraint period_starts_at_key unique (org_id, starts_at),
    constraint period_ends_at_key unique (org_id, ends_at),
    constraint period_follows_at_fkey foreign key (org_id, follows_at) references ledger.period (org_id, ends_at),
    foreign key (org_id, created_by) references identity.principal (org_id, id),
    foreign key (org_id, updated_by) references identity.principal (org_id, id),
    foreign key (org_id, reopen_asked_by) references identity.principal (org_id, id),
    constraint period_length_check check (ends_at > starts_at),
    constraint period_follows_at_check check (follows_at = starts_at),
    constraint period_closed_at_size_check1 check ((state = 'closed') = (closed_at_size is not null)),
    constraint period_reopening_check check (
        num_nonnulls(reopen_asked_by, reopen_asked_at, reopen_credential_id, reopen_reason) in (0, 4)
        and (state <> 'open' or reopen_asked_by is null)
    )
);
create unique index period_first_key on ledger.period (org_id) where follows_at is null;
alter table ledger.period alter column org_id set (n_distinct = 2);

-- Where what is closed ends, and what is soft-closed: closed periods come before all others. Posting has this row.
alter table ledger.head
add column closed_until timestamptz,
add column soft_closed_until timestamptz,
add constraint head_closed_until_check check (closed_until is null or soft_closed_until >= closed_until);

-- What the routines of these names looked like before.
drop function if exists ledger.on_hand(uuid, uuid, uuid);
drop function if exists ledger.moved(ledger.balance, numeric);
drop function if exists ledger.outcome_of(
    ledger.candidate, ledger.outcome, numeric, numeric, uuid[], boolean, timestamptz
);
drop function if exists ledger.decide(uuid, bigint, timestamptz, jsonb);
