-- Append-only by trigger: whoever reaches the table, the row stays. ENABLE ALWAYS: a replication role fires them too.
-- Each wall is two triggers. The one for statements refuses an attempt that would meet no row, and TRUNCATE; the one
-- for rows is met by ways that name another table: a parent that was put above, a subscription that applies changes.
create or replace function ledger.refuse_change() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    raise exception '% on %.% is refused: the ledger is append-only, post a reversal instead',
        tg_op, tg_table_schema, tg_table_name using errcode = 'VL001';
end
$$;

create or replace trigger movement_is_append_only before update or delete or truncate on ledger.movement
for each statement execute function ledger.refuse_change();
create or replace trigger movement_row_is_append_only before update or delete on ledger.movement
for each row execute function ledger.refuse_change();
alter table ledger.movement enable always trigger movement_is_append_only;
alter table ledger.movement enable always trigger movement_row_is_append_only;

-- By what a key was decided is forgotten with the person whom it made; nothing else of a decision is altered.
create or replace function ledger.refuse_other_decision() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    if to_jsonb(new) - 'request_hash' = to_jsonb(old) - 'request_hash'
        and identity.is_erased(old.org_id, identity.person_of(old.org_id, old.record_id)) then
        return new;
    end if;
    raise exception '% on %.% is refused: the ledger is append-only, post a reversal instead',
        tg_op, tg_table_schema, tg_table_name using errcode = 'VL001';
end
$$;

create or replace trigger decision_is_append_only before delete or truncate on ledger.decision
for each statement execute function ledger.refuse_change();
create or replace trigger decision_row_is_append_only before delete on ledger.decision
for each row execute function ledger.refuse_change();
create or replace trigger decision_is_never_altered before update on ledger.decision
for each row execute function ledger.refuse_other_decision();
alter table ledger.decision enable always trigger decision_is_never_altered;
alter table ledger.decision enable always trigger decision_is_append_only;
alter table ledger.decision enable always trigger decision_row_is_append_only;

-- A note may one day be erased, never altered.
create or replace trigger movement_note_is_never_altered before update or truncate on ledger.movement_note
for each statement execute function ledger.refuse_change();
create or replace trigger movement_note_row_is_never_altered before update on ledger.movement_note
for each row execute function ledger.refuse_change();
alter table ledger.movement_note enable always trigger movement_note_is_never_altered;
alter table ledger.movement_note enable always trigger movement_note_row_is_never_altered;

-- Heads and balances move with the ledger and are never taken away.
create or replace trigger head_is_never_removed before delete or truncate on ledger.head
for each statement execute function ledger.refuse_change();
create or replace trigger head_row_is_never_removed before delete on ledger.head
for each row execute function ledger.refuse_change();
alter table ledger.head enable always trigger head_is_never_removed;
alter table ledger.head enable always trigger head_row_is_never_removed;

create or replace trigger balance_is_never_removed before delete or truncate on ledger.balance
for each statement execute function ledger.refuse_change();
create or replace trigger balance_row_is_never_removed before delete on ledger.balance
for each row execute function ledger.refuse_change();
alter table ledger.balance enable always trigger balance_is_never_removed;
alter table ledger.balance enable always trigger balance_row_is_never_removed;

-- Actors stay, so that every row of the past keeps its name.
create or replace trigger principal_is_never_removed before delete or truncate on identity.principal
for each statement execute function ledger.refuse_change();
create or replace trigger principal_row_is_never_removed before delete on identity.principal
for each row execute function ledger.refuse_change();
alter table identity.principal enable always trigger principal_is_never_removed;
alter table identity.principal enable always trigger principal_row_is_never_removed;

-- A pack that ended is what movements of the past were stated in.
create or replace trigger pack_is_never_removed before delete or truncate on catalog.pack
for each statement execute function ledger.refuse_change();
create or replace trigger pack_row_is_never_removed before delete on catalog.pack
for each row execute function ledger.refuse_change();
alter table catalog.pack enable always trigger pack_is_never_removed;
alter table catalog.pack enable always trigger pack_row_is_never_removed;

