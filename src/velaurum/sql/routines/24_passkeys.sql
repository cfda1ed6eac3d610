-- Passkeys: registered by their own person, used under their own lock, revoked for ever. Signatures are verified before
-- any routine here is called; what a signature cannot say (once, in time, by whom, counted onward) is decided here.

-- Who may register a passkey with this credential: the person of a session that was opened a moment ago, so that a
-- session that somebody left open, or stole, makes no lasting way in. VL004: nobody; VL016: too long ago.
create or replace function identity.registrant(p_org_id uuid, p_credential_id uuid) returns uuid
language plpgsql as $$
declare
    opened identity.session;
begin
    select * into opened from identity.session as s
    where s.org_id = p_org_id and s.id = p_credential_id and s.ended_at is null
        and s.expires_at > clock_timestamp() and s.seen_at + s.idle_after > clock_timestamp();
    -- Locked, so that a passkey is either there when its person is disabled, or never registered.
    perform from identity.principal as p
    where p.org_id = p_org_id and p.id = opened.principal_id and p.kind = 'user' and p.disabled_at is null
    for share;
    if not found then
        raise exception 'the session is not valid any more' using errcode = 'VL004';
    end if;
    if opened.created_at < clock_timestamp() - interval '10 minutes' then
        raise exception 'the session was opened too long ago' using errcode = 'VL016';
    end if;
    return opened.principal_id;
end
$$;

create or replace function identity.keep_challenge(
    p_org_id uuid, p_challenge_hash bytea, p_purpose text, p_principal_id uuid
) returns void
language plpgsql as $$
begin
    -- Those that nobody answered in time go along, a few for each new one; one that another transaction holds waits.
    delete from identity.passkey_challenge as c
    where c.org_id = p_org_id and c.challenge_hash in (
        select x.challenge_hash from identity.passkey_challenge as x
        where x.org_id = p_org_id and x.expires_at <= clock_timestamp()
        limit 20
        for update skip locked
    );
    insert into identity.passkey_challenge (org_id, challenge_hash, purpose, principal_id, expires_at)
    values (p_org_id, p_challenge_hash, p_purpose, p_principal_id, clock_timestamp() + interval '5 minutes');
end
$$;

-- Returns who registers.
create or replace function identity.challenge_registrant(
    p_org_id uuid, p_credential_id uuid, p_challenge_hash bytea
) returns uuid
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    registrant uuid;
begin
    perform tenancy.refuse_suspended(p_org_id);
    registrant := identity.registrant(p_org_id, p_credential_id);
    perform identity.keep_challenge(p_org_id, p_challenge_hash, 'register', registrant);
    return registrant;
end
$$;

-- For whoever asks: it tells nothing of the organisation, not even that there is one.
create or replace function identity.challenge_anybody(p_org_id uuid, p_challenge_hash bytea) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    perform identity.keep_challenge(p_org_id, p_challenge_hash, 'sign-in', null);
end
$$;

