-- Data keys: made, held, counted, destroyed. A row is sealed under a key that lives, or it is not written at all:
-- whoever writes holds the key's row until they commit, and whoever destroys it waits for them and counts again.

-- The key that an envelope names; null for what is no envelope of this form.
create or replace function keys.key_id(p_sealed bytea) returns uuid
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp as $$
    select case
        when octet_length(p_sealed) >= 48 and substring(p_sealed from 1 for 4) = decode('56450101', 'hex')
            then encode(substring(p_sealed from 5 for 16), 'hex')::uuid
    end
$$;

create or replace function keys.refuse_erased(p_org_id uuid, p_subject_ids uuid[]) returns void
language plpgsql stable as $$
begin
    if exists (
        select from keys.data_key as k
        where k.org_id = p_org_id and k.subject_id = any(p_subject_ids) and k.state = 'erased'
    ) then
        raise exception 'the data subject was erased' using errcode = 'VL051';
    end if;
end
$$;

-- The keys to seal with, kept from being destroyed for as long as the transaction takes. A null among the subjects is
-- the organisation itself. What has no key yet is not in the answer.
create or replace function keys.hold(p_org_id uuid, p_subject_ids uuid[])
returns table (
    id uuid, subject_id uuid, state text, wrapped bytea, share_seal bytea, wrapping_key_id uuid, provider text,
    key_name text, key_version text
)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp as $$
begin
    perform keys.refuse_erased(p_org_id, p_subject_ids);
    return query
    select k.id, k.subject_id, k.state, k.wrapped, k.share_seal, k.wrapping_key_id, w.provider, w.name, w.key_version
    from keys.data_key as k
    inner join keys.wrapping_key as w on k.org_id = w.org_id and k.wrapping_key_id = w.id
    where k.org_id = p_org_id and k.state = 'active' and (
        k.subject_id = any(p_subject_ids)
        or k.subject_id is null and exists (
            select from unnest(p_subject_ids) as x (subject_id) where x.subject_id is null
        )
    )
    for key share of k;
end
$$;