-- Of lots and serials the rows of the past speak.
create or replace trigger lot_is_never_removed before delete or truncate on catalog.lot
for each statement execute function ledger.refuse_change();
create or replace trigger lot_row_is_never_removed before delete on catalog.lot
for each row execute function ledger.refuse_change();
alter table catalog.lot enable always trigger lot_is_never_removed;
alter table catalog.lot enable always trigger lot_row_is_never_removed;

create or replace trigger serial_is_never_removed before delete or truncate on catalog.serial
for each statement execute function ledger.refuse_change();
create or replace trigger serial_row_is_never_removed before delete on catalog.serial
for each row execute function ledger.refuse_change();
alter table catalog.serial enable always trigger serial_is_never_removed;
alter table catalog.serial enable always trigger serial_row_is_never_removed;

-- A period is closed and reopened; what it is never changes.
create or replace trigger period_is_never_removed before delete or truncate on ledger.period
for each statement execute function ledger.refuse_change();
create or replace trigger period_row_is_never_removed before delete on ledger.period
for each row execute function ledger.refuse_change();
create or replace trigger period_stays_what_it_is before update of
org_id, id, code, code_key, starts_at, ends_at, follows_at, created_at, created_by on ledger.period
for each row execute function ledger.refuse_change();
alter table ledger.period enable always trigger period_is_never_removed;
alter table ledger.period enable always trigger period_row_is_never_removed;
alter table ledger.period enable always trigger period_stays_what_it_is;

-- A reservation is consumed or released; what it is of never changes.
create or replace trigger reservation_is_never_removed before delete or truncate on ledger.reservation
for each statement execute function ledger.refuse_change();
create or replace trigger reservation_row_is_never_removed before delete on ledger.reservation
for each row execute function ledger.refuse_change();
create or replace trigger reservation_stays_what_it_is before update of
org_id, id, item_id, location_id, lot_id, serial_id, kind, quantity, reference, expires_at, created_at, created_by
on ledger.reservation
for each row execute function ledger.refuse_change();
alter table ledger.reservation enable always trigger reservation_is_never_removed;
alter table ledger.reservation enable always trigger reservation_row_is_never_removed;
alter table ledger.reservation enable always trigger reservation_stays_what_it_is;

create or replace trigger shipment_is_never_removed before delete or truncate on ledger.shipment
for each statement execute function ledger.refuse_change();
create or replace trigger shipment_row_is_never_removed before delete on ledger.shipment
for each row execute function ledger.refuse_change();
alter table ledger.shipment enable always trigger shipment_is_never_removed;
alter table ledger.shipment enable always trigger shipment_row_is_never_removed;
create or replace trigger shipment_line_is_append_only before update or delete or truncate on ledger.shipment_line
for each statement execute function ledger.refuse_change();
create or replace trigger shipment_line_row_is_append_only before update or delete on ledger.shipment_line
for each row execute function ledger.refuse_change();
alter table ledger.shipment_line enable always trigger shipment_line_is_append_only;
alter table ledger.shipment_line enable always trigger shipment_line_row_is_append_only;
create or replace trigger count_is_never_removed before delete or truncate on counting.count
for each statement execute function ledger.refuse_change();
create or replace trigger count_row_is_never_removed before delete on counting.count
for each row execute function ledger.refuse_change();
alter table counting.count enable always trigger count_is_never_removed;
alter table counting.count enable always trigger count_row_is_never_removed;

create or replace trigger count_line_is_append_only before update or delete or truncate on counting.count_line
for each statement execute function ledger.refuse_change();
create or replace trigger count_line_row_is_append_only before update or delete on counting.count_line
for each row execute function ledger.refuse_change();
alter table counting.count_line enable always trigger count_line_is_append_only;
alter table counting.count_line enable always trigger count_line_row_is_append_only;

