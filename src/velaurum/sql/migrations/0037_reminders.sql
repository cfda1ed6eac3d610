-- What waits for a person or runs out soon, each once for each cause: what it is about (`subject`) and the instant that
-- the cause has (`at`), since when something waits, or when it ends. `permission` is what it takes to take care of it.
-- It has ended when its cause is gone. Somebody may say that they have seen it.
create table jobs.reminder (
    org_id uuid not null references tenancy.org (org_id),
    id uuid not null,
    kind text not null check (kind ~ '^[a-z][a-z-]{0,62}$'),
    subject text not null check (char_length(subject) between 1 and 64),
    at timestamptz not null,
    permission text not null check (permission <> ''),
    raised_at timestamptz not null default clock_timestamp(),
    ended_at timestamptz,
    acknowledged_at timestamptz,
    acknowledged_by uuid,
    credential_id uuid,
    request_id uuid,
    primary key (org_id, id),
    constraint reminder_cause_key unique (org_id, kind, subject, at),
    foreign key (org_id, acknowledged_by) references identity.principal (org_id, id),
    constraint reminder_acknowledged_check check (
        num_nonnulls(acknowledged_at, acknowledged_by, credential_id, request_id) in (0, 4)
    )
);
alter table jobs.reminder alter column org_id set (n_distinct = 2);
create index reminder_open on jobs.reminder (org_id, id) where ended_at is null;
create index reminder_ended on jobs.reminder (org_id, ended_at) where ended_at is not null;

-- With which key of the installation the secret of an integration job is sealed, so that another one is noticed; null
-- where that was not said.
alter table jobs.integration_job add column key_id text check (key_id ~ '^[0-9a-f]{16}$');
drop function if exists jobs.create_integration_job(
    uuid, uuid, uuid, uuid, text, bytea, text, jsonb, uuid, uuid, uuid, interval
);
