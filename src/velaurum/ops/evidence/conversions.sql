-- name: packs
-- cross-sub-org: every movement of the organisation is looked at. What packs of these items held, version by version.
-- A pack is of one item for good, as each of its versions says.
select
    v.log_index, v.subject_id as id, c.row_after ->> 'item_id' as item_id, c.row_after ->> 'unit' as unit,
    c.row_after ->> 'numerator' as numerator, c.row_after ->> 'denominator' as denominator,
    c.row_after ->> 'removed_at' is null as is_living
from audit.version as v
inner join audit.change as c on v.org_id = c.org_id and v.change_id = c.id
where v.org_id = %(org_id)s and v.subject = 'pack'
    and c.row_after ->> 'item_id' = any(%(item_ids)s::uuid[]::text[])
order by v.log_index;

-- name: units
-- cross-org: what a unit is says the product, to every organisation alike.
select u.code, u.name, u.dimension, u.numerator::text as numerator, u.denominator::text as denominator
from catalog.units() as u
where u.code = any(%(codes)s::text[]);
