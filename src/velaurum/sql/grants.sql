-- Who may do what, on one page. Re-applied after every migration: what is not granted here is taken away.
revoke all on all tables in schema platform, tenancy, identity, catalog, ledger, counting, audit, events, jobs,
webhooks, transport, keys, procrastinate
from public, velaurum_app, velaurum_integrator, velaurum_auditor, velaurum_backup, velaurum_queue,
velaurum_operator;
revoke all on all routines in schema platform, tenancy, identity, catalog, ledger, counting, audit, events, jobs,
webhooks, transport, keys, procrastinate
from public, velaurum_app, velaurum_integrator, velaurum_auditor, velaurum_backup, velaurum_queue,
velaurum_operator;
revoke all on all sequences in schema procrastinate
from public, velaurum_app, velaurum_integrator, velaurum_auditor, velaurum_backup, velaurum_queue,
velaurum_operator;
revoke all on schema platform, tenancy, identity, catalog, ledger, counting, audit, events, jobs, webhooks, transport,
keys, procrastinate from public;

grant usage on schema platform, tenancy, identity, catalog, ledger, counting, audit, events, jobs, webhooks, transport,
keys to velaurum_app, velaurum_integrator, velaurum_auditor, velaurum_backup;

-- The application reads, and writes through reviewed routines alone: no INSERT, UPDATE, DELETE or TRUNCATE anywhere.
grant select on all tables in schema tenancy, identity, catalog, ledger, counting, audit, events, jobs, webhooks,
transport, keys to velaurum_app;
grant execute on function events.subscribe(uuid, text, bigint) to velaurum_app;
grant execute on function events.claim(uuid, text) to velaurum_app;
grant execute on function events.advance(uuid, text, bigint, bigint) to velaurum_app;
grant execute on function events.take(uuid, text, text[]) to velaurum_app;
grant select on platform.administrator, platform.claim, platform.migration, platform.boot, platform.statement_tally
to velaurum_app;
grant execute on function platform.bootstrap(uuid, text, bytea) to velaurum_app;
grant execute on function platform.issue_claim(uuid, bytea, interval) to velaurum_app;
grant execute on function platform.use_claim(uuid, uuid, text, bytea) to velaurum_app;
grant execute on function platform.create_administrator(uuid, text, bytea, text) to velaurum_app;
grant execute on function platform.revoke_administrator(uuid, text) to velaurum_app;
grant execute on function platform.instant(timestamptz) to velaurum_app, velaurum_auditor, velaurum_integrator,
velaurum_backup;
grant execute on function platform.is_asked_by(name) to velaurum_app, velaurum_auditor, velaurum_integrator,
velaurum_backup;
grant execute on function tenancy.create_org(text, text) to velaurum_app;
grant execute on function identity.create_token(
    uuid, uuid, uuid, text, text, text, uuid, bytea, interval
) to velaurum_app;
grant execute on function identity.request_break_glass(uuid, uuid, uuid, uuid, text, bytea, text, interval, text)
to velaurum_app;
grant execute on function identity.step_break_glass(uuid, uuid, uuid, uuid, uuid, text, bytea, text) to velaurum_app;
grant execute on function identity.end_break_glass_of(uuid, uuid) to velaurum_app;
grant execute on function identity.break_glass_state(uuid, uuid, timestamptz) to velaurum_app, velaurum_auditor;
grant execute on function identity.issue_token(
    uuid, uuid, uuid, uuid, text, bytea, uuid, uuid, text, uuid, bytea, interval, uuid[]
) to velaurum_app;
grant execute on function identity.cut_token(uuid, uuid) to velaurum_app;
grant execute on function identity.cut_principal(uuid, uuid) to velaurum_app;
grant execute on function identity.revoke_token(uuid, uuid, uuid, uuid, uuid, uuid[]) to velaurum_app;
grant execute on function identity.note_use(uuid, uuid) to velaurum_app;
grant execute on function identity.create_principal(
    uuid, uuid, uuid, uuid, text, bytea, uuid, text, text, uuid, uuid[]
) to velaurum_app;
grant execute on function identity.update_principal(
    uuid, uuid, uuid, uuid, uuid, bigint, text, uuid, uuid[]
) to velaurum_app;
grant execute on function identity.set_disabled(uuid, uuid, uuid, uuid, uuid, boolean, uuid[]) to velaurum_app;
grant execute on function identity.assign(
    uuid, uuid, uuid, uuid, text, bytea, uuid, text, uuid, uuid[]
) to velaurum_app;
grant execute on function identity.revoke_assignment(uuid, uuid, uuid, uuid, uuid, uuid[]) to velaurum_app;
grant execute on function identity.create_role(
    uuid, uuid, uuid, uuid, text, bytea, text, text, text[], uuid[]
) to velaurum_app;
grant execute on function identity.update_role(
    uuid, uuid, uuid, uuid, uuid, bigint, text, text[], uuid[]
) to velaurum_app;
grant execute on function identity.open_session(uuid, uuid, uuid, text, bytea, interval, interval) to velaurum_app;
grant execute on function identity.see_session(uuid, uuid) to velaurum_app;
grant execute on function identity.end_session(uuid, uuid, uuid) to velaurum_app;
grant execute on function identity.challenge_registrant(uuid, uuid, bytea) to velaurum_app;
grant execute on function identity.challenge_anybody(uuid, bytea) to velaurum_app;
grant execute on function identity.take_challenge(uuid, bytea, text, uuid) to velaurum_app;
grant execute on function identity.register_passkey(
    uuid, uuid, uuid, text, bytea, bytea, jsonb, text[]
) to velaurum_app;
grant execute on function identity.use_passkey(uuid, uuid, bigint, boolean) to velaurum_app;
grant execute on function identity.revoke_passkey(uuid, uuid, uuid, uuid) to velaurum_app;
grant execute on function identity.create_provider(
    uuid, uuid, uuid, uuid, text, bytea, text, text, text, text, text, text, text, text[]
) to velaurum_app;
grant execute on function identity.update_provider(
    uuid, uuid, uuid, uuid, uuid, bigint, text, text, text, text, text[], boolean
) to velaurum_app;
grant execute on function identity.link_subject(
    uuid, uuid, uuid, uuid, text, bytea, uuid, uuid, text, bytea, text, uuid
) to velaurum_app;
grant execute on function identity.unlink_subject(uuid, uuid, uuid, uuid, uuid) to velaurum_app;
grant execute on function identity.begin_sign_in(uuid, uuid, uuid, bytea, text, interval) to velaurum_app;
grant execute on function identity.use_sign_in(uuid, uuid) to velaurum_app;
grant execute on function identity.vouched_for(uuid, uuid, bytea, text) to velaurum_app;
grant execute on function identity.holder_of_login(uuid, bytea, text) to velaurum_app;
grant execute on function identity.erased_text(uuid) to velaurum_app;
grant execute on function identity.invite(
    uuid, uuid, uuid, uuid, text, bytea, uuid, uuid, text, bytea, text, bytea, interval, uuid[]
) to velaurum_app;
grant execute on function identity.invite_by_hand(
    uuid, uuid, uuid, text, text, text, bytea, text, bytea, interval
) to velaurum_app;
grant execute on function identity.redeem_invitation(uuid, uuid, uuid, text, bytea, bytea, uuid) to velaurum_app;
grant execute on function identity.hold_password(uuid, uuid) to velaurum_app;
grant execute on function identity.rehash_password(uuid, uuid, bytea, bytea) to velaurum_app;
grant execute on function identity.change_password(
    uuid, uuid, uuid, uuid, uuid, text, bytea, bytea
) to velaurum_app;
grant execute on function identity.enrol_second_factor(uuid, uuid, uuid, uuid, bytea) to velaurum_app;
grant execute on function identity.confirm_second_factor(uuid, uuid, uuid, uuid, bigint, bytea[]) to velaurum_app;
grant execute on function identity.renew_recovery_codes(uuid, uuid, uuid, bytea[]) to velaurum_app;
grant execute on function identity.remove_second_factor(uuid, uuid, uuid) to velaurum_app;
grant execute on function identity.reseal_second_factor(uuid, uuid, bytea, bytea) to velaurum_app;
grant execute on function identity.use_step(uuid, uuid, bigint) to velaurum_app;
grant execute on function identity.use_recovery_code(uuid, uuid, bytea) to velaurum_app;
grant execute on function identity.attempt_sign_in(uuid, text[], bytea[]) to velaurum_app;
grant execute on function identity.forgive_sign_in(uuid, bytea[]) to velaurum_app;
grant execute on function identity.withdraw_sign_in(uuid, bytea[]) to velaurum_app;
grant execute on function identity.create_scim_user(
    uuid, uuid, uuid, uuid, uuid, uuid, text, bytea, text, text, bytea, text, bytea, text, text, boolean, uuid[]
) to velaurum_app;
grant execute on function identity.update_scim_user(
    uuid, uuid, uuid, uuid, uuid, bigint, text[], text, bytea, text, text, bytea, text, bytea, text, text, boolean,
    uuid[]
) to velaurum_app;
grant execute on function identity.remove_scim_user(uuid, uuid, uuid, uuid, uuid, bigint, uuid[]) to velaurum_app;
grant execute on function identity.create_scim_group(
    uuid, uuid, uuid, uuid, text, text, text, uuid[], uuid[]
) to velaurum_app;
grant execute on function identity.update_scim_group(
    uuid, uuid, uuid, uuid, uuid, bigint, text, text, text, uuid[], uuid[], uuid[]
) to velaurum_app;
grant execute on function identity.remove_scim_group(uuid, uuid, uuid, uuid, uuid, bigint, uuid[]) to velaurum_app;
grant execute on function identity.create_scim_mapping(
    uuid, uuid, uuid, uuid, text, bytea, uuid, text, uuid, uuid[]
) to velaurum_app;
grant execute on function identity.remove_scim_mapping(uuid, uuid, uuid, uuid, uuid, uuid[]) to velaurum_app;
grant execute on function identity.link_scim_user(
    uuid, uuid, uuid, uuid, text, bytea, uuid, uuid, text, bytea, text, text, bytea, uuid[]
) to velaurum_app;
grant execute on function identity.unlink_scim_user(uuid, uuid, uuid, uuid, uuid, uuid[]) to velaurum_app;
grant execute on function catalog.create_item(
    uuid, uuid, uuid, uuid, text, bytea, text, text, text, text, text, text, jsonb
) to velaurum_app;
grant execute on function catalog.create_location(
    uuid, uuid, uuid, uuid, text, bytea, text, text, text, text, uuid, uuid, uuid[]
) to velaurum_app;
grant execute on function tenancy.create_sub_org(
    uuid, uuid, uuid, uuid, text, bytea, text, text, text, uuid, uuid[]
) to velaurum_app;
grant execute on function tenancy.update_sub_org(
    uuid, uuid, uuid, uuid, uuid, bigint, text, uuid, uuid[]
) to velaurum_app;
grant execute on function tenancy.set_suspension(uuid, uuid, boolean, text) to velaurum_app;
grant execute on function tenancy.record_access(uuid, uuid, text, bytea, jsonb) to velaurum_app;
grant execute on function platform.record_tallies(uuid, text, bytea, bigint, boolean, jsonb) to velaurum_app;
grant execute on function tenancy.enter(uuid, uuid, text) to velaurum_app;
grant execute on function tenancy.enter_lane(uuid) to velaurum_app;
grant execute on function tenancy.enter_installation(uuid) to velaurum_app;
grant execute on function tenancy.set_context(uuid, uuid[]) to velaurum_app;
grant execute on function tenancy.refuse_suspended(uuid) to velaurum_app;
grant execute on function tenancy.subtrees(uuid, uuid[]) to velaurum_app;
grant execute on function tenancy.reaches(uuid[], uuid, boolean) to velaurum_app, velaurum_auditor;
grant execute on function identity.standing(uuid, uuid) to velaurum_app;
grant execute on function identity.standing_of_token(uuid, uuid) to velaurum_app;
grant execute on function identity.standing_of_session(uuid, uuid) to velaurum_app;
grant execute on function identity.reach(uuid, uuid, text) to velaurum_app;
grant execute on function catalog.update_item(
    uuid, uuid, uuid, uuid, uuid, bigint, text, text, text, jsonb
) to velaurum_app;
grant execute on function catalog.update_location(
    uuid, uuid, uuid, uuid, uuid, bigint, text, uuid, uuid[]
) to velaurum_app;
grant execute on function catalog.create_pack(
    uuid, uuid, uuid, uuid, text, bytea, uuid, text, bigint, bigint
) to velaurum_app;
grant execute on function catalog.update_pack(uuid, uuid, uuid, uuid, uuid, bigint, bigint, bigint) to velaurum_app;
grant execute on function catalog.remove_pack(uuid, uuid, uuid, uuid, uuid) to velaurum_app;
grant execute on function catalog.create_lot(
    uuid, uuid, uuid, uuid, text, bytea, uuid, text, text, date, date, text
) to velaurum_app;
grant execute on function catalog.update_lot(
    uuid, uuid, uuid, uuid, uuid, bigint, date, date, text
) to velaurum_app;
grant execute on function catalog.create_serial(
    uuid, uuid, uuid, uuid, text, bytea, uuid, text, text
) to velaurum_app;
grant execute on function catalog.update_serial(
    uuid, uuid, uuid, uuid, uuid, bigint, text, text
) to velaurum_app;
grant execute on function catalog.units() to velaurum_app, velaurum_auditor;
grant execute on function catalog.packagings() to velaurum_app, velaurum_auditor;
grant execute on function catalog.units_of_count() to velaurum_app, velaurum_auditor;
grant execute on function catalog.units_of_mass() to velaurum_app, velaurum_auditor;
grant execute on function catalog.units_of_length() to velaurum_app, velaurum_auditor;
grant execute on function catalog.units_of_area() to velaurum_app, velaurum_auditor;
grant execute on function catalog.units_of_volume() to velaurum_app, velaurum_auditor;
grant execute on function catalog.units_of_time() to velaurum_app, velaurum_auditor;
grant execute on function catalog.units_of_energy() to velaurum_app, velaurum_auditor;
grant execute on function ledger.post_movements(uuid, jsonb, boolean) to velaurum_app;
grant execute on function ledger.request_approval(uuid, jsonb, interval) to velaurum_app;
grant execute on function ledger.decide_approval(uuid, uuid, uuid, uuid, uuid, text, text) to velaurum_app;
grant execute on function ledger.rules_in_force(uuid) to velaurum_app, velaurum_auditor;
grant execute on function ledger.approval_rules_version(uuid) to velaurum_app;
grant execute on function ledger.set_approval_rules(uuid, uuid, uuid, uuid, bigint, jsonb) to velaurum_app;
grant execute on function ledger.create_period(
    uuid, uuid, uuid, uuid, text, bytea, text, text, timestamptz, timestamptz
) to velaurum_app;
grant execute on function ledger.close_period(uuid, uuid, uuid, uuid, uuid, bigint, text) to velaurum_app;
grant execute on function ledger.ask_reopening(uuid, uuid, uuid, uuid, uuid, bigint, text) to velaurum_app;
grant execute on function ledger.confirm_reopening(uuid, uuid, uuid, uuid, uuid, bigint) to velaurum_app;
grant execute on function ledger.closed_until(uuid) to velaurum_app, velaurum_auditor;
grant execute on function ledger.create_reservation(
    uuid, uuid, uuid, uuid, text, bytea, uuid, uuid, uuid, uuid, text, numeric, text, timestamptz
) to velaurum_app;
grant execute on function ledger.release_reservation(uuid, uuid, uuid, uuid, text, bytea, uuid) to velaurum_app;
grant execute on function ledger.is_live(text, timestamptz, timestamptz) to velaurum_app;
grant execute on function ledger.available(uuid, uuid, uuid, uuid, uuid, text, numeric, boolean) to velaurum_app;
grant execute on function ledger.balance_of_part(uuid, uuid, uuid, uuid, uuid, text) to velaurum_app;
grant execute on function ledger.standing_of(uuid, uuid) to velaurum_app;
grant execute on function ledger.open_shipment(
    uuid, uuid, uuid, uuid, text, bytea, text, text, uuid, uuid, uuid, jsonb
) to velaurum_app;
grant execute on function ledger.dispatch_shipment(uuid, uuid, uuid, uuid, uuid) to velaurum_app;
grant execute on function ledger.receive_shipment(uuid, uuid, uuid, uuid, uuid, text, bytea, jsonb) to velaurum_app;
grant execute on function ledger.close_shipment(uuid, uuid, uuid, uuid, uuid, text, jsonb) to velaurum_app;
grant execute on function ledger.approve_shipment(uuid, uuid, uuid, uuid, uuid) to velaurum_app;
grant execute on function ledger.cancel_shipment(uuid, uuid, uuid, uuid, uuid) to velaurum_app;
grant execute on function ledger.shipment_lines(uuid, uuid) to velaurum_app;
grant execute on function counting.open_count(
    uuid, uuid, uuid, uuid, text, bytea, text, text, uuid, uuid, boolean, boolean, numeric
) to velaurum_app;
grant execute on function counting.add_lines(uuid, uuid, uuid, uuid, uuid, jsonb) to velaurum_app;
grant execute on function counting.finish_count(uuid, uuid, uuid, uuid, uuid) to velaurum_app;
grant execute on function counting.approve_count(uuid, uuid, uuid, uuid, uuid) to velaurum_app;
grant execute on function counting.post_count(uuid, uuid, uuid, uuid, uuid) to velaurum_app;
grant execute on function counting.cancel_count(uuid, uuid, uuid, uuid, uuid) to velaurum_app;
grant execute on function counting.variance(uuid, uuid, uuid, uuid, uuid, text, bigint, numeric) to velaurum_app;
grant execute on function counting.stock_key(uuid, uuid, text) to velaurum_app;
grant execute on function counting.newest(uuid, uuid, uuid, text) to velaurum_app;
grant execute on function counting.standing(uuid, uuid, integer) to velaurum_app;
grant execute on function counting.waiting(uuid, uuid) to velaurum_app;
grant execute on function counting.uncounted(uuid, uuid) to velaurum_app;
grant execute on function ledger.size_at(uuid, timestamptz) to velaurum_app;
grant execute on function ledger.last_out(uuid, uuid, uuid, uuid, uuid, text, bigint)
to velaurum_app, velaurum_auditor;
grant execute on function ledger.last_in(uuid, uuid, uuid, uuid, uuid, text, bigint) to velaurum_app, velaurum_auditor;
grant execute on function ledger.on_hand_at(uuid, uuid, uuid, uuid, uuid, text, bigint)
to velaurum_app, velaurum_auditor;
grant execute on function ledger.on_hand_effective(uuid, uuid, uuid, uuid, uuid, text, bigint, timestamptz)
to velaurum_app, velaurum_auditor;
grant execute on function audit.spans(uuid, text, uuid) to velaurum_app, velaurum_auditor;
grant execute on function audit.is_within(text, timestamptz, timestamptz, timestamptz, timestamptz)
to velaurum_app, velaurum_auditor;
grant execute on function audit.history(uuid, text, uuid, text, timestamptz, timestamptz, uuid[])
to velaurum_app, velaurum_auditor;
grant execute on function audit.carried(text, integer, jsonb) to velaurum_app, velaurum_auditor;
grant execute on function audit.record_of(uuid, uuid) to velaurum_app, velaurum_auditor;
grant execute on function audit.record_at(uuid, text, uuid, bigint, uuid[]) to velaurum_app, velaurum_auditor;
grant execute on function audit.principal_at(uuid, uuid, bigint) to velaurum_app, velaurum_auditor;
grant execute on function audit.shown(uuid, text, jsonb, bigint, uuid[]) to velaurum_app, velaurum_auditor;
grant execute on function audit.disclosed(uuid, uuid, jsonb) to velaurum_app, velaurum_auditor;
grant execute on function catalog.within(uuid, uuid, uuid[]) to velaurum_app;
grant execute on function ledger.stock_keys_within(uuid, uuid, uuid[]) to velaurum_app;
grant execute on function ledger.balances_within(
    uuid, uuid, uuid, uuid, uuid, uuid, text, bigint, timestamptz, uuid, uuid, uuid, uuid, text, bigint, uuid[]
) to velaurum_app;
grant execute on function ledger.balances_at(
    uuid, uuid, uuid, uuid, uuid, text, bigint, timestamptz, uuid, uuid, uuid, uuid, text, bigint, uuid[]
) to velaurum_app, velaurum_auditor;