-- True once, in time, for its own purpose and person. Of two at once the second waits for the first, and gets false.
create or replace function identity.take_challenge(
    p_org_id uuid, p_challenge_hash bytea, p_purpose text, p_principal_id uuid
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    delete from identity.passkey_challenge as c
    where c.org_id = p_org_id and c.challenge_hash = p_challenge_hash and c.purpose = p_purpose
        and c.principal_id is not distinct from p_principal_id and c.expires_at > clock_timestamp();
    return found;
end
$$;

-- The id of a passkey is the one that its name was sealed for. Beside what every creation answers: `unknown-challenge`,
-- `full`, and `taken` for a credential id that the organisation has, revoked or not. These decide no key.
create or replace function identity.register_passkey(
    p_org_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea,
    p_challenge_hash bytea, p_passkey jsonb, p_transports text[]
) returns ledger.outcome_of_record
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    -- The head first, as whoever changes something else in the organisation does.
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    registrant uuid := identity.registrant(p_org_id, p_credential_id);
    new_id uuid := (p_passkey ->> 'id')::uuid;
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    if not identity.take_challenge(p_org_id, p_challenge_hash, 'register', registrant) then
        return row('unknown-challenge', false, null, null)::ledger.outcome_of_record;
    end if;
    if (
        select count(*) from identity.passkey as k
        where k.org_id = p_org_id and k.principal_id = registrant and k.revoked_at is null
    ) >= 20 then
        return row('full', false, null, null)::ledger.outcome_of_record;
    end if;
    perform identity.act_as(p_org_id, registrant, p_credential_id, p_request_id);
    insert into identity.passkey (
        org_id, id, principal_id, credential_id, public_key, transports, name, created_by
    ) values (
        p_org_id, new_id, registrant, decode(p_passkey ->> 'credential_id', 'hex'),
        decode(p_passkey ->> 'public_key', 'hex'), p_transports, p_passkey ->> 'name',
        registrant
    ) on conflict do nothing;
    if not found then
        return row('taken', false, null, null)::ledger.outcome_of_record;
    end if;
    insert into identity.passkey_use (org_id, id, passkey_id, outcome, sign_count, is_backed_up, created_by)
    values (
        p_org_id, new_id, new_id, 'registered', (p_passkey ->> 'sign_count')::bigint,
        (p_passkey ->> 'is_backed_up')::boolean, registrant
    );
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, registrant, p_credential_id, p_request_id);
end
$$;

-- Say that a passkey signed: `signed-in`, or `regressed` when its authenticator had counted as far before. An
-- authenticator that does not count says zero for ever. Null, and nothing is written, when nobody signs in with it any
-- more.
create or replace function identity.use_passkey(p_org_id uuid, p_id uuid, p_sign_count bigint, p_is_backed_up boolean)
returns text
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    holder uuid;
    counted bigint;
    outcome text;
begin
    -- Locked, so that of two signatures with one count the second meets the first.
    select k.principal_id into holder from identity.passkey as k
    where k.org_id = p_org_id and k.id = p_id and k.revoked_at is null
    for update;
    perform from identity.principal as p
    where p.org_id = p_org_id and p.id = holder and p.kind = 'user' and p.disabled_at is null
    for share;
    if not found then
        return null;
    end if;
    select max(u.sign_count) into strict counted from identity.passkey_use as u
    where u.org_id = p_org_id and u.passkey_id = p_id;
    outcome := case
        when p_sign_count > counted or (p_sign_count = 0 and counted = 0) then 'signed-in' else 'regressed'
    end;
    insert into identity.passkey_use (org_id, id, passkey_id, outcome, sign_count, is_backed_up, created_by)
    values (
        p_org_id, platform.uuidv7(clock_timestamp()), p_id, outcome, p_sign_count, p_is_backed_up, holder
    );
    return outcome;
end
$$;

-- Revoke one's own passkey, and end what passkeys opened for the person but for the session that asks: nobody knows
-- which of them signed in with this one. False when there was nothing to revoke.
create or replace function identity.revoke_passkey(
    p_org_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    holder uuid;
begin
    -- The head first, as whoever changes something else in the organisation does.
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform tenancy.refuse_suspended(p_org_id);
    select s.principal_id into holder from identity.standing(p_org_id, p_credential_id) as s limit 1;
    if holder is null then
        raise exception 'the credential is not valid any more' using errcode = 'VL004';
    end if;
    perform identity.act_as(p_org_id, holder, p_credential_id, p_request_id);
    update identity.passkey as k set revoked_at = clock_timestamp(), revoked_by = holder
    where k.org_id = p_org_id and k.id = p_id and k.principal_id = holder and k.revoked_at is null;
    if not found then
        return false;
    end if;
    update identity.session as s set ended_at = clock_timestamp(), ended_by = holder
    where s.org_id = p_org_id and s.principal_id = holder and s.method = 'passkey' and s.id <> p_credential_id
        and s.ended_at is null;
    return true;
end
$$;

select audit.record_changes('identity.passkey', 'passkey', '{id}', '{}', '{name}', '', '{name}');
