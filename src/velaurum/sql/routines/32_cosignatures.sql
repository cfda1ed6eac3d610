-- Cosignatures: what witnesses outside said of checkpoints. The process that asked them has verified each.

-- The newest checkpoint of a log that a witness has not cosigned, and the size that it cosigned last. One that is held
-- is shown to nobody. It enters the organisation.
create or replace function audit.uncosigned(p_org_id uuid, p_name text, p_key_id text)
returns table (incarnation integer, size bigint, note text, known_size bigint)
language plpgsql volatile security definer rows 1
set search_path = pg_catalog, pg_temp as $$
begin
    perform tenancy.set_context(p_org_id, null);
    return query
    select n.incarnation, n.size, n.note, coalesce((
        select max(s.size) from audit.cosignature as s
        where s.org_id = p_org_id and s.incarnation = n.incarnation and s.name = p_name and s.key_id = p_key_id
    ), 0)
    from (
        select c.org_id, c.incarnation, c.size, c.note from audit.checkpoint as c where c.org_id = p_org_id
        order by c.incarnation desc, c.size desc limit 1
    ) as n
    inner join tenancy.org as o on n.org_id = o.org_id
    where o.held_since is null and not exists (
        select from audit.cosignature as s
        where s.org_id = p_org_id and s.incarnation = n.incarnation and s.size = n.size
            and s.name = p_name and s.key_id = p_key_id
    );
end
$$;

-- Keep a cosignature. The same again changes nothing.
create or replace function audit.keep_cosignature(
    p_org_id uuid, p_incarnation integer, p_size bigint, p_name text, p_key_id text, p_line text,
    p_cosigned_at timestamptz
) returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp as $$
    insert into audit.cosignature (org_id, incarnation, size, name, key_id, line, cosigned_at)
    values (p_org_id, p_incarnation, p_size, p_name, p_key_id, p_line, p_cosigned_at)
    on conflict (org_id, incarnation, size, name, key_id) do nothing
$$;
