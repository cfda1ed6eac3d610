-- What holds of a break-glass whoever writes the row: who asks, who takes which step and when, and whose the role is.

-- On which side somebody stands: an administrator of the installation, whoever manages identities in the whole
-- organisation, the installation itself, or null.
create or replace function identity.break_glass_side(p_org_id uuid, p_actor_id uuid, p_credential_id uuid) returns text
language plpgsql as $$
declare
    reach record;
begin
    if p_actor_id = p_credential_id and platform.living_administrator(p_actor_id) is not null and exists (
        select from identity.principal as p
        where p.org_id = p_org_id and p.id = p_actor_id and p.disabled_at is null
    ) then
        return 'operator';
    end if;
    select * into strict reach from identity.reach(p_org_id, p_credential_id, 'manage-identity');
    if reach.may and reach.principal_id = p_actor_id and reach.sub_org_ids is null then
        return 'organisation';
    end if;
    if exists (
        select from identity.principal as p
        where p.org_id = p_org_id and p.id = p_actor_id and p.created_by = p.id
    ) then
        return 'installation';
    end if;
    return null;
end
$$;

create or replace function identity.refuse_loose_request() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    of_org_id uuid := new.org_id;
begin
    if identity.break_glass_side(of_org_id, new.requested_by, new.credential_id) is distinct from 'operator' then
        raise exception 'only an administrator of the installation breaks the glass' using errcode = 'VL005';
    end if;
    if new.requested_at > clock_timestamp() then
        raise exception 'nothing is asked for in the future' using errcode = 'VL007';
    end if;
    return new;
end
$$;

create or replace trigger break_glass_is_an_administrators before insert on identity.break_glass
for each row execute function identity.refuse_loose_request();
alter table identity.break_glass enable always trigger break_glass_is_an_administrators;

-- A step is taken in its time, by who may take it, one after the other: the request is locked. Who was revoked neither
-- opens nor collects; that is asked first, because a revocation locks in the same order.
create or replace function identity.refuse_loose_step() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    of_org_id uuid := new.org_id;
    is_living boolean := platform.living_administrator(new.requested_by) is not null;
    side text := identity.break_glass_side(of_org_id, new.actor_id, new.credential_id);
    asked identity.break_glass;
    state text;
begin
    select * into strict asked from identity.break_glass as b where b.org_id = of_org_id and b.id = new.id for update;
    state := identity.break_glass_state(of_org_id, new.id, new.at);
    if side is null or (new.step <> 'ended' and (not is_living or side = 'installation')) then
        raise exception 'the credential does not take this step' using errcode = 'VL005';
    end if;
    if new.step = 'approved' and not exists (
        select from identity.principal as p
        where p.org_id = of_org_id and p.id = new.actor_id and p.kind = 'user'
    ) then
        raise exception 'a second person is a person' using errcode = 'VL006';
    end if;
    if new.at not between statement_timestamp() and clock_timestamp()
        or state not in ('pending', 'open')
        or (new.step = 'approved' and (state <> 'pending' or new.expires_at <> new.at + asked.life))
        or (new.step = 'collected' and state <> 'open') then
        raise exception 'a break-glass that is % does not take the step %', state, new.step using errcode = 'VL007';
    end if;
    if new.step = 'ended' then
        perform identity.act_as(
            of_org_id, new.actor_id, case when side = 'organisation' then new.credential_id end, new.request_id);
        update identity.token as t set revoked_at = new.at, revoked_by = new.actor_id
        where t.org_id = of_org_id and t.id = new.id and t.revoked_at is null;
    end if;
    return new;
end
$$;

create or replace trigger break_glass_step_is_taken_in_its_time before insert on identity.break_glass_step
for each row execute function identity.refuse_loose_step();
alter table identity.break_glass_step enable always trigger break_glass_step_is_taken_in_its_time;

-- The role comes with a glass that was broken and collected and has not ended, to who broke it, for as long as it
-- lasts; and such a token is never changed but by its revocation.
create or replace function identity.refuse_loose_break_glass_token() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    of_org_id uuid := new.org_id;
begin
    if tg_op = 'UPDATE' then
        if to_jsonb(new) - array['revoked_at', 'revoked_by'] <> to_jsonb(old) - array['revoked_at', 'revoked_by']
            or old.revoked_at is not null then
            raise exception 'a break-glass token is revoked once, and never changed' using errcode = 'VL018';
        end if;
        return new;
    end if;
    if new.sub_org_id is not null
        or identity.break_glass_state(of_org_id, new.id, clock_timestamp()) is distinct from 'open'
        or not exists (
            select from identity.break_glass_step as o
            inner join identity.break_glass_step as c on o.org_id = c.org_id and o.id = c.id
            where o.org_id = of_org_id and o.id = new.id and o.step = 'approved' and c.step = 'collected'
                and o.requested_by = new.principal_id and o.expires_at = new.expires_at
        ) then
        raise exception 'the role break-glass is for who broke the glass' using errcode = 'VL018';
    end if;
    return new;
end
$$;

create or replace trigger token_of_break_glass_is_its_own before insert on identity.token
for each row when (new.role = 'break-glass') execute function identity.refuse_loose_break_glass_token();
alter table identity.token enable always trigger token_of_break_glass_is_its_own;
create or replace trigger token_of_break_glass_is_never_changed before update on identity.token
for each row when (new.role = 'break-glass' or old.role = 'break-glass')
execute function identity.refuse_loose_break_glass_token();
alter table identity.token enable always trigger token_of_break_glass_is_never_changed;

create or replace function identity.refuse_break_glass() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    raise exception 'the role break-glass is assigned to nobody' using errcode = 'VL018';
end
$$;

create or replace trigger assignment_is_never_break_glass before insert or update on identity.assignment
for each row when (new.role = 'break-glass') execute function identity.refuse_break_glass();
alter table identity.assignment enable always trigger assignment_is_never_break_glass;
