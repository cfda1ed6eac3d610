-- name: between
-- cross-sub-org: the log is the whole organisation's. The version with its change and the version before it. No
-- routine of the product stands between the rows and who checks them.
select
    v.org_id,
    v.log_index,
    v.change_id,
    v.subject,
    v.subject_id,
    to_char(v.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as recorded_at,
    v.action,
    v.previous_index,
    b.leaf_hash as previous_leaf,
    v.sv,
    c.actor_id,
    p.kind as actor_kind,
    c.credential_id,
    c.request_id,
    c.row_after,
    c.commitments,
    (
        c.subject = v.subject and c.subject_id = v.subject_id and c.action = v.action and c.sv = v.sv
        and c.is_shared = v.is_shared and coalesce(c.sub_org_id, c.org_id) = coalesce(v.sub_org_id, v.org_id)
    ) as is_of_change,
    -- A change is written by the transaction that gives it its version, and never again.
    case when v.xid is null or c.xmin = v.xmin or current_setting('track_commit_timestamp') = 'off' then true else
        coalesce(pg_xact_commit_timestamp(c.xmin), '-infinity') = coalesce(
            pg_xact_commit_timestamp(v.xmin), '-infinity'
        )
    end as is_change_as_written,
    v.entry,
    v.leaf_hash,
    v.xid::text as xid,
    v.xmin::text as xmin,
    v.xid::xid = v.xmin as is_as_written,
    -- A migration gives very many records a version in one transaction.
    case when current_setting('track_commit_timestamp') = 'on' and v.action not in ('found', 'carried') then
        extract(epoch from pg_xact_commit_timestamp(v.xmin) - v.recorded_at)::float8
    end as committed_after_s,
    case when current_setting('track_commit_timestamp') = 'on' and v.xid::xid <> v.xmin then
        pg_xact_commit_timestamp(v.xid::xid) = pg_xact_commit_timestamp(v.xmin)
    end as is_of_one_commit
from audit.version as v
left join audit.change as c on v.org_id = c.org_id and v.change_id = c.id
left join identity.principal as p on c.org_id = p.org_id and c.actor_id = p.id
left join audit.version as b on v.org_id = b.org_id and v.previous_index = b.log_index
where v.org_id = %(org_id)s and v.log_index >= %(from_index)s and v.log_index < %(to_index)s
order by v.log_index;

-- name: next_index
-- cross-sub-org: the log is the whole organisation's. The first indexes from one on that have a version.
select v.log_index
from audit.version as v
where v.org_id = %(org_id)s and v.log_index >= %(from_index)s
order by v.log_index
limit 2;

-- name: personal
select x.change_id, x.name, x.salt, x.value
from audit.personal_value as x
where x.org_id = %(org_id)s and x.change_id = any(%(ids)s);

-- name: placed
-- cross-sub-org: every change of the organisation is looked at. Changes that belong in a version, and its index. Lines
-- from before the log have none; they are older than its first version, which then is of what it found.
select c.id, v.log_index
from audit.change as c
left join audit.version as v on c.org_id = v.org_id and c.id = v.change_id
where c.org_id = %(org_id)s and c.id > %(after)s
    and (
        c.sv is not null or not exists (
            select from audit.version as f
            where f.org_id = %(org_id)s and f.action = 'found' and f.recorded_at > c.at
                and f.log_index = (
                    select min(x.log_index) from audit.version as x
                    where x.org_id = %(org_id)s
                )
        )
    )
order by c.id
limit %(limit)s;

-- name: chain
-- cross-sub-org: every version of the organisation is looked at. The versions of each record in their order.
select v.subject_id, v.log_index, v.previous_index
from audit.version as v
where v.org_id = %(org_id)s and v.subject = %(subject)s
    and (v.subject_id, v.log_index) > (%(subject_id)s, %(log_index)s)
order by v.subject_id, v.log_index
limit %(limit)s;

-- name: last
-- cross-sub-org: every record of the organisation is looked at. The last version of each of these.
select x.subject_id, x.log_index, x.action, x.change_id, c.row_after
from (
    select distinct on (v.org_id, v.subject_id) v.org_id, v.subject_id, v.log_index, v.action, v.change_id
    from audit.version as v
    where v.org_id = %(org_id)s and v.subject = %(subject)s and v.subject_id = any(%(ids)s)
    order by v.org_id asc, v.subject_id asc, v.log_index desc
) as x
inner join audit.change as c on x.org_id = c.org_id and x.change_id = c.id;

-- name: alive
-- cross-sub-org: every record of the organisation is looked at. Those whose last version does not remove them.
select x.subject_id, x.log_index
from (
    select distinct on (v.org_id, v.subject_id) v.subject_id, v.log_index, v.action
    from audit.version as v
    where v.org_id = %(org_id)s and v.subject = %(subject)s and v.subject_id > %(after)s
    order by v.org_id asc, v.subject_id asc, v.log_index desc
) as x
where x.action <> 'removed'
order by x.subject_id
limit %(limit)s;
