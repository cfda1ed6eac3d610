-- Exports: whoever carries an organisation away says so first, in its log.

-- Record an export; the same one again, as where it is resumed, changes nothing. Without a credential it is by the
-- operator's hand at the data directory.
create or replace function audit.record_export(
    p_org_id uuid, p_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_recipient text
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    acting_id uuid := case
        when p_credential_id is not null then p_actor_id
        else (select p.id from identity.principal as p where p.org_id = p_org_id and p.created_by = p.id)
    end;
begin
    perform identity.act_as(p_org_id, acting_id, p_credential_id, p_request_id);
    insert into audit.export (org_id, id, began_at, recipient, actor_id)
    values (p_org_id, p_id, clock_timestamp(), p_recipient, acting_id)
    on conflict (org_id, id) do nothing;
    return found;
end
$$;

select audit.record_changes('audit.export', 'export', '{id}', '{}', '{}', 'shared');
