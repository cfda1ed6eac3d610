-- Counts: what people found at a place, line by line, each pegged to a size of the log, so that what moves meanwhile
-- does no harm. A count is approved by who counted none of it, and posted as adjustments.
select
    set_config('velaurum.org', '00000000-0000-0000-0000-000000000000', true),
    set_config('velaurum.sub_orgs', '*', true);

alter table identity.role
drop constraint role_permissions_check,
add constraint role_permissions_check check (
    array_position(permissions, null) is null
    and permissions <@ array[
        'read', 'post', 'count', 'approve', 'close-periods', 'manage-catalog', 'manage-identity', 'manage-webhooks',
        'read-assurance', 'provision'
    ]
),
drop constraint role_provisioner_check,
add constraint role_provisioner_check check (
    not (
        permissions @> array['provision']
        and permissions && array[
            'post', 'count', 'approve', 'close-periods', 'manage-catalog', 'manage-identity', 'manage-webhooks'
        ]
    )
);

-- Every organisation has counters from now on; one that has a role of its own by this code keeps that. A log that is
-- held takes no entry: there a role of the organisation's own gives the permission, later.
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
        insert into identity.role (org_id, id, code, name, permissions, is_seeded, created_by, updated_by)
        values (
            o.org_id, gen_random_uuid(), 'counter', 'Counter', array['count'], true, operator_id, operator_id
        ) on conflict do nothing;
    end loop;
    perform set_config('velaurum.acting', '', true);
    perform set_config('velaurum.org', '00000000-0000-0000-0000-000000000000', true);
end
$$;

create schema counting;

-- A count of one place, of one item or of all. The tolerance is in the item's own unit: a first variance beyond it
-- wants a second person. finished_at_size is the log when nothing more was counted. refusals is why it was not posted.
-- posting_xid is the transaction that posts it, while it does; nothing of it outlasts that.
create table counting.count (
    org_id uuid not null,
    id uuid not null,
    code text not null check (char_length(code) between 1 and 64),
    code_key text not null check (code_key <> ''),
    location_id uuid not null,
    item_id uuid,
    is_blind boolean not null,
    zero_uncounted boolean not null,
    tolerance numeric(28, 9) not null check (tolerance >= 0 and tolerance < 'Infinity'),
    state text not null default 'open' check (state in ('open', 'counted', 'approved', 'posted', 'cancelled')),
    opened_at_size bigint not null check (opened_at_size >= 0),
    finished_at_size bigint check (finished_at_size >= opened_at_size),
    approved_by uuid,
    approved_with uuid,
    refusals jsonb check (jsonb_typeof(refusals) = 'array'),
    posting_xid xid8,
    version bigint not null default 1 check (version > 0),
    created_at timestamptz not null default clock_timestamp(),
    created_by uuid not null,
    updated_at timestamptz not null default clock_timestamp(),
    updated_by uuid not null,
    primary key (org_id, id),
    constraint count_place_key unique (org_id, id, location_id),
    constraint count_code_key unique (org_id, code),
    constraint count_code_key_key unique (org_id, code_key),
    foreign key (org_id, location_id) references catalog.location (org_id, id),
    foreign key (org_id, item_id) references catalog.item (org_id, id),
    foreign key (org_id, approved_by) references identity.principal (org_id, id),
    foreign key (org_id, created_by) references identity.principal (org_id, id),
    foreign key (org_id, updated_by) references identity.principal (org_id, id),
    check ((approved_by is null) = (approved_with is null)),
    check (approved_by is not null or state not in ('approved', 'posted')),
    check (finished_at_size is not null or state not in ('counted', 'approved', 'posted'))
);
alter table counting.count alter column org_id set (n_distinct = 2);
-- What was adjusted of a place is asked for each line of a count of it.
create index count_posted on counting.count (org_id, location_id) where state = 'posted';

-- What one person found of one stock key, as of a size of the log. Lines are added, never changed: the newest of a
-- stock key counts. A round is what one person counted; another person begins the next. A line without a key is of a
-- stock key that nobody counted, and that who finished the count took for nothing. The stock key is one text, of the
-- count as well: a plain column is all that row security lets an index be asked for, and the primary key finds none.
create table counting.count_line (
    org_id uuid not null,
    count_id uuid not null,
    number integer not null check (number > 0),
    location_id uuid not null,
    item_id uuid not null,
    lot_id uuid,
    serial_id uuid,
    status text check (status in ('quarantine', 'blocked', 'damaged')),
    stock_key text not null generated always as (
        count_id::text || '/' || coalesce(lot_id, serial_id, item_id)::text || '/' || coalesce(status, 'available')
    ) stored,
    quantity numeric(28, 9) not null check (quantity >= 0 and quantity < 'Infinity'),
    round integer not null check (round > 0),
    at_size bigint not null check (at_size >= 0),
    idempotency_key text check (idempotency_key ~ '^[!-~]+$' and octet_length(idempotency_key) <= 255),
    actor_id uuid not null,
    credential_id uuid not null,
    request_id uuid not null,
    recorded_at timestamptz not null default clock_timestamp(),
    primary key (org_id, count_id, number),
    constraint count_line_idempotency_key_key unique (org_id, count_id, idempotency_key),
    foreign key (org_id, count_id, location_id) references counting.count (org_id, id, location_id),
    foreign key (org_id, item_id) references catalog.item (org_id, id),
    foreign key (org_id, item_id, lot_id) references catalog.lot (org_id, item_id, id),
    foreign key (org_id, item_id, serial_id) references catalog.serial (org_id, item_id, id),
    foreign key (org_id, actor_id) references identity.principal (org_id, id),
    check ((lot_id is null or serial_id is null) and (serial_id is null or quantity <= 1))
);
alter table counting.count_line alter column org_id set (n_distinct = 2);
-- One probe, whatever the planner knows of a new table.
create index count_line_stock_key on counting.count_line (org_id, stock_key, number);

-- What a request says of one stock key that was counted: item, lot and serial by id or by code, never both.
create type counting.line_intake as (
    ord integer,
    idempotency_key text,
    item_id uuid,
    item_code text,
    lot_id uuid,
    lot_code text,
    serial_id uuid,
    serial_code text,
    status text,
    quantity numeric,
    at_size bigint
);