create or replace trigger approval_rule_is_append_only before update or delete or truncate on ledger.approval_rule
for each statement execute function ledger.refuse_change();
create or replace trigger approval_rule_row_is_append_only before update or delete on ledger.approval_rule
for each row execute function ledger.refuse_change();
alter table ledger.approval_rule enable always trigger approval_rule_is_append_only;
alter table ledger.approval_rule enable always trigger approval_rule_row_is_append_only;

create or replace trigger approval_request_is_append_only before update or delete or truncate on ledger.approval_request
for each statement execute function ledger.refuse_change();
create or replace trigger approval_request_row_is_append_only before update or delete on ledger.approval_request
for each row execute function ledger.refuse_change();
alter table ledger.approval_request enable always trigger approval_request_is_append_only;
alter table ledger.approval_request enable always trigger approval_request_row_is_append_only;

create or replace trigger approval_is_append_only before update or delete or truncate on ledger.approval
for each statement execute function ledger.refuse_change();
create or replace trigger approval_row_is_append_only before update or delete on ledger.approval
for each row execute function ledger.refuse_change();
alter table ledger.approval enable always trigger approval_is_append_only;
alter table ledger.approval enable always trigger approval_row_is_append_only;

create or replace trigger access_event_is_append_only before update or delete or truncate on tenancy.access_event
for each statement execute function ledger.refuse_change();
create or replace trigger access_event_row_is_append_only before update or delete on tenancy.access_event
for each row execute function ledger.refuse_change();
alter table tenancy.access_event enable always trigger access_event_is_append_only;
alter table tenancy.access_event enable always trigger access_event_row_is_append_only;

create or replace trigger sighting_is_append_only before update or delete or truncate on tenancy.sighting
for each statement execute function ledger.refuse_change();
create or replace trigger sighting_row_is_append_only before update or delete on tenancy.sighting
for each row execute function ledger.refuse_change();
alter table tenancy.sighting enable always trigger sighting_is_append_only;
alter table tenancy.sighting enable always trigger sighting_row_is_append_only;

-- What processes counted rises (17_attestation.sql) and is never taken away.
create or replace trigger statement_tally_is_never_removed before delete or truncate on platform.statement_tally
for each statement execute function ledger.refuse_change();
create or replace trigger statement_tally_row_is_never_removed before delete on platform.statement_tally
for each row execute function ledger.refuse_change();
alter table platform.statement_tally enable always trigger statement_tally_is_never_removed;
alter table platform.statement_tally enable always trigger statement_tally_row_is_never_removed;

create or replace trigger boot_is_never_removed before delete or truncate on platform.boot
for each statement execute function ledger.refuse_change();
create or replace trigger boot_row_is_never_removed before delete on platform.boot
for each row execute function ledger.refuse_change();
alter table platform.boot enable always trigger boot_is_never_removed;
alter table platform.boot enable always trigger boot_row_is_never_removed;
create or replace trigger break_glass_is_append_only before update or delete or truncate on identity.break_glass
for each statement execute function ledger.refuse_change();
create or replace trigger break_glass_row_is_append_only before update or delete on identity.break_glass
for each row execute function ledger.refuse_change();
alter table identity.break_glass enable always trigger break_glass_is_append_only;
alter table identity.break_glass enable always trigger break_glass_row_is_append_only;

create or replace trigger break_glass_step_is_append_only
before update or delete or truncate on identity.break_glass_step
for each statement execute function ledger.refuse_change();
create or replace trigger break_glass_step_row_is_append_only before update or delete on identity.break_glass_step
for each row execute function ledger.refuse_change();
alter table identity.break_glass_step enable always trigger break_glass_step_is_append_only;
alter table identity.break_glass_step enable always trigger break_glass_step_row_is_append_only;
-- What gave rights stays, revoked or not.
create or replace trigger role_is_never_removed before delete or truncate on identity.role
for each statement execute function ledger.refuse_change();
create or replace trigger role_row_is_never_removed before delete on identity.role
for each row execute function ledger.refuse_change();
alter table identity.role enable always trigger role_is_never_removed;
alter table identity.role enable always trigger role_row_is_never_removed;