-- What runs beside the server publishes and consumes for every organisation, as the application.
grant execute on function transport.publish(uuid, bigint[], text[], text[], bytea[]) to velaurum_app;
grant execute on function transport.lease(uuid, uuid, integer, interval, integer) to velaurum_app;
grant execute on function transport.settle(uuid, uuid, bigint, text, text) to velaurum_app;
grant execute on function transport.release(uuid, uuid, interval) to velaurum_app;
grant execute on function transport.renew(uuid, uuid, interval) to velaurum_app;
grant execute on function transport.set_aside(uuid, bigint, text, text, bytea, integer, text, text) to velaurum_app;
grant execute on function transport.replay(uuid, bigint) to velaurum_app;
grant execute on function transport.is_due(uuid) to velaurum_app;

-- The integrator follows the ledger; the auditor and the backup read all but the secrets' hashes.
grant select on all tables in schema ledger, tenancy to velaurum_integrator;
grant select on audit.change, audit.version, audit.leaf, audit.tile, audit.checkpoint,
audit.incarnation, audit.cosignature to velaurum_integrator;
grant select on audit.verification to velaurum_integrator;
grant select on sequence platform.column_rename_id_seq to velaurum_backup; -- pg_dump reads it.
grant select on platform.shape, platform.column_rename to velaurum_app, velaurum_integrator, velaurum_auditor,
velaurum_backup;
revoke select on tenancy.access_event, tenancy.sighting
from velaurum_integrator; -- Who read what is for auditors.
grant execute on function tenancy.enter_installation(uuid), tenancy.set_context(uuid, uuid[])
to velaurum_integrator, velaurum_auditor;
grant execute on function audit.integrate(uuid) to velaurum_integrator;
grant execute on function audit.publish(uuid, integer, bigint, text) to velaurum_integrator;
grant execute on function audit.has_grown(uuid), audit.standing(uuid), audit.hold(uuid, text) to velaurum_integrator;
grant execute on function audit.uncosigned(uuid, text, text) to velaurum_integrator;
grant execute on function audit.keep_cosignature(uuid, integer, bigint, text, text, text, timestamptz)
to velaurum_integrator;
grant execute on function audit.lacks_log_key(uuid, text, text),
audit.state_log_key(uuid, text, text, text, timestamptz, text) to velaurum_integrator;
grant select on platform.meta_leaf, platform.meta_tile, platform.meta_checkpoint, platform.meta_cosignature,
platform.meta_timestamp, platform.meta_incarnation to velaurum_app, velaurum_integrator, velaurum_auditor,
velaurum_backup; -- Commitments and hashes: they tell nothing of any organisation.
grant execute on function platform.integrate_meta(), platform.publish_meta(integer, bigint, text),
platform.keep_meta_cosignature(integer, bigint, text, text, text, timestamptz),
platform.keep_meta_timestamp(integer, bigint, timestamptz, text, bytea), audit.anchor_checkpoint(uuid, interval)
to velaurum_integrator;
grant execute on function audit.incarnation_of(uuid) to velaurum_app, velaurum_integrator, velaurum_auditor;
grant execute on function audit.record_verification(
    uuid, timestamptz, timestamptz, bigint, text, bigint, text[], text, text, boolean
) to velaurum_integrator;
grant execute on function audit.record_export(uuid, uuid, uuid, uuid, uuid, text) to velaurum_app;
grant execute on function audit.unsigned_since(uuid) to velaurum_app;
grant execute on function audit.hashes(uuid, integer, bigint, bigint)
to velaurum_app, velaurum_integrator, velaurum_auditor;
grant select on all tables in schema tenancy, catalog, ledger, counting, audit, events, webhooks, transport
to velaurum_auditor, velaurum_backup;
grant select on identity.break_glass, identity.break_glass_step to velaurum_auditor, velaurum_backup;
grant select on identity.break_glass_answer to velaurum_auditor;
grant select on identity.principal, identity.role, identity.assignment, identity.token_use
to velaurum_auditor, velaurum_backup, velaurum_integrator;
grant select (org_id, id, principal_id, role, sub_org_id, created_at, created_by, expires_at, revoked_at, revoked_by)
on identity.token to velaurum_auditor;
grant select (
    org_id, id, principal_id, method, created_at, created_by, seen_at, idle_after, expires_at, ended_at, ended_by
) on identity.session to velaurum_auditor;
grant select on identity.passkey, identity.passkey_use to velaurum_auditor, velaurum_backup;
grant select on identity.passkey_challenge to velaurum_backup;
grant select on identity.session, identity.token, platform.administrator, platform.migration, platform.boot,
platform.statement_tally to velaurum_backup;
grant select on platform.migration, platform.boot, platform.statement_tally to velaurum_auditor;
grant select on identity.provider to velaurum_auditor, velaurum_backup;
grant select on identity.provider_subject to velaurum_backup;
grant select (
    org_id, id, provider_id, subject, subject_index, principal_id, created_at, created_by, removed_at, removed_by
) on identity.provider_subject to velaurum_auditor;
grant select on identity.scim_user, identity.scim_group, identity.scim_member, identity.scim_mapping to velaurum_backup;
grant select on identity.scim_group, identity.scim_member, identity.scim_mapping to velaurum_auditor;
grant select (
    org_id, id, principal_id, user_name, user_name_index, external_id, external_id_index, attributes_digest, is_linked,
    deactivated_at, version, created_at, created_by, updated_at, updated_by, removed_at, removed_by
) on identity.scim_user to velaurum_auditor; -- What is said of people beyond their names is not an auditor's.
grant select (org_id, id, provider_id, return_to, created_at, expires_at, used_at)
on identity.sign_in to velaurum_auditor;
grant select (
    org_id, id, principal_id, login, login_index, created_at, created_by, expires_at, redeemed_at, revoked_at,
    revoked_by
) on identity.invitation to velaurum_auditor;
grant select (
    org_id, id, principal_id, login, login_index, invitation_id, created_at, created_by, revoked_at, revoked_by
) on identity.password to velaurum_auditor;
grant select (org_id, id, principal_id, created_at, created_by, confirmed_at, revoked_at, revoked_by)
on identity.second_factor to velaurum_auditor;
grant select (org_id, id, second_factor_id, created_at, created_by, used_at, revoked_at)
on identity.recovery_code to velaurum_auditor;
grant select on identity.invitation, identity.password, identity.second_factor, identity.recovery_code,
identity.sign_in_failure, platform.claim to velaurum_backup;
grant select on identity.sign_in, identity.session, identity.token, platform.administrator, platform.migration
to velaurum_backup;
grant select on platform.migration to velaurum_auditor;

