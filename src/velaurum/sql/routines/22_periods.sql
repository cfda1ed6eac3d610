-- Periods: what happened in a closed one is posted no more. They follow one another without a gap and close in their
-- order, so that one instant of the head row says what is closed (ADR 0075).

-- How far a state is from open.
create or replace function ledger.closedness(p_state text) returns integer
language sql immutable parallel safe as $$
    select array_position(array['open', 'soft-closed', 'closed'], p_state)
$$;

-- Why the periods refuse a movement of an instant, or null. What is soft-closed is open to who closes periods.
create or replace function ledger.refusal_of_period(
    p_org_id uuid, p_head ledger.head, p_credential_id uuid, p_instant timestamptz
) returns jsonb
language plpgsql stable as $$
declare
    closed_until timestamptz := p_head.soft_closed_until;
begin
    if p_instant < p_head.closed_until then
        closed_until := p_head.closed_until;
    elsif exists (
        select from identity.reach(p_org_id, p_credential_id, 'close-periods') as r
        where r.may and r.sub_org_ids is null
    ) then
        return null;
    end if;
    return jsonb_build_object(
        'code', 'period-closed', 'pointer', '/occurred_at', 'closed_until', platform.instant(closed_until));
end
$$;

-- The wall of their order: none is closed before it is over, nor more than one before it, whoever writes. The head row
-- is locked, so that no two close at a time, and every posting is before it or under it.
create or replace function ledger.refuse_other_order() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    of_org_id uuid := new.org_id;
begin
    perform from ledger.head as h where h.org_id = of_org_id for update;
    if new.state <> 'open' and new.ends_at > clock_timestamp() then
        raise exception 'a period is closed when it is over' using errcode = 'VL080';
    end if;
    if exists (
        select from ledger.period as p
        where p.org_id = of_org_id and (
            p.starts_at < new.starts_at and ledger.closedness(p.state) < ledger.closedness(new.state)
            or p.starts_at > new.starts_at and ledger.closedness(p.state) > ledger.closedness(new.state)
        )
    ) then
        raise exception 'periods close in their order, and open again in the other' using errcode = 'VL081';
    end if;
    return new;
end
$$;

create or replace trigger period_is_in_order before insert or update of state on ledger.period
for each row execute function ledger.refuse_other_order();
alter table ledger.period enable always trigger period_is_in_order;

-- Whether somebody acts as themselves: a person, whose credential closes periods in the whole organisation.
create or replace function ledger.closes_periods(p_org_id uuid, p_person_id uuid, p_credential_id uuid) returns boolean
language sql stable as $$
    select exists (
        select from identity.reach(p_org_id, p_credential_id, 'close-periods') as r
        where r.may and r.sub_org_ids is null and r.principal_id = p_person_id and r.principal_kind = 'user'
    )
$$;

-- Whether somebody who once acted as themselves could still: by whatever credential, as a session ends within a week.
create or replace function ledger.may_still_close(p_org_id uuid, p_person_id uuid) returns boolean
language sql stable as $$
    select identity.may_anyhow(p_org_id, p_person_id, 'close-periods') and exists (
        select from identity.principal as p
        where p.org_id = p_org_id and p.id = p_person_id and p.disabled_at is null
    )
$$;

-- The wall of the second person: who asks for a reopening is who acts, and a period is less closed only when somebody
-- asked within seven days, who may still, and another person acts, neither of whom made the credential of the other.
create or replace function ledger.refuse_lone_reopening() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    of_org_id uuid := new.org_id;
    acting uuid[] := nullif(current_setting('velaurum.acting', true), '')::uuid[];
begin
    if ledger.closedness(new.state) >= ledger.closedness(old.state) then
        if new.reopen_asked_by is null or (
            new.reopen_asked_by = acting[1] and new.reopen_credential_id = acting[2]
            and ledger.closes_periods(of_org_id, acting[1], acting[2])
        ) then
            return new;
        end if;
        raise exception 'a reopening is asked for by who acts' using errcode = 'VL006';
    end if;
    if old.reopen_asked_at > clock_timestamp() - interval '7 days' and old.reopen_asked_by <> acting[1]
        and ledger.may_still_close(of_org_id, old.reopen_asked_by)
        and ledger.closes_periods(of_org_id, acting[1], acting[2])
        and not ledger.is_of_one_hand(of_org_id, acting[1], old.reopen_credential_id)
        and not ledger.is_of_one_hand(of_org_id, old.reopen_asked_by, acting[2]) then
        return new;
    end if;
    raise exception 'a period is reopened by two persons' using errcode = 'VL006';
end
$$;

create or replace trigger period_is_reopened_by_two before update of
state, reopen_asked_by, reopen_asked_at, reopen_credential_id, reopen_reason on ledger.period
for each row execute function ledger.refuse_lone_reopening();
alter table ledger.period enable always trigger period_is_reopened_by_two;

