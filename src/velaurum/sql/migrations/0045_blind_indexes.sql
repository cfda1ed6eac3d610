-- Blind indexes: what a sealed text is searched by. Each is an HMAC under the key of its organisation, of which there
-- is one. It is sealed under the organisation's data key, so that the database has none that opens.
select
    set_config('velaurum.org', '00000000-0000-0000-0000-000000000000', true),
    set_config('velaurum.sub_orgs', '*', true);

create table keys.index_key (
    org_id uuid not null primary key references tenancy.org (org_id),
    sealed bytea not null check (octet_length(sealed) = 80),
    created_at timestamptz not null default clock_timestamp()
);
alter table keys.index_key alter column org_id set (n_distinct = -1);

-- A login, or a subject of a provider, is sealed for its person and found by its index. What is from before stays
-- plain, without one, until the program that has the keys seals it. It has none any more when its person was erased.
-- A login is so long at most, and so is what is sealed of it.
alter table identity.invitation drop constraint invitation_login_check;
alter table identity.invitation add constraint invitation_login_check check (
    login ~ '^[a-z0-9]([a-z0-9._@+-]{0,126}[a-z0-9])?$' or octet_length(login) < 500
    and login ~ '^VE1\.[A-Za-z0-9+/]{43}=\.([A-Za-z0-9+/]{4})+([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'
);
alter table identity.invitation add column login_index bytea check (octet_length(login_index) = 32);
create unique index invitation_login_index_key on identity.invitation (org_id, login_index)
where redeemed_at is null and revoked_at is null;

alter table identity.password add constraint password_login_check check (
    login not like 'VE1.%' or octet_length(login) < 500
    and login ~ '^VE1\.[A-Za-z0-9+/]{43}=\.([A-Za-z0-9+/]{4})+([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'
);
alter table identity.password add column login_index bytea check (octet_length(login_index) = 32);
create unique index password_login_index_key on identity.password (org_id, login_index) where revoked_at is null;

-- Whoever wrote a subject that begins so before has it as plain text still: nobody does.
alter table identity.provider_subject drop constraint provider_subject_subject_check;
alter table identity.provider_subject add constraint provider_subject_subject_check check (
    char_length(subject) between 1 and 255 and subject not like 'VE1.%' or octet_length(subject) < 700
    and subject ~ '^VE1\.[A-Za-z0-9+/]{43}=\.([A-Za-z0-9+/]{4})+([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'
);
alter table identity.provider_subject add column subject_index bytea check (octet_length(subject_index) = 32);
create unique index provider_subject_index_key on identity.provider_subject (org_id, subject_index)
where removed_at is null;

-- Which rows are under a key: its id stands in the same place of every envelope.
create index invitation_key_idx
on identity.invitation (org_id, substring(decode(split_part(login, '.', 3), 'base64') from 5 for 16))
where login like 'VE1.%';
create index password_key_idx
on identity.password (org_id, substring(decode(split_part(login, '.', 3), 'base64') from 5 for 16))
where login like 'VE1.%';
create index provider_subject_key_idx
on identity.provider_subject (org_id, substring(decode(split_part(subject, '.', 3), 'base64') from 5 for 16))
where subject like 'VE1.%';
-- Whether there are any from before is asked whenever one is looked for.
create index invitation_plain_idx on identity.invitation (org_id)
where login_index is null and redeemed_at is null and revoked_at is null;
create index password_plain_idx on identity.password (org_id) where login_index is null and revoked_at is null;
create index provider_subject_plain_idx on identity.provider_subject (org_id, provider_id)
where subject_index is null and removed_at is null;

-- What the routines of these names looked like before.
drop function if exists identity.put_invitation(uuid, uuid, uuid, text, bytea, interval, uuid);
drop function if exists identity.invite(
    uuid, uuid, uuid, uuid, text, bytea, uuid, uuid, text, bytea, interval, uuid[]
);
drop function if exists identity.invite_by_hand(uuid, uuid, uuid, text, text, text, bytea, interval);
drop function if exists identity.redeem_invitation(uuid, uuid, uuid, bytea, uuid);
drop function if exists identity.change_password(uuid, uuid, uuid, uuid, uuid, bytea);
drop function if exists identity.link_subject(uuid, uuid, uuid, uuid, text, bytea, uuid, text, uuid);
drop function if exists identity.vouched_for(uuid, uuid, text);
