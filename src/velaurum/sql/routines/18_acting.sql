-- Who acts: a routine says it before it writes, and every line of the record of changes names it.

-- Say who acts in this transaction: velaurum.acting holds actor, credential and request. A credential is the actor's
-- own, and lives. Without one it is the operator's hand, or the product's own process.
create or replace function identity.act_as(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid
) returns void
language plpgsql as $$
begin
    if p_credential_id is not null and not exists (
        select from identity.standing(p_org_id, p_credential_id) as x where x.principal_id = p_actor_id
    ) then
        raise exception 'the credential is not the actor''s, or is not valid any more' using errcode = 'VL004';
    end if;
    perform set_config('velaurum.acting', array[p_actor_id, p_credential_id, p_request_id]::text, true);
end
$$;
