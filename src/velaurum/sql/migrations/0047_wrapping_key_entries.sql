-- Changes of wrapping keys are entries of the organisation's log. Keys that are there already become `found` versions
-- as this run ends. Where a log is held, what changes waits until it is taken up: a table says so as it is opted in.
alter type audit.opting add attribute waits boolean;
drop function if exists audit.record_changes(regclass, text, text[], text[], text[], text, text[]);

-- Whoever has a provider's key wrap, or retires it, is named.
drop function if exists keys.name_wrapping_key(uuid, uuid, text, text, text, uuid);
drop function if exists keys.end_wrapping_key(uuid, uuid);

-- What `version` is in an entry is the record's own, which is a number.
alter table keys.wrapping_key rename column version to key_version;

-- Which keys of requests made a record: whoever is erased is searched for by that.
create index decision_record_idx on ledger.decision (org_id, record_id) where record_id is not null;
create index invitation_principal_idx on identity.invitation (org_id, principal_id);
create index scim_user_principal_idx on identity.scim_user (org_id, principal_id);
