-- name: create
-- cross-sub-org: periods are the whole organisation's, and so is an idempotency key.
select outcome, replayed, record_id, problem
from ledger.create_period(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(idempotency_key)s, %(request_hash)s,
    %(code)s, %(code_key)s, %(starts_at)s, %(ends_at)s
);

-- name: get
select
    p.id, p.code, platform.instant(p.starts_at) as starts_at, platform.instant(p.ends_at) as ends_at, p.state,
    p.closed_at_size, p.reopen_asked_by, platform.instant(p.reopen_asked_at) as reopen_asked_at, p.reopen_reason,
    p.version, platform.instant(p.created_at) as created_at, platform.instant(p.updated_at) as updated_at
from ledger.period as p
where p.org_id = %(org_id)s and p.id = %(id)s
union all
select
    p.id, p.code, platform.instant(p.starts_at), platform.instant(p.ends_at), p.state,
    p.closed_at_size, p.reopen_asked_by, platform.instant(p.reopen_asked_at), p.reopen_reason,
    p.version, platform.instant(p.created_at), platform.instant(p.updated_at)
from ledger.period as p
where p.org_id = %(org_id)s and p.code = %(code)s;

-- name: list_page
-- The order in which they were made is that of their time.
select
    p.id, p.code, platform.instant(p.starts_at) as starts_at, platform.instant(p.ends_at) as ends_at, p.state,
    p.closed_at_size, p.reopen_asked_by, platform.instant(p.reopen_asked_at) as reopen_asked_at, p.reopen_reason,
    p.version, platform.instant(p.created_at) as created_at, platform.instant(p.updated_at) as updated_at
from ledger.period as p
where p.org_id = %(org_id)s and p.id > %(after)s
order by p.id
limit %(limit)s;

-- name: close
-- No row when the period is not at this version any more, or is as closed already.
select c.id
from ledger.close_period(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(version)s, %(state)s
) as c;

-- name: ask_reopening
-- No row when the period is not at this version any more, is open, or somebody asked within seven days.
select a.id
from ledger.ask_reopening(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(version)s, %(reason)s
) as a;

-- name: confirm_reopening
-- No row when the period is not at this version any more, or nobody asked within seven days.
select c.id
from ledger.confirm_reopening(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(version)s
) as c;
