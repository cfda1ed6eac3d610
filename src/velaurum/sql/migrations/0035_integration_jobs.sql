-- Work that an outside system does for an organisation: what it is given, and what it says came of it. It calls back
-- with a secret of this one job, of which the row has the hash, and nothing once the job has ended.
create table jobs.integration_job (
    org_id uuid not null references tenancy.org (org_id),
    id uuid not null,
    kind text not null check (kind ~ '^[a-z][a-z0-9-]{0,62}$'),
    item_id uuid,
    location_id uuid,
    movement_id uuid,
    payload jsonb not null check (jsonb_typeof(payload) = 'object' and octet_length(payload::text) <= 16384),
    state text not null default 'queued' check (
        state in ('queued', 'sent', 'awaiting_callback', 'succeeded', 'failed', 'cancelled', 'expired')
    ),
    attempts integer not null default 0 check (attempts >= 0),
    callback_secret_hash bytea check (octet_length(callback_secret_hash) = 32),
    result jsonb check (jsonb_typeof(result) = 'object' and octet_length(result::text) <= 16384),
    requested_by uuid not null,
    credential_id uuid not null,
    request_id uuid not null,
    created_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null,
    ended_at timestamptz,
    purged_at timestamptz,
    primary key (org_id, id),
    foreign key (org_id, item_id) references catalog.item (org_id, id),
    foreign key (org_id, location_id) references catalog.location (org_id, id),
    foreign key (org_id, movement_id) references ledger.movement (org_id, id),
    foreign key (org_id, requested_by) references identity.principal (org_id, id),
    check (num_nonnulls(item_id, location_id, movement_id) <= 1),
    check (expires_at > created_at and expires_at <= created_at + interval '30 days'),
    check (result is null or state in ('succeeded', 'failed')),
    constraint integration_job_ended_check check (
        (ended_at is not null) = (state in ('succeeded', 'failed', 'cancelled', 'expired'))
    ),
    constraint integration_job_purged_check check (
        (ended_at is not null) = (purged_at is not null) and (purged_at is not null) = (callback_secret_hash is null)
    )
);
alter table jobs.integration_job alter column org_id set (n_distinct = 2);
create index integration_job_open on jobs.integration_job (org_id, expires_at) where ended_at is null;

-- Each state that an integration job came to: when, and by whom. A callback and an expiry are written by the product's
-- own process, with no credential.
create table jobs.integration_step (
    org_id uuid not null,
    job_id uuid not null,
    number integer not null check (number > 0),
    state text not null,
    actor_id uuid not null,
    credential_id uuid,
    request_id uuid,
    created_at timestamptz not null default clock_timestamp(),
    primary key (org_id, job_id, number),
    foreign key (org_id, job_id) references jobs.integration_job (org_id, id),
    foreign key (org_id, actor_id) references identity.principal (org_id, id)
);
alter table jobs.integration_step alter column org_id set (n_distinct = 2);