-- The operator takes logs up again that are held, and does nothing else. Nobody logs in as it.
grant usage on schema platform, tenancy, audit to velaurum_operator;
grant select (org_id, held_since, held_reason) on tenancy.org to velaurum_operator;
grant execute on function tenancy.enter_installation(uuid), tenancy.set_context(uuid, uuid[]),
platform.instant(timestamptz), audit.open_incarnation(uuid, integer, bigint, bigint, text, text),
platform.open_meta_incarnation(integer, bigint, bigint, bigint, text, text) to velaurum_operator;

-- Webhooks: endpoints are the application's to change; the integrator makes deliveries, takes turns and says how they
-- went, so that who serves requests can forge none of it.
grant execute on function webhooks.create_endpoint(
    uuid, uuid, uuid, uuid, text, bytea, text, text, text, text[], text, integer
) to velaurum_app;
grant execute on function webhooks.update_endpoint(
    uuid, uuid, uuid, uuid, uuid, bigint, text, text, text[], boolean
) to velaurum_app;
grant execute on function webhooks.rotate_endpoint(
    uuid, uuid, uuid, uuid, text, bytea, uuid, text, interval
) to velaurum_app;
grant execute on function webhooks.test_endpoint(
    uuid, uuid, uuid, uuid, text, bytea, uuid, text, text
) to velaurum_app;
grant execute on function webhooks.redeliver(uuid, uuid, uuid, uuid, text, bytea, uuid) to velaurum_app;
grant execute on function webhooks.make_deliveries(uuid, jsonb), webhooks.is_due(uuid), webhooks.is_behind(uuid),
webhooks.claim(uuid, integer, integer, integer, interval),
webhooks.end_attempt(uuid, uuid, uuid, integer, integer, text, interval, boolean) to velaurum_integrator;
grant select on webhooks.endpoint to velaurum_integrator;
-- It publishes events in the turn of a subscriber of its own, and takes the messages that come of them.
grant execute on function events.subscribe(uuid, text, bigint), events.claim(uuid, text),
events.advance(uuid, text, bigint, bigint), events.take(uuid, text, text[]) to velaurum_integrator;
grant execute on function tenancy.reaches(uuid[], uuid, boolean) to velaurum_integrator;
grant select on all tables in schema catalog to velaurum_integrator;

