-- Sealed texts: `VE1.`, the commitment of 32 bytes in base64, a dot, and the envelope in base64. Salt and text are in
-- the envelope; the database opens none.

create or replace function keys.is_sealed_text(p_text text) returns boolean
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp as $$
    select p_text ~ '^VE1\.[A-Za-z0-9+/]{43}=\.([A-Za-z0-9+/]{4})+([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'
$$;

-- What a sealed text commits to, as entries have it; null for what is not sealed.
create or replace function keys.commitment_of(p_text text) returns text
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp as $$
    select case when keys.is_sealed_text(p_text) then substring(p_text from 5 for 44) end
$$;

create or replace function keys.envelope_of(p_text text) returns bytea
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp as $$
    select case when keys.is_sealed_text(p_text) then decode(split_part(p_text, '.', 3), 'base64') end
$$;
