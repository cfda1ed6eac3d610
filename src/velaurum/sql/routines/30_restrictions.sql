-- Restrictions: a person's data is kept, and not shown on any road but to who manages people (GDPR, article 18; V-09).

-- Who is restricted now.
create or replace function identity.restricted(p_org_id uuid) returns setof uuid
language sql stable as $$
    select x.principal_id from (
        select distinct on (r.principal_id) r.principal_id, r.action
        from identity.restriction as r
        where r.org_id = p_org_id
        order by r.principal_id, r.id desc
    ) as x
    where x.action = 'placed'
$$;

-- Say that a person's data is not to be used, or that it may be again; false when it is so already.
create or replace function identity.restrict_subject(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_principal_id uuid, p_action text,
    p_reason text, p_sub_org_ids uuid[]
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    subject identity.principal;
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    subject := identity.require_manageable(p_org_id, p_principal_id, p_sub_org_ids);
    if subject.kind <> 'user' then
        raise exception 'a service or a process is nobody''s data' using errcode = 'VL055';
    elsif (p_principal_id in (select identity.restricted(p_org_id))) = (p_action = 'placed') then
        return false;
    end if;
    insert into identity.restriction (
        org_id, id, principal_id, action, reason, created_by, credential_id, request_id
    ) values (
        p_org_id, platform.uuidv7(clock_timestamp()), p_principal_id, p_action, p_reason, p_actor_id, p_credential_id,
        p_request_id
    );
    return true;
end
$$;
