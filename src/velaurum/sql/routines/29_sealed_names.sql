-- Names of people once they stand: under a key that lives, and sealed anew. A former name is never altered where it
-- stands; a sealed one takes its place in one transaction, for the commitment that the log has, or not at all.

-- Whose a personal value is: who the record of the change is of.
create or replace function audit.require_persons_key() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    -- Who acts may not see the record that they change. A superuser sees all, and may have said nothing.
    sub_orgs text := case when current_setting('velaurum.sub_orgs', true) <> '*' then tenancy.see_sub_orgs('*') end;
    person_id uuid;
begin
    select case c.subject when 'principal' then c.subject_id else (c.row_after ->> 'principal_id')::uuid end
    into person_id from audit.change as c
    where c.org_id = new.org_id and c.id = new.change_id;
    if sub_orgs is not null then
        perform tenancy.see_sub_orgs(sub_orgs);
    end if;
    perform keys.hold_key_of(new.org_id, keys.envelope_of(new.value), person_id, 'audit.personal_value.value');
    return new;
end
$$;

create or replace trigger name_is_under_a_living_key before insert or update of name on identity.principal
for each row when (keys.is_sealed_text(new.name)) execute function keys.require_living_key('name', 'id');
create or replace trigger value_is_under_a_living_key before insert on audit.personal_value
for each row when (new.salt is null) execute function audit.require_persons_key();
alter table identity.principal enable always trigger name_is_under_a_living_key;
alter table audit.personal_value enable always trigger value_is_under_a_living_key;

-- Put another envelope of a person's name in the place of p_before. What is sealed keeps its commitment; what was plain
-- gets the one that the log has, or else this is a change, which has an actor. False where p_before stands no longer.
create or replace function identity.seal_name(p_org_id uuid, p_principal_id uuid, p_before text, p_name text)
returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    update identity.principal as p set name = p_name
    where p.org_id = p_org_id and p.id = p_principal_id and p.kind = 'user' and p.name = p_before
        and keys.is_sealed_text(p_name)
        and coalesce(keys.commitment_of(p_before), keys.commitment_of(p_name)) = keys.commitment_of(p_name);
    return found;
end
$$;

-- The same of a former name, which is one of a person's own record. p_before is plain, or sealed.
create or replace function audit.seal_value(p_org_id uuid, p_change_id uuid, p_name text, p_before text, p_value text)
returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    delete from audit.personal_value as v using audit.change as c
    where v.org_id = p_org_id and v.change_id = p_change_id and v.name = p_name and v.value = p_before
        and c.org_id = p_org_id and c.id = p_change_id and c.commitments ->> p_name = keys.commitment_of(p_value)
        and (c.subject, p_name) in (
            ('principal', 'name'), ('invitation', 'login'), ('password', 'login'), ('provider-subject', 'subject'),
            ('scim-user', 'user_name'), ('scim-user', 'external_id'), ('scim-user', 'attributes_digest'),
            ('passkey', 'name')
        );
    if not found then
        return false;
    end if;
    insert into audit.personal_value (org_id, change_id, name, value) values (p_org_id, p_change_id, p_name, p_value);
    return true;
end
$$;
