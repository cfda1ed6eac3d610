-- The record of changes: every write of a table that opted in leaves a line, whoever writes. A routine says first who
-- acts; without that the write is refused. What is opted in stands with its noun, one line each.

-- What differs between two states of a row: the members of the first one that the second has not, or otherwise.
create or replace function audit.differing(p_row jsonb, p_other jsonb) returns jsonb
language plpgsql immutable parallel safe as $$
begin
    if p_row is null or p_other is null then
        return p_row;
    end if;
    return (
        select coalesce(jsonb_object_agg(x.key, x.value), '{}') from jsonb_each(p_row) as x
        where x.value is distinct from p_other -> x.key
    );
end
$$;

-- The same members without their values: what a person is called is no part of the line.
create or replace function audit.withheld(p_row jsonb, p_personal text[]) returns jsonb
language plpgsql immutable parallel safe as $$
begin
    if p_row is null or not p_row ?| p_personal then
        return p_row;
    end if;
    return (
        select jsonb_object_agg(x.key, case when x.key = any(p_personal) then 'null' else x.value end)
        from jsonb_each(p_row) as x
    );
end
$$;

-- The members of a line with what is personal of a change, as long as it is kept.
create or replace function audit.disclosed(p_org_id uuid, p_change_id uuid, p_members jsonb) returns jsonb
language sql stable parallel safe as $$
    select p_members || coalesce((
        select jsonb_object_agg(v.name, v.value) from audit.personal_value as v
        where v.org_id = p_org_id and v.change_id = p_change_id and p_members ? v.name
    ), '{}')
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

-- 32 random bytes, of a generator that is fit for secrets.
create or replace function audit.salt() returns bytea
language sql volatile parallel safe as $$
    select sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
$$;

-- A row as it is compared: of what is sealed the commitment counts, so that to seal anew is no change.
create or replace function audit.compared(p_row jsonb, p_sealed text[]) returns jsonb
language plpgsql immutable parallel safe as $$
begin
    if p_row is null or cardinality(p_sealed) = 0 then
        return p_row;
    end if;
    return p_row || (
        select coalesce(jsonb_object_agg(x.name, keys.commitment_of(p_row ->> x.name)), '{}')
        from unnest(p_sealed) as x (name) where keys.is_sealed_text(p_row ->> x.name)
    );
end
$$;

-- Whether nothing differs but that a text from before is sealed now, for what the log is committed to already.
create or replace function audit.is_first_sealing(p_org_id uuid, how audit.opting, p_was jsonb, p_is jsonb)
returns boolean
language plpgsql stable as $$
declare
    of_id uuid := audit.id_of(how.subject, p_is, how.key);
    known jsonb;
begin
    if cardinality(how.sealed) = 0 or p_was - how.apart - how.sealed <> p_is - how.apart - how.sealed then
        return false;
    end if;
    select c.commitments into known from audit.version as v
    inner join audit.change as c on v.org_id = c.org_id and v.change_id = c.id
    where v.org_id = p_org_id and v.subject = how.subject and v.subject_id = of_id
    order by v.log_index desc limit 1;
    return not exists (
        select from unnest(how.sealed) as x (name)
        where p_was ->> x.name is distinct from p_is ->> x.name and (
            keys.is_sealed_text(p_was ->> x.name)
            or keys.commitment_of(p_is ->> x.name) is distinct from known ->> x.name
        )
    );
end
$$;

-- The line of a personal value, in plain with its salt; what is sealed has its own. Null for what nobody opens now.
create or replace function audit.personal_line(
    p_org_id uuid, p_change_id uuid, p_name text, p_value text, p_salt bytea
) returns audit.personal_value
language plpgsql stable as $$
begin
    if p_salt is null and not exists (
        select from keys.data_key as k
        where k.org_id = p_org_id and k.id = keys.key_id(keys.envelope_of(p_value))
            and k.state in ('active', 'opens-only')
    ) then
        return null;
    end if;
    return row(p_org_id, p_change_id, p_name, p_salt, p_value);
end
$$;

-- Write the line of a change: what differs, the record as it is now, and beside it what is personal. What every
-- department sees of the present it sees of the past: all of a shared table, and places that hold no stock.
create or replace function audit.keep_change(
    p_org_id uuid, how audit.opting, p_action text, p_was jsonb, p_is jsonb
) returns uuid
language plpgsql as $$
declare
    acting uuid[] := nullif(current_setting('velaurum.acting', true), '')::uuid[];
    moment timestamptz := clock_timestamp();
    new_id uuid := platform.uuidv7(moment);
    said jsonb := coalesce(p_is, p_was);
    was jsonb := audit.compared(p_was, how.sealed);
    becomes jsonb := audit.compared(p_is, how.sealed);
    p record;
    kept_one audit.personal_value;
    commitments jsonb := '{}';
    kept audit.personal_value[] := '{}';
