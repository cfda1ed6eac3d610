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
alter type ledger.verdict add attribute displays ledger.display [];

-- What the routines of these names looked like before they told codes and names.
drop function if exists identity.standing(uuid, uuid);
drop function if exists identity.standing_of_token(uuid, uuid);
drop function if exists identity.standing_of_session(uuid, uuid);
drop function if exists identity.reach(uuid, uuid, text);
drop function if exists ledger.find_location(uuid, uuid, text, uuid []);
drop function if exists ledger.resolved(uuid, jsonb);
drop function if exists ledger.candidates(uuid, jsonb);
drop function if exists ledger.unapproved(uuid, ledger.intake, bytea, boolean);
