-- A note and the salt of its commitment are one envelope under the key of whoever wrote it: with that key both are gone
-- from the tables, the write-ahead log and every backup. SQL cannot seal: what was written before stays plain until the
-- program that has the keys seals it.
select
    set_config('velaurum.org', '00000000-0000-0000-0000-000000000000', true),
    set_config('velaurum.sub_orgs', '*', true);

alter table ledger.movement_note
alter column salt drop not null,
alter column note drop not null,
add column sealed bytea,
add constraint movement_note_sealed_check check (
    (sealed is null) = (salt is not null) and (sealed is null) = (note is not null)
),
add constraint movement_note_size_check check (octet_length(sealed) between 64 and 16384);

-- How much is under a key is asked before it is destroyed.
create index movement_note_key_idx on ledger.movement_note (org_id, substring(sealed from 5 for 16))
where sealed is not null;

-- A request brings a note sealed, with the commitment to it: neither text nor salt reaches the database.
alter type ledger.intake
drop attribute note,
drop attribute note_salt,
add attribute note_sealed bytea,
add attribute note_commitment bytea;
alter type ledger.display
drop attribute note,
add attribute note_sealed bytea;

-- What the routines of these names looked like before.
drop function if exists ledger.is_same(ledger.intake, bytea, bytea, bytea, bytea, boolean);
drop function if exists ledger.find_salt(uuid, uuid, bytea);
