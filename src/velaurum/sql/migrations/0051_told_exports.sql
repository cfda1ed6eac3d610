-- Exports by the operator's own hand are access events, with the size of the log and whether they were encrypted.
alter table tenancy.access_event
add column log_size bigint check (log_size >= 0),
add column is_encrypted boolean,
add constraint access_event_export_check check (
    (log_size is null) = (is_encrypted is null) and (log_size is null or cardinality(request_ids) = 1)
);
alter type tenancy.access add attribute log_size bigint, add attribute is_encrypted boolean;

-- Who carried all of it away is asked for each person.
drop index tenancy.access_event_archive_idx;
create index access_event_export_idx on tenancy.access_event (org_id, at, id)
where operations[1] in ('getExportArchive', 'exportOrg', 'exportLog');

-- Whoever is erased has all forgotten that changes kept of them, while everybody who posts waits.
create index change_subject_idx on audit.change (org_id, subject_id);
