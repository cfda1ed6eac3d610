-- Notes once their movements stand: sealed where they were not, sealed anew, erased. A note is never altered where it
-- stands; an envelope takes the place of another in one transaction, and opens the same commitment or none.

-- A note is its poster's, under whose key it is; what a service wrote is the organisation's.
create or replace function ledger.require_posters_key() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    poster_id uuid;
begin
    if new.sealed is not null then
        select case when p.kind = 'user' then p.id end into poster_id from ledger.movement as m
        inner join identity.principal as p on m.org_id = p.org_id and m.actor_id = p.id
        where m.org_id = new.org_id and m.id = new.movement_id;
        perform keys.hold_key_of(new.org_id, new.sealed, poster_id, 'ledger.movement_note.sealed');
    end if;
    return new;
end
$$;

create or replace trigger sealed_is_under_a_living_key before insert on ledger.movement_note
for each row execute function ledger.require_posters_key();
alter table ledger.movement_note enable always trigger sealed_is_under_a_living_key;

-- Put an envelope in the place of p_before, null for a note that is not sealed. False where that stands no longer.
create or replace function ledger.seal_note(p_org_id uuid, p_movement_id uuid, p_before bytea, p_sealed bytea)
returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    delete from ledger.movement_note as n
    where n.org_id = p_org_id and n.movement_id = p_movement_id and n.sealed is not distinct from p_before;
    if not found then
        return false;
    end if;
    insert into ledger.movement_note (org_id, movement_id, sealed) values (p_org_id, p_movement_id, p_sealed);
    return true;
end
$$;

-- Take away every note that somebody wrote; the movements keep their commitments. Returns how many there were.
create or replace function ledger.erase_notes(p_org_id uuid, p_actor_id uuid) returns bigint
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    erased bigint;
begin
    delete from ledger.movement_note as n using ledger.movement as m
    where n.org_id = p_org_id and m.org_id = p_org_id and m.id = n.movement_id and m.actor_id = p_actor_id;
    get diagnostics erased = row_count;
    return erased;
end
$$;
