-- Principals: made once per key, changed by version, disabled with all that they hold. Each routine takes the head lock
-- first, so that of two at once one comes after the other, and a posting is before it or refused.

-- Whether anybody who lives may manage identity in the whole organisation.
create or replace function identity.is_managed(p_org_id uuid) returns boolean
language sql stable as $$
    select exists (
        select from identity.principal as p
        inner join identity.token as t on p.org_id = t.org_id and p.id = t.principal_id
        inner join identity.role as r on t.org_id = r.org_id and t.role = r.code
        where p.org_id = p_org_id and p.disabled_at is null and t.revoked_at is null and t.sub_org_id is null
            and t.expires_at > clock_timestamp() and 'manage-identity' = any(r.permissions)
    ) or exists (
        select from identity.principal as p
        inner join identity.assignment as a on p.org_id = a.org_id and p.id = a.principal_id
        inner join identity.role as r on a.org_id = r.org_id and a.role = r.code
        where p.org_id = p_org_id and p.disabled_at is null and a.revoked_at is null and a.sub_org_id is null
            and 'manage-identity' = any(r.permissions)
    )
$$;

-- Keep an organisation from locking itself out: p_was_managed is how it stood before.
create or replace function identity.require_managed(p_org_id uuid, p_was_managed boolean) returns void
language plpgsql as $$
begin
    if p_was_managed and not identity.is_managed(p_org_id) then
        raise exception 'nobody would be left who manages identity' using errcode = 'VL13B';
    end if;
end
$$;

-- Who acts reaches the principal that is managed, and it is not the platform's operator: that is the installation's.
create or replace function identity.require_manageable(p_org_id uuid, p_id uuid, p_sub_org_ids uuid[])
returns identity.principal
language plpgsql as $$
declare
    found_one identity.principal;
begin
    select * into strict found_one from identity.principal as p where p.org_id = p_org_id and p.id = p_id
    for no key update;
    perform tenancy.require_reach(p_sub_org_ids, found_one.sub_org_id);
    if found_one.created_by = found_one.id then
        raise exception 'the platform''s operator is not managed here' using errcode = 'VL13A';
    end if;
    return found_one;
end
$$;

-- A person's name is sealed before it gets here, or written over; what a service is called is nobody's data, and plain.
create or replace function identity.require_sealed_name() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    if tg_op = 'UPDATE' and new.name = old.name and new.kind = old.kind then
        return new;
    end if;
    if new.kind = 'user' and not keys.is_sealed_text(new.name) and new.name <> 'erased'
        or new.kind <> 'user' and new.name like 'VE1.%' then
        raise exception 'the name of a person is sealed, and no other name looks so' using
            errcode = 'check_violation', constraint = 'principal_name_sealed_check';
    end if;
    return new;
end
$$;

create or replace trigger name_of_person_is_sealed before insert or update of name, kind on identity.principal
for each row execute function identity.require_sealed_name();
alter table identity.principal enable always trigger name_of_person_is_sealed;

-- The principal has the id that its name was sealed for.
create or replace function identity.create_principal(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid,
    p_idempotency_key text, p_request_hash bytea, p_id uuid, p_kind text, p_name text, p_sub_org_id uuid,
    p_sub_org_ids uuid[]
) returns ledger.outcome_of_record
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    perform tenancy.require_reach(p_sub_org_ids, p_sub_org_id);
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    insert into identity.principal (org_id, id, kind, name, sub_org_id, created_by)
    values (p_org_id, p_id, p_kind, p_name, p_sub_org_id, p_actor_id);
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, p_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

-- Rename a principal, whose name stays where p_name is null, or move it to another department; false when its version
-- is not the expected one.
create or replace function identity.update_principal(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid,
    p_id uuid, p_version bigint, p_name text, p_sub_org_id uuid, p_sub_org_ids uuid[]
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform identity.require_manageable(p_org_id, p_id, p_sub_org_ids);
    perform tenancy.require_reach(p_sub_org_ids, p_sub_org_id);
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    update identity.principal as p
    set name = coalesce(p_name, p.name), sub_org_id = p_sub_org_id, version = p.version + 1
    where p.org_id = p_org_id and p.id = p_id and p.version = p_version;
    return found;
end
$$;

-- Disable a principal, which revokes its tokens, or enable it, which gives none back; false when it is so already. Who
-- acts reaches all that the principal holds.
create or replace function identity.set_disabled(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid,
    p_id uuid, p_is_disabled boolean, p_sub_org_ids uuid[]
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    was_managed boolean;
    subject identity.principal;
    moment timestamptz;
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    subject := identity.require_manageable(p_org_id, p_id, p_sub_org_ids);
    perform tenancy.require_reach(p_sub_org_ids, a.sub_org_id) from identity.assignment as a
    where a.org_id = p_org_id and a.principal_id = p_id and a.revoked_at is null;
    perform tenancy.require_reach(p_sub_org_ids, t.sub_org_id) from identity.token as t
    where t.org_id = p_org_id and t.principal_id = p_id and t.revoked_at is null and t.expires_at > clock_timestamp();
    if (subject.disabled_at is not null) = p_is_disabled then
        return false;
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    was_managed := identity.is_managed(p_org_id);
    moment := clock_timestamp();
    update identity.principal as p
    set
        disabled_at = case when p_is_disabled then moment end,
        disabled_by = case when p_is_disabled then p_actor_id end,
        version = p.version + 1
    where p.org_id = p_org_id and p.id = p_id;
    if p_is_disabled then
        update identity.token as t set revoked_at = moment, revoked_by = p_actor_id
        where t.org_id = p_org_id and t.principal_id = p_id and t.revoked_at is null and t.expires_at > moment;
        perform identity.require_managed(p_org_id, was_managed);
    end if;
    return true;
end
$$;

-- Let a principal get in no longer, without an entry: its sessions end, nobody signs in as it, and its tokens open
-- nothing from now on. None of that is in a record. False of who is disabled or the operator itself.
create or replace function identity.let_in_no_longer(p_org_id uuid, p_id uuid) returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    operator_id uuid := (select o.id from identity.principal as o where o.org_id = p_org_id and o.created_by = o.id);
begin
    update identity.principal as p set cut_at = clock_timestamp()
    where p.org_id = p_org_id and p.id = p_id and p.disabled_at is null and p.id <> operator_id;
    if not found then
        return false;
    end if;
    -- After it, which waits for whoever is signing in (identity.open_session).
    update identity.session as s set ended_at = clock_timestamp(), ended_by = operator_id
    where s.org_id = p_org_id and s.principal_id = p_id and s.ended_at is null;
    update identity.token as t set secret_hash = identity.cut_hash()
    where t.org_id = p_org_id and t.principal_id = p_id and t.revoked_at is null and t.expires_at > clock_timestamp();
    return true;
end
$$;

-- Cut a principal off while the log is held, at the operator's own hand; it is disabled when the log is taken up again.
-- False where nothing is held, and of who is disabled or the operator itself.
create or replace function identity.cut_principal(p_org_id uuid, p_id uuid) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    if not exists (select from tenancy.org as o where o.org_id = p_org_id and o.held_since is not null) then
        return false;
    end if;
    return identity.let_in_no_longer(p_org_id, p_id);
end
$$;

select audit.record_changes('identity.principal', 'principal', '{id}', '{cut_at}', '{name}', 'sub_org_id', '{name}');
