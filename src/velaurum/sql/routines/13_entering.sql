-- Entering an organisation: the first thing that a transaction does. What it sets lasts as long as the transaction.
-- velaurum.org is compared with every row by the policies; velaurum.sub_orgs is '*' for the whole organisation, or the
-- ids of the departments that the credential reaches. velaurum.acting is empty: who acts is said by what writes.

-- What a living token may do, and where: sub_org_id is null for the whole organisation. One probe a table, as this runs
-- with every posting.
create or replace function identity.standing_of_token(p_org_id uuid, p_credential_id uuid)
returns table (
    principal_id uuid, principal_kind text, principal_name text, role text, permissions text[], sub_org_id uuid
)
language sql stable rows 1 as $$
    select t.principal_id, p.kind, p.name, t.role, r.permissions, t.sub_org_id
    from identity.token as t
    cross join lateral (
        select x.permissions from identity.role as x where x.org_id = p_org_id and x.code = t.role limit 1
    ) as r
    cross join lateral (
        select x.kind, x.name, x.disabled_at from identity.principal as x
        where x.org_id = p_org_id and x.id = t.principal_id limit 1
    ) as p
    where t.org_id = p_org_id and t.id = p_credential_id and t.revoked_at is null
        and t.expires_at > clock_timestamp() and p.disabled_at is null
$$;

-- The same of a living session: a row for each role that its person has, or one that may do nothing.
create or replace function identity.standing_of_session(p_org_id uuid, p_credential_id uuid)
returns table (
    principal_id uuid, principal_kind text, principal_name text, role text, permissions text[], sub_org_id uuid
)
language sql stable rows 2 as $$
    select
        s.principal_id, p.kind, p.name, a.role, case when a.role is null then '{}' else r.permissions end, a.sub_org_id
    from identity.session as s
    cross join lateral (
        select x.kind, x.name, x.disabled_at from identity.principal as x
        where x.org_id = p_org_id and x.id = s.principal_id limit 1
    ) as p
    left join lateral (
        select x.role, x.sub_org_id from identity.assignment as x
        where x.org_id = p_org_id and x.principal_id = s.principal_id and x.revoked_at is null
    ) as a on true
    left join lateral (
        select x.permissions from identity.role as x where x.org_id = p_org_id and x.code = a.role limit 1
    ) as r on true
    where s.org_id = p_org_id and s.id = p_credential_id and s.ended_at is null
        and s.expires_at > clock_timestamp() and s.seen_at + s.idle_after > clock_timestamp() and p.disabled_at is null
$$;

-- The same of either.
create or replace function identity.standing(p_org_id uuid, p_credential_id uuid)
returns table (
    principal_id uuid, principal_kind text, principal_name text, role text, permissions text[], sub_org_id uuid
)
language sql stable rows 2 as $$
    select t.principal_id, t.principal_kind, t.principal_name, t.role, t.permissions, t.sub_org_id
    from identity.standing_of_token(p_org_id, p_credential_id) as t
    union all
    select s.principal_id, s.principal_kind, s.principal_name, s.role, s.permissions, s.sub_org_id
    from identity.standing_of_session(p_org_id, p_credential_id) as s
$$;

-- The departments below some departments, those among them. Every organisation's departments lie in one table: it is
-- never read from end to end.
create or replace function tenancy.subtrees(p_org_id uuid, p_sub_org_ids uuid[]) returns uuid[]
language sql stable
set enable_seqscan = off as $$
    select coalesce(array_agg(s.id order by s.id), '{}') from tenancy.sub_org as s
    where s.org_id = p_org_id and s.path && p_sub_org_ids
$$;

-- Where a credential may do a thing: is_known when the credential lives, may when it has the permission at all;
-- sub_org_ids null for the whole organisation. Tokens come first and by themselves: most postings are sent with one.
create or replace function identity.reach(p_org_id uuid, p_credential_id uuid, p_permission text)
returns table (
    principal_id uuid, principal_kind text, principal_name text, is_known boolean, may boolean, sub_org_ids uuid[]
)
language plpgsql stable rows 1 as $$
declare
    is_whole boolean;
begin
    select
        t.principal_id, t.principal_kind, t.principal_name, p_permission = any(t.permissions), array[t.sub_org_id],
        t.sub_org_id is null
    into principal_id, principal_kind, principal_name, may, sub_org_ids, is_whole
    from identity.standing_of_token(p_org_id, p_credential_id) as t;
    if not found then
        select
            (array_agg(s.principal_id))[1], max(s.principal_kind), max(s.principal_name), bool_or(p_permission = any(s.permissions)),
            array_agg(s.sub_org_id) filter (where p_permission = any(s.permissions)),
            bool_or(s.sub_org_id is null) filter (where p_permission = any(s.permissions))
        into principal_id, principal_kind, principal_name, may, sub_org_ids, is_whole
        from identity.standing_of_session(p_org_id, p_credential_id) as s;
    end if;
    is_known := principal_id is not null;
    may := is_known and may;
    if may and not is_whole then
        sub_org_ids := tenancy.subtrees(p_org_id, sub_org_ids);
    else
        sub_org_ids := null;
    end if;
    return next;
