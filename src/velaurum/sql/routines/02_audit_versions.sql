-- Versions: each change gets its place in the organisation's log when its transaction commits. The head row is taken
-- then, last and for a short time, so that whoever posts waits for no rename; the price is the same for every change.

-- Write the version of a change at a place in the log. The head is locked.
create or replace function audit.place(p_org_id uuid, p_change_id uuid, p_log_index bigint, p_recorded_at timestamptz)
returns void
language plpgsql as $$
declare
    c audit.change;
    before audit.version;
    v audit.version;
    of_kind text;
begin
    select * into strict c from audit.change as x where x.org_id = p_org_id and x.id = p_change_id;
    select * into before from audit.version as x
    where x.org_id = p_org_id and x.subject = c.subject and x.subject_id = c.subject_id
    order by x.log_index desc limit 1;
    select p.kind into strict of_kind from identity.principal as p where p.org_id = p_org_id and p.id = c.actor_id;
    v := row(
        p_org_id, p_log_index, c.id, c.subject, c.subject_id, c.sub_org_id, c.is_shared, p_recorded_at, c.action,
        before.log_index, c.sv, null, null);
    v.entry := audit.change_entry(v, c, of_kind, before.leaf_hash);
    v.leaf_hash := sha256(decode('00', 'hex') || v.entry);
    insert into audit.version (
        org_id, log_index, change_id, subject, subject_id, sub_org_id, is_shared, recorded_at, action, previous_index,
        sv, entry, leaf_hash
    ) values (
        p_org_id, v.log_index, v.change_id, v.subject, v.subject_id, v.sub_org_id, v.is_shared, v.recorded_at, v.action,
        v.previous_index, v.sv, v.entry, v.leaf_hash
    );
end
$$;

-- The trigger, as the transaction commits. Whoever had its place given before has it. While the organisation is
-- suspended the operator's hand alone is recorded: everybody else came too late, as with a posting. While its log is
-- held nobody is. A transaction may have entered another organisation since; then it is in this one from here on,
-- where nobody acts.
create or replace function audit.number_change() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off as $$
declare
    of_org_id uuid := new.org_id;
    sub_orgs text;
    head ledger.head;
    moment timestamptz;
begin
    if current_setting('velaurum.org', true) is distinct from of_org_id::text then
        perform tenancy.set_context(of_org_id, null);
    end if;
    sub_orgs := tenancy.see_sub_orgs('*');
    if not exists (
        select from audit.version as v where v.org_id = of_org_id and v.change_id = new.id
    ) then
        select * into strict head from ledger.head as h where h.org_id = of_org_id for update;
        perform tenancy.refuse_entry(of_org_id, new.credential_id is null);
        moment := greatest(clock_timestamp(), head.recorded_at + interval '1 microsecond');
        perform audit.place(of_org_id, new.id, head.size, moment);
        update ledger.head as h set size = h.size + 1, recorded_at = moment where h.org_id = of_org_id;
    end if;
    perform tenancy.see_sub_orgs(sub_orgs);
    return null;
end
$$;

do $$
begin
    -- There is no OR REPLACE for a trigger that waits for the commit.
    if not exists (
        select from pg_catalog.pg_trigger as g
        where g.tgrelid = 'audit.change'::regclass and g.tgname = 'change_is_numbered'
    ) then
        create constraint trigger change_is_numbered after insert on audit.change
        deferrable initially deferred for each row execute function audit.number_change();
    end if;
end
$$;
alter table audit.change enable always trigger change_is_numbered;