create or replace trigger token_is_never_removed before delete or truncate on identity.token
for each statement execute function ledger.refuse_change();
create or replace trigger token_row_is_never_removed before delete on identity.token
for each row execute function ledger.refuse_change();
alter table identity.token enable always trigger token_is_never_removed;
alter table identity.token enable always trigger token_row_is_never_removed;

create or replace trigger assignment_is_never_removed before delete or truncate on identity.assignment
for each statement execute function ledger.refuse_change();
create or replace trigger assignment_row_is_never_removed before delete on identity.assignment
for each row execute function ledger.refuse_change();
alter table identity.assignment enable always trigger assignment_is_never_removed;
alter table identity.assignment enable always trigger assignment_row_is_never_removed;
-- A session that ended stays to be read: who was signed in, when and how.
create or replace trigger session_is_never_removed before delete or truncate on identity.session
for each statement execute function ledger.refuse_change();
create or replace trigger session_row_is_never_removed before delete on identity.session
for each row execute function ledger.refuse_change();
alter table identity.session enable always trigger session_is_never_removed;
alter table identity.session enable always trigger session_row_is_never_removed;

-- A passkey that was revoked stays to be read, and so does each use of one.
create or replace trigger passkey_is_never_removed before delete or truncate on identity.passkey
for each statement execute function ledger.refuse_change();
create or replace trigger passkey_row_is_never_removed before delete on identity.passkey
for each row execute function ledger.refuse_change();
alter table identity.passkey enable always trigger passkey_is_never_removed;
alter table identity.passkey enable always trigger passkey_row_is_never_removed;

-- It may be revoked once; everything else of it stays, so that nobody's key is put in the place of another's.
create or replace trigger passkey_is_only_revoked before update of
org_id, id, principal_id, credential_id, public_key, transports, created_at, created_by on identity.passkey
for each row execute function ledger.refuse_change();
create or replace trigger passkey_is_revoked_for_ever before update of revoked_at, revoked_by on identity.passkey
for each row when (old.revoked_at is not null) execute function ledger.refuse_change();
alter table identity.passkey enable always trigger passkey_is_only_revoked;
alter table identity.passkey enable always trigger passkey_is_revoked_for_ever;

create or replace trigger passkey_use_is_append_only before update or delete or truncate on identity.passkey_use
for each statement execute function ledger.refuse_change();
create or replace trigger passkey_use_row_is_append_only before update or delete on identity.passkey_use
for each row execute function ledger.refuse_change();
alter table identity.passkey_use enable always trigger passkey_use_is_append_only;
alter table identity.passkey_use enable always trigger passkey_use_row_is_append_only;
-- Whom a provider vouched for, and who linked them, stays to be read.
create or replace trigger provider_is_never_removed before delete or truncate on identity.provider
for each statement execute function ledger.refuse_change();
create or replace trigger provider_row_is_never_removed before delete on identity.provider
for each row execute function ledger.refuse_change();
alter table identity.provider enable always trigger provider_is_never_removed;
alter table identity.provider enable always trigger provider_row_is_never_removed;

create or replace trigger provider_subject_is_never_removed before delete or truncate on identity.provider_subject
for each statement execute function ledger.refuse_change();
create or replace trigger provider_subject_row_is_never_removed before delete on identity.provider_subject
for each row execute function ledger.refuse_change();
alter table identity.provider_subject enable always trigger provider_subject_is_never_removed;
alter table identity.provider_subject enable always trigger provider_subject_row_is_never_removed;
-- Who was invited by whom, and when somebody could sign in with what, stays to be read.
create or replace trigger invitation_is_never_removed before delete or truncate on identity.invitation
for each statement execute function ledger.refuse_change();
create or replace trigger invitation_row_is_never_removed before delete on identity.invitation
for each row execute function ledger.refuse_change();
alter table identity.invitation enable always trigger invitation_is_never_removed;
alter table identity.invitation enable always trigger invitation_row_is_never_removed;

