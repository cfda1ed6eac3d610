-- Sightings: whom answers about many showed to whom (V-25). A row is that a reader was shown a person by an operation
-- on a day, with the event of the first answer that did. Later ones of the day are events without rows.
create table tenancy.sighting (
    org_id uuid not null,
    subject_id uuid not null,
    day date not null,
    actor_id uuid not null,
    operation text not null check (char_length(operation) between 1 and 120),
    at timestamptz not null,
    event_id uuid not null,
    primary key (org_id, subject_id, day, actor_id, operation),
    foreign key (org_id, at, event_id) references tenancy.access_event (org_id, at, id),
    check (day = (at at time zone 'UTC')::date)
);
alter table tenancy.sighting alter column org_id set (n_distinct = 2);

-- Who carried all of it away is asked for each person.
create index access_event_archive_idx on tenancy.access_event (org_id, at, id)
where operations[1] = 'getExportArchive';

-- Ids of principals, or of users of a directory, as the answer had them.
alter type tenancy.access add attribute shown_ids uuid[];
