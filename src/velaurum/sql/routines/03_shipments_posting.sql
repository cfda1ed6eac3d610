-- What the posting routine asks of shipments. PL/pgSQL, so that a movement that is of none does not begin it.

-- Whether a key has the form of the keys of shipments, which name the shipment: nobody can have used one before.
create or replace function ledger.is_key_of_shipment(p_key text) returns boolean
language sql immutable parallel safe as $$
    select p_key ~ '^shipment:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:[1-9][0-9]{0,8}$'
$$;

-- The shipment that a key is of, where this transaction is posting it; null of any other key.
create or replace function ledger.shipment_posting(p_org_id uuid, p_key text) returns ledger.shipment
language plpgsql stable as $$
declare
    s ledger.shipment;
begin
    if ledger.is_key_of_shipment(p_key) then
        select x.* into s from ledger.shipment as x
        where x.org_id = p_org_id and x.id = split_part(p_key, ':', 2)::uuid
            and x.posting_xid = pg_current_xact_id();
    end if;
    return s;
end
$$;

-- Whether a place is reached by who posts a shipment because the shipment goes through it, whosever it is.
create or replace function ledger.is_carried_by(p_org_id uuid, p_key text, p_location_id uuid) returns boolean
language plpgsql stable as $$
declare
    s ledger.shipment := ledger.shipment_posting(p_org_id, p_key);
begin
    return coalesce(s.transit_id = p_location_id, false);
end
$$;

-- Whether one of two places is kept for shipments, and this key is of none that is being posted. What is under way is
-- the whole organisation's, also where who asks does not reach the shipment.
create or replace function ledger.is_under_way(p_org_id uuid, p_key text, p_source_id uuid, p_target_id uuid)
returns boolean
language plpgsql stable as $$
declare
    sub_orgs text := tenancy.see_sub_orgs('*');
    s ledger.shipment := ledger.shipment_posting(p_org_id, p_key);
    is_kept boolean;
begin
    is_kept := s.id is null and exists (
        select from ledger.shipment as x
        where x.org_id = p_org_id and x.transit_id in (p_source_id, p_target_id) and x.state <> 'cancelled'
    );
    perform tenancy.see_sub_orgs(sub_orgs);
    return is_kept;
end
$$;
