-- The canonical bytes of a change. velaurum.audit.entries builds the same bytes in Python; a test holds the two equal.
-- Nothing in here depends on a setting of the session.

-- A flat object as canonical JSON (RFC 8785): its values are strings, booleans, integers below 2^53, or lists of
-- strings.
create or replace function audit.canonical(p_object jsonb) returns text
language plpgsql stable strict parallel safe as $$
begin
    return (
        select concat('{', string_agg(concat(to_json(x.key), ':', case jsonb_typeof(x.value)
            when 'string' then to_json(x.value #>> '{}')::text
            when 'array' then concat('[', (
                select string_agg(to_json(e.value)::text, ',' order by e.place)
                from jsonb_array_elements_text(x.value) with ordinality as e (value, place)
            ), ']')
            else x.value::text
        end), ',' order by convert_to(x.key, 'UTF8')), '}')
        from jsonb_each(p_object) as x
    );
end
$$;

-- One value as entries have it: p_kind is what audit.kind_of says of its column, p_value how to_jsonb writes it.
create or replace function audit.canonical_value(p_kind text, p_value jsonb) returns jsonb
language sql stable parallel safe as $$
    select case p_kind
        when 'plain' then p_value
        when 'bigint' then case
            when abs((p_value #>> '{}')::numeric) < 9007199254740992 then p_value else to_jsonb(p_value #>> '{}')
        end
        when 'numeric' then to_jsonb(p_value #>> '{}')
        when 'instant' then to_jsonb(case
            when isfinite((p_value #>> '{}')::timestamptz) then platform.instant((p_value #>> '{}')::timestamptz)
            else p_value #>> '{}'
        end)
        when 'interval' then to_jsonb(extract(epoch from (p_value #>> '{}')::interval)::text)
        when 'json' then to_jsonb(p_value::text)
    end
$$;

-- The record of a row: these columns of it, null ones absent.
create or replace function audit.canonical_row(p_row jsonb, p_names text[], p_kinds text[]) returns jsonb
language plpgsql stable parallel safe as $$
begin
    return (
        select coalesce(jsonb_object_agg(x.name, audit.canonical_value(x.kind, p_row -> x.name)), '{}')
        from unnest(p_names, p_kinds) as x (name, kind)
        where p_row ->> x.name is not null
    );
end
$$;

-- By which id a record is known: its own, or one made of all the columns that it is known by.
create or replace function audit.id_of(p_subject text, p_row jsonb, p_key text[]) returns uuid
language plpgsql stable parallel safe as $$
begin
    if cardinality(p_key) = 1 then
        return (p_row ->> p_key[1])::uuid;
    end if;
    return substring(encode(sha256(convert_to(concat('velaurum-subject/v1/', p_subject, (
        select string_agg(concat('/', p_row ->> k.name), '' order by k.place)
        from unnest(p_key) with ordinality as k (name, place)
    )), 'UTF8')), 'hex') from 1 for 32)::uuid;
end
$$;

-- The whole entry of a version: one line, as bytes. Members stand in the order of their names, null members are absent.
create or replace function audit.change_entry(
    v audit.version, c audit.change, p_actor_kind text, p_previous_leaf bytea
) returns bytea
language plpgsql stable parallel safe as $$
begin
    return convert_to(concat(
        '{"action":"', v.action, '"',
        ',"actor":{"id":"', c.actor_id, '","kind":"', p_actor_kind, '"', ',"via":"' || c.credential_id || '"', '}',
        ',"at":"', platform.instant(v.recorded_at), '"',
        ',"id":"', c.id, '"',
        ',"log_index":', v.log_index,
        ',"org":"', v.org_id, '"',
        ',"pii":' || audit.canonical(nullif(c.commitments, '{}')),
        ',"prev":{"leaf":"' || encode(p_previous_leaf, 'base64') || '","log_index":' || v.previous_index || '}',
        ',"req":"' || c.request_id || '"',
        ',"row":' || audit.canonical(c.row_after),
        ',"subject_id":"', v.subject_id, '"',
        ',"sv":', v.sv, ',"type":"change.', v.subject, '","v":1}'), 'UTF8');
end
$$;

-- A record of an older shape with the columns of today: renamed ones by their new name, those that are gone left out.
create or replace function audit.carried(p_subject text, p_sv integer, p_row jsonb) returns jsonb
language plpgsql stable as $$
declare
    s record;
    carried jsonb := p_row;
begin
    for s in
        select x.columns from platform.shape as x where x.subject = p_subject and x.sv > p_sv order by x.sv
    loop
        carried := coalesce((
            select jsonb_object_agg(c.key, carried -> (c.value ->> 'was')) from jsonb_each(s.columns) as c
            where carried ? (c.value ->> 'was')
        ), '{}');
    end loop;
    return carried;
end
$$;
