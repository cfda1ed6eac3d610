-- What the opted tables looked like, as views that every migration run makes anew, and the first versions of what was
-- there before. For migrations alone: these write SQL, so nobody may execute them.

-- Where a column's values stand in versions of every shape, as one expression: walked back from the newest shape
-- through the names that it had.
create or replace function audit.column_of_versions(p_subject text, p_name text, p_type text) returns text
language plpgsql as $$
declare
    s record;
    called text := p_name;
    expression text := '';
    value text;
begin
    for s in select x.sv, x.columns from platform.shape as x where x.subject = p_subject order by x.sv desc loop
        exit when called is null;
        value := case s.columns -> called ->> 'kind'
            when 'personal' then format(
                '(select p.value from audit.personal_value as p'
                ' where p.org_id = c.org_id and p.change_id = c.id and p.name = %L)::%s', called, p_type)
            when 'interval' then format('make_interval(secs => (c.row_after ->> %L)::float8)', called)
            else case
                when p_type like '%[]' then format(
                    'case when c.row_after ? %1$L then array(select e from jsonb_array_elements_text('
                    'c.row_after -> %1$L) as e)::%2$s end', called, p_type)
                else format('(c.row_after ->> %L)::%s', called, p_type)
            end
        end;
        expression := expression || format(' when v.sv >= %s then %s', s.sv, value);
        called := s.columns -> called ->> 'was';
    end loop;
    return format('case%s end as %I', expression, p_name);
end
$$;

-- The view of one table: every version of its records, with the columns of today. A removed record has no version from
-- then on; it says when the one before it ended.
create or replace function audit.make_history_view(p_table regclass, how audit.opting) returns void
language plpgsql as $$
declare
    of_columns text;
    made text;
begin
    select string_agg(audit.column_of_versions(
        how.subject, a.attname, format_type(a.atttypid, a.atttypmod)), ', ' order by a.attnum) into of_columns
    from pg_catalog.pg_attribute as a
    where a.attrelid = p_table and a.attnum > 0 and not a.attisdropped and a.attname = any(how.names || how.personal);
    select format('%I.%I', n.nspname, c.relname || '_history') into made
    from pg_catalog.pg_class as c inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
    where c.oid = p_table;
    execute format('drop view if exists %s', made);
    execute format(
        'create view %s with (security_invoker = true) as select v.org_id, v.log_index, v.recorded_at as valid_from, ('
        ' select n.recorded_at from audit.version as n where n.org_id = v.org_id and n.subject = v.subject'
        ' and n.subject_id = v.subject_id and n.log_index > v.log_index order by n.log_index limit 1) as valid_to,'
        ' v.subject_id, v.action as change_action, c.actor_id as change_actor_id, p.kind as change_actor_kind,'
        ' c.credential_id as change_credential_id, c.request_id as change_request_id, %s'
        ' from audit.version as v inner join audit.change as c on v.org_id = c.org_id and v.change_id = c.id'
        ' inner join identity.principal as p on c.org_id = p.org_id and c.actor_id = p.id'
        ' where v.subject = %L and v.action <> ''removed''', made, of_columns, how.subject);
end
$$;

-- Give rows of a table that the log does not know as they are their version: what was there before, and what a
-- migration made of a record without saying so. In the order of the rows' ids, by the platform's operator.
create or replace function audit.carry_table(p_org_id uuid, p_table regclass, how audit.opting) returns void
language plpgsql as $$
declare
    head ledger.head;
    known audit.change;
    r record;
    new_id uuid;
    next_index bigint;
    moment timestamptz;
begin
    select * into strict head from ledger.head as h where h.org_id = p_org_id for update;
    next_index := head.size;
    moment := greatest(clock_timestamp(), head.recorded_at + interval '1 microsecond');
    for r in execute format(
        'select to_jsonb(t) as said, audit.id_of(%L, to_jsonb(t), %L) as id from %s as t where t.org_id = %L order by 2',
        how.subject, how.key, p_table, p_org_id)
    loop
        select c.* into known from audit.version as v inner join audit.change as c
            on v.org_id = c.org_id and v.change_id = c.id
        where v.org_id = p_org_id and v.subject = how.subject and v.subject_id = r.id
        order by v.log_index desc limit 1;
        if known.row_after is null or audit.carried(how.subject, known.sv, known.row_after) is distinct from
            audit.canonical_row(r.said, how.names, how.kinds) then
            new_id := audit.keep_change(
                p_org_id, how, case when known.id is null then 'found' else 'carried' end,
                case when known.id is not null then audit.carried(how.subject, known.sv, known.row_after) end, r.said);
            perform audit.place(p_org_id, new_id, next_index, moment);
            next_index := next_index + 1;
            moment := moment + interval '1 microsecond';
        end if;
    end loop;
    update ledger.head as h set size = next_index, recorded_at = moment - interval '1 microsecond'
    where h.org_id = p_org_id and h.size < next_index;
end
$$;

-- Make every view anew, and carry what a new shape asks for. Last of the routines, because it uses them.
create or replace function audit.carry() returns void
language plpgsql as $$
declare
    opted record;
    o record;
    has_carried boolean := false;
begin
    for opted in
        select g.tgrelid::regclass as name, rtrim(encode(g.tgargs, 'escape'), '\000')::audit.opting as how
        from pg_catalog.pg_trigger as g where g.tgfoid = 'audit.record_change()'::regprocedure order by g.tgrelid
    loop
        perform audit.make_history_view(opted.name, opted.how);
        if exists (
            select from platform.shape as s
            where s.subject = (opted.how).subject and s.made_at >= transaction_timestamp()
        ) then
            for o in
                select t.org_id from tenancy.org as t order by t.org_id
            loop
                perform tenancy.set_context(o.org_id, null);
                perform identity.act_as(o.org_id, (
                    select p.id from identity.principal as p where p.org_id = o.org_id and p.created_by = p.id
                ), null, null);
                perform audit.carry_table(o.org_id, opted.name, opted.how);
                has_carried := true;
            end loop;
        end if;
    end loop;
    if has_carried then
        execute 'analyze audit.change, audit.version, audit.personal_value';
    end if;
end
$$;
