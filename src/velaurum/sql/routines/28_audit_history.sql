-- Versions by time and by log size. A version is valid from the instant it was recorded until the next of its record
-- was; instants strictly increase with the log, so that no version is empty. The boundaries are those of SQL Server.

-- Every version of a subject, or of one record of it, with where it ends. A removal is no version: it ends one.
create or replace function audit.spans(p_org_id uuid, p_subject text, p_subject_id uuid)
returns table (
    log_index bigint, subject_id uuid, change_id uuid, sub_org_id uuid, is_shared boolean, action text,
    valid_from timestamptz, valid_to timestamptz, ended_by bigint
)
language sql stable as $$
    select
        v.log_index, v.subject_id, v.change_id, v.sub_org_id, v.is_shared, v.action, v.recorded_at, n.recorded_at,
        n.log_index
    from audit.version as v
    left join lateral (
        select x.log_index, x.recorded_at from audit.version as x
        where x.org_id = p_org_id and x.subject = p_subject and x.subject_id = v.subject_id
            and x.log_index > v.log_index
        order by x.log_index limit 1
    ) as n on true
    where v.org_id = p_org_id and v.subject = p_subject
        and (p_subject_id is null or v.subject_id = p_subject_id) and v.action <> 'removed'
$$;

-- Whether a version that is valid from p_from until p_to (null: still) belongs to a period. p_bounds is `as-of` (p_a
-- alone), `from-to` (touching neither end), `between` (touching the upper one), `contained-in`, or `all`.
create or replace function audit.is_within(
    p_bounds text, p_from timestamptz, p_to timestamptz, p_a timestamptz, p_b timestamptz
) returns boolean
language sql immutable parallel safe as $$
    select case p_bounds
        when 'as-of' then p_from <= p_a and coalesce(p_to > p_a, true)
        when 'from-to' then p_from < p_b and coalesce(p_to > p_a, true)
        when 'between' then p_from <= p_b and coalesce(p_to > p_a, true)
        when 'contained-in' then p_from >= p_a and coalesce(p_to <= p_b, p_b = 'infinity')
        when 'all' then true
    end
$$;

-- The versions of a period, as far as they belong to departments within reach; p_subject_id null is every record of the
-- subject. Where a version ends is seen whole: also where the next one belongs to another department.
create or replace function audit.history(
    p_org_id uuid, p_subject text, p_subject_id uuid, p_bounds text, p_a timestamptz, p_b timestamptz,
    p_sub_org_ids uuid[]
) returns table (
    log_index bigint, subject_id uuid, change_id uuid, sub_org_id uuid, is_shared boolean, action text,
    valid_from timestamptz, valid_to timestamptz, ended_by bigint
)
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    sub_orgs text := tenancy.see_sub_orgs('*');
begin
    return query
    select
        s.log_index, s.subject_id, s.change_id, s.sub_org_id, s.is_shared, s.action, s.valid_from, s.valid_to,
        s.ended_by
    from audit.spans(p_org_id, p_subject, p_subject_id) as s
    where audit.is_within(p_bounds, s.valid_from, s.valid_to, p_a, p_b)
        and tenancy.reaches(p_sub_org_ids, s.sub_org_id, s.is_shared);
    perform tenancy.see_sub_orgs(sub_orgs);
end
$$;

-- A record with the columns of today, as a change left it. What it is committed to, and is kept no longer, was erased.
create or replace function audit.record_of(p_org_id uuid, p_change_id uuid) returns jsonb
language plpgsql stable as $$
declare
    c audit.change;
begin
    select * into c from audit.change as x where x.org_id = p_org_id and x.id = p_change_id;
    return audit.carried(c.subject, c.sv, c.row_after || coalesce((
        select jsonb_object_agg(x.key, 'erased') from jsonb_each(c.commitments) as x
    ), '{}') || coalesce((
        select jsonb_object_agg(v.name, v.value) from audit.personal_value as v
        where v.org_id = p_org_id and v.change_id = p_change_id
    ), '{}'));
end
$$;

-- A record as it was when the log had p_size entries: exact, for ever. Null where there was none, and where it belonged
-- to a department out of reach.
create or replace function audit.record_at(
    p_org_id uuid, p_subject text, p_subject_id uuid, p_size bigint, p_sub_org_ids uuid[]
) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    sub_orgs text := tenancy.see_sub_orgs('*');
    v audit.version;
    found_one jsonb;
begin
    select * into v from audit.version as x
    where x.org_id = p_org_id and x.subject = p_subject and x.subject_id = p_subject_id and x.log_index < p_size
    order by x.log_index desc limit 1;
    if v.action <> 'removed' and tenancy.reaches(p_sub_org_ids, v.sub_org_id, v.is_shared) then
        found_one := audit.record_of(p_org_id, v.change_id);
    end if;
    perform tenancy.see_sub_orgs(sub_orgs);
    return found_one;
end
$$;

-- A principal as it was when the log had p_size entries; one that came into the log later as it came. Whoever sees a
-- record sees who made it, so that departments are not asked.
create or replace function audit.principal_at(p_org_id uuid, p_principal_id uuid, p_size bigint) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    sub_orgs text := tenancy.see_sub_orgs('*');
    found_one jsonb;
begin
    select audit.record_of(p_org_id, x.change_id) into found_one from audit.version as x
    where x.org_id = p_org_id and x.subject = 'principal' and x.subject_id = p_principal_id
    order by (x.log_index < p_size) desc, abs(p_size - x.log_index) limit 1;
    perform tenancy.see_sub_orgs(sub_orgs);
    return found_one;
end
$$;

-- A record of the past with what answers say beside it: the codes of what it names, which never change, and its
-- principals as they were when the log had p_size entries. What is out of reach has no code.
create or replace function audit.shown(
    p_org_id uuid, p_subject text, p_said jsonb, p_size bigint, p_sub_org_ids uuid[]
) returns jsonb
language sql stable as $$
    select p_said || jsonb_build_object(
        'attributes', (p_said ->> 'attributes')::jsonb,
        'sub_org_code', (
            select s.code from tenancy.sub_org as s
            where s.org_id = p_org_id and s.id = (p_said ->> 'sub_org_id')::uuid
        ),
        'parent_code', case p_subject
            when 'location' then (
                select l.code from catalog.location as l
                where l.org_id = p_org_id and l.id = (p_said ->> 'parent_id')::uuid
                    and tenancy.reaches(p_sub_org_ids, l.sub_org_id, not l.holds_stock)
            )
            when 'sub-org' then (
                select s.code from tenancy.sub_org as s
                where s.org_id = p_org_id and s.id = (p_said ->> 'parent_id')::uuid
                    and tenancy.reaches(p_sub_org_ids, s.id, false)
            )
        end,
        'maker_id', m.said ->> 'id', 'maker_kind', m.said ->> 'kind', 'maker_name', m.said ->> 'name',
        'principal_kind', h.said ->> 'kind', 'principal_name', h.said ->> 'name',
        'above', trim_scale((p_said ->> 'above')::numeric)::text,
        'linked_at', p_said -> 'created_at', 'linked_by', p_said -> 'created_by'
    )
    from (
        select case when p_subject in ('principal', 'token', 'assignment', 'scim-mapping', 'approval-rule') then
            audit.principal_at(p_org_id, (p_said ->> 'created_by')::uuid, p_size) end as said
    ) as m cross join (
        select case when p_subject in ('token', 'provider-subject', 'scim-user') then
            audit.principal_at(p_org_id, (p_said ->> 'principal_id')::uuid, p_size) end as said
    ) as h
    where p_said is not null
$$;
