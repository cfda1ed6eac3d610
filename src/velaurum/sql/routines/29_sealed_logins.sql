-- Logins and subjects of providers: written sealed under their person's key, with their index; sealed anew, and written
-- over when their person is erased. None is altered otherwise.

create or replace trigger login_is_under_a_living_key before insert or update of login on identity.invitation
for each row when (keys.is_sealed_text(new.login)) execute function keys.require_living_key('login', 'principal_id');
create or replace trigger login_is_under_a_living_key before insert or update of login on identity.password
for each row when (keys.is_sealed_text(new.login)) execute function keys.require_living_key('login', 'principal_id');
create or replace trigger subject_is_under_a_living_key before insert or update of subject on identity.provider_subject
for each row when (keys.is_sealed_text(new.subject))
execute function keys.require_living_key('subject', 'principal_id');
alter table identity.invitation enable always trigger login_is_under_a_living_key;
alter table identity.password enable always trigger login_is_under_a_living_key;
alter table identity.provider_subject enable always trigger subject_is_under_a_living_key;

-- The trigger of a text with an index, both of which it is told: none is written in plain, and none that is not found.
create or replace function identity.require_sealed_text() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    if not keys.is_sealed_text(to_jsonb(new) ->> tg_argv[0]) or to_jsonb(new) ->> tg_argv[1] is null then
        raise exception '%.%.% is sealed, and has its index', tg_table_schema, tg_table_name, tg_argv[0] using
            errcode = 'check_violation', constraint = concat(tg_table_name, '_', tg_argv[0], '_sealed_check');
    end if;
    return new;
end
$$;

create or replace trigger login_is_written_sealed before insert on identity.invitation
for each row execute function identity.require_sealed_text('login', 'login_index');
create or replace trigger login_is_written_sealed before insert on identity.password
for each row execute function identity.require_sealed_text('login', 'login_index');
create or replace trigger subject_is_written_sealed before insert on identity.provider_subject
for each row execute function identity.require_sealed_text('subject', 'subject_index');
alter table identity.invitation enable always trigger login_is_written_sealed;
alter table identity.password enable always trigger login_is_written_sealed;
alter table identity.provider_subject enable always trigger subject_is_written_sealed;

create or replace function identity.is_erased(p_org_id uuid, p_principal_id uuid) returns boolean
language sql stable as $$
    select exists (
        select from keys.data_key as k
        where k.org_id = p_org_id and k.subject_id = p_principal_id and k.state = 'erased'
    )
$$;

-- What stands in the place of a text and its index when there is nobody any more whose it would be.
create or replace function identity.erased_text(p_id uuid) returns text
language sql immutable as $$
    select 'erased-' || p_id
$$;

-- The trigger of a text with an index, both of which it is told. A text is sealed, sealed anew for what it commits to,
-- or written over when its person was erased; its index comes with the first of these and goes with the last.
create or replace function identity.refuse_other_text() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    text_before text := to_jsonb(old) ->> tg_argv[0];
    text_after text := to_jsonb(new) ->> tg_argv[0];
    index_before text := to_jsonb(old) ->> tg_argv[1];
    index_after text := to_jsonb(new) ->> tg_argv[1];
    commitment text := keys.commitment_of(text_after);
    is_sealed boolean := commitment is not null
        and coalesce(keys.commitment_of(text_before), commitment) = commitment;
begin
    if (text_after = text_before or is_sealed) and (
        index_after is not distinct from index_before
        or index_before is null and not identity.is_erased(old.org_id, old.principal_id)
    ) then
        return new;
    end if;
    if identity.is_erased(old.org_id, old.principal_id) and index_after is null
        and text_after in (text_before, identity.erased_text(old.id))
    then
        return new;
    end if;
    raise exception '%.%.% is never altered', tg_table_schema, tg_table_name, tg_argv[0] using errcode = 'VL001';
end
$$;

create or replace trigger login_is_only_sealed before update of login, login_index on identity.invitation
for each row execute function identity.refuse_other_text('login', 'login_index');
create or replace trigger login_is_only_sealed before update of login, login_index on identity.password
for each row execute function identity.refuse_other_text('login', 'login_index');
create or replace trigger subject_is_only_sealed before update of subject, subject_index on identity.provider_subject
for each row execute function identity.refuse_other_text('subject', 'subject_index');
alter table identity.invitation enable always trigger login_is_only_sealed;
alter table identity.password enable always trigger login_is_only_sealed;
alter table identity.provider_subject enable always trigger subject_is_only_sealed;

-- Put another envelope of a login in the place of p_before, or the first one, with its index. False where p_before
-- stands no longer.
create or replace function identity.seal_invitation(
    p_org_id uuid, p_id uuid, p_before text, p_login text, p_login_index bytea
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    update identity.invitation as i set login = p_login, login_index = coalesce(i.login_index, p_login_index)
    where i.org_id = p_org_id and i.id = p_id and i.login = p_before and keys.is_sealed_text(p_login);
    return found;
end
$$;

create or replace function identity.seal_password(
    p_org_id uuid, p_id uuid, p_before text, p_login text, p_login_index bytea
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    update identity.password as w set login = p_login, login_index = coalesce(w.login_index, p_login_index)
    where w.org_id = p_org_id and w.id = p_id and w.login = p_before and keys.is_sealed_text(p_login);
    return found;
end
$$;

create or replace function identity.seal_provider_subject(
    p_org_id uuid, p_id uuid, p_before text, p_subject text, p_subject_index bytea
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    update identity.provider_subject as s set subject = p_subject, subject_index = coalesce(s.subject_index, p_subject_index)
    where s.org_id = p_org_id and s.id = p_id and s.subject = p_before and keys.is_sealed_text(p_subject);
    return found;
end
$$;

-- Nobody finds by them any more who was erased; that is no entry.
create or replace function identity.forget_indexes(p_org_id uuid, p_principal_id uuid) returns void
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    update identity.invitation as i set login_index = null
    where i.org_id = p_org_id and i.principal_id = p_principal_id and i.login_index is not null;
    update identity.password as w set login_index = null
    where w.org_id = p_org_id and w.principal_id = p_principal_id and w.login_index is not null;
    update identity.provider_subject as s set subject_index = null
    where s.org_id = p_org_id and s.principal_id = p_principal_id and s.subject_index is not null;
end
$$;

-- Write over the logins and subjects of who was erased, each of which is an entry. Who acts was said. A link that stood
-- is taken away: there is nobody to vouch for.
create or replace function identity.overwrite_logins(p_org_id uuid, p_principal_id uuid, p_actor_id uuid) returns void
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    update identity.invitation as i set login = identity.erased_text(i.id)
    where i.org_id = p_org_id and i.principal_id = p_principal_id and i.login <> identity.erased_text(i.id);
    update identity.password as w set login = identity.erased_text(w.id)
    where w.org_id = p_org_id and w.principal_id = p_principal_id and w.login <> identity.erased_text(w.id);
    update identity.provider_subject as s
    set
        subject = identity.erased_text(s.id), removed_at = coalesce(s.removed_at, clock_timestamp()),
        removed_by = coalesce(s.removed_by, p_actor_id)
    where s.org_id = p_org_id and s.principal_id = p_principal_id and s.subject <> identity.erased_text(s.id);
end
$$;