begin
    for p in
        select
            x.name, p_is ->> x.name as value,
            case when x.name = any(how.sealed) then keys.commitment_of(p_is ->> x.name) end as commitment,
            audit.salt() as salt
        from unnest(how.personal) as x (name)
        where p_is ->> x.name is not null
    loop
        commitments := commitments || jsonb_build_object(
            p.name, coalesce(p.commitment, encode(ledger.note_commitment(p.salt, p.value), 'base64')));
        kept_one := audit.personal_line(
            p_org_id, new_id, p.name, p.value, case when p.commitment is null then p.salt end);
        if kept_one.org_id is not null then
            kept[cardinality(kept) + 1] := kept_one;
        end if;
    end loop;
    insert into audit.change (
        org_id, id, at, actor_id, credential_id, request_id, subject, subject_id, sub_org_id, is_shared, action, before,
        after, sv, row_after, commitments
    ) values (
        p_org_id, new_id, moment, acting[1], acting[2], acting[3], how.subject,
        audit.id_of(how.subject, said, how.key), (said ->> how.department)::uuid,
        how.department = 'shared' or coalesce(said ->> 'holds_stock' = 'false', false), p_action,
        audit.withheld(audit.differing(was - how.apart, becomes - how.apart), how.personal),
        audit.withheld(audit.differing(becomes - how.apart, was - how.apart), how.personal),
        how.sv, audit.canonical_row(p_is, how.names, how.kinds), commitments
    );
    if cardinality(kept) > 0 then
        insert into audit.personal_value select * from unnest(kept);
    end if;
    return new_id;
end
$$;

-- How a table is opted in whose records are shared, known by their id, and have nothing personal or sealed in them.
create or replace function audit.plain_opting(p_subject text) returns audit.opting
language plpgsql stable as $$
declare
    how audit.opting;
    shape platform.shape;
begin
    select * into strict shape from platform.shape as s where s.subject = p_subject order by s.sv desc limit 1;
    how.subject := p_subject;
    how.key := '{id}';
    how.department := 'shared';
    how.personal := '{}';
    how.sealed := '{}';
    how.names := array(select x.key from jsonb_each(shape.columns) as x order by x.key);
    how.kinds := array(select x.value ->> 'kind' from jsonb_each(shape.columns) as x order by x.key);
    how.apart := '{org_id,created_at,updated_at,updated_by,id}';
    how.sv := shape.sv;
    how.waits := true;
    return how;
end
$$;

-- Whether a change waits for the log to be taken up, as the log is held. Whoever takes it up waits for this
-- transaction, so that what it wrote is there then.
create or replace function audit.has_to_wait(p_org_id uuid) returns boolean
language plpgsql volatile as $$
begin
    perform from tenancy.org as o where o.org_id = p_org_id and o.held_since is not null for share;
    return found;
end
$$;

-- The trigger. A write that changes nothing but bookkeeping is no change.
create or replace function audit.record_change() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    acting uuid[] := nullif(current_setting('velaurum.acting', true), '')::uuid[];
    how audit.opting := tg_argv[0]::audit.opting;
    was jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
    becomes jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
begin
    if was - how.apart = becomes - how.apart then
        return null;
    end if;
    if tg_op = 'UPDATE' and cardinality(how.sealed) > 0 and (
        audit.compared(was, how.sealed) - how.apart = audit.compared(becomes, how.sealed) - how.apart
        or audit.is_first_sealing(new.org_id, how, was, becomes)
    ) then
        return null;
    end if;
    if how.waits and audit.has_to_wait(new.org_id) then
        return null;
    end if;
    if acting[1] is null then
        raise exception '% of %.% without a known actor is refused', tg_op, tg_table_schema, tg_table_name
            using errcode = 'VL013';
    end if;
    if tg_op = 'DELETE' then
        perform audit.keep_change(old.org_id, how, 'removed', was, null);
    else
        perform audit.keep_change(new.org_id, how, audit.action_of(was, becomes), was, becomes);
    end if;
    return null;
end
$$;

-- How entries have values of a type. Another type waits until somebody says how it is written.
create or replace function audit.kind_of(p_type regtype) returns text
language plpgsql stable as $$
declare
    kind text := case p_type::text
        when 'uuid' then 'plain' when 'text' then 'plain' when 'boolean' then 'plain' when 'integer' then 'plain'
        when 'date' then 'plain'
        when 'uuid[]' then 'plain' when 'text[]' then 'plain' when 'bigint' then 'bigint' when 'numeric' then 'numeric'
        when 'timestamp with time zone' then 'instant' when 'interval' then 'interval' when 'jsonb' then 'json'
    end;
