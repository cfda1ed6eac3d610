-- What is backdated is held to every later instant, and what lies in a closed period is refused. No row of the ledger is
-- rewritten: what was posted before stays as it is.
select
    set_config('velaurum.org', '00000000-0000-0000-0000-000000000000', true),
    set_config('velaurum.sub_orgs', '*', true);

-- The latest instant at which anything of the key happened. Null where it was not asked for yet: rows of before.
alter table ledger.balance add column latest_occurred_at timestamptz;

-- What the routines of these names looked like before.
drop function if exists ledger.on_hand(uuid, uuid, uuid);
drop function if exists ledger.moved(ledger.balance, numeric);
drop function if exists ledger.outcome_of(
    ledger.candidate, ledger.outcome, numeric, numeric, uuid [], boolean, timestamptz
);
