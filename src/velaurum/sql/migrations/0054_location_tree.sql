-- What lies in a location is looked for from above.
create index location_parent_idx on catalog.location (org_id, parent_id);