-- Let a new version of a data key be the active one, in the place of p_before. False when somebody was first, or the
-- wrapping key is not the active one any more. A subject's is split, whoever makes it.
create or replace function keys.mint(
    p_org_id uuid, p_id uuid, p_subject_id uuid, p_before uuid, p_wrapped bytea, p_share_seal bytea,
    p_wrapping_key_id uuid, p_count bigint
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    if p_subject_id is not null and p_share_seal is null then
        raise exception 'the data key of a subject is split' using
            errcode = 'check_violation', constraint = 'data_key_share_seal_check';
    end if;
    perform keys.refuse_erased(p_org_id, array[p_subject_id]);
    perform from keys.wrapping_key as w
    where w.org_id = p_org_id and w.id = p_wrapping_key_id and w.state = 'active'
    for share;
    if not found then
        return false;
    end if;
    if p_before is not null then
        update keys.data_key as k set state = 'opens-only', retired_at = clock_timestamp()
        where k.org_id = p_org_id and k.id = p_before and k.subject_id is not distinct from p_subject_id
            and k.state = 'active';
        if not found then
            return false;
        end if;
    end if;
    insert into keys.data_key (org_id, id, subject_id, version, wrapped, share_seal, wrapping_key_id, sealed_count)
    select
        p_org_id, p_id, p_subject_id, coalesce(max(k.version), 0) + 1, p_wrapped, p_share_seal, p_wrapping_key_id,
        p_count
    from keys.data_key as k
    where k.org_id = p_org_id and k.subject_id is not distinct from p_subject_id
    on conflict do nothing;
    if not found and p_before is not null then
        raise exception 'a data key was made by two at once' using errcode = '40001';
    end if;
    return found;
end
$$;

-- Take so many messages of a key that seals; false when it has none left, or seals no more.
create or replace function keys.reserve(p_org_id uuid, p_id uuid, p_count bigint) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    update keys.data_key as k set sealed_count = k.sealed_count + p_count
    where k.org_id = p_org_id and k.id = p_id and k.state = 'active' and k.sealed_count + p_count <= 2147483648;
    return found;
end
$$;

-- Destroy every key of a data subject, and let there never be another one. Returns how many had been there.
create or replace function keys.erase_subject(p_org_id uuid, p_subject_id uuid) returns bigint
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    erased bigint;
begin
    insert into keys.data_key (org_id, id, subject_id, version, state, ended_at)
    values (p_org_id, gen_random_uuid(), p_subject_id, 1, 'erased', clock_timestamp())
    on conflict do nothing;
    -- Whoever makes the next version has locked the one before: only then is there nobody else.
    perform from keys.data_key as k where k.org_id = p_org_id and k.subject_id = p_subject_id for update;
    update keys.data_key as k set state = 'erased', wrapped = null, ended_at = clock_timestamp()
    where k.org_id = p_org_id and k.subject_id = p_subject_id and k.state in ('active', 'opens-only');
    get diagnostics erased = row_count;
    return erased;
end
$$;

-- How many rows are sealed under a key. A table with a sealed column has its line here, and its trigger below.
create or replace function keys.sealed_rows(p_org_id uuid, p_key_id uuid) returns bigint
language sql stable
set search_path = pg_catalog, pg_temp as $$
    select (
        select count(*) from identity.second_factor as f
        where f.org_id = p_org_id and substring(f.sealed from 5 for 16) = uuid_send(p_key_id)
    ) + (
        select count(*) from ledger.movement_note as n
        where n.org_id = p_org_id and substring(n.sealed from 5 for 16) = uuid_send(p_key_id)
    ) + (
        select count(*) from identity.principal as p
        where p.org_id = p_org_id and p.name ~ '^VE1\.[A-Za-z0-9+/]{43}=\.([A-Za-z0-9+/]{4})+([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'
            and substring(decode(split_part(p.name, '.', 3), 'base64') from 5 for 16) = uuid_send(p_key_id)
    ) + (
        select count(*) from audit.personal_value as v
        where v.org_id = p_org_id and v.salt is null
            and substring(decode(split_part(v.value, '.', 3), 'base64') from 5 for 16) = uuid_send(p_key_id)
    ) + (
        select count(*) from identity.invitation as i
        where i.org_id = p_org_id and i.login like 'VE1.%'
            and substring(decode(split_part(i.login, '.', 3), 'base64') from 5 for 16) = uuid_send(p_key_id)
    ) + (
        select count(*) from identity.password as w
        where w.org_id = p_org_id and w.login like 'VE1.%'
            and substring(decode(split_part(w.login, '.', 3), 'base64') from 5 for 16) = uuid_send(p_key_id)
    ) + (
        select count(*) from identity.provider_subject as s
        where s.org_id = p_org_id and s.subject like 'VE1.%'
            and substring(decode(split_part(s.subject, '.', 3), 'base64') from 5 for 16) = uuid_send(p_key_id)
    ) + (
        select count(*) from identity.scim_user as u
        where u.org_id = p_org_id and u.user_name like 'VE1.%'
            and substring(decode(split_part(u.user_name, '.', 3), 'base64') from 5 for 16) = uuid_send(p_key_id)
    ) + (
        select count(*) from identity.scim_user as u
        where u.org_id = p_org_id and u.external_id like 'VE1.%'
            and substring(decode(split_part(u.external_id, '.', 3), 'base64') from 5 for 16) = uuid_send(p_key_id)
    ) + (
        select count(*) from identity.scim_user as u
        where u.org_id = p_org_id and u.attributes like 'VE1.%'
            and substring(decode(split_part(u.attributes, '.', 3), 'base64') from 5 for 16) = uuid_send(p_key_id)
    ) + (
        select count(*) from identity.scim_user as u
        where u.org_id = p_org_id and u.attributes_digest like 'VE1.%' and
            substring(decode(split_part(u.attributes_digest, '.', 3), 'base64') from 5 for 16) = uuid_send(p_key_id)
    ) + (
        select count(*) from identity.passkey as k
        where k.org_id = p_org_id and k.name like 'VE1.%'
            and substring(decode(split_part(k.name, '.', 3), 'base64') from 5 for 16) = uuid_send(p_key_id)
    ) + (
        select count(*) from keys.index_key as x
        where x.org_id = p_org_id and substring(x.sealed from 5 for 16) = uuid_send(p_key_id)
    )
$$;

-- Destroy a key that seals no more. False while any row is sealed under it.
create or replace function keys.destroy_data_key(p_org_id uuid, p_id uuid) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    perform from keys.data_key as k
    where k.org_id = p_org_id and k.id = p_id and k.state = 'opens-only'
    for update;
    if not found or keys.sealed_rows(p_org_id, p_id) > 0 then
        return false;
    end if;
    update keys.data_key as k set state = 'destroyed', wrapped = null, ended_at = clock_timestamp()
    where k.org_id = p_org_id and k.id = p_id;
    return true;
end
$$;

-- Hold the key of an envelope, which lives and is this subject's, null for the organisation's. Under anybody else's a
-- text would outlive the erasure of whose it is.
create or replace function keys.hold_key_of(p_org_id uuid, p_sealed bytea, p_subject_id uuid, p_of text) returns void
language plpgsql as $$
begin
    perform from keys.data_key as k
    where k.org_id = p_org_id and k.id = keys.key_id(p_sealed) and k.state in ('active', 'opens-only')
        and k.subject_id is not distinct from p_subject_id
    for key share;
    if not found then
        raise exception '% is not sealed under a key that lives and is its own', p_of using errcode = 'VL052';
    end if;
end
$$;

-- The trigger of a sealed column, which it is told, and beside it the column that says whose it is, none for what is
-- the organisation's: what is written there is an envelope, or a sealed text, and its key lives and is theirs.
create or replace function keys.require_living_key() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    said text := to_jsonb(new) ->> tg_argv[0];
    sealed bytea := case when said like 'VE1.%' then keys.envelope_of(said) else said::bytea end;
begin
    if sealed is null then
        return new;
    end if;
    perform keys.hold_key_of(
        new.org_id, sealed, (to_jsonb(new) ->> tg_argv[1])::uuid,
        concat(tg_table_schema, '.', tg_table_name, '.', tg_argv[0]));
    return new;
end
$$;

create or replace trigger sealed_is_under_a_living_key before insert or update of sealed on identity.second_factor
for each row execute function keys.require_living_key('sealed');
alter table identity.second_factor enable always trigger sealed_is_under_a_living_key;

-- A key goes one way, and stays whose it is.
create or replace trigger data_key_stays_itself before update of
org_id, id, subject_id, version, share_seal, created_at on keys.data_key
for each row execute function ledger.refuse_change();
create or replace trigger data_key_goes_one_way before update on keys.data_key
for each row when (
    old.state in ('erased', 'destroyed') or old.state <> 'active' and new.state = 'active'
    or new.sealed_count < old.sealed_count
) execute function ledger.refuse_change();
alter table keys.data_key enable always trigger data_key_stays_itself;
alter table keys.data_key enable always trigger data_key_goes_one_way;