-- Jobs: asked for, worked and ended by routines. The integrator ends those whose entries only it may write.
grant execute on function jobs.enqueue(
    uuid, uuid, uuid, uuid, text, text, text, integer, jsonb, timestamptz, text
) to velaurum_app;
grant execute on function jobs.request(
    uuid, uuid, uuid, uuid, text, bytea, text, text, text, integer, jsonb
) to velaurum_app;
grant execute on function jobs.begin_job(uuid, uuid, bigint) to velaurum_app;
grant execute on function jobs.note_progress(uuid, uuid, bigint, integer, bigint, bigint) to velaurum_app;
grant execute on function jobs.fail(uuid, uuid, bigint, integer, text, text, interval) to velaurum_app;
grant execute on function jobs.retry(uuid, uuid, uuid, uuid, uuid, integer) to velaurum_app;
grant execute on function jobs.cancel(uuid, uuid, uuid, uuid, uuid) to velaurum_app;
grant execute on function jobs.reach(uuid, uuid, uuid, text) to velaurum_app;
grant execute on function jobs.standing(uuid, uuid, uuid) to velaurum_app;
grant execute on function jobs.succeed(uuid, uuid, bigint, integer, jsonb) to velaurum_app, velaurum_integrator;
grant select on all tables in schema jobs to velaurum_auditor, velaurum_backup;

