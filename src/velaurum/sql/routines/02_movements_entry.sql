-- The canonical bytes of a ledger entry. velaurum.ledger.entries builds the same bytes in Python; a test holds the two
-- equal. concat() leaves nulls out, and with them a member that is joined to a null with ||.

-- Unpadded base64url (RFC 4648, section 5).
create or replace function ledger.base64url(p_bytes bytea) returns text
language sql stable strict parallel safe as $$
    select rtrim(translate(encode(p_bytes, 'base64'), E'+/\n', '-_'), '=')
$$;

-- The salted commitment that stands for a note in the entry.
create or replace function ledger.note_commitment(p_salt bytea, p_note text) returns bytea
language sql stable strict parallel safe as $$
    select sha256('velaurum-pii/v1'::bytea || decode('00', 'hex') || p_salt || convert_to(to_json(p_note)::text, 'UTF8'))
$$;

-- The whole entry: one line of canonical JSON (RFC 8785), as bytes. Members stand in the order of their names, null
-- members are absent, quantities have nine decimals; what a person typed is escaped, no other text needs it.
create or replace function ledger.movement_entry(m ledger.movement, p_actor_kind text) returns bytea
language sql stable parallel safe as $$
    select convert_to(concat(
        '{"actor":{"id":"', m.actor_id, '","kind":"', p_actor_kind, '","via":"', m.credential_id, '"}',
        ',"at":"', platform.instant(m.recorded_at), '"',
        ',"id":"', m.id, '"',
        ',"idem":"', ledger.base64url(sha256(convert_to(m.idempotency_key, 'UTF8'))), '"',
        ',"org":"', m.org_id, '"',
        ',"pii":{"note":"' || encode(m.note_commitment, 'base64') || '"}',
        ',"req":"', m.request_id, '"',
        ',"row":{', '"approval_id":"' || m.approval_id || '",',
        '"item_id":"', m.item_id, '"',
        ',"kind":"', m.kind, '"',
        ',"log_index":', m.log_index,
        ',"lot_id":"' || m.lot_id || '"',
        ',"occurred_at":"', platform.instant(m.occurred_at), '"',
        ',"quantity":"', round(m.quantity, 9), '"',
        ',"reason":' || to_json(m.reason),
        ',"reference":' || to_json(m.reference),
        ',"reverses_id":"' || m.reverses_id || '"',
        ',"serial_id":"' || m.serial_id || '"',
        ',"source_id":"', m.source_id, '"',
        ',"source_on_hand":"' || round(m.source_on_hand, 9) || '"',
        ',"source_seq":' || m.source_seq,
        ',"source_status":"' || m.source_status || '"',
        ',"stated_quantity":"' || round(m.stated_quantity, 9) || '"',
        ',"stated_unit":' || to_json(m.stated_unit),
        ',"target_id":"', m.target_id, '"',
        ',"target_on_hand":"' || round(m.target_on_hand, 9) || '"',
        ',"target_seq":' || m.target_seq,
        ',"target_status":"' || m.target_status || '"',
        ',"unit":', to_json(m.unit), '}',
        ',"sv":1,"type":"stock.movement","v":1}'), 'UTF8')
$$;
