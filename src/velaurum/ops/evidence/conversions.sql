-- name: packs
-- cross-sub-org: every movement of the organisation is looked at. What packs of these items held, version by version.
select
    v.log_index, v.subject_id as id, c.row_after ->> 'item_id' as item_id, c.row_after ->> 'unit' as unit,
    c.row_after ->> 'numerator' as numerator, c.row_after ->> 'denominator' as denominator,
    c.row_after ->> 'removed_at' is null as is_living
from audit.version as v
inner join audit.change as c on v.org_id = c.org_id and v.change_id = c.id
where v.org_id = %(org_id)s and v.subject = 'pack'
    and c.row_after ->> 'item_id' = any(%(item_ids)s::text[])
order by v.log_index;
