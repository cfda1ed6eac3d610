-- Anchors: checkpoints of an organisation's log in the meta-log.

-- Put the newest checkpoint of a log into the meta-log, unless it is there, the log is held, or the last one went there
-- less than `p_apart` ago. It enters the organisation.
create or replace function audit.anchor_checkpoint(p_org_id uuid, p_apart interval) returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp as $$
declare
    leaf_salt bytea := audit.salt();
    newest audit.checkpoint;
begin
    perform tenancy.set_context(p_org_id, null);
    select c.* into newest from audit.checkpoint as c where c.org_id = p_org_id
    order by c.incarnation desc, c.size desc limit 1;
    if newest.size is null
        or exists (select from tenancy.org as o where o.org_id = p_org_id and o.held_since is not null)
        or exists (
            select from audit.anchor as a
            where a.org_id = p_org_id and a.incarnation = newest.incarnation and a.size = newest.size
        )
        or exists (
            select from audit.anchor as a
            where a.org_id = p_org_id and a.anchored_at > clock_timestamp() - p_apart
        ) then
        return false;
    end if;
    insert into audit.anchor (org_id, leaf_index, incarnation, size, salt)
    values (
        p_org_id, platform.add_meta_leaf(audit.meta_entry(leaf_salt, newest.note)), newest.incarnation, newest.size,
        leaf_salt
    );
    return true;
end
$$;
