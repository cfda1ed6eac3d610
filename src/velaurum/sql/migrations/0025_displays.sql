-- What an answer shows of a movement beside its row; a posting knows it before the row is written.
create type ledger.display as (
    item_code text,
    source_code text,
    source_sub_org_id uuid,
    source_is_shared boolean,
    target_code text,
    target_sub_org_id uuid,
    target_is_shared boolean,
    actor_kind text,
    actor_name text,
    note text
);
alter type ledger.verdict add attribute displays ledger.display[];

-- A requested movement with all that its decision needs.
create type ledger.candidate as (
    asked ledger.intake,
    actor_kind text,
    item_id uuid,
    unit text,
    quantity numeric,
    source_id uuid,
    target_id uuid,
    reversed_kind text,
    already_reversed boolean,
    request_hash bytea,
    earlier ledger.outcome,
    first_ord integer,
    is_like_first boolean,
    has_note_of_first boolean,
    source_slot integer,
    source ledger.balance,
    target_slot integer,
    target ledger.balance,
    display ledger.display
);

-- What the routines of these names looked like before they told codes and names.
drop function if exists identity.standing(uuid, uuid);
drop function if exists identity.standing_of_token(uuid, uuid);
drop function if exists identity.standing_of_session(uuid, uuid);
drop function if exists identity.reach(uuid, uuid, text);
drop function if exists ledger.find_location(uuid, uuid, text, uuid[]);
drop function if exists ledger.resolved(uuid, jsonb);
drop function if exists ledger.candidates(uuid, jsonb);
drop function if exists ledger.unapproved(uuid, ledger.intake, bytea, boolean);
drop function if exists ledger.new_refusal(uuid, timestamptz, record, jsonb);
drop function if exists ledger.new_movement(uuid, bigint, timestamptz, record, ledger.balance, ledger.balance);
