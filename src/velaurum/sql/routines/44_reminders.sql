-- Reminders: what waits for a person or runs out soon, found in the tables where it stands. A cause makes one reminder,
-- however often it is looked for, and that ends when the cause is gone.

-- Every cause there is now: what it is about, the instant that it has, and what it takes to take care of it. `made_at`
-- is since when there is something that runs out; who gave it a short life knows of its end.
create or replace view jobs.cause with (security_invoker = true) as
select
    r.org_id, 'approval-waiting' as kind, r.id::text as subject, r.requested_at as at, null::timestamptz as made_at,
    'approve' as permission
from ledger.approval_request as r
left join ledger.approval as a on r.org_id = a.org_id and r.id = a.id
where a.id is null and r.expires_at > statement_timestamp()
union all
select s.org_id, 'break-glass-ending', s.id::text, s.expires_at, null, 'read-assurance'
from identity.break_glass_step as s
left join identity.break_glass_step as e on s.org_id = e.org_id and s.id = e.id and e.step = 'ended'
where s.step = 'approved' and e.id is null and s.expires_at > statement_timestamp()
union all
select t.org_id, 'token-expiring', t.id::text, t.expires_at, t.created_at, 'manage-identity'
from identity.token as t
inner join identity.principal as p on t.org_id = p.org_id and t.principal_id = p.id
where t.revoked_at is null and t.expires_at > statement_timestamp() and t.role <> 'break-glass'
    and p.disabled_at is null
union all
select i.org_id, 'invitation-expiring', i.id::text, i.expires_at, i.created_at, 'manage-identity'
from identity.invitation as i
where i.redeemed_at is null and i.revoked_at is null and i.expires_at > statement_timestamp()
union all
select j.org_id, 'job-failed', j.id::text, j.ended_at, null, j.permission
from jobs.job as j
where j.state = 'failed'
union all
select m.org_id, 'dead-letter', m.log_index::text, m.dead_at, null, 'manage-webhooks'
from transport.message as m
where m.dead_at is not null
union all
select e.org_id, 'webhook-gone', e.id::text, e.disabled_at, null, 'manage-webhooks'
from webhooks.endpoint as e
where e.disabled_reason = 'gone'
union all
select o.org_id, 'log-held', o.org_id::text, o.held_since, null, 'read-assurance'
from tenancy.org as o
where o.held_since is not null
union all
select o.org_id, 'log-stalled', o.org_id::text, u.since, null, 'read-assurance'
from tenancy.org as o cross join lateral (select audit.unsigned_since(o.org_id) as since) as u
where o.held_since is null and u.since is not null
union all
select o.org_id, 'verification-overdue', o.org_id::text, greatest(o.created_at, v.ended_at), null, 'read-assurance'
from tenancy.org as o cross join lateral (
    select max(x.ended_at) as ended_at from audit.verification as x
    where x.org_id = o.org_id
) as v;

-- Whether a reminder is within reach: the whole organisation reaches all; a department reaches what waits at its places
-- and what its own hand asked for, as it reaches those themselves, and no other.
create or replace function jobs.reminder_is_within(
    p_org_id uuid, p_kind text, p_subject text, p_sub_org_ids uuid[], p_actor_id uuid
) returns boolean
language plpgsql stable
set search_path = pg_catalog, pg_temp as $$
begin
    if p_sub_org_ids is null then
        return true;
    elsif p_kind = 'job-failed' then
        return exists (
            select from jobs.job as j
            where j.org_id = p_org_id and j.id = p_subject::uuid and j.requested_by = p_actor_id
        );
    elsif p_kind = 'approval-waiting' then
        return exists (
            select from ledger.approval_request as r
            inner join catalog.location as l on l.org_id = p_org_id and l.id in (r.source_id, r.target_id)
            where r.org_id = p_org_id and r.id = p_subject::uuid and l.sub_org_id = any(p_sub_org_ids)
        );
    end if;
    return false;
end
$$;

-- End what has no cause any more, and remind of what has one: p_limits says, for each kind that is wanted, how long
-- after the instant of its cause, or how long before it (negative). At most p_most at a time, the oldest first. Returns
-- those that were not there before.
create or replace function jobs.remind(p_org_id uuid, p_limits jsonb, p_most integer)
returns table (id uuid, code text, raised_at timestamptz)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp as $$
begin
    with present as materialized (
        select c.kind, c.subject, c.at from jobs.cause as c where c.org_id = p_org_id
    )
    update jobs.reminder as r set ended_at = clock_timestamp()
    where r.org_id = p_org_id and r.ended_at is null and not exists (
        select from present as p where p.kind = r.kind and p.subject = r.subject and p.at = r.at
    );
    return query
    insert into jobs.reminder as r (org_id, id, kind, subject, at, permission)
    select p_org_id, platform.uuidv7(clock_timestamp()), c.kind, c.subject, c.at, c.permission
    from jobs.cause as c
    where c.org_id = p_org_id and c.at + (p_limits ->> c.kind)::interval <= clock_timestamp()
        and (c.made_at is null or c.made_at < c.at + 2 * (p_limits ->> c.kind)::interval)
        and not exists (
            select from jobs.reminder as x
            where x.org_id = p_org_id and x.kind = c.kind and x.subject = c.subject and x.at = c.at
                and x.ended_at is null
        )
    order by c.at
    limit p_most
    on conflict (org_id, kind, subject, at) do update set ended_at = null where r.ended_at is not null
    returning r.id, r.kind, r.raised_at;
end
$$;

-- Say that somebody has seen a reminder, who may take care of what it is about. False when it has ended, or somebody
-- said so before.
create or replace function jobs.acknowledge_reminder(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid
) returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp as $$
declare
    reminder jobs.reminder;
    reach record;
begin
    select * into reminder from jobs.reminder as r where r.org_id = p_org_id and r.id = p_id for update;
    if not found or reminder.ended_at is not null or reminder.acknowledged_at is not null then
        return false;
    end if;
    select * into strict reach from identity.reach(p_org_id, p_credential_id, reminder.permission);
    if reach.may is not true or not jobs.reminder_is_within(
        p_org_id, reminder.kind, reminder.subject, reach.sub_org_ids, p_actor_id)
    then
        raise exception 'the credential does not allow what the reminder asks for' using errcode = 'VL005';
    end if;
    update jobs.reminder as r
    set
        acknowledged_at = clock_timestamp(), acknowledged_by = p_actor_id, credential_id = p_credential_id,
        request_id = p_request_id
    where r.org_id = p_org_id and r.id = p_id;
    return true;
end
$$;

-- What a reminder is about never changes, nor who has seen it.
create or replace function jobs.guard_reminder() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    if (new.org_id, new.id, new.kind, new.subject, new.at, new.permission, new.raised_at)
        is distinct from (old.org_id, old.id, old.kind, old.subject, old.at, old.permission, old.raised_at)
        or (old.acknowledged_at is not null and (
            new.acknowledged_at, new.acknowledged_by, new.credential_id, new.request_id
        ) is distinct from (old.acknowledged_at, old.acknowledged_by, old.credential_id, old.request_id))
    then
        raise exception 'what a reminder is about never changes' using errcode = 'VL001';
    end if;
    return new;
end
$$;

create or replace trigger reminder_is_guarded before update on jobs.reminder
for each row execute function jobs.guard_reminder();
alter table jobs.reminder enable always trigger reminder_is_guarded;
create or replace trigger reminder_is_never_truncated before truncate on jobs.reminder
for each statement execute function ledger.refuse_change();
alter table jobs.reminder enable always trigger reminder_is_never_truncated;