create or replace trigger password_is_never_removed before delete or truncate on identity.password
for each statement execute function ledger.refuse_change();
create or replace trigger password_row_is_never_removed before delete on identity.password
for each row execute function ledger.refuse_change();
alter table identity.password enable always trigger password_is_never_removed;
alter table identity.password enable always trigger password_row_is_never_removed;

create or replace trigger second_factor_is_never_removed before delete or truncate on identity.second_factor
for each statement execute function ledger.refuse_change();
create or replace trigger second_factor_row_is_never_removed before delete on identity.second_factor
for each row execute function ledger.refuse_change();
alter table identity.second_factor enable always trigger second_factor_is_never_removed;
alter table identity.second_factor enable always trigger second_factor_row_is_never_removed;

create or replace trigger recovery_code_is_never_removed before delete or truncate on identity.recovery_code
for each statement execute function ledger.refuse_change();
create or replace trigger recovery_code_row_is_never_removed before delete on identity.recovery_code
for each row execute function ledger.refuse_change();
alter table identity.recovery_code enable always trigger recovery_code_is_never_removed;
alter table identity.recovery_code enable always trigger recovery_code_row_is_never_removed;

-- What was redeemed, revoked or used stays so; what it was for never changes.
create or replace trigger invitation_is_only_ended before update of
org_id, id, principal_id, secret_hash, created_at, created_by, expires_at on identity.invitation
for each row execute function ledger.refuse_change();
create or replace trigger invitation_is_ended_for_ever before update of redeemed_at, revoked_at, revoked_by
on identity.invitation
for each row when (old.revoked_at is not null or old.redeemed_at is not null) execute function ledger.refuse_change();
alter table identity.invitation enable always trigger invitation_is_only_ended;
alter table identity.invitation enable always trigger invitation_is_ended_for_ever;
create or replace trigger password_stays_its_persons before update of
org_id, id, principal_id, invitation_id, created_at, created_by on identity.password
for each row execute function ledger.refuse_change();
create or replace trigger password_is_revoked_for_ever before update of phc, revoked_at, revoked_by
on identity.password
for each row when (old.revoked_at is not null) execute function ledger.refuse_change();
alter table identity.password enable always trigger password_stays_its_persons;
alter table identity.password enable always trigger password_is_revoked_for_ever;
create or replace trigger second_factor_stays_its_persons before update of
org_id, id, principal_id, created_at, created_by on identity.second_factor
for each row execute function ledger.refuse_change();
create or replace trigger second_factor_is_revoked_for_ever before update on identity.second_factor
for each row when (old.revoked_at is not null or new.last_step < old.last_step)
execute function ledger.refuse_change();
alter table identity.second_factor enable always trigger second_factor_stays_its_persons;
alter table identity.second_factor enable always trigger second_factor_is_revoked_for_ever;
create or replace trigger recovery_code_is_only_used before update of
org_id, id, second_factor_id, code_hash, created_at, created_by on identity.recovery_code
for each row execute function ledger.refuse_change();
create or replace trigger recovery_code_is_used_for_ever before update on identity.recovery_code
for each row when (old.used_at is not null or old.revoked_at is not null) execute function ledger.refuse_change();
alter table identity.recovery_code enable always trigger recovery_code_is_only_used;
alter table identity.recovery_code enable always trigger recovery_code_is_used_for_ever;
-- Whom a directory kept, which groups it had and what these gave stays to be read; who was in one is in the changes.
create or replace trigger scim_user_is_never_removed before delete or truncate on identity.scim_user
for each statement execute function ledger.refuse_change();
create or replace trigger scim_user_row_is_never_removed before delete on identity.scim_user
for each row execute function ledger.refuse_change();
alter table identity.scim_user enable always trigger scim_user_is_never_removed;
alter table identity.scim_user enable always trigger scim_user_row_is_never_removed;

create or replace trigger scim_group_is_never_removed before delete or truncate on identity.scim_group
for each statement execute function ledger.refuse_change();
create or replace trigger scim_group_row_is_never_removed before delete on identity.scim_group
for each row execute function ledger.refuse_change();
alter table identity.scim_group enable always trigger scim_group_is_never_removed;
alter table identity.scim_group enable always trigger scim_group_row_is_never_removed;

