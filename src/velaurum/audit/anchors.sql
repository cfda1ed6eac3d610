-- name: anchor
-- cross-org: every log with a new checkpoint puts it into the meta-log; each is entered for it, and a number is told.
-- In no order that tells whose leaf is where.
with shuffled as materialized (
    select t.org_id
    from tenancy.org as t
    order by gen_random_uuid()
)

select count(*) filter (where audit.anchor_checkpoint(o.org_id, %(apart)s)) as anchored
from shuffled as o;

-- name: newest
select
    a.leaf_index, a.incarnation, a.size, a.salt, platform.instant(a.anchored_at) as anchored_at,
    (
        select c.note
        from audit.checkpoint as c
        where c.org_id = %(org_id)s and c.incarnation = a.incarnation and c.size = a.size
    ) as note
from audit.anchor as a
where a.org_id = %(org_id)s and a.leaf_index < %(meta_size)s
order by a.leaf_index desc
limit 1;
