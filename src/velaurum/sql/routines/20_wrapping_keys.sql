-- Wrapping keys: which key of which provider wraps an organisation's data keys. Once one is retired no data key comes
-- under it any more, so that those under it become fewer until it can go.

-- Say who changes keys: whoever asked for it, by their credential; without one it is the operator's own hand, or the
-- product's own process, which makes the first key as something is sealed.
create or replace function keys.act_as(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid)
returns void
language plpgsql as $$
begin
    perform identity.act_as(p_org_id, case
        when p_credential_id is not null then p_actor_id
        else (select p.id from identity.principal as p where p.org_id = p_org_id and p.created_by = p.id)
    end, p_credential_id, p_request_id);
end
$$;

-- Let a key of a provider wrap from now on, in the place of p_before. False when somebody was first.
create or replace function keys.name_wrapping_key(
    p_org_id uuid, p_id uuid, p_provider text, p_name text, p_version text, p_before uuid, p_actor_id uuid,
    p_credential_id uuid, p_request_id uuid
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    -- First of all, as a data key is made beside whoever holds it, and waits for the row of its wrapping key.
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform keys.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    if p_before is not null then
        update keys.wrapping_key as w set state = 'retired', retired_at = clock_timestamp()
        where w.org_id = p_org_id and w.id = p_before and w.state = 'active';
        if not found then
            return false;
        end if;
    end if;
    insert into keys.wrapping_key (org_id, id, provider, name, key_version)
    values (p_org_id, p_id, p_provider, p_name, p_version)
    on conflict do nothing;
    if not found and p_before is not null then
        raise exception 'this version of the key wrapped before' using errcode = 'VL053';
    end if;
    return found;
end
$$;

-- Put a data key that was wrapped anew in the place of what it was. False when somebody was first.
create or replace function keys.rewrap(
    p_org_id uuid, p_id uuid, p_before uuid, p_wrapped bytea, p_wrapping_key_id uuid
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    perform from keys.wrapping_key as w
    where w.org_id = p_org_id and w.id = p_wrapping_key_id and w.state = 'active'
    for share;
    if not found then
        return false;
    end if;
    update keys.data_key as k set wrapped = p_wrapped, wrapping_key_id = p_wrapping_key_id
    where k.org_id = p_org_id and k.id = p_id and k.wrapping_key_id = p_before and k.wrapped is not null;
    return found;
end
$$;

-- Whether a retired key wraps nothing that is left, so that its provider may destroy it.
create or replace function keys.is_unused(p_org_id uuid, p_id uuid) returns boolean
language sql stable
set search_path = pg_catalog, pg_temp as $$
    select exists (
        select from keys.wrapping_key as w where w.org_id = p_org_id and w.id = p_id and w.state = 'retired'
    ) and not exists (
        select from keys.data_key as k
        where k.org_id = p_org_id and k.wrapping_key_id = p_id and k.wrapped is not null
    )
$$;

-- Write down that its provider destroyed a key. False while it is of use.
create or replace function keys.end_wrapping_key(
    p_org_id uuid, p_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform keys.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    update keys.wrapping_key as w set state = 'destroyed', destroyed_at = clock_timestamp()
    where w.org_id = p_org_id and w.id = p_id and keys.is_unused(p_org_id, p_id);
    return found;
end
$$;

-- Enter what became of wrapping keys while the log was held, by the operator who takes it up. A key that the log does
-- not know is `found`, one that it knows otherwise `carried`; one that is not here, as the log came from another
-- installation and its keys did not, is `removed`.
create or replace function keys.enter_what_waited(p_org_id uuid) returns void
language plpgsql as $$
declare
    how audit.opting := audit.plain_opting('wrapping-key');
    x record;
begin
    for x in
        select v.was, w.said
        from (
            select distinct on (n.subject_id)
                n.subject_id, audit.record_of(p_org_id, n.change_id) as was
            from audit.version as n
            where n.org_id = p_org_id and n.subject = how.subject
            order by n.subject_id, n.log_index desc
        ) as v full join (
            select k.id, to_jsonb(k) as said from keys.wrapping_key as k where k.org_id = p_org_id
        ) as w on v.subject_id = w.id
        order by coalesce(v.subject_id, w.id)
    loop
        if x.was is distinct from audit.canonical_row(x.said, how.names, how.kinds) then
            perform audit.keep_change(p_org_id, how, case
                when x.was is null then 'found' when x.said is null then 'removed' else 'carried'
            end, x.was, x.said);
        end if;
    end loop;
end
$$;

create or replace trigger wrapping_key_stays_itself before update of
org_id, id, provider, name, key_version, created_at on keys.wrapping_key
for each row execute function ledger.refuse_change();
create or replace trigger wrapping_key_goes_one_way before update on keys.wrapping_key
for each row when (old.state = 'destroyed' or old.state <> 'active' and new.state = 'active')
execute function ledger.refuse_change();
alter table keys.wrapping_key enable always trigger wrapping_key_stays_itself;
alter table keys.wrapping_key enable always trigger wrapping_key_goes_one_way;

select audit.record_changes(
    'keys.wrapping_key', 'wrapping-key', '{id}', '{}', '{}', 'shared', p_waits => true
);
