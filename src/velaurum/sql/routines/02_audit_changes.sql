-- The record of changes: every write of a table that opted in leaves a line, whoever writes. A routine says first who
-- acts; without that the write is refused. What is opted in stands at the end of this file, or with its noun.

-- Say who acts in this transaction: velaurum.acting holds actor, credential and request. A credential is the actor's
-- own, and lives. Without one it is the operator's hand, or the product's own process.
create or replace function identity.act_as(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid
) returns void
language plpgsql as $$
begin
    if p_credential_id is not null and not exists (
        select from identity.standing(p_org_id, p_credential_id) as x where x.principal_id = p_actor_id
    ) then
        raise exception 'the credential is not the actor''s, or is not valid any more' using errcode = 'VL004';
    end if;
    perform set_config('velaurum.acting', array[p_actor_id, p_credential_id, p_request_id]::text, true);
end
$$;

-- What differs between two states of a row: the members of the first one that the second has not, or otherwise.
create or replace function audit.differing(p_row jsonb, p_other jsonb) returns jsonb
language sql immutable parallel safe as $$
    select coalesce(jsonb_object_agg(x.key, x.value), '{}') from jsonb_each(p_row) as x
    where p_other is null or x.value is distinct from p_other -> x.key
$$;

-- What a change is called: a row that stops or lives again is told from one that says something else.
create or replace function audit.action_of(p_before jsonb, p_after jsonb) returns text
language sql immutable parallel safe as $$
    select case
        when p_before is null then 'created'
        when p_after is null then 'removed'
        when p_before ->> 'revoked_at' is null and p_after ->> 'revoked_at' is not null then 'revoked'
        when p_before ->> 'disabled_at' is null and p_after ->> 'disabled_at' is not null then 'disabled'
        when p_before ->> 'disabled_at' is not null and p_after ->> 'disabled_at' is null then 'enabled'
        else 'changed'
    end
$$;

-- The trigger: arguments are the word for the record, the column of its id, and the columns that are kept out. A write
-- that changes nothing else is no change.
create or replace function audit.record_change() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    acting uuid[] := nullif(current_setting('velaurum.acting', true), '')::uuid[];
    moment timestamptz := clock_timestamp();
    was jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
    becomes jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
    subject_id uuid := coalesce(becomes, was) ->> tg_argv[1];
    of_sub_org_id uuid := coalesce(becomes, was) ->> 'sub_org_id';
begin
    was := was - tg_argv[2:];
    becomes := becomes - tg_argv[2:];
    if was = becomes then
        return null;
    end if;
    if acting[1] is null then
        raise exception '% of %.% without a known actor is refused', tg_op, tg_table_schema, tg_table_name
            using errcode = 'VL013';
    end if;
    if tg_op = 'DELETE' then
        insert into audit.change (
            org_id, id, at, actor_id, credential_id, request_id, subject, subject_id, sub_org_id, action, before
        ) values (
            old.org_id, platform.uuidv7(moment), moment, acting[1], acting[2], acting[3], tg_argv[0], subject_id,
            of_sub_org_id, 'removed', was
        );
        return null;
    end if;
    insert into audit.change (
        org_id, id, at, actor_id, credential_id, request_id, subject, subject_id, sub_org_id, action, before, after
    ) values (
        new.org_id, platform.uuidv7(moment), moment, acting[1], acting[2], acting[3], tg_argv[0], subject_id,
        of_sub_org_id, audit.action_of(was, becomes),
        case when was is not null then audit.differing(was, becomes) end, audit.differing(becomes, was)
    );
    return null;
end
$$;

-- Opt a table in: one line. p_subject is the word for its record, p_key the column that the record is known by. Kept
-- out are p_apart, for what is bookkeeping; the keys; and every bytea column, since secrets are stored as nothing else.
create or replace function audit.record_changes(p_table regclass, p_subject text, p_key text, p_apart text[])
returns void
language plpgsql as $$
declare
    apart text[] := array['org_id', p_key, 'created_at', 'updated_at', 'updated_by'] || p_apart || array(
        select a.attname::text from pg_catalog.pg_attribute as a
        where a.attrelid = p_table and a.attnum > 0 and not a.attisdropped
            and a.atttypid in ('pg_catalog.bytea'::regtype, 'pg_catalog.bytea[]'::regtype)
        order by a.attnum
    );
begin
    execute format(
        'create or replace trigger change_is_recorded after insert or update or delete on %s'
        ' for each row execute function audit.record_change(%s)', p_table, (
            select string_agg(quote_literal(x.word), ', ' order by x.place)
            from unnest(array[p_subject, p_key] || apart) with ordinality as x (word, place)
        ));
    execute format('alter table %s enable always trigger change_is_recorded', p_table);
end
$$;

select audit.record_changes('identity.principal', 'principal', 'id', '{}');
select audit.record_changes('identity.role', 'role', 'id', '{}');
select audit.record_changes('identity.token', 'token', 'id', '{}');
select audit.record_changes('identity.assignment', 'assignment', 'id', '{}');
