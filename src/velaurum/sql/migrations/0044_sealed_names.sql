-- Names of people are sealed: what stands in a column is a commitment and an envelope, and a former name is the same
-- text, whose salt is in its envelope. What is from before stays as it is until its keys are rotated.

-- How a table is opted in says which of its personal columns may be sealed. The routine that writes it is another one.
alter type audit.opting add attribute sealed text[];
drop function if exists audit.record_changes(regclass, text, text[], text[], text[], text);

alter table audit.personal_value alter column salt drop not null;
alter table audit.personal_value add constraint personal_value_salt_or_sealed_check check (
    salt is not null or value ~ '^VE1\.[A-Za-z0-9+/]{43}=\.([A-Za-z0-9+/]{4})+([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'
);

-- A name has 120 characters; sealed, in as many bytes as characters have, it is this long at most. Whose may be plain
-- says a trigger, as what is from before has to be changed otherwise.
alter table identity.principal drop constraint principal_name_check;
alter table identity.principal add constraint principal_name_check check (
    char_length(name) between 1 and 120
    or char_length(name) <= 1000
    and name ~ '^VE1\.[A-Za-z0-9+/]{43}=\.([A-Za-z0-9+/]{4})+([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'
);

-- Which rows are under a key: its id stands in the same place of every envelope.
create index principal_key_idx
on identity.principal (org_id, substring(decode(split_part(name, '.', 3), 'base64') from 5 for 16))
where name ~ '^VE1\.[A-Za-z0-9+/]{43}=\.([A-Za-z0-9+/]{4})+([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$';
create index personal_value_key_idx
on audit.personal_value (org_id, substring(decode(split_part(value, '.', 3), 'base64') from 5 for 16))
where salt is null;

-- What the routines of these names looked like before names were sealed.
drop function if exists identity.create_principal(
    uuid, uuid, uuid, uuid, text, bytea, text, text, uuid, uuid[]
);
drop function if exists identity.create_token(uuid, uuid, text, text, text, uuid, bytea, interval);
drop function if exists identity.invite_by_hand(uuid, uuid, text, text, text, bytea, interval);
drop function if exists identity.create_scim_user(
    uuid, uuid, uuid, uuid, text, text, text, text, text, jsonb, boolean, uuid[]
);
drop function if exists identity.request_break_glass(uuid, uuid, uuid, uuid, text, bytea, text, interval);
drop function if exists identity.step_break_glass(uuid, uuid, uuid, uuid, uuid, text, bytea);
drop function if exists identity.admit_administrator(uuid, uuid);
