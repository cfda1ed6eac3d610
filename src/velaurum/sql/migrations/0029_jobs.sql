-- Work in the background. What is asked for stands here, an organisation's own; the queue of the library holds tickets,
-- which say which job of which organisation is next, and nothing else.
create schema jobs;

-- One job. `permission` is what it takes, judged when it is asked for and again whenever it is worked. A job that the
-- product's own process asks for has no credential. `ticket` is the one ticket of the queue that counts, `tag` its
-- place among the organisations. What went wrong last is a code and a sentence. failed is the end of a job that people
-- may ask for again.
create table jobs.job (
    org_id uuid not null references tenancy.org (org_id),
    id uuid not null,
    kind text not null check (kind ~ '^[a-z][a-z0-9-]{0,62}$'),
    lane text not null check (lane in ('light', 'heavy')),
    permission text not null check (permission <> ''),
    payload jsonb not null check (jsonb_typeof(payload) = 'object' and octet_length(payload::text) <= 65536),
    dedupe_key text check (char_length(dedupe_key) between 1 and 255),
    state text not null default 'queued' check (state in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    attempts integer not null default 0,
    max_attempts integer not null check (max_attempts between 1 and 1000),
    run_at timestamptz not null,
    ticket bigint not null,
    tag bigint not null check (tag >= 0),
    progress_done bigint not null default 0 check (progress_done >= 0),
    progress_total bigint check (progress_total >= progress_done),
    result jsonb check (jsonb_typeof(result) = 'object' and octet_length(result::text) <= 65536),
    error_code text check (error_code ~ '^[a-z][a-z0-9-]{0,62}$'),
    error_detail text check (char_length(error_detail) <= 1000),
    requested_by uuid not null,
    credential_id uuid,
    request_id uuid not null,
    created_at timestamptz not null default clock_timestamp(),
    started_at timestamptz,
    ended_at timestamptz,
    primary key (org_id, id),
    constraint job_dedupe_key unique (org_id, kind, dedupe_key),
    foreign key (org_id, requested_by) references identity.principal (org_id, id),
    check (attempts between 0 and max_attempts),
    check ((error_code is null) = (error_detail is null)),
    check ((result is null) or (state = 'succeeded')),
    constraint job_ended_check check ((ended_at is not null) = (state in ('succeeded', 'failed', 'cancelled')))
);
alter table jobs.job alter column org_id set (n_distinct = 2);
create index job_waiting on jobs.job (org_id, lane, tag) where state = 'queued';

-- Each time that a job was worked, written when that ended: by which process of the product, on which machine, and how.
-- lost is what ended without a word, as with a kill.
create table jobs.attempt (
    org_id uuid not null,
    job_id uuid not null,
    number integer not null check (number > 0),
    actor_id uuid not null,
    began_at timestamptz not null,
    ended_at timestamptz not null default clock_timestamp(),
    outcome text not null check (outcome in ('succeeded', 'failed', 'lost', 'cancelled')),
    error_code text check ((error_code is not null) = (outcome in ('failed', 'lost'))),
    primary key (org_id, job_id, number),
    foreign key (org_id, job_id) references jobs.job (org_id, id),
    foreign key (org_id, actor_id) references identity.principal (org_id, id)
);
alter table jobs.attempt alter column org_id set (n_distinct = 2);

-- What people did to a job after it was asked for.
create table jobs.act (
    org_id uuid not null,
    id uuid not null,
    job_id uuid not null,
    action text not null check (action in ('retried', 'cancelled')),
    actor_id uuid not null,
    credential_id uuid not null,
    request_id uuid not null,
    created_at timestamptz not null default clock_timestamp(),
    primary key (org_id, id),
    foreign key (org_id, job_id) references jobs.job (org_id, id),
    foreign key (org_id, actor_id) references identity.principal (org_id, id)
);
alter table jobs.act alter column org_id set (n_distinct = 2);
create index act_of_job on jobs.act (org_id, job_id);

-- What the product does by itself, again and again: each with its cadence, when it ran last and how that ended. Whoever
-- runs it writes its row; the installation's own, and of no organisation.
create table platform.schedule (
    name text not null primary key check (name ~ '^[a-z][a-z-]{0,62}$'),
    runs_in text not null check (runs_in in ('server', 'worker', 'process beside the server')),
    cadence interval not null check (cadence > interval '0'),
    began_at timestamptz not null,
    ended_at timestamptz not null check (ended_at >= began_at),
    outcome text not null check (outcome in ('done', 'failed')),
    next_at timestamptz not null
);
