-- Break-glass: one administrator asks, a second person approves, the first collects one credential that reads until it
-- ends. What each of them may do is held by triggers (26_break_glass_rules.sql); here the steps are taken.

-- Where a break-glass stands at an instant. A request waits a day for its second person; a window ends by itself.
create or replace function identity.break_glass_state(p_org_id uuid, p_id uuid, p_at timestamptz) returns text
language sql stable as $$
    select case
        when e.id is not null or o.expires_at <= p_at then 'ended'
        when o.id is not null then 'open'
        when b.requested_at + interval '1 day' <= p_at then 'lapsed'
        else 'pending'
    end
    from identity.break_glass as b
    left join identity.break_glass_step as o on b.org_id = o.org_id and b.id = o.id and o.step = 'approved'
    left join identity.break_glass_step as e on b.org_id = e.org_id and b.id = e.id and e.step = 'ended'
    where b.org_id = p_org_id and b.id = p_id
$$;

-- The principal that an administrator is in an organisation: one and the same for ever, with the administrator's id.
-- Nothing for anybody else. Locks the administrator, as a revocation does. p_name is what it is called there, sealed;
-- null for who is there already.
create or replace function identity.admit_administrator(p_org_id uuid, p_actor_id uuid, p_name text) returns void
language plpgsql as $$
declare
    operator_id uuid;
begin
    if platform.living_administrator(p_actor_id) is null or exists (
        select from identity.principal as p where p.org_id = p_org_id and p.id = p_actor_id
    ) then
        return;
    end if;
    select p.id into strict operator_id from identity.principal as p
    where p.org_id = p_org_id and p.created_by = p.id;
    perform identity.act_as(p_org_id, operator_id, null, null);
    insert into identity.principal (org_id, id, kind, name, created_by)
    values (p_org_id, p_actor_id, 'user', p_name, operator_id)
    on conflict (org_id, id) do nothing;
end
$$;

-- Ask for a break-glass. The role that it gives is there from the first request on.
create or replace function identity.request_break_glass(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid,
    p_idempotency_key text, p_request_hash bytea, p_reason text, p_life interval, p_name text
) returns ledger.outcome_of_record
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    earlier ledger.outcome_of_record;
    moment timestamptz;
    new_id uuid;
begin
    perform identity.admit_administrator(p_org_id, p_actor_id, p_name);
    earlier := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    if earlier.outcome is not null then
        return earlier;
    end if;
    moment := clock_timestamp();
    new_id := platform.uuidv7(moment);
    insert into identity.role (org_id, id, code, name, permissions, is_seeded, created_by, updated_by)
    select p_org_id, new_id, 'break-glass', 'Break-glass', array['read', 'read-assurance'], true, o.id, o.id
    from identity.principal as o
    where o.org_id = p_org_id and o.created_by = o.id
    on conflict (org_id, code) do nothing;
    perform identity.act_as(p_org_id, p_actor_id, null, p_request_id);
    insert into identity.break_glass (
        org_id, id, reason, life, requested_by, credential_id, request_id, requested_at
    ) values (
        p_org_id, new_id, p_reason, p_life, p_actor_id, p_credential_id, p_request_id, moment
    );
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

