-- What is said in each log of the keys that sign it: from where on one signs, and from where on it does no more.

-- A constraint is checked behind the policies of rows that are there, and they want an organisation.
select
    set_config('velaurum.org', '00000000-0000-0000-0000-000000000000', true),
    set_config('velaurum.sub_orgs', '*', true);

-- `verifier_key` has the log's name of then; `public_key` is kind and key in base64, the same under every name. A
-- key from before signs beside one that is announced until `overlap_until` at least.
create table audit.log_key (
    org_id uuid not null references tenancy.org (org_id),
    id uuid not null,
    state text not null check (state in ('announced', 'signing', 'retired')),
    verifier_key text not null,
    public_key text not null check (public_key ~ '^[A-Za-z0-9+/]+={0,2}$' and char_length(public_key) < 2000),
    stated_at timestamptz not null,
    overlap_until timestamptz,
    reason text not null check (char_length(reason) between 1 and 200),
    actor_id uuid not null,
    primary key (org_id, id),
    constraint log_key_state_key unique (org_id, public_key, state),
    foreign key (org_id, actor_id) references identity.principal (org_id, id),
    check (right(verifier_key, char_length(public_key) + 1) = '+' || public_key)
);
alter table audit.log_key alter column org_id set (n_distinct = 2);