-- Reminders are found by the product's own process, which has them told; people say that they have seen one.
grant execute on function jobs.remind(uuid, jsonb, integer) to velaurum_integrator;
grant execute on function jobs.reminder_is_within(uuid, text, text, uuid[], uuid) to velaurum_app;
grant execute on function jobs.acknowledge_reminder(uuid, uuid, uuid, uuid, uuid) to velaurum_app;

-- Integration jobs: the hash of a secret is read by the routines that judge it, and by who copies whole databases.
grant execute on function jobs.create_integration_job(
    uuid, uuid, uuid, uuid, text, bytea, text, jsonb, uuid, uuid, uuid, interval, text
) to velaurum_app;
grant execute on function jobs.act_on_integration_job(uuid, uuid, uuid, uuid, uuid, text) to velaurum_app;
grant execute on function jobs.take_integration_job(uuid, uuid, uuid, bytea, bytea) to velaurum_app;
grant execute on function jobs.use_callback(uuid, uuid, uuid, bytea, bytea, text, jsonb) to velaurum_app;
grant execute on function jobs.is_overdue(uuid) to velaurum_app;
grant execute on function jobs.expire_integration_jobs(uuid, integer) to velaurum_app;
revoke select on jobs.integration_job from velaurum_app, velaurum_auditor;
grant select (
    org_id, id, kind, item_id, location_id, movement_id, payload, state, attempts, result, requested_by, credential_id,
    request_id, created_at, expires_at, ended_at, purged_at, key_id
) on jobs.integration_job to velaurum_app, velaurum_auditor;

