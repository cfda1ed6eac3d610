-- Webhooks: where an organisation has its events told, what was to be told, and how that went. No secret is in here: a
-- row has the number of its generation, and a key of the data directory makes the secret of it.

-- A new constraint is checked behind the policies of rows that are there, and they want an organisation.
select
    set_config('velaurum.org', '00000000-0000-0000-0000-000000000000', true),
    set_config('velaurum.sub_orgs', '*', true);

alter table identity.role
drop constraint role_permissions_check,
add constraint role_permissions_check check (
    array_position(permissions, null) is null
    and permissions <@ array[
        'read', 'post', 'approve', 'manage-catalog', 'manage-identity', 'manage-webhooks', 'read-assurance', 'provision'
    ]
),
drop constraint role_provisioner_check,
add constraint role_provisioner_check check (
    not (
        permissions @> array['provision']
        and permissions && array['post', 'approve', 'manage-catalog', 'manage-identity', 'manage-webhooks']
    )
);

-- Administrators of organisations may from now on. A log that is held takes no entry: there a role of the
-- organisation's own gives it, later.
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
            permissions = array['read', 'manage-catalog', 'manage-identity', 'manage-webhooks', 'read-assurance'],
            version = r.version + 1, updated_by = operator_id,
            updated_at = greatest(clock_timestamp(), r.updated_at + interval '1 microsecond')
        where r.org_id = o.org_id and r.code = 'org-admin' and r.is_seeded;
    end loop;
    perform set_config('velaurum.acting', '', true);
    perform set_config('velaurum.org', '00000000-0000-0000-0000-000000000000', true);
end
$$;

create schema webhooks;

-- One receiver. `event_types` are types of events, each whole or ending in `.*`. `key_id` says which key of the
-- installation its secrets are made with, so that another one is noticed; the generation before signs beside the
-- present one until `older_until`. It is told what has this index in the log and what comes after. gone: the receiver
-- said so itself, with 410.
create table webhooks.endpoint (
    org_id uuid not null references tenancy.org (org_id),
    id uuid not null,
    code text not null check (code ~ '^[a-z][a-z0-9-]{1,38}[a-z0-9]$'),
    name text not null check (char_length(name) between 1 and 120),
    url text not null check (url ~ '^https?://[!-~]+$' and char_length(url) <= 255),
    event_types text[] not null,
    generation integer not null default 1 check (generation > 0),
    key_id text not null check (key_id ~ '^[0-9a-f]{16}$'),
    older_until timestamptz,
    from_index bigint not null check (from_index >= 0),
    version bigint not null default 1 check (version > 0),
    created_at timestamptz not null default clock_timestamp(),
    created_by uuid not null,
    updated_at timestamptz not null default clock_timestamp(),
    updated_by uuid not null,
    disabled_at timestamptz,
    disabled_by uuid,
    disabled_reason text check (disabled_reason in ('by-hand', 'gone')),
    primary key (org_id, id),
    constraint endpoint_code_key unique (org_id, code),
    foreign key (org_id, created_by) references identity.principal (org_id, id),
    foreign key (org_id, updated_by) references identity.principal (org_id, id),
    foreign key (org_id, disabled_by) references identity.principal (org_id, id),
    check (array_position(event_types, null) is null and cardinality(event_types) between 1 and 50),
    check (older_until is null or generation > 1),
    check ((disabled_at is null) = (disabled_by is null) and (disabled_at is null) = (disabled_reason is null))
);
alter table webhooks.endpoint alter column org_id set (n_distinct = 2);

-- What one endpoint is to be told, once: its id is the message's, however often it is tried. A test tells of no event.
-- `attempts` counts all of them, `tries` those since somebody asked for it last. A delivery that somebody sends now is
-- leased to them; dead is the end of one that people may ask for again.
create table webhooks.delivery (
    org_id uuid not null,
    id uuid not null,
    endpoint_id uuid not null,
    event_id text check (char_length(event_id) between 1 and 255),
    type text not null check (type ~ '^[a-z][a-z0-9.-]{0,120}$'),
    body text not null check (octet_length(body) between 2 and 20000),
    state text not null default 'pending' check (state in ('pending', 'delivered', 'dead')),
    attempts integer not null default 0 check (attempts >= 0),
    tries integer not null default 0 check (tries between 0 and attempts),
    due_at timestamptz not null default clock_timestamp(),
    lease uuid,
    leased_until timestamptz,
    tried_at timestamptz,
    error_code text check (error_code ~ '^[a-z][a-z0-9-]{0,62}$'),
    created_at timestamptz not null default clock_timestamp(),
    ended_at timestamptz,
    primary key (org_id, id),
    constraint delivery_event_key unique (org_id, endpoint_id, event_id),
    foreign key (org_id, endpoint_id) references webhooks.endpoint (org_id, id),
    check ((lease is null) = (leased_until is null)),
    check ((tried_at is null) = (attempts = 0)),
    check ((ended_at is null) = (state = 'pending')),
    check (state <> 'delivered' or error_code is null)
);
create index delivery_due on webhooks.delivery (org_id, endpoint_id, due_at, id) where state = 'pending';
create index delivery_leased on webhooks.delivery (org_id, endpoint_id, leased_until)
where state = 'pending' and leased_until is not null;
create index delivery_of_endpoint on webhooks.delivery (org_id, endpoint_id, id);
alter table webhooks.delivery alter column org_id set (n_distinct = 2);

-- A delivery to make of an event.
create type webhooks.told as (endpoint_id uuid, event_id text, type text, body text);

-- How one attempt went: the class of the status (2 for 2xx), how long it took, and a word of ours. Nothing of what the
-- receiver said is kept. lost is what ended without a word, as with a kill.
create table webhooks.attempt (
    org_id uuid not null,
    delivery_id uuid not null,
    number integer not null check (number > 0),
    began_at timestamptz not null,
    ended_at timestamptz not null default clock_timestamp(),
    outcome text not null check (outcome in ('delivered', 'failed', 'lost')),
    status_class integer check (status_class between 1 and 5),
    latency_ms integer check (latency_ms >= 0),
    error_code text check (error_code ~ '^[a-z][a-z0-9-]{0,62}$'),
    primary key (org_id, delivery_id, number),
    foreign key (org_id, delivery_id) references webhooks.delivery (org_id, id),
    check ((error_code is null) = (outcome = 'delivered')),
    check ((latency_ms is null) = (outcome = 'lost')),
    check (began_at <= ended_at)
);
alter table webhooks.attempt alter column org_id set (n_distinct = 2);

-- What people asked for: that an endpoint be tested, that a delivery be tried again.
create table webhooks.act (
    org_id uuid not null,
    id uuid not null,
    delivery_id uuid not null,
    action text not null check (action in ('tested', 'redelivered')),
    actor_id uuid not null,
    credential_id uuid not null,
    request_id uuid not null,
    created_at timestamptz not null default clock_timestamp(),
    primary key (org_id, id),
    foreign key (org_id, delivery_id) references webhooks.delivery (org_id, id),
    foreign key (org_id, actor_id) references identity.principal (org_id, id)
);
create index act_of_delivery on webhooks.act (org_id, delivery_id);
alter table webhooks.act alter column org_id set (n_distinct = 2);
