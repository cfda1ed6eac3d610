-- What the planner believes before there are rows. Without this it takes any index that begins with org_id for as good
-- as the one that matches whole, keeps that plan while the table grows, and posting becomes quadratic.
-- Every organisation is assumed to own half of each table: org_id alone is never selective.
alter table tenancy.org alter column org_id set (n_distinct = 2);
alter table identity.principal alter column org_id set (n_distinct = 2);
alter table identity.token alter column org_id set (n_distinct = 2);
alter table catalog.item alter column org_id set (n_distinct = 2);
alter table catalog.location alter column org_id set (n_distinct = 2);
alter table ledger.head alter column org_id set (n_distinct = 2);
alter table ledger.balance alter column org_id set (n_distinct = 2);
alter table ledger.movement alter column org_id set (n_distinct = 2);
alter table ledger.decision alter column org_id set (n_distinct = 2);
alter table ledger.movement_note alter column org_id set (n_distinct = 2);

do $$
begin
    if exists (select from tenancy.org) then
        raise exception 'the sampled statistics are for a database without organisations';
    end if;
end
$$;

-- Sample rows, one an organisation; they are gone before this transaction ends, what ANALYZE learned stays.
create table platform.sample as
select gen_random_uuid() as org_id, gen_random_uuid() as id, 'sample-' || n as code, n, sha256(int4send(n)) as hash
from generate_series(1, 300) as n;

insert into tenancy.org (org_id, code, region) select s.org_id, s.code, 'nowhere' from platform.sample as s;
insert into identity.principal (org_id, id, kind, name, created_by)
select s.org_id, s.id, 'process', s.code, s.id from platform.sample as s;
insert into identity.token (org_id, id, principal_id, role, secret_hash, created_by, expires_at)
select s.org_id, s.id, s.id, 'auditor', s.hash, s.id, 'infinity' from platform.sample as s;
insert into catalog.item (org_id, id, code, code_key, name, unit, tracking, created_by, updated_by)
select s.org_id, s.id, s.code, s.code, s.code, 'EA', 'none', s.id, s.id from platform.sample as s;
insert into catalog.location (org_id, id, code, code_key, name, kind, created_by, updated_by)
select s.org_id, s.id, s.code, s.code, s.code, 'storage', s.id, s.id from platform.sample as s;
insert into ledger.head (org_id) select s.org_id from platform.sample as s;
insert into ledger.balance (org_id, item_id, location_id, on_hand, seq)
select s.org_id, s.id, s.id, s.n, s.n from platform.sample as s;
insert into ledger.movement (
    org_id, log_index, id, kind, item_id, source_id, target_id, quantity, unit, source_seq, source_on_hand, target_seq,
    target_on_hand, occurred_at, recorded_at, actor_id, credential_id, request_id, idempotency_key, request_hash,
    reason, reverses_id, entry, leaf_hash
)
select
    s.org_id, s.n, s.id, 'reversal', s.id, s.id, gen_random_uuid(), s.n, 'EA', s.n, s.n, s.n, s.n,
    clock_timestamp(), clock_timestamp(), s.id, s.id, s.id, s.code, s.hash, s.code, s.id,
    convert_to(repeat(s.code, 80), 'UTF8'), sha256('\x00'::bytea || convert_to(repeat(s.code, 80), 'UTF8'))
from platform.sample as s;
insert into ledger.decision (
    org_id, idempotency_key, request_hash, outcome, record_id, actor_id, credential_id, request_id
)
select s.org_id, s.code, s.hash, 'created', s.id, s.id, s.id, s.id from platform.sample as s;
insert into ledger.movement_note (org_id, movement_id, salt, note)
select s.org_id, s.id, s.hash, s.code from platform.sample as s;

analyze tenancy.org, identity.principal, identity.token, catalog.item, catalog.location, ledger.head, ledger.balance,
ledger.movement, ledger.decision, ledger.movement_note;

truncate tenancy.org, identity.principal, identity.token, catalog.item, catalog.location, ledger.head, ledger.balance,
ledger.movement, ledger.decision, ledger.movement_note;

drop table platform.sample;
