-- The catalogue proof: what must hold of the database's own description of itself, and what breaks it. One row a rule;
-- `broken_by` names what breaks it and is empty where it holds. It reads the system catalogue alone, so that every role
-- may ask, on any server: psql prints the same rows as `velaurum verify tenancy`. Run it with an empty search_path.
with classified (name, class, departments, is_attributed) as (
    -- Every table of the product, by hand: nobody adds one without saying whose rows it holds.
    -- class: tenant, directory (of the tenants) or platform (the installation's own).
    -- departments, for tables of tenants: shared (every credential of the organisation reaches every row), own (a
    -- department reaches its own rows), place (it reaches those of its places), movement and change (reached by its
    -- movement or its change).
    -- is_attributed: the row itself names who wrote it.
    values
    ('platform.administrator', 'platform', '', false),
    ('platform.claim', 'platform', '', false),
    ('platform.migration', 'platform', '', false),
    ('platform.boot', 'platform', '', false),
    ('platform.statement_tally', 'platform', '', false),
    ('platform.shape', 'platform', '', false),
    ('platform.column_rename', 'platform', '', false),
    ('platform.meta_leaf', 'platform', '', false),
    ('platform.meta_tile', 'platform', '', false),
    ('platform.meta_checkpoint', 'platform', '', false),
    ('platform.meta_cosignature', 'platform', '', false),
    ('platform.meta_timestamp', 'platform', '', false),
    ('platform.meta_incarnation', 'platform', '', false),
    ('platform.schedule', 'platform', '', false),
    ('tenancy.org', 'directory', '', false),
    ('tenancy.sub_org', 'tenant', 'own', true),
    ('tenancy.suspension', 'tenant', 'shared', true),
    ('tenancy.access_event', 'tenant', 'shared', false),
    ('tenancy.sighting', 'tenant', 'shared', false),
    ('identity.principal', 'tenant', 'shared', true),
    ('identity.role', 'tenant', 'shared', true),
    ('identity.token', 'tenant', 'shared', true),
    ('identity.assignment', 'tenant', 'shared', true),
    ('identity.break_glass', 'tenant', 'shared', true),
    ('identity.break_glass_step', 'tenant', 'shared', true),
    ('identity.token_use', 'tenant', 'shared', false),
    ('identity.session', 'tenant', 'shared', true),
    ('identity.passkey', 'tenant', 'shared', true),
    ('identity.passkey_use', 'tenant', 'shared', true),
    ('identity.passkey_challenge', 'tenant', 'shared', false),
    ('identity.provider', 'tenant', 'shared', true),
    ('identity.provider_subject', 'tenant', 'shared', true),
    ('identity.sign_in', 'tenant', 'shared', false),
    ('identity.invitation', 'tenant', 'shared', true),
    ('identity.password', 'tenant', 'shared', true),
    ('identity.second_factor', 'tenant', 'shared', true),
    ('identity.legal_hold', 'tenant', 'shared', true),
    ('identity.erasure', 'tenant', 'shared', true),
    ('identity.restriction', 'tenant', 'shared', true),
    ('identity.recovery_code', 'tenant', 'shared', true),
    ('identity.sign_in_failure', 'tenant', 'shared', false),
    ('identity.scim_user', 'tenant', 'shared', true),
    ('identity.scim_group', 'tenant', 'shared', true),
    ('identity.scim_member', 'tenant', 'shared', true),
    ('identity.scim_mapping', 'tenant', 'shared', true),
    ('catalog.item', 'tenant', 'shared', true),
    ('catalog.location', 'tenant', 'own', true),
    ('catalog.pack', 'tenant', 'shared', true),
    ('catalog.lot', 'tenant', 'shared', true),
    ('catalog.serial', 'tenant', 'shared', true),
    ('ledger.head', 'tenant', 'shared', false),
    ('ledger.balance', 'tenant', 'place', false),
    ('ledger.movement', 'tenant', 'place', true),
    ('ledger.decision', 'tenant', 'shared', true),
    ('ledger.movement_note', 'tenant', 'movement', false),
    ('ledger.period', 'tenant', 'shared', true),
    ('ledger.reservation', 'tenant', 'place', true),
    ('ledger.approval_rule', 'tenant', 'shared', true),
    ('ledger.approval_request', 'tenant', 'place', true),
    ('ledger.approval', 'tenant', 'movement', true),
    ('ledger.shipment', 'tenant', 'place', true),
    ('ledger.shipment_line', 'tenant', 'place', false),
    ('counting.count', 'tenant', 'place', true),
    ('counting.count_line', 'tenant', 'place', true),
    ('audit.change', 'tenant', 'own', true),
    ('audit.version', 'tenant', 'own', false),
    ('audit.personal_value', 'tenant', 'change', false),
    ('audit.tile', 'tenant', 'shared', false),
    ('audit.checkpoint', 'tenant', 'shared', false),
    ('audit.incarnation', 'tenant', 'shared', true),
    ('audit.log_key', 'tenant', 'shared', true),
    ('audit.verification', 'tenant', 'shared', true),
    ('audit.export', 'tenant', 'shared', true),
    ('audit.cosignature', 'tenant', 'shared', false),
    ('audit.anchor', 'tenant', 'shared', false),
    ('webhooks.endpoint', 'tenant', 'shared', true),
    ('webhooks.delivery', 'tenant', 'shared', false),
    ('webhooks.attempt', 'tenant', 'shared', false),
    ('webhooks.act', 'tenant', 'shared', true),
    ('jobs.job', 'tenant', 'shared', true),
    ('jobs.attempt', 'tenant', 'shared', true),
    ('jobs.act', 'tenant', 'shared', true),
    ('jobs.reminder', 'tenant', 'shared', false),
    ('jobs.integration_job', 'tenant', 'shared', true),
    ('jobs.integration_step', 'tenant', 'shared', true),
    ('events.subscriber', 'tenant', 'shared', false),
    ('events.inbox', 'tenant', 'shared', false),
    ('transport.queue', 'tenant', 'shared', false),
    ('transport.message', 'tenant', 'shared', false),
    ('keys.wrapping_key', 'tenant', 'shared', false),
    ('keys.data_key', 'tenant', 'shared', false),
    ('keys.index_key', 'tenant', 'shared', false)
),

exempt_index (name, reason) as (
    -- What serves all organisations at once, and so does not begin with org_id.
    values
    ('tenancy.org_code_key', 'The directory: a code is in the URL and names one organisation of all.')
),

by_hand (name, reason) as (
    -- The columns of an actor that may be null.
    values
    ('audit.change.credential_id', 'The operator''s own hand at the data directory holds no credential.'),
    ('jobs.job.credential_id', 'A job that a process of the product asks for comes with no credential.'),
    ('jobs.reminder.credential_id', 'Nobody has seen a reminder before somebody says so.'),
    ('jobs.integration_step.credential_id', 'A callback and an expiry are written by the product''s own process.'),
    ('identity.erasure.credential_id', 'What the journal brings again is written at the operator''s own hand.')
),

refused (name, events) as (
    -- Refused for ever by triggers: U update, D delete, T truncate. No table of ledger, counting, audit is left out.
    values
    ('ledger.movement', 'UDT'),
    ('ledger.decision', 'DT'),
    ('ledger.movement_note', 'UT'),
    ('ledger.head', 'DT'),
    ('ledger.balance', 'DT'),
    ('identity.principal', 'DT'),
    ('tenancy.access_event', 'UDT'),
    ('tenancy.sighting', 'UDT'),
    ('platform.boot', 'DT'),
    ('platform.statement_tally', 'DT'),
    ('identity.break_glass', 'UDT'),
    ('identity.break_glass_step', 'UDT'),
    ('identity.role', 'DT'),
    ('identity.token', 'DT'),
    ('identity.assignment', 'DT'),
    ('identity.session', 'DT'),
    ('identity.passkey', 'DT'),
    ('identity.passkey_use', 'UDT'),
    ('identity.provider', 'DT'),
    ('identity.provider_subject', 'DT'),
    ('identity.invitation', 'DT'),
    ('identity.password', 'DT'),
    ('identity.second_factor', 'DT'),
    ('identity.legal_hold', 'UDT'),
    ('identity.erasure', 'UDT'),
    ('identity.restriction', 'UDT'),
    ('identity.recovery_code', 'DT'),
    ('identity.scim_user', 'DT'),
    ('identity.scim_group', 'DT'),
    ('identity.scim_mapping', 'DT'),
    ('catalog.pack', 'DT'),
    ('catalog.lot', 'DT'),
    ('catalog.serial', 'DT'),
    ('ledger.period', 'DT'),
    ('ledger.reservation', 'DT'),
    ('ledger.approval_rule', 'UDT'),
    ('ledger.approval_request', 'UDT'),
    ('ledger.approval', 'UDT'),
    ('ledger.shipment', 'DT'),
    ('ledger.shipment_line', 'UDT'),
    ('counting.count', 'DT'),
    ('counting.count_line', 'UDT'),
    ('audit.tile', 'UDT'),
    ('audit.checkpoint', 'UDT'),
    ('audit.incarnation', 'UDT'),
    ('audit.log_key', 'UDT'),
    ('audit.verification', 'UDT'),
    ('audit.export', 'UDT'),
    ('audit.cosignature', 'UDT'),
    ('audit.anchor', 'UDT'),
    ('platform.meta_leaf', 'UDT'),
    ('platform.meta_tile', 'UDT'),
    ('platform.meta_checkpoint', 'UDT'),
    ('platform.meta_cosignature', 'UDT'),
    ('platform.meta_timestamp', 'UDT'),
    ('platform.meta_incarnation', 'UDT'),
    ('audit.change', 'UDT'),
    ('audit.version', 'UDT'),
    ('audit.personal_value', 'UT'),
    ('webhooks.endpoint', 'DT'),
    ('webhooks.delivery', 'T'),
    ('webhooks.attempt', 'UT'),
    ('webhooks.act', 'UT'),
    ('jobs.job', 'T'),
    ('jobs.attempt', 'UT'),
    ('jobs.act', 'UT'),
    ('jobs.reminder', 'T'),
    ('jobs.integration_job', 'DT'),
    ('jobs.integration_step', 'UDT'),
    ('events.subscriber', 'DT'),
    ('events.inbox', 'UT'),
    ('platform.shape', 'UDT'),
    ('platform.column_rename', 'UDT'),
    ('keys.wrapping_key', 'DT'),
    ('keys.data_key', 'DT'),
    ('keys.index_key', 'DT')
),

aged (name, guard) as (
    -- Rows that go when they have ended and are old, each with the guard that refuses it until then.
    values
    ('webhooks.delivery', 'webhooks.guard_removal()'),
    ('webhooks.attempt', 'webhooks.guard_removal_with_delivery()'),
    ('webhooks.act', 'webhooks.guard_removal_with_delivery()'),
    ('jobs.job', 'jobs.guard_removal()'),
    ('jobs.attempt', 'jobs.guard_removal_with_job()'),
    ('jobs.act', 'jobs.guard_removal_with_job()'),
    ('jobs.reminder', 'jobs.guard_reminder_removal()'),
    ('events.inbox', 'events.guard_removal()')
),

unrecorded (name, reason) as (
    -- Tables of tenants whose writes make no version in the log. Every other one is opted in.
    values
    ('ledger.movement', 'Its rows are entries of the log themselves.'),
    ('ledger.movement_note', 'The entry of the movement commits to it.'),
    ('ledger.balance', 'Sums of movements, each of which says what was on hand after it.'),
    ('ledger.head', 'The size of the log itself.'),
    ('ledger.decision', 'Which key was decided how; what was made has a version or an entry.'),
    ('tenancy.access_event', 'Who read what: added to with every request, and never changed.'),
    ('tenancy.sighting', 'Who was shown whom: added to with an access event, and never changed.'),
    ('identity.token_use', 'When a token was last used, at most once a minute.'),
    ('identity.session', 'Who was signed in when: the row itself says it and is never removed.'),
    ('identity.sign_in', 'A sign-in that was begun; whoever finishes it has a session.'),
    ('identity.sign_in_failure', 'Counts that are forgotten after a while.'),
    ('identity.passkey_use', 'Each use of a passkey: added to, and never changed.'),
    ('identity.passkey_challenge', 'What a browser has to answer within minutes.'),
    ('identity.recovery_code', 'Hashes of what is used once; the row says when, and is never removed.'),
    ('audit.change', 'The record itself.'),
    ('audit.version', 'The log itself.'),
    ('audit.personal_value', 'What the log commits to.'),
    ('audit.tile', 'Made of the log.'),
    ('audit.checkpoint', 'Signed of the log.'),
    ('audit.cosignature', 'What witnesses outside said of a checkpoint; each is signed.'),
    ('audit.anchor', 'Which leaf of the meta-log commits to a checkpoint; the leaf is in a signed tree.'),
    ('webhooks.delivery', 'What was to be told of entries of the log, and how far that is.'),
    ('webhooks.attempt', 'How each delivery was tried: added to, and never changed.'),
    ('webhooks.act', 'What people asked for of deliveries: added to, and never changed.'),
    ('jobs.job', 'Work under way. Who asked for it is in the row and never changes; what it does is recorded there.'),
    ('jobs.attempt', 'How a job was worked: added to, and never changed.'),
    ('jobs.act', 'What people did to a job: added to, and never changed.'),
    ('jobs.reminder', 'Found in other tables, and ended with its cause; who has seen it never changes.'),
    (
        'jobs.integration_job',
        'Work under way outside. What was asked for never changes; each state that it came to is a step.'
    ),
    ('jobs.integration_step', 'Who let an integration job come to which state: added to, and never changed.'),
    ('identity.legal_hold', 'Each step of a legal hold: added to, and never changed.'),
    ('identity.erasure', 'Who erased whom, and the receipt: added to, and never changed.'),
    ('identity.restriction', 'Each step of a restriction: added to, and never changed.'),
    ('events.subscriber', 'How far a part of the product has read the log.'),
    ('events.inbox', 'Which messages a consumer took: added to, and never changed.'),
    ('transport.queue', 'How far messages of the log were published, and who consumes them now.'),
    ('transport.message', 'What is under way of an entry of the log, and gone when it arrived.'),
    ('keys.data_key', 'Made by whoever seals, one for each person: the row says since when, and is never removed.'),
    ('keys.index_key', 'A sealed key; there is one, and it is never removed.')
),

definer (name) as (
    -- The routines that run with their owner's rights: the only way to write.
    values
    ('platform.bootstrap'),
    ('platform.issue_claim'),
    ('platform.use_claim'),
    ('platform.create_administrator'),
    ('platform.revoke_administrator'),
    ('tenancy.create_org'),
    ('tenancy.create_sub_org'),
    ('tenancy.update_sub_org'),
    ('tenancy.set_suspension'),
    ('tenancy.record_access'),
    ('platform.record_tallies'),
    ('identity.create_token'),
    ('identity.issue_token'),
    ('identity.revoke_token'),
    ('identity.cut_token'),
    ('identity.cut_principal'),
    ('identity.request_break_glass'),
    ('identity.step_break_glass'),
    ('identity.end_break_glass_of'),
    ('identity.note_use'),
    ('identity.create_principal'),
    ('identity.update_principal'),
    ('identity.set_disabled'),
    ('identity.assign'),
    ('identity.revoke_assignment'),
    ('identity.create_role'),
    ('identity.update_role'),
    ('identity.open_session'),
    ('identity.see_session'),
    ('identity.end_session'),
    ('identity.challenge_registrant'),
    ('identity.challenge_anybody'),
    ('identity.take_challenge'),
    ('identity.register_passkey'),
    ('identity.use_passkey'),
    ('identity.revoke_passkey'),
    ('identity.create_provider'),
    ('identity.update_provider'),
    ('identity.link_subject'),
    ('identity.unlink_subject'),
    ('identity.begin_sign_in'),
    ('identity.use_sign_in'),
    ('identity.vouched_for'),
    ('identity.invite'),
    ('identity.invite_by_hand'),
    ('identity.redeem_invitation'),
    ('identity.hold_password'),
    ('identity.rehash_password'),
    ('identity.change_password'),
    ('identity.enrol_second_factor'),
    ('identity.confirm_second_factor'),
    ('identity.renew_recovery_codes'),
    ('identity.remove_second_factor'),
    ('identity.reseal_second_factor'),
    ('identity.use_step'),
    ('identity.use_recovery_code'),
    ('identity.attempt_sign_in'),
    ('identity.forgive_sign_in'),
    ('identity.withdraw_sign_in'),
    ('identity.create_scim_user'),
    ('identity.update_scim_user'),
    ('identity.remove_scim_user'),
    ('identity.create_scim_group'),
    ('identity.update_scim_group'),
    ('identity.remove_scim_group'),
    ('identity.create_scim_mapping'),
    ('identity.remove_scim_mapping'),
    ('identity.link_scim_user'),
    ('identity.unlink_scim_user'),
    ('catalog.create_item'),
    ('catalog.update_item'),
    ('catalog.create_location'),
    ('catalog.update_location'),
    ('catalog.within'),
    ('catalog.create_pack'),
    ('catalog.update_pack'),
    ('catalog.remove_pack'),
    ('catalog.create_lot'),
    ('catalog.update_lot'),
    ('catalog.create_serial'),
    ('catalog.update_serial'),
    ('ledger.post_movements'),
    ('ledger.request_approval'),
    ('ledger.decide_approval'),
    ('ledger.open_shipment'),
    ('ledger.dispatch_shipment'),
    ('ledger.receive_shipment'),
    ('ledger.close_shipment'),
    ('ledger.approve_shipment'),
    ('ledger.cancel_shipment'),
    ('ledger.shipment_lines'),
    ('counting.open_count'),
    ('counting.add_lines'),
    ('counting.finish_count'),
    ('counting.approve_count'),
    ('counting.post_count'),
    ('counting.cancel_count'),
    ('ledger.set_approval_rules'),
    ('ledger.create_period'),
    ('ledger.create_reservation'),
    ('ledger.release_reservation'),
    ('ledger.close_period'),
    ('ledger.ask_reopening'),
    ('ledger.confirm_reopening'),
    ('ledger.size_at'),
    ('audit.integrate'),
    ('audit.hashes'),
    ('audit.publish'),
    ('audit.has_grown'),
    ('audit.standing'),
    ('audit.hold'),
    ('audit.open_incarnation'),
    ('audit.lacks_log_key'),
    ('audit.state_log_key'),
    ('audit.record_verification'),
    ('audit.record_export'),
    ('audit.uncosigned'),
    ('audit.keep_cosignature'),
    ('audit.anchor_checkpoint'),
    ('platform.integrate_meta'),
    ('platform.publish_meta'),
    ('platform.keep_meta_cosignature'),
    ('platform.keep_meta_timestamp'),
    ('platform.open_meta_incarnation'),
    ('platform.note_schedule'),
    ('audit.number_change'),
    ('audit.history'),
    ('audit.record_at'),
    ('audit.principal_at'),
    ('audit.unsigned_since'),
    ('webhooks.create_endpoint'),
    ('webhooks.update_endpoint'),
    ('webhooks.rotate_endpoint'),
    ('webhooks.make_deliveries'),
    ('webhooks.test_endpoint'),
    ('webhooks.redeliver'),
    ('webhooks.is_due'),
    ('webhooks.is_behind'),
    ('webhooks.claim'),
    ('webhooks.end_attempt'),
    ('webhooks.forget'),
    ('webhooks.figures'),
    ('webhooks.attempts_lately'),
    ('jobs.enqueue'),
    ('jobs.request'),
    ('jobs.begin_job'),
    ('jobs.note_progress'),
    ('jobs.succeed'),
    ('jobs.fail'),
    ('jobs.retry'),
    ('jobs.cancel'),
    ('jobs.forget'),
    ('jobs.forget_reminders'),
    ('jobs.remind'),
    ('jobs.acknowledge_reminder'),
    ('jobs.figures'),
    ('jobs.create_integration_job'),
    ('jobs.act_on_integration_job'),
    ('jobs.take_integration_job'),
    ('jobs.use_callback'),
    ('jobs.is_overdue'),
    ('jobs.expire_integration_jobs'),
    ('events.subscribe'),
    ('events.claim'),
    ('events.advance'),
    ('events.take'),
    ('events.forget'),
    ('events.figures'),
    ('transport.publish'),
    ('transport.forget'),
    ('transport.figures'),
    ('transport.lease'),
    ('transport.settle'),
    ('transport.release'),
    ('transport.renew'),
    ('transport.set_aside'),
    ('transport.replay'),
    ('transport.is_due'),
    ('keys.hold'),
    ('keys.mint'),
    ('keys.reserve'),
    ('keys.erase_subject'),
    ('keys.destroy_data_key'),
    ('keys.name_wrapping_key'),
    ('keys.rewrap'),
    ('keys.end_wrapping_key'),
    ('keys.make_index_key'),
    ('keys.reseal_index_key'),
    ('ledger.seal_note'),
    ('identity.seal_name'),
    ('audit.seal_value'),
    ('identity.seal_invitation'),
    ('identity.seal_password'),
    ('identity.seal_provider_subject'),
    ('identity.seal_scim_user'),
    ('identity.seal_passkey'),
    ('ledger.erase_notes'),
    ('identity.hold_subject'),
    ('identity.erase_subject'),
    ('identity.record_erasure'),
    ('identity.overwrite_name'),
    ('identity.replay_erasure'),
    ('identity.restrict_subject')
),

wanted_role (name) as (
    values
    ('velaurum_owner'), ('velaurum_app'), ('velaurum_integrator'), ('velaurum_auditor'), ('velaurum_backup'),
    ('velaurum_queue'), ('velaurum_operator')
),

product_role as (
    select r.* from pg_catalog.pg_roles as r inner join wanted_role as w on r.rolname = w.name
),

product_schema as (
    select n.oid, n.nspname, n.nspowner from pg_catalog.pg_namespace as n
    where n.nspname in (
        'platform', 'tenancy', 'identity', 'catalog', 'ledger', 'counting', 'audit', 'events', 'jobs', 'webhooks',
        'transport', 'keys'
    )
),

-- What a library makes for itself, as its own text says: definitions.txt holds it to that. It has no rows of tenants.
library_schema as (
    select n.oid, n.nspname from pg_catalog.pg_namespace as n
    where n.nspname = 'procrastinate'
),

relation as (
    -- Whatever is not PostgreSQL's own, an extension's or a temporary one of another session.
    select
        c.oid, c.relkind as kind, n.nspname as schema, c.relowner as owner, c.reloptions as options,
        c.relhasrules as has_rules, c.relrowsecurity as has_policies, c.relforcerowsecurity as forces_policies,
        format('%I.%I', n.nspname, c.relname) as name,
        n.oid in (select s.oid from product_schema as s) as is_ours,
        n.oid in (select s.oid from library_schema as s) as is_librarys
    from pg_catalog.pg_class as c inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
    where n.nspname !~ '^pg_|^information_schema$' and not exists (
        select from pg_catalog.pg_depend as d
        where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
    )
),

tenant_table as (
    -- A table is taken for a tenant's until it is said to be none.
    select r.* from relation as r left join classified as k on r.name = k.name
    where r.is_ours and r.kind in ('r', 'p', 'f') and coalesce(k.class, 'tenant') = 'tenant'
),

keyed_table as (
    select r.oid, r.name from tenant_table as r
    union all
    select r.oid, r.name from relation as r inner join classified as k on r.name = k.name
    where k.class = 'directory'
),

routine as (
    select
        p.oid, p.prosecdef as is_definer, p.proconfig as settings, p.proowner as owner, p.proacl as acl,
        format('%I.%I', n.nspname, p.proname) as stem,
        format('%I.%I(%s)', n.nspname, p.proname, oidvectortypes(p.proargtypes)) as name,
        n.nspname as schema, n.oid in (select s.oid from product_schema as s) as is_ours,
        n.oid in (select s.oid from library_schema as s) as is_librarys
    from pg_catalog.pg_proc as p inner join pg_catalog.pg_namespace as n on p.pronamespace = n.oid
    where n.nspname !~ '^pg_|^information_schema$' and not exists (
        select from pg_catalog.pg_depend as d
        where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
    )
),

policy as (
    select
        t.name as table_name, y.polname as name, y.polpermissive as is_permissive, y.polcmd as command, (
            select array_agg(o.name order by o.name) from (
                select case when r.oid = 0 then 'everybody' else pg_get_userbyid(r.oid)::text end as name
                from unnest(y.polroles) as r (oid)
            ) as o
        ) as roles,
        pg_get_expr(y.polqual, y.polrelid) as shown, pg_get_expr(y.polwithcheck, y.polrelid) as checked
    from pg_catalog.pg_policy as y inner join relation as t on y.polrelid = t.oid
    where t.is_ours
),

column_of as (
    select t.name as table_name, a.attname as name, a.attnum as number, a.attnotnull as is_never_null,
        a.atttypid as type_oid, t.oid as table_oid
    from relation as t inner join pg_catalog.pg_attribute as a on t.oid = a.attrelid
    where a.attnum > 0 and not a.attisdropped
)

select 'every table of the product is classified' as rule, true as is_required, array(
    select r.name from relation as r
    where (r.is_ours or r.owner = to_regrole('velaurum_owner') and not r.is_librarys) and r.kind in ('r', 'p', 'f')
        and r.name not in (select k.name from classified as k)
    union all
    select k.name || ' is not there' from classified as k
    where k.name not in (select r.name from relation as r)
) as broken_by
union all
select 'every table of tenants has an org_id that is never null', true, array(
    select t.name from keyed_table as t
    where not exists (
        select from column_of as a
        where a.table_oid = t.oid and a.name = 'org_id'
            and a.is_never_null and a.type_oid = 'pg_catalog.uuid'::regtype
    )
)
union all
-- Where a part of the key may be null, nulls are alike in it: no two rows are of one key there either.
select 'every table of tenants has a primary key', true, array(
    select t.name from keyed_table as t
    where not exists (
        select from pg_catalog.pg_index as i
        where i.indrelid = t.oid and (i.indisprimary or (i.indisunique and i.indnullsnotdistinct and i.indpred is null))
    )
)
union all
select 'every index begins with org_id', true, array(
    select format('%s of %s', x.name, t.name)
    from keyed_table as t inner join pg_catalog.pg_index as i on t.oid = i.indrelid
    inner join relation as x on i.indexrelid = x.oid
    where x.name not in (select e.name from exempt_index as e) and not exists (
        select from column_of as a
        where a.table_oid = t.oid and a.number = i.indkey[0] and a.name = 'org_id'
    )
)
union all
select 'every foreign key begins with org_id on both sides', true, array(
    select format('%s of %s', k.conname, f.name)
    from pg_catalog.pg_constraint as k
    inner join relation as f on k.conrelid = f.oid
    inner join column_of as a on (a.table_oid, a.number) = (k.conrelid, k.conkey[1])
    inner join column_of as b on (b.table_oid, b.number) = (k.confrelid, k.confkey[1])
    where k.contype = 'f' and (a.name, b.name) <> ('org_id', 'org_id')
        and exists (
            select from keyed_table as t
            where t.oid in (k.conrelid, k.confrelid)
        )
)
union all
select 'row security is enabled and forced on every table of tenants', true, array(
    select t.name || case when t.has_policies then ' does not force it' else '' end
    from tenant_table as t
    where not (t.has_policies and t.forces_policies)
)
union all
select 'the policy `org` restricts every table of tenants to the organisation entered', true, array(
    select t.name from tenant_table as t
    where not exists (
        select from policy as y
        where y.table_name = t.name and y.name = 'org' and not y.is_permissive and y.command = '*'
            and y.roles = array['everybody']
            and y.shown = '((CURRENT_USER = ''velaurum_backup''::name) OR ' || y.checked || ')'
            and y.checked = '(org_id = (current_setting(''velaurum.org''::text))::uuid)'
    )
)
union all
select 'the policy `everyone` alone permits, and says nothing else', true, array(
    select format('%s on %s', y.name, y.table_name) from policy as y
    where y.is_permissive and (y.name, y.command, y.shown) is distinct from ('everyone', '*', 'true')
    union all
    select format('%s on %s', y.name, y.table_name) from policy as y
    where y.is_permissive and (y.roles <> array['everybody'] or y.checked is not null)
)
union all
select 'the policy `sub_org` stands where a row belongs to a department, and nowhere else', true, array(
    select k.name from classified as k
    where (k.departments in ('own', 'place')) <> exists (
        select from policy as y
        where y.table_name = k.name and y.name = 'sub_org' and not y.is_permissive and y.command = '*'
            and y.roles = array['everybody']
    )
)
union all
select 'the routine by which policies ask who asks tells the truth', true, array(
    select 'platform.is_asked_by'
    where not exists (
        select from pg_catalog.pg_proc as p inner join routine as r on p.oid = r.oid
        where r.name = 'platform.is_asked_by(name)'
            and btrim(p.prosrc, E' \n') = 'select current_user = p_role'
            and p.proconfig = array['search_path=pg_catalog, pg_temp']
    )
)
union all
select 'every column of an actor is never null', true, array(
    select format('%s.%s', t.name, a.name) from tenant_table as t inner join column_of as a on t.oid = a.table_oid
    where a.name in ('actor_id', 'credential_id', 'created_by', 'updated_by', 'requested_by', 'decided_by')
        and not a.is_never_null and format('%s.%s', t.name, a.name) not in (select h.name from by_hand as h)
)
union all
select 'every table of tenants names its actor or hangs on one that does', true, array(
    select t.name from tenant_table as t left join classified as k on t.name = k.name
    where coalesce(k.is_attributed, true) and not exists (
        select from column_of as a
        where a.table_oid = t.oid and a.name in ('actor_id', 'created_by', 'requested_by', 'decided_by')
    )
)
union all
select 'every view reads with the rights of its reader', true, array(
    select r.name from relation as r
    where (
        r.kind = 'm' or r.kind = 'v' and not coalesce(r.options, '{}') && array['security_invoker=true']
    ) and (
        r.is_ours or r.owner = to_regrole('velaurum_owner') or exists (
            select from product_role as o
            where has_any_column_privilege(o.oid, r.oid, 'select')
        )
    )
)
union all
select 'every routine with its owner''s rights is on the list, once', true, array(
    select f.name from routine as f
    where f.is_definer and f.schema <> 'fence' and f.stem not in (select d.name from definer as d) and (
        f.is_ours or f.owner = to_regrole('velaurum_owner') or exists (
            select from product_role as o
            where has_function_privilege(o.oid, f.oid, 'execute')
        )
    )
    union all
    select f.stem || ' stands for more than one' from routine as f
    where f.is_definer and f.is_ours
    group by f.stem
    having count(*) > 1
)
union all
select 'every routine with its owner''s rights searches the system catalogue first', true, array(
    select f.name from routine as f
    where f.is_definer and (f.is_ours or f.schema = 'fence')
        and not coalesce(f.settings, '{}') && array['search_path=pg_catalog, pg_temp']
)
union all
select 'no routine is for everybody', true, array(
    select f.name from routine as f
    where (f.is_ours or f.schema = 'fence') and exists (
        select from aclexplode(coalesce(f.acl, acldefault('f', f.owner))) as g
        where g.grantee = 0
    )
)
union all
select 'the library of jobs runs with its caller''s rights and finds its own names alone', true, array(
    select f.name from routine as f
    where f.is_librarys and (
        f.is_definer or f.settings is distinct from array['search_path=procrastinate, pg_temp']
    )
    union all
    select format('%s may %s %s', o.rolname, p.name, r.name) from relation as r
    cross join product_role as o cross join unnest(array['select', 'insert', 'update', 'delete']) as p (name)
    where r.is_librarys and r.kind = 'r' and o.rolname not in ('velaurum_owner', 'velaurum_queue')
        and (o.rolname, p.name) <> ('velaurum_backup', 'select') and has_table_privilege(o.oid, r.oid, p.name)
    union all
    select format('velaurum_queue may use the schema %s', s.nspname) from product_schema as s
    where has_schema_privilege(to_regrole('velaurum_queue'), s.oid, 'usage')
)
union all
select 'every role of the product is there, and no other', true, array(
    select w.name from wanted_role as w
    where to_regrole(w.name) is null
    union all
    select o.rolname || ' is not on the list' from pg_catalog.pg_roles as o
    where o.rolname like 'velaurum@_%' escape '@' and o.rolname not in (select w.name from wanted_role as w)
)
union all
select 'no role of the product is privileged or a member of another', true, array(
    select r.rolname || ' is privileged' from product_role as r
    where r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb or r.rolreplication or r.rolinherit
        or r.rolcanlogin = (r.rolname in ('velaurum_owner', 'velaurum_operator'))
    union all
    select format('%s is a member of %s', r.rolname, pg_get_userbyid(m.roleid))
    from pg_catalog.pg_auth_members as m inner join product_role as r on m.member = r.oid
)
union all
select 'no role of the product writes a table itself', true, array(
    select format('%s may %s %s', o.rolname, p.name, r.name) from relation as r
    cross join product_role as o
    cross join unnest(array['insert', 'update', 'delete', 'truncate', 'references', 'trigger']) as p (name)
    where r.kind in ('r', 'p', 'v', 'm', 'f') and o.rolname <> 'velaurum_owner'
        and not (r.is_librarys and o.rolname = 'velaurum_queue') and (
        has_table_privilege(o.oid, r.oid, p.name)
        or p.name in ('insert', 'update', 'references') and has_any_column_privilege(o.oid, r.oid, p.name)
    )
)
union all
select 'no role of the product makes objects', true, array(
    select format('%s may %s in the database', o.rolname, p.name)
    from product_role as o cross join unnest(array['create', 'temporary']) as p (name)
    where o.rolname <> 'velaurum_owner' and has_database_privilege(o.oid, current_database(), p.name)
    union all
    select format('%s may create in schema %s', o.rolname, n.nspname)
    from product_role as o cross join pg_catalog.pg_namespace as n
    where o.rolname <> 'velaurum_owner' and has_schema_privilege(o.oid, n.oid, 'create')
)
union all
select 'the owner owns the schemas of the product, what is in them, and nothing else', true, array(
    select 'schema ' || n.nspname from pg_catalog.pg_namespace as n
    where coalesce(n.nspowner = to_regrole('velaurum_owner'), false)
        <> (n.oid in (select s.oid from product_schema as s) or n.oid in (select l.oid from library_schema as l))
    union all
    select r.name from relation as r
    where coalesce(r.owner = to_regrole('velaurum_owner'), false) <> (r.is_ours or r.is_librarys)
    union all
    select f.name from routine as f
    where coalesce(f.owner = to_regrole('velaurum_owner'), false) <> (f.is_ours or f.is_librarys)
)
union all
select 'every wall stands for statements and for rows, and always', true, array(
    select format('%s %s%s', w.name, e.event, l.level)
    from refused as w
    cross join (values ('U', 16), ('D', 8), ('T', 32)) as e (event, bit)
    cross join (values (0), (1)) as l (level)
    where position(e.event in w.events) > 0 and (e.event, l.level) <> ('T', 1) and not exists (
        select from pg_catalog.pg_trigger as g
        inner join relation as r on g.tgrelid = r.oid
        inner join routine as f on g.tgfoid = f.oid
        where r.name = w.name and f.name = 'ledger.refuse_change()'
            and g.tgenabled = 'A' and g.tgqual is null and g.tgattr = ''::int2vector
            and g.tgtype & e.bit <> 0 and g.tgtype & 1 = l.level and g.tgtype & 2 = 2
    )
    union all
    select a.name || ' D' from aged as a
    where not exists (
        select from pg_catalog.pg_trigger as g
        inner join relation as r on g.tgrelid = r.oid
        inner join routine as f on g.tgfoid = f.oid
        where r.name = a.name and f.name = a.guard
            and g.tgenabled = 'A' and g.tgqual is null and g.tgattr = ''::int2vector and g.tgtype = 11
    )
    union all
    select r.name || ' has no wall' from relation as r
    where r.schema in ('ledger', 'counting', 'audit', 'webhooks') and r.kind in ('r', 'p', 'f')
        and r.name not in (select w.name from refused as w)
)
union all
select 'every trigger fires always', true, array(
    select format('%s on %s', g.tgname, r.name)
    from pg_catalog.pg_trigger as g inner join relation as r on g.tgrelid = r.oid
    where r.is_ours and g.tgenabled <> case when g.tgisinternal then 'O' else 'A' end
)
union all
select 'every write of a table of tenants is recorded, or said not to be', true, array(
    select t.name from keyed_table as t
    where t.name not in (select u.name from unrecorded as u) and not exists (
        select from pg_catalog.pg_trigger as g inner join routine as f on g.tgfoid = f.oid
        where g.tgrelid = t.oid and f.name = 'audit.record_change()' and g.tgenabled = 'A' and g.tgtype = 29
            and g.tgqual is null and g.tgattr = ''::int2vector
    )
    union all
    select u.name || ' is not there' from unrecorded as u
    where u.name not in (select t.name from keyed_table as t)
    union all
    select 'audit.change gets no place in the log' from relation as r
    where r.name = 'audit.change' and not exists (
        select from pg_catalog.pg_trigger as g inner join routine as f on g.tgfoid = f.oid
        where g.tgrelid = r.oid and f.name = 'audit.number_change()' and g.tgenabled = 'A' and g.tgtype = 5
            and g.tginitdeferred and g.tgqual is null
    )
)
union all
select 'no table has a rule, a child or a parent', true, array(
    select r.name from relation as r
    where r.is_ours and r.kind in ('r', 'p', 'f') and (
        r.has_rules or exists (
            select from pg_catalog.pg_inherits as i
            where r.oid in (i.inhrelid, i.inhparent)
        )
    )
)
union all
select 'every constraint and every index is valid', true, array(
    select format('%s of %s', k.conname, r.name)
    from pg_catalog.pg_constraint as k inner join relation as r on k.conrelid = r.oid
    where r.is_ours and not k.convalidated
    union all
    select r.name from pg_catalog.pg_index as i inner join relation as r on i.indexrelid = r.oid
    where r.is_ours and not (i.indisvalid and i.indisready and i.indislive)
)
union all
-- What an installation may be without, and has to know.
select 'only a superuser can become the owner or the operator', false, array(
    select distinct r.rolname || ' can' from pg_catalog.pg_auth_members as m
    inner join pg_catalog.pg_roles as r on m.member = r.oid
    where m.roleid in (to_regrole('velaurum_owner'), to_regrole('velaurum_operator')) and not r.rolsuper
)
union all
select 'the DDL fence stands', false, array(
    select w.name from unnest(array['fence_start', 'fence_command', 'fence_drop', 'fence_rewrite']) as w (name)
    where not exists (
        select from pg_catalog.pg_event_trigger as t inner join pg_catalog.pg_roles as r on t.evtowner = r.oid
        where t.evtname = w.name and t.evtenabled = 'A' and r.rolsuper
            and current_setting('event_triggers')::boolean
    )
);
