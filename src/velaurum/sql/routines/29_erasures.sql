-- Data subjects: held, and forgotten. To be forgotten is to lose the keys: what is sealed is lost with them wherever it
-- stands, and what is at hand goes along, so that nobody has to wait until a key that is open somewhere is closed.

-- Why a principal must be kept, null where nothing holds it.
create or replace function identity.held_because(p_org_id uuid, p_principal_id uuid) returns text
language sql stable as $$
    select case when h.action = 'placed' then h.reason end from identity.legal_hold as h
    where h.org_id = p_org_id and h.principal_id = p_principal_id
    order by h.id desc limit 1
$$;

-- Say that a principal must be kept, or that it need be no longer; false when it is so already.
create or replace function identity.hold_subject(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_principal_id uuid, p_action text,
    p_reason text, p_sub_org_ids uuid[]
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform identity.require_manageable(p_org_id, p_principal_id, p_sub_org_ids);
    if (identity.held_because(p_org_id, p_principal_id) is not null) = (p_action = 'placed') then
        return false;
    end if;
    insert into identity.legal_hold (
        org_id, id, principal_id, action, reason, created_by, credential_id, request_id
    ) values (
        p_org_id, platform.uuidv7(clock_timestamp()), p_principal_id, p_action, p_reason, p_actor_id, p_credential_id,
        p_request_id
    );
    return true;
end
$$;

-- Whose data a record is that a key may have made: a person, their invitation, link or passkey. Null for all else.
create or replace function identity.person_of(p_org_id uuid, p_record_id uuid) returns uuid
language sql stable as $$
    select p.id from identity.principal as p where p.org_id = p_org_id and p.id = p_record_id and p.kind = 'user'
    union all
    select i.principal_id from identity.invitation as i where i.org_id = p_org_id and i.id = p_record_id
    union all
    select s.principal_id from identity.provider_subject as s where s.org_id = p_org_id and s.id = p_record_id
    union all
    select u.principal_id from identity.scim_user as u where u.org_id = p_org_id and u.id = p_record_id
    union all
    select k.principal_id from identity.passkey as k where k.org_id = p_org_id and k.id = p_record_id
$$;

-- What keys may have made that is a person's data: themselves, their invitations, links and passkeys.
create or replace function identity.records_of(p_org_id uuid, p_principal_id uuid) returns setof uuid
language sql stable as $$
    select p.id from identity.principal as p
    where p.org_id = p_org_id and p.id = p_principal_id and p.kind = 'user'
    union all
    select i.id from identity.invitation as i where i.org_id = p_org_id and i.principal_id = p_principal_id
    union all
    select s.id from identity.provider_subject as s where s.org_id = p_org_id and s.principal_id = p_principal_id
    union all
    select u.id from identity.scim_user as u where u.org_id = p_org_id and u.principal_id = p_principal_id
    union all
    select k.id from identity.passkey as k where k.org_id = p_org_id and k.principal_id = p_principal_id
$$;

-- Of which records a change may have kept what is personal of somebody: what keys may have made, and their passwords.
-- None of them is ever another's, or removed, so that their ids find all that was ever said of the person.
create or replace function identity.personal_records_of(p_org_id uuid, p_principal_id uuid) returns setof uuid
language sql stable as $$
    select p_principal_id
    union
    select r.id from identity.records_of(p_org_id, p_principal_id) as r (id)
    union
    select w.id from identity.password as w where w.org_id = p_org_id and w.principal_id = p_principal_id
$$;

-- Forget by what keys were decided that made a person, or what is theirs: a hash of names tells whoever guesses them.
-- Such a key was used, for nobody knows what any more. Everybody who posts waits for it, so that it looks at no other.
create or replace function ledger.forget_requests(p_org_id uuid, p_principal_id uuid) returns void
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    update ledger.decision as d set request_hash = audit.salt()
    where d.org_id = p_org_id and d.record_id is not null
        and d.record_id = any(array(select identity.records_of(p_org_id, p_principal_id)));
end
$$;

-- Forget a principal: its keys are destroyed and never made again, its notes and all that is personal of its own
-- records go. Entries and commitments stay as they are. Returns how much went.
create or replace function identity.forget_subject(p_org_id uuid, p_principal_id uuid)
returns table (erased_keys bigint, erased_notes bigint, erased_values bigint)
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    -- Wherever the person was at work.
    sub_orgs text := tenancy.see_sub_orgs('*');
begin
    erased_keys := keys.erase_subject(p_org_id, p_principal_id);
    perform identity.forget_indexes(p_org_id, p_principal_id);
    perform identity.forget_profiles(p_org_id, p_principal_id);
    perform ledger.forget_requests(p_org_id, p_principal_id);
    erased_notes := ledger.erase_notes(p_org_id, p_principal_id);
    -- By ids, and not by what rows say: below a policy the planner looks nothing up that is not leakproof, and everybody
    -- who posts would wait until all changes were read.
    delete from audit.personal_value as v using audit.change as c
    where v.org_id = p_org_id and c.org_id = p_org_id and c.id = v.change_id
        and c.subject_id = any(array(select identity.personal_records_of(p_org_id, p_principal_id)));
    get diagnostics erased_values = row_count;
    perform tenancy.see_sub_orgs(sub_orgs);
    return next;
end
$$;

-- Write over the name of who was forgotten, which is an entry; false when it is written over. A restored database has
-- the name again, and takes no entry before somebody took its log up: then this is asked for once more.
create or replace function identity.overwrite_name(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_principal_id uuid, p_sub_org_ids uuid[]
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform identity.require_manageable(p_org_id, p_principal_id, p_sub_org_ids);
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    if identity.is_erased(p_org_id, p_principal_id) then
        perform identity.overwrite_logins(p_org_id, p_principal_id, p_actor_id);
        perform identity.overwrite_profiles(p_org_id, p_principal_id, p_actor_id);
    end if;
    update identity.principal as p set name = 'erased', version = p.version + 1
    where p.org_id = p_org_id and p.id = p_principal_id and p.name <> 'erased' and exists (
        select from keys.data_key as k
        where k.org_id = p_org_id and k.subject_id = p_principal_id and k.state = 'erased'
    );
    return found;
end
$$;

-- Forget a person who is disabled and whom nothing holds. Refused for whoever is erased already; the caller signs what
-- went and records it in the same transaction.
create or replace function identity.erase_subject(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_principal_id uuid, p_sub_org_ids uuid[]
) returns table (erased_keys bigint, erased_notes bigint, erased_values bigint)
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    subject identity.principal;
begin
    -- Before the head: who writes a name or a login holds its key, and waits for the head then.
    perform from keys.data_key as k where k.org_id = p_org_id and k.subject_id = p_principal_id for update;
    perform from ledger.head as h where h.org_id = p_org_id for update;
    subject := identity.require_manageable(p_org_id, p_principal_id, p_sub_org_ids);
    if subject.kind <> 'user' then
        raise exception 'a service or a process is nobody''s data' using errcode = 'VL055';
    elsif subject.disabled_at is null then
        raise exception 'a principal is disabled before it is erased' using errcode = 'VL056';
    elsif identity.held_because(p_org_id, p_principal_id) is not null then
        raise exception 'a legal hold keeps this principal' using errcode = 'VL057';
    elsif exists (
        select from identity.erasure as e where e.org_id = p_org_id and e.principal_id = p_principal_id
    ) then
        raise exception 'this principal was erased before' using errcode = 'VL058';
    end if;
    return query select * from identity.forget_subject(p_org_id, p_principal_id);
    -- It is within reach, as was asked above, and locked since.
    perform identity.overwrite_name(p_org_id, p_actor_id, p_credential_id, p_request_id, p_principal_id, null);
end
$$;

-- Keep the receipt of an erasure.
create or replace function identity.record_erasure(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_principal_id uuid,
    p_erased_at timestamptz, p_receipt jsonb
) returns void
language sql security definer
set search_path = pg_catalog, pg_temp as $$
    insert into identity.erasure (
        org_id, principal_id, erased_at, receipt, created_by, credential_id, request_id
    ) values (p_org_id, p_principal_id, p_erased_at, p_receipt, p_actor_id, p_credential_id, p_request_id)
$$;

-- What the journal outside knows and this database may not, since it came back from before: forget again, at nobody's
-- asking. It gets in no longer, as it was disabled when it was erased, and is so again when the log is taken up. False
-- where the principal is not there, or is forgotten here as well.
create or replace function identity.replay_erasure(
    p_org_id uuid, p_principal_id uuid, p_erased_at timestamptz, p_receipt jsonb
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    if not exists (
        select from identity.principal as p where p.org_id = p_org_id and p.id = p_principal_id
    ) or exists (
        select from identity.erasure as e where e.org_id = p_org_id and e.principal_id = p_principal_id
    ) then
        return false;
    end if;
    perform identity.forget_subject(p_org_id, p_principal_id);
    perform identity.let_in_no_longer(p_org_id, p_principal_id);
    insert into identity.erasure (org_id, principal_id, erased_at, receipt, created_by, replayed_at)
    select p_org_id, p_principal_id, p_erased_at, p_receipt, o.id, clock_timestamp()
    from identity.principal as o where o.org_id = p_org_id and o.created_by = o.id;
    return true;
end
$$;
