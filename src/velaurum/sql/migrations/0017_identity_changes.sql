-- Who changed whose rights: the record of changes, and what managing identity over HTTP needs of the tables.

-- A new key is checked behind the policies of rows that are there, and they want an organisation. That of nobody shows
-- no row, which is enough: the new columns are empty in all of them.
select
    set_config('velaurum.org', '00000000-0000-0000-0000-000000000000', true),
    set_config('velaurum.sub_orgs', '*', true);

-- A principal that is managed by a department belongs to it; one without is the whole organisation's.
alter table identity.principal
add column version bigint not null default 1 check (version > 0),
add column sub_org_id uuid,
add foreign key (org_id, sub_org_id) references tenancy.sub_org (org_id, id);

-- A key of an idempotent creation remembers a record by its id.
alter table identity.role
add column id uuid not null default gen_random_uuid(),
add constraint role_id_key unique (org_id, id);

-- Nobody gives rights to themselves, whoever writes the row.
alter table identity.token
add constraint token_other_hand_check check (created_by <> principal_id);
alter table identity.assignment
add constraint assignment_other_hand_check check (created_by <> principal_id);
create index token_principal_id_idx on identity.token (org_id, principal_id);

-- One line for each change of who may do what. Where the operator acted at the data directory there is no credential.
-- before and after hold what changed; of what is new or gone, all of it. Secrets and their hashes are in neither.
create table identity.change (
    org_id uuid not null,
    id uuid not null,
    at timestamptz not null,
    actor_id uuid not null,
    credential_id uuid,
    request_id uuid,
    subject text not null check (subject ~ '^[a-z][a-z-]{1,38}[a-z]$'),
    subject_id uuid not null,
    sub_org_id uuid,
    action text not null check (action in ('created', 'changed', 'disabled', 'enabled', 'revoked', 'removed')),
    before jsonb,
    after jsonb,
    primary key (org_id, id),
    foreign key (org_id, actor_id) references identity.principal (org_id, id),
    foreign key (org_id, sub_org_id) references tenancy.sub_org (org_id, id),
    check (credential_id is null or request_id is not null),
    check ((before is null) = (action = 'created')),
    check ((after is null) = (action = 'removed'))
);
create index change_at_idx on identity.change (org_id, at, id);
alter table identity.change alter column org_id set (n_distinct = 2);

-- When a token was last used, at most once a minute. It changes nothing, so that it stands apart.
create table identity.token_use (
    org_id uuid not null,
    token_id uuid not null,
    last_used_at timestamptz not null,
    primary key (org_id, token_id),
    foreign key (org_id, token_id) references identity.token (org_id, id)
);
alter table identity.token_use alter column org_id set (n_distinct = 2);

-- What the routines of these names looked like before they said who acts.
drop function if exists identity.revoke_token(uuid, uuid);
