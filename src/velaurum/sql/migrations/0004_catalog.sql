create schema catalog;

-- code_key is the code after NFKC and case folding: two codes that look alike collide.
create table catalog.item (
    org_id uuid not null references tenancy.org (org_id),
    id uuid not null,
    code text not null check (char_length(code) between 1 and 64),
    code_key text not null check (code_key <> ''),
    name text not null check (char_length(name) between 1 and 200),
    unit text not null check (char_length(unit) between 1 and 16),
    tracking text not null check (tracking in ('none', 'lot', 'serial')),
    description text check (char_length(description) <= 2000),
    attributes jsonb not null default '{}' check (jsonb_typeof(attributes) = 'object'),
    version bigint not null default 1 check (version > 0),
    created_at timestamptz not null default clock_timestamp(),
    created_by uuid not null,
    updated_at timestamptz not null default clock_timestamp(),
    updated_by uuid not null,
    primary key (org_id, id),
    constraint item_code_key unique (org_id, code),
    constraint item_code_key_key unique (org_id, code_key),
    foreign key (org_id, created_by) references identity.principal (org_id, id),
    foreign key (org_id, updated_by) references identity.principal (org_id, id)
);

-- Real places hold stock and never go below zero; virtual ones are the edge of the world and keep no balance.
create table catalog.location (
    org_id uuid not null references tenancy.org (org_id),
    id uuid not null,
    code text not null check (char_length(code) between 1 and 64),
    code_key text not null check (code_key <> ''),
    name text not null check (char_length(name) between 1 and 200),
    kind text not null check (
        kind in ('storage', 'transit', 'supplier', 'customer', 'consumption', 'adjustment', 'scrap', 'opening')
    ),
    holds_stock boolean not null generated always as (kind in ('storage', 'transit')) stored,
    parent_id uuid,
    version bigint not null default 1 check (version > 0),
    created_at timestamptz not null default clock_timestamp(),
    created_by uuid not null,
    updated_at timestamptz not null default clock_timestamp(),
    updated_by uuid not null,
    primary key (org_id, id),
    constraint location_code_key unique (org_id, code),
    constraint location_code_key_key unique (org_id, code_key),
    foreign key (org_id, parent_id) references catalog.location (org_id, id),
    foreign key (org_id, created_by) references identity.principal (org_id, id),
    foreign key (org_id, updated_by) references identity.principal (org_id, id),
    check (parent_id <> id)
);
