-- Incarnations: a log whose database came back behind what was signed is held, and taken up again by the operator.

-- Which incarnation an organisation's log is in.
create or replace function audit.incarnation_of(p_org_id uuid) returns integer
language sql stable parallel safe as $$
    select coalesce(max(i.number), 0) from audit.incarnation as i where i.org_id = p_org_id
$$;

-- Where a log stands: what is to be compared with what was signed of it. It enters the organisation.
create or replace function audit.standing(p_org_id uuid)
returns table (incarnation integer, size bigint, note text, held_reason text)
language plpgsql volatile security definer rows 1
set search_path = pg_catalog, pg_temp as $$
begin
    perform tenancy.set_context(p_org_id, null);
    return query select
        audit.incarnation_of(p_org_id), h.size, (
            select c.note from audit.checkpoint as c where c.org_id = p_org_id
            order by c.incarnation desc, c.size desc limit 1
        ), o.held_reason
    from ledger.head as h inner join tenancy.org as o on h.org_id = o.org_id
    where h.org_id = p_org_id;
end
$$;

-- Let an organisation take no entry any more; what it was held for first stays. The head row is locked, so that every
-- posting is either before it or refused. Nothing takes it back but a new incarnation.
create or replace function audit.hold(p_org_id uuid, p_reason text) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    update tenancy.org as o set held_since = clock_timestamp(), held_reason = p_reason
    where o.org_id = p_org_id and o.held_since is null;
end
$$;

-- Take a log up again that is held: its next entry says what was lost, and then comes what waited: revocations, and
-- what became of wrapping keys. No row where it is not held.
create or replace function audit.open_incarnation(
    p_org_id uuid, p_number integer, p_common_size bigint, p_lost_size bigint, p_lost_root text, p_reason text
) returns setof audit.incarnation
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    head_size bigint;
    moment timestamptz := clock_timestamp();
    operator_id uuid := (select p.id from identity.principal as p where p.org_id = p_org_id and p.created_by = p.id);
begin
    select h.size into strict head_size from ledger.head as h where h.org_id = p_org_id for update;
    perform identity.act_as(p_org_id, operator_id, null, null);
    update tenancy.org as o set held_since = null, held_reason = null
    where o.org_id = p_org_id and o.held_since is not null;
    if not found then
        return;
    end if;
    return query insert into audit.incarnation (
        org_id, id, number, opened_at, size, common_size, lost_size, lost_root, reason, actor_id
    ) values (
        p_org_id, platform.uuidv7(moment), p_number, moment, head_size, p_common_size, p_lost_size, p_lost_root,
        p_reason, operator_id
    )
    returning *;
    -- After it, so that what says why nothing was written is the next entry.
    perform identity.revoke_what_was_cut(p_org_id, operator_id);
    perform keys.enter_what_waited(p_org_id);
end
$$;

select audit.record_changes('audit.incarnation', 'incarnation', '{id}', '{}', '{reason}', 'shared');