create or replace trigger scim_mapping_is_never_removed before delete or truncate on identity.scim_mapping
for each statement execute function ledger.refuse_change();
create or replace trigger scim_mapping_row_is_never_removed before delete on identity.scim_mapping
for each row execute function ledger.refuse_change();
alter table identity.scim_mapping enable always trigger scim_mapping_is_never_removed;
alter table identity.scim_mapping enable always trigger scim_mapping_row_is_never_removed;

-- What was built and signed of the log stays. A tile is made anew from the leaves by taking the whole table away.
create or replace trigger tile_is_append_only before update or delete or truncate on audit.tile
for each statement execute function ledger.refuse_change();
create or replace trigger tile_row_is_append_only before update or delete on audit.tile
for each row execute function ledger.refuse_change();
alter table audit.tile enable always trigger tile_is_append_only;
alter table audit.tile enable always trigger tile_row_is_append_only;

create or replace trigger checkpoint_is_append_only before update or delete or truncate on audit.checkpoint
for each statement execute function ledger.refuse_change();
create or replace trigger checkpoint_row_is_append_only before update or delete on audit.checkpoint
for each row execute function ledger.refuse_change();
alter table audit.checkpoint enable always trigger checkpoint_is_append_only;
alter table audit.checkpoint enable always trigger checkpoint_row_is_append_only;
create or replace trigger incarnation_is_append_only before update or delete or truncate on audit.incarnation
for each statement execute function ledger.refuse_change();
create or replace trigger incarnation_row_is_append_only before update or delete on audit.incarnation
for each row execute function ledger.refuse_change();
alter table audit.incarnation enable always trigger incarnation_is_append_only;
alter table audit.incarnation enable always trigger incarnation_row_is_append_only;
create or replace trigger log_key_is_append_only before update or delete or truncate on audit.log_key
for each statement execute function ledger.refuse_change();
create or replace trigger log_key_row_is_append_only before update or delete on audit.log_key
for each row execute function ledger.refuse_change();
alter table audit.log_key enable always trigger log_key_is_append_only;
alter table audit.log_key enable always trigger log_key_row_is_append_only;
create or replace trigger cosignature_is_append_only before update or delete or truncate on audit.cosignature
for each statement execute function ledger.refuse_change();
create or replace trigger cosignature_row_is_append_only before update or delete on audit.cosignature
for each row execute function ledger.refuse_change();
alter table audit.cosignature enable always trigger cosignature_is_append_only;
alter table audit.cosignature enable always trigger cosignature_row_is_append_only;
create or replace trigger verification_is_append_only before update or delete or truncate on audit.verification
for each statement execute function ledger.refuse_change();
create or replace trigger verification_row_is_append_only before update or delete on audit.verification
for each row execute function ledger.refuse_change();
alter table audit.verification enable always trigger verification_is_append_only;
alter table audit.verification enable always trigger verification_row_is_append_only;
create or replace trigger export_is_append_only before update or delete or truncate on audit.export
for each statement execute function ledger.refuse_change();
create or replace trigger export_row_is_append_only before update or delete on audit.export
for each row execute function ledger.refuse_change();
alter table audit.export enable always trigger export_is_append_only;
alter table audit.export enable always trigger export_row_is_append_only;
-- Who changed what, and its place in the log, is added to and nothing else.
create or replace trigger change_is_append_only before update or delete or truncate on audit.change
for each statement execute function ledger.refuse_change();
create or replace trigger change_row_is_append_only before update or delete on audit.change
for each row execute function ledger.refuse_change();
alter table audit.change enable always trigger change_is_append_only;
alter table audit.change enable always trigger change_row_is_append_only;

create or replace trigger version_is_append_only before update or delete or truncate on audit.version
for each statement execute function ledger.refuse_change();
create or replace trigger version_row_is_append_only before update or delete on audit.version
for each row execute function ledger.refuse_change();
alter table audit.version enable always trigger version_is_append_only;
alter table audit.version enable always trigger version_row_is_append_only;

