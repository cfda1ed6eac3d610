-- Shares: what opens the data key of a subject is in two places from now on. Such a key is sealed under its subject's
-- share, a file outside of the database, before a provider wraps what is sealed; share_seal has nonce and tag of that.
-- Null is a key that its provider alone opens: the organisation's, and those of subjects from before.
alter table keys.data_key add column share_seal bytea,
add constraint data_key_share_seal_check check (
    share_seal is null or subject_id is not null and octet_length(share_seal) = 28
);

-- They answer, and are told, one thing more.
drop function if exists keys.hold(uuid, uuid[]);
drop function if exists keys.mint(uuid, uuid, uuid, uuid, bytea, uuid, bigint);
