-- What is bounded is forgotten when it is old, and what is counted is found without reading all that is kept.

-- What a run did, in numbers: what was forgotten, by kind.
alter table platform.schedule
add column result jsonb check (jsonb_typeof(result) = 'object' and octet_length(result::text) <= 4096);
drop function if exists platform.note_schedule(text, text, interval, timestamptz, boolean);

create index job_ended on jobs.job (org_id, ended_at) where ended_at is not null;
create index delivery_ended on webhooks.delivery (org_id, ended_at) where ended_at is not null;
create index delivery_dead on webhooks.delivery (org_id, id) where state = 'dead';
create index attempt_ended on webhooks.attempt (org_id, ended_at);
create index inbox_taken on events.inbox (org_id, taken_at);
create index message_dead on transport.message (org_id, dead_at) where dead_at is not null;
create index message_published on transport.message (org_id, published_at);

-- The walls that refused every removal give way to guards that know how old a row is.
drop trigger if exists job_is_never_removed on jobs.job;
drop trigger if exists job_row_is_never_removed on jobs.job;
drop trigger if exists attempt_is_append_only on jobs.attempt;
drop trigger if exists attempt_row_is_append_only on jobs.attempt;
drop trigger if exists act_is_append_only on jobs.act;
drop trigger if exists act_row_is_append_only on jobs.act;
drop trigger if exists delivery_is_never_removed on webhooks.delivery;
drop trigger if exists delivery_row_is_never_removed on webhooks.delivery;
drop trigger if exists attempt_is_append_only on webhooks.attempt;
drop trigger if exists attempt_row_is_append_only on webhooks.attempt;
drop trigger if exists act_is_append_only on webhooks.act;
drop trigger if exists act_row_is_append_only on webhooks.act;
