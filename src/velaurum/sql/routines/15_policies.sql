-- The second wall: row-level security, forced, so that the owner's routines stand behind it too. Restrictive: no other
-- policy can widen it. It fails loud: without velaurum.org every statement is an error, never an empty answer.
-- Policies are for everybody and look at who asks in their condition: DROP OWNED BY takes a role out of those that name
-- it, asks for no right and meets no event trigger. velaurum_backup copies whole databases and passes, with any
-- velaurum.org, which the planner wants to see; nobody serves requests as that role.

create or replace function platform.enforce_org(p_table regclass) returns void
language plpgsql as $$
begin
    execute format('alter table %s enable row level security, force row level security', p_table);
    execute format('drop policy if exists everyone on %s', p_table);
    execute format('create policy everyone on %s using (true)', p_table);
    execute format('drop policy if exists org on %s', p_table);
    execute format(
        'create policy org on %s as restrictive'
        ' using (current_user = ''velaurum_backup'' or org_id = current_setting(''velaurum.org'')::uuid)'
        ' with check (org_id = current_setting(''velaurum.org'')::uuid)', p_table);
end
$$;

select platform.enforce_org('tenancy.sub_org');
select platform.enforce_org('tenancy.suspension');
select platform.enforce_org('tenancy.access_event');
select platform.enforce_org('tenancy.sighting');
select platform.enforce_org('identity.principal');
select platform.enforce_org('identity.role');
select platform.enforce_org('identity.token');
select platform.enforce_org('identity.assignment');
select platform.enforce_org('identity.break_glass');
select platform.enforce_org('identity.break_glass_step');
select platform.enforce_org('identity.token_use');
select platform.enforce_org('identity.session');
select platform.enforce_org('identity.passkey');
select platform.enforce_org('identity.passkey_use');
select platform.enforce_org('identity.passkey_challenge');
select platform.enforce_org('identity.provider');
select platform.enforce_org('identity.provider_subject');
select platform.enforce_org('identity.sign_in');
select platform.enforce_org('identity.invitation');
select platform.enforce_org('identity.password');
select platform.enforce_org('identity.second_factor');
select platform.enforce_org('identity.legal_hold');
select platform.enforce_org('identity.erasure');
select platform.enforce_org('identity.restriction');
select platform.enforce_org('identity.recovery_code');
select platform.enforce_org('identity.sign_in_failure');
select platform.enforce_org('identity.scim_user');
select platform.enforce_org('identity.scim_group');
select platform.enforce_org('identity.scim_member');
select platform.enforce_org('identity.scim_mapping');
select platform.enforce_org('catalog.item');
select platform.enforce_org('catalog.location');
select platform.enforce_org('catalog.pack');
select platform.enforce_org('catalog.lot');
select platform.enforce_org('catalog.serial');
select platform.enforce_org('ledger.head');
select platform.enforce_org('ledger.balance');
select platform.enforce_org('ledger.movement');
select platform.enforce_org('ledger.decision');
select platform.enforce_org('ledger.movement_note');
select platform.enforce_org('ledger.period');
select platform.enforce_org('ledger.reservation');
select platform.enforce_org('ledger.approval_rule');
select platform.enforce_org('ledger.approval_request');
select platform.enforce_org('ledger.approval');
select platform.enforce_org('ledger.shipment');
select platform.enforce_org('ledger.shipment_line');
select platform.enforce_org('counting.count');
select platform.enforce_org('counting.count_line');
select platform.enforce_org('audit.tile');
select platform.enforce_org('audit.checkpoint');
select platform.enforce_org('audit.incarnation');
select platform.enforce_org('audit.log_key');
select platform.enforce_org('audit.verification');
select platform.enforce_org('audit.export');
select platform.enforce_org('audit.cosignature');
select platform.enforce_org('audit.anchor');
select platform.enforce_org('audit.change');
select platform.enforce_org('audit.version');
select platform.enforce_org('audit.personal_value');
select platform.enforce_org('webhooks.endpoint');
select platform.enforce_org('webhooks.delivery');
select platform.enforce_org('webhooks.attempt');
select platform.enforce_org('webhooks.act');
select platform.enforce_org('jobs.job');
select platform.enforce_org('jobs.attempt');
select platform.enforce_org('jobs.act');
select platform.enforce_org('jobs.reminder');
select platform.enforce_org('jobs.integration_job');
select platform.enforce_org('jobs.integration_step');
select platform.enforce_org('events.subscriber');
select platform.enforce_org('events.inbox');
select platform.enforce_org('transport.queue');
select platform.enforce_org('transport.message');
select platform.enforce_org('keys.wrapping_key');
select platform.enforce_org('keys.data_key');
select platform.enforce_org('keys.index_key');

-- Departments: a second wall of the same kind on what belongs to one. The setting is read once a row, so the whole
-- organisation comes first. What is shared may be read by a department, and written by the whole organisation only.
-- Balances, movements and reservations are kept from the application alone: the owner's routines that write them judge
-- each row by its own credential, for many at once, and see the whole log by design. A subquery is planned for whoever
-- asks, also for those whom the condition lets pass before: there a missing setting is none.

-- Whether this role asks. It says immutable, so that the planner answers it: a table that a policy does not look at for
-- a role is no part of its plans, and each posting begins nine of them. That is right in a policy and nowhere else,
-- as PostgreSQL makes a plan under row security again for another role.
create or replace function platform.is_asked_by(p_role name) returns boolean
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp as $$
    select current_user = p_role
$$;

