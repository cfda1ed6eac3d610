-- What was carried away of an organisation: who had all of it written out, when, and for whom it was encrypted. It is
-- an entry of the log before the first byte leaves, so that every export contains the entry of itself.
create table audit.export (
    org_id uuid not null references tenancy.org (org_id),
    id uuid not null,
    began_at timestamptz not null,
    recipient text check (recipient ~ '^age1[0-9a-z]+$' and char_length(recipient) <= 4000),
    actor_id uuid not null,
    primary key (org_id, id),
    foreign key (org_id, actor_id) references identity.principal (org_id, id)
);
alter table audit.export alter column org_id set (n_distinct = 2);
