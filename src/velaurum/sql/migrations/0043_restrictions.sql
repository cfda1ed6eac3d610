-- What else a data subject asks for (V-09): to be kept and not used, and to be told who read what is kept.
create table identity.restriction (
    org_id uuid not null,
    id uuid not null,
    principal_id uuid not null,
    action text not null check (action in ('placed', 'lifted')),
    reason text not null check (char_length(reason) between 1 and 200),
    created_by uuid not null,
    credential_id uuid not null,
    request_id uuid not null,
    created_at timestamptz not null default clock_timestamp(),
    primary key (org_id, id),
    foreign key (org_id, principal_id) references identity.principal (org_id, id),
    foreign key (org_id, created_by) references identity.principal (org_id, id)
);
create index restriction_of on identity.restriction (org_id, principal_id, id);
alter table identity.restriction alter column org_id set (n_distinct = 2);

-- Whose record the one request of an event was about: a principal's, or a user's of a directory. Null where it was
-- about nobody's, or about many. Postings have none, so that the index of it costs them nothing.
alter table tenancy.access_event add column subject_id uuid;
alter table tenancy.access_event add constraint access_event_subject_id_check
check (subject_id is null or cardinality(request_ids) = 1);
create index access_event_about on tenancy.access_event (org_id, subject_id, at) where subject_id is not null;
alter type tenancy.access add attribute subject_id uuid;