-- The head row says what the periods say, whoever writes.
create or replace function ledger.mark_periods() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    of_org_id uuid := new.org_id;
begin
    update ledger.head as h
    set closed_until = u.closed_until, soft_closed_until = u.soft_closed_until
    from ledger.closed_until(of_org_id) as u
    where h.org_id = of_org_id
        and (h.closed_until, h.soft_closed_until) is distinct from (u.closed_until, u.soft_closed_until);
    return null;
end
$$;

create or replace function ledger.closed_until(p_org_id uuid)
returns table (closed_until timestamptz, soft_closed_until timestamptz)
language sql stable as $$
    select max(p.ends_at) filter (where p.state = 'closed'), max(p.ends_at) filter (where p.state <> 'open')
    from ledger.period as p where p.org_id = p_org_id
$$;

create or replace trigger period_is_marked after insert or update of state on ledger.period
for each row execute function ledger.mark_periods();
alter table ledger.period enable always trigger period_is_marked;

-- A period after the last one, which says where it begins; the first one says so itself.
create or replace function ledger.create_period(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text,
    p_request_hash bytea, p_code text, p_code_key text, p_starts_at timestamptz, p_ends_at timestamptz
) returns ledger.outcome_of_record
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    last_end timestamptz;
    new_id uuid;
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    perform from ledger.head as h where h.org_id = p_org_id for update;
    select max(p.ends_at) into last_end from ledger.period as p where p.org_id = p_org_id;
    if coalesce(p_starts_at <> last_end, coalesce(p_starts_at, last_end) is null) then
        raise exception 'a period begins where the last one ends' using errcode = 'VL082';
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    insert into ledger.period (
        org_id, id, code, code_key, starts_at, ends_at, follows_at, created_by, updated_by
    ) values (
        p_org_id, platform.uuidv7(clock_timestamp()), p_code, p_code_key, coalesce(last_end, p_starts_at), p_ends_at,
        last_end, p_actor_id, p_actor_id
    ) on conflict do nothing returning id into new_id;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

-- Close a period, softly or for good; no row when its version is not the expected one, or when it is so already. What
-- was asked of it before is answered with that.
create or replace function ledger.close_period(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_state text
) returns setof ledger.period
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    head ledger.head;
begin
    select * into strict head from ledger.head as h where h.org_id = p_org_id for update;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    return query
    update ledger.period as p
    set
        state = p_state, closed_at_size = case when p_state = 'closed' then head.size end,
        reopen_asked_by = null, reopen_asked_at = null, reopen_credential_id = null, reopen_reason = null,
        version = p.version + 1,
        updated_at = greatest(clock_timestamp(), p.updated_at + interval '1 microsecond'), updated_by = p_actor_id
    where p.org_id = p_org_id and p.id = p_id and p.version = p_version
        and ledger.closedness(p.state) < ledger.closedness(p_state)
    returning p.*;
end
$$;

-- Ask for the reopening of the newest period that is as closed as it is; no row when its version is not the expected
-- one, when it is open, or when somebody asked within seven days.
create or replace function ledger.ask_reopening(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_reason text
) returns setof ledger.period
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    if exists (
        select from ledger.period as p
        inner join ledger.period as q on q.org_id = p_org_id and q.starts_at > p.starts_at
        where p.org_id = p_org_id and p.id = p_id and ledger.closedness(q.state) >= ledger.closedness(p.state)
            and p.state <> 'open'
    ) then
        raise exception 'a later period is as closed' using errcode = 'VL081';
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    return query
    update ledger.period as p
    set
        reopen_asked_by = p_actor_id, reopen_asked_at = clock_timestamp(), reopen_credential_id = p_credential_id,
        reopen_reason = p_reason, version = p.version + 1,
        updated_at = greatest(clock_timestamp(), p.updated_at + interval '1 microsecond'), updated_by = p_actor_id
    where p.org_id = p_org_id and p.id = p_id and p.version = p_version and p.state <> 'open'
        and (p.reopen_asked_at is null or p.reopen_asked_at <= clock_timestamp() - interval '7 days')
    returning p.*;
end
$$;

-- Confirm what somebody else asked for: a closed period is soft-closed again, a soft-closed one open. No row when its
-- version is not the expected one, or when nobody asks any more.
create or replace function ledger.confirm_reopening(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint
) returns setof ledger.period
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    return query
    update ledger.period as p
    set
        state = case when p.state = 'closed' then 'soft-closed' else 'open' end, closed_at_size = null,
        reopen_asked_by = null, reopen_asked_at = null, reopen_credential_id = null, reopen_reason = null,
        version = p.version + 1,
        updated_at = greatest(clock_timestamp(), p.updated_at + interval '1 microsecond'), updated_by = p_actor_id
    where p.org_id = p_org_id and p.id = p_id and p.version = p_version
        and p.reopen_asked_at > clock_timestamp() - interval '7 days'
    returning p.*;
end
$$;

select audit.record_changes('ledger.period', 'period', '{id}', '{}', '{reopen_reason}', 'shared');