-- What a person is called may one day be erased, never altered.
create or replace trigger personal_value_is_never_altered before update or truncate on audit.personal_value
for each statement execute function ledger.refuse_change();
create or replace trigger personal_value_row_is_never_altered before update on audit.personal_value
for each row execute function ledger.refuse_change();
alter table audit.personal_value enable always trigger personal_value_is_never_altered;
alter table audit.personal_value enable always trigger personal_value_row_is_never_altered;

-- What records looked like stays to be read for as long as there are versions of them.
create or replace trigger shape_is_append_only before update or delete or truncate on platform.shape
for each statement execute function ledger.refuse_change();
create or replace trigger shape_row_is_append_only before update or delete on platform.shape
for each row execute function ledger.refuse_change();
alter table platform.shape enable always trigger shape_is_append_only;
alter table platform.shape enable always trigger shape_row_is_append_only;

create or replace trigger column_rename_is_append_only before update or delete or truncate on platform.column_rename
for each statement execute function ledger.refuse_change();
create or replace trigger column_rename_row_is_append_only before update or delete on platform.column_rename
for each row execute function ledger.refuse_change();
alter table platform.column_rename enable always trigger column_rename_is_append_only;
alter table platform.column_rename enable always trigger column_rename_row_is_append_only;

-- The meta-log, what was signed and said of it, and what opens its leaves.
create or replace trigger meta_leaf_is_append_only before update or delete or truncate on platform.meta_leaf
for each statement execute function ledger.refuse_change();
create or replace trigger meta_leaf_row_is_append_only before update or delete on platform.meta_leaf
for each row execute function ledger.refuse_change();
alter table platform.meta_leaf enable always trigger meta_leaf_is_append_only;
alter table platform.meta_leaf enable always trigger meta_leaf_row_is_append_only;

create or replace trigger meta_tile_is_append_only before update or delete or truncate on platform.meta_tile
for each statement execute function ledger.refuse_change();
create or replace trigger meta_tile_row_is_append_only before update or delete on platform.meta_tile
for each row execute function ledger.refuse_change();
alter table platform.meta_tile enable always trigger meta_tile_is_append_only;
alter table platform.meta_tile enable always trigger meta_tile_row_is_append_only;

create or replace trigger meta_checkpoint_is_append_only before update or delete or truncate on platform.meta_checkpoint
for each statement execute function ledger.refuse_change();
create or replace trigger meta_checkpoint_row_is_append_only before update or delete on platform.meta_checkpoint
for each row execute function ledger.refuse_change();
alter table platform.meta_checkpoint enable always trigger meta_checkpoint_is_append_only;
alter table platform.meta_checkpoint enable always trigger meta_checkpoint_row_is_append_only;

create or replace trigger meta_cosignature_is_append_only
before update or delete or truncate on platform.meta_cosignature
for each statement execute function ledger.refuse_change();
create or replace trigger meta_cosignature_row_is_append_only before update or delete on platform.meta_cosignature
for each row execute function ledger.refuse_change();
alter table platform.meta_cosignature enable always trigger meta_cosignature_is_append_only;
alter table platform.meta_cosignature enable always trigger meta_cosignature_row_is_append_only;

create or replace trigger meta_timestamp_is_append_only before update or delete or truncate on platform.meta_timestamp
for each statement execute function ledger.refuse_change();
create or replace trigger meta_timestamp_row_is_append_only before update or delete on platform.meta_timestamp
for each row execute function ledger.refuse_change();
alter table platform.meta_timestamp enable always trigger meta_timestamp_is_append_only;
alter table platform.meta_timestamp enable always trigger meta_timestamp_row_is_append_only;

create or replace trigger meta_incarnation_is_append_only
before update or delete or truncate on platform.meta_incarnation
for each statement execute function ledger.refuse_change();
create or replace trigger meta_incarnation_row_is_append_only before update or delete on platform.meta_incarnation
for each row execute function ledger.refuse_change();
alter table platform.meta_incarnation enable always trigger meta_incarnation_is_append_only;
alter table platform.meta_incarnation enable always trigger meta_incarnation_row_is_append_only;

