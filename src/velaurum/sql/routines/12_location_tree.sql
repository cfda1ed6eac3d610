-- The tree of locations: each lies where it was made, for good, at most 32 deep. So there is no circle, and what lies
-- in a location at a size of the log is what lies in it now and was there then.

create or replace function catalog.refuse_new_parent() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    raise exception 'a location lies where it was made'
        using errcode = 'check_violation', constraint = 'location_parent_stays_check';
end
$$;

create or replace trigger location_lies_where_it_was before update of parent_id on catalog.location
for each row when (new.parent_id is distinct from old.parent_id) execute function catalog.refuse_new_parent();
alter table catalog.location enable always trigger location_lies_where_it_was;

-- Rows that one statement adds may lie in each other, so that it is asked when all of them are there. The tree is the
-- whole organisation's: what a department may not see counts as well.
create or replace function catalog.refuse_deep_location() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    sub_orgs text := tenancy.see_sub_orgs('*');
    above uuid := new.parent_id;
    depth integer := 1;
begin
    while above is not null loop
        depth := depth + 1;
        if depth > 32 then
            raise exception 'the location would lie more than 32 deep'
                using errcode = 'check_violation', constraint = 'location_depth_check';
        end if;
        above := (select l.parent_id from catalog.location as l where l.org_id = new.org_id and l.id = above);
    end loop;
    perform tenancy.see_sub_orgs(sub_orgs);
    return null;
end
$$;

create or replace trigger location_is_not_too_deep after insert on catalog.location
for each row when (new.parent_id is not null) execute function catalog.refuse_deep_location();
alter table catalog.location enable always trigger location_is_not_too_deep;

-- The ids of a location and of all that lies in it, as far as they are within reach. What lies in a place out of reach
-- is found all the same, whichever wall stands.
create or replace function catalog.within(p_org_id uuid, p_location_id uuid, p_sub_org_ids uuid[]) returns uuid[]
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
declare
    sub_orgs text := tenancy.see_sub_orgs('*');
    inside uuid[];
    layer uuid[] := array[p_location_id];
    below uuid[];
    place record;
begin
    inside := array(
        select l.id from catalog.location as l
        where l.org_id = p_org_id and l.id = p_location_id
            and tenancy.reaches(p_sub_org_ids, l.sub_org_id, not l.holds_stock)
    );
    while cardinality(layer) > 0 loop
        below := '{}';
        for place in
            select l.id, tenancy.reaches(p_sub_org_ids, l.sub_org_id, not l.holds_stock) as is_reached
            from catalog.location as l
            where l.org_id = p_org_id and l.parent_id = any(layer) order by l.id
        loop
            below := below || place.id;
            if place.is_reached then
                inside := inside || place.id;
            end if;
        end loop;
        layer := below;
    end loop;
    perform tenancy.see_sub_orgs(sub_orgs);
    return inside;
end
$$;