begin
    if kind is null then
        raise exception 'entries have no form for values of type %', p_type;
    end if;
    return kind;
end
$$;

-- The columns of a table that are in its records, with their kind; 'personal' for what is committed to. Left out are
-- the organisation, what is apart, and every bytea column, since secrets are stored as nothing else.
create or replace function audit.columns_of(p_table regclass, p_apart text[], p_personal text[])
returns table (name text, kind text)
language sql stable as $$
    select
        a.attname::text,
        case when a.attname = any(p_personal) then 'personal' else audit.kind_of(a.atttypid::regtype) end
    from pg_catalog.pg_attribute as a
    where a.attrelid = p_table and a.attnum > 0 and not a.attisdropped and a.attname <> 'org_id'
        and a.attname <> all(p_apart) and a.atttypid not in ('bytea'::regtype, 'bytea[]'::regtype)
    order by a.attname
$$;

-- The number of the shape that these columns are: the newest, or a new one. Each column is followed back through what
-- migrations renamed since.
create or replace function platform.shape_of(p_subject text, p_columns jsonb) returns integer
language plpgsql as $$
declare
    last platform.shape;
    columns jsonb := '{}';
    c record;
    r record;
    called text;
begin
    select * into last from platform.shape as s where s.subject = p_subject order by s.sv desc limit 1;
    if p_columns = (select jsonb_object_agg(x.key, x.value -> 'kind') from jsonb_each(last.columns) as x) then
        return last.sv;
    end if;
    for c in select x.key, x.value from jsonb_each(p_columns) as x loop
        called := c.key;
        for r in
            select n.old_name, n.new_name from platform.column_rename as n
            where n.subject = p_subject and n.id > coalesce(last.renames, 0) order by n.id desc
        loop
            called := case when r.new_name = called then r.old_name else called end;
        end loop;
        columns := columns || jsonb_build_object(c.key, jsonb_build_object(
            'kind', c.value, 'was', case when last.columns ? called then called end));
    end loop;
    insert into platform.shape (subject, sv, columns, renames) values (
        p_subject, coalesce(last.sv, 0) + 1, columns, coalesce((select max(n.id) from platform.column_rename as n), 0)
    );
    return coalesce(last.sv, 0) + 1;
end
$$;

-- Opt a table in: one line. p_subject is the word for its record, p_key the columns that it is known by, p_apart what
-- is bookkeeping and in no record, p_personal what is only committed to, p_department the column of the department
-- whose it is, `shared` where every department sees all of it, or nothing; p_sealed what of the personal may be sealed;
-- p_waits that a change is no entry while the log is held: what takes a log up enters what such a table has by then.
create or replace function audit.record_changes(
    p_table regclass, p_subject text, p_key text[], p_apart text[], p_personal text[], p_department text,
    p_sealed text[] default '{}', p_waits boolean default false
) returns void
language plpgsql as $$
declare
    how audit.opting;
    of_rows jsonb;
begin
    select jsonb_object_agg(x.name, x.kind) into of_rows from audit.columns_of(p_table, p_apart, p_personal) as x;
    if not of_rows ?& p_personal or not p_sealed <@ p_personal then
        raise exception 'a personal column of % is not there', p_table;
    end if;
    how.subject := p_subject;
    how.key := p_key;
    how.department := p_department;
    how.personal := p_personal;
    how.sealed := p_sealed;
    how.waits := p_waits;
    how.names := array(select x.key from jsonb_each_text(of_rows) as x where x.value <> 'personal' order by x.key collate "C");
    how.kinds := array(select x.value from jsonb_each_text(of_rows) as x where x.value <> 'personal' order by x.key collate "C");
    how.apart := array['org_id', 'created_at', 'updated_at', 'updated_by'] || p_apart
        || case when cardinality(p_key) = 1 then p_key else '{}' end || array(
        select a.attname::text from pg_catalog.pg_attribute as a
        where a.attrelid = p_table and a.attnum > 0 and not a.attisdropped
            and a.atttypid in ('bytea'::regtype, 'bytea[]'::regtype)
        order by a.attnum
    );
    how.sv := platform.shape_of(p_subject, of_rows);
    execute format(
        'create or replace trigger change_is_recorded after insert or update or delete on %s'
        ' for each row execute function audit.record_change(%L)', p_table, how::text);
    execute format('alter table %s enable always trigger change_is_recorded', p_table);
end
$$;