drop policy if exists sub_org on tenancy.sub_org;
create policy sub_org on tenancy.sub_org as restrictive using (
    case when current_user not in ('velaurum_owner', 'velaurum_app') then true
        else current_setting('velaurum.sub_orgs') = '*'
            or id = any(nullif(current_setting('velaurum.sub_orgs'), '*')::uuid[])
    end
) with check (
    current_setting('velaurum.sub_orgs') = '*'
    or parent_id = any(nullif(current_setting('velaurum.sub_orgs'), '*')::uuid[])
);
drop policy if exists sub_org on catalog.location;
create policy sub_org on catalog.location as restrictive using (
    case when current_user not in ('velaurum_owner', 'velaurum_app') then true
        else current_setting('velaurum.sub_orgs') = '*' or not holds_stock
            or sub_org_id = any(nullif(current_setting('velaurum.sub_orgs'), '*')::uuid[])
    end
) with check (
    current_setting('velaurum.sub_orgs') = '*'
    or sub_org_id = any(nullif(current_setting('velaurum.sub_orgs'), '*')::uuid[])
);
drop policy if exists sub_org on ledger.balance;
create policy sub_org on ledger.balance as restrictive using (
    case when not platform.is_asked_by('velaurum_app') then true
        else current_setting('velaurum.sub_orgs') = '*' or exists (
        select from catalog.location as l
        where l.org_id = balance.org_id and l.id = balance.location_id
            and l.sub_org_id = any(nullif(current_setting('velaurum.sub_orgs', true), '*')::uuid[])
    )
    end
);
drop policy if exists sub_org on ledger.movement;
create policy sub_org on ledger.movement as restrictive using (
    case when not platform.is_asked_by('velaurum_app') then true
        else current_setting('velaurum.sub_orgs') = '*' or exists (
        select from catalog.location as l
        where l.org_id = movement.org_id and l.id in (movement.source_id, movement.target_id)
            and l.sub_org_id = any(nullif(current_setting('velaurum.sub_orgs', true), '*')::uuid[])
    )
    end
);
drop policy if exists sub_org on ledger.approval_request;
create policy sub_org on ledger.approval_request as restrictive using (
    case when current_user not in ('velaurum_owner', 'velaurum_app') then true
        else current_setting('velaurum.sub_orgs') = '*' or exists (
        select from catalog.location as l
        where l.org_id = approval_request.org_id and l.id in (approval_request.source_id, approval_request.target_id)
            and l.sub_org_id = any(nullif(current_setting('velaurum.sub_orgs', true), '*')::uuid[])
    )
    end
);
drop policy if exists sub_org on ledger.reservation;
create policy sub_org on ledger.reservation as restrictive using (
    case when not platform.is_asked_by('velaurum_app') then true
        else current_setting('velaurum.sub_orgs') = '*' or exists (
        select from catalog.location as l
        where l.org_id = reservation.org_id and l.id = reservation.location_id
            and l.sub_org_id = any(nullif(current_setting('velaurum.sub_orgs', true), '*')::uuid[])
    )
    end
);
drop policy if exists sub_org on ledger.shipment;
create policy sub_org on ledger.shipment as restrictive using (
    case when current_user not in ('velaurum_owner', 'velaurum_app') then true
        else current_setting('velaurum.sub_orgs') = '*' or exists (
        select from catalog.location as l
        where l.org_id = shipment.org_id and l.id in (shipment.source_id, shipment.target_id)
            and l.sub_org_id = any(nullif(current_setting('velaurum.sub_orgs', true), '*')::uuid[])
    )
    end
);
drop policy if exists sub_org on ledger.shipment_line;
create policy sub_org on ledger.shipment_line as restrictive using (
    case when current_user not in ('velaurum_owner', 'velaurum_app') then true
        else current_setting('velaurum.sub_orgs') = '*' or exists (
        select from ledger.shipment as s
        where s.org_id = shipment_line.org_id and s.id = shipment_line.shipment_id
    )
    end
);
drop policy if exists sub_org on counting.count;
create policy sub_org on counting.count as restrictive using (
    case when current_user not in ('velaurum_owner', 'velaurum_app') then true
        else current_setting('velaurum.sub_orgs') = '*' or exists (
        select from catalog.location as l
        where l.org_id = count.org_id and l.id = count.location_id
            and l.sub_org_id = any(nullif(current_setting('velaurum.sub_orgs', true), '*')::uuid[])
    )
    end
);
drop policy if exists sub_org on counting.count_line;
create policy sub_org on counting.count_line as restrictive using (
    case when current_user not in ('velaurum_owner', 'velaurum_app') then true
        else current_setting('velaurum.sub_orgs') = '*' or exists (
        select from catalog.location as l
        where l.org_id = count_line.org_id and l.id = count_line.location_id
            and l.sub_org_id = any(nullif(current_setting('velaurum.sub_orgs', true), '*')::uuid[])
    )
    end
);
-- A change and its version are of the department that the record belongs to. They are written with the change itself,
-- whoever makes it. What every department sees of the present, it sees of the past.
drop policy if exists sub_org on audit.change;
create policy sub_org on audit.change as restrictive using (
    case when current_user not in ('velaurum_owner', 'velaurum_app') then true
        else current_setting('velaurum.sub_orgs') = '*' or is_shared
            or sub_org_id = any(nullif(current_setting('velaurum.sub_orgs'), '*')::uuid[])
    end
) with check (true);
drop policy if exists sub_org on audit.version;
create policy sub_org on audit.version as restrictive using (
    case when current_user not in ('velaurum_owner', 'velaurum_app') then true
        else current_setting('velaurum.sub_orgs') = '*' or is_shared
            or sub_org_id = any(nullif(current_setting('velaurum.sub_orgs'), '*')::uuid[])
    end
) with check (true);