-- What runs by itself is written down by whoever runs it, and read by everybody.
grant execute on function platform.note_schedule(text, text, interval, timestamptz, boolean, jsonb)
to velaurum_app, velaurum_integrator;
grant select on platform.schedule to velaurum_app, velaurum_auditor, velaurum_backup;

-- What is old is forgotten by the product's own process, never by who serves requests.
grant execute on function jobs.forget(uuid, interval, integer), jobs.forget_reminders(uuid, interval, integer),
webhooks.forget(uuid, interval, integer), events.forget(uuid, interval, integer),
transport.forget(uuid, interval, integer) to velaurum_integrator;

-- What the operator measures: numbers of each organisation, in no other shape.
grant execute on function jobs.figures(uuid) to velaurum_app;
grant execute on function webhooks.figures(uuid) to velaurum_app;
grant execute on function webhooks.attempts_lately(uuid) to velaurum_app;
grant execute on function events.figures(uuid) to velaurum_app;
grant execute on function transport.figures(uuid) to velaurum_app;

-- Keys: the application opens and seals, and never has one that a provider keeps. Who only reads sees which there are.
grant execute on function keys.key_id(bytea) to velaurum_app, velaurum_auditor;
grant execute on function keys.is_sealed_text(text) to velaurum_app, velaurum_auditor;
grant execute on function keys.envelope_of(text) to velaurum_app, velaurum_auditor;
grant execute on function keys.commitment_of(text) to velaurum_app, velaurum_auditor;
grant execute on function keys.hold(uuid, uuid[]) to velaurum_app;
grant execute on function keys.mint(uuid, uuid, uuid, uuid, bytea, bytea, uuid, bigint) to velaurum_app;
grant execute on function keys.reserve(uuid, uuid, bigint) to velaurum_app;
grant execute on function keys.erase_subject(uuid, uuid) to velaurum_app;
grant execute on function keys.sealed_rows(uuid, uuid) to velaurum_app;
grant execute on function keys.destroy_data_key(uuid, uuid) to velaurum_app;
grant execute on function keys.name_wrapping_key(uuid, uuid, text, text, text, uuid, uuid, uuid, uuid) to velaurum_app;
grant execute on function keys.rewrap(uuid, uuid, uuid, bytea, uuid) to velaurum_app;
grant execute on function keys.is_unused(uuid, uuid) to velaurum_app;
grant execute on function keys.end_wrapping_key(uuid, uuid, uuid, uuid, uuid) to velaurum_app;
grant execute on function keys.make_index_key(uuid, bytea) to velaurum_app;
grant execute on function keys.reseal_index_key(uuid, bytea, bytea) to velaurum_app;
grant select on keys.wrapping_key to velaurum_auditor, velaurum_backup;
grant select on keys.data_key, keys.index_key to velaurum_backup;
grant select (org_id, created_at) on keys.index_key to velaurum_auditor;
grant select (
    org_id, id, subject_id, version, state, wrapping_key_id, sealed_count, created_at, retired_at, ended_at
) on keys.data_key to velaurum_auditor;

