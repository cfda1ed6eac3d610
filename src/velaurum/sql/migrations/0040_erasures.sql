-- What a data subject asks for: to be forgotten, unless a legal hold says that they must be kept. Both stay as lines.
create table identity.legal_hold (
    org_id uuid not null,
    id uuid not null,
    principal_id uuid not null,
    action text not null check (action in ('placed', 'released')),
    reason text not null check (char_length(reason) between 1 and 200),
    created_by uuid not null,
    credential_id uuid not null,
    request_id uuid not null,
    created_at timestamptz not null default clock_timestamp(),
    primary key (org_id, id),
    foreign key (org_id, principal_id) references identity.principal (org_id, id),
    foreign key (org_id, created_by) references identity.principal (org_id, id)
);
create index legal_hold_of on identity.legal_hold (org_id, principal_id, id);
alter table identity.legal_hold alter column org_id set (n_distinct = 2);

-- A principal is erased once. The receipt is what the installation signed; a restored database gets it back from the
-- journal, with the instant of then.
create table identity.erasure (
    org_id uuid not null,
    principal_id uuid not null,
    erased_at timestamptz not null,
    receipt jsonb not null check (jsonb_typeof(receipt) = 'object'),
    created_by uuid not null,
    credential_id uuid,
    request_id uuid,
    replayed_at timestamptz,
    primary key (org_id, principal_id),
    foreign key (org_id, principal_id) references identity.principal (org_id, id),
    foreign key (org_id, created_by) references identity.principal (org_id, id)
);
alter table identity.erasure alter column org_id set (n_distinct = 2);
