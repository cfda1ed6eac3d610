-- The canonical bytes of a ledger entry. velaurum.ledger.entries builds the same bytes in Python; a test holds them equal.

-- Unpadded base64url (RFC 4648, section 5).
create or replace function ledger.base64url(p_bytes bytea) returns text
language sql stable strict parallel safe as $$
    select rtrim(translate(encode(p_bytes, 'base64'), E'+/\n', '-_'), '=')
$$;

-- One member of a canonical JSON object with a string value, or nothing at all for null.
create or replace function ledger.member(p_name text, p_value text) returns text
language sql stable parallel safe as $$
    select case when p_value is not null then ',"' || p_name || '":' || to_json(p_value)::text else '' end
$$;

create or replace function ledger.number_member(p_name text, p_value bigint) returns text
language sql stable parallel safe as $$
    select case when p_value is not null then ',"' || p_name || '":' || p_value::text else '' end
$$;

-- The salted commitment that stands for a note in the entry.
create or replace function ledger.note_commitment(p_salt bytea, p_note text) returns bytea
language sql stable strict parallel safe as $$
    select sha256('velaurum-pii/v1'::bytea || '\x00'::bytea || p_salt || convert_to(to_json(p_note)::text, 'UTF8'))
$$;

-- The business part of the entry: members in order of their names, null members absent, quantities at nine decimals.
create or replace function ledger.movement_row(m ledger.movement) returns text
language sql stable parallel safe as $$
    select '{' || substr(
        ledger.member('item_id', m.item_id::text)
        || ledger.member('kind', m.kind)
        || ledger.number_member('log_index', m.log_index)
        || ledger.member('occurred_at', platform.instant(m.occurred_at))
        || ledger.member('quantity', round(m.quantity, 9)::text)
        || ledger.member('reason', m.reason)
        || ledger.member('reference', m.reference)
        || ledger.member('reverses_id', m.reverses_id::text)
        || ledger.member('source_id', m.source_id::text)
        || ledger.member('source_on_hand', round(m.source_on_hand, 9)::text)
        || ledger.number_member('source_seq', m.source_seq)
        || ledger.member('target_id', m.target_id::text)
        || ledger.member('target_on_hand', round(m.target_on_hand, 9)::text)
        || ledger.number_member('target_seq', m.target_seq)
        || ledger.member('unit', m.unit), 2) || '}'
$$;

-- The whole entry: one line of canonical JSON (RFC 8785), as bytes.
create or replace function ledger.movement_entry(m ledger.movement, p_actor_kind text) returns bytea
language sql stable parallel safe as $$
    select convert_to(
        '{"actor":{"id":"' || m.actor_id || '","kind":"' || p_actor_kind || '","via":"' || m.credential_id || '"}'
        || ',"at":"' || platform.instant(m.recorded_at) || '"'
        || ',"id":"' || m.id || '"'
        || ',"idem":"' || ledger.base64url(sha256(convert_to(m.idempotency_key, 'UTF8'))) || '"'
        || ',"org":"' || m.org_id || '"'
        || case
            when m.note_commitment is not null
            then ',"pii":{"note":"' || encode(m.note_commitment, 'base64') || '"}' else ''
        end
        || ',"req":"' || m.request_id || '"'
        || ',"row":' || ledger.movement_row(m)
        || ',"sv":1,"type":"stock.movement","v":1}', 'UTF8')
$$;
