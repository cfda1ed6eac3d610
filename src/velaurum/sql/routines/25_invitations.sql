-- Invitations: made by somebody else, withdrawn by the next one, redeemed once for a password.

-- Whose a login is: who signs in with it, or was invited with it and did not come yet. It is sought by its index; one
-- from before has none, and is compared as it was typed.
create or replace function identity.holder_of_login(p_org_id uuid, p_login_index bytea, p_typed text) returns uuid
language sql stable as $$
    select x.principal_id from (
        select w.principal_id from identity.password as w
        where w.org_id = p_org_id and w.revoked_at is null
            and (w.login_index = p_login_index or w.login_index is null and w.login = p_typed)
        union all
        select i.principal_id from identity.invitation as i
        where i.org_id = p_org_id and i.redeemed_at is null and i.revoked_at is null
            and (i.login_index = p_login_index or i.login_index is null and i.login = p_typed)
    ) as x
    limit 1
$$;

-- Put an invitation in the place of those before it. False when somebody else has the login. The head is locked, and
-- who acts was said.
create or replace function identity.put_invitation(
    p_org_id uuid, p_id uuid, p_principal_id uuid, p_login text, p_login_index bytea, p_typed text,
    p_secret_hash bytea, p_life interval, p_actor_id uuid
) returns boolean
language plpgsql as $$
declare
    moment timestamptz := clock_timestamp();
begin
    -- Where somebody else has the login, nothing is withdrawn. One that is over holds none any more, whosever it was.
    if exists (
        select from identity.password as w
        where w.org_id = p_org_id and w.revoked_at is null and w.principal_id <> p_principal_id
            and (w.login_index = p_login_index or w.login_index is null and w.login = p_typed)
    ) or exists (
        select from identity.invitation as i
        where i.org_id = p_org_id and i.redeemed_at is null and i.revoked_at is null and i.expires_at > moment
            and i.principal_id <> p_principal_id
            and (i.login_index = p_login_index or i.login_index is null and i.login = p_typed)
    ) then
        return false;
    end if;
    update identity.invitation as i set revoked_at = moment, revoked_by = p_actor_id
    where i.org_id = p_org_id and i.redeemed_at is null and i.revoked_at is null and (
        i.principal_id = p_principal_id or i.expires_at <= moment
        and (i.login_index = p_login_index or i.login_index is null and i.login = p_typed)
    );
    insert into identity.invitation (
        org_id, id, principal_id, login, login_index, secret_hash, created_at, created_by, expires_at
    ) values (
        p_org_id, p_id, p_principal_id, p_login, p_login_index, p_secret_hash, moment, p_actor_id, moment + p_life
    );
    return true;
end
$$;

-- Beside what every creation answers: `invalid` for who is disabled or no person, `taken` for a login that somebody
-- else has. Both decide no key. Who invites reaches all that the person holds: an invitation can become that person.
create or replace function identity.invite(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text,
    p_request_hash bytea, p_id uuid, p_principal_id uuid, p_login text, p_login_index bytea, p_typed text,
    p_secret_hash bytea, p_life interval, p_sub_org_ids uuid[]
) returns ledger.outcome_of_record
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    invited identity.principal;
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    perform identity.require_other_hand(p_org_id, p_actor_id, p_principal_id);
    invited := identity.require_manageable(p_org_id, p_principal_id, p_sub_org_ids);
    perform tenancy.require_reach(p_sub_org_ids, a.sub_org_id) from identity.assignment as a
    where a.org_id = p_org_id and a.principal_id = p_principal_id and a.revoked_at is null;
    -- There is no login for who was disabled when it was to be sealed, and was enabled since.
    if invited.kind <> 'user' or invited.disabled_at is not null or p_login is null then
        return row('invalid', false, null, null)::ledger.outcome_of_record;
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    if not identity.put_invitation(
        p_org_id, p_id, p_principal_id, p_login, p_login_index, p_typed, p_secret_hash, p_life, p_actor_id
    ) then
        return row('taken', false, null, null)::ledger.outcome_of_record;
    end if;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, p_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

-- At the operator's own hand: invite whoever signs in, or was invited, with this login; else a new person, in a role of
-- the whole organisation. Who seals the login says whose it is; false when by now it is somebody else's.
create or replace function identity.invite_by_hand(
    p_org_id uuid, p_id uuid, p_principal_id uuid, p_name text, p_role text, p_login text, p_login_index bytea,
    p_typed text, p_secret_hash bytea, p_life interval
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    operator_id uuid;
    holder uuid;
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    select p.id into strict operator_id from identity.principal as p
    where p.org_id = p_org_id and p.created_by = p.id;
    perform identity.act_as(p_org_id, operator_id, null, null);
    holder := identity.holder_of_login(p_org_id, p_login_index, p_typed);
    if holder is null then
        insert into identity.principal (org_id, id, kind, name, created_by)
        values (p_org_id, p_principal_id, 'user', p_name, operator_id)
        on conflict do nothing;
        if not found then
            return false;
        end if;
        insert into identity.assignment (org_id, id, principal_id, role, created_by)
        values (p_org_id, platform.uuidv7(clock_timestamp()), p_principal_id, p_role, operator_id);
    end if;
    return identity.put_invitation(
        p_org_id, p_id, p_principal_id, p_login, p_login_index, p_typed, p_secret_hash, p_life, operator_id);
end
$$;

-- Redeem an invitation once, in time: its person has this password from now on, and nothing of what signed them in
-- before, no second factor among it. The login is the invitation's, sealed for its new place. False when there is
-- nothing to redeem.
create or replace function identity.redeem_invitation(
    p_org_id uuid, p_id uuid, p_password_id uuid, p_login text, p_login_index bytea, p_phc bytea, p_request_id uuid
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    redeemed identity.invitation;
    moment timestamptz;
begin
    -- The head first, as whoever changes something else in the organisation does: of two at once the second finds none.
    perform from ledger.head as h where h.org_id = p_org_id for update;
    moment := clock_timestamp();
    select * into redeemed from identity.invitation as i
    where i.org_id = p_org_id and i.id = p_id and i.redeemed_at is null and i.revoked_at is null
        and i.expires_at > moment and (i.login_index is null or i.login_index = p_login_index);
    perform from identity.principal as p
    where p.org_id = p_org_id and p.id = redeemed.principal_id and p.kind = 'user' and p.disabled_at is null
    for share;
    if not found then
        return false;
    end if;
    perform tenancy.refuse_suspended(p_org_id);
    perform identity.act_as(p_org_id, redeemed.principal_id, null, p_request_id);
    update identity.invitation as i set redeemed_at = moment where i.org_id = p_org_id and i.id = p_id;
    perform identity.end_ways_in(p_org_id, redeemed.principal_id, redeemed.principal_id);
    update identity.session as s set ended_at = moment, ended_by = redeemed.principal_id
    where s.org_id = p_org_id and s.principal_id = redeemed.principal_id and s.ended_at is null;
    insert into identity.password (org_id, id, principal_id, login, login_index, phc, invitation_id, created_by)
    values (
        p_org_id, p_password_id, redeemed.principal_id, p_login, p_login_index, p_phc, p_id, redeemed.principal_id
    );
    return true;
end
$$;

select audit.record_changes('identity.invitation', 'invitation', '{id}', '{}', '{login}', '', '{login}');
