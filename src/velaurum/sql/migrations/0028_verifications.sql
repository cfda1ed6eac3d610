-- What a verification of the database found, an entry in each organisation's log. `size` and `root` (base64) are
-- those of what was read, null where it could not be read to the end. `report_sha256` is of the report's bytes, which
-- the operator keeps.
create table audit.verification (
    org_id uuid not null references tenancy.org (org_id),
    id uuid not null,
    began_at timestamptz not null,
    ended_at timestamptz not null,
    size bigint check (size >= 0),
    root text check (root ~ '^[A-Za-z0-9+/]{43}=$'),
    findings bigint not null check (findings >= 0),
    codes text[] not null,
    program text not null check (char_length(program) between 1 and 64),
    report_sha256 text not null check (report_sha256 ~ '^[0-9a-f]{64}$'),
    is_scheduled boolean not null,
    actor_id uuid not null,
    primary key (org_id, id),
    foreign key (org_id, actor_id) references identity.principal (org_id, id),
    check (began_at <= ended_at),
    check ((size is null) = (root is null)),
    check ((findings = 0) = (cardinality(codes) = 0))
);
alter table audit.verification alter column org_id set (n_distinct = 2);
