-- Integration jobs: asked for once per key, and handed to an outside system with a secret of their own.

-- A job goes one way only, whoever writes the row. Its secret is set once, and gone with any of its ends.
create or replace function jobs.guard_integration_job() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    is_end boolean := new.state in ('succeeded', 'failed', 'cancelled', 'expired');
begin
    if tg_op = 'INSERT' then
        if new.state <> 'queued' or new.attempts <> 0 or new.callback_secret_hash is null then
            raise exception 'an integration job begins by waiting, with a secret' using errcode = 'VL043';
        end if;
        return new;
    end if;
    if (
        new.id, new.kind, new.item_id, new.location_id, new.movement_id, new.payload, new.requested_by,
        new.credential_id, new.request_id, new.created_at, new.expires_at, new.key_id
    ) is distinct from (
        old.id, old.kind, old.item_id, old.location_id, old.movement_id, old.payload, old.requested_by,
        old.credential_id, old.request_id, old.created_at, old.expires_at, old.key_id
    ) or new.attempts < old.attempts then
        raise exception 'what an outside system was asked to do is never changed' using errcode = 'VL043';
    end if;
    if not (
        old.state in ('queued', 'sent') and new.state in ('sent', 'awaiting_callback')
        or old.state in ('queued', 'sent', 'awaiting_callback') and is_end
    ) then
        raise exception 'an integration job does not go from % to %', old.state, new.state using errcode = 'VL043';
    end if;
    if is_end then
        new.callback_secret_hash := null;
        new.ended_at := clock_timestamp();
        new.purged_at := new.ended_at;
    elsif new.callback_secret_hash is distinct from old.callback_secret_hash then
        raise exception 'a secret is set once' using errcode = 'VL043';
    end if;
    return new;
end
$$;

create or replace trigger integration_job_is_guarded before insert or update on jobs.integration_job
for each row execute function jobs.guard_integration_job();
alter table jobs.integration_job enable always trigger integration_job_is_guarded;

-- Write down which state a job came to, and by whom. Nobody writes one without saying who acts.
create or replace function jobs.note_integration_step() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    acting uuid[] := nullif(current_setting('velaurum.acting', true), '')::uuid[];
begin
    if acting[1] is null then
        raise exception 'an integration job without a known actor is refused' using errcode = 'VL013';
    end if;
    insert into jobs.integration_step (org_id, job_id, number, state, actor_id, credential_id, request_id)
    values (
        new.org_id, new.id,
        (select count(*) from jobs.integration_step as s where s.org_id = new.org_id and s.job_id = new.id) + 1,
        new.state, acting[1], acting[2], acting[3]
    );
    return null;
end
$$;

create or replace trigger integration_job_is_noted after insert or update on jobs.integration_job
for each row execute function jobs.note_integration_step();
alter table jobs.integration_job enable always trigger integration_job_is_noted;

-- Ask for an integration job. Its secret is made here, 256 bits out of 366 random ones, and answered once: what was
-- decided for the key before has none. No parameter of any statement ever holds it or its hash.
create or replace function jobs.create_integration_job(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text,
    p_request_hash bytea, p_kind text, p_payload jsonb, p_item_id uuid, p_location_id uuid, p_movement_id uuid,
    p_life interval, p_key_id text
) returns table (outcome text, replayed boolean, record_id uuid, problem jsonb, secret bytea)
language plpgsql security definer rows 1
set search_path = pg_catalog, pg_temp as $$
declare
    decided ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    new_id uuid := platform.uuidv7(clock_timestamp());
    began timestamptz := clock_timestamp();
begin
    if decided.outcome is null then
        perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
        secret := sha256(
            uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
        insert into jobs.integration_job (
            org_id, id, kind, item_id, location_id, movement_id, payload, callback_secret_hash, requested_by,
            credential_id, request_id, created_at, expires_at, key_id
        ) values (
            p_org_id, new_id, p_kind, p_item_id, p_location_id, p_movement_id, p_payload, sha256(secret), p_actor_id,
            p_credential_id, p_request_id, began, began + p_life, p_key_id
        );
        decided := ledger.decide_creation(
            p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
    end if;
    return query select decided.outcome, decided.replayed, decided.record_id, decided.problem, secret;
end
$$;

-- Say that a job was sent, as often as it is, or call it off. Who reaches departments alone does so with their own.
-- False where that is too late: its outside system has it, it has ended, or is over.
create or replace function jobs.act_on_integration_job(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_state text
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    reach record;
begin
    select * into strict reach from identity.reach(p_org_id, p_credential_id, 'post');
    if reach.may is not true then
        raise exception 'the credential does not allow this' using errcode = 'VL005';
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    update jobs.integration_job as j
    set state = p_state, attempts = case when p_state = 'sent' then j.attempts + 1 else j.attempts end
    where j.org_id = p_org_id and j.id = p_id and j.expires_at > clock_timestamp()
        and (p_state = 'cancelled' and j.ended_at is null or p_state = 'sent' and j.state in ('queued', 'sent'))
        and (reach.sub_org_ids is null or j.requested_by = p_actor_id);
    return found;
end
$$;

-- Who was asked for what, and what they said, stays to be read.
create or replace trigger integration_job_is_never_removed before delete or truncate on jobs.integration_job
for each statement execute function ledger.refuse_change();
create or replace trigger integration_job_row_is_never_removed before delete on jobs.integration_job
for each row execute function ledger.refuse_change();
alter table jobs.integration_job enable always trigger integration_job_is_never_removed;
alter table jobs.integration_job enable always trigger integration_job_row_is_never_removed;

create or replace trigger integration_step_is_append_only before update or delete or truncate on jobs.integration_step
for each statement execute function ledger.refuse_change();
create or replace trigger integration_step_row_is_append_only before update or delete on jobs.integration_step
for each row execute function ledger.refuse_change();
alter table jobs.integration_step enable always trigger integration_step_is_append_only;
alter table jobs.integration_step enable always trigger integration_step_row_is_append_only;