end
$$;

-- Expressions of PL/pgSQL: an SQL function that is not inlined costs ten times as much, with every posting.
create or replace function tenancy.set_context(p_org_id uuid, p_sub_org_ids uuid[]) returns void
language plpgsql volatile as $$
declare
    said text;
begin
    said := set_config('velaurum.org', p_org_id::text, true);
    said := set_config('velaurum.sub_orgs', coalesce(p_sub_org_ids::text, '*'), true);
    said := set_config('velaurum.acting', '', true);
end
$$;

create or replace function tenancy.refuse_suspended(p_org_id uuid) returns void
language plpgsql as $$
begin
    if exists (select from tenancy.org as o where o.org_id = p_org_id and o.suspended_at is not null) then
        raise exception 'the organisation is suspended' using errcode = 'VL003';
    end if;
end
$$;

-- Refuse what would become an entry of the log: of a suspended organisation, but for the operator's hand, and of one
-- whose log came back behind what was signed of it. Reads go on there.
create or replace function tenancy.refuse_entry(p_org_id uuid, p_is_by_hand boolean) returns void
language plpgsql as $$
declare
    is_suspended boolean;
    is_held boolean;
begin
    select o.suspended_at is not null, o.held_since is not null into is_suspended, is_held
    from tenancy.org as o where o.org_id = p_org_id;
    if is_suspended and not p_is_by_hand then
        raise exception 'the organisation is suspended' using errcode = 'VL003';
    end if;
    if is_held then
        raise exception 'the log of the organisation is held' using errcode = 'VL025';
    end if;
end
$$;

-- Enter an organisation with a credential, for one thing that it may do. What was revoked, disabled or narrowed a
-- moment ago counts here, whatever anybody remembers.
create or replace function tenancy.enter(p_org_id uuid, p_credential_id uuid, p_permission text)
returns table (org_id uuid, sub_org_ids uuid[])
language plpgsql volatile rows 1 as $$
declare
    reach record;
begin
    perform tenancy.set_context(p_org_id, null);
    perform tenancy.refuse_suspended(p_org_id);
    select * into strict reach from identity.reach(p_org_id, p_credential_id, p_permission);
    if not reach.is_known then
        raise exception 'the credential is not valid any more' using errcode = 'VL004';
    end if;
    if not reach.may then
        raise exception 'the credential does not allow this any more' using errcode = 'VL005';
    end if;
    perform tenancy.set_context(p_org_id, reach.sub_org_ids);
    return query select p_org_id, reach.sub_org_ids;
end
$$;

-- Enter an organisation for what many credentials ask at once: the routine judges each row by its own, and refuses them
-- all while the organisation is suspended.
create or replace function tenancy.enter_lane(p_org_id uuid) returns table (org_id uuid)
language plpgsql volatile rows 1 as $$
begin
    perform tenancy.set_context(p_org_id, null);
    return query select p_org_id;
end
$$;

-- Enter an organisation as the installation itself: to see whose credential this is, or at the operator's own hand.
create or replace function tenancy.enter_installation(p_org_id uuid) returns table (org_id uuid)
language plpgsql volatile rows 1 as $$
begin
    perform tenancy.set_context(p_org_id, null);
    return query select p_org_id;
end
$$;

-- The one rule for rows with and without a department: whoever reaches the whole organisation reaches all of them; a
-- department reaches its own subtree, and what is shared.
create or replace function tenancy.reaches(p_sub_org_ids uuid[], p_sub_org_id uuid, p_is_shared boolean)
returns boolean
language sql immutable parallel safe as $$
    select p_sub_org_ids is null or p_is_shared or p_sub_org_id = any(p_sub_org_ids)
$$;

-- The same for what a routine is about to write. No department is the whole organisation's.
create or replace function tenancy.require_reach(p_sub_org_ids uuid[], p_sub_org_id uuid) returns void
language plpgsql immutable parallel safe as $$
begin
    if tenancy.reaches(p_sub_org_ids, p_sub_org_id, false) is not true then
        raise exception 'the department is out of reach' using errcode = 'VL005';
    end if;
end
$$;

-- Look at other departments for a moment, or back again: a log, its keys and the tree are the whole organisation's, and
-- a routine that keeps them must not miss what its caller may not see. Returns what was seen before.
create or replace function tenancy.see_sub_orgs(p_sub_orgs text) returns text
language plpgsql volatile as $$
declare
    before text := current_setting('velaurum.sub_orgs');
begin
    perform set_config('velaurum.sub_orgs', p_sub_orgs, true);
    return before;
end
$$;
