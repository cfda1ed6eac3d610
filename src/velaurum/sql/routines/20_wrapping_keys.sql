-- Wrapping keys: which key of which provider wraps an organisation's data keys. Once one is retired no data key comes
-- under it any more, so that those under it become fewer until it can go.

-- Let a key of a provider wrap from now on, in the place of p_before. False when somebody was first.
create or replace function keys.name_wrapping_key(
    p_org_id uuid, p_id uuid, p_provider text, p_name text, p_version text, p_before uuid
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    if p_before is not null then
        update keys.wrapping_key as w set state = 'retired', retired_at = clock_timestamp()
        where w.org_id = p_org_id and w.id = p_before and w.state = 'active';
        if not found then
            return false;
        end if;
    end if;
    insert into keys.wrapping_key (org_id, id, provider, name, version)
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
create or replace function keys.end_wrapping_key(p_org_id uuid, p_id uuid) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    update keys.wrapping_key as w set state = 'destroyed', destroyed_at = clock_timestamp()
    where w.org_id = p_org_id and w.id = p_id and keys.is_unused(p_org_id, p_id);
    return found;
end
$$;

create or replace trigger wrapping_key_stays_itself before update of
org_id, id, provider, name, version, created_at on keys.wrapping_key
for each row execute function ledger.refuse_change();
create or replace trigger wrapping_key_goes_one_way before update on keys.wrapping_key
for each row when (old.state = 'destroyed' or old.state <> 'active' and new.state = 'active')
execute function ledger.refuse_change();
alter table keys.wrapping_key enable always trigger wrapping_key_stays_itself;
alter table keys.wrapping_key enable always trigger wrapping_key_goes_one_way;