-- Notes are sealed, and sealed anew, by who has the keys.
grant execute on function ledger.seal_note(uuid, uuid, bytea, bytea) to velaurum_app;
-- So are the names of people.
grant execute on function identity.seal_name(uuid, uuid, text, text) to velaurum_app;
grant execute on function audit.seal_value(uuid, uuid, text, text, text) to velaurum_app;

-- So are logins, and subjects of providers.
grant execute on function identity.is_erased(uuid, uuid) to velaurum_app;
grant execute on function identity.seal_invitation(uuid, uuid, text, text, bytea) to velaurum_app;
grant execute on function identity.seal_password(uuid, uuid, text, text, bytea) to velaurum_app;
grant execute on function identity.seal_provider_subject(uuid, uuid, text, text, bytea) to velaurum_app;
grant execute on function identity.seal_scim_user(uuid, uuid, text, text, text, bytea) to velaurum_app;
grant execute on function identity.seal_passkey(uuid, uuid, text, text) to velaurum_app;

-- Data subjects: held, erased, and erased again after a restore.
grant execute on function identity.hold_subject(uuid, uuid, uuid, uuid, uuid, text, text, uuid[]) to velaurum_app;
grant execute on function identity.erase_subject(uuid, uuid, uuid, uuid, uuid, uuid[]) to velaurum_app;
grant execute on function identity.overwrite_name(uuid, uuid, uuid, uuid, uuid, uuid[]) to velaurum_app;
grant execute on function identity.record_erasure(uuid, uuid, uuid, uuid, uuid, timestamptz, jsonb) to velaurum_app;
grant execute on function identity.replay_erasure(uuid, uuid, timestamptz, jsonb) to velaurum_app;
grant select on identity.legal_hold, identity.erasure to velaurum_auditor, velaurum_backup;

-- Data subjects: restricted. Whoever shows what people wrote asks who is.
grant execute on function identity.restrict_subject(uuid, uuid, uuid, uuid, uuid, text, text, uuid[]) to velaurum_app;
grant execute on function identity.restricted(uuid) to velaurum_app, velaurum_integrator;
grant select (org_id, id, principal_id, action) on identity.restriction to velaurum_integrator; -- Why is for others.
grant select on identity.restriction to velaurum_auditor, velaurum_backup;

-- The queue's own role works the library's tables, and has no way into any other schema.
grant usage on schema procrastinate to velaurum_queue, velaurum_backup;
grant select, insert, update, delete on all tables in schema procrastinate to velaurum_queue;
grant usage on all sequences in schema procrastinate to velaurum_queue;
grant execute on all routines in schema procrastinate to velaurum_queue;
grant select on all tables in schema procrastinate to velaurum_backup;
grant select on all sequences in schema procrastinate to velaurum_backup;
