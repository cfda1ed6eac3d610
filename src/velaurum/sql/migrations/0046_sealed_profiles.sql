-- What a directory says of people, and what they call their passkeys, are sealed texts; a user of a directory is found
-- by blind indexes. What is from before stays plain, without one, until the program that has the keys seals it.
select
    set_config('velaurum.org', '00000000-0000-0000-0000-000000000000', true),
    set_config('velaurum.sub_orgs', '*', true);

-- Attributes are one text. Null says nothing, of who is gone as well; and so has the digest of them nothing to say.
alter table identity.scim_user drop constraint scim_user_erasure_check;
alter table identity.scim_user drop constraint scim_user_attributes_check;
alter table identity.scim_user drop constraint scim_user_attributes_digest_check;
alter table identity.scim_user drop constraint scim_user_user_name_check;
alter table identity.scim_user drop constraint scim_user_external_id_check;
alter table identity.scim_user alter column user_name_key drop not null;
alter table identity.scim_user alter column attributes drop not null;
alter table identity.scim_user alter column attributes_digest drop not null;
alter table identity.scim_user alter column attributes type text using nullif(attributes, '{}')::text;

-- Each is as long at most as what is sealed of the longest that may be said.
alter table identity.scim_user
add constraint scim_user_user_name_check check (
    char_length(user_name) between 1 and 255 or octet_length(user_name) < 1600
    and user_name ~ '^VE1\.[A-Za-z0-9+/]{43}=\.([A-Za-z0-9+/]{4})+([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'
),
add constraint scim_user_external_id_check check (
    char_length(external_id) between 1 and 255 or octet_length(external_id) < 1600
    and external_id ~ '^VE1\.[A-Za-z0-9+/]{43}=\.([A-Za-z0-9+/]{4})+([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'
),
add constraint scim_user_attributes_check check (
    attributes like '{%}' and octet_length(attributes) <= 32768 or octet_length(attributes) < 44000
    and attributes ~ '^VE1\.[A-Za-z0-9+/]{43}=\.([A-Za-z0-9+/]{4})+([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'
),
add constraint scim_user_attributes_digest_check check (
    attributes_digest ~ '^[0-9a-f]{64}$' or octet_length(attributes_digest) < 300
    and attributes_digest ~ '^VE1\.[A-Za-z0-9+/]{43}=\.([A-Za-z0-9+/]{4})+([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'
),
add column user_name_index bytea check (octet_length(user_name_index) = 32),
add column external_id_index bytea check (octet_length(external_id_index) = 32),
add column display_name_index bytea check (octet_length(display_name_index) = 32),
-- What was said of somebody who is gone is gone with them.
add constraint scim_user_erasure_check check (
    removed_at is null or (attributes is null and display_name_key is null and display_name_index is null)
);

create unique index scim_user_name_index_key on identity.scim_user (org_id, user_name_index) where removed_at is null;
create index scim_user_external_id_index_idx on identity.scim_user (org_id, external_id_index)
where removed_at is null;
create index scim_user_display_name_index_idx on identity.scim_user (org_id, display_name_index)
where removed_at is null;
-- Whether there are any from before is asked whenever one is looked for.
create index scim_user_plain_idx on identity.scim_user (org_id)
where removed_at is null
    and (user_name_key is not null or display_name_key is not null or external_id not like 'VE1.%');

-- A name has 120 characters.
alter table identity.passkey drop constraint passkey_name_check;
alter table identity.passkey add constraint passkey_name_check check (
    char_length(name) between 1 and 120 and name not like 'VE1.%' or octet_length(name) < 1000
    and name ~ '^VE1\.[A-Za-z0-9+/]{43}=\.([A-Za-z0-9+/]{4})+([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'
);

-- Which rows are under a key: its id stands in the same place of every envelope.
create index scim_user_user_name_key_idx
on identity.scim_user (org_id, substring(decode(split_part(user_name, '.', 3), 'base64') from 5 for 16))
where user_name like 'VE1.%';
create index scim_user_external_id_key_idx
on identity.scim_user (org_id, substring(decode(split_part(external_id, '.', 3), 'base64') from 5 for 16))
where external_id like 'VE1.%';
create index scim_user_attributes_key_idx
on identity.scim_user (org_id, substring(decode(split_part(attributes, '.', 3), 'base64') from 5 for 16))
where attributes like 'VE1.%';
create index scim_user_digest_key_idx
on identity.scim_user (org_id, substring(decode(split_part(attributes_digest, '.', 3), 'base64') from 5 for 16))
where attributes_digest like 'VE1.%';
create index passkey_key_idx
on identity.passkey (org_id, substring(decode(split_part(name, '.', 3), 'base64') from 5 for 16))
where name like 'VE1.%';

-- What the routines of these names looked like before.
drop function if exists identity.create_scim_user(
    uuid, uuid, uuid, uuid, uuid, text, text, text, text, text, jsonb, boolean, uuid[]
);
drop function if exists identity.update_scim_user(
    uuid, uuid, uuid, uuid, uuid, bigint, text, text, text, text, text, jsonb, boolean, uuid[]
);
drop function if exists identity.link_scim_user(
    uuid, uuid, uuid, uuid, text, bytea, uuid, text, text, text, uuid[]
);
drop function if exists identity.is_user_name_taken(uuid, uuid, text);