-- Take the next step of a break-glass; false when it does not stand where that step is taken. Locks in one order: the
-- administrators, then the head, then the request. The secret's hash is for the step that collects.
create or replace function identity.step_break_glass(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_step text,
    p_secret_hash bytea, p_name text
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    asked identity.break_glass;
    moment timestamptz;
    state text;
begin
    if p_step <> 'ended' then
        perform tenancy.refuse_suspended(p_org_id);
    end if;
    perform identity.admit_administrator(p_org_id, p_actor_id, p_name);
    select * into strict asked from identity.break_glass as b where b.org_id = p_org_id and b.id = p_id;
    perform platform.living_administrator(asked.requested_by);
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform from identity.break_glass as b where b.org_id = p_org_id and b.id = p_id for update;
    if (p_step = 'approved' and p_actor_id = asked.requested_by)
        or (p_step = 'collected' and p_actor_id <> asked.requested_by) then
        raise exception 'the step % is of another person', p_step using errcode = 'VL006';
    end if;
    moment := clock_timestamp();
    state := identity.break_glass_state(p_org_id, p_id, moment);
    if (p_step = 'approved' and state <> 'pending') or (p_step = 'collected' and state <> 'open')
        or state not in ('pending', 'open') then
        return false;
    end if;
    -- An administrator's credential is none of the organisation's: it has their own id.
    perform identity.act_as(
        p_org_id, p_actor_id, case when p_credential_id <> p_actor_id then p_credential_id end, p_request_id);
    insert into identity.break_glass_step (
        org_id, id, step, requested_by, actor_id, credential_id, request_id, at, expires_at
    ) values (
        p_org_id, p_id, p_step, asked.requested_by, p_actor_id, p_credential_id, p_request_id, moment,
        case when p_step = 'approved' then moment + asked.life end
    ) on conflict (org_id, id, step) do nothing;
    if not found then
        return false;
    end if;
    if p_step = 'collected' then
        insert into identity.token (org_id, id, principal_id, role, secret_hash, created_by, expires_at)
        select p_org_id, p_id, p_actor_id, 'break-glass', p_secret_hash, s.actor_id, s.expires_at
        from identity.break_glass_step as s
        where s.org_id = p_org_id and s.id = p_id and s.step = 'approved';
    end if;
    return true;
end
$$;

-- End whatever an administrator asked for and has not ended: with the revocation, in the name of the installation.
-- Returns how many there were.
create or replace function identity.end_break_glass_of(p_org_id uuid, p_administrator_id uuid) returns bigint
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    ended bigint := 0;
    operator_id uuid;
    b record;
begin
    select p.id into strict operator_id from identity.principal as p
    where p.org_id = p_org_id and p.created_by = p.id;
    for b in
        select x.id from identity.break_glass as x
        where x.org_id = p_org_id and x.requested_by = p_administrator_id
            and identity.break_glass_state(p_org_id, x.id, clock_timestamp()) in ('pending', 'open')
        order by x.id
    loop
        if identity.step_break_glass(
            p_org_id, operator_id, operator_id, platform.uuidv7(clock_timestamp()), b.id, 'ended', null, null) then
            ended := ended + 1;
        end if;
    end loop;
    return ended;
end
$$;

-- What answers show of a break-glass. Its id is the id of its credential, which every record names beside the actor.
create or replace view identity.break_glass_answer with (security_invoker = true) as
select
    b.org_id,
    b.id,
    identity.break_glass_state(b.org_id, b.id, statement_timestamp()) as status,
    b.reason,
    extract(epoch from b.life)::bigint as lasts_s,
    b.requested_by as requester_id,
    p.kind as requester_kind,
    p.name as requester_name,
    platform.instant(b.requested_at) as requested_at,
    o.actor_id as approver_id,
    q.kind as approver_kind,
    q.name as approver_name,
    platform.instant(o.at) as opened_at,
    platform.instant(o.expires_at) as expires_at,
    platform.instant(c.at) as collected_at,
    e.actor_id as ender_id,
    r.kind as ender_kind,
    r.name as ender_name,
    platform.instant(coalesce(e.at, case when o.expires_at <= statement_timestamp() then o.expires_at end)) as ended_at
from identity.break_glass as b
inner join identity.principal as p on b.org_id = p.org_id and b.requested_by = p.id
left join identity.break_glass_step as o on b.org_id = o.org_id and b.id = o.id and o.step = 'approved'
left join identity.principal as q on o.org_id = q.org_id and o.actor_id = q.id
left join identity.break_glass_step as c on b.org_id = c.org_id and b.id = c.id and c.step = 'collected'
left join identity.break_glass_step as e on b.org_id = e.org_id and b.id = e.id and e.step = 'ended'
left join identity.principal as r on e.org_id = r.org_id and e.actor_id = r.id;

select audit.record_changes('identity.break_glass', 'break-glass', '{id}', '{}', '{reason}', 'shared');
select audit.record_changes('identity.break_glass_step', 'break-glass-step', '{id,step}', '{}', '{}', 'shared');