create or replace trigger anchor_is_append_only before update or delete or truncate on audit.anchor
for each statement execute function ledger.refuse_change();
create or replace trigger anchor_row_is_append_only before update or delete on audit.anchor
for each row execute function ledger.refuse_change();
alter table audit.anchor enable always trigger anchor_is_append_only;
alter table audit.anchor enable always trigger anchor_row_is_append_only;

-- What is old goes, by its own guard; no row of these is ever altered where it is not work under way.
create or replace trigger job_is_never_truncated before truncate on jobs.job
for each statement execute function ledger.refuse_change();
alter table jobs.job enable always trigger job_is_never_truncated;

create or replace trigger attempt_is_never_altered before update or truncate on jobs.attempt
for each statement execute function ledger.refuse_change();
create or replace trigger attempt_row_is_never_altered before update on jobs.attempt
for each row execute function ledger.refuse_change();
alter table jobs.attempt enable always trigger attempt_is_never_altered;
alter table jobs.attempt enable always trigger attempt_row_is_never_altered;

create or replace trigger act_is_never_altered before update or truncate on jobs.act
for each statement execute function ledger.refuse_change();
create or replace trigger act_row_is_never_altered before update on jobs.act
for each row execute function ledger.refuse_change();
alter table jobs.act enable always trigger act_is_never_altered;
alter table jobs.act enable always trigger act_row_is_never_altered;

-- A key that was destroyed, or never to be made again, stays to be read as that.
create or replace trigger wrapping_key_is_never_removed before delete or truncate on keys.wrapping_key
for each statement execute function ledger.refuse_change();
create or replace trigger wrapping_key_row_is_never_removed before delete on keys.wrapping_key
for each row execute function ledger.refuse_change();
alter table keys.wrapping_key enable always trigger wrapping_key_is_never_removed;
alter table keys.wrapping_key enable always trigger wrapping_key_row_is_never_removed;

create or replace trigger data_key_is_never_removed before delete or truncate on keys.data_key
for each statement execute function ledger.refuse_change();
create or replace trigger data_key_row_is_never_removed before delete on keys.data_key
for each row execute function ledger.refuse_change();
alter table keys.data_key enable always trigger data_key_is_never_removed;
alter table keys.data_key enable always trigger data_key_row_is_never_removed;

create or replace trigger index_key_is_never_removed before delete or truncate on keys.index_key
for each statement execute function ledger.refuse_change();
create or replace trigger index_key_row_is_never_removed before delete on keys.index_key
for each row execute function ledger.refuse_change();
alter table keys.index_key enable always trigger index_key_is_never_removed;
alter table keys.index_key enable always trigger index_key_row_is_never_removed;

create or replace trigger legal_hold_is_append_only before update or delete or truncate on identity.legal_hold
for each statement execute function ledger.refuse_change();
create or replace trigger legal_hold_row_is_append_only before update or delete on identity.legal_hold
for each row execute function ledger.refuse_change();
alter table identity.legal_hold enable always trigger legal_hold_is_append_only;
alter table identity.legal_hold enable always trigger legal_hold_row_is_append_only;

create or replace trigger erasure_is_append_only before update or delete or truncate on identity.erasure
for each statement execute function ledger.refuse_change();
create or replace trigger erasure_row_is_append_only before update or delete on identity.erasure
for each row execute function ledger.refuse_change();
alter table identity.erasure enable always trigger erasure_is_append_only;
alter table identity.erasure enable always trigger erasure_row_is_append_only;

create or replace trigger restriction_is_append_only before update or delete or truncate on identity.restriction
for each statement execute function ledger.refuse_change();
create or replace trigger restriction_row_is_append_only before update or delete on identity.restriction
for each row execute function ledger.refuse_change();
alter table identity.restriction enable always trigger restriction_is_append_only;
alter table identity.restriction enable always trigger restriction_row_is_append_only;
