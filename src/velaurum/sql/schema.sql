-- The whole database after a fresh migration, written by `make schema`. Nothing reads this page but people: its diff
-- shows what a change does in total. Edit the migrations, the routines, the grants or the fence instead.

CREATE SCHEMA audit;

ALTER SCHEMA audit OWNER TO velaurum_owner;

CREATE SCHEMA catalog;

ALTER SCHEMA catalog OWNER TO velaurum_owner;

CREATE SCHEMA counting;

ALTER SCHEMA counting OWNER TO velaurum_owner;

CREATE SCHEMA events;

ALTER SCHEMA events OWNER TO velaurum_owner;

CREATE SCHEMA fence;

CREATE SCHEMA identity;

ALTER SCHEMA identity OWNER TO velaurum_owner;

CREATE SCHEMA jobs;

ALTER SCHEMA jobs OWNER TO velaurum_owner;

CREATE SCHEMA keys;

ALTER SCHEMA keys OWNER TO velaurum_owner;

CREATE SCHEMA ledger;

ALTER SCHEMA ledger OWNER TO velaurum_owner;

CREATE SCHEMA platform;

ALTER SCHEMA platform OWNER TO velaurum_owner;

CREATE SCHEMA tenancy;

ALTER SCHEMA tenancy OWNER TO velaurum_owner;

CREATE SCHEMA transport;

ALTER SCHEMA transport OWNER TO velaurum_owner;

CREATE SCHEMA webhooks;

ALTER SCHEMA webhooks OWNER TO velaurum_owner;

CREATE SCHEMA witness;

CREATE EXTENSION IF NOT EXISTS pg_stat_statements WITH SCHEMA witness;

COMMENT ON EXTENSION pg_stat_statements IS 'track planning and execution statistics of all SQL statements executed';

CREATE TYPE audit.opting AS (
	subject text,
	key text[],
	department text,
	names text[],
	kinds text[],
	personal text[],
	apart text[],
	sv integer,
	sealed text[],
	waits boolean
);

ALTER TYPE audit.opting OWNER TO velaurum_owner;

CREATE TYPE counting.line_intake AS (
	ord integer,
	idempotency_key text,
	item_id uuid,
	item_code text,
	lot_id uuid,
	lot_code text,
	serial_id uuid,
	serial_code text,
	status text,
	quantity numeric,
	at_size bigint
);

ALTER TYPE counting.line_intake OWNER TO velaurum_owner;

CREATE TYPE ledger.display AS (
	item_code text,
	source_code text,
	source_sub_org_id uuid,
	source_is_shared boolean,
	target_code text,
	target_sub_org_id uuid,
	target_is_shared boolean,
	actor_kind text,
	actor_name text,
	note_sealed bytea,
	lot_code text,
	serial_code text
);

ALTER TYPE ledger.display OWNER TO velaurum_owner;

CREATE TYPE ledger.intake AS (
	ord integer,
	idempotency_key text,
	kind text,
	item_id uuid,
	item_code text,
	source_id uuid,
	source_code text,
	target_id uuid,
	target_code text,
	quantity numeric,
	unit text,
	occurred_at timestamp with time zone,
	reference text,
	reason text,
	source_guard numeric,
	target_guard numeric,
	reverses_id uuid,
	actor_id uuid,
	credential_id uuid,
	request_id uuid,
	approval_id uuid,
	note_sealed bytea,
	note_commitment bytea,
	lot_id uuid,
	lot_code text,
	serial_id uuid,
	serial_code text,
	source_status text,
	target_status text
);

ALTER TYPE ledger.intake OWNER TO velaurum_owner;

CREATE TYPE ledger.outcome AS (
	ord integer,
	status text,
	replayed boolean,
	problem jsonb,
	log_index bigint
);

ALTER TYPE ledger.outcome OWNER TO velaurum_owner;

CREATE TYPE ledger.part AS (
	lot_id uuid,
	lot_code text,
	expires_on date,
	serial_id uuid,
	serial_code text,
	is_held boolean
);

ALTER TYPE ledger.part OWNER TO velaurum_owner;

CREATE TABLE ledger.balance (
    org_id uuid NOT NULL,
    item_id uuid NOT NULL,
    location_id uuid NOT NULL,
    on_hand numeric(38,9) NOT NULL,
    seq bigint NOT NULL,
    lot_id uuid,
    serial_id uuid,
    status text,
    held_serial_id uuid,
    latest_occurred_at timestamp with time zone,
    CONSTRAINT balance_on_hand_check CHECK (((on_hand >= (0)::numeric) AND (on_hand < 'Infinity'::numeric))),
    CONSTRAINT balance_part_check CHECK ((((lot_id IS NULL) OR (serial_id IS NULL)) AND ((serial_id IS NULL) OR (on_hand <= (1)::numeric)) AND (NOT (held_serial_id IS DISTINCT FROM
CASE
    WHEN (on_hand > (0)::numeric) THEN serial_id
    ELSE NULL::uuid
END)) AND (status = ANY (ARRAY['quarantine'::text, 'blocked'::text, 'damaged'::text])))),
    CONSTRAINT balance_seq_check CHECK ((seq > 0))
)
WITH (fillfactor='70');
ALTER TABLE ONLY ledger.balance ALTER COLUMN org_id SET (n_distinct=2);
ALTER TABLE ONLY ledger.balance ALTER COLUMN location_id SET (n_distinct=2);

ALTER TABLE ONLY ledger.balance REPLICA IDENTITY FULL;

ALTER TABLE ONLY ledger.balance FORCE ROW LEVEL SECURITY;

ALTER TABLE ledger.balance OWNER TO velaurum_owner;

CREATE TYPE ledger.candidate AS (
	asked ledger.intake,
	actor_kind text,
	item_id uuid,
	unit text,
	quantity numeric,
	source_id uuid,
	target_id uuid,
	reversed_kind text,
	already_reversed boolean,
	request_hash bytea,
	earlier ledger.outcome,
	first_ord integer,
	is_like_first boolean,
	has_note_of_first boolean,
	source_slot integer,
	source ledger.balance,
	target_slot integer,
	target ledger.balance,
	display ledger.display,
	stated_quantity numeric,
	stated_unit text,
	part ledger.part,
	source_status text,
	target_status text
);

ALTER TYPE ledger.candidate OWNER TO velaurum_owner;

CREATE TYPE ledger.outcome_of_record AS (
	outcome text,
	replayed boolean,
	record_id uuid,
	problem jsonb
);

ALTER TYPE ledger.outcome_of_record OWNER TO velaurum_owner;

CREATE TABLE ledger.decision (
    org_id uuid NOT NULL,
    idempotency_key text NOT NULL,
    request_hash bytea NOT NULL,
    outcome text NOT NULL,
    problem jsonb,
    record_id uuid,
    decided_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    actor_id uuid NOT NULL,
    credential_id uuid NOT NULL,
    request_id uuid NOT NULL,
    CONSTRAINT decision_check CHECK (((outcome = 'refused'::text) = (problem IS NOT NULL))),
    CONSTRAINT decision_check1 CHECK (((outcome = 'created'::text) = (record_id IS NOT NULL))),
    CONSTRAINT decision_idempotency_key_check CHECK (((idempotency_key ~ '^[!-~]+$'::text) AND (octet_length(idempotency_key) <= 255))),
    CONSTRAINT decision_outcome_check CHECK ((outcome = ANY (ARRAY['refused'::text, 'created'::text]))),
    CONSTRAINT decision_problem_check CHECK ((problem ? 'code'::text)),
    CONSTRAINT decision_request_hash_check CHECK ((octet_length(request_hash) = 32))
);
ALTER TABLE ONLY ledger.decision ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY ledger.decision FORCE ROW LEVEL SECURITY;

ALTER TABLE ledger.decision OWNER TO velaurum_owner;

CREATE TABLE ledger.movement (
    org_id uuid NOT NULL,
    log_index bigint NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    item_id uuid NOT NULL,
    source_id uuid NOT NULL,
    target_id uuid NOT NULL,
    quantity numeric(28,9) NOT NULL,
    unit text NOT NULL,
    source_seq bigint,
    source_on_hand numeric(38,9),
    target_seq bigint,
    target_on_hand numeric(38,9),
    occurred_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    actor_id uuid NOT NULL,
    credential_id uuid NOT NULL,
    request_id uuid NOT NULL,
    idempotency_key text NOT NULL,
    request_hash bytea NOT NULL,
    reference text,
    reason text,
    reverses_id uuid,
    note_commitment bytea,
    entry bytea NOT NULL,
    leaf_hash bytea NOT NULL,
    approval_id uuid,
    xid xid8 DEFAULT pg_current_xact_id(),
    stated_quantity numeric(28,9),
    stated_unit text,
    lot_id uuid,
    serial_id uuid,
    source_status text,
    target_status text,
    CONSTRAINT movement_approval_id_check CHECK (((approval_id IS NULL) OR (kind = ANY (ARRAY['opening'::text, 'adjustment'::text, 'scrap'::text, 'return'::text, 'reversal'::text])))),
    CONSTRAINT movement_check1 CHECK (((source_seq IS NULL) = (source_on_hand IS NULL))),
    CONSTRAINT movement_check2 CHECK (((target_seq IS NULL) = (target_on_hand IS NULL))),
    CONSTRAINT movement_check3 CHECK (((kind = 'reversal'::text) = (reverses_id IS NOT NULL))),
    CONSTRAINT movement_check4 CHECK (((reason IS NOT NULL) OR (kind <> ALL (ARRAY['adjustment'::text, 'scrap'::text, 'reversal'::text, 'status-change'::text])))),
    CONSTRAINT movement_entry_check CHECK ((octet_length(entry) <= 65535)),
    CONSTRAINT movement_idempotency_key_check CHECK (((idempotency_key ~ '^[!-~]+$'::text) AND (octet_length(idempotency_key) <= 255))),
    CONSTRAINT movement_kind_check CHECK ((kind = ANY (ARRAY['opening'::text, 'receipt'::text, 'issue'::text, 'transfer'::text, 'adjustment'::text, 'scrap'::text, 'return'::text, 'reversal'::text, 'status-change'::text]))),
    CONSTRAINT movement_leaf_hash_check CHECK ((leaf_hash = sha256(('\x00'::bytea || entry)))),
    CONSTRAINT movement_log_index_check CHECK ((log_index >= 0)),
    CONSTRAINT movement_note_commitment_check CHECK ((octet_length(note_commitment) = 32)),
    CONSTRAINT movement_occurred_at_check CHECK (((occurred_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (occurred_at < '10000-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT movement_quantity_check CHECK (((quantity > (0)::numeric) AND (quantity < 'Infinity'::numeric))),
    CONSTRAINT movement_reason_check CHECK (((char_length(reason) >= 1) AND (char_length(reason) <= 200))),
    CONSTRAINT movement_recorded_at_check CHECK (((recorded_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (recorded_at < '10000-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT movement_reference_check CHECK (((char_length(reference) >= 1) AND (char_length(reference) <= 200))),
    CONSTRAINT movement_request_hash_check CHECK ((octet_length(request_hash) = 32)),
    CONSTRAINT movement_source_on_hand_check CHECK (((source_on_hand >= (0)::numeric) AND (source_on_hand < 'Infinity'::numeric))),
    CONSTRAINT movement_source_seq_check CHECK ((source_seq > 0)),
    CONSTRAINT movement_stated_check CHECK ((((stated_quantity IS NULL) = (stated_unit IS NULL)) AND (stated_quantity > (0)::numeric) AND (stated_quantity < 'Infinity'::numeric) AND ((char_length(stated_unit) >= 1) AND (char_length(stated_unit) <= 16)) AND (stated_unit <> unit))),
    CONSTRAINT movement_stock_key_check CHECK ((((source_id <> target_id) OR (source_status IS DISTINCT FROM target_status)) AND ((lot_id IS NULL) OR (serial_id IS NULL)) AND ((serial_id IS NULL) OR (quantity = (1)::numeric)) AND ((source_status IS NULL) OR (source_seq IS NOT NULL)) AND ((target_status IS NULL) OR (target_seq IS NOT NULL)) AND
CASE kind
    WHEN 'issue'::text THEN (source_status IS NULL)
    WHEN 'transfer'::text THEN (NOT (source_status IS DISTINCT FROM target_status))
    ELSE ((kind = 'reversal'::text) OR ((source_id = target_id) = (kind = 'status-change'::text)))
END AND (source_status = ANY (ARRAY['quarantine'::text, 'blocked'::text, 'damaged'::text])) AND (target_status = ANY (ARRAY['quarantine'::text, 'blocked'::text, 'damaged'::text])))),
    CONSTRAINT movement_target_on_hand_check CHECK (((target_on_hand >= (0)::numeric) AND (target_on_hand < 'Infinity'::numeric))),
    CONSTRAINT movement_target_seq_check CHECK ((target_seq > 0))
);
ALTER TABLE ONLY ledger.movement ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY ledger.movement FORCE ROW LEVEL SECURITY;

ALTER TABLE ledger.movement OWNER TO velaurum_owner;

CREATE TABLE ledger.movement_note (
    org_id uuid NOT NULL,
    movement_id uuid NOT NULL,
    salt bytea,
    note text,
    sealed bytea,
    CONSTRAINT movement_note_note_check CHECK (((char_length(note) >= 1) AND (char_length(note) <= 2000))),
    CONSTRAINT movement_note_salt_check CHECK ((octet_length(salt) = 32)),
    CONSTRAINT movement_note_sealed_check CHECK ((((sealed IS NULL) = (salt IS NOT NULL)) AND ((sealed IS NULL) = (note IS NOT NULL)))),
    CONSTRAINT movement_note_size_check CHECK (((octet_length(sealed) >= 64) AND (octet_length(sealed) <= 16384)))
);
ALTER TABLE ONLY ledger.movement_note ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY ledger.movement_note FORCE ROW LEVEL SECURITY;

ALTER TABLE ledger.movement_note OWNER TO velaurum_owner;

CREATE TYPE ledger.verdict AS (
	outcomes ledger.outcome[],
	movements ledger.movement[],
	notes ledger.movement_note[],
	balances ledger.balance[],
	refusals ledger.decision[],
	displays ledger.display[]
);

ALTER TYPE ledger.verdict OWNER TO velaurum_owner;

CREATE TYPE platform.tally AS (
	statement text,
	types oid[],
	query_id bigint,
	calls bigint,
	unanswered bigint
);

ALTER TYPE platform.tally OWNER TO velaurum_owner;

CREATE TYPE tenancy.access AS (
	at timestamp with time zone,
	id uuid,
	request_ids uuid[],
	operations text[],
	actor_ids uuid[],
	credential_ids uuid[],
	statuses smallint[],
	statements integer,
	applied integer,
	exempt integer,
	subject_id uuid,
	shown_ids uuid[],
	log_size bigint,
	is_encrypted boolean
);

ALTER TYPE tenancy.access OWNER TO velaurum_owner;

CREATE TYPE webhooks.told AS (
	endpoint_id uuid,
	event_id text,
	type text,
	body text
);

ALTER TYPE webhooks.told OWNER TO velaurum_owner;

CREATE FUNCTION audit.action_of(p_before jsonb, p_after jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    select case
        when p_before is null then 'created'
        when p_after is null then 'removed'
        when p_before ->> 'revoked_at' is null and p_after ->> 'revoked_at' is not null then 'revoked'
        when p_before ->> 'disabled_at' is null and p_after ->> 'disabled_at' is not null then 'disabled'
        when p_before ->> 'disabled_at' is not null and p_after ->> 'disabled_at' is null then 'enabled'
        else 'changed'
    end
$$;

ALTER FUNCTION audit.action_of(p_before jsonb, p_after jsonb) OWNER TO velaurum_owner;

CREATE FUNCTION audit.anchor_checkpoint(p_org_id uuid, p_apart interval) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    leaf_salt bytea := audit.salt();
    newest audit.checkpoint;
begin
    perform tenancy.set_context(p_org_id, null);
    select c.* into newest from audit.checkpoint as c where c.org_id = p_org_id
    order by c.incarnation desc, c.size desc limit 1;
    if newest.size is null
        or exists (select from tenancy.org as o where o.org_id = p_org_id and o.held_since is not null)
        or exists (
            select from audit.anchor as a
            where a.org_id = p_org_id and a.incarnation = newest.incarnation and a.size = newest.size
        )
        or exists (
            select from audit.anchor as a
            where a.org_id = p_org_id and a.anchored_at > clock_timestamp() - p_apart
        ) then
        return false;
    end if;
    insert into audit.anchor (org_id, leaf_index, incarnation, size, salt)
    values (
        p_org_id, platform.add_meta_leaf(audit.meta_entry(leaf_salt, newest.note)), newest.incarnation, newest.size,
        leaf_salt
    );
    return true;
end
$$;

ALTER FUNCTION audit.anchor_checkpoint(p_org_id uuid, p_apart interval) OWNER TO velaurum_owner;

CREATE FUNCTION audit.canonical(p_object jsonb) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    AS $$
begin
    return (
        select concat('{', string_agg(concat(to_json(x.key), ':', case jsonb_typeof(x.value)
            when 'string' then to_json(x.value #>> '{}')::text
            when 'array' then concat('[', (
                select string_agg(to_json(e.value)::text, ',' order by e.place)
                from jsonb_array_elements_text(x.value) with ordinality as e (value, place)
            ), ']')
            else x.value::text
        end), ',' order by convert_to(x.key, 'UTF8')), '}')
        from jsonb_each(p_object) as x
    );
end
$$;

ALTER FUNCTION audit.canonical(p_object jsonb) OWNER TO velaurum_owner;

CREATE FUNCTION audit.canonical_row(p_row jsonb, p_names text[], p_kinds text[]) RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    AS $$
begin
    return (
        select coalesce(jsonb_object_agg(x.name, audit.canonical_value(x.kind, p_row -> x.name)), '{}')
        from unnest(p_names, p_kinds) as x (name, kind)
        where p_row ->> x.name is not null
    );
end
$$;

ALTER FUNCTION audit.canonical_row(p_row jsonb, p_names text[], p_kinds text[]) OWNER TO velaurum_owner;

CREATE FUNCTION audit.canonical_value(p_kind text, p_value jsonb) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    select case p_kind
        when 'plain' then p_value
        when 'bigint' then case
            when abs((p_value #>> '{}')::numeric) < 9007199254740992 then p_value else to_jsonb(p_value #>> '{}')
        end
        when 'numeric' then to_jsonb(p_value #>> '{}')
        when 'instant' then to_jsonb(case
            when isfinite((p_value #>> '{}')::timestamptz) then platform.instant((p_value #>> '{}')::timestamptz)
            else p_value #>> '{}'
        end)
        when 'interval' then to_jsonb(extract(epoch from (p_value #>> '{}')::interval)::text)
        when 'json' then to_jsonb(p_value::text)
    end
$$;

ALTER FUNCTION audit.canonical_value(p_kind text, p_value jsonb) OWNER TO velaurum_owner;

CREATE FUNCTION audit.carried(p_subject text, p_sv integer, p_row jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    AS $$
declare
    s record;
    carried jsonb := p_row;
begin
    for s in
        select x.columns from platform.shape as x where x.subject = p_subject and x.sv > p_sv order by x.sv
    loop
        carried := coalesce((
            select jsonb_object_agg(c.key, carried -> (c.value ->> 'was')) from jsonb_each(s.columns) as c
            where carried ? (c.value ->> 'was')
        ), '{}');
    end loop;
    return carried;
end
$$;

ALTER FUNCTION audit.carried(p_subject text, p_sv integer, p_row jsonb) OWNER TO velaurum_owner;

CREATE FUNCTION audit.carry() RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
    opted record;
    o record;
    has_carried boolean := false;
begin
    for opted in
        select g.tgrelid::regclass as name, rtrim(encode(g.tgargs, 'escape'), '\000')::audit.opting as how
        from pg_catalog.pg_trigger as g where g.tgfoid = 'audit.record_change()'::regprocedure order by g.tgrelid
    loop
        perform audit.make_history_view(opted.name, opted.how);
        if exists (
            select from platform.shape as s
            where s.subject = (opted.how).subject and s.made_at >= transaction_timestamp()
        ) then
            for o in
                select t.org_id from tenancy.org as t order by t.org_id
            loop
                perform tenancy.set_context(o.org_id, null);
                perform identity.act_as(o.org_id, (
                    select p.id from identity.principal as p where p.org_id = o.org_id and p.created_by = p.id
                ), null, null);
                perform audit.carry_table(o.org_id, opted.name, opted.how);
                has_carried := true;
            end loop;
        end if;
    end loop;
    if has_carried then
        execute 'analyze audit.change, audit.version, audit.personal_value';
    end if;
end
$$;

ALTER FUNCTION audit.carry() OWNER TO velaurum_owner;

CREATE FUNCTION audit.carry_table(p_org_id uuid, p_table regclass, how audit.opting) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
    head ledger.head;
    known audit.change;
    r record;
    new_id uuid;
    next_index bigint;
    moment timestamptz;
begin
    select * into strict head from ledger.head as h where h.org_id = p_org_id for update;
    next_index := head.size;
    moment := greatest(clock_timestamp(), head.recorded_at + interval '1 microsecond');
    for r in execute format(
        'select to_jsonb(t) as said, audit.id_of(%L, to_jsonb(t), %L) as id from %s as t where t.org_id = %L order by 2',
        how.subject, how.key, p_table, p_org_id)
    loop
        select c.* into known from audit.version as v inner join audit.change as c
            on v.org_id = c.org_id and v.change_id = c.id
        where v.org_id = p_org_id and v.subject = how.subject and v.subject_id = r.id
        order by v.log_index desc limit 1;
        if known.row_after is null or audit.carried(how.subject, known.sv, known.row_after) is distinct from
            audit.canonical_row(r.said, how.names, how.kinds) then
            new_id := audit.keep_change(
                p_org_id, how, case when known.id is null then 'found' else 'carried' end,
                case when known.id is not null then audit.carried(how.subject, known.sv, known.row_after) end, r.said);
            perform audit.place(p_org_id, new_id, next_index, moment);
            next_index := next_index + 1;
            moment := moment + interval '1 microsecond';
        end if;
    end loop;
    update ledger.head as h set size = next_index, recorded_at = moment - interval '1 microsecond'
    where h.org_id = p_org_id and h.size < next_index;
end
$$;

ALTER FUNCTION audit.carry_table(p_org_id uuid, p_table regclass, how audit.opting) OWNER TO velaurum_owner;

CREATE TABLE audit.change (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    actor_id uuid NOT NULL,
    credential_id uuid,
    request_id uuid,
    subject text NOT NULL,
    subject_id uuid NOT NULL,
    sub_org_id uuid,
    action text NOT NULL,
    before jsonb,
    after jsonb,
    sv integer,
    is_shared boolean DEFAULT false NOT NULL,
    row_after jsonb,
    commitments jsonb,
    CONSTRAINT change_action_check CHECK ((action = ANY (ARRAY['created'::text, 'changed'::text, 'disabled'::text, 'enabled'::text, 'revoked'::text, 'removed'::text, 'found'::text, 'carried'::text]))),
    CONSTRAINT change_after_check CHECK (((after IS NULL) = (action = 'removed'::text))),
    CONSTRAINT change_before_check CHECK (((before IS NULL) = (action = ANY (ARRAY['created'::text, 'found'::text])))),
    CONSTRAINT change_check CHECK (((credential_id IS NULL) OR (request_id IS NOT NULL))),
    CONSTRAINT change_commitments_check CHECK ((jsonb_typeof(commitments) = 'object'::text)),
    CONSTRAINT change_row_after_check CHECK ((jsonb_typeof(row_after) = 'object'::text)),
    CONSTRAINT change_subject_check CHECK ((subject ~ '^[a-z][a-z-]{1,38}[a-z]$'::text)),
    CONSTRAINT change_sv_check CHECK ((sv > 0))
);
ALTER TABLE ONLY audit.change ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY audit.change FORCE ROW LEVEL SECURITY;

ALTER TABLE audit.change OWNER TO velaurum_owner;

CREATE TABLE audit.version (
    org_id uuid NOT NULL,
    log_index bigint NOT NULL,
    change_id uuid NOT NULL,
    subject text NOT NULL,
    subject_id uuid NOT NULL,
    sub_org_id uuid,
    is_shared boolean NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    action text NOT NULL,
    previous_index bigint,
    sv integer NOT NULL,
    entry bytea NOT NULL,
    leaf_hash bytea NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id(),
    CONSTRAINT version_check CHECK ((previous_index < log_index)),
    CONSTRAINT version_entry_check CHECK ((octet_length(entry) <= 65535)),
    CONSTRAINT version_leaf_hash_check CHECK ((leaf_hash = sha256(('\x00'::bytea || entry)))),
    CONSTRAINT version_log_index_check CHECK ((log_index >= 0)),
    CONSTRAINT version_recorded_at_check CHECK (((recorded_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (recorded_at < '10000-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT version_sv_check CHECK ((sv > 0))
);
ALTER TABLE ONLY audit.version ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY audit.version FORCE ROW LEVEL SECURITY;

ALTER TABLE audit.version OWNER TO velaurum_owner;

CREATE FUNCTION audit.change_entry(v audit.version, c audit.change, p_actor_kind text, p_previous_leaf bytea) RETURNS bytea
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    AS $$
begin
    return convert_to(concat(
        '{"action":"', v.action, '"',
        ',"actor":{"id":"', c.actor_id, '","kind":"', p_actor_kind, '"', ',"via":"' || c.credential_id || '"', '}',
        ',"at":"', platform.instant(v.recorded_at), '"',
        ',"id":"', c.id, '"',
        ',"log_index":', v.log_index,
        ',"org":"', v.org_id, '"',
        ',"pii":' || audit.canonical(nullif(c.commitments, '{}')),
        ',"prev":{"leaf":"' || encode(p_previous_leaf, 'base64') || '","log_index":' || v.previous_index || '}',
        ',"req":"' || c.request_id || '"',
        ',"row":' || audit.canonical(c.row_after),
        ',"subject_id":"', v.subject_id, '"',
        ',"sv":', v.sv, ',"type":"change.', v.subject, '","v":1}'), 'UTF8');
end
$$;

ALTER FUNCTION audit.change_entry(v audit.version, c audit.change, p_actor_kind text, p_previous_leaf bytea) OWNER TO velaurum_owner;

CREATE FUNCTION audit.column_of_versions(p_subject text, p_name text, p_type text) RETURNS text
    LANGUAGE plpgsql
    AS $_$
declare
    s record;
    called text := p_name;
    expression text := '';
    value text;
begin
    for s in select x.sv, x.columns from platform.shape as x where x.subject = p_subject order by x.sv desc loop
        exit when called is null;
        value := case s.columns -> called ->> 'kind'
            when 'personal' then format(
                '(select p.value from audit.personal_value as p'
                ' where p.org_id = c.org_id and p.change_id = c.id and p.name = %L)::%s', called, p_type)
            when 'interval' then format('make_interval(secs => (c.row_after ->> %L)::float8)', called)
            else case
                when p_type like '%[]' then format(
                    'case when c.row_after ? %1$L then array(select e from jsonb_array_elements_text('
                    'c.row_after -> %1$L) as e)::%2$s end', called, p_type)
                else format('(c.row_after ->> %L)::%s', called, p_type)
            end
        end;
        expression := expression || format(' when v.sv >= %s then %s', s.sv, value);
        called := s.columns -> called ->> 'was';
    end loop;
    return format('case%s end as %I', expression, p_name);
end
$_$;

ALTER FUNCTION audit.column_of_versions(p_subject text, p_name text, p_type text) OWNER TO velaurum_owner;

CREATE FUNCTION audit.columns_of(p_table regclass, p_apart text[], p_personal text[]) RETURNS TABLE(name text, kind text)
    LANGUAGE sql STABLE
    AS $$
    select
        a.attname::text,
        case when a.attname = any(p_personal) then 'personal' else audit.kind_of(a.atttypid::regtype) end
    from pg_catalog.pg_attribute as a
    where a.attrelid = p_table and a.attnum > 0 and not a.attisdropped and a.attname <> 'org_id'
        and a.attname <> all(p_apart) and a.atttypid not in ('bytea'::regtype, 'bytea[]'::regtype)
    order by a.attname
$$;

ALTER FUNCTION audit.columns_of(p_table regclass, p_apart text[], p_personal text[]) OWNER TO velaurum_owner;

CREATE FUNCTION audit.compared(p_row jsonb, p_sealed text[]) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
begin
    if p_row is null or cardinality(p_sealed) = 0 then
        return p_row;
    end if;
    return p_row || (
        select coalesce(jsonb_object_agg(x.name, keys.commitment_of(p_row ->> x.name)), '{}')
        from unnest(p_sealed) as x (name) where keys.is_sealed_text(p_row ->> x.name)
    );
end
$$;

ALTER FUNCTION audit.compared(p_row jsonb, p_sealed text[]) OWNER TO velaurum_owner;

CREATE FUNCTION audit.differing(p_row jsonb, p_other jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
begin
    if p_row is null or p_other is null then
        return p_row;
    end if;
    return (
        select coalesce(jsonb_object_agg(x.key, x.value), '{}') from jsonb_each(p_row) as x
        where x.value is distinct from p_other -> x.key
    );
end
$$;

ALTER FUNCTION audit.differing(p_row jsonb, p_other jsonb) OWNER TO velaurum_owner;

CREATE FUNCTION audit.disclosed(p_org_id uuid, p_change_id uuid, p_members jsonb) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    select p_members || coalesce((
        select jsonb_object_agg(v.name, v.value) from audit.personal_value as v
        where v.org_id = p_org_id and v.change_id = p_change_id and p_members ? v.name
    ), '{}')
$$;

ALTER FUNCTION audit.disclosed(p_org_id uuid, p_change_id uuid, p_members jsonb) OWNER TO velaurum_owner;

CREATE FUNCTION audit.full_tiles(p_org_id uuid, p_level integer, p_from bigint, p_to bigint) RETURNS TABLE(n bigint, node_hashes bytea)
    LANGUAGE sql STABLE
    AS $$
    select l.log_index / 256, string_agg(l.leaf_hash, ''::bytea order by l.log_index)
    from audit.leaf as l
    where l.org_id = p_org_id and p_level = 0 and l.log_index >= p_from * 256 and l.log_index < p_to * 256
    group by l.log_index / 256
    union all
    select t.n / 256, string_agg(t.root, ''::bytea order by t.n)
    from audit.tile as t
    where t.org_id = p_org_id and t.level = p_level - 1 and t.n >= p_from * 256 and t.n < p_to * 256
    group by t.n / 256
$$;

ALTER FUNCTION audit.full_tiles(p_org_id uuid, p_level integer, p_from bigint, p_to bigint) OWNER TO velaurum_owner;

CREATE FUNCTION audit.has_grown(p_org_id uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform tenancy.set_context(p_org_id, null);
    if exists (select from tenancy.org as o where o.org_id = p_org_id and o.held_since is not null) then
        return false;
    end if;
    return (select h.size from ledger.head as h where h.org_id = p_org_id) > coalesce((
        select c.size from audit.checkpoint as c where c.org_id = p_org_id
        order by c.incarnation desc, c.size desc limit 1
    ), 0);
end
$$;

ALTER FUNCTION audit.has_grown(p_org_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION audit.has_to_wait(p_org_id uuid) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
begin
    perform from tenancy.org as o where o.org_id = p_org_id and o.held_since is not null for share;
    return found;
end
$$;

ALTER FUNCTION audit.has_to_wait(p_org_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION audit.hashes(p_org_id uuid, p_level integer, p_from bigint, p_to bigint) RETURNS bytea
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    sub_orgs text := tenancy.see_sub_orgs('*');
    found_hashes bytea;
begin
    select substring(t.node_hashes from (p_from % 256)::integer * 32 + 1 for (p_to - p_from)::integer * 32)
    into found_hashes
    from audit.tile as t where t.org_id = p_org_id and t.level = p_level and t.n = p_from / 256;
    if not found and p_level = 0 then
        found_hashes := (
            select string_agg(l.leaf_hash, ''::bytea order by l.log_index) from audit.leaf as l
            where l.org_id = p_org_id and l.log_index >= p_from and l.log_index < p_to
        );
    elsif not found then
        found_hashes := (
            select string_agg(t.root, ''::bytea order by t.n) from audit.tile as t
            where t.org_id = p_org_id and t.level = p_level - 1 and t.n >= p_from and t.n < p_to
        );
    end if;
    perform tenancy.see_sub_orgs(sub_orgs);
    return found_hashes;
end
$$;

ALTER FUNCTION audit.hashes(p_org_id uuid, p_level integer, p_from bigint, p_to bigint) OWNER TO velaurum_owner;

CREATE FUNCTION audit.history(p_org_id uuid, p_subject text, p_subject_id uuid, p_bounds text, p_a timestamp with time zone, p_b timestamp with time zone, p_sub_org_ids uuid[]) RETURNS TABLE(log_index bigint, subject_id uuid, change_id uuid, sub_org_id uuid, is_shared boolean, action text, valid_from timestamp with time zone, valid_to timestamp with time zone, ended_by bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    sub_orgs text := tenancy.see_sub_orgs('*');
begin
    return query
    select
        s.log_index, s.subject_id, s.change_id, s.sub_org_id, s.is_shared, s.action, s.valid_from, s.valid_to,
        s.ended_by
    from audit.spans(p_org_id, p_subject, p_subject_id) as s
    where audit.is_within(p_bounds, s.valid_from, s.valid_to, p_a, p_b)
        and tenancy.reaches(p_sub_org_ids, s.sub_org_id, s.is_shared);
    perform tenancy.see_sub_orgs(sub_orgs);
end
$$;

ALTER FUNCTION audit.history(p_org_id uuid, p_subject text, p_subject_id uuid, p_bounds text, p_a timestamp with time zone, p_b timestamp with time zone, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION audit.hold(p_org_id uuid, p_reason text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    update tenancy.org as o set held_since = clock_timestamp(), held_reason = p_reason
    where o.org_id = p_org_id and o.held_since is null;
end
$$;

ALTER FUNCTION audit.hold(p_org_id uuid, p_reason text) OWNER TO velaurum_owner;

CREATE FUNCTION audit.id_of(p_subject text, p_row jsonb, p_key text[]) RETURNS uuid
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    AS $$
begin
    if cardinality(p_key) = 1 then
        return (p_row ->> p_key[1])::uuid;
    end if;
    return substring(encode(sha256(convert_to(concat('velaurum-subject/v1/', p_subject, (
        select string_agg(concat('/', p_row ->> k.name), '' order by k.place)
        from unnest(p_key) with ordinality as k (name, place)
    )), 'UTF8')), 'hex') from 1 for 32)::uuid;
end
$$;

ALTER FUNCTION audit.id_of(p_subject text, p_row jsonb, p_key text[]) OWNER TO velaurum_owner;

CREATE FUNCTION audit.incarnation_of(p_org_id uuid) RETURNS integer
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    select coalesce(max(i.number), 0) from audit.incarnation as i where i.org_id = p_org_id
$$;

ALTER FUNCTION audit.incarnation_of(p_org_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION audit.integrate(p_org_id uuid) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    log_size bigint := (select h.size from ledger.head as h where h.org_id = p_org_id);
    at_level integer := 0;
    built bigint := audit.tile_count(p_org_id, 0);
    filled bigint := least(log_size / 256, built + 400);
begin
    if filled < log_size / 256 then
        log_size := filled * 256;
    end if;
    while filled > built loop
        insert into audit.tile (org_id, level, n, node_hashes, root)
        select p_org_id, at_level, x.n, x.node_hashes, audit.tile_root(x.node_hashes)
        from audit.full_tiles(p_org_id, at_level, built, filled) as x
        on conflict (org_id, level, n) do nothing;
        if audit.tile_count(p_org_id, at_level) <> filled then
            raise exception 'the log has a gap between % and %', built * 256, filled * 256 using errcode = 'VL024';
        end if;
        at_level := at_level + 1;
        built := audit.tile_count(p_org_id, at_level);
        filled := filled / 256;
    end loop;
    return log_size;
end
$$;

ALTER FUNCTION audit.integrate(p_org_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION audit.is_first_sealing(p_org_id uuid, how audit.opting, p_was jsonb, p_is jsonb) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
declare
    of_id uuid := audit.id_of(how.subject, p_is, how.key);
    known jsonb;
begin
    if cardinality(how.sealed) = 0 or p_was - how.apart - how.sealed <> p_is - how.apart - how.sealed then
        return false;
    end if;
    select c.commitments into known from audit.version as v
    inner join audit.change as c on v.org_id = c.org_id and v.change_id = c.id
    where v.org_id = p_org_id and v.subject = how.subject and v.subject_id = of_id
    order by v.log_index desc limit 1;
    return not exists (
        select from unnest(how.sealed) as x (name)
        where p_was ->> x.name is distinct from p_is ->> x.name and (
            keys.is_sealed_text(p_was ->> x.name)
            or keys.commitment_of(p_is ->> x.name) is distinct from known ->> x.name
        )
    );
end
$$;

ALTER FUNCTION audit.is_first_sealing(p_org_id uuid, how audit.opting, p_was jsonb, p_is jsonb) OWNER TO velaurum_owner;

CREATE FUNCTION audit.is_within(p_bounds text, p_from timestamp with time zone, p_to timestamp with time zone, p_a timestamp with time zone, p_b timestamp with time zone) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    select case p_bounds
        when 'as-of' then p_from <= p_a and coalesce(p_to > p_a, true)
        when 'from-to' then p_from < p_b and coalesce(p_to > p_a, true)
        when 'between' then p_from <= p_b and coalesce(p_to > p_a, true)
        when 'contained-in' then p_from >= p_a and coalesce(p_to <= p_b, p_b = 'infinity')
        when 'all' then true
    end
$$;

ALTER FUNCTION audit.is_within(p_bounds text, p_from timestamp with time zone, p_to timestamp with time zone, p_a timestamp with time zone, p_b timestamp with time zone) OWNER TO velaurum_owner;

CREATE FUNCTION audit.keep_change(p_org_id uuid, how audit.opting, p_action text, p_was jsonb, p_is jsonb) RETURNS uuid
    LANGUAGE plpgsql
    AS $$
declare
    acting uuid[] := nullif(current_setting('velaurum.acting', true), '')::uuid[];
    moment timestamptz := clock_timestamp();
    new_id uuid := platform.uuidv7(moment);
    said jsonb := coalesce(p_is, p_was);
    was jsonb := audit.compared(p_was, how.sealed);
    becomes jsonb := audit.compared(p_is, how.sealed);
    p record;
    kept_one audit.personal_value;
    commitments jsonb := '{}';
    kept audit.personal_value[] := '{}';
begin
    for p in
        select
            x.name, p_is ->> x.name as value,
            case when x.name = any(how.sealed) then keys.commitment_of(p_is ->> x.name) end as commitment,
            audit.salt() as salt
        from unnest(how.personal) as x (name)
        where p_is ->> x.name is not null
    loop
        commitments := commitments || jsonb_build_object(
            p.name, coalesce(p.commitment, encode(ledger.note_commitment(p.salt, p.value), 'base64')));
        kept_one := audit.personal_line(
            p_org_id, new_id, p.name, p.value, case when p.commitment is null then p.salt end);
        if kept_one.org_id is not null then
            kept[cardinality(kept) + 1] := kept_one;
        end if;
    end loop;
    insert into audit.change (
        org_id, id, at, actor_id, credential_id, request_id, subject, subject_id, sub_org_id, is_shared, action, before,
        after, sv, row_after, commitments
    ) values (
        p_org_id, new_id, moment, acting[1], acting[2], acting[3], how.subject,
        audit.id_of(how.subject, said, how.key), (said ->> how.department)::uuid,
        how.department = 'shared' or coalesce(said ->> 'holds_stock' = 'false', false), p_action,
        audit.withheld(audit.differing(was - how.apart, becomes - how.apart), how.personal),
        audit.withheld(audit.differing(becomes - how.apart, was - how.apart), how.personal),
        how.sv, audit.canonical_row(p_is, how.names, how.kinds), commitments
    );
    if cardinality(kept) > 0 then
        insert into audit.personal_value select * from unnest(kept);
    end if;
    return new_id;
end
$$;

ALTER FUNCTION audit.keep_change(p_org_id uuid, how audit.opting, p_action text, p_was jsonb, p_is jsonb) OWNER TO velaurum_owner;

CREATE FUNCTION audit.keep_cosignature(p_org_id uuid, p_incarnation integer, p_size bigint, p_name text, p_key_id text, p_line text, p_cosigned_at timestamp with time zone) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    insert into audit.cosignature (org_id, incarnation, size, name, key_id, line, cosigned_at)
    values (p_org_id, p_incarnation, p_size, p_name, p_key_id, p_line, p_cosigned_at)
    on conflict (org_id, incarnation, size, name, key_id) do nothing
$$;

ALTER FUNCTION audit.keep_cosignature(p_org_id uuid, p_incarnation integer, p_size bigint, p_name text, p_key_id text, p_line text, p_cosigned_at timestamp with time zone) OWNER TO velaurum_owner;

CREATE FUNCTION audit.kind_of(p_type regtype) RETURNS text
    LANGUAGE plpgsql STABLE
    AS $$
declare
    kind text := case p_type::text
        when 'uuid' then 'plain' when 'text' then 'plain' when 'boolean' then 'plain' when 'integer' then 'plain'
        when 'date' then 'plain'
        when 'uuid[]' then 'plain' when 'text[]' then 'plain' when 'bigint' then 'bigint' when 'numeric' then 'numeric'
        when 'timestamp with time zone' then 'instant' when 'interval' then 'interval' when 'jsonb' then 'json'
    end;
begin
    if kind is null then
        raise exception 'entries have no form for values of type %', p_type;
    end if;
    return kind;
end
$$;

ALTER FUNCTION audit.kind_of(p_type regtype) OWNER TO velaurum_owner;

CREATE FUNCTION audit.lacks_log_key(p_org_id uuid, p_public_key text, p_state text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform tenancy.set_context(p_org_id, null);
    return not exists (
        select from audit.log_key as k
        where k.org_id = p_org_id and k.public_key = p_public_key and k.state = p_state
    );
end
$$;

ALTER FUNCTION audit.lacks_log_key(p_org_id uuid, p_public_key text, p_state text) OWNER TO velaurum_owner;

CREATE FUNCTION audit.make_history_view(p_table regclass, how audit.opting) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
    of_columns text;
    made text;
begin
    select string_agg(audit.column_of_versions(
        how.subject, a.attname, format_type(a.atttypid, a.atttypmod)), ', ' order by a.attnum) into of_columns
    from pg_catalog.pg_attribute as a
    where a.attrelid = p_table and a.attnum > 0 and not a.attisdropped and a.attname = any(how.names || how.personal);
    select format('%I.%I', n.nspname, c.relname || '_history') into made
    from pg_catalog.pg_class as c inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
    where c.oid = p_table;
    execute format('drop view if exists %s', made);
    execute format(
        'create view %s with (security_invoker = true) as select v.org_id, v.log_index, v.recorded_at as valid_from, ('
        ' select n.recorded_at from audit.version as n where n.org_id = v.org_id and n.subject = v.subject'
        ' and n.subject_id = v.subject_id and n.log_index > v.log_index order by n.log_index limit 1) as valid_to,'
        ' v.subject_id, v.action as change_action, c.actor_id as change_actor_id, p.kind as change_actor_kind,'
        ' c.credential_id as change_credential_id, c.request_id as change_request_id, %s'
        ' from audit.version as v inner join audit.change as c on v.org_id = c.org_id and v.change_id = c.id'
        ' inner join identity.principal as p on c.org_id = p.org_id and c.actor_id = p.id'
        ' where v.subject = %L and v.action <> ''removed''', made, of_columns, how.subject);
end
$$;

ALTER FUNCTION audit.make_history_view(p_table regclass, how audit.opting) OWNER TO velaurum_owner;

CREATE FUNCTION audit.meta_entry(p_salt bytea, p_note text) RETURNS bytea
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    select convert_to(E'velaurum-meta/v1\n', 'UTF8')
        || sha256(p_salt || convert_to(substring(p_note from E'^(.*?\n)\n'), 'UTF8'))
$$;

ALTER FUNCTION audit.meta_entry(p_salt bytea, p_note text) OWNER TO velaurum_owner;

CREATE FUNCTION audit.number_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    AS $$
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

ALTER FUNCTION audit.number_change() OWNER TO velaurum_owner;

CREATE TABLE audit.incarnation (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    number integer NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    size bigint NOT NULL,
    common_size bigint NOT NULL,
    lost_size bigint NOT NULL,
    lost_root text NOT NULL,
    reason text NOT NULL,
    actor_id uuid NOT NULL,
    CONSTRAINT incarnation_check CHECK ((common_size <= LEAST(size, lost_size))),
    CONSTRAINT incarnation_common_size_check CHECK ((common_size >= 0)),
    CONSTRAINT incarnation_lost_root_check CHECK ((lost_root ~ '^[A-Za-z0-9+/]{43}=$'::text)),
    CONSTRAINT incarnation_lost_size_check CHECK ((lost_size > 0)),
    CONSTRAINT incarnation_number_check CHECK ((number > 0)),
    CONSTRAINT incarnation_reason_check CHECK (((char_length(reason) >= 1) AND (char_length(reason) <= 200))),
    CONSTRAINT incarnation_size_check CHECK ((size >= 0))
);
ALTER TABLE ONLY audit.incarnation ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY audit.incarnation FORCE ROW LEVEL SECURITY;

ALTER TABLE audit.incarnation OWNER TO velaurum_owner;

CREATE FUNCTION audit.open_incarnation(p_org_id uuid, p_number integer, p_common_size bigint, p_lost_size bigint, p_lost_root text, p_reason text) RETURNS SETOF audit.incarnation
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    head_size bigint;
    moment timestamptz := clock_timestamp();
    operator_id uuid := (select p.id from identity.principal as p where p.org_id = p_org_id and p.created_by = p.id);
begin
    select h.size into strict head_size from ledger.head as h where h.org_id = p_org_id for update;
    perform identity.act_as(p_org_id, operator_id, null, null);
    update tenancy.org as o set held_since = null, held_reason = null
    where o.org_id = p_org_id and o.held_since is not null;
    if not found then
        return;
    end if;
    return query insert into audit.incarnation (
        org_id, id, number, opened_at, size, common_size, lost_size, lost_root, reason, actor_id
    ) values (
        p_org_id, platform.uuidv7(moment), p_number, moment, head_size, p_common_size, p_lost_size, p_lost_root,
        p_reason, operator_id
    )
    returning *;
    -- After it, so that what says why nothing was written is the next entry.
    perform identity.revoke_what_was_cut(p_org_id, operator_id);
    perform keys.enter_what_waited(p_org_id);
end
$$;

ALTER FUNCTION audit.open_incarnation(p_org_id uuid, p_number integer, p_common_size bigint, p_lost_size bigint, p_lost_root text, p_reason text) OWNER TO velaurum_owner;

CREATE TABLE audit.personal_value (
    org_id uuid NOT NULL,
    change_id uuid NOT NULL,
    name text NOT NULL,
    salt bytea,
    value text NOT NULL,
    CONSTRAINT personal_value_salt_check CHECK ((octet_length(salt) = 32)),
    CONSTRAINT personal_value_salt_or_sealed_check CHECK (((salt IS NOT NULL) OR (value ~ '^VE1\.[A-Za-z0-9+/]{43}=\.([A-Za-z0-9+/]{4})+([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'::text)))
);
ALTER TABLE ONLY audit.personal_value ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY audit.personal_value FORCE ROW LEVEL SECURITY;

ALTER TABLE audit.personal_value OWNER TO velaurum_owner;

CREATE FUNCTION audit.personal_line(p_org_id uuid, p_change_id uuid, p_name text, p_value text, p_salt bytea) RETURNS audit.personal_value
    LANGUAGE plpgsql STABLE
    AS $$
begin
    if p_salt is null and not exists (
        select from keys.data_key as k
        where k.org_id = p_org_id and k.id = keys.key_id(keys.envelope_of(p_value))
            and k.state in ('active', 'opens-only')
    ) then
        return null;
    end if;
    return row(p_org_id, p_change_id, p_name, p_salt, p_value);
end
$$;

ALTER FUNCTION audit.personal_line(p_org_id uuid, p_change_id uuid, p_name text, p_value text, p_salt bytea) OWNER TO velaurum_owner;

CREATE FUNCTION audit.place(p_org_id uuid, p_change_id uuid, p_log_index bigint, p_recorded_at timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    AS $$
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

ALTER FUNCTION audit.place(p_org_id uuid, p_change_id uuid, p_log_index bigint, p_recorded_at timestamp with time zone) OWNER TO velaurum_owner;

CREATE FUNCTION audit.plain_opting(p_subject text) RETURNS audit.opting
    LANGUAGE plpgsql STABLE
    AS $$
declare
    how audit.opting;
    shape platform.shape;
begin
    select * into strict shape from platform.shape as s where s.subject = p_subject order by s.sv desc limit 1;
    how.subject := p_subject;
    how.key := '{id}';
    how.department := 'shared';
    how.personal := '{}';
    how.sealed := '{}';
    how.names := array(select x.key from jsonb_each(shape.columns) as x order by x.key);
    how.kinds := array(select x.value ->> 'kind' from jsonb_each(shape.columns) as x order by x.key);
    how.apart := '{org_id,created_at,updated_at,updated_by,id}';
    how.sv := shape.sv;
    how.waits := true;
    return how;
end
$$;

ALTER FUNCTION audit.plain_opting(p_subject text) OWNER TO velaurum_owner;

CREATE FUNCTION audit.principal_at(p_org_id uuid, p_principal_id uuid, p_size bigint) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    sub_orgs text := tenancy.see_sub_orgs('*');
    found_one jsonb;
begin
    select audit.record_of(p_org_id, x.change_id) into found_one from audit.version as x
    where x.org_id = p_org_id and x.subject = 'principal' and x.subject_id = p_principal_id
    order by (x.log_index < p_size) desc, abs(p_size - x.log_index) limit 1;
    perform tenancy.see_sub_orgs(sub_orgs);
    return found_one;
end
$$;

ALTER FUNCTION audit.principal_at(p_org_id uuid, p_principal_id uuid, p_size bigint) OWNER TO velaurum_owner;

CREATE FUNCTION audit.publish(p_org_id uuid, p_incarnation integer, p_size bigint, p_note text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    insert into audit.checkpoint (org_id, incarnation, size, note) values (p_org_id, p_incarnation, p_size, p_note)
    on conflict (org_id, incarnation, size) do nothing
$$;

ALTER FUNCTION audit.publish(p_org_id uuid, p_incarnation integer, p_size bigint, p_note text) OWNER TO velaurum_owner;

CREATE FUNCTION audit.record_at(p_org_id uuid, p_subject text, p_subject_id uuid, p_size bigint, p_sub_org_ids uuid[]) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    sub_orgs text := tenancy.see_sub_orgs('*');
    v audit.version;
    found_one jsonb;
begin
    select * into v from audit.version as x
    where x.org_id = p_org_id and x.subject = p_subject and x.subject_id = p_subject_id and x.log_index < p_size
    order by x.log_index desc limit 1;
    if v.action <> 'removed' and tenancy.reaches(p_sub_org_ids, v.sub_org_id, v.is_shared) then
        found_one := audit.record_of(p_org_id, v.change_id);
    end if;
    perform tenancy.see_sub_orgs(sub_orgs);
    return found_one;
end
$$;

ALTER FUNCTION audit.record_at(p_org_id uuid, p_subject text, p_subject_id uuid, p_size bigint, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION audit.record_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    acting uuid[] := nullif(current_setting('velaurum.acting', true), '')::uuid[];
    how audit.opting := tg_argv[0]::audit.opting;
    was jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
    becomes jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
begin
    if was - how.apart = becomes - how.apart then
        return null;
    end if;
    if tg_op = 'UPDATE' and cardinality(how.sealed) > 0 and (
        audit.compared(was, how.sealed) - how.apart = audit.compared(becomes, how.sealed) - how.apart
        or audit.is_first_sealing(new.org_id, how, was, becomes)
    ) then
        return null;
    end if;
    if how.waits and audit.has_to_wait(new.org_id) then
        return null;
    end if;
    if acting[1] is null then
        raise exception '% of %.% without a known actor is refused', tg_op, tg_table_schema, tg_table_name
            using errcode = 'VL013';
    end if;
    if tg_op = 'DELETE' then
        perform audit.keep_change(old.org_id, how, 'removed', was, null);
    else
        perform audit.keep_change(new.org_id, how, audit.action_of(was, becomes), was, becomes);
    end if;
    return null;
end
$$;

ALTER FUNCTION audit.record_change() OWNER TO velaurum_owner;

CREATE FUNCTION audit.record_changes(p_table regclass, p_subject text, p_key text[], p_apart text[], p_personal text[], p_department text, p_sealed text[] DEFAULT '{}'::text[], p_waits boolean DEFAULT false) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
    how audit.opting;
    of_rows jsonb;
begin
    select jsonb_object_agg(x.name, x.kind) into of_rows from audit.columns_of(p_table, p_apart, p_personal) as x;
    if not of_rows ?& p_personal or not p_sealed <@ p_personal then
        raise exception 'a personal column of % is not there', p_table;
    end if;
    how.subject := p_subject;
    how.key := p_key;
    how.department := p_department;
    how.personal := p_personal;
    how.sealed := p_sealed;
    how.waits := p_waits;
    how.names := array(select x.key from jsonb_each_text(of_rows) as x where x.value <> 'personal' order by x.key collate "C");
    how.kinds := array(select x.value from jsonb_each_text(of_rows) as x where x.value <> 'personal' order by x.key collate "C");
    how.apart := array['org_id', 'created_at', 'updated_at', 'updated_by'] || p_apart
        || case when cardinality(p_key) = 1 then p_key else '{}' end || array(
        select a.attname::text from pg_catalog.pg_attribute as a
        where a.attrelid = p_table and a.attnum > 0 and not a.attisdropped
            and a.atttypid in ('bytea'::regtype, 'bytea[]'::regtype)
        order by a.attnum
    );
    how.sv := platform.shape_of(p_subject, of_rows);
    execute format(
        'create or replace trigger change_is_recorded after insert or update or delete on %s'
        ' for each row execute function audit.record_change(%L)', p_table, how::text);
    execute format('alter table %s enable always trigger change_is_recorded', p_table);
end
$$;

ALTER FUNCTION audit.record_changes(p_table regclass, p_subject text, p_key text[], p_apart text[], p_personal text[], p_department text, p_sealed text[], p_waits boolean) OWNER TO velaurum_owner;

CREATE FUNCTION audit.record_export(p_org_id uuid, p_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_recipient text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    acting_id uuid := case
        when p_credential_id is not null then p_actor_id
        else (select p.id from identity.principal as p where p.org_id = p_org_id and p.created_by = p.id)
    end;
begin
    perform identity.act_as(p_org_id, acting_id, p_credential_id, p_request_id);
    insert into audit.export (org_id, id, began_at, recipient, actor_id)
    values (p_org_id, p_id, clock_timestamp(), p_recipient, acting_id)
    on conflict (org_id, id) do nothing;
    return found;
end
$$;

ALTER FUNCTION audit.record_export(p_org_id uuid, p_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_recipient text) OWNER TO velaurum_owner;

CREATE FUNCTION audit.record_of(p_org_id uuid, p_change_id uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    AS $$
declare
    c audit.change;
begin
    select * into c from audit.change as x where x.org_id = p_org_id and x.id = p_change_id;
    return audit.carried(c.subject, c.sv, c.row_after || coalesce((
        select jsonb_object_agg(x.key, 'erased') from jsonb_each(c.commitments) as x
    ), '{}') || coalesce((
        select jsonb_object_agg(v.name, v.value) from audit.personal_value as v
        where v.org_id = p_org_id and v.change_id = p_change_id
    ), '{}'));
end
$$;

ALTER FUNCTION audit.record_of(p_org_id uuid, p_change_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION audit.record_verification(p_org_id uuid, p_began_at timestamp with time zone, p_ended_at timestamp with time zone, p_size bigint, p_root text, p_findings bigint, p_codes text[], p_program text, p_report_sha256 text, p_is_scheduled boolean) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    new_id uuid := platform.uuidv7(clock_timestamp());
    operator_id uuid := (select p.id from identity.principal as p where p.org_id = p_org_id and p.created_by = p.id);
begin
    perform identity.act_as(p_org_id, operator_id, null, null);
    insert into audit.verification (
        org_id, id, began_at, ended_at, size, root, findings, codes, program, report_sha256, is_scheduled, actor_id
    ) values (
        p_org_id, new_id, p_began_at, p_ended_at, p_size, p_root, p_findings, p_codes, p_program, p_report_sha256,
        p_is_scheduled, operator_id
    );
    return new_id;
end
$$;

ALTER FUNCTION audit.record_verification(p_org_id uuid, p_began_at timestamp with time zone, p_ended_at timestamp with time zone, p_size bigint, p_root text, p_findings bigint, p_codes text[], p_program text, p_report_sha256 text, p_is_scheduled boolean) OWNER TO velaurum_owner;

CREATE FUNCTION audit.require_persons_key() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION audit.require_persons_key() OWNER TO velaurum_owner;

CREATE FUNCTION audit.salt() RETURNS bytea
    LANGUAGE sql PARALLEL SAFE
    AS $$
    select sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
$$;

ALTER FUNCTION audit.salt() OWNER TO velaurum_owner;

CREATE FUNCTION audit.seal_value(p_org_id uuid, p_change_id uuid, p_name text, p_before text, p_value text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION audit.seal_value(p_org_id uuid, p_change_id uuid, p_name text, p_before text, p_value text) OWNER TO velaurum_owner;

CREATE FUNCTION audit.shown(p_org_id uuid, p_subject text, p_said jsonb, p_size bigint, p_sub_org_ids uuid[]) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    select p_said || jsonb_build_object(
        'attributes', (p_said ->> 'attributes')::jsonb,
        'sub_org_code', (
            select s.code from tenancy.sub_org as s
            where s.org_id = p_org_id and s.id = (p_said ->> 'sub_org_id')::uuid
        ),
        'parent_code', case p_subject
            when 'location' then (
                select l.code from catalog.location as l
                where l.org_id = p_org_id and l.id = (p_said ->> 'parent_id')::uuid
                    and tenancy.reaches(p_sub_org_ids, l.sub_org_id, not l.holds_stock)
            )
            when 'sub-org' then (
                select s.code from tenancy.sub_org as s
                where s.org_id = p_org_id and s.id = (p_said ->> 'parent_id')::uuid
                    and tenancy.reaches(p_sub_org_ids, s.id, false)
            )
        end,
        'maker_id', m.said ->> 'id', 'maker_kind', m.said ->> 'kind', 'maker_name', m.said ->> 'name',
        'principal_kind', h.said ->> 'kind', 'principal_name', h.said ->> 'name',
        'above', trim_scale((p_said ->> 'above')::numeric)::text,
        'linked_at', p_said -> 'created_at', 'linked_by', p_said -> 'created_by'
    )
    from (
        select case when p_subject in ('principal', 'token', 'assignment', 'scim-mapping', 'approval-rule') then
            audit.principal_at(p_org_id, (p_said ->> 'created_by')::uuid, p_size) end as said
    ) as m cross join (
        select case when p_subject in ('token', 'provider-subject', 'scim-user') then
            audit.principal_at(p_org_id, (p_said ->> 'principal_id')::uuid, p_size) end as said
    ) as h
    where p_said is not null
$$;

ALTER FUNCTION audit.shown(p_org_id uuid, p_subject text, p_said jsonb, p_size bigint, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION audit.spans(p_org_id uuid, p_subject text, p_subject_id uuid) RETURNS TABLE(log_index bigint, subject_id uuid, change_id uuid, sub_org_id uuid, is_shared boolean, action text, valid_from timestamp with time zone, valid_to timestamp with time zone, ended_by bigint)
    LANGUAGE sql STABLE
    AS $$
    select
        v.log_index, v.subject_id, v.change_id, v.sub_org_id, v.is_shared, v.action, v.recorded_at, n.recorded_at,
        n.log_index
    from audit.version as v
    left join lateral (
        select x.log_index, x.recorded_at from audit.version as x
        where x.org_id = p_org_id and x.subject = p_subject and x.subject_id = v.subject_id
            and x.log_index > v.log_index
        order by x.log_index limit 1
    ) as n on true
    where v.org_id = p_org_id and v.subject = p_subject
        and (p_subject_id is null or v.subject_id = p_subject_id) and v.action <> 'removed'
$$;

ALTER FUNCTION audit.spans(p_org_id uuid, p_subject text, p_subject_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION audit.standing(p_org_id uuid) RETURNS TABLE(incarnation integer, size bigint, note text, held_reason text)
    LANGUAGE plpgsql SECURITY DEFINER ROWS 1
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform tenancy.set_context(p_org_id, null);
    return query select
        audit.incarnation_of(p_org_id), h.size, (
            select c.note from audit.checkpoint as c where c.org_id = p_org_id
            order by c.incarnation desc, c.size desc limit 1
        ), o.held_reason
    from ledger.head as h inner join tenancy.org as o on h.org_id = o.org_id
    where h.org_id = p_org_id;
end
$$;

ALTER FUNCTION audit.standing(p_org_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION audit.state_log_key(p_org_id uuid, p_state text, p_verifier_key text, p_public_key text, p_overlap_until timestamp with time zone, p_reason text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    moment timestamptz := clock_timestamp();
    operator_id uuid := (select p.id from identity.principal as p where p.org_id = p_org_id and p.created_by = p.id);
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform identity.act_as(p_org_id, operator_id, null, null);
    insert into audit.log_key (
        org_id, id, state, verifier_key, public_key, stated_at, overlap_until, reason, actor_id
    ) values (
        p_org_id, platform.uuidv7(moment), p_state, p_verifier_key, p_public_key, moment, p_overlap_until, p_reason,
        operator_id
    )
    on conflict (org_id, public_key, state) do nothing;
    return found;
end
$$;

ALTER FUNCTION audit.state_log_key(p_org_id uuid, p_state text, p_verifier_key text, p_public_key text, p_overlap_until timestamp with time zone, p_reason text) OWNER TO velaurum_owner;

CREATE FUNCTION audit.tile_count(p_org_id uuid, p_level integer) RETURNS bigint
    LANGUAGE sql STABLE
    AS $$
    select coalesce(max(t.n) + 1, 0) from audit.tile as t where t.org_id = p_org_id and t.level = p_level
$$;

ALTER FUNCTION audit.tile_count(p_org_id uuid, p_level integer) OWNER TO velaurum_owner;

CREATE FUNCTION audit.tile_root(p_hashes bytea) RETURNS bytea
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
declare
    layer bytea := p_hashes;
begin
    while octet_length(layer) > 32 loop
        select string_agg(
            sha256('\x01'::bytea || substring(layer from i * 64 + 1 for 64)), ''::bytea order by i)
        into layer from generate_series(0, octet_length(layer) / 64 - 1) as i;
    end loop;
    return layer;
end
$$;

ALTER FUNCTION audit.tile_root(p_hashes bytea) OWNER TO velaurum_owner;

CREATE FUNCTION audit.uncosigned(p_org_id uuid, p_name text, p_key_id text) RETURNS TABLE(incarnation integer, size bigint, note text, known_size bigint)
    LANGUAGE plpgsql SECURITY DEFINER ROWS 1
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform tenancy.set_context(p_org_id, null);
    return query
    select n.incarnation, n.size, n.note, coalesce((
        select max(s.size) from audit.cosignature as s
        where s.org_id = p_org_id and s.incarnation = n.incarnation and s.name = p_name and s.key_id = p_key_id
    ), 0)
    from (
        select c.org_id, c.incarnation, c.size, c.note from audit.checkpoint as c where c.org_id = p_org_id
        order by c.incarnation desc, c.size desc limit 1
    ) as n
    inner join tenancy.org as o on n.org_id = o.org_id
    where o.held_since is null and not exists (
        select from audit.cosignature as s
        where s.org_id = p_org_id and s.incarnation = n.incarnation and s.size = n.size
            and s.name = p_name and s.key_id = p_key_id
    );
end
$$;

ALTER FUNCTION audit.uncosigned(p_org_id uuid, p_name text, p_key_id text) OWNER TO velaurum_owner;

CREATE FUNCTION audit.unsigned_since(p_org_id uuid) RETURNS timestamp with time zone
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    sub_orgs text := tenancy.see_sub_orgs('*');
    covered bigint := coalesce((
        select c.size from audit.checkpoint as c where c.org_id = p_org_id
        order by c.incarnation desc, c.size desc limit 1
    ), 0);
    since timestamptz := least(
        (
            select m.recorded_at from ledger.movement as m where m.org_id = p_org_id and m.log_index >= covered
            order by m.log_index limit 1
        ),
        (
            select v.recorded_at from audit.version as v where v.org_id = p_org_id and v.log_index >= covered
            order by v.log_index limit 1
        )
    );
begin
    perform tenancy.see_sub_orgs(sub_orgs);
    return since;
end
$$;

ALTER FUNCTION audit.unsigned_since(p_org_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION audit.withheld(p_row jsonb, p_personal text[]) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
begin
    if p_row is null or not p_row ?| p_personal then
        return p_row;
    end if;
    return (
        select jsonb_object_agg(x.key, case when x.key = any(p_personal) then 'null' else x.value end)
        from jsonb_each(p_row) as x
    );
end
$$;

ALTER FUNCTION audit.withheld(p_row jsonb, p_personal text[]) OWNER TO velaurum_owner;

CREATE FUNCTION catalog.create_item(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_code text, p_code_key text, p_name text, p_unit text, p_tracking text, p_description text, p_attributes jsonb) RETURNS ledger.outcome_of_record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    new_id uuid;
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    insert into catalog.item (
        org_id, id, code, code_key, name, unit, tracking, description, attributes, created_by, updated_by
    ) values (
        p_org_id, platform.uuidv7(clock_timestamp()), p_code, p_code_key, p_name, p_unit, p_tracking,
        p_description, p_attributes, p_actor_id, p_actor_id
    ) on conflict do nothing returning id into new_id;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

ALTER FUNCTION catalog.create_item(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_code text, p_code_key text, p_name text, p_unit text, p_tracking text, p_description text, p_attributes jsonb) OWNER TO velaurum_owner;

CREATE FUNCTION catalog.create_location(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_code text, p_code_key text, p_name text, p_kind text, p_parent_id uuid, p_sub_org_id uuid, p_sub_org_ids uuid[]) RETURNS ledger.outcome_of_record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    new_id uuid;
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    perform tenancy.require_reach(p_sub_org_ids, p_sub_org_id);
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    insert into catalog.location (
        org_id, id, code, code_key, name, kind, parent_id, sub_org_id, created_by, updated_by
    ) values (
        p_org_id, platform.uuidv7(clock_timestamp()), p_code, p_code_key, p_name, p_kind, p_parent_id, p_sub_org_id,
        p_actor_id, p_actor_id
    ) on conflict do nothing returning id into new_id;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

ALTER FUNCTION catalog.create_location(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_code text, p_code_key text, p_name text, p_kind text, p_parent_id uuid, p_sub_org_id uuid, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION catalog.create_lot(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_item_id uuid, p_code text, p_code_key text, p_expires_on date, p_manufactured_on date, p_supplier_lot text) RETURNS ledger.outcome_of_record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    new_id uuid;
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    perform catalog.refuse_untracked(p_org_id, p_item_id, 'lot');
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    insert into catalog.lot (
        org_id, id, item_id, code, code_key, expires_on, manufactured_on, supplier_lot, created_by, updated_by
    ) values (
        p_org_id, platform.uuidv7(clock_timestamp()), p_item_id, p_code, p_code_key, p_expires_on, p_manufactured_on,
        p_supplier_lot, p_actor_id, p_actor_id
    ) on conflict do nothing returning id into new_id;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

ALTER FUNCTION catalog.create_lot(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_item_id uuid, p_code text, p_code_key text, p_expires_on date, p_manufactured_on date, p_supplier_lot text) OWNER TO velaurum_owner;

CREATE FUNCTION catalog.create_pack(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_item_id uuid, p_unit text, p_numerator bigint, p_denominator bigint) RETURNS ledger.outcome_of_record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    new_id uuid;
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    insert into catalog.pack (org_id, id, item_id, unit, numerator, denominator, created_by, updated_by)
    values (
        p_org_id, platform.uuidv7(clock_timestamp()), p_item_id, p_unit, p_numerator, p_denominator, p_actor_id,
        p_actor_id
    ) on conflict do nothing returning id into new_id;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

ALTER FUNCTION catalog.create_pack(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_item_id uuid, p_unit text, p_numerator bigint, p_denominator bigint) OWNER TO velaurum_owner;

CREATE FUNCTION catalog.create_serial(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_item_id uuid, p_code text, p_code_key text) RETURNS ledger.outcome_of_record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    new_id uuid;
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    perform catalog.refuse_untracked(p_org_id, p_item_id, 'serial');
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    insert into catalog.serial (org_id, id, item_id, code, code_key, created_by, updated_by)
    values (
        p_org_id, platform.uuidv7(clock_timestamp()), p_item_id, p_code, p_code_key, p_actor_id, p_actor_id
    ) on conflict do nothing returning id into new_id;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

ALTER FUNCTION catalog.create_serial(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_item_id uuid, p_code text, p_code_key text) OWNER TO velaurum_owner;

CREATE FUNCTION catalog.exactly(p_quantity numeric, p_numerator numeric, p_denominator numeric) RETURNS numeric
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
    select case
        when p_quantity * p_numerator * 1000000000 % p_denominator <> 0
            or p_quantity * p_numerator >= p_denominator * 1e19 then 'NaN'
        else trim_scale(p_quantity * p_numerator * 1000000000 / p_denominator * 0.000000001)
    end
$$;

ALTER FUNCTION catalog.exactly(p_quantity numeric, p_numerator numeric, p_denominator numeric) OWNER TO velaurum_owner;

CREATE FUNCTION catalog.factor(p_org_id uuid, p_item_id uuid, p_item_unit text, p_unit text) RETURNS TABLE(numerator numeric, denominator numeric)
    LANGUAGE sql STABLE
    AS $$
    select k.numerator::numeric, k.denominator::numeric from catalog.pack as k
    where k.org_id = p_org_id and k.item_id = p_item_id and k.unit = p_unit and k.removed_at is null
    union all
    select f.numerator, f.denominator from catalog.factor_of_units(p_unit, p_item_unit) as f
    limit 1
$$;

ALTER FUNCTION catalog.factor(p_org_id uuid, p_item_id uuid, p_item_unit text, p_unit text) OWNER TO velaurum_owner;

CREATE FUNCTION catalog.factor_of_units(p_unit text, p_other text) RETURNS TABLE(numerator numeric, denominator numeric)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    select u.numerator * o.denominator, u.denominator * o.numerator
    from catalog.units() as u inner join catalog.units() as o on u.dimension = o.dimension
    where u.code = p_unit and o.code = p_other
$$;

ALTER FUNCTION catalog.factor_of_units(p_unit text, p_other text) OWNER TO velaurum_owner;

CREATE FUNCTION catalog.packagings() RETURNS TABLE(code text, name text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    values
    ('SET', 'set'),
    ('LR', 'layer'),
    ('RM', 'ream'),
    ('XAM', 'ampoule, non-protected'),
    ('XBA', 'barrel'),
    ('XBG', 'bag'),
    ('XBE', 'bundle'),
    ('XBJ', 'bucket'),
    ('XBO', 'bottle, non-protected, cylindrical'),
    ('XBX', 'box'),
    ('XCA', 'can, rectangular'),
    ('XCR', 'crate'),
    ('XCS', 'case'),
    ('XCT', 'carton'),
    ('XCX', 'can, cylindrical'),
    ('XCY', 'cylinder'),
    ('XDR', 'drum'),
    ('XJR', 'jar'),
    ('XKI', 'kit'),
    ('XPA', 'packet'),
    ('XPK', 'package'),
    ('XPL', 'pail'),
    ('XPU', 'tray'),
    ('XPX', 'pallet'),
    ('XRL', 'reel'),
    ('XRO', 'roll'),
    ('XSA', 'sack'),
    ('XSO', 'spool'),
    ('XST', 'sheet'),
    ('XTB', 'tub'),
    ('XTU', 'tube'),
    ('XWA', 'intermediate bulk container')
$$;

ALTER FUNCTION catalog.packagings() OWNER TO velaurum_owner;

CREATE FUNCTION catalog.refuse_deep_location() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    sub_orgs text := tenancy.see_sub_orgs('*');
    above uuid := new.parent_id;
    depth integer := 1;
begin
    while above is not null loop
        depth := depth + 1;
        if depth > 32 then
            raise exception 'the location would lie more than 32 deep'
                using errcode = 'check_violation', constraint = 'location_depth_check';
        end if;
        above := (select l.parent_id from catalog.location as l where l.org_id = new.org_id and l.id = above);
    end loop;
    perform tenancy.see_sub_orgs(sub_orgs);
    return null;
end
$$;

ALTER FUNCTION catalog.refuse_deep_location() OWNER TO velaurum_owner;

CREATE FUNCTION catalog.refuse_known_unit() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    of_org_id uuid := new.org_id;
    item_unit text;
begin
    select i.unit into strict item_unit from catalog.item as i where i.org_id = of_org_id and i.id = new.item_id;
    if new.unit = item_unit or exists (select from catalog.factor_of_units(new.unit, item_unit)) then
        raise exception 'the item has this unit without a pack' using errcode = 'VL060';
    end if;
    return new;
end
$$;

ALTER FUNCTION catalog.refuse_known_unit() OWNER TO velaurum_owner;

CREATE FUNCTION catalog.refuse_new_parent() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    raise exception 'a location lies where it was made'
        using errcode = 'check_violation', constraint = 'location_parent_stays_check';
end
$$;

ALTER FUNCTION catalog.refuse_new_parent() OWNER TO velaurum_owner;

CREATE FUNCTION catalog.refuse_new_tracking() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    of_org_id uuid := new.org_id;
begin
    if exists (select from ledger.balance as b where b.org_id = of_org_id and b.item_id = new.id) then
        raise exception 'an item that had stock is tracked as it was' using errcode = 'VL062';
    end if;
    return new;
end
$$;

ALTER FUNCTION catalog.refuse_new_tracking() OWNER TO velaurum_owner;

CREATE FUNCTION catalog.refuse_untracked(p_org_id uuid, p_item_id uuid, p_tracking text) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
    if not exists (
        select from catalog.item as i where i.org_id = p_org_id and i.id = p_item_id and i.tracking = p_tracking
    ) then
        raise exception 'the item is not tracked by %', p_tracking using errcode = 'VL061';
    end if;
end
$$;

ALTER FUNCTION catalog.refuse_untracked(p_org_id uuid, p_item_id uuid, p_tracking text) OWNER TO velaurum_owner;

CREATE FUNCTION catalog.remove_pack(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    update catalog.pack as k
    set
        removed_at = clock_timestamp(), removed_by = p_actor_id, version = k.version + 1,
        updated_at = greatest(clock_timestamp(), k.updated_at + interval '1 microsecond'), updated_by = p_actor_id
    where k.org_id = p_org_id and k.id = p_id and k.removed_at is null;
    return found;
end
$$;

ALTER FUNCTION catalog.remove_pack(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION catalog.units() RETURNS TABLE(code text, name text, dimension text, numerator numeric, denominator numeric)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    select u.code, u.name, 'count', u.numerator, u.denominator from catalog.units_of_count() as u
    union all
    select u.code, u.name, 'mass', u.numerator, u.denominator from catalog.units_of_mass() as u
    union all
    select u.code, u.name, 'length', u.numerator, u.denominator from catalog.units_of_length() as u
    union all
    select u.code, u.name, 'area', u.numerator, u.denominator from catalog.units_of_area() as u
    union all
    select u.code, u.name, 'volume', u.numerator, u.denominator from catalog.units_of_volume() as u
    union all
    select u.code, u.name, 'time', u.numerator, u.denominator from catalog.units_of_time() as u
    union all
    select u.code, u.name, 'energy', u.numerator, u.denominator from catalog.units_of_energy() as u
    union all
    select p.code, p.name, null, null, null from catalog.packagings() as p
$$;

ALTER FUNCTION catalog.units() OWNER TO velaurum_owner;

CREATE FUNCTION catalog.units_of_area() RETURNS TABLE(code text, name text, numerator numeric, denominator numeric)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    values
    ('MTK', 'square metre', 1, 1),
    ('MMK', 'square millimetre', 1, 1000000),
    ('CMK', 'square centimetre', 1, 10000),
    ('DMK', 'square decimetre', 1, 100),
    ('H18', 'square hectometre', 10000, 1),
    ('KMK', 'square kilometre', 1000000, 1),
    ('INK', 'square inch', 16129, 25000000),
    ('FTK', 'square foot', 145161, 1562500),
    ('YDK', 'square yard', 1306449, 1562500),
    ('ACR', 'acre', 316160658, 78125),
    ('MIK', 'square mile (statute mile)', 40468564224, 15625)
$$;

ALTER FUNCTION catalog.units_of_area() OWNER TO velaurum_owner;

CREATE FUNCTION catalog.units_of_count() RETURNS TABLE(code text, name text, numerator numeric, denominator numeric)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    values
    ('C62', 'one', 1, 1),
    ('EA', 'each', 1, 1),
    ('H87', 'piece', 1, 1),
    ('NAR', 'number of articles', 1, 1),
    ('PR', 'pair', 2, 1),
    ('DZN', 'dozen', 12, 1),
    ('DPC', 'dozen piece', 12, 1),
    ('SCO', 'score', 20, 1),
    ('DPR', 'dozen pair', 24, 1),
    ('CEN', 'hundred', 100, 1),
    ('GRO', 'gross', 144, 1),
    ('MIL', 'thousand', 1000, 1),
    ('T3', 'thousand piece', 1000, 1),
    ('GGR', 'great gross', 1728, 1),
    ('MIO', 'million', 1000000, 1)
$$;

ALTER FUNCTION catalog.units_of_count() OWNER TO velaurum_owner;

CREATE FUNCTION catalog.units_of_energy() RETURNS TABLE(code text, name text, numerator numeric, denominator numeric)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    values
    ('JOU', 'joule', 1, 1),
    ('KJO', 'kilojoule', 1000, 1),
    ('3B', 'megajoule', 1000000, 1),
    ('GV', 'gigajoule', 1000000000, 1),
    ('WHR', 'watt hour', 3600, 1),
    ('KWH', 'kilowatt hour', 3600000, 1),
    ('MWH', 'megawatt hour (1000 kW.h)', 3600000000, 1)
$$;

ALTER FUNCTION catalog.units_of_energy() OWNER TO velaurum_owner;

CREATE FUNCTION catalog.units_of_length() RETURNS TABLE(code text, name text, numerator numeric, denominator numeric)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    values
    ('MTR', 'metre', 1, 1),
    ('LM', 'linear metre', 1, 1),
    ('C45', 'nanometre', 1, 1000000000),
    ('4H', 'micrometre (micron)', 1, 1000000),
    ('MMT', 'millimetre', 1, 1000),
    ('CMT', 'centimetre', 1, 100),
    ('DMT', 'decimetre', 1, 10),
    ('A45', 'decametre', 10, 1),
    ('HMT', 'hectometre', 100, 1),
    ('KMT', 'kilometre', 1000, 1),
    ('NMI', 'nautical mile', 1852, 1),
    ('INH', 'inch', 127, 5000),
    ('FOT', 'foot', 381, 1250),
    ('YRD', 'yard', 1143, 1250),
    ('SMI', 'mile (statute mile)', 201168, 125)
$$;

ALTER FUNCTION catalog.units_of_length() OWNER TO velaurum_owner;

CREATE FUNCTION catalog.units_of_mass() RETURNS TABLE(code text, name text, numerator numeric, denominator numeric)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    values
    ('KGM', 'kilogram', 1, 1),
    ('MC', 'microgram', 1, 1000000000),
    ('MGM', 'milligram', 1, 1000000),
    ('CGM', 'centigram', 1, 100000),
    ('DG', 'decigram', 1, 10000),
    ('GRM', 'gram', 1, 1000),
    ('DJ', 'decagram', 1, 100),
    ('HGM', 'hectogram', 1, 10),
    ('DTN', 'decitonne', 100, 1),
    ('TNE', 'tonne (metric ton)', 1000, 1),
    ('KTN', 'kilotonne', 1000000, 1),
    ('CTM', 'metric carat', 1, 5000),
    ('GRN', 'grain', 6479891, 100000000000),
    ('ONZ', 'ounce (avoirdupois)', 45359237, 1600000000),
    ('LBR', 'pound', 45359237, 100000000),
    ('STI', 'stone (UK)', 317514659, 50000000),
    ('CWA', 'hundred pound (cwt) / hundred weight (US)', 45359237, 1000000),
    ('CWI', 'hundred weight (UK)', 317514659, 6250000),
    ('STN', 'ton (US) or short ton (UK/US)', 45359237, 50000),
    ('LTN', 'ton (UK) or long ton (US)', 317514659, 312500),
    ('APZ', 'troy ounce or apothecary ounce', 19439673, 625000000)
$$;

ALTER FUNCTION catalog.units_of_mass() OWNER TO velaurum_owner;

CREATE FUNCTION catalog.units_of_time() RETURNS TABLE(code text, name text, numerator numeric, denominator numeric)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    values
    ('SEC', 'second [unit of time]', 1, 1),
    ('C26', 'millisecond', 1, 1000),
    ('MIN', 'minute [unit of time]', 60, 1),
    ('HUR', 'hour', 3600, 1),
    ('DAY', 'day', 86400, 1),
    ('WEE', 'week', 604800, 1)
$$;

ALTER FUNCTION catalog.units_of_time() OWNER TO velaurum_owner;

CREATE FUNCTION catalog.units_of_volume() RETURNS TABLE(code text, name text, numerator numeric, denominator numeric)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    values
    ('MTQ', 'cubic metre', 1, 1),
    ('MMQ', 'cubic millimetre', 1, 1000000000),
    ('CMQ', 'cubic centimetre', 1, 1000000),
    ('DMQ', 'cubic decimetre', 1, 1000),
    ('4G', 'microlitre', 1, 1000000000),
    ('MLT', 'millilitre', 1, 1000000),
    ('CLT', 'centilitre', 1, 100000),
    ('DLT', 'decilitre', 1, 10000),
    ('LTR', 'litre', 1, 1000),
    ('HLT', 'hectolitre', 1, 10),
    ('K6', 'kilolitre', 1, 1),
    ('MAL', 'megalitre', 1000, 1),
    ('INQ', 'cubic inch', 2048383, 125000000000),
    ('FTQ', 'cubic foot', 55306341, 1953125000),
    ('YDQ', 'cubic yard', 1493271207, 1953125000),
    ('OZA', 'fluid ounce (US)', 473176473, 16000000000000),
    ('PTL', 'liquid pint (US)', 473176473, 1000000000000),
    ('QTL', 'liquid quart (US)', 473176473, 500000000000),
    ('GLL', 'gallon (US)', 473176473, 125000000000),
    ('BLL', 'barrel (US)', 9936705933, 62500000000),
    ('OZI', 'fluid ounce (UK)', 454609, 16000000000),
    ('PTI', 'pint (UK)', 454609, 800000000),
    ('QTI', 'quart (UK)', 454609, 400000000),
    ('GLI', 'gallon (UK)', 454609, 100000000)
$$;

ALTER FUNCTION catalog.units_of_volume() OWNER TO velaurum_owner;

CREATE TABLE catalog.item (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    code text NOT NULL,
    code_key text NOT NULL,
    name text NOT NULL,
    unit text NOT NULL,
    tracking text NOT NULL,
    description text,
    attributes jsonb DEFAULT '{}'::jsonb NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    created_by uuid NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_by uuid NOT NULL,
    CONSTRAINT item_attributes_check CHECK ((jsonb_typeof(attributes) = 'object'::text)),
    CONSTRAINT item_code_check CHECK (((char_length(code) >= 1) AND (char_length(code) <= 64))),
    CONSTRAINT item_code_key_check CHECK ((code_key <> ''::text)),
    CONSTRAINT item_description_check CHECK ((char_length(description) <= 2000)),
    CONSTRAINT item_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 200))),
    CONSTRAINT item_tracking_check CHECK ((tracking = ANY (ARRAY['none'::text, 'lot'::text, 'serial'::text]))),
    CONSTRAINT item_unit_check CHECK (((char_length(unit) >= 1) AND (char_length(unit) <= 16))),
    CONSTRAINT item_version_check CHECK ((version > 0))
);
ALTER TABLE ONLY catalog.item ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY catalog.item FORCE ROW LEVEL SECURITY;

ALTER TABLE catalog.item OWNER TO velaurum_owner;

CREATE FUNCTION catalog.update_item(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_name text, p_tracking text, p_description text, p_attributes jsonb) RETURNS SETOF catalog.item
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    if not exists (
        select from catalog.item as i where i.org_id = p_org_id and i.id = p_id and i.tracking = p_tracking
    ) then
        perform from ledger.head as h where h.org_id = p_org_id for update;
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    return query
    update catalog.item as i
    set
        name = p_name, tracking = p_tracking, description = p_description, attributes = p_attributes, version = i.version + 1,
        updated_at = greatest(clock_timestamp(), i.updated_at + interval '1 microsecond'), updated_by = p_actor_id
    where i.org_id = p_org_id and i.id = p_id and i.version = p_version
    returning i.*;
end
$$;

ALTER FUNCTION catalog.update_item(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_name text, p_tracking text, p_description text, p_attributes jsonb) OWNER TO velaurum_owner;

CREATE TABLE catalog.location (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    code text NOT NULL,
    code_key text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    holds_stock boolean GENERATED ALWAYS AS ((kind = ANY (ARRAY['storage'::text, 'transit'::text]))) STORED NOT NULL,
    parent_id uuid,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    created_by uuid NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_by uuid NOT NULL,
    sub_org_id uuid,
    CONSTRAINT location_check CHECK ((parent_id <> id)),
    CONSTRAINT location_code_check CHECK (((char_length(code) >= 1) AND (char_length(code) <= 64))),
    CONSTRAINT location_code_key_check CHECK ((code_key <> ''::text)),
    CONSTRAINT location_kind_check CHECK ((kind = ANY (ARRAY['storage'::text, 'transit'::text, 'supplier'::text, 'customer'::text, 'consumption'::text, 'adjustment'::text, 'scrap'::text, 'opening'::text]))),
    CONSTRAINT location_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 200))),
    CONSTRAINT location_sub_org_id_check CHECK (((sub_org_id IS NULL) OR (kind = ANY (ARRAY['storage'::text, 'transit'::text])))),
    CONSTRAINT location_version_check CHECK ((version > 0))
);
ALTER TABLE ONLY catalog.location ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY catalog.location FORCE ROW LEVEL SECURITY;

ALTER TABLE catalog.location OWNER TO velaurum_owner;

CREATE FUNCTION catalog.update_location(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_name text, p_sub_org_id uuid, p_sub_org_ids uuid[]) RETURNS SETOF catalog.location
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform tenancy.require_reach(p_sub_org_ids, p_sub_org_id);
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    return query
    update catalog.location as l
    set
        name = p_name, sub_org_id = p_sub_org_id, version = l.version + 1,
        updated_at = greatest(clock_timestamp(), l.updated_at + interval '1 microsecond'), updated_by = p_actor_id
    where l.org_id = p_org_id and l.id = p_id and l.version = p_version
        and tenancy.reaches(p_sub_org_ids, l.sub_org_id, false)
    returning l.*;
end
$$;

ALTER FUNCTION catalog.update_location(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_name text, p_sub_org_id uuid, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE TABLE catalog.lot (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    item_id uuid NOT NULL,
    code text NOT NULL,
    code_key text NOT NULL,
    expires_on date,
    manufactured_on date,
    supplier_lot text,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    created_by uuid NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_by uuid NOT NULL,
    CONSTRAINT lot_code_check CHECK (((char_length(code) >= 1) AND (char_length(code) <= 64))),
    CONSTRAINT lot_code_key_check CHECK ((code_key <> ''::text)),
    CONSTRAINT lot_expires_on_check CHECK (((expires_on >= '1900-01-01'::date) AND (expires_on <= '9999-12-31'::date))),
    CONSTRAINT lot_manufactured_on_check CHECK (((manufactured_on >= '1900-01-01'::date) AND (manufactured_on <= '9999-12-31'::date))),
    CONSTRAINT lot_supplier_lot_check CHECK (((char_length(supplier_lot) >= 1) AND (char_length(supplier_lot) <= 200))),
    CONSTRAINT lot_version_check CHECK ((version > 0))
);
ALTER TABLE ONLY catalog.lot ALTER COLUMN org_id SET (n_distinct=2);
ALTER TABLE ONLY catalog.lot ALTER COLUMN item_id SET (n_distinct=2);

ALTER TABLE ONLY catalog.lot FORCE ROW LEVEL SECURITY;

ALTER TABLE catalog.lot OWNER TO velaurum_owner;

CREATE FUNCTION catalog.update_lot(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_expires_on date, p_manufactured_on date, p_supplier_lot text) RETURNS SETOF catalog.lot
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    return query
    update catalog.lot as k
    set
        expires_on = p_expires_on, manufactured_on = p_manufactured_on, supplier_lot = p_supplier_lot,
        version = k.version + 1,
        updated_at = greatest(clock_timestamp(), k.updated_at + interval '1 microsecond'), updated_by = p_actor_id
    where k.org_id = p_org_id and k.id = p_id and k.version = p_version
    returning k.*;
end
$$;

ALTER FUNCTION catalog.update_lot(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_expires_on date, p_manufactured_on date, p_supplier_lot text) OWNER TO velaurum_owner;

CREATE TABLE catalog.pack (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    item_id uuid NOT NULL,
    unit text NOT NULL,
    numerator bigint NOT NULL,
    denominator bigint NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    created_by uuid NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_by uuid NOT NULL,
    removed_at timestamp with time zone,
    removed_by uuid,
    CONSTRAINT pack_check CHECK (((removed_at IS NULL) = (removed_by IS NULL))),
    CONSTRAINT pack_denominator_check CHECK (((denominator >= 1) AND (denominator <= '1000000000000'::bigint))),
    CONSTRAINT pack_numerator_check CHECK (((numerator >= 1) AND (numerator <= '1000000000000'::bigint))),
    CONSTRAINT pack_unit_check CHECK (((char_length(unit) >= 1) AND (char_length(unit) <= 16))),
    CONSTRAINT pack_version_check CHECK ((version > 0))
);
ALTER TABLE ONLY catalog.pack ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY catalog.pack FORCE ROW LEVEL SECURITY;

ALTER TABLE catalog.pack OWNER TO velaurum_owner;

CREATE FUNCTION catalog.update_pack(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_numerator bigint, p_denominator bigint) RETURNS SETOF catalog.pack
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    return query
    update catalog.pack as k
    set
        numerator = p_numerator, denominator = p_denominator, version = k.version + 1,
        updated_at = greatest(clock_timestamp(), k.updated_at + interval '1 microsecond'), updated_by = p_actor_id
    where k.org_id = p_org_id and k.id = p_id and k.version = p_version and k.removed_at is null
    returning k.*;
end
$$;

ALTER FUNCTION catalog.update_pack(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_numerator bigint, p_denominator bigint) OWNER TO velaurum_owner;

CREATE TABLE catalog.serial (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    item_id uuid NOT NULL,
    code text NOT NULL,
    code_key text NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    created_by uuid NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_by uuid NOT NULL,
    CONSTRAINT serial_code_check CHECK (((char_length(code) >= 1) AND (char_length(code) <= 64))),
    CONSTRAINT serial_code_key_check CHECK ((code_key <> ''::text)),
    CONSTRAINT serial_version_check CHECK ((version > 0))
);
ALTER TABLE ONLY catalog.serial ALTER COLUMN org_id SET (n_distinct=2);
ALTER TABLE ONLY catalog.serial ALTER COLUMN item_id SET (n_distinct=2);

ALTER TABLE ONLY catalog.serial FORCE ROW LEVEL SECURITY;

ALTER TABLE catalog.serial OWNER TO velaurum_owner;

CREATE FUNCTION catalog.update_serial(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_code text, p_code_key text) RETURNS SETOF catalog.serial
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    if exists (
        select from catalog.serial as s inner join catalog.serial as o on o.item_id = s.item_id
        where s.org_id = p_org_id and s.id = p_id and o.org_id = p_org_id and o.id <> s.id
            and o.code_key = p_code_key
    ) then
        raise exception 'the item has a serial of this code' using errcode = 'VL063';
    end if;
    return query
    update catalog.serial as s
    set
        code = p_code, code_key = p_code_key, version = s.version + 1,
        updated_at = greatest(clock_timestamp(), s.updated_at + interval '1 microsecond'), updated_by = p_actor_id
    where s.org_id = p_org_id and s.id = p_id and s.version = p_version
    returning s.*;
end
$$;

ALTER FUNCTION catalog.update_serial(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_code text, p_code_key text) OWNER TO velaurum_owner;

CREATE FUNCTION catalog.within(p_org_id uuid, p_location_id uuid, p_sub_org_ids uuid[]) RETURNS uuid[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    sub_orgs text := tenancy.see_sub_orgs('*');
    inside uuid[];
    layer uuid[] := array[p_location_id];
    below uuid[];
    place record;
begin
    inside := array(
        select l.id from catalog.location as l
        where l.org_id = p_org_id and l.id = p_location_id
            and tenancy.reaches(p_sub_org_ids, l.sub_org_id, not l.holds_stock)
    );
    while cardinality(layer) > 0 loop
        below := '{}';
        for place in
            select l.id, tenancy.reaches(p_sub_org_ids, l.sub_org_id, not l.holds_stock) as is_reached
            from catalog.location as l
            where l.org_id = p_org_id and l.parent_id = any(layer) order by l.id
        loop
            below := below || place.id;
            if place.is_reached then
                inside := inside || place.id;
            end if;
        end loop;
        layer := below;
    end loop;
    perform tenancy.see_sub_orgs(sub_orgs);
    return inside;
end
$$;

ALTER FUNCTION catalog.within(p_org_id uuid, p_location_id uuid, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION counting.add_lines(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_rows jsonb) RETURNS TABLE(ord integer, problem jsonb)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    c counting.count := counting.locked(p_org_id, p_actor_id, p_credential_id, p_request_id, p_id);
    size bigint := (select h.size from ledger.head as h where h.org_id = p_org_id);
    q record;
    is_refused boolean := false;
begin
    if c.is_blind and exists (
        select from unnest(array['read', 'post', 'read-assurance', 'manage-identity']) as x (permission)
        where identity.may_anyhow(p_org_id, p_actor_id, x.permission)
    ) then
        raise exception 'who reads stock does not count blind' using errcode = 'VL073';
    end if;
    for q in
        select x.asked, x.known, x.problem
        from counting.resolved_lines(
            p_org_id, p_id, c.item_id, c.opened_at_size, size, p_actor_id, p_rows) as x
    loop
        if q.known is null and c.state <> 'open' then
            raise exception 'a count that is % takes no line', c.state using errcode = 'VL070';
        end if;
        if q.problem is not null then
            ord := (q.asked).ord;
            problem := q.problem;
            is_refused := true;
            return next;
        end if;
    end loop;
    if is_refused then
        return;
    end if;
    for q in
        select x.asked, x.item_id, x.part, x.status
        from counting.resolved_lines(
            p_org_id, p_id, c.item_id, c.opened_at_size, size, p_actor_id, p_rows) as x
        where x.known is null order by (x.asked).ord
    loop
        perform counting.record_line(
            p_org_id, p_id, c.location_id, q.asked, q.item_id, q.part, q.status, size, p_actor_id, p_credential_id,
            p_request_id);
    end loop;
end
$$;

ALTER FUNCTION counting.add_lines(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_rows jsonb) OWNER TO velaurum_owner;

CREATE FUNCTION counting.adjusted_since(p_org_id uuid, p_count_id uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    select to_jsonb(array_agg(
        jsonb_build_object('line', s.number, 'available', null, 'code', 'conflict') order by s.number))
    from counting.standing(p_org_id, p_count_id, null) as s
    where s.variance <> 0 and exists (
        select from counting.count as c
        cross join lateral counting.newest(
            p_org_id, c.id, coalesce(s.lot_id, s.serial_id, s.item_id), s.status) as newest
        inner join ledger.movement as m on m.idempotency_key = concat('count:', c.id, ':', newest)
        where c.org_id = p_org_id and c.id <> p_count_id and c.location_id = s.location_id and c.state = 'posted'
            and m.org_id = p_org_id and m.log_index >= s.at_size
    )
$$;

ALTER FUNCTION counting.adjusted_since(p_org_id uuid, p_count_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION counting.adjustments(p_org_id uuid, p_count_id uuid, p_number integer) RETURNS TABLE(number integer, asked jsonb, request_hash bytea)
    LANGUAGE sql STABLE
    AS $$
    select s.number, a.asked, ledger.request_hash(
        jsonb_populate_record(null::ledger.intake, a.asked), s.item_id, abs(s.variance),
        (a.asked ->> 'source_id')::uuid, (a.asked ->> 'target_id')::uuid, null, null, s.lot_id, s.serial_id,
        a.asked ->> 'source_status', a.asked ->> 'target_status')
    from counting.count as c
    inner join catalog.location as x on x.org_id = p_org_id and x.code = 'ADJUSTMENT'
    cross join lateral counting.standing(p_org_id, p_count_id, p_number) as s
    cross join lateral (
        select jsonb_build_object(
            'idempotency_key', concat('count:', c.id, ':', s.number), 'kind', 'adjustment', 'item_id', s.item_id,
            'quantity', trim_scale(abs(s.variance))::text, 'lot_id', s.lot_id, 'serial_id', s.serial_id,
            'reason', 'count ' || c.code, 'reference', c.code,
            'source_id', case when s.variance < 0 then s.location_id else x.id end,
            'target_id', case when s.variance < 0 then x.id else s.location_id end,
            'source_status', case when s.variance < 0 then s.status end,
            'target_status', case when s.variance > 0 then s.status end
        ) as asked
    ) as a
    where c.org_id = p_org_id and c.id = p_count_id and s.variance <> 0
$$;

ALTER FUNCTION counting.adjustments(p_org_id uuid, p_count_id uuid, p_number integer) OWNER TO velaurum_owner;

CREATE FUNCTION counting.approve_count(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    c counting.count := counting.locked(p_org_id, p_actor_id, p_credential_id, p_request_id, p_id);
begin
    if c.state = 'approved' and c.approved_by = p_actor_id then
        return false;
    end if;
    if c.state <> 'counted' then
        raise exception 'a count that is % is not approved', c.state using errcode = 'VL070';
    end if;
    return counting.step(p_org_id, p_id, 'approved', p_actor_id, null, p_actor_id, p_credential_id, null);
end
$$;

ALTER FUNCTION counting.approve_count(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION counting.cancel_count(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform counting.locked(p_org_id, p_actor_id, p_credential_id, p_request_id, p_id);
    return counting.step(p_org_id, p_id, 'cancelled', p_actor_id, null, null, null, null);
end
$$;

ALTER FUNCTION counting.cancel_count(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION counting.count_as_nothing(p_org_id uuid, p_id uuid, p_location_id uuid, p_size bigint, p_actor_id uuid, p_credential_id uuid, p_request_id uuid) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
    last_one integer;
begin
    select coalesce(max(l.number), 0) into last_one
    from counting.count_line as l where l.org_id = p_org_id and l.count_id = p_id;
    insert into counting.count_line (
        org_id, count_id, number, location_id, item_id, lot_id, serial_id, status, quantity, round, at_size, actor_id,
        credential_id, request_id
    )
    select
        p_org_id, p_id, last_one + row_number() over (), p_location_id, u.item_id, u.lot_id, u.serial_id, u.status, 0,
        1, p_size, p_actor_id, p_credential_id, p_request_id
    from counting.uncounted(p_org_id, p_id) as u;
end
$$;

ALTER FUNCTION counting.count_as_nothing(p_org_id uuid, p_id uuid, p_location_id uuid, p_size bigint, p_actor_id uuid, p_credential_id uuid, p_request_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION counting.finish_count(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) RETURNS integer[]
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    c counting.count := counting.locked(p_org_id, p_actor_id, p_credential_id, p_request_id, p_id);
    size bigint;
    waiting integer[];
begin
    if c.state = 'open' then
        waiting := array(select w from counting.waiting(p_org_id, p_id) as w order by w);
        if cardinality(waiting) > 0 then
            return waiting;
        end if;
        select h.size into strict size from ledger.head as h where h.org_id = p_org_id;
        if c.zero_uncounted then
            perform counting.count_as_nothing(
                p_org_id, p_id, c.location_id, size, p_actor_id, p_credential_id, p_request_id);
        end if;
    end if;
    perform counting.step(p_org_id, p_id, 'counted', p_actor_id, size, null, null, null);
    return '{}';
end
$$;

ALTER FUNCTION counting.finish_count(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) OWNER TO velaurum_owner;

CREATE TABLE counting.count (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    code text NOT NULL,
    code_key text NOT NULL,
    location_id uuid NOT NULL,
    item_id uuid,
    is_blind boolean NOT NULL,
    zero_uncounted boolean NOT NULL,
    tolerance numeric(28,9) NOT NULL,
    state text DEFAULT 'open'::text NOT NULL,
    opened_at_size bigint NOT NULL,
    finished_at_size bigint,
    approved_by uuid,
    approved_with uuid,
    refusals jsonb,
    posting_xid xid8,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    created_by uuid NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_by uuid NOT NULL,
    CONSTRAINT count_check CHECK ((finished_at_size >= opened_at_size)),
    CONSTRAINT count_check1 CHECK (((approved_by IS NULL) = (approved_with IS NULL))),
    CONSTRAINT count_check2 CHECK (((approved_by IS NOT NULL) OR (state <> ALL (ARRAY['approved'::text, 'posted'::text])))),
    CONSTRAINT count_check3 CHECK (((finished_at_size IS NOT NULL) OR (state <> ALL (ARRAY['counted'::text, 'approved'::text, 'posted'::text])))),
    CONSTRAINT count_code_check CHECK (((char_length(code) >= 1) AND (char_length(code) <= 64))),
    CONSTRAINT count_code_key_check CHECK ((code_key <> ''::text)),
    CONSTRAINT count_opened_at_size_check CHECK ((opened_at_size >= 0)),
    CONSTRAINT count_refusals_check CHECK ((jsonb_typeof(refusals) = 'array'::text)),
    CONSTRAINT count_state_check CHECK ((state = ANY (ARRAY['open'::text, 'counted'::text, 'approved'::text, 'posted'::text, 'cancelled'::text]))),
    CONSTRAINT count_tolerance_check CHECK (((tolerance >= (0)::numeric) AND (tolerance < 'Infinity'::numeric))),
    CONSTRAINT count_version_check CHECK ((version > 0))
);
ALTER TABLE ONLY counting.count ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY counting.count FORCE ROW LEVEL SECURITY;

ALTER TABLE counting.count OWNER TO velaurum_owner;

CREATE FUNCTION counting.locked(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) RETURNS counting.count
    LANGUAGE plpgsql
    AS $$
declare
    c counting.count;
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform tenancy.refuse_entry(p_org_id, false);
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    select * into strict c from counting.count as x where x.org_id = p_org_id and x.id = p_id for update;
    return c;
end
$$;

ALTER FUNCTION counting.locked(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION counting.newest(p_org_id uuid, p_count_id uuid, p_part_id uuid, p_status text) RETURNS integer
    LANGUAGE sql STABLE
    AS $$
    select max(l.number)
    from counting.count_line as l
    where l.org_id = p_org_id and l.stock_key = counting.stock_key(p_count_id, p_part_id, p_status)
$$;

ALTER FUNCTION counting.newest(p_org_id uuid, p_count_id uuid, p_part_id uuid, p_status text) OWNER TO velaurum_owner;

CREATE FUNCTION counting.open_count(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_code text, p_code_key text, p_location_id uuid, p_item_id uuid, p_is_blind boolean, p_zero_uncounted boolean, p_tolerance numeric) RETURNS ledger.outcome_of_record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    new_id uuid;
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    perform counting.refuse_overlap(p_org_id, p_location_id, p_item_id);
    insert into counting.count (
        org_id, id, code, code_key, location_id, item_id, is_blind, zero_uncounted, tolerance, opened_at_size,
        created_by, updated_by
    )
    select
        p_org_id, platform.uuidv7(clock_timestamp()), p_code, p_code_key, p_location_id, p_item_id, p_is_blind,
        p_zero_uncounted, p_tolerance, h.size, p_actor_id, p_actor_id
    from ledger.head as h where h.org_id = p_org_id
    on conflict do nothing returning id into new_id;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

ALTER FUNCTION counting.open_count(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_code text, p_code_key text, p_location_id uuid, p_item_id uuid, p_is_blind boolean, p_zero_uncounted boolean, p_tolerance numeric) OWNER TO velaurum_owner;

CREATE FUNCTION counting.post_count(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    c counting.count := counting.locked(p_org_id, p_actor_id, p_credential_id, p_request_id, p_id);
    refused jsonb;
begin
    if c.state = 'posted' then
        return false;
    end if;
    if c.state <> 'approved' then
        raise exception 'a count that is % is not posted', c.state using errcode = 'VL070';
    end if;
    update counting.count as x set posting_xid = pg_current_xact_id() where x.org_id = p_org_id and x.id = p_id;
    refused := coalesce(counting.adjusted_since(p_org_id, p_id), counting.post_rows(p_org_id, array(
        select a.asked || jsonb_build_object(
            'line', a.number, 'actor_id', p_actor_id, 'credential_id', p_credential_id, 'request_id', p_request_id)
        from counting.adjustments(p_org_id, p_id, null) as a order by a.number
    )));
    return counting.step(
        p_org_id, p_id, case when refused is null then 'posted' else 'approved' end, p_actor_id, null, null, null,
        refused);
end
$$;

ALTER FUNCTION counting.post_count(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION counting.post_rows(p_org_id uuid, p_rows jsonb[]) RETURNS jsonb
    LANGUAGE plpgsql
    AS $$
declare
    refused jsonb[] := '{}';
    done integer := 0;
    told text;
begin
    while done < cardinality(p_rows) loop
        refused := refused || array(
            select jsonb_build_object(
                'line', p_rows[done + p.ord] -> 'line', 'available', p.problem -> 'available',
                'code', coalesce(p.problem ->> 'code', 'idempotency-key-reused'))
            from ledger.post_movements(p_org_id, to_jsonb(array(
                select x.asked || jsonb_build_object('ord', x.n - done)
                from unnest(p_rows) with ordinality as x (asked, n)
                where x.n > done and x.n <= done + 1000 order by x.n
            )), true) as p
            where p.status not in ('posted', 'undecided') order by p.ord
        );
        done := done + 1000;
    end loop;
    if cardinality(refused) > 0 then
        raise exception 'what the count comes to is not posted'
            using errcode = 'VL072', detail = to_jsonb(refused)::text;
    end if;
    return null;
exception when sqlstate 'VL072' then
    get stacked diagnostics told := pg_exception_detail;
    return told::jsonb;
end
$$;

ALTER FUNCTION counting.post_rows(p_org_id uuid, p_rows jsonb[]) OWNER TO velaurum_owner;

CREATE FUNCTION counting.posting(p_org_id uuid, p_key text) RETURNS uuid
    LANGUAGE plpgsql STABLE
    AS $_$
begin
    if p_key !~ '^count:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:[1-9][0-9]{0,8}$' then
        return null;
    end if;
    return (
        select c.id from counting.count as c
        where c.org_id = p_org_id and c.id = split_part(p_key, ':', 2)::uuid
            and c.posting_xid = pg_current_xact_id()
    );
end
$_$;

ALTER FUNCTION counting.posting(p_org_id uuid, p_key text) OWNER TO velaurum_owner;

CREATE FUNCTION counting.record_line(p_org_id uuid, p_count_id uuid, p_location_id uuid, asked counting.line_intake, p_item_id uuid, part ledger.part, p_status text, p_size bigint, p_actor_id uuid, p_credential_id uuid, p_request_id uuid) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
    asked_key text := counting.stock_key(p_count_id, coalesce(part.lot_id, part.serial_id, p_item_id), p_status);
    last_one integer;
    last_round integer;
    is_own boolean;
begin
    select coalesce(max(l.number), 0) into last_one
    from counting.count_line as l where l.org_id = p_org_id and l.count_id = p_count_id;
    select coalesce(max(l.round), 0) into last_round
    from counting.count_line as l where l.org_id = p_org_id and l.stock_key = asked_key;
    is_own := exists (
        select from counting.count_line as l
        where l.org_id = p_org_id and l.stock_key = asked_key and l.round = last_round and (
            l.actor_id = p_actor_id or ledger.is_of_one_hand(p_org_id, p_actor_id, l.credential_id)
            or ledger.is_of_one_hand(p_org_id, l.actor_id, p_credential_id)
        )
    );
    insert into counting.count_line (
        org_id, count_id, number, location_id, item_id, lot_id, serial_id, status, quantity, round, at_size,
        idempotency_key, actor_id, credential_id, request_id
    ) values (
        p_org_id, p_count_id, last_one + 1, p_location_id, p_item_id, part.lot_id, part.serial_id, p_status,
        asked.quantity, last_round + case when is_own then 0 else 1 end, coalesce(asked.at_size, p_size),
        asked.idempotency_key, p_actor_id, p_credential_id, p_request_id
    );
end
$$;

ALTER FUNCTION counting.record_line(p_org_id uuid, p_count_id uuid, p_location_id uuid, asked counting.line_intake, p_item_id uuid, part ledger.part, p_status text, p_size bigint, p_actor_id uuid, p_credential_id uuid, p_request_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION counting.refuse_key_of_count() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    of_org_id uuid := new.org_id;
begin
    if counting.posting(of_org_id, new.idempotency_key) is null then
        raise exception 'a key of a count is used by its posting alone' using errcode = 'VL074';
    end if;
    return new;
end
$$;

ALTER FUNCTION counting.refuse_key_of_count() OWNER TO velaurum_owner;

CREATE FUNCTION counting.refuse_late_line() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    of_org_id uuid := new.org_id;
begin
    perform from counting.count as c where c.org_id = of_org_id and c.id = new.count_id and c.state = 'open' for share;
    if not found then
        raise exception 'a count takes lines while it is open' using errcode = 'VL070';
    end if;
    return new;
end
$$;

ALTER FUNCTION counting.refuse_late_line() OWNER TO velaurum_owner;

CREATE FUNCTION counting.refuse_other_beginning() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    if new.state <> 'open' or new.approved_by is not null then
        raise exception 'a count begins as open, not as %', new.state using errcode = 'VL070';
    end if;
    return new;
end
$$;

ALTER FUNCTION counting.refuse_other_beginning() OWNER TO velaurum_owner;

CREATE FUNCTION counting.refuse_other_step() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    of_org_id uuid := new.org_id;
    reach record;
begin
    if (new.code, new.location_id, new.item_id, new.is_blind, new.zero_uncounted, new.tolerance, new.opened_at_size)
        is distinct from
        (old.code, old.location_id, old.item_id, old.is_blind, old.zero_uncounted, old.tolerance, old.opened_at_size)
        or (old.state, new.state) not in (
            ('open', 'counted'), ('counted', 'approved'), ('approved', 'approved'), ('approved', 'posted'),
            ('open', 'cancelled'), ('counted', 'cancelled'), ('approved', 'cancelled')
        )
        or old.state <> 'counted' and (new.approved_by, new.approved_with)
        is distinct from (old.approved_by, old.approved_with)
    then
        raise exception 'a count that is % does not become %', old.state, new.state using errcode = 'VL070';
    end if;
    if old.state = 'counted' and new.state = 'approved' then
        select * into strict reach from identity.reach(of_org_id, new.approved_with, 'approve');
        if not reach.may or reach.principal_id <> new.approved_by or reach.principal_kind <> 'user' or not exists (
            select from catalog.location as l
            where l.org_id = of_org_id and l.id = new.location_id
                and tenancy.reaches(reach.sub_org_ids, l.sub_org_id, false)
        ) then
            raise exception 'the credential does not approve this' using errcode = 'VL005';
        end if;
        if exists (
            select from (
                select distinct l.actor_id, l.credential_id from counting.count_line as l
                where l.org_id = of_org_id and l.count_id = new.id
            ) as x
            where x.actor_id = new.approved_by
                or ledger.is_of_one_hand(of_org_id, new.approved_by, x.credential_id)
                or ledger.is_of_one_hand(of_org_id, x.actor_id, new.approved_with)
        ) then
            raise exception 'who counted does not approve' using errcode = 'VL071';
        end if;
    end if;
    return new;
end
$$;

ALTER FUNCTION counting.refuse_other_step() OWNER TO velaurum_owner;

CREATE FUNCTION counting.refuse_overlap(p_org_id uuid, p_location_id uuid, p_item_id uuid) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
    other text;
begin
    select c.code into other from counting.count as c
    where c.org_id = p_org_id and c.location_id = p_location_id and c.state in ('open', 'counted', 'approved')
        and coalesce(c.item_id = p_item_id, true)
    limit 1;
    if other is not null then
        raise exception 'the place is in another count, %', other using errcode = 'VL075';
    end if;
end
$$;

ALTER FUNCTION counting.refuse_overlap(p_org_id uuid, p_location_id uuid, p_item_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION counting.resolved_lines(p_org_id uuid, p_count_id uuid, p_item_id uuid, p_from_size bigint, p_size bigint, p_actor_id uuid, p_rows jsonb) RETURNS TABLE(asked counting.line_intake, item_id uuid, part ledger.part, status text, known integer, problem jsonb)
    LANGUAGE sql STABLE
    AS $$
    select
        q, i.id, p, nullif(q.status, 'available'), k.number,
        case
            when k.number is not null then case
                when (i.id, q.quantity, coalesce(q.at_size, k.at_size), p_actor_id)
                    is distinct from (k.item_id, k.quantity, k.at_size, k.actor_id)
                    or ((p).lot_id, (p).serial_id) is distinct from (k.lot_id, k.serial_id)
                    or nullif(q.status, 'available') is distinct from k.status
                    then '{"code": "idempotency-key-reused"}'::jsonb
            end
            when i.id is null or i.id <> p_item_id
                then ledger.field_problem('/item', 'unknown-reference', 'The count is of no such item.')
            when q.quantity < 0 or q.quantity >= 'Infinity' or scale(trim_scale(q.quantity)) > 9
                then ledger.field_problem(
                    '/quantity', 'invalid-field', 'A counted quantity is zero or more, with 9 decimals at most.')
            when q.status not in ('available', 'quarantine', 'blocked', 'damaged')
                then ledger.field_problem('/status', 'invalid-field', 'There is no such status.')
            when q.at_size < p_from_size or q.at_size > p_size
                then ledger.field_problem('/at_size', 'invalid-field', concat(
                    'The log had ', p_from_size, ' entries when the count was opened, and has ', p_size, '.'))
            else ledger.part_problem(
                jsonb_populate_record(null::ledger.intake, to_jsonb(q)), i.tracking, p,
                case when q.quantity = 0 then 1 else q.quantity end)
        end
    from jsonb_populate_recordset(null::counting.line_intake, p_rows) as q
    left join lateral (
        select x.id, x.tracking from catalog.item as x where x.org_id = p_org_id and x.id = q.item_id
        union all
        select x.id, x.tracking from catalog.item as x where x.org_id = p_org_id and x.code = q.item_code
        limit 1
    ) as i on true
    cross join lateral (
        select case
            when i.tracking <> 'none'
                then ledger.find_part(p_org_id, i.id, q.lot_id, q.lot_code, q.serial_id, q.serial_code)
        end as p
    ) as parts
    left join counting.count_line as k
        on k.org_id = p_org_id and k.count_id = p_count_id and k.idempotency_key = q.idempotency_key
$$;

ALTER FUNCTION counting.resolved_lines(p_org_id uuid, p_count_id uuid, p_item_id uuid, p_from_size bigint, p_size bigint, p_actor_id uuid, p_rows jsonb) OWNER TO velaurum_owner;

CREATE FUNCTION counting.standing(p_org_id uuid, p_count_id uuid, p_number integer) RETURNS TABLE(number integer, location_id uuid, item_id uuid, lot_id uuid, serial_id uuid, status text, quantity numeric, round integer, at_size bigint, variance numeric)
    LANGUAGE sql STABLE
    AS $$
    select
        l.number, l.location_id, l.item_id, l.lot_id, l.serial_id, l.status, l.quantity, l.round, l.at_size,
        counting.variance(
            p_org_id, l.item_id, l.location_id, l.lot_id, l.serial_id, l.status, l.at_size, l.quantity)
    from counting.count_line as l
    where l.org_id = p_org_id and l.count_id = p_count_id
        and l.number >= coalesce(p_number, 1) and l.number <= coalesce(p_number, 2147483647)
        and l.number = counting.newest(
            p_org_id, p_count_id, coalesce(l.lot_id, l.serial_id, l.item_id), l.status)
    offset 0
$$;

ALTER FUNCTION counting.standing(p_org_id uuid, p_count_id uuid, p_number integer) OWNER TO velaurum_owner;

CREATE FUNCTION counting.step(p_org_id uuid, p_id uuid, p_state text, p_actor_id uuid, p_size bigint, p_approver_id uuid, p_credential_id uuid, p_refusals jsonb) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
begin
    update counting.count as c
    set
        state = p_state, finished_at_size = coalesce(c.finished_at_size, p_size),
        approved_by = coalesce(c.approved_by, p_approver_id),
        approved_with = coalesce(c.approved_with, p_credential_id), refusals = p_refusals, posting_xid = null,
        version = c.version + 1,
        updated_at = greatest(clock_timestamp(), c.updated_at + interval '1 microsecond'), updated_by = p_actor_id
    where c.org_id = p_org_id and c.id = p_id and (c.state <> p_state or p_refusals is not null);
    return found;
end
$$;

ALTER FUNCTION counting.step(p_org_id uuid, p_id uuid, p_state text, p_actor_id uuid, p_size bigint, p_approver_id uuid, p_credential_id uuid, p_refusals jsonb) OWNER TO velaurum_owner;

CREATE FUNCTION counting.stock_key(p_count_id uuid, p_part_id uuid, p_status text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
    select p_count_id::text || '/' || p_part_id::text || '/' || coalesce(p_status, 'available')
$$;

ALTER FUNCTION counting.stock_key(p_count_id uuid, p_part_id uuid, p_status text) OWNER TO velaurum_owner;

CREATE FUNCTION counting.uncounted(p_org_id uuid, p_count_id uuid) RETURNS TABLE(item_id uuid, lot_id uuid, serial_id uuid, status text, on_hand numeric, at_size bigint)
    LANGUAGE sql STABLE
    AS $$
    select b.item_id, b.lot_id, b.serial_id, b.status, h.on_hand, c.finished_at_size
    from counting.count as c
    inner join ledger.balance as b on c.location_id = b.location_id
    cross join lateral (
        select case
            when c.finished_at_size is null then b.on_hand
            else ledger.on_hand_at(
                p_org_id, b.item_id, b.location_id, b.lot_id, b.serial_id, b.status, c.finished_at_size)
        end as on_hand
    ) as h
    where c.org_id = p_org_id and c.id = p_count_id and b.org_id = p_org_id
        and (c.item_id is null or b.item_id = c.item_id) and h.on_hand > 0 and counting.newest(
            p_org_id, p_count_id, coalesce(b.lot_id, b.serial_id, b.item_id), b.status) is null
$$;

ALTER FUNCTION counting.uncounted(p_org_id uuid, p_count_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION counting.variance(p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint, p_quantity numeric) RETURNS numeric
    LANGUAGE sql STABLE
    AS $$
    select p_quantity - coalesce(
        ledger.on_hand_at(p_org_id, p_item_id, p_location_id, p_lot_id, p_serial_id, p_status, p_size), 0)
$$;

ALTER FUNCTION counting.variance(p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint, p_quantity numeric) OWNER TO velaurum_owner;

CREATE FUNCTION counting.vouches(p_org_id uuid, p_key text, p_hash bytea, p_actor_id uuid, p_credential_id uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
declare
    of_id uuid := counting.posting(p_org_id, p_key);
begin
    return of_id is not null and exists (
        select from counting.count as c
        cross join lateral counting.adjustments(p_org_id, of_id, split_part(p_key, ':', 3)::integer) as a
        where c.org_id = p_org_id and c.id = of_id and a.request_hash = p_hash
            and c.approved_by <> p_actor_id
            and not ledger.is_of_one_hand(p_org_id, c.approved_by, p_credential_id)
            and not ledger.is_of_one_hand(p_org_id, p_actor_id, c.approved_with)
    );
end
$$;

ALTER FUNCTION counting.vouches(p_org_id uuid, p_key text, p_hash bytea, p_actor_id uuid, p_credential_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION counting.waiting(p_org_id uuid, p_count_id uuid) RETURNS SETOF integer
    LANGUAGE sql STABLE
    AS $$
    select max(l.number)
    from counting.count as c
    inner join counting.count_line as l on c.id = l.count_id
    where c.org_id = p_org_id and c.id = p_count_id and l.org_id = p_org_id
    group by c.tolerance, coalesce(l.lot_id, l.serial_id, l.item_id), l.status
    having max(l.round) = 1 and bool_or(abs(counting.variance(
        p_org_id, l.item_id, l.location_id, l.lot_id, l.serial_id, l.status, l.at_size, l.quantity)) > c.tolerance)
$$;

ALTER FUNCTION counting.waiting(p_org_id uuid, p_count_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION events.advance(p_org_id uuid, p_name text, p_from bigint, p_to bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    update events.subscriber as s set after_index = p_to, advanced_at = clock_timestamp()
    where s.org_id = p_org_id and s.name = p_name and s.after_index = p_from and p_to > p_from
        and exists (select from ledger.head as h where h.org_id = p_org_id and h.size > p_to);
    return found;
end
$$;

ALTER FUNCTION events.advance(p_org_id uuid, p_name text, p_from bigint, p_to bigint) OWNER TO velaurum_owner;

CREATE FUNCTION events.claim(p_org_id uuid, p_name text) RETURNS TABLE(after_index bigint)
    LANGUAGE plpgsql SECURITY DEFINER ROWS 1
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    return query
    select s.after_index from events.subscriber as s where s.org_id = p_org_id and s.name = p_name
    for update skip locked;
end
$$;

ALTER FUNCTION events.claim(p_org_id uuid, p_name text) OWNER TO velaurum_owner;

CREATE FUNCTION events.figures(p_org_id uuid) RETURNS TABLE(subscriber text, behind bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform tenancy.set_context(p_org_id, null);
    return query
    select s.name, h.size - 1 - s.after_index
    from events.subscriber as s inner join ledger.head as h on h.org_id = p_org_id
    where s.org_id = p_org_id;
end
$$;

ALTER FUNCTION events.figures(p_org_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION events.forget(p_org_id uuid, p_age interval, p_limit integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    before timestamptz := platform.forgotten_before('inbox', p_age);
    forgotten bigint;
begin
    if exists (
        select from events.subscriber as s
        where s.org_id = p_org_id and s.after_index + 1 < ledger.size_at(p_org_id, before)
    ) or exists (
        select from transport.message as m where m.org_id = p_org_id and m.published_at < before
    ) then
        return 0;
    end if;
    delete from events.inbox as i
    where i.org_id = p_org_id and (i.consumer, i.message_id) in (
        select x.consumer, x.message_id from events.inbox as x
        where x.org_id = p_org_id and x.taken_at < before
        order by x.taken_at
        limit p_limit
        for update skip locked
    );
    get diagnostics forgotten = row_count;
    return forgotten;
end
$$;

ALTER FUNCTION events.forget(p_org_id uuid, p_age interval, p_limit integer) OWNER TO velaurum_owner;

CREATE FUNCTION events.guard_removal() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    if old.taken_at >= platform.forgotten_before('inbox', null) then
        perform platform.refuse_early_removal('events.inbox');
    end if;
    return old;
end
$$;

ALTER FUNCTION events.guard_removal() OWNER TO velaurum_owner;

CREATE FUNCTION events.refuse_going_back() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    if new.org_id <> old.org_id or new.name <> old.name or new.after_index < old.after_index then
        raise exception 'a subscriber goes forward alone' using errcode = 'VL001';
    end if;
    return new;
end
$$;

ALTER FUNCTION events.refuse_going_back() OWNER TO velaurum_owner;

CREATE FUNCTION events.subscribe(p_org_id uuid, p_name text, p_after_index bigint) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    insert into events.subscriber (org_id, name, after_index) values (p_org_id, p_name, p_after_index)
    on conflict (org_id, name) do nothing
$$;

ALTER FUNCTION events.subscribe(p_org_id uuid, p_name text, p_after_index bigint) OWNER TO velaurum_owner;

CREATE FUNCTION events.take(p_org_id uuid, p_consumer text, p_message_ids text[]) RETURNS TABLE(message_id text)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    insert into events.inbox (org_id, consumer, message_id)
    select distinct p_org_id, p_consumer, m.message_id from unnest(p_message_ids) as m (message_id)
    order by m.message_id
    on conflict (org_id, consumer, message_id) do nothing
    returning message_id
$$;

ALTER FUNCTION events.take(p_org_id uuid, p_consumer text, p_message_ids text[]) OWNER TO velaurum_owner;

CREATE FUNCTION fence.is_current() RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    select not exists (
        (select o.classid, o.objid, o.state from fence.objects() as o except select p.* from fence.protected as p)
        union all
        (select p.* from fence.protected as p except select o.classid, o.objid, o.state from fence.objects() as o)
    )
$$;

CREATE FUNCTION fence.is_open() RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    select exists (
        select from fence.migration_window as o
        where o.xid = pg_current_xact_id_if_assigned() and o.xmin = o.xid::pg_catalog.xid
    )
$$;

CREATE FUNCTION fence.is_ours(p_schema text) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    select exists (
        select from pg_catalog.pg_namespace as n
        where n.nspname = p_schema and n.nspowner = to_regrole('velaurum_owner')
    )
$$;

CREATE FUNCTION fence.is_protected(p_classid oid, p_objid oid) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    select exists (select from fence.protected as p where p.classid = p_classid and p.objid = p_objid)
$$;

CREATE FUNCTION fence.is_touched(p_classid oid, p_objid oid, p_schema text) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    select
        fence.is_ours(p_schema)
        or fence.is_protected(p_classid, p_objid)
        or (p_classid, p_objid) in (select o.classid, o.objid from fence.objects() as o)
        or exists (
            select from pg_catalog.pg_inherits as i
            where p_classid = 'pg_catalog.pg_class'::pg_catalog.regclass and i.inhrelid = p_objid
                and fence.is_protected(p_classid, i.inhparent)
        )
        or exists (
            select from pg_catalog.pg_constraint as k
            where p_classid = 'pg_catalog.pg_class'::pg_catalog.regclass and k.conrelid = p_objid
                and fence.is_protected(p_classid, k.confrelid)
        )
        or exists (
            select from pg_catalog.pg_depend as d
            where p_classid = 'pg_catalog.pg_extension'::pg_catalog.regclass and d.refclassid = p_classid
                and d.refobjid = p_objid and d.deptype = 'e' and fence.is_protected(d.classid, d.objid)
        )
$$;

CREATE FUNCTION fence.objects() RETURNS TABLE(classid oid, objid oid, state text)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    with place as (
        select n.oid, n.nspowner, n.nspacl from pg_catalog.pg_namespace as n
        where n.nspowner = to_regrole('velaurum_owner')
    ), relation as (
        select c.oid, c.relowner, c.relacl
        from pg_catalog.pg_class as c inner join place as p on c.relnamespace = p.oid
    ), data_type as (
        select t.oid, t.typowner, t.typacl
        from pg_catalog.pg_type as t inner join place as p on t.typnamespace = p.oid
    )
    select 'pg_catalog.pg_namespace'::pg_catalog.regclass::oid, n.oid, concat_ws(' ', n.nspowner, n.nspacl, (
        select string_agg(concat_ws(' ', d.defaclnamespace, d.defaclobjtype, d.defaclacl), ' ' order by d.oid)
        from pg_catalog.pg_default_acl as d where d.defaclrole = n.nspowner or d.defaclnamespace = n.oid
    )) from place as n
    union all
    select 'pg_catalog.pg_class'::pg_catalog.regclass, r.oid, concat_ws(' ', r.relowner, r.relacl, (
        select string_agg(concat_ws(' ', a.attname, a.attacl), ' ' order by a.attnum)
        from pg_catalog.pg_attribute as a where a.attrelid = r.oid and a.attacl is not null
    )) from relation as r
    union all
    select 'pg_catalog.pg_proc'::pg_catalog.regclass, f.oid, concat_ws(' ', f.proowner, f.proacl)
    from pg_catalog.pg_proc as f inner join place as p on f.pronamespace = p.oid
    union all
    select 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, concat_ws(' ', t.typowner, t.typacl) from data_type as t
    union all
    select 'pg_catalog.pg_cast'::pg_catalog.regclass, k.oid, ''
    from pg_catalog.pg_cast as k inner join data_type as t on t.oid in (k.castsource, k.casttarget)
    union all
    select 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid, ''
    from pg_catalog.pg_constraint as k inner join place as p on k.connamespace = p.oid
    union all
    select 'pg_catalog.pg_trigger'::pg_catalog.regclass, g.oid, ''
    from pg_catalog.pg_trigger as g inner join relation as r on g.tgrelid = r.oid
    union all
    select 'pg_catalog.pg_rewrite'::pg_catalog.regclass, w.oid, ''
    from pg_catalog.pg_rewrite as w inner join relation as r on w.ev_class = r.oid
    union all
    select 'pg_catalog.pg_policy'::pg_catalog.regclass, y.oid, ''
    from pg_catalog.pg_policy as y inner join relation as r on y.polrelid = r.oid
    union all
    select 'pg_catalog.pg_attrdef'::pg_catalog.regclass, d.oid, ''
    from pg_catalog.pg_attrdef as d inner join relation as r on d.adrelid = r.oid
$$;

CREATE FUNCTION fence.on_command() RETURNS event_trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    command record;
begin
    if fence.is_open() then
        return;
    end if;
    for command in select * from pg_event_trigger_ddl_commands() as d where d.command_tag <> 'REINDEX' loop
        if fence.is_touched(command.classid, command.objid, command.schema_name) then
            perform fence.refuse(command.command_tag, command.object_identity);
        end if;
    end loop;
    -- These do not say which objects they changed, so owners and grants themselves are compared.
    if tg_tag in ('GRANT', 'REVOKE', 'ALTER DEFAULT PRIVILEGES', 'REASSIGN OWNED', 'DROP OWNED') then
        perform fence.refuse(tg_tag, coalesce((pg_identify_object(p.classid, p.objid, 0)).identity, 'what was restored'))
        from fence.protected as p left join fence.objects() as o using (classid, objid)
        where o.state <> p.state
            or (o.state is null and p.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass);
    end if;
end
$$;

CREATE FUNCTION fence.on_drop() RETURNS event_trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    if not fence.is_open() then
        perform fence.refuse(tg_tag, d.object_identity)
        from pg_event_trigger_dropped_objects() as d
        where fence.is_protected(d.classid, d.objid) or fence.is_ours(d.schema_name);
    end if;
end
$$;

CREATE FUNCTION fence.on_rewrite() RETURNS event_trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    rewritten oid := pg_event_trigger_table_rewrite_oid();
begin
    if not fence.is_open() and fence.is_touched('pg_catalog.pg_class'::pg_catalog.regclass, rewritten, null) then
        perform fence.refuse(tg_tag, rewritten::pg_catalog.regclass::text);
    end if;
end
$$;

CREATE FUNCTION fence.on_start() RETURNS event_trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    if not fence.is_open() and position('concurrently' in lower(current_query())) > 0 then
        perform fence.refuse(tg_tag || ' CONCURRENTLY', 'this database');
    end if;
end
$$;

CREATE FUNCTION fence.open() RETURNS void
    LANGUAGE sql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    insert into fence.migration_window (xid) values (pg_current_xact_id()) on conflict do nothing
$$;

CREATE FUNCTION fence.protect() RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    if exists (
        select from pg_catalog.pg_namespace as n
        where n.nspname in (
            'platform', 'tenancy', 'identity', 'catalog', 'ledger', 'counting', 'audit', 'events', 'jobs', 'webhooks',
            'transport', 'keys', 'procrastinate'
        )
            and not fence.is_ours(n.nspname)
    ) then
        raise exception 'velaurum_owner no longer owns its schemas; find out why, and give them back';
    end if;
    delete from fence.protected as p where not exists (
        select from fence.objects() as o where o.classid = p.classid and o.objid = p.objid
    );
    insert into fence.protected as p (classid, objid, state)
    select distinct o.classid, o.objid, o.state from fence.objects() as o
    on conflict (classid, objid) do update set state = excluded.state where p.state <> excluded.state;
end
$$;

CREATE FUNCTION fence.refuse(p_tag text, p_identity text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    raise exception '% on % is refused: it changes in a migration only', p_tag, p_identity
        using errcode = 'VL002', hint = 'Run "velaurum migrate" as the administrator of the database.';
end
$$;

CREATE FUNCTION identity.act_as(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
    if p_credential_id is not null and not exists (
        select from identity.standing(p_org_id, p_credential_id) as x where x.principal_id = p_actor_id
    ) then
        raise exception 'the credential is not the actor''s, or is not valid any more' using errcode = 'VL004';
    end if;
    perform set_config('velaurum.acting', array[p_actor_id, p_credential_id, p_request_id]::text, true);
end
$$;

ALTER FUNCTION identity.act_as(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.admit_administrator(p_org_id uuid, p_actor_id uuid, p_name text) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
    operator_id uuid;
begin
    if platform.living_administrator(p_actor_id) is null or exists (
        select from identity.principal as p where p.org_id = p_org_id and p.id = p_actor_id
    ) then
        return;
    end if;
    select p.id into strict operator_id from identity.principal as p
    where p.org_id = p_org_id and p.created_by = p.id;
    perform identity.act_as(p_org_id, operator_id, null, null);
    insert into identity.principal (org_id, id, kind, name, created_by)
    values (p_org_id, p_actor_id, 'user', p_name, operator_id)
    on conflict (org_id, id) do nothing;
end
$$;

ALTER FUNCTION identity.admit_administrator(p_org_id uuid, p_actor_id uuid, p_name text) OWNER TO velaurum_owner;

CREATE FUNCTION identity.assign(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_principal_id uuid, p_role text, p_sub_org_id uuid, p_sub_org_ids uuid[]) RETURNS ledger.outcome_of_record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    new_id uuid := platform.uuidv7(clock_timestamp());
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    perform identity.require_other_hand(p_org_id, p_actor_id, p_principal_id);
    perform identity.require_manageable(p_org_id, p_principal_id, p_sub_org_ids);
    perform tenancy.require_reach(p_sub_org_ids, p_sub_org_id);
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    insert into identity.assignment (org_id, id, principal_id, role, sub_org_id, created_by)
    values (p_org_id, new_id, p_principal_id, p_role, p_sub_org_id, p_actor_id)
    on conflict do nothing;
    if not found then
        return row('invalid', false, null, '{"code": "conflict"}'::jsonb)::ledger.outcome_of_record;
    end if;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

ALTER FUNCTION identity.assign(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_principal_id uuid, p_role text, p_sub_org_id uuid, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION identity.attempt_sign_in(p_org_id uuid, p_kinds text[], p_key_hashes bytea[]) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    moment timestamptz := clock_timestamp();
    until timestamptz;
begin
    -- What nobody owes any more goes along, a few for each attempt; what another transaction holds waits.
    delete from identity.sign_in_failure as f
    where f.org_id = p_org_id and f.key_hash <> all(p_key_hashes) and f.key_hash in (
        select x.key_hash from identity.sign_in_failure as x
        where x.org_id = p_org_id and x.owed_until < moment and x.blocked_until < moment
        limit 20
        for update skip locked
    );
    insert into identity.sign_in_failure (org_id, key_hash, kind, owed_until, blocked_until)
    select p_org_id, k.key_hash, k.kind, moment, moment
    from unnest(p_kinds, p_key_hashes) as k (kind, key_hash)
    order by k.key_hash
    on conflict do nothing;
    perform from identity.sign_in_failure as f
    where f.org_id = p_org_id and f.key_hash = any(p_key_hashes)
    order by f.key_hash
    for update;
    moment := clock_timestamp();
    select max(f.blocked_until) into until from identity.sign_in_failure as f
    where f.org_id = p_org_id and f.key_hash = any(p_key_hashes);
    if until > moment then
        return ceil(extract(epoch from until - moment));
    end if;
    update identity.sign_in_failure as f
    set
        owed_until = moment + w.failures * w.owed_for,
        blocked_until = moment
            + least(w.longest_s, (1 << greatest(w.failures - w.free, 0)) - 1) * interval '1 second'
    from (
        select
            x.key_hash, r.free, r.longest_s, r.owed_for,
            least(1 + greatest(
                ceil(extract(epoch from x.owed_until - moment) / extract(epoch from r.owed_for)), 0
            )::integer, r.free + 16) as failures
        from identity.sign_in_failure as x
        cross join lateral identity.failure_rule(x.kind) as r
        where x.org_id = p_org_id and x.key_hash = any(p_key_hashes)
    ) as w
    where f.org_id = p_org_id and f.key_hash = w.key_hash;
    return 0;
end
$$;

ALTER FUNCTION identity.attempt_sign_in(p_org_id uuid, p_kinds text[], p_key_hashes bytea[]) OWNER TO velaurum_owner;

CREATE FUNCTION identity.begin_provisioning(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_sub_org_ids uuid[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform tenancy.refuse_suspended(p_org_id);
    perform tenancy.require_reach(p_sub_org_ids, null);
    if not exists (
        select from identity.principal as p where p.org_id = p_org_id and p.id = p_actor_id and p.kind = 'service'
    ) then
        raise exception 'only a service account provisions' using errcode = 'VL019';
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

ALTER FUNCTION identity.begin_provisioning(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION identity.begin_sign_in(p_org_id uuid, p_id uuid, p_provider_id uuid, p_secret_hash bytea, p_return_to text, p_life interval) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    moment timestamptz := clock_timestamp();
begin
    perform tenancy.refuse_suspended(p_org_id);
    delete from identity.sign_in as s where s.org_id = p_org_id and s.expires_at < moment;
    insert into identity.sign_in (org_id, id, provider_id, secret_hash, return_to, created_at, expires_at)
    values (p_org_id, p_id, p_provider_id, p_secret_hash, p_return_to, moment, moment + p_life);
    return p_id;
end
$$;

ALTER FUNCTION identity.begin_sign_in(p_org_id uuid, p_id uuid, p_provider_id uuid, p_secret_hash bytea, p_return_to text, p_life interval) OWNER TO velaurum_owner;

CREATE FUNCTION identity.break_glass_side(p_org_id uuid, p_actor_id uuid, p_credential_id uuid) RETURNS text
    LANGUAGE plpgsql
    AS $$
declare
    reach record;
begin
    if p_actor_id = p_credential_id and platform.living_administrator(p_actor_id) is not null and exists (
        select from identity.principal as p
        where p.org_id = p_org_id and p.id = p_actor_id and p.disabled_at is null
    ) then
        return 'operator';
    end if;
    select * into strict reach from identity.reach(p_org_id, p_credential_id, 'manage-identity');
    if reach.may and reach.principal_id = p_actor_id and reach.sub_org_ids is null then
        return 'organisation';
    end if;
    if exists (
        select from identity.principal as p
        where p.org_id = p_org_id and p.id = p_actor_id and p.created_by = p.id
    ) then
        return 'installation';
    end if;
    return null;
end
$$;

ALTER FUNCTION identity.break_glass_side(p_org_id uuid, p_actor_id uuid, p_credential_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.break_glass_state(p_org_id uuid, p_id uuid, p_at timestamp with time zone) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    select case
        when e.id is not null or o.expires_at <= p_at then 'ended'
        when o.id is not null then 'open'
        when b.requested_at + interval '1 day' <= p_at then 'lapsed'
        else 'pending'
    end
    from identity.break_glass as b
    left join identity.break_glass_step as o on b.org_id = o.org_id and b.id = o.id and o.step = 'approved'
    left join identity.break_glass_step as e on b.org_id = e.org_id and b.id = e.id and e.step = 'ended'
    where b.org_id = p_org_id and b.id = p_id
$$;

ALTER FUNCTION identity.break_glass_state(p_org_id uuid, p_id uuid, p_at timestamp with time zone) OWNER TO velaurum_owner;

CREATE FUNCTION identity.challenge_anybody(p_org_id uuid, p_challenge_hash bytea) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform identity.keep_challenge(p_org_id, p_challenge_hash, 'sign-in', null);
end
$$;

ALTER FUNCTION identity.challenge_anybody(p_org_id uuid, p_challenge_hash bytea) OWNER TO velaurum_owner;

CREATE FUNCTION identity.challenge_registrant(p_org_id uuid, p_credential_id uuid, p_challenge_hash bytea) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    registrant uuid;
begin
    perform tenancy.refuse_suspended(p_org_id);
    registrant := identity.registrant(p_org_id, p_credential_id);
    perform identity.keep_challenge(p_org_id, p_challenge_hash, 'register', registrant);
    return registrant;
end
$$;

ALTER FUNCTION identity.challenge_registrant(p_org_id uuid, p_credential_id uuid, p_challenge_hash bytea) OWNER TO velaurum_owner;

CREATE FUNCTION identity.change_members(p_org_id uuid, p_actor_id uuid, p_group_id uuid, p_added uuid[], p_removed uuid[]) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
declare
    touched uuid[];
begin
    if (
        select count(*) from identity.scim_user as u
        where u.org_id = p_org_id and u.id = any(p_added) and u.removed_at is null
    ) <> cardinality(p_added) then
        return false;
    end if;
    with gone as (
        delete from identity.scim_member as m
        where m.org_id = p_org_id and m.group_id = p_group_id
            and (p_removed is null or m.user_id = any(p_removed))
        returning m.user_id
    )
    select coalesce(array_agg(x.user_id), '{}') into touched from gone as x;
    insert into identity.scim_member (org_id, group_id, user_id, created_by)
    select p_org_id, p_group_id, x.user_id, p_actor_id from unnest(p_added) as x (user_id)
    on conflict do nothing;
    perform identity.settle_groups(p_org_id, p_actor_id, touched || p_added);
    return (
        select count(*) from identity.scim_member as m where m.org_id = p_org_id and m.group_id = p_group_id
    ) <= 10000;
end
$$;

ALTER FUNCTION identity.change_members(p_org_id uuid, p_actor_id uuid, p_group_id uuid, p_added uuid[], p_removed uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION identity.change_password(p_org_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_new_id uuid, p_login text, p_login_index bytea, p_phc bytea) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    person_id uuid;
    moment timestamptz;
    before identity.password;
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform tenancy.refuse_suspended(p_org_id);
    select s.principal_id into person_id from identity.standing_of_session(p_org_id, p_credential_id) as s limit 1;
    if person_id is null then
        raise exception 'the session is not valid any more' using errcode = 'VL004';
    end if;
    perform identity.act_as(p_org_id, person_id, p_credential_id, p_request_id);
    moment := clock_timestamp();
    select * into before from identity.password as w
    where w.org_id = p_org_id and w.id = p_id and w.principal_id = person_id and w.revoked_at is null
        and (w.login_index is null or w.login_index = p_login_index)
    for update;
    if not found then
        return false;
    end if;
    update identity.password as w set revoked_at = moment, revoked_by = person_id, phc = null
    where w.org_id = p_org_id and w.id = p_id;
    insert into identity.password (org_id, id, principal_id, login, login_index, phc, invitation_id, created_by)
    values (p_org_id, p_new_id, person_id, p_login, p_login_index, p_phc, before.invitation_id, person_id);
    update identity.session as s set ended_at = moment, ended_by = person_id
    where s.org_id = p_org_id and s.principal_id = person_id and s.id <> p_credential_id and s.ended_at is null;
    return true;
end
$$;

ALTER FUNCTION identity.change_password(p_org_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_new_id uuid, p_login text, p_login_index bytea, p_phc bytea) OWNER TO velaurum_owner;

CREATE FUNCTION identity.confirm_second_factor(p_org_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_step bigint, p_code_hashes bytea[]) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    person_id uuid := identity.enrolling(p_org_id, p_credential_id, p_request_id);
    moment timestamptz := clock_timestamp();
begin
    perform from identity.second_factor as f
    where f.org_id = p_org_id and f.id = p_id and f.principal_id = person_id
        and f.confirmed_at is null and f.revoked_at is null
    for update;
    if not found then
        return false;
    end if;
    update identity.second_factor as f set revoked_at = moment, revoked_by = person_id, sealed = null
    where f.org_id = p_org_id and f.principal_id = person_id and f.confirmed_at is not null and f.revoked_at is null;
    update identity.second_factor as f set confirmed_at = moment, last_step = p_step
    where f.org_id = p_org_id and f.id = p_id;
    perform identity.put_recovery_codes(p_org_id, p_id, p_code_hashes, person_id);
    return true;
end
$$;

ALTER FUNCTION identity.confirm_second_factor(p_org_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_step bigint, p_code_hashes bytea[]) OWNER TO velaurum_owner;

CREATE FUNCTION identity.create_principal(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_id uuid, p_kind text, p_name text, p_sub_org_id uuid, p_sub_org_ids uuid[]) RETURNS ledger.outcome_of_record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    perform tenancy.require_reach(p_sub_org_ids, p_sub_org_id);
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    insert into identity.principal (org_id, id, kind, name, sub_org_id, created_by)
    values (p_org_id, p_id, p_kind, p_name, p_sub_org_id, p_actor_id);
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, p_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

ALTER FUNCTION identity.create_principal(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_id uuid, p_kind text, p_name text, p_sub_org_id uuid, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION identity.create_provider(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_code text, p_name text, p_kind text, p_issuer text, p_client_id text, p_client_auth text, p_client_secret text, p_tenant_ids text[]) RETURNS ledger.outcome_of_record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    new_id uuid;
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    insert into identity.provider (
        org_id, id, code, name, kind, issuer, client_id, client_auth, client_secret, tenant_ids, created_by, updated_by
    ) values (
        p_org_id, platform.uuidv7(clock_timestamp()), p_code, p_name, p_kind, p_issuer, p_client_id, p_client_auth,
        p_client_secret, p_tenant_ids, p_actor_id, p_actor_id
    ) on conflict do nothing returning id into new_id;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

ALTER FUNCTION identity.create_provider(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_code text, p_name text, p_kind text, p_issuer text, p_client_id text, p_client_auth text, p_client_secret text, p_tenant_ids text[]) OWNER TO velaurum_owner;

CREATE FUNCTION identity.create_role(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_code text, p_name text, p_permissions text[], p_sub_org_ids uuid[]) RETURNS ledger.outcome_of_record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    new_id uuid := platform.uuidv7(clock_timestamp());
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    perform tenancy.require_reach(p_sub_org_ids, null);
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    insert into identity.role (org_id, id, code, name, permissions, is_seeded, created_by, updated_by)
    values (p_org_id, new_id, p_code, p_name, p_permissions, false, p_actor_id, p_actor_id)
    on conflict do nothing;
    if not found then
        new_id := null;
    end if;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

ALTER FUNCTION identity.create_role(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_code text, p_name text, p_permissions text[], p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION identity.create_scim_group(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_display_name text, p_display_name_key text, p_external_id text, p_members uuid[], p_sub_org_ids uuid[]) RETURNS TABLE(outcome text, id uuid)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    new_id uuid := platform.uuidv7(clock_timestamp());
begin
    perform identity.begin_provisioning(p_org_id, p_actor_id, p_credential_id, p_request_id, p_sub_org_ids);
    if identity.is_group_name_taken(p_org_id, null, p_display_name_key) then
        return query select 'taken', null::uuid;
        return;
    end if;
    if (select count(*) from identity.scim_group as g where g.org_id = p_org_id) >= 10000 then
        raise exception 'the organisation has as many groups as it may' using errcode = 'VL021';
    end if;
    insert into identity.scim_group (
        org_id, id, display_name, display_name_key, external_id, created_by, updated_by
    ) values (p_org_id, new_id, p_display_name, p_display_name_key, p_external_id, p_actor_id, p_actor_id);
    if not identity.change_members(p_org_id, p_actor_id, new_id, p_members, '{}') then
        return query select 'unknown', null::uuid;
        return;
    end if;
    return query select 'done', new_id;
end
$$;

ALTER FUNCTION identity.create_scim_group(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_display_name text, p_display_name_key text, p_external_id text, p_members uuid[], p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION identity.create_scim_mapping(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_group_id uuid, p_role text, p_sub_org_id uuid, p_sub_org_ids uuid[]) RETURNS ledger.outcome_of_record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    new_id uuid := platform.uuidv7(clock_timestamp());
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    perform tenancy.require_reach(p_sub_org_ids, null);
    if p_role = 'break-glass' or exists (
        select from identity.role as r
        where r.org_id = p_org_id and r.code = p_role and 'provision' = any(r.permissions)
    ) then
        raise exception 'no group gives this role' using errcode = 'VL022';
    end if;
    if not exists (
        select from identity.scim_group as g where g.org_id = p_org_id and g.id = p_group_id and g.removed_at is null
    ) then
        raise exception 'the group is gone' using errcode = 'VL023';
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    insert into identity.scim_mapping (org_id, id, group_id, role, sub_org_id, created_by)
    values (p_org_id, new_id, p_group_id, p_role, p_sub_org_id, p_actor_id) on conflict do nothing;
    if not found then
        new_id := null;
    else
        perform identity.settle_group(p_org_id, p_actor_id, p_group_id);
    end if;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

ALTER FUNCTION identity.create_scim_mapping(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_group_id uuid, p_role text, p_sub_org_id uuid, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION identity.create_scim_user(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_principal_id uuid, p_user_name text, p_user_name_index bytea, p_user_name_key text, p_external_id text, p_external_id_index bytea, p_attributes text, p_display_name_index bytea, p_attributes_digest text, p_name text, p_is_active boolean, p_sub_org_ids uuid[]) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform identity.begin_provisioning(p_org_id, p_actor_id, p_credential_id, p_request_id, p_sub_org_ids);
    if identity.is_user_name_taken(p_org_id, null, p_user_name_index, p_user_name_key) then
        return false;
    end if;
    if (select count(*) from identity.scim_user as u where u.org_id = p_org_id) >= 100000 then
        raise exception 'the organisation has as many users as it may' using errcode = 'VL021';
    end if;
    insert into identity.principal (org_id, id, kind, name, created_by)
    values (p_org_id, p_principal_id, 'user', p_name, p_actor_id);
    insert into identity.scim_user (
        org_id, id, principal_id, user_name, user_name_index, external_id, external_id_index, attributes,
        display_name_index, attributes_digest, is_linked, created_by, updated_by
    ) values (
        p_org_id, p_id, p_principal_id, p_user_name, p_user_name_index, p_external_id, p_external_id_index,
        p_attributes, p_display_name_index, p_attributes_digest, false, p_actor_id, p_actor_id
    );
    perform identity.set_user_active(p_org_id, p_actor_id, p_credential_id, p_request_id, p_id, p_is_active);
    return true;
end
$$;

ALTER FUNCTION identity.create_scim_user(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_principal_id uuid, p_user_name text, p_user_name_index bytea, p_user_name_key text, p_external_id text, p_external_id_index bytea, p_attributes text, p_display_name_index bytea, p_attributes_digest text, p_name text, p_is_active boolean, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION identity.create_token(p_org_id uuid, p_id uuid, p_principal_id uuid, p_kind text, p_name text, p_role text, p_sub_org_id uuid, p_secret_hash bytea, p_life interval) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    operator_id uuid;
begin
    if p_life > interval '365 days' then
        raise exception 'a token lives 365 days at most';
    end if;
    select p.id into strict operator_id from identity.principal as p
    where p.org_id = p_org_id and p.created_by = p.id;
    perform identity.act_as(p_org_id, operator_id, null, null);
    insert into identity.principal (org_id, id, kind, name, created_by)
    values (p_org_id, p_principal_id, p_kind, p_name, operator_id);
    insert into identity.token (org_id, id, principal_id, role, sub_org_id, secret_hash, created_by, expires_at)
    values (
        p_org_id, p_id, p_principal_id, p_role, p_sub_org_id, p_secret_hash, operator_id, clock_timestamp() + p_life
    );
    return p_principal_id;
end
$$;

ALTER FUNCTION identity.create_token(p_org_id uuid, p_id uuid, p_principal_id uuid, p_kind text, p_name text, p_role text, p_sub_org_id uuid, p_secret_hash bytea, p_life interval) OWNER TO velaurum_owner;

CREATE FUNCTION identity.cut_hash() RETURNS bytea
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    select '\x0000000000000000000000000000000000000000000000000000000000000000'::bytea
$$;

ALTER FUNCTION identity.cut_hash() OWNER TO velaurum_owner;

CREATE FUNCTION identity.cut_principal(p_org_id uuid, p_id uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    if not exists (select from tenancy.org as o where o.org_id = p_org_id and o.held_since is not null) then
        return false;
    end if;
    return identity.let_in_no_longer(p_org_id, p_id);
end
$$;

ALTER FUNCTION identity.cut_principal(p_org_id uuid, p_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.cut_token(p_org_id uuid, p_id uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    update identity.token as t set secret_hash = identity.cut_hash()
    where t.org_id = p_org_id and t.id = p_id and t.revoked_at is null
        and exists (select from tenancy.org as o where o.org_id = p_org_id and o.held_since is not null);
    return found;
end
$$;

ALTER FUNCTION identity.cut_token(p_org_id uuid, p_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.drop_scim_user(p_org_id uuid, p_actor_id uuid, p_id uuid) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
    update identity.scim_group as g
    set version = g.version + 1, updated_at = greatest(clock_timestamp(), g.updated_at + interval '1 microsecond')
    where g.org_id = p_org_id and g.id in (
        select m.group_id from identity.scim_member as m where m.org_id = p_org_id and m.user_id = p_id
    );
    delete from identity.scim_member as m where m.org_id = p_org_id and m.user_id = p_id;
    perform identity.settle_groups(p_org_id, p_actor_id, array[p_id]);
    update identity.scim_user as u
    set
        removed_at = clock_timestamp(), removed_by = p_actor_id, attributes = null, attributes_digest = null,
        display_name_key = null, display_name_index = null
    where u.org_id = p_org_id and u.id = p_id;
end
$$;

ALTER FUNCTION identity.drop_scim_user(p_org_id uuid, p_actor_id uuid, p_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.end_break_glass_of(p_org_id uuid, p_administrator_id uuid) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    ended bigint := 0;
    operator_id uuid;
    b record;
begin
    select p.id into strict operator_id from identity.principal as p
    where p.org_id = p_org_id and p.created_by = p.id;
    for b in
        select x.id from identity.break_glass as x
        where x.org_id = p_org_id and x.requested_by = p_administrator_id
            and identity.break_glass_state(p_org_id, x.id, clock_timestamp()) in ('pending', 'open')
        order by x.id
    loop
        if identity.step_break_glass(
            p_org_id, operator_id, operator_id, platform.uuidv7(clock_timestamp()), b.id, 'ended', null, null) then
            ended := ended + 1;
        end if;
    end loop;
    return ended;
end
$$;

ALTER FUNCTION identity.end_break_glass_of(p_org_id uuid, p_administrator_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.end_session(p_org_id uuid, p_id uuid, p_actor_id uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    update identity.session as s set ended_at = clock_timestamp(), ended_by = p_actor_id
    where s.org_id = p_org_id and s.id = p_id and s.ended_at is null;
    return found;
end
$$;

ALTER FUNCTION identity.end_session(p_org_id uuid, p_id uuid, p_actor_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.end_sessions_of_disabled() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    update identity.session as s set ended_at = clock_timestamp(), ended_by = new.disabled_by
    where s.org_id = new.org_id and s.principal_id = new.id and s.ended_at is null;
    return null;
end
$$;

ALTER FUNCTION identity.end_sessions_of_disabled() OWNER TO velaurum_owner;

CREATE FUNCTION identity.end_ways_in(p_org_id uuid, p_principal_id uuid, p_actor_id uuid) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
    moment timestamptz := clock_timestamp();
begin
    update identity.invitation as i set revoked_at = moment, revoked_by = p_actor_id
    where i.org_id = p_org_id and i.principal_id = p_principal_id and i.redeemed_at is null and i.revoked_at is null;
    update identity.password as w set revoked_at = moment, revoked_by = p_actor_id, phc = null
    where w.org_id = p_org_id and w.principal_id = p_principal_id and w.revoked_at is null;
    update identity.second_factor as f set revoked_at = moment, revoked_by = p_actor_id, sealed = null
    where f.org_id = p_org_id and f.principal_id = p_principal_id and f.revoked_at is null;
end
$$;

ALTER FUNCTION identity.end_ways_in(p_org_id uuid, p_principal_id uuid, p_actor_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.end_ways_in_of_disabled() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform identity.end_ways_in(new.org_id, new.id, new.disabled_by);
    return null;
end
$$;

ALTER FUNCTION identity.end_ways_in_of_disabled() OWNER TO velaurum_owner;

CREATE FUNCTION identity.enrol_second_factor(p_org_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_sealed bytea) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    person_id uuid := identity.enrolling(p_org_id, p_credential_id, p_request_id);
begin
    update identity.second_factor as f
    set revoked_at = clock_timestamp(), revoked_by = person_id, sealed = null
    where f.org_id = p_org_id and f.principal_id = person_id and f.confirmed_at is null and f.revoked_at is null;
    insert into identity.second_factor (org_id, id, principal_id, sealed, created_by)
    values (p_org_id, p_id, person_id, p_sealed, person_id);
end
$$;

ALTER FUNCTION identity.enrol_second_factor(p_org_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_sealed bytea) OWNER TO velaurum_owner;

CREATE FUNCTION identity.enrolling(p_org_id uuid, p_credential_id uuid, p_request_id uuid) RETURNS uuid
    LANGUAGE plpgsql
    AS $$
declare
    person_id uuid;
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform tenancy.refuse_suspended(p_org_id);
    person_id := identity.registrant(p_org_id, p_credential_id);
    perform identity.act_as(p_org_id, person_id, p_credential_id, p_request_id);
    return person_id;
end
$$;

ALTER FUNCTION identity.enrolling(p_org_id uuid, p_credential_id uuid, p_request_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.erase_subject(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_principal_id uuid, p_sub_org_ids uuid[]) RETURNS TABLE(erased_keys bigint, erased_notes bigint, erased_values bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    subject identity.principal;
begin
    -- Before the head: who writes a name or a login holds its key, and waits for the head then.
    perform from keys.data_key as k where k.org_id = p_org_id and k.subject_id = p_principal_id for update;
    perform from ledger.head as h where h.org_id = p_org_id for update;
    subject := identity.require_manageable(p_org_id, p_principal_id, p_sub_org_ids);
    if subject.kind <> 'user' then
        raise exception 'a service or a process is nobody''s data' using errcode = 'VL055';
    elsif subject.disabled_at is null then
        raise exception 'a principal is disabled before it is erased' using errcode = 'VL056';
    elsif identity.held_because(p_org_id, p_principal_id) is not null then
        raise exception 'a legal hold keeps this principal' using errcode = 'VL057';
    elsif exists (
        select from identity.erasure as e where e.org_id = p_org_id and e.principal_id = p_principal_id
    ) then
        raise exception 'this principal was erased before' using errcode = 'VL058';
    end if;
    return query select * from identity.forget_subject(p_org_id, p_principal_id);
    -- It is within reach, as was asked above, and locked since.
    perform identity.overwrite_name(p_org_id, p_actor_id, p_credential_id, p_request_id, p_principal_id, null);
end
$$;

ALTER FUNCTION identity.erase_subject(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_principal_id uuid, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION identity.erased_text(p_id uuid) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
    select 'erased-' || p_id
$$;

ALTER FUNCTION identity.erased_text(p_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.failure_rule(p_kind text) RETURNS TABLE(owed_for interval, free integer, longest_s integer)
    LANGUAGE sql IMMUTABLE ROWS 1 PARALLEL SAFE
    AS $$
    select x.owed_for, x.free, x.longest_s from (
        values ('login', interval '15 minutes', 4, 60), ('address', interval '2 minutes', 50, 900),
            ('second-factor', interval '6 hours', 4, 3600)
    ) as x (kind, owed_for, free, longest_s)
    where x.kind = p_kind
$$;

ALTER FUNCTION identity.failure_rule(p_kind text) OWNER TO velaurum_owner;

CREATE FUNCTION identity.forget_indexes(p_org_id uuid, p_principal_id uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    update identity.invitation as i set login_index = null
    where i.org_id = p_org_id and i.principal_id = p_principal_id and i.login_index is not null;
    update identity.password as w set login_index = null
    where w.org_id = p_org_id and w.principal_id = p_principal_id and w.login_index is not null;
    update identity.provider_subject as s set subject_index = null
    where s.org_id = p_org_id and s.principal_id = p_principal_id and s.subject_index is not null;
end
$$;

ALTER FUNCTION identity.forget_indexes(p_org_id uuid, p_principal_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.forget_profiles(p_org_id uuid, p_principal_id uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    update identity.scim_user as u
    set
        user_name_key = null, user_name_index = null, external_id_index = null, attributes = null,
        display_name_key = null, display_name_index = null
    where u.org_id = p_org_id and u.principal_id = p_principal_id;
end
$$;

ALTER FUNCTION identity.forget_profiles(p_org_id uuid, p_principal_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.forget_subject(p_org_id uuid, p_principal_id uuid) RETURNS TABLE(erased_keys bigint, erased_notes bigint, erased_values bigint)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    -- Wherever the person was at work.
    sub_orgs text := tenancy.see_sub_orgs('*');
begin
    erased_keys := keys.erase_subject(p_org_id, p_principal_id);
    perform identity.forget_indexes(p_org_id, p_principal_id);
    perform identity.forget_profiles(p_org_id, p_principal_id);
    perform ledger.forget_requests(p_org_id, p_principal_id);
    erased_notes := ledger.erase_notes(p_org_id, p_principal_id);
    -- By ids, and not by what rows say: below a policy the planner looks nothing up that is not leakproof, and everybody
    -- who posts would wait until all changes were read.
    delete from audit.personal_value as v using audit.change as c
    where v.org_id = p_org_id and c.org_id = p_org_id and c.id = v.change_id
        and c.subject_id = any(array(select identity.personal_records_of(p_org_id, p_principal_id)));
    get diagnostics erased_values = row_count;
    perform tenancy.see_sub_orgs(sub_orgs);
    return next;
end
$$;

ALTER FUNCTION identity.forget_subject(p_org_id uuid, p_principal_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.forgive_sign_in(p_org_id uuid, p_key_hashes bytea[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    moment timestamptz := clock_timestamp();
begin
    perform from identity.sign_in_failure as f
    where f.org_id = p_org_id and f.key_hash = any(p_key_hashes)
    order by f.key_hash
    for update;
    update identity.sign_in_failure as f
    set
        owed_until = case
            when f.kind = 'address' then f.owed_until - (select r.owed_for from identity.failure_rule(f.kind) as r)
            else moment
        end,
        blocked_until = moment
    where f.org_id = p_org_id and f.key_hash = any(p_key_hashes);
end
$$;

ALTER FUNCTION identity.forgive_sign_in(p_org_id uuid, p_key_hashes bytea[]) OWNER TO velaurum_owner;

CREATE FUNCTION identity.held_because(p_org_id uuid, p_principal_id uuid) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    select case when h.action = 'placed' then h.reason end from identity.legal_hold as h
    where h.org_id = p_org_id and h.principal_id = p_principal_id
    order by h.id desc limit 1
$$;

ALTER FUNCTION identity.held_because(p_org_id uuid, p_principal_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.hold_password(p_org_id uuid, p_id uuid) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    holder uuid;
begin
    select w.principal_id into holder from identity.password as w where w.org_id = p_org_id and w.id = p_id;
    perform from identity.principal as p
    where p.org_id = p_org_id and p.id = holder and p.kind = 'user' and p.disabled_at is null
    for share;
    if not found then
        return null;
    end if;
    perform from identity.password as w
    where w.org_id = p_org_id and w.id = p_id and w.principal_id = holder and w.revoked_at is null
    for share;
    return case when found then holder end;
end
$$;

ALTER FUNCTION identity.hold_password(p_org_id uuid, p_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.hold_subject(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_principal_id uuid, p_action text, p_reason text, p_sub_org_ids uuid[]) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform identity.require_manageable(p_org_id, p_principal_id, p_sub_org_ids);
    if (identity.held_because(p_org_id, p_principal_id) is not null) = (p_action = 'placed') then
        return false;
    end if;
    insert into identity.legal_hold (
        org_id, id, principal_id, action, reason, created_by, credential_id, request_id
    ) values (
        p_org_id, platform.uuidv7(clock_timestamp()), p_principal_id, p_action, p_reason, p_actor_id, p_credential_id,
        p_request_id
    );
    return true;
end
$$;

ALTER FUNCTION identity.hold_subject(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_principal_id uuid, p_action text, p_reason text, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION identity.holder_of_login(p_org_id uuid, p_login_index bytea, p_typed text) RETURNS uuid
    LANGUAGE sql STABLE
    AS $$
    select x.principal_id from (
        select w.principal_id from identity.password as w
        where w.org_id = p_org_id and w.revoked_at is null
            and (w.login_index = p_login_index or w.login_index is null and w.login = p_typed)
        union all
        select i.principal_id from identity.invitation as i
        where i.org_id = p_org_id and i.redeemed_at is null and i.revoked_at is null
            and (i.login_index = p_login_index or i.login_index is null and i.login = p_typed)
    ) as x
    limit 1
$$;

ALTER FUNCTION identity.holder_of_login(p_org_id uuid, p_login_index bytea, p_typed text) OWNER TO velaurum_owner;

CREATE FUNCTION identity.holds_role(p_org_id uuid, p_principal_id uuid, p_role text) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    select exists (
        select from identity.token as t
        where t.org_id = p_org_id and t.principal_id = p_principal_id and t.role = p_role
            and t.revoked_at is null and t.expires_at > clock_timestamp()
    ) or exists (
        select from identity.assignment as a
        where a.org_id = p_org_id and a.principal_id = p_principal_id and a.role = p_role and a.revoked_at is null
    )
$$;

ALTER FUNCTION identity.holds_role(p_org_id uuid, p_principal_id uuid, p_role text) OWNER TO velaurum_owner;

CREATE FUNCTION identity.invite(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_id uuid, p_principal_id uuid, p_login text, p_login_index bytea, p_typed text, p_secret_hash bytea, p_life interval, p_sub_org_ids uuid[]) RETURNS ledger.outcome_of_record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    invited identity.principal;
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    perform identity.require_other_hand(p_org_id, p_actor_id, p_principal_id);
    invited := identity.require_manageable(p_org_id, p_principal_id, p_sub_org_ids);
    perform tenancy.require_reach(p_sub_org_ids, a.sub_org_id) from identity.assignment as a
    where a.org_id = p_org_id and a.principal_id = p_principal_id and a.revoked_at is null;
    -- There is no login for who was disabled when it was to be sealed, and was enabled since.
    if invited.kind <> 'user' or invited.disabled_at is not null or p_login is null then
        return row('invalid', false, null, null)::ledger.outcome_of_record;
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    if not identity.put_invitation(
        p_org_id, p_id, p_principal_id, p_login, p_login_index, p_typed, p_secret_hash, p_life, p_actor_id
    ) then
        return row('taken', false, null, null)::ledger.outcome_of_record;
    end if;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, p_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

ALTER FUNCTION identity.invite(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_id uuid, p_principal_id uuid, p_login text, p_login_index bytea, p_typed text, p_secret_hash bytea, p_life interval, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION identity.invite_by_hand(p_org_id uuid, p_id uuid, p_principal_id uuid, p_name text, p_role text, p_login text, p_login_index bytea, p_typed text, p_secret_hash bytea, p_life interval) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    operator_id uuid;
    holder uuid;
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    select p.id into strict operator_id from identity.principal as p
    where p.org_id = p_org_id and p.created_by = p.id;
    perform identity.act_as(p_org_id, operator_id, null, null);
    holder := identity.holder_of_login(p_org_id, p_login_index, p_typed);
    if holder is null then
        insert into identity.principal (org_id, id, kind, name, created_by)
        values (p_org_id, p_principal_id, 'user', p_name, operator_id)
        on conflict do nothing;
        if not found then
            return false;
        end if;
        insert into identity.assignment (org_id, id, principal_id, role, created_by)
        values (p_org_id, platform.uuidv7(clock_timestamp()), p_principal_id, p_role, operator_id);
    end if;
    return identity.put_invitation(
        p_org_id, p_id, p_principal_id, p_login, p_login_index, p_typed, p_secret_hash, p_life, operator_id);
end
$$;

ALTER FUNCTION identity.invite_by_hand(p_org_id uuid, p_id uuid, p_principal_id uuid, p_name text, p_role text, p_login text, p_login_index bytea, p_typed text, p_secret_hash bytea, p_life interval) OWNER TO velaurum_owner;

CREATE FUNCTION identity.is_erased(p_org_id uuid, p_principal_id uuid) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    select exists (
        select from keys.data_key as k
        where k.org_id = p_org_id and k.subject_id = p_principal_id and k.state = 'erased'
    )
$$;

ALTER FUNCTION identity.is_erased(p_org_id uuid, p_principal_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.is_group_name_taken(p_org_id uuid, p_id uuid, p_display_name_key text) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    select exists (
        select from identity.scim_group as g
        where g.org_id = p_org_id and g.display_name_key = p_display_name_key and g.removed_at is null
            and g.id is distinct from p_id
    )
$$;

ALTER FUNCTION identity.is_group_name_taken(p_org_id uuid, p_id uuid, p_display_name_key text) OWNER TO velaurum_owner;

CREATE FUNCTION identity.is_let_in_by(p_org_id uuid, p_session_id uuid, p_person_id uuid) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    select exists (
        select from identity.session as s
        inner join identity.provider_subject as x on s.org_id = x.org_id and s.principal_id = x.principal_id
        inner join identity.provider as p on x.org_id = p.org_id and x.provider_id = p.id
        where s.org_id = p_org_id and s.id = p_session_id and s.method = 'oidc'
            and p_person_id in (x.created_by, p.created_by, p.updated_by)
    ) or exists (
        -- Whoever invited somebody could have set their first password.
        select from identity.session as s
        inner join identity.password as w on s.org_id = w.org_id and s.principal_id = w.principal_id
        inner join identity.invitation as i on w.org_id = i.org_id and w.invitation_id = i.id
        where s.org_id = p_org_id and s.id = p_session_id and s.method = 'password' and i.created_by = p_person_id
    )
$$;

ALTER FUNCTION identity.is_let_in_by(p_org_id uuid, p_session_id uuid, p_person_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.is_managed(p_org_id uuid) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    select exists (
        select from identity.principal as p
        inner join identity.token as t on p.org_id = t.org_id and p.id = t.principal_id
        inner join identity.role as r on t.org_id = r.org_id and t.role = r.code
        where p.org_id = p_org_id and p.disabled_at is null and t.revoked_at is null and t.sub_org_id is null
            and t.expires_at > clock_timestamp() and 'manage-identity' = any(r.permissions)
    ) or exists (
        select from identity.principal as p
        inner join identity.assignment as a on p.org_id = a.org_id and p.id = a.principal_id
        inner join identity.role as r on a.org_id = r.org_id and a.role = r.code
        where p.org_id = p_org_id and p.disabled_at is null and a.revoked_at is null and a.sub_org_id is null
            and 'manage-identity' = any(r.permissions)
    )
$$;

ALTER FUNCTION identity.is_managed(p_org_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.is_user_name_taken(p_org_id uuid, p_id uuid, p_user_name_index bytea, p_user_name_key text) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    select exists (
        select from identity.scim_user as u
        where u.org_id = p_org_id and (u.user_name_index = p_user_name_index or u.user_name_key = p_user_name_key)
            and u.removed_at is null and u.id is distinct from p_id
    )
$$;

ALTER FUNCTION identity.is_user_name_taken(p_org_id uuid, p_id uuid, p_user_name_index bytea, p_user_name_key text) OWNER TO velaurum_owner;

CREATE FUNCTION identity.issue_token(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_id uuid, p_principal_id uuid, p_role text, p_sub_org_id uuid, p_secret_hash bytea, p_life interval, p_sub_org_ids uuid[]) RETURNS ledger.outcome_of_record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    holder identity.principal;
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    if p_life > interval '365 days' then
        raise exception 'a token lives 365 days at most';
    end if;
    perform identity.require_other_hand(p_org_id, p_actor_id, p_principal_id);
    holder := identity.require_manageable(p_org_id, p_principal_id, p_sub_org_ids);
    perform tenancy.require_reach(p_sub_org_ids, p_sub_org_id);
    if holder.disabled_at is not null then
        return row('invalid', false, null, '{"code": "conflict"}'::jsonb)::ledger.outcome_of_record;
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    insert into identity.token (org_id, id, principal_id, role, sub_org_id, secret_hash, created_by, expires_at)
    values (
        p_org_id, p_id, p_principal_id, p_role, p_sub_org_id, p_secret_hash, p_actor_id, clock_timestamp() + p_life
    );
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, p_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

ALTER FUNCTION identity.issue_token(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_id uuid, p_principal_id uuid, p_role text, p_sub_org_id uuid, p_secret_hash bytea, p_life interval, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION identity.keep_challenge(p_org_id uuid, p_challenge_hash bytea, p_purpose text, p_principal_id uuid) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
    -- Those that nobody answered in time go along, a few for each new one; one that another transaction holds waits.
    delete from identity.passkey_challenge as c
    where c.org_id = p_org_id and c.challenge_hash in (
        select x.challenge_hash from identity.passkey_challenge as x
        where x.org_id = p_org_id and x.expires_at <= clock_timestamp()
        limit 20
        for update skip locked
    );
    insert into identity.passkey_challenge (org_id, challenge_hash, purpose, principal_id, expires_at)
    values (p_org_id, p_challenge_hash, p_purpose, p_principal_id, clock_timestamp() + interval '5 minutes');
end
$$;

ALTER FUNCTION identity.keep_challenge(p_org_id uuid, p_challenge_hash bytea, p_purpose text, p_principal_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.let_in_no_longer(p_org_id uuid, p_id uuid) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    operator_id uuid := (select o.id from identity.principal as o where o.org_id = p_org_id and o.created_by = o.id);
begin
    update identity.principal as p set cut_at = clock_timestamp()
    where p.org_id = p_org_id and p.id = p_id and p.disabled_at is null and p.id <> operator_id;
    if not found then
        return false;
    end if;
    -- After it, which waits for whoever is signing in (identity.open_session).
    update identity.session as s set ended_at = clock_timestamp(), ended_by = operator_id
    where s.org_id = p_org_id and s.principal_id = p_id and s.ended_at is null;
    update identity.token as t set secret_hash = identity.cut_hash()
    where t.org_id = p_org_id and t.principal_id = p_id and t.revoked_at is null and t.expires_at > clock_timestamp();
    return true;
end
$$;

ALTER FUNCTION identity.let_in_no_longer(p_org_id uuid, p_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.link_scim_user(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_id uuid, p_principal_id uuid, p_user_name text, p_user_name_index bytea, p_user_name_key text, p_external_id text, p_external_id_index bytea, p_sub_org_ids uuid[]) RETURNS ledger.outcome_of_record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    new_id uuid;
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    perform tenancy.require_reach(p_sub_org_ids, null); -- Who comes further reaches everybody.
    perform identity.require_other_hand(p_org_id, p_actor_id, p_principal_id);
    perform identity.require_manageable(p_org_id, p_principal_id, null);
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    if not identity.is_user_name_taken(p_org_id, null, null, p_user_name_key) then
        insert into identity.scim_user (
            org_id, id, principal_id, user_name, user_name_index, external_id, external_id_index, is_linked, created_by,
            updated_by
        ) values (
            p_org_id, p_id, p_principal_id, p_user_name, p_user_name_index, p_external_id, p_external_id_index, true,
            p_actor_id, p_actor_id
        ) on conflict do nothing returning id into new_id;
    end if;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

ALTER FUNCTION identity.link_scim_user(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_id uuid, p_principal_id uuid, p_user_name text, p_user_name_index bytea, p_user_name_key text, p_external_id text, p_external_id_index bytea, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION identity.link_subject(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_id uuid, p_provider_id uuid, p_subject text, p_subject_index bytea, p_said text, p_principal_id uuid) RETURNS ledger.outcome_of_record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    new_id uuid;
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    insert into identity.provider_subject (
        org_id, id, provider_id, subject, subject_index, principal_id, created_by
    )
    select p_org_id, p_id, p_provider_id, p_subject, p_subject_index, p_principal_id, p_actor_id
    where not exists (
        select from identity.provider_subject as x
        where x.org_id = p_org_id and x.provider_id = p_provider_id and x.subject_index is null
            and x.subject = p_said and x.removed_at is null
    )
    on conflict do nothing returning id into new_id;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

ALTER FUNCTION identity.link_subject(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_id uuid, p_provider_id uuid, p_subject text, p_subject_index bytea, p_said text, p_principal_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.may_anyhow(p_org_id uuid, p_principal_id uuid, p_permission text) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    select exists (
        select from identity.role as r
        where r.org_id = p_org_id and p_permission = any(r.permissions)
            and identity.holds_role(p_org_id, p_principal_id, r.code)
    )
$$;

ALTER FUNCTION identity.may_anyhow(p_org_id uuid, p_principal_id uuid, p_permission text) OWNER TO velaurum_owner;

CREATE FUNCTION identity.note_use(p_org_id uuid, p_id uuid) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    insert into identity.token_use as u (org_id, token_id, last_used_at)
    values (p_org_id, p_id, clock_timestamp())
    on conflict (org_id, token_id) do update
    set last_used_at = excluded.last_used_at
    where u.last_used_at < excluded.last_used_at - interval '1 minute'
$$;

ALTER FUNCTION identity.note_use(p_org_id uuid, p_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.open_session(p_org_id uuid, p_id uuid, p_principal_id uuid, p_method text, p_secret_hash bytea, p_idle interval, p_life interval) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    moment timestamptz := clock_timestamp();
begin
    perform tenancy.refuse_suspended(p_org_id);
    -- Locked, so that a session is either there when its person is disabled, or never opened.
    perform from identity.principal as p
    where p.org_id = p_org_id and p.id = p_principal_id and p.kind = 'user' and p.disabled_at is null
        and p.cut_at is null
    for share;
    if not found then
        return null;
    end if;
    insert into identity.session (
        org_id, id, principal_id, method, secret_hash, created_at, created_by, seen_at, idle_after, expires_at
    ) values (
        p_org_id, p_id, p_principal_id, p_method, p_secret_hash, moment, p_principal_id, moment, p_idle, moment + p_life
    );
    return p_id;
end
$$;

ALTER FUNCTION identity.open_session(p_org_id uuid, p_id uuid, p_principal_id uuid, p_method text, p_secret_hash bytea, p_idle interval, p_life interval) OWNER TO velaurum_owner;

CREATE FUNCTION identity.overwrite_logins(p_org_id uuid, p_principal_id uuid, p_actor_id uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    update identity.invitation as i set login = identity.erased_text(i.id)
    where i.org_id = p_org_id and i.principal_id = p_principal_id and i.login <> identity.erased_text(i.id);
    update identity.password as w set login = identity.erased_text(w.id)
    where w.org_id = p_org_id and w.principal_id = p_principal_id and w.login <> identity.erased_text(w.id);
    update identity.provider_subject as s
    set
        subject = identity.erased_text(s.id), removed_at = coalesce(s.removed_at, clock_timestamp()),
        removed_by = coalesce(s.removed_by, p_actor_id)
    where s.org_id = p_org_id and s.principal_id = p_principal_id and s.subject <> identity.erased_text(s.id);
end
$$;

ALTER FUNCTION identity.overwrite_logins(p_org_id uuid, p_principal_id uuid, p_actor_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.overwrite_name(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_principal_id uuid, p_sub_org_ids uuid[]) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform identity.require_manageable(p_org_id, p_principal_id, p_sub_org_ids);
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    if identity.is_erased(p_org_id, p_principal_id) then
        perform identity.overwrite_logins(p_org_id, p_principal_id, p_actor_id);
        perform identity.overwrite_profiles(p_org_id, p_principal_id, p_actor_id);
    end if;
    update identity.principal as p set name = 'erased', version = p.version + 1
    where p.org_id = p_org_id and p.id = p_principal_id and p.name <> 'erased' and exists (
        select from keys.data_key as k
        where k.org_id = p_org_id and k.subject_id = p_principal_id and k.state = 'erased'
    );
    return found;
end
$$;

ALTER FUNCTION identity.overwrite_name(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_principal_id uuid, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION identity.overwrite_profiles(p_org_id uuid, p_principal_id uuid, p_actor_id uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform identity.drop_scim_user(p_org_id, p_actor_id, u.id) from identity.scim_user as u
    where u.org_id = p_org_id and u.principal_id = p_principal_id and u.removed_at is null;
    update identity.scim_user as u
    set user_name = identity.erased_text(u.id), external_id = null, attributes_digest = null
    where u.org_id = p_org_id and u.principal_id = p_principal_id and u.user_name <> identity.erased_text(u.id);
    update identity.passkey as k set name = identity.erased_text(k.id)
    where k.org_id = p_org_id and k.principal_id = p_principal_id and k.name <> identity.erased_text(k.id);
end
$$;

ALTER FUNCTION identity.overwrite_profiles(p_org_id uuid, p_principal_id uuid, p_actor_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.person_of(p_org_id uuid, p_record_id uuid) RETURNS uuid
    LANGUAGE sql STABLE
    AS $$
    select p.id from identity.principal as p where p.org_id = p_org_id and p.id = p_record_id and p.kind = 'user'
    union all
    select i.principal_id from identity.invitation as i where i.org_id = p_org_id and i.id = p_record_id
    union all
    select s.principal_id from identity.provider_subject as s where s.org_id = p_org_id and s.id = p_record_id
    union all
    select u.principal_id from identity.scim_user as u where u.org_id = p_org_id and u.id = p_record_id
    union all
    select k.principal_id from identity.passkey as k where k.org_id = p_org_id and k.id = p_record_id
$$;

ALTER FUNCTION identity.person_of(p_org_id uuid, p_record_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.personal_records_of(p_org_id uuid, p_principal_id uuid) RETURNS SETOF uuid
    LANGUAGE sql STABLE
    AS $$
    select p_principal_id
    union
    select r.id from identity.records_of(p_org_id, p_principal_id) as r (id)
    union
    select w.id from identity.password as w where w.org_id = p_org_id and w.principal_id = p_principal_id
$$;

ALTER FUNCTION identity.personal_records_of(p_org_id uuid, p_principal_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.put_invitation(p_org_id uuid, p_id uuid, p_principal_id uuid, p_login text, p_login_index bytea, p_typed text, p_secret_hash bytea, p_life interval, p_actor_id uuid) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
declare
    moment timestamptz := clock_timestamp();
begin
    -- Where somebody else has the login, nothing is withdrawn. One that is over holds none any more, whosever it was.
    if exists (
        select from identity.password as w
        where w.org_id = p_org_id and w.revoked_at is null and w.principal_id <> p_principal_id
            and (w.login_index = p_login_index or w.login_index is null and w.login = p_typed)
    ) or exists (
        select from identity.invitation as i
        where i.org_id = p_org_id and i.redeemed_at is null and i.revoked_at is null and i.expires_at > moment
            and i.principal_id <> p_principal_id
            and (i.login_index = p_login_index or i.login_index is null and i.login = p_typed)
    ) then
        return false;
    end if;
    update identity.invitation as i set revoked_at = moment, revoked_by = p_actor_id
    where i.org_id = p_org_id and i.redeemed_at is null and i.revoked_at is null and (
        i.principal_id = p_principal_id or i.expires_at <= moment
        and (i.login_index = p_login_index or i.login_index is null and i.login = p_typed)
    );
    insert into identity.invitation (
        org_id, id, principal_id, login, login_index, secret_hash, created_at, created_by, expires_at
    ) values (
        p_org_id, p_id, p_principal_id, p_login, p_login_index, p_secret_hash, moment, p_actor_id, moment + p_life
    );
    return true;
end
$$;

ALTER FUNCTION identity.put_invitation(p_org_id uuid, p_id uuid, p_principal_id uuid, p_login text, p_login_index bytea, p_typed text, p_secret_hash bytea, p_life interval, p_actor_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.put_recovery_codes(p_org_id uuid, p_second_factor_id uuid, p_code_hashes bytea[], p_person_id uuid) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
    update identity.recovery_code as c set revoked_at = clock_timestamp()
    where c.org_id = p_org_id and c.second_factor_id = p_second_factor_id
        and c.used_at is null and c.revoked_at is null;
    insert into identity.recovery_code (org_id, id, second_factor_id, code_hash, created_by)
    select p_org_id, gen_random_uuid(), p_second_factor_id, h.code_hash, p_person_id
    from unnest(p_code_hashes) as h (code_hash);
end
$$;

ALTER FUNCTION identity.put_recovery_codes(p_org_id uuid, p_second_factor_id uuid, p_code_hashes bytea[], p_person_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.reach(p_org_id uuid, p_credential_id uuid, p_permission text) RETURNS TABLE(principal_id uuid, principal_kind text, principal_name text, is_known boolean, may boolean, sub_org_ids uuid[])
    LANGUAGE plpgsql STABLE ROWS 1
    AS $$
declare
    is_whole boolean;
begin
    select
        t.principal_id, t.principal_kind, t.principal_name, p_permission = any(t.permissions), array[t.sub_org_id],
        t.sub_org_id is null
    into principal_id, principal_kind, principal_name, may, sub_org_ids, is_whole
    from identity.standing_of_token(p_org_id, p_credential_id) as t;
    if not found then
        select
            (array_agg(s.principal_id))[1], max(s.principal_kind), max(s.principal_name), bool_or(p_permission = any(s.permissions)),
            array_agg(s.sub_org_id) filter (where p_permission = any(s.permissions)),
            bool_or(s.sub_org_id is null) filter (where p_permission = any(s.permissions))
        into principal_id, principal_kind, principal_name, may, sub_org_ids, is_whole
        from identity.standing_of_session(p_org_id, p_credential_id) as s;
    end if;
    is_known := principal_id is not null;
    may := is_known and may;
    if may and not is_whole then
        sub_org_ids := tenancy.subtrees(p_org_id, sub_org_ids);
    else
        sub_org_ids := null;
    end if;
    return next;
end
$$;

ALTER FUNCTION identity.reach(p_org_id uuid, p_credential_id uuid, p_permission text) OWNER TO velaurum_owner;

CREATE FUNCTION identity.record_erasure(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_principal_id uuid, p_erased_at timestamp with time zone, p_receipt jsonb) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    insert into identity.erasure (
        org_id, principal_id, erased_at, receipt, created_by, credential_id, request_id
    ) values (p_org_id, p_principal_id, p_erased_at, p_receipt, p_actor_id, p_credential_id, p_request_id)
$$;

ALTER FUNCTION identity.record_erasure(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_principal_id uuid, p_erased_at timestamp with time zone, p_receipt jsonb) OWNER TO velaurum_owner;

CREATE FUNCTION identity.records_of(p_org_id uuid, p_principal_id uuid) RETURNS SETOF uuid
    LANGUAGE sql STABLE
    AS $$
    select p.id from identity.principal as p
    where p.org_id = p_org_id and p.id = p_principal_id and p.kind = 'user'
    union all
    select i.id from identity.invitation as i where i.org_id = p_org_id and i.principal_id = p_principal_id
    union all
    select s.id from identity.provider_subject as s where s.org_id = p_org_id and s.principal_id = p_principal_id
    union all
    select u.id from identity.scim_user as u where u.org_id = p_org_id and u.principal_id = p_principal_id
    union all
    select k.id from identity.passkey as k where k.org_id = p_org_id and k.principal_id = p_principal_id
$$;

ALTER FUNCTION identity.records_of(p_org_id uuid, p_principal_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.redeem_invitation(p_org_id uuid, p_id uuid, p_password_id uuid, p_login text, p_login_index bytea, p_phc bytea, p_request_id uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    redeemed identity.invitation;
    moment timestamptz;
begin
    -- The head first, as whoever changes something else in the organisation does: of two at once the second finds none.
    perform from ledger.head as h where h.org_id = p_org_id for update;
    moment := clock_timestamp();
    select * into redeemed from identity.invitation as i
    where i.org_id = p_org_id and i.id = p_id and i.redeemed_at is null and i.revoked_at is null
        and i.expires_at > moment and (i.login_index is null or i.login_index = p_login_index);
    perform from identity.principal as p
    where p.org_id = p_org_id and p.id = redeemed.principal_id and p.kind = 'user' and p.disabled_at is null
    for share;
    if not found then
        return false;
    end if;
    perform tenancy.refuse_suspended(p_org_id);
    perform identity.act_as(p_org_id, redeemed.principal_id, null, p_request_id);
    update identity.invitation as i set redeemed_at = moment where i.org_id = p_org_id and i.id = p_id;
    perform identity.end_ways_in(p_org_id, redeemed.principal_id, redeemed.principal_id);
    update identity.session as s set ended_at = moment, ended_by = redeemed.principal_id
    where s.org_id = p_org_id and s.principal_id = redeemed.principal_id and s.ended_at is null;
    insert into identity.password (org_id, id, principal_id, login, login_index, phc, invitation_id, created_by)
    values (
        p_org_id, p_password_id, redeemed.principal_id, p_login, p_login_index, p_phc, p_id, redeemed.principal_id
    );
    return true;
end
$$;

ALTER FUNCTION identity.redeem_invitation(p_org_id uuid, p_id uuid, p_password_id uuid, p_login text, p_login_index bytea, p_phc bytea, p_request_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.refuse_break_glass() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    raise exception 'the role break-glass is assigned to nobody' using errcode = 'VL018';
end
$$;

ALTER FUNCTION identity.refuse_break_glass() OWNER TO velaurum_owner;

CREATE FUNCTION identity.refuse_loose_break_glass_token() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    of_org_id uuid := new.org_id;
begin
    if tg_op = 'UPDATE' then
        if to_jsonb(new) - array['revoked_at', 'revoked_by'] <> to_jsonb(old) - array['revoked_at', 'revoked_by']
            or old.revoked_at is not null then
            raise exception 'a break-glass token is revoked once, and never changed' using errcode = 'VL018';
        end if;
        return new;
    end if;
    if new.sub_org_id is not null
        or identity.break_glass_state(of_org_id, new.id, clock_timestamp()) is distinct from 'open'
        or not exists (
            select from identity.break_glass_step as o
            inner join identity.break_glass_step as c on o.org_id = c.org_id and o.id = c.id
            where o.org_id = of_org_id and o.id = new.id and o.step = 'approved' and c.step = 'collected'
                and o.requested_by = new.principal_id and o.expires_at = new.expires_at
        ) then
        raise exception 'the role break-glass is for who broke the glass' using errcode = 'VL018';
    end if;
    return new;
end
$$;

ALTER FUNCTION identity.refuse_loose_break_glass_token() OWNER TO velaurum_owner;

CREATE FUNCTION identity.refuse_loose_request() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    of_org_id uuid := new.org_id;
begin
    if identity.break_glass_side(of_org_id, new.requested_by, new.credential_id) is distinct from 'operator' then
        raise exception 'only an administrator of the installation breaks the glass' using errcode = 'VL005';
    end if;
    if new.requested_at > clock_timestamp() then
        raise exception 'nothing is asked for in the future' using errcode = 'VL007';
    end if;
    return new;
end
$$;

ALTER FUNCTION identity.refuse_loose_request() OWNER TO velaurum_owner;

CREATE FUNCTION identity.refuse_loose_step() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    of_org_id uuid := new.org_id;
    is_living boolean := platform.living_administrator(new.requested_by) is not null;
    side text := identity.break_glass_side(of_org_id, new.actor_id, new.credential_id);
    asked identity.break_glass;
    state text;
begin
    select * into strict asked from identity.break_glass as b where b.org_id = of_org_id and b.id = new.id for update;
    state := identity.break_glass_state(of_org_id, new.id, new.at);
    if side is null or (new.step <> 'ended' and (not is_living or side = 'installation')) then
        raise exception 'the credential does not take this step' using errcode = 'VL005';
    end if;
    if new.step = 'approved' and not exists (
        select from identity.principal as p
        where p.org_id = of_org_id and p.id = new.actor_id and p.kind = 'user'
    ) then
        raise exception 'a second person is a person' using errcode = 'VL006';
    end if;
    if new.at not between statement_timestamp() and clock_timestamp()
        or state not in ('pending', 'open')
        or (new.step = 'approved' and (state <> 'pending' or new.expires_at <> new.at + asked.life))
        or (new.step = 'collected' and state <> 'open') then
        raise exception 'a break-glass that is % does not take the step %', state, new.step using errcode = 'VL007';
    end if;
    if new.step = 'ended' then
        perform identity.act_as(
            of_org_id, new.actor_id, case when side = 'organisation' then new.credential_id end, new.request_id);
        update identity.token as t set revoked_at = new.at, revoked_by = new.actor_id
        where t.org_id = of_org_id and t.id = new.id and t.revoked_at is null;
    end if;
    return new;
end
$$;

ALTER FUNCTION identity.refuse_loose_step() OWNER TO velaurum_owner;

CREATE FUNCTION identity.refuse_other_text() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    text_before text := to_jsonb(old) ->> tg_argv[0];
    text_after text := to_jsonb(new) ->> tg_argv[0];
    index_before text := to_jsonb(old) ->> tg_argv[1];
    index_after text := to_jsonb(new) ->> tg_argv[1];
    commitment text := keys.commitment_of(text_after);
    is_sealed boolean := commitment is not null
        and coalesce(keys.commitment_of(text_before), commitment) = commitment;
begin
    if (text_after = text_before or is_sealed) and (
        index_after is not distinct from index_before
        or index_before is null and not identity.is_erased(old.org_id, old.principal_id)
    ) then
        return new;
    end if;
    if identity.is_erased(old.org_id, old.principal_id) and index_after is null
        and text_after in (text_before, identity.erased_text(old.id))
    then
        return new;
    end if;
    raise exception '%.%.% is never altered', tg_table_schema, tg_table_name, tg_argv[0] using errcode = 'VL001';
end
$$;

ALTER FUNCTION identity.refuse_other_text() OWNER TO velaurum_owner;

CREATE FUNCTION identity.refuse_plain_text() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    was jsonb := case when tg_op = 'UPDATE' then to_jsonb(old) else '{}' end;
    becomes jsonb := to_jsonb(new);
    said text := becomes ->> tg_argv[0];
    index text := becomes ->> tg_argv[1];
    is_said boolean := said is distinct from was ->> tg_argv[0];
    is_indexed boolean := index is distinct from was ->> tg_argv[1];
    is_shaped boolean := becomes ->> tg_argv[2] is distinct from was ->> tg_argv[2];
    is_erased boolean;
begin
    if not (is_said or is_indexed or is_shaped) then
        return new;
    end if;
    is_erased := identity.is_erased(new.org_id, new.principal_id);
    if is_said and not coalesce(keys.is_sealed_text(said) or is_erased and said = identity.erased_text(new.id), true)
        or is_shaped and becomes ->> tg_argv[2] is not null
    then
        raise exception '%.%.% is sealed', tg_table_schema, tg_table_name, tg_argv[0] using
            errcode = 'check_violation', constraint = concat(tg_table_name, '_', tg_argv[0], '_sealed_check');
    elsif is_indexed and index is not null and (
        is_erased or not coalesce(keys.is_sealed_text(said), false)
        or was ->> tg_argv[1] is not null and keys.commitment_of(said) = keys.commitment_of(was ->> tg_argv[0])
    ) or index is null and tg_argv[3] = 'found' and keys.is_sealed_text(said) and not is_erased then
        raise exception '%.%.% does not go with its index', tg_table_schema, tg_table_name, tg_argv[0]
            using errcode = 'VL001';
    elsif is_said and keys.is_sealed_text(said) then
        perform keys.hold_key_of(
            new.org_id, keys.envelope_of(said), new.principal_id,
            concat(tg_table_schema, '.', tg_table_name, '.', tg_argv[0]));
    end if;
    return new;
end
$$;

ALTER FUNCTION identity.refuse_plain_text() OWNER TO velaurum_owner;

CREATE FUNCTION identity.register_passkey(p_org_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_challenge_hash bytea, p_passkey jsonb, p_transports text[]) RETURNS ledger.outcome_of_record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    -- The head first, as whoever changes something else in the organisation does.
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    registrant uuid := identity.registrant(p_org_id, p_credential_id);
    new_id uuid := (p_passkey ->> 'id')::uuid;
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    if not identity.take_challenge(p_org_id, p_challenge_hash, 'register', registrant) then
        return row('unknown-challenge', false, null, null)::ledger.outcome_of_record;
    end if;
    if (
        select count(*) from identity.passkey as k
        where k.org_id = p_org_id and k.principal_id = registrant and k.revoked_at is null
    ) >= 20 then
        return row('full', false, null, null)::ledger.outcome_of_record;
    end if;
    perform identity.act_as(p_org_id, registrant, p_credential_id, p_request_id);
    insert into identity.passkey (
        org_id, id, principal_id, credential_id, public_key, transports, name, created_by
    ) values (
        p_org_id, new_id, registrant, decode(p_passkey ->> 'credential_id', 'hex'),
        decode(p_passkey ->> 'public_key', 'hex'), p_transports, p_passkey ->> 'name',
        registrant
    ) on conflict do nothing;
    if not found then
        return row('taken', false, null, null)::ledger.outcome_of_record;
    end if;
    insert into identity.passkey_use (org_id, id, passkey_id, outcome, sign_count, is_backed_up, created_by)
    values (
        p_org_id, new_id, new_id, 'registered', (p_passkey ->> 'sign_count')::bigint,
        (p_passkey ->> 'is_backed_up')::boolean, registrant
    );
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, registrant, p_credential_id, p_request_id);
end
$$;

ALTER FUNCTION identity.register_passkey(p_org_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_challenge_hash bytea, p_passkey jsonb, p_transports text[]) OWNER TO velaurum_owner;

CREATE FUNCTION identity.registrant(p_org_id uuid, p_credential_id uuid) RETURNS uuid
    LANGUAGE plpgsql
    AS $$
declare
    opened identity.session;
begin
    select * into opened from identity.session as s
    where s.org_id = p_org_id and s.id = p_credential_id and s.ended_at is null
        and s.expires_at > clock_timestamp() and s.seen_at + s.idle_after > clock_timestamp();
    -- Locked, so that a passkey is either there when its person is disabled, or never registered.
    perform from identity.principal as p
    where p.org_id = p_org_id and p.id = opened.principal_id and p.kind = 'user' and p.disabled_at is null
    for share;
    if not found then
        raise exception 'the session is not valid any more' using errcode = 'VL004';
    end if;
    if opened.created_at < clock_timestamp() - interval '10 minutes' then
        raise exception 'the session was opened too long ago' using errcode = 'VL016';
    end if;
    return opened.principal_id;
end
$$;

ALTER FUNCTION identity.registrant(p_org_id uuid, p_credential_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.rehash_password(p_org_id uuid, p_id uuid, p_before bytea, p_phc bytea) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    update identity.password as w set phc = p_phc
    where w.org_id = p_org_id and w.id = p_id and w.phc = p_before and w.revoked_at is null;
    return found;
end
$$;

ALTER FUNCTION identity.rehash_password(p_org_id uuid, p_id uuid, p_before bytea, p_phc bytea) OWNER TO velaurum_owner;

CREATE FUNCTION identity.remove_scim_group(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_sub_org_ids uuid[]) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    version_now bigint;
begin
    perform identity.begin_provisioning(p_org_id, p_actor_id, p_credential_id, p_request_id, p_sub_org_ids);
    select g.version into version_now from identity.scim_group as g
    where g.org_id = p_org_id and g.id = p_id and g.removed_at is null;
    if not found then
        return 'gone';
    end if;
    if version_now <> p_version then
        return 'stale';
    end if;
    perform identity.change_members(p_org_id, p_actor_id, p_id, '{}', null);
    update identity.scim_mapping as x set removed_at = clock_timestamp(), removed_by = p_actor_id
    where x.org_id = p_org_id and x.group_id = p_id and x.removed_at is null;
    update identity.scim_group as g set removed_at = clock_timestamp(), removed_by = p_actor_id
    where g.org_id = p_org_id and g.id = p_id;
    return 'done';
end
$$;

ALTER FUNCTION identity.remove_scim_group(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION identity.remove_scim_mapping(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_sub_org_ids uuid[]) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    of_group_id uuid;
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform tenancy.require_reach(p_sub_org_ids, null);
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    update identity.scim_mapping as x set removed_at = clock_timestamp(), removed_by = p_actor_id
    where x.org_id = p_org_id and x.id = p_id and x.removed_at is null
    returning x.group_id into of_group_id;
    if of_group_id is null then
        return false;
    end if;
    perform identity.settle_group(p_org_id, p_actor_id, of_group_id);
    return true;
end
$$;

ALTER FUNCTION identity.remove_scim_mapping(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION identity.remove_scim_user(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_sub_org_ids uuid[]) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    version_now bigint;
begin
    perform identity.begin_provisioning(p_org_id, p_actor_id, p_credential_id, p_request_id, p_sub_org_ids);
    select u.version + p.version into version_now from identity.scim_user as u
    inner join identity.principal as p on u.org_id = p.org_id and u.principal_id = p.id
    where u.org_id = p_org_id and u.id = p_id and u.removed_at is null;
    if not found then
        return 'gone';
    end if;
    if version_now <> p_version then
        return 'stale';
    end if;
    perform identity.set_user_active(p_org_id, p_actor_id, p_credential_id, p_request_id, p_id, false);
    perform identity.drop_scim_user(p_org_id, p_actor_id, p_id);
    return 'done';
end
$$;

ALTER FUNCTION identity.remove_scim_user(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION identity.remove_second_factor(p_org_id uuid, p_credential_id uuid, p_request_id uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    person_id uuid := identity.enrolling(p_org_id, p_credential_id, p_request_id);
begin
    update identity.second_factor as f
    set revoked_at = clock_timestamp(), revoked_by = person_id, sealed = null
    where f.org_id = p_org_id and f.principal_id = person_id and f.revoked_at is null;
    return found;
end
$$;

ALTER FUNCTION identity.remove_second_factor(p_org_id uuid, p_credential_id uuid, p_request_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.renew_recovery_codes(p_org_id uuid, p_credential_id uuid, p_request_id uuid, p_code_hashes bytea[]) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    person_id uuid := identity.enrolling(p_org_id, p_credential_id, p_request_id);
    factor_id uuid;
begin
    select f.id into factor_id from identity.second_factor as f
    where f.org_id = p_org_id and f.principal_id = person_id and f.confirmed_at is not null and f.revoked_at is null;
    if factor_id is null then
        return false;
    end if;
    perform identity.put_recovery_codes(p_org_id, factor_id, p_code_hashes, person_id);
    return true;
end
$$;

ALTER FUNCTION identity.renew_recovery_codes(p_org_id uuid, p_credential_id uuid, p_request_id uuid, p_code_hashes bytea[]) OWNER TO velaurum_owner;

CREATE FUNCTION identity.replay_erasure(p_org_id uuid, p_principal_id uuid, p_erased_at timestamp with time zone, p_receipt jsonb) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    if not exists (
        select from identity.principal as p where p.org_id = p_org_id and p.id = p_principal_id
    ) or exists (
        select from identity.erasure as e where e.org_id = p_org_id and e.principal_id = p_principal_id
    ) then
        return false;
    end if;
    perform identity.forget_subject(p_org_id, p_principal_id);
    perform identity.let_in_no_longer(p_org_id, p_principal_id);
    insert into identity.erasure (org_id, principal_id, erased_at, receipt, created_by, replayed_at)
    select p_org_id, p_principal_id, p_erased_at, p_receipt, o.id, clock_timestamp()
    from identity.principal as o where o.org_id = p_org_id and o.created_by = o.id;
    return true;
end
$$;

ALTER FUNCTION identity.replay_erasure(p_org_id uuid, p_principal_id uuid, p_erased_at timestamp with time zone, p_receipt jsonb) OWNER TO velaurum_owner;

CREATE FUNCTION identity.request_break_glass(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_reason text, p_life interval, p_name text) RETURNS ledger.outcome_of_record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    earlier ledger.outcome_of_record;
    moment timestamptz;
    new_id uuid;
begin
    perform identity.admit_administrator(p_org_id, p_actor_id, p_name);
    earlier := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    if earlier.outcome is not null then
        return earlier;
    end if;
    moment := clock_timestamp();
    new_id := platform.uuidv7(moment);
    insert into identity.role (org_id, id, code, name, permissions, is_seeded, created_by, updated_by)
    select p_org_id, new_id, 'break-glass', 'Break-glass', array['read', 'read-assurance'], true, o.id, o.id
    from identity.principal as o
    where o.org_id = p_org_id and o.created_by = o.id
    on conflict (org_id, code) do nothing;
    perform identity.act_as(p_org_id, p_actor_id, null, p_request_id);
    insert into identity.break_glass (
        org_id, id, reason, life, requested_by, credential_id, request_id, requested_at
    ) values (
        p_org_id, new_id, p_reason, p_life, p_actor_id, p_credential_id, p_request_id, moment
    );
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

ALTER FUNCTION identity.request_break_glass(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_reason text, p_life interval, p_name text) OWNER TO velaurum_owner;

CREATE TABLE identity.principal (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    created_by uuid NOT NULL,
    disabled_at timestamp with time zone,
    disabled_by uuid,
    version bigint DEFAULT 1 NOT NULL,
    sub_org_id uuid,
    cut_at timestamp with time zone,
    CONSTRAINT principal_check CHECK (((disabled_at IS NULL) = (disabled_by IS NULL))),
    CONSTRAINT principal_kind_check CHECK ((kind = ANY (ARRAY['user'::text, 'service'::text, 'process'::text]))),
    CONSTRAINT principal_name_check CHECK ((((char_length(name) >= 1) AND (char_length(name) <= 120)) OR ((char_length(name) <= 1000) AND (name ~ '^VE1\.[A-Za-z0-9+/]{43}=\.([A-Za-z0-9+/]{4})+([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'::text)))),
    CONSTRAINT principal_version_check CHECK ((version > 0))
);
ALTER TABLE ONLY identity.principal ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY identity.principal FORCE ROW LEVEL SECURITY;

ALTER TABLE identity.principal OWNER TO velaurum_owner;

CREATE FUNCTION identity.require_manageable(p_org_id uuid, p_id uuid, p_sub_org_ids uuid[]) RETURNS identity.principal
    LANGUAGE plpgsql
    AS $$
declare
    found_one identity.principal;
begin
    select * into strict found_one from identity.principal as p where p.org_id = p_org_id and p.id = p_id
    for no key update;
    perform tenancy.require_reach(p_sub_org_ids, found_one.sub_org_id);
    if found_one.created_by = found_one.id then
        raise exception 'the platform''s operator is not managed here' using errcode = 'VL13A';
    end if;
    return found_one;
end
$$;

ALTER FUNCTION identity.require_manageable(p_org_id uuid, p_id uuid, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION identity.require_managed(p_org_id uuid, p_was_managed boolean) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
    if p_was_managed and not identity.is_managed(p_org_id) then
        raise exception 'nobody would be left who manages identity' using errcode = 'VL13B';
    end if;
end
$$;

ALTER FUNCTION identity.require_managed(p_org_id uuid, p_was_managed boolean) OWNER TO velaurum_owner;

CREATE FUNCTION identity.require_other_hand(p_org_id uuid, p_actor_id uuid, p_principal_id uuid) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
    if p_actor_id = p_principal_id then
        raise exception 'nobody gives rights to themselves' using errcode = 'VL13A';
    end if;
end
$$;

ALTER FUNCTION identity.require_other_hand(p_org_id uuid, p_actor_id uuid, p_principal_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.require_sealed_name() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    if tg_op = 'UPDATE' and new.name = old.name and new.kind = old.kind then
        return new;
    end if;
    if new.kind = 'user' and not keys.is_sealed_text(new.name) and new.name <> 'erased'
        or new.kind <> 'user' and new.name like 'VE1.%' then
        raise exception 'the name of a person is sealed, and no other name looks so' using
            errcode = 'check_violation', constraint = 'principal_name_sealed_check';
    end if;
    return new;
end
$$;

ALTER FUNCTION identity.require_sealed_name() OWNER TO velaurum_owner;

CREATE FUNCTION identity.require_sealed_text() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    if not keys.is_sealed_text(to_jsonb(new) ->> tg_argv[0]) or to_jsonb(new) ->> tg_argv[1] is null then
        raise exception '%.%.% is sealed, and has its index', tg_table_schema, tg_table_name, tg_argv[0] using
            errcode = 'check_violation', constraint = concat(tg_table_name, '_', tg_argv[0], '_sealed_check');
    end if;
    return new;
end
$$;

ALTER FUNCTION identity.require_sealed_text() OWNER TO velaurum_owner;

CREATE FUNCTION identity.reseal_second_factor(p_org_id uuid, p_second_factor_id uuid, p_before bytea, p_sealed bytea) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    update identity.second_factor as f set sealed = p_sealed
    where f.org_id = p_org_id and f.id = p_second_factor_id and f.sealed = p_before;
    return found;
end
$$;

ALTER FUNCTION identity.reseal_second_factor(p_org_id uuid, p_second_factor_id uuid, p_before bytea, p_sealed bytea) OWNER TO velaurum_owner;

CREATE FUNCTION identity.restrict_subject(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_principal_id uuid, p_action text, p_reason text, p_sub_org_ids uuid[]) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    subject identity.principal;
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    subject := identity.require_manageable(p_org_id, p_principal_id, p_sub_org_ids);
    if subject.kind <> 'user' then
        raise exception 'a service or a process is nobody''s data' using errcode = 'VL055';
    elsif (p_principal_id in (select identity.restricted(p_org_id))) = (p_action = 'placed') then
        return false;
    end if;
    insert into identity.restriction (
        org_id, id, principal_id, action, reason, created_by, credential_id, request_id
    ) values (
        p_org_id, platform.uuidv7(clock_timestamp()), p_principal_id, p_action, p_reason, p_actor_id, p_credential_id,
        p_request_id
    );
    return true;
end
$$;

ALTER FUNCTION identity.restrict_subject(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_principal_id uuid, p_action text, p_reason text, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION identity.restricted(p_org_id uuid) RETURNS SETOF uuid
    LANGUAGE sql STABLE
    AS $$
    select x.principal_id from (
        select distinct on (r.principal_id) r.principal_id, r.action
        from identity.restriction as r
        where r.org_id = p_org_id
        order by r.principal_id, r.id desc
    ) as x
    where x.action = 'placed'
$$;

ALTER FUNCTION identity.restricted(p_org_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.revoke_assignment(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_sub_org_ids uuid[]) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    was_managed boolean;
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    was_managed := identity.is_managed(p_org_id);
    update identity.assignment as a set revoked_at = clock_timestamp(), revoked_by = p_actor_id
    where a.org_id = p_org_id and a.id = p_id and a.revoked_at is null
        and tenancy.reaches(p_sub_org_ids, a.sub_org_id, false);
    if not found then
        return false;
    end if;
    perform identity.require_managed(p_org_id, was_managed);
    return true;
end
$$;

ALTER FUNCTION identity.revoke_assignment(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION identity.revoke_passkey(p_org_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    holder uuid;
begin
    -- The head first, as whoever changes something else in the organisation does.
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform tenancy.refuse_suspended(p_org_id);
    select s.principal_id into holder from identity.standing(p_org_id, p_credential_id) as s limit 1;
    if holder is null then
        raise exception 'the credential is not valid any more' using errcode = 'VL004';
    end if;
    perform identity.act_as(p_org_id, holder, p_credential_id, p_request_id);
    update identity.passkey as k set revoked_at = clock_timestamp(), revoked_by = holder
    where k.org_id = p_org_id and k.id = p_id and k.principal_id = holder and k.revoked_at is null;
    if not found then
        return false;
    end if;
    update identity.session as s set ended_at = clock_timestamp(), ended_by = holder
    where s.org_id = p_org_id and s.principal_id = holder and s.method = 'passkey' and s.id <> p_credential_id
        and s.ended_at is null;
    return true;
end
$$;

ALTER FUNCTION identity.revoke_passkey(p_org_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.revoke_token(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_sub_org_ids uuid[]) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    was_managed boolean;
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    was_managed := identity.is_managed(p_org_id);
    update identity.token as t set revoked_at = clock_timestamp(), revoked_by = p_actor_id
    where t.org_id = p_org_id and t.id = p_id and t.revoked_at is null
        and tenancy.reaches(p_sub_org_ids, t.sub_org_id, false);
    if not found then
        return false;
    end if;
    perform identity.require_managed(p_org_id, was_managed and p_credential_id is not null);
    return true;
end
$$;

ALTER FUNCTION identity.revoke_token(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION identity.revoke_what_was_cut(p_org_id uuid, p_operator_id uuid) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
    update identity.token as t set revoked_at = clock_timestamp(), revoked_by = p_operator_id
    where t.org_id = p_org_id and t.revoked_at is null and t.secret_hash = identity.cut_hash();
    update identity.principal as p
    set disabled_at = clock_timestamp(), disabled_by = p_operator_id, cut_at = null, version = p.version + 1
    where p.org_id = p_org_id and p.cut_at is not null and p.disabled_at is null;
end
$$;

ALTER FUNCTION identity.revoke_what_was_cut(p_org_id uuid, p_operator_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.seal_invitation(p_org_id uuid, p_id uuid, p_before text, p_login text, p_login_index bytea) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    update identity.invitation as i set login = p_login, login_index = coalesce(i.login_index, p_login_index)
    where i.org_id = p_org_id and i.id = p_id and i.login = p_before and keys.is_sealed_text(p_login);
    return found;
end
$$;

ALTER FUNCTION identity.seal_invitation(p_org_id uuid, p_id uuid, p_before text, p_login text, p_login_index bytea) OWNER TO velaurum_owner;

CREATE FUNCTION identity.seal_name(p_org_id uuid, p_principal_id uuid, p_before text, p_name text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    update identity.principal as p set name = p_name
    where p.org_id = p_org_id and p.id = p_principal_id and p.kind = 'user' and p.name = p_before
        and keys.is_sealed_text(p_name)
        and coalesce(keys.commitment_of(p_before), keys.commitment_of(p_name)) = keys.commitment_of(p_name);
    return found;
end
$$;

ALTER FUNCTION identity.seal_name(p_org_id uuid, p_principal_id uuid, p_before text, p_name text) OWNER TO velaurum_owner;

CREATE FUNCTION identity.seal_passkey(p_org_id uuid, p_id uuid, p_before text, p_name text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    update identity.passkey as k set name = p_name
    where k.org_id = p_org_id and k.id = p_id and k.name = p_before and keys.is_sealed_text(p_name);
    return found;
end
$$;

ALTER FUNCTION identity.seal_passkey(p_org_id uuid, p_id uuid, p_before text, p_name text) OWNER TO velaurum_owner;

CREATE FUNCTION identity.seal_password(p_org_id uuid, p_id uuid, p_before text, p_login text, p_login_index bytea) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    update identity.password as w set login = p_login, login_index = coalesce(w.login_index, p_login_index)
    where w.org_id = p_org_id and w.id = p_id and w.login = p_before and keys.is_sealed_text(p_login);
    return found;
end
$$;

ALTER FUNCTION identity.seal_password(p_org_id uuid, p_id uuid, p_before text, p_login text, p_login_index bytea) OWNER TO velaurum_owner;

CREATE FUNCTION identity.seal_provider_subject(p_org_id uuid, p_id uuid, p_before text, p_subject text, p_subject_index bytea) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    update identity.provider_subject as s set subject = p_subject, subject_index = coalesce(s.subject_index, p_subject_index)
    where s.org_id = p_org_id and s.id = p_id and s.subject = p_before and keys.is_sealed_text(p_subject);
    return found;
end
$$;

ALTER FUNCTION identity.seal_provider_subject(p_org_id uuid, p_id uuid, p_before text, p_subject text, p_subject_index bytea) OWNER TO velaurum_owner;

CREATE FUNCTION identity.seal_scim_user(p_org_id uuid, p_id uuid, p_name text, p_before text, p_sealed text, p_index bytea) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    update identity.scim_user as u
    set
        user_name = case p_name when 'user_name' then p_sealed else u.user_name end,
        user_name_key = case p_name when 'user_name' then null else u.user_name_key end,
        user_name_index = case p_name
            when 'user_name' then coalesce(u.user_name_index, p_index) else u.user_name_index end,
        external_id = case p_name when 'external_id' then p_sealed else u.external_id end,
        external_id_index = case p_name
            when 'external_id' then coalesce(u.external_id_index, p_index) else u.external_id_index end,
        attributes = case p_name when 'attributes' then p_sealed else u.attributes end,
        display_name_key = case p_name when 'attributes' then null else u.display_name_key end,
        display_name_index = case p_name
            when 'attributes' then coalesce(u.display_name_index, p_index) else u.display_name_index end,
        attributes_digest = case p_name when 'attributes_digest' then p_sealed else u.attributes_digest end
    where u.org_id = p_org_id and u.id = p_id and keys.is_sealed_text(p_sealed) and p_before = case p_name
        when 'user_name' then u.user_name when 'external_id' then u.external_id
        when 'attributes' then u.attributes when 'attributes_digest' then u.attributes_digest
    end and coalesce(keys.commitment_of(p_before), keys.commitment_of(p_sealed)) = keys.commitment_of(p_sealed);
    return found;
end
$$;

ALTER FUNCTION identity.seal_scim_user(p_org_id uuid, p_id uuid, p_name text, p_before text, p_sealed text, p_index bytea) OWNER TO velaurum_owner;

CREATE FUNCTION identity.see_session(p_org_id uuid, p_id uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    update identity.session as s set seen_at = clock_timestamp()
    where s.org_id = p_org_id and s.id = p_id and s.ended_at is null
        and s.seen_at + s.idle_after > clock_timestamp()
        and s.seen_at + least(s.idle_after / 30, interval '1 minute') < clock_timestamp();
    return found;
end
$$;

ALTER FUNCTION identity.see_session(p_org_id uuid, p_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.seed_roles(p_org_id uuid, p_actor_id uuid) RETURNS void
    LANGUAGE sql
    AS $$
    insert into identity.role (org_id, id, code, name, permissions, is_seeded, created_by, updated_by)
    select p_org_id, platform.uuidv7(clock_timestamp()), r.code, r.name, r.permissions, true, p_actor_id, p_actor_id
    from (
        values
        ('org-admin', 'Organisation administrator', array[
            'read', 'manage-catalog', 'manage-identity', 'manage-webhooks', 'read-assurance'
        ]),
        ('controller', 'Inventory controller', array['read', 'post', 'approve', 'close-periods']),
        ('storekeeper', 'Storekeeper', array['read', 'post']),
        ('counter', 'Counter', array['count']),
        ('integration', 'Integration', array['read', 'post']),
        ('auditor', 'Auditor', array['read', 'read-assurance']),
        ('provisioner', 'Directory', array['provision'])
    ) as r (code, name, permissions)
$$;

ALTER FUNCTION identity.seed_roles(p_org_id uuid, p_actor_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.set_disabled(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_is_disabled boolean, p_sub_org_ids uuid[]) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    was_managed boolean;
    subject identity.principal;
    moment timestamptz;
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    subject := identity.require_manageable(p_org_id, p_id, p_sub_org_ids);
    perform tenancy.require_reach(p_sub_org_ids, a.sub_org_id) from identity.assignment as a
    where a.org_id = p_org_id and a.principal_id = p_id and a.revoked_at is null;
    perform tenancy.require_reach(p_sub_org_ids, t.sub_org_id) from identity.token as t
    where t.org_id = p_org_id and t.principal_id = p_id and t.revoked_at is null and t.expires_at > clock_timestamp();
    if (subject.disabled_at is not null) = p_is_disabled then
        return false;
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    was_managed := identity.is_managed(p_org_id);
    moment := clock_timestamp();
    update identity.principal as p
    set
        disabled_at = case when p_is_disabled then moment end,
        disabled_by = case when p_is_disabled then p_actor_id end,
        version = p.version + 1
    where p.org_id = p_org_id and p.id = p_id;
    if p_is_disabled then
        update identity.token as t set revoked_at = moment, revoked_by = p_actor_id
        where t.org_id = p_org_id and t.principal_id = p_id and t.revoked_at is null and t.expires_at > moment;
        perform identity.require_managed(p_org_id, was_managed);
    end if;
    return true;
end
$$;

ALTER FUNCTION identity.set_disabled(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_is_disabled boolean, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION identity.set_user_active(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_is_active boolean) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
    subject identity.scim_user;
    of_disabled_at timestamptz;
begin
    select * into strict subject from identity.scim_user as u where u.org_id = p_org_id and u.id = p_id;
    select p.disabled_at into of_disabled_at from identity.principal as p
    where p.org_id = p_org_id and p.id = subject.principal_id;
    if p_is_active = (of_disabled_at is null) then
        return;
    end if;
    if p_is_active and subject.deactivated_at is distinct from of_disabled_at then
        raise exception 'somebody else disabled this person' using errcode = 'VL020';
    end if;
    perform identity.set_disabled(
        p_org_id, p_actor_id, p_credential_id, p_request_id, subject.principal_id, not p_is_active, null);
    update identity.scim_user as u set deactivated_at = (
        select p.disabled_at from identity.principal as p where p.org_id = p_org_id and p.id = subject.principal_id
    ) where u.org_id = p_org_id and u.id = p_id;
end
$$;

ALTER FUNCTION identity.set_user_active(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_is_active boolean) OWNER TO velaurum_owner;

CREATE FUNCTION identity.settle_group(p_org_id uuid, p_actor_id uuid, p_group_id uuid) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
    perform identity.settle_groups(p_org_id, p_actor_id, array(
        select m.user_id from identity.scim_member as m where m.org_id = p_org_id and m.group_id = p_group_id
    ));
end
$$;

ALTER FUNCTION identity.settle_group(p_org_id uuid, p_actor_id uuid, p_group_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.settle_groups(p_org_id uuid, p_actor_id uuid, p_user_ids uuid[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
    was_managed boolean := identity.is_managed(p_org_id);
begin
    perform identity.require_other_hand(p_org_id, p_actor_id, u.principal_id) from identity.scim_user as u
    where u.org_id = p_org_id and u.id = any(p_user_ids);
    update identity.scim_user as u
    set version = u.version + 1, updated_at = greatest(clock_timestamp(), u.updated_at + interval '1 microsecond')
    where u.org_id = p_org_id and u.id = any(p_user_ids);
    update identity.assignment as a set revoked_at = clock_timestamp(), revoked_by = p_actor_id
    where a.org_id = p_org_id and a.is_provisioned and a.revoked_at is null and a.principal_id in (
        select u.principal_id from identity.scim_user as u where u.org_id = p_org_id and u.id = any(p_user_ids)
    ) and not exists (
        select from identity.scim_user as u
        inner join identity.scim_member as m on u.org_id = m.org_id and u.id = m.user_id
        inner join identity.scim_mapping as x on m.org_id = x.org_id and m.group_id = x.group_id
        where u.org_id = p_org_id and u.principal_id = a.principal_id and x.removed_at is null
            and x.role = a.role and x.sub_org_id is not distinct from a.sub_org_id
    );
    insert into identity.assignment (org_id, id, principal_id, role, sub_org_id, created_by, is_provisioned)
    select distinct on (u.principal_id, x.role, x.sub_org_id)
        p_org_id, platform.uuidv7(clock_timestamp()), u.principal_id, x.role, x.sub_org_id, p_actor_id, true
    from identity.scim_user as u
    inner join identity.scim_member as m on u.org_id = m.org_id and u.id = m.user_id
    inner join identity.scim_mapping as x on m.org_id = x.org_id and m.group_id = x.group_id
    where u.org_id = p_org_id and u.id = any(p_user_ids) and u.removed_at is null and x.removed_at is null
    on conflict do nothing;
    perform identity.require_managed(p_org_id, was_managed);
end
$$;

ALTER FUNCTION identity.settle_groups(p_org_id uuid, p_actor_id uuid, p_user_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION identity.standing(p_org_id uuid, p_credential_id uuid) RETURNS TABLE(principal_id uuid, principal_kind text, principal_name text, role text, permissions text[], sub_org_id uuid)
    LANGUAGE sql STABLE ROWS 2
    AS $$
    select t.principal_id, t.principal_kind, t.principal_name, t.role, t.permissions, t.sub_org_id
    from identity.standing_of_token(p_org_id, p_credential_id) as t
    union all
    select s.principal_id, s.principal_kind, s.principal_name, s.role, s.permissions, s.sub_org_id
    from identity.standing_of_session(p_org_id, p_credential_id) as s
$$;

ALTER FUNCTION identity.standing(p_org_id uuid, p_credential_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.standing_of_session(p_org_id uuid, p_credential_id uuid) RETURNS TABLE(principal_id uuid, principal_kind text, principal_name text, role text, permissions text[], sub_org_id uuid)
    LANGUAGE sql STABLE ROWS 2
    AS $$
    select
        s.principal_id, p.kind, p.name, a.role, case when a.role is null then '{}' else r.permissions end, a.sub_org_id
    from identity.session as s
    cross join lateral (
        select x.kind, x.name, x.disabled_at from identity.principal as x
        where x.org_id = p_org_id and x.id = s.principal_id limit 1
    ) as p
    left join lateral (
        select x.role, x.sub_org_id from identity.assignment as x
        where x.org_id = p_org_id and x.principal_id = s.principal_id and x.revoked_at is null
    ) as a on true
    left join lateral (
        select x.permissions from identity.role as x where x.org_id = p_org_id and x.code = a.role limit 1
    ) as r on true
    where s.org_id = p_org_id and s.id = p_credential_id and s.ended_at is null
        and s.expires_at > clock_timestamp() and s.seen_at + s.idle_after > clock_timestamp() and p.disabled_at is null
$$;

ALTER FUNCTION identity.standing_of_session(p_org_id uuid, p_credential_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.standing_of_token(p_org_id uuid, p_credential_id uuid) RETURNS TABLE(principal_id uuid, principal_kind text, principal_name text, role text, permissions text[], sub_org_id uuid)
    LANGUAGE sql STABLE ROWS 1
    AS $$
    select t.principal_id, p.kind, p.name, t.role, r.permissions, t.sub_org_id
    from identity.token as t
    cross join lateral (
        select x.permissions from identity.role as x where x.org_id = p_org_id and x.code = t.role limit 1
    ) as r
    cross join lateral (
        select x.kind, x.name, x.disabled_at from identity.principal as x
        where x.org_id = p_org_id and x.id = t.principal_id limit 1
    ) as p
    where t.org_id = p_org_id and t.id = p_credential_id and t.revoked_at is null
        and t.expires_at > clock_timestamp() and p.disabled_at is null
$$;

ALTER FUNCTION identity.standing_of_token(p_org_id uuid, p_credential_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.step_break_glass(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_step text, p_secret_hash bytea, p_name text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    asked identity.break_glass;
    moment timestamptz;
    state text;
begin
    if p_step <> 'ended' then
        perform tenancy.refuse_suspended(p_org_id);
    end if;
    perform identity.admit_administrator(p_org_id, p_actor_id, p_name);
    select * into strict asked from identity.break_glass as b where b.org_id = p_org_id and b.id = p_id;
    perform platform.living_administrator(asked.requested_by);
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform from identity.break_glass as b where b.org_id = p_org_id and b.id = p_id for update;
    if (p_step = 'approved' and p_actor_id = asked.requested_by)
        or (p_step = 'collected' and p_actor_id <> asked.requested_by) then
        raise exception 'the step % is of another person', p_step using errcode = 'VL006';
    end if;
    moment := clock_timestamp();
    state := identity.break_glass_state(p_org_id, p_id, moment);
    if (p_step = 'approved' and state <> 'pending') or (p_step = 'collected' and state <> 'open')
        or state not in ('pending', 'open') then
        return false;
    end if;
    -- An administrator's credential is none of the organisation's: it has their own id.
    perform identity.act_as(
        p_org_id, p_actor_id, case when p_credential_id <> p_actor_id then p_credential_id end, p_request_id);
    insert into identity.break_glass_step (
        org_id, id, step, requested_by, actor_id, credential_id, request_id, at, expires_at
    ) values (
        p_org_id, p_id, p_step, asked.requested_by, p_actor_id, p_credential_id, p_request_id, moment,
        case when p_step = 'approved' then moment + asked.life end
    ) on conflict (org_id, id, step) do nothing;
    if not found then
        return false;
    end if;
    if p_step = 'collected' then
        insert into identity.token (org_id, id, principal_id, role, secret_hash, created_by, expires_at)
        select p_org_id, p_id, p_actor_id, 'break-glass', p_secret_hash, s.actor_id, s.expires_at
        from identity.break_glass_step as s
        where s.org_id = p_org_id and s.id = p_id and s.step = 'approved';
    end if;
    return true;
end
$$;

ALTER FUNCTION identity.step_break_glass(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_step text, p_secret_hash bytea, p_name text) OWNER TO velaurum_owner;

CREATE FUNCTION identity.take_challenge(p_org_id uuid, p_challenge_hash bytea, p_purpose text, p_principal_id uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    delete from identity.passkey_challenge as c
    where c.org_id = p_org_id and c.challenge_hash = p_challenge_hash and c.purpose = p_purpose
        and c.principal_id is not distinct from p_principal_id and c.expires_at > clock_timestamp();
    return found;
end
$$;

ALTER FUNCTION identity.take_challenge(p_org_id uuid, p_challenge_hash bytea, p_purpose text, p_principal_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.unlink_scim_user(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_sub_org_ids uuid[]) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform tenancy.require_reach(p_sub_org_ids, null);
    if not exists (
        select from identity.scim_user as u where u.org_id = p_org_id and u.id = p_id and u.removed_at is null
    ) then
        return false;
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    perform identity.drop_scim_user(p_org_id, p_actor_id, p_id);
    return true;
end
$$;

ALTER FUNCTION identity.unlink_scim_user(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION identity.unlink_subject(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    of_principal_id uuid;
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    update identity.provider_subject as x set removed_at = clock_timestamp(), removed_by = p_actor_id
    where x.org_id = p_org_id and x.id = p_id and x.removed_at is null
    returning x.principal_id into of_principal_id;
    if of_principal_id is null then
        return false;
    end if;
    update identity.session as s set ended_at = clock_timestamp(), ended_by = p_actor_id
    where s.org_id = p_org_id and s.principal_id = of_principal_id and s.method = 'oidc' and s.ended_at is null;
    return true;
end
$$;

ALTER FUNCTION identity.unlink_subject(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.update_principal(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_name text, p_sub_org_id uuid, p_sub_org_ids uuid[]) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform identity.require_manageable(p_org_id, p_id, p_sub_org_ids);
    perform tenancy.require_reach(p_sub_org_ids, p_sub_org_id);
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    update identity.principal as p
    set name = coalesce(p_name, p.name), sub_org_id = p_sub_org_id, version = p.version + 1
    where p.org_id = p_org_id and p.id = p_id and p.version = p_version;
    return found;
end
$$;

ALTER FUNCTION identity.update_principal(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_name text, p_sub_org_id uuid, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE TABLE identity.provider (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    issuer text NOT NULL,
    client_id text NOT NULL,
    client_auth text NOT NULL,
    client_secret text,
    tenant_ids text[] NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    created_by uuid NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_by uuid NOT NULL,
    disabled_at timestamp with time zone,
    disabled_by uuid,
    CONSTRAINT provider_check CHECK (((disabled_at IS NULL) = (disabled_by IS NULL))),
    CONSTRAINT provider_client_auth_check CHECK ((client_auth = ANY (ARRAY['none'::text, 'private-key'::text, 'secret-file'::text]))),
    CONSTRAINT provider_client_id_check CHECK ((client_id ~ '^[!-~]{1,255}$'::text)),
    CONSTRAINT provider_client_secret_check CHECK ((client_secret ~ '^file:[a-z0-9][a-z0-9._-]{0,62}$'::text)),
    CONSTRAINT provider_code_check CHECK ((code ~ '^[a-z][a-z0-9-]{1,38}[a-z0-9]$'::text)),
    CONSTRAINT provider_issuer_check CHECK (((issuer ~ '^https?://[!-~]+$'::text) AND (char_length(issuer) <= 255))),
    CONSTRAINT provider_kind_check CHECK ((kind = ANY (ARRAY['generic'::text, 'entra'::text]))),
    CONSTRAINT provider_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 120))),
    CONSTRAINT provider_secret_check CHECK (((client_auth = 'secret-file'::text) = (client_secret IS NOT NULL))),
    CONSTRAINT provider_tenants_check CHECK (((array_position(tenant_ids, NULL::text) IS NULL) AND ((kind = 'entra'::text) = (cardinality(tenant_ids) > 0)))),
    CONSTRAINT provider_version_check CHECK ((version > 0))
);
ALTER TABLE ONLY identity.provider ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY identity.provider FORCE ROW LEVEL SECURITY;

ALTER TABLE identity.provider OWNER TO velaurum_owner;

CREATE FUNCTION identity.update_provider(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_name text, p_client_id text, p_client_auth text, p_client_secret text, p_tenant_ids text[], p_is_disabled boolean) RETURNS SETOF identity.provider
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    update identity.provider as p
    set
        name = p_name, client_id = p_client_id, client_auth = p_client_auth, client_secret = p_client_secret,
        tenant_ids = p_tenant_ids, version = p.version + 1,
        updated_at = greatest(clock_timestamp(), p.updated_at + interval '1 microsecond'), updated_by = p_actor_id,
        disabled_at = case when p_is_disabled then coalesce(p.disabled_at, clock_timestamp()) end,
        disabled_by = case when p_is_disabled then coalesce(p.disabled_by, p_actor_id) end
    where p.org_id = p_org_id and p.id = p_id and p.version = p_version;
    if not found then
        return;
    end if;
    if p_is_disabled then
        update identity.session as s set ended_at = clock_timestamp(), ended_by = p_actor_id
        where s.org_id = p_org_id and s.method = 'oidc' and s.ended_at is null and s.principal_id in (
            select x.principal_id from identity.provider_subject as x
            where x.org_id = p_org_id and x.provider_id = p_id and x.removed_at is null
        );
    end if;
    return query select p.* from identity.provider as p where p.org_id = p_org_id and p.id = p_id;
end
$$;

ALTER FUNCTION identity.update_provider(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_name text, p_client_id text, p_client_auth text, p_client_secret text, p_tenant_ids text[], p_is_disabled boolean) OWNER TO velaurum_owner;

CREATE FUNCTION identity.update_role(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_name text, p_permissions text[], p_sub_org_ids uuid[]) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    subject identity.role;
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform tenancy.require_reach(p_sub_org_ids, null);
    select * into strict subject from identity.role as r where r.org_id = p_org_id and r.id = p_id;
    if identity.holds_role(p_org_id, p_actor_id, subject.code) then
        raise exception 'nobody changes a role that they hold' using errcode = 'VL13A';
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    update identity.role as r
    set
        name = p_name, permissions = p_permissions, version = r.version + 1,
        updated_at = greatest(clock_timestamp(), r.updated_at + interval '1 microsecond'), updated_by = p_actor_id
    where r.org_id = p_org_id and r.id = p_id and r.version = p_version and not r.is_seeded;
    return found;
end
$$;

ALTER FUNCTION identity.update_role(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_name text, p_permissions text[], p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION identity.update_scim_group(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_display_name text, p_display_name_key text, p_external_id text, p_added uuid[], p_removed uuid[], p_sub_org_ids uuid[]) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    version_now bigint;
begin
    perform identity.begin_provisioning(p_org_id, p_actor_id, p_credential_id, p_request_id, p_sub_org_ids);
    select g.version into version_now from identity.scim_group as g
    where g.org_id = p_org_id and g.id = p_id and g.removed_at is null;
    if not found then
        return 'gone';
    end if;
    if version_now <> p_version then
        return 'stale';
    end if;
    if identity.is_group_name_taken(p_org_id, p_id, p_display_name_key) then
        return 'taken';
    end if;
    update identity.scim_group as g
    set
        display_name = p_display_name, display_name_key = p_display_name_key, external_id = p_external_id,
        version = g.version + 1, updated_by = p_actor_id,
        updated_at = greatest(clock_timestamp(), g.updated_at + interval '1 microsecond')
    where g.org_id = p_org_id and g.id = p_id;
    if not identity.change_members(p_org_id, p_actor_id, p_id, p_added, coalesce(p_removed, '{}')) then
        return 'unknown';
    end if;
    return 'done';
end
$$;

ALTER FUNCTION identity.update_scim_group(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_display_name text, p_display_name_key text, p_external_id text, p_added uuid[], p_removed uuid[], p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION identity.update_scim_user(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_said text[], p_user_name text, p_user_name_index bytea, p_user_name_key text, p_external_id text, p_external_id_index bytea, p_attributes text, p_display_name_index bytea, p_attributes_digest text, p_name text, p_is_active boolean, p_sub_org_ids uuid[]) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    subject identity.scim_user;
    person identity.principal;
begin
    perform identity.begin_provisioning(p_org_id, p_actor_id, p_credential_id, p_request_id, p_sub_org_ids);
    select * into subject from identity.scim_user as u
    where u.org_id = p_org_id and u.id = p_id and u.removed_at is null;
    if not found then
        return 'gone';
    end if;
    select * into strict person from identity.principal as p where p.org_id = p_org_id and p.id = subject.principal_id;
    if subject.version + person.version <> p_version then
        return 'stale';
    end if;
    if identity.is_user_name_taken(p_org_id, p_id, p_user_name_index, p_user_name_key) then
        return 'taken';
    end if;
    update identity.scim_user as u
    set
        user_name = case when 'user_name' = any(p_said) then p_user_name else u.user_name end,
        user_name_index = case when 'user_name' = any(p_said) then p_user_name_index else u.user_name_index end,
        user_name_key = case when not 'user_name' = any(p_said) then u.user_name_key end,
        external_id = case when 'external_id' = any(p_said) then p_external_id else u.external_id end,
        external_id_index = case when 'external_id' = any(p_said) then p_external_id_index else u.external_id_index end,
        attributes = case when 'attributes' = any(p_said) then p_attributes else u.attributes end,
        attributes_digest = case when 'attributes' = any(p_said) then p_attributes_digest else u.attributes_digest end,
        display_name_index = case
            when 'attributes' = any(p_said) then p_display_name_index else u.display_name_index end,
        display_name_key = case when not 'attributes' = any(p_said) then u.display_name_key end,
        version = u.version + 1, updated_by = p_actor_id,
        updated_at = greatest(clock_timestamp(), u.updated_at + interval '1 microsecond')
    where u.org_id = p_org_id and u.id = p_id;
    update identity.principal as p set name = p_name, version = p.version + 1
    where p.org_id = p_org_id and p.id = subject.principal_id and p_name is not null;
    perform identity.set_user_active(p_org_id, p_actor_id, p_credential_id, p_request_id, p_id, p_is_active);
    return 'done';
end
$$;

ALTER FUNCTION identity.update_scim_user(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_said text[], p_user_name text, p_user_name_index bytea, p_user_name_key text, p_external_id text, p_external_id_index bytea, p_attributes text, p_display_name_index bytea, p_attributes_digest text, p_name text, p_is_active boolean, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION identity.use_passkey(p_org_id uuid, p_id uuid, p_sign_count bigint, p_is_backed_up boolean) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    holder uuid;
    counted bigint;
    outcome text;
begin
    -- Locked, so that of two signatures with one count the second meets the first.
    select k.principal_id into holder from identity.passkey as k
    where k.org_id = p_org_id and k.id = p_id and k.revoked_at is null
    for update;
    perform from identity.principal as p
    where p.org_id = p_org_id and p.id = holder and p.kind = 'user' and p.disabled_at is null
    for share;
    if not found then
        return null;
    end if;
    select max(u.sign_count) into strict counted from identity.passkey_use as u
    where u.org_id = p_org_id and u.passkey_id = p_id;
    outcome := case
        when p_sign_count > counted or (p_sign_count = 0 and counted = 0) then 'signed-in' else 'regressed'
    end;
    insert into identity.passkey_use (org_id, id, passkey_id, outcome, sign_count, is_backed_up, created_by)
    values (
        p_org_id, platform.uuidv7(clock_timestamp()), p_id, outcome, p_sign_count, p_is_backed_up, holder
    );
    return outcome;
end
$$;

ALTER FUNCTION identity.use_passkey(p_org_id uuid, p_id uuid, p_sign_count bigint, p_is_backed_up boolean) OWNER TO velaurum_owner;

CREATE FUNCTION identity.use_recovery_code(p_org_id uuid, p_second_factor_id uuid, p_code_hash bytea) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    update identity.recovery_code as c set used_at = clock_timestamp()
    where c.org_id = p_org_id and c.second_factor_id = p_second_factor_id and c.code_hash = p_code_hash
        and c.used_at is null and c.revoked_at is null;
    return found;
end
$$;

ALTER FUNCTION identity.use_recovery_code(p_org_id uuid, p_second_factor_id uuid, p_code_hash bytea) OWNER TO velaurum_owner;

CREATE FUNCTION identity.use_sign_in(p_org_id uuid, p_id uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    update identity.sign_in as s set used_at = clock_timestamp()
    where s.org_id = p_org_id and s.id = p_id and s.used_at is null and s.expires_at > clock_timestamp();
    return found;
end
$$;

ALTER FUNCTION identity.use_sign_in(p_org_id uuid, p_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION identity.use_step(p_org_id uuid, p_second_factor_id uuid, p_step bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    update identity.second_factor as f set last_step = p_step
    where f.org_id = p_org_id and f.id = p_second_factor_id and f.last_step < p_step
        and f.confirmed_at is not null and f.revoked_at is null;
    return found;
end
$$;

ALTER FUNCTION identity.use_step(p_org_id uuid, p_second_factor_id uuid, p_step bigint) OWNER TO velaurum_owner;

CREATE FUNCTION identity.vouched_for(p_org_id uuid, p_provider_id uuid, p_subject_index bytea, p_said text) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    found_id uuid;
begin
    perform from identity.provider as p
    where p.org_id = p_org_id and p.id = p_provider_id and p.disabled_at is null
    for share;
    if not found then
        return null;
    end if;
    select x.principal_id into found_id from identity.provider_subject as x
    where x.org_id = p_org_id and x.provider_id = p_provider_id and x.removed_at is null
        and (x.subject_index = p_subject_index or x.subject_index is null and x.subject = p_said)
    for share;
    return found_id;
end
$$;

ALTER FUNCTION identity.vouched_for(p_org_id uuid, p_provider_id uuid, p_subject_index bytea, p_said text) OWNER TO velaurum_owner;

CREATE FUNCTION identity.withdraw_sign_in(p_org_id uuid, p_key_hashes bytea[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    moment timestamptz := clock_timestamp();
begin
    perform from identity.sign_in_failure as f
    where f.org_id = p_org_id and f.key_hash = any(p_key_hashes)
    order by f.key_hash
    for update;
    update identity.sign_in_failure as f
    set
        owed_until = greatest(f.owed_until - w.owed_for, moment),
        blocked_until = f.blocked_until - (
            least(w.longest_s, (1 << greatest(w.failures - w.free, 0)) - 1)
            - least(w.longest_s, (1 << greatest(w.failures - 1 - w.free, 0)) - 1)
        ) * interval '1 second'
    from (
        select
            x.key_hash, r.free, r.longest_s, r.owed_for,
            ceil(extract(epoch from x.owed_until - moment) / extract(epoch from r.owed_for))::integer as failures
        from identity.sign_in_failure as x
        cross join lateral identity.failure_rule(x.kind) as r
        where x.org_id = p_org_id and x.key_hash = any(p_key_hashes) and x.owed_until > moment
    ) as w
    where f.org_id = p_org_id and f.key_hash = w.key_hash;
end
$$;

ALTER FUNCTION identity.withdraw_sign_in(p_org_id uuid, p_key_hashes bytea[]) OWNER TO velaurum_owner;

CREATE FUNCTION jobs.acknowledge_reminder(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    reminder jobs.reminder;
    reach record;
begin
    select * into reminder from jobs.reminder as r where r.org_id = p_org_id and r.id = p_id for update;
    if not found or reminder.ended_at is not null or reminder.acknowledged_at is not null then
        return false;
    end if;
    select * into strict reach from identity.reach(p_org_id, p_credential_id, reminder.permission);
    if reach.may is not true or not jobs.reminder_is_within(
        p_org_id, reminder.kind, reminder.subject, reach.sub_org_ids, p_actor_id)
    then
        raise exception 'the credential does not allow what the reminder asks for' using errcode = 'VL005';
    end if;
    update jobs.reminder as r
    set
        acknowledged_at = clock_timestamp(), acknowledged_by = p_actor_id, credential_id = p_credential_id,
        request_id = p_request_id
    where r.org_id = p_org_id and r.id = p_id;
    return true;
end
$$;

ALTER FUNCTION jobs.acknowledge_reminder(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION jobs.act_as_process(p_org_id uuid, p_request_id uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform identity.act_as(
        p_org_id,
        (select p.id from identity.principal as p where p.org_id = p_org_id and p.created_by = p.id),
        null, p_request_id);
end
$$;

ALTER FUNCTION jobs.act_as_process(p_org_id uuid, p_request_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION jobs.act_on(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_action text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    job jobs.job;
    reach record;
begin
    select * into strict job from jobs.job as j where j.org_id = p_org_id and j.id = p_id;
    select * into strict reach from identity.reach(p_org_id, p_credential_id, job.permission);
    if reach.may is not true or (reach.sub_org_ids is not null and job.requested_by <> p_actor_id) then
        raise exception 'the credential does not allow what the job does' using errcode = 'VL005';
    end if;
    insert into jobs.act (org_id, id, job_id, action, actor_id, credential_id, request_id)
    values (
        p_org_id, platform.uuidv7(clock_timestamp()), p_id, p_action, p_actor_id, p_credential_id, p_request_id
    );
end
$$;

ALTER FUNCTION jobs.act_on(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_action text) OWNER TO velaurum_owner;

CREATE FUNCTION jobs.act_on_integration_job(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_state text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    reach record;
begin
    select * into strict reach from identity.reach(p_org_id, p_credential_id, 'post');
    if reach.may is not true then
        raise exception 'the credential does not allow this' using errcode = 'VL005';
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    update jobs.integration_job as j
    set state = p_state, attempts = case when p_state = 'sent' then j.attempts + 1 else j.attempts end
    where j.org_id = p_org_id and j.id = p_id and j.expires_at > clock_timestamp()
        and (p_state = 'cancelled' and j.ended_at is null or p_state = 'sent' and j.state in ('queued', 'sent'))
        and (reach.sub_org_ids is null or j.requested_by = p_actor_id);
    return found;
end
$$;

ALTER FUNCTION jobs.act_on_integration_job(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_state text) OWNER TO velaurum_owner;

CREATE FUNCTION jobs.add_ticket(p_lane text, p_tag bigint, p_args jsonb, p_run_at timestamp with time zone) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    ticket bigint;
begin
    insert into procrastinate.procrastinate_jobs (queue_name, task_name, priority, args, scheduled_at)
    values (p_lane, 'velaurum.work', -p_tag, p_args, p_run_at)
    returning id into ticket;
    return ticket;
end
$$;

ALTER FUNCTION jobs.add_ticket(p_lane text, p_tag bigint, p_args jsonb, p_run_at timestamp with time zone) OWNER TO velaurum_owner;

CREATE FUNCTION jobs.begin_job(p_org_id uuid, p_id uuid, p_ticket bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    job jobs.job;
begin
    select * into job from jobs.job as j where j.org_id = p_org_id and j.id = p_id for update;
    if not found or job.ticket <> p_ticket or job.state not in ('queued', 'running') then
        return false;
    end if;
    if job.state = 'running' then
        perform jobs.end_attempt(p_org_id, p_id, 'lost', 'worker-lost');
        if job.attempts >= job.max_attempts then
            update jobs.job as j
            set
                state = 'failed', ended_at = clock_timestamp(), error_code = 'worker-lost',
                error_detail = 'The worker was gone before the job was done, each time that it was tried.'
            where j.org_id = p_org_id and j.id = p_id;
            return false;
        end if;
    end if;
    update jobs.job as j
    set state = 'running', attempts = j.attempts + 1, started_at = clock_timestamp(), progress_done = 0
    where j.org_id = p_org_id and j.id = p_id;
    return true;
end
$$;

ALTER FUNCTION jobs.begin_job(p_org_id uuid, p_id uuid, p_ticket bigint) OWNER TO velaurum_owner;

CREATE FUNCTION jobs.cancel(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    job jobs.job;
begin
    select * into job from jobs.job as j where j.org_id = p_org_id and j.id = p_id for update;
    if not found or job.state not in ('queued', 'running') then
        return false;
    end if;
    if job.state = 'running' then
        perform jobs.end_attempt(p_org_id, p_id, 'cancelled', null);
    end if;
    update jobs.job as j set state = 'cancelled', ended_at = clock_timestamp()
    where j.org_id = p_org_id and j.id = p_id;
    perform jobs.act_on(p_org_id, p_actor_id, p_credential_id, p_request_id, p_id, 'cancelled');
    return true;
end
$$;

ALTER FUNCTION jobs.cancel(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION jobs.create_integration_job(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_kind text, p_payload jsonb, p_item_id uuid, p_location_id uuid, p_movement_id uuid, p_life interval, p_key_id text) RETURNS TABLE(outcome text, replayed boolean, record_id uuid, problem jsonb, secret bytea)
    LANGUAGE plpgsql SECURITY DEFINER ROWS 1
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    decided ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    new_id uuid := platform.uuidv7(clock_timestamp());
    began timestamptz := clock_timestamp();
begin
    if decided.outcome is null then
        perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
        secret := sha256(
            uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
        insert into jobs.integration_job (
            org_id, id, kind, item_id, location_id, movement_id, payload, callback_secret_hash, requested_by,
            credential_id, request_id, created_at, expires_at, key_id
        ) values (
            p_org_id, new_id, p_kind, p_item_id, p_location_id, p_movement_id, p_payload, sha256(secret), p_actor_id,
            p_credential_id, p_request_id, began, began + p_life, p_key_id
        );
        decided := ledger.decide_creation(
            p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
    end if;
    return query select decided.outcome, decided.replayed, decided.record_id, decided.problem, secret;
end
$$;

ALTER FUNCTION jobs.create_integration_job(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_kind text, p_payload jsonb, p_item_id uuid, p_location_id uuid, p_movement_id uuid, p_life interval, p_key_id text) OWNER TO velaurum_owner;

CREATE FUNCTION jobs.end_attempt(p_org_id uuid, p_id uuid, p_outcome text, p_error_code text) RETURNS void
    LANGUAGE sql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    insert into jobs.attempt (org_id, job_id, number, actor_id, began_at, outcome, error_code)
    select p_org_id, j.id, j.attempts, (
        select p.id from identity.principal as p where p.org_id = p_org_id and p.created_by = p.id
    ), j.started_at, p_outcome, p_error_code
    from jobs.job as j
    where j.org_id = p_org_id and j.id = p_id
$$;

ALTER FUNCTION jobs.end_attempt(p_org_id uuid, p_id uuid, p_outcome text, p_error_code text) OWNER TO velaurum_owner;

CREATE FUNCTION jobs.enqueue(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_kind text, p_lane text, p_permission text, p_max_attempts integer, p_payload jsonb, p_run_at timestamp with time zone, p_dedupe_key text) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    new_id uuid := platform.uuidv7(clock_timestamp());
begin
    insert into jobs.job (
        org_id, id, kind, lane, permission, payload, dedupe_key, max_attempts, run_at, requested_by,
        credential_id, request_id, ticket, tag
    ) values (
        p_org_id, new_id, p_kind, p_lane, p_permission, p_payload, p_dedupe_key, p_max_attempts,
        coalesce(p_run_at, clock_timestamp()), p_actor_id, p_credential_id, p_request_id, 0, 0
    )
    on conflict (org_id, kind, dedupe_key) do nothing;
    if not found then
        new_id := (
            select j.id from jobs.job as j
            where j.org_id = p_org_id and j.kind = p_kind and j.dedupe_key = p_dedupe_key
        );
    end if;
    return new_id;
end
$$;

ALTER FUNCTION jobs.enqueue(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_kind text, p_lane text, p_permission text, p_max_attempts integer, p_payload jsonb, p_run_at timestamp with time zone, p_dedupe_key text) OWNER TO velaurum_owner;

CREATE FUNCTION jobs.expire_integration_jobs(p_org_id uuid, p_limit integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    ended bigint;
begin
    perform jobs.act_as_process(p_org_id, null);
    update jobs.integration_job as j set state = 'expired'
    where j.org_id = p_org_id and j.id in (
        select x.id from jobs.integration_job as x
        where x.org_id = p_org_id and x.ended_at is null and x.expires_at <= clock_timestamp()
        order by x.id
        limit p_limit
        for update skip locked
    );
    get diagnostics ended = row_count;
    return ended;
end
$$;

ALTER FUNCTION jobs.expire_integration_jobs(p_org_id uuid, p_limit integer) OWNER TO velaurum_owner;

CREATE FUNCTION jobs.fail(p_org_id uuid, p_id uuid, p_ticket bigint, p_number integer, p_code text, p_detail text, p_after interval) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    job jobs.job;
    next_state text;
begin
    select * into job from jobs.job as j where j.org_id = p_org_id and j.id = p_id for update;
    if not found or job.ticket <> p_ticket or job.attempts <> p_number or job.state <> 'running' then
        return null;
    end if;
    perform jobs.end_attempt(p_org_id, p_id, 'failed', p_code);
    next_state := case when p_after is null or job.attempts >= job.max_attempts then 'failed' else 'queued' end;
    update jobs.job as j
    set
        state = next_state, error_code = p_code, error_detail = p_detail,
        run_at = case when next_state = 'queued' then clock_timestamp() + p_after else j.run_at end,
        ended_at = case when next_state = 'failed' then clock_timestamp() end
    where j.org_id = p_org_id and j.id = p_id;
    return next_state;
end
$$;

ALTER FUNCTION jobs.fail(p_org_id uuid, p_id uuid, p_ticket bigint, p_number integer, p_code text, p_detail text, p_after interval) OWNER TO velaurum_owner;

CREATE FUNCTION jobs.figures(p_org_id uuid) RETURNS TABLE(lane text, outcome text, jobs bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform tenancy.set_context(p_org_id, null);
    return query
    select j.lane, j.state, count(*) from jobs.job as j
    where j.org_id = p_org_id and j.ended_at > statement_timestamp() - interval '1 hour'
    group by j.lane, j.state;
end
$$;

ALTER FUNCTION jobs.figures(p_org_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION jobs.forget(p_org_id uuid, p_age interval, p_limit integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    before timestamptz := platform.forgotten_before('jobs', p_age);
    old_ids uuid[] := array(
        select j.id from jobs.job as j
        where j.org_id = p_org_id and j.ended_at < before
        order by j.ended_at
        limit p_limit
        for update skip locked
    );
begin
    delete from jobs.act as a where a.org_id = p_org_id and a.job_id = any(old_ids);
    delete from jobs.attempt as a where a.org_id = p_org_id and a.job_id = any(old_ids);
    delete from jobs.job as j where j.org_id = p_org_id and j.id = any(old_ids);
    return cardinality(old_ids);
end
$$;

ALTER FUNCTION jobs.forget(p_org_id uuid, p_age interval, p_limit integer) OWNER TO velaurum_owner;

CREATE FUNCTION jobs.forget_reminders(p_org_id uuid, p_age interval, p_limit integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    before timestamptz := platform.forgotten_before('jobs', p_age);
    forgotten bigint;
begin
    delete from jobs.reminder as r
    where r.org_id = p_org_id and r.id in (
        select x.id from jobs.reminder as x
        where x.org_id = p_org_id and x.ended_at < before
        order by x.ended_at
        limit p_limit
        for update skip locked
    );
    get diagnostics forgotten = row_count;
    return forgotten;
end
$$;

ALTER FUNCTION jobs.forget_reminders(p_org_id uuid, p_age interval, p_limit integer) OWNER TO velaurum_owner;

CREATE FUNCTION jobs.guard_integration_job() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    is_end boolean := new.state in ('succeeded', 'failed', 'cancelled', 'expired');
begin
    if tg_op = 'INSERT' then
        if new.state <> 'queued' or new.attempts <> 0 or new.callback_secret_hash is null then
            raise exception 'an integration job begins by waiting, with a secret' using errcode = 'VL043';
        end if;
        return new;
    end if;
    if (
        new.id, new.kind, new.item_id, new.location_id, new.movement_id, new.payload, new.requested_by,
        new.credential_id, new.request_id, new.created_at, new.expires_at, new.key_id
    ) is distinct from (
        old.id, old.kind, old.item_id, old.location_id, old.movement_id, old.payload, old.requested_by,
        old.credential_id, old.request_id, old.created_at, old.expires_at, old.key_id
    ) or new.attempts < old.attempts then
        raise exception 'what an outside system was asked to do is never changed' using errcode = 'VL043';
    end if;
    if not (
        old.state in ('queued', 'sent') and new.state in ('sent', 'awaiting_callback')
        or old.state in ('queued', 'sent', 'awaiting_callback') and is_end
    ) then
        raise exception 'an integration job does not go from % to %', old.state, new.state using errcode = 'VL043';
    end if;
    if is_end then
        new.callback_secret_hash := null;
        new.ended_at := clock_timestamp();
        new.purged_at := new.ended_at;
    elsif new.callback_secret_hash is distinct from old.callback_secret_hash then
        raise exception 'a secret is set once' using errcode = 'VL043';
    end if;
    return new;
end
$$;

ALTER FUNCTION jobs.guard_integration_job() OWNER TO velaurum_owner;

CREATE FUNCTION jobs.guard_job() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    if tg_op = 'UPDATE' then
        if (
            new.id, new.kind, new.lane, new.permission, new.payload, new.dedupe_key,
            new.requested_by, new.credential_id, new.request_id, new.created_at
        ) is distinct from (
            old.id, old.kind, old.lane, old.permission, old.payload, old.dedupe_key,
            old.requested_by, old.credential_id, old.request_id, old.created_at
        ) or new.attempts < old.attempts or new.max_attempts < old.max_attempts then
            raise exception 'what a job was asked to do is never changed' using errcode = 'VL040';
        end if;
        if not (
            (old.state = 'queued' and new.state in ('queued', 'running', 'cancelled'))
            or old.state = 'running'
            or (old.state = 'failed' and new.state = 'queued')
        ) then
            raise exception 'a job does not go from % to %', old.state, new.state using errcode = 'VL040';
        end if;
        if new.state <> 'queued' or old.state = 'queued' then
            return new;
        end if;
    elsif new.state <> 'queued' or new.attempts <> 0 then
        raise exception 'a job begins by waiting' using errcode = 'VL040';
    end if;
    new.tag := greatest(jobs.own_time(new.org_id, new.lane), jobs.lane_time(new.lane));
    new.ticket := jobs.add_ticket(
        new.lane, new.tag, jsonb_build_object('org_id', new.org_id, 'job_id', new.id),
        case when new.run_at > clock_timestamp() then new.run_at end);
    return new;
end
$$;

ALTER FUNCTION jobs.guard_job() OWNER TO velaurum_owner;

CREATE FUNCTION jobs.guard_reminder() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    if (new.id, new.org_id, new.kind, new.subject, new.at, new.permission, new.raised_at)
        is distinct from (old.id, old.org_id, old.kind, old.subject, old.at, old.permission, old.raised_at)
        or (old.acknowledged_at is not null and (
            new.acknowledged_at, new.acknowledged_by, new.credential_id, new.request_id
        ) is distinct from (old.acknowledged_at, old.acknowledged_by, old.credential_id, old.request_id))
    then
        raise exception 'what a reminder is about never changes' using errcode = 'VL001';
    end if;
    return new;
end
$$;

ALTER FUNCTION jobs.guard_reminder() OWNER TO velaurum_owner;

CREATE FUNCTION jobs.guard_reminder_removal() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    if coalesce(old.ended_at >= platform.forgotten_before('jobs', null), true) then
        perform platform.refuse_early_removal('jobs.reminder');
    end if;
    return old;
end
$$;

ALTER FUNCTION jobs.guard_reminder_removal() OWNER TO velaurum_owner;

CREATE FUNCTION jobs.guard_removal() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    if coalesce(old.ended_at >= platform.forgotten_before('jobs', null), true) then
        perform platform.refuse_early_removal('jobs.job');
    end if;
    return old;
end
$$;

ALTER FUNCTION jobs.guard_removal() OWNER TO velaurum_owner;

CREATE FUNCTION jobs.guard_removal_with_job() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    if not exists (
        select from jobs.job as j
        where j.org_id = old.org_id and j.id = old.job_id
            and j.ended_at < platform.forgotten_before('jobs', null)
    ) then
        perform platform.refuse_early_removal(concat('jobs.', tg_table_name));
    end if;
    return old;
end
$$;

ALTER FUNCTION jobs.guard_removal_with_job() OWNER TO velaurum_owner;

CREATE FUNCTION jobs.is_overdue(p_org_id uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform tenancy.set_context(p_org_id, null);
    return exists (
        select from jobs.integration_job as j
        where j.org_id = p_org_id and j.ended_at is null and j.expires_at <= clock_timestamp()
    );
end
$$;

ALTER FUNCTION jobs.is_overdue(p_org_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION jobs.judge_callback(p_org_id uuid, p_id uuid, p_request_id uuid, p_nonce bytea, p_proof bytea) RETURNS text
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    job jobs.integration_job;
begin
    perform tenancy.refuse_suspended(p_org_id);
    select * into job from jobs.integration_job as j where j.org_id = p_org_id and j.id = p_id for update;
    if not found then
        return 'unknown';
    end if;
    if job.ended_at is not null then
        return 'ended';
    end if;
    if sha256(p_nonce || job.callback_secret_hash) is distinct from p_proof then
        return 'unknown';
    end if;
    perform jobs.act_as_process(p_org_id, p_request_id);
    if job.expires_at > clock_timestamp() then
        return 'open';
    end if;
    update jobs.integration_job as j set state = 'expired' where j.org_id = p_org_id and j.id = p_id;
    return 'ended';
end
$$;

ALTER FUNCTION jobs.judge_callback(p_org_id uuid, p_id uuid, p_request_id uuid, p_nonce bytea, p_proof bytea) OWNER TO velaurum_owner;

CREATE FUNCTION jobs.lane_time(p_lane text) RETURNS bigint
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    select coalesce((
        select -t.priority from procrastinate.procrastinate_jobs as t
        where t.status = 'todo' and t.queue_name = p_lane
            and (t.scheduled_at is null or t.scheduled_at <= clock_timestamp())
        order by t.priority desc, t.id
        limit 1
    ), 0)
$$;

ALTER FUNCTION jobs.lane_time(p_lane text) OWNER TO velaurum_owner;

CREATE FUNCTION jobs.note_integration_step() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    acting uuid[] := nullif(current_setting('velaurum.acting', true), '')::uuid[];
begin
    if acting[1] is null then
        raise exception 'an integration job without a known actor is refused' using errcode = 'VL013';
    end if;
    insert into jobs.integration_step (org_id, job_id, number, state, actor_id, credential_id, request_id)
    values (
        new.org_id, new.id,
        (select count(*) from jobs.integration_step as s where s.org_id = new.org_id and s.job_id = new.id) + 1,
        new.state, acting[1], acting[2], acting[3]
    );
    return null;
end
$$;

ALTER FUNCTION jobs.note_integration_step() OWNER TO velaurum_owner;

CREATE FUNCTION jobs.note_progress(p_org_id uuid, p_id uuid, p_ticket bigint, p_number integer, p_done bigint, p_total bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    update jobs.job as j set progress_done = p_done, progress_total = p_total
    where j.org_id = p_org_id and j.id = p_id and j.ticket = p_ticket and j.attempts = p_number and j.state = 'running';
    return found;
end
$$;

ALTER FUNCTION jobs.note_progress(p_org_id uuid, p_id uuid, p_ticket bigint, p_number integer, p_done bigint, p_total bigint) OWNER TO velaurum_owner;

CREATE FUNCTION jobs.own_time(p_org_id uuid, p_lane text) RETURNS bigint
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    select coalesce(max(j.tag) + 1, 0) from jobs.job as j
    where j.org_id = p_org_id and j.lane = p_lane and j.state = 'queued'
$$;

ALTER FUNCTION jobs.own_time(p_org_id uuid, p_lane text) OWNER TO velaurum_owner;

CREATE FUNCTION jobs.reach(p_org_id uuid, p_principal_id uuid, p_credential_id uuid, p_permission text) RETURNS TABLE(may boolean, sub_org_ids uuid[])
    LANGUAGE plpgsql STABLE ROWS 1
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    is_whole boolean;
begin
    if p_credential_id is null then
        may := exists (
            select from identity.principal as p
            where p.org_id = p_org_id and p.id = p_principal_id and p.kind = 'process' and p.disabled_at is null
        );
        return next;
        return;
    end if;
    select
        coalesce(bool_or(s.permission is not null), false), bool_or(s.sub_org_id is null),
        array_agg(s.sub_org_id)
    into may, is_whole, sub_org_ids
    from jobs.standing(p_org_id, p_principal_id, p_credential_id) as s
    where s.permission = p_permission;
    if may and not is_whole then
        sub_org_ids := tenancy.subtrees(p_org_id, sub_org_ids);
    else
        sub_org_ids := null;
    end if;
    return next;
end
$$;

ALTER FUNCTION jobs.reach(p_org_id uuid, p_principal_id uuid, p_credential_id uuid, p_permission text) OWNER TO velaurum_owner;

CREATE FUNCTION jobs.remind(p_org_id uuid, p_limits jsonb, p_most integer) RETURNS TABLE(id uuid, code text, raised_at timestamp with time zone)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    with present as materialized (
        select c.kind, c.subject, c.at from jobs.cause as c where c.org_id = p_org_id
    )
    update jobs.reminder as r set ended_at = clock_timestamp()
    where r.org_id = p_org_id and r.ended_at is null and not exists (
        select from present as p where p.kind = r.kind and p.subject = r.subject and p.at = r.at
    );
    return query
    insert into jobs.reminder as r (org_id, id, kind, subject, at, permission)
    select p_org_id, platform.uuidv7(clock_timestamp()), c.kind, c.subject, c.at, c.permission
    from jobs.cause as c
    where c.org_id = p_org_id and c.at + (p_limits ->> c.kind)::interval <= clock_timestamp()
        and (c.made_at is null or c.made_at < c.at + 2 * (p_limits ->> c.kind)::interval)
        and not exists (
            select from jobs.reminder as x
            where x.org_id = p_org_id and x.kind = c.kind and x.subject = c.subject and x.at = c.at
                and x.ended_at is null
        )
    order by c.at
    limit p_most
    on conflict (org_id, kind, subject, at) do update set ended_at = null where r.ended_at is not null
    returning r.id, r.kind, r.raised_at;
end
$$;

ALTER FUNCTION jobs.remind(p_org_id uuid, p_limits jsonb, p_most integer) OWNER TO velaurum_owner;

CREATE FUNCTION jobs.reminder_is_within(p_org_id uuid, p_kind text, p_subject text, p_sub_org_ids uuid[], p_actor_id uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    if p_sub_org_ids is null then
        return true;
    elsif p_kind = 'job-failed' then
        return exists (
            select from jobs.job as j
            where j.org_id = p_org_id and j.id = p_subject::uuid and j.requested_by = p_actor_id
        );
    elsif p_kind = 'approval-waiting' then
        return exists (
            select from ledger.approval_request as r
            inner join catalog.location as l on l.org_id = p_org_id and l.id in (r.source_id, r.target_id)
            where r.org_id = p_org_id and r.id = p_subject::uuid and l.sub_org_id = any(p_sub_org_ids)
        );
    end if;
    return false;
end
$$;

ALTER FUNCTION jobs.reminder_is_within(p_org_id uuid, p_kind text, p_subject text, p_sub_org_ids uuid[], p_actor_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION jobs.request(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_kind text, p_lane text, p_permission text, p_max_attempts integer, p_payload jsonb) RETURNS ledger.outcome_of_record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    new_id uuid;
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    new_id := jobs.enqueue(
        p_org_id, p_actor_id, p_credential_id, p_request_id, p_kind, p_lane, p_permission, p_max_attempts, p_payload,
        clock_timestamp(), null);
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

ALTER FUNCTION jobs.request(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_kind text, p_lane text, p_permission text, p_max_attempts integer, p_payload jsonb) OWNER TO velaurum_owner;

CREATE FUNCTION jobs.retry(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_attempts integer) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    update jobs.job as j
    set
        state = 'queued', run_at = clock_timestamp(), ended_at = null, max_attempts = j.attempts + p_attempts
    where j.org_id = p_org_id and j.id = p_id and j.state = 'failed';
    if not found then
        return false;
    end if;
    perform jobs.act_on(p_org_id, p_actor_id, p_credential_id, p_request_id, p_id, 'retried');
    return true;
end
$$;

ALTER FUNCTION jobs.retry(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_attempts integer) OWNER TO velaurum_owner;

CREATE FUNCTION jobs.standing(p_org_id uuid, p_principal_id uuid, p_credential_id uuid) RETURNS TABLE(permission text, sub_org_id uuid)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    select x.permission, t.sub_org_id
    from identity.standing_of_token(p_org_id, p_credential_id) as t
    cross join lateral unnest(t.permissions) as x (permission)
    where t.principal_id = p_principal_id
    union all
    select x.permission, a.sub_org_id
    from identity.session as s
    inner join identity.principal as p on p.org_id = p_org_id and p.id = s.principal_id and p.disabled_at is null
    inner join identity.assignment as a
        on a.org_id = p_org_id and a.principal_id = s.principal_id and a.revoked_at is null
    inner join identity.role as r on r.org_id = p_org_id and r.code = a.role
    cross join lateral unnest(r.permissions) as x (permission)
    where s.org_id = p_org_id and s.id = p_credential_id and s.principal_id = p_principal_id
$$;

ALTER FUNCTION jobs.standing(p_org_id uuid, p_principal_id uuid, p_credential_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION jobs.succeed(p_org_id uuid, p_id uuid, p_ticket bigint, p_number integer, p_result jsonb) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    update jobs.job as j
    set
        state = 'succeeded', ended_at = clock_timestamp(), result = p_result, error_code = null, error_detail = null
    where j.org_id = p_org_id and j.id = p_id and j.ticket = p_ticket and j.attempts = p_number and j.state = 'running';
    if not found then
        raise exception 'the job is not this worker''s any more' using errcode = 'VL041';
    end if;
    perform jobs.end_attempt(p_org_id, p_id, 'succeeded', null);
end
$$;

ALTER FUNCTION jobs.succeed(p_org_id uuid, p_id uuid, p_ticket bigint, p_number integer, p_result jsonb) OWNER TO velaurum_owner;

CREATE FUNCTION jobs.take_integration_job(p_org_id uuid, p_id uuid, p_request_id uuid, p_nonce bytea, p_proof bytea) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    judged text := jobs.judge_callback(p_org_id, p_id, p_request_id, p_nonce, p_proof);
begin
    if judged = 'open' then
        update jobs.integration_job as j set state = 'awaiting_callback'
        where j.org_id = p_org_id and j.id = p_id and j.state <> 'awaiting_callback';
    end if;
    return judged;
end
$$;

ALTER FUNCTION jobs.take_integration_job(p_org_id uuid, p_id uuid, p_request_id uuid, p_nonce bytea, p_proof bytea) OWNER TO velaurum_owner;

CREATE FUNCTION jobs.use_callback(p_org_id uuid, p_id uuid, p_request_id uuid, p_nonce bytea, p_proof bytea, p_outcome text, p_result jsonb) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    judged text := jobs.judge_callback(p_org_id, p_id, p_request_id, p_nonce, p_proof);
begin
    if p_outcome not in ('succeeded', 'failed') then
        raise exception 'an outside system does not say %', p_outcome using errcode = 'VL043';
    end if;
    if judged = 'open' then
        update jobs.integration_job as j set state = p_outcome, result = p_result
        where j.org_id = p_org_id and j.id = p_id;
    end if;
    return judged;
end
$$;

ALTER FUNCTION jobs.use_callback(p_org_id uuid, p_id uuid, p_request_id uuid, p_nonce bytea, p_proof bytea, p_outcome text, p_result jsonb) OWNER TO velaurum_owner;

CREATE FUNCTION keys.act_as(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
    perform identity.act_as(p_org_id, case
        when p_credential_id is not null then p_actor_id
        else (select p.id from identity.principal as p where p.org_id = p_org_id and p.created_by = p.id)
    end, p_credential_id, p_request_id);
end
$$;

ALTER FUNCTION keys.act_as(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION keys.commitment_of(p_text text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    select case when keys.is_sealed_text(p_text) then substring(p_text from 5 for 44) end
$$;

ALTER FUNCTION keys.commitment_of(p_text text) OWNER TO velaurum_owner;

CREATE FUNCTION keys.destroy_data_key(p_org_id uuid, p_id uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform from keys.data_key as k
    where k.org_id = p_org_id and k.id = p_id and k.state = 'opens-only'
    for update;
    if not found or keys.sealed_rows(p_org_id, p_id) > 0 then
        return false;
    end if;
    update keys.data_key as k set state = 'destroyed', wrapped = null, ended_at = clock_timestamp()
    where k.org_id = p_org_id and k.id = p_id;
    return true;
end
$$;

ALTER FUNCTION keys.destroy_data_key(p_org_id uuid, p_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION keys.end_wrapping_key(p_org_id uuid, p_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform keys.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    update keys.wrapping_key as w set state = 'destroyed', destroyed_at = clock_timestamp()
    where w.org_id = p_org_id and w.id = p_id and keys.is_unused(p_org_id, p_id);
    return found;
end
$$;

ALTER FUNCTION keys.end_wrapping_key(p_org_id uuid, p_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION keys.enter_what_waited(p_org_id uuid) RETURNS void
    LANGUAGE plpgsql
    AS $$
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

ALTER FUNCTION keys.enter_what_waited(p_org_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION keys.envelope_of(p_text text) RETURNS bytea
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    select case when keys.is_sealed_text(p_text) then decode(split_part(p_text, '.', 3), 'base64') end
$$;

ALTER FUNCTION keys.envelope_of(p_text text) OWNER TO velaurum_owner;

CREATE FUNCTION keys.erase_subject(p_org_id uuid, p_subject_id uuid) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    erased bigint;
begin
    insert into keys.data_key (org_id, id, subject_id, version, state, ended_at)
    values (p_org_id, gen_random_uuid(), p_subject_id, 1, 'erased', clock_timestamp())
    on conflict do nothing;
    -- Whoever makes the next version has locked the one before: only then is there nobody else.
    perform from keys.data_key as k where k.org_id = p_org_id and k.subject_id = p_subject_id for update;
    update keys.data_key as k set state = 'erased', wrapped = null, ended_at = clock_timestamp()
    where k.org_id = p_org_id and k.subject_id = p_subject_id and k.state in ('active', 'opens-only');
    get diagnostics erased = row_count;
    return erased;
end
$$;

ALTER FUNCTION keys.erase_subject(p_org_id uuid, p_subject_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION keys.hold(p_org_id uuid, p_subject_ids uuid[]) RETURNS TABLE(id uuid, subject_id uuid, state text, wrapped bytea, share_seal bytea, wrapping_key_id uuid, provider text, key_name text, key_version text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform keys.refuse_erased(p_org_id, p_subject_ids);
    return query
    select k.id, k.subject_id, k.state, k.wrapped, k.share_seal, k.wrapping_key_id, w.provider, w.name, w.key_version
    from keys.data_key as k
    inner join keys.wrapping_key as w on k.org_id = w.org_id and k.wrapping_key_id = w.id
    where k.org_id = p_org_id and k.state = 'active' and (
        k.subject_id = any(p_subject_ids)
        or k.subject_id is null and exists (
            select from unnest(p_subject_ids) as x (subject_id) where x.subject_id is null
        )
    )
    for key share of k;
end
$$;

ALTER FUNCTION keys.hold(p_org_id uuid, p_subject_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION keys.hold_key_of(p_org_id uuid, p_sealed bytea, p_subject_id uuid, p_of text) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
    perform from keys.data_key as k
    where k.org_id = p_org_id and k.id = keys.key_id(p_sealed) and k.state in ('active', 'opens-only')
        and k.subject_id is not distinct from p_subject_id
    for key share;
    if not found then
        raise exception '% is not sealed under a key that lives and is its own', p_of using errcode = 'VL052';
    end if;
end
$$;

ALTER FUNCTION keys.hold_key_of(p_org_id uuid, p_sealed bytea, p_subject_id uuid, p_of text) OWNER TO velaurum_owner;

CREATE FUNCTION keys.is_sealed_text(p_text text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
    select p_text ~ '^VE1\.[A-Za-z0-9+/]{43}=\.([A-Za-z0-9+/]{4})+([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'
$_$;

ALTER FUNCTION keys.is_sealed_text(p_text text) OWNER TO velaurum_owner;

CREATE FUNCTION keys.is_unused(p_org_id uuid, p_id uuid) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    select exists (
        select from keys.wrapping_key as w where w.org_id = p_org_id and w.id = p_id and w.state = 'retired'
    ) and not exists (
        select from keys.data_key as k
        where k.org_id = p_org_id and k.wrapping_key_id = p_id and k.wrapped is not null
    )
$$;

ALTER FUNCTION keys.is_unused(p_org_id uuid, p_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION keys.key_id(p_sealed bytea) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    select case
        when octet_length(p_sealed) >= 48 and substring(p_sealed from 1 for 4) = decode('56450101', 'hex')
            then encode(substring(p_sealed from 5 for 16), 'hex')::uuid
    end
$$;

ALTER FUNCTION keys.key_id(p_sealed bytea) OWNER TO velaurum_owner;

CREATE FUNCTION keys.make_index_key(p_org_id uuid, p_sealed bytea) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    insert into keys.index_key (org_id, sealed) values (p_org_id, p_sealed) on conflict do nothing;
    return found;
end
$$;

ALTER FUNCTION keys.make_index_key(p_org_id uuid, p_sealed bytea) OWNER TO velaurum_owner;

CREATE FUNCTION keys.mint(p_org_id uuid, p_id uuid, p_subject_id uuid, p_before uuid, p_wrapped bytea, p_share_seal bytea, p_wrapping_key_id uuid, p_count bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    if p_subject_id is not null and p_share_seal is null then
        raise exception 'the data key of a subject is split' using
            errcode = 'check_violation', constraint = 'data_key_share_seal_check';
    end if;
    perform keys.refuse_erased(p_org_id, array[p_subject_id]);
    perform from keys.wrapping_key as w
    where w.org_id = p_org_id and w.id = p_wrapping_key_id and w.state = 'active'
    for share;
    if not found then
        return false;
    end if;
    if p_before is not null then
        update keys.data_key as k set state = 'opens-only', retired_at = clock_timestamp()
        where k.org_id = p_org_id and k.id = p_before and k.subject_id is not distinct from p_subject_id
            and k.state = 'active';
        if not found then
            return false;
        end if;
    end if;
    insert into keys.data_key (org_id, id, subject_id, version, wrapped, share_seal, wrapping_key_id, sealed_count)
    select
        p_org_id, p_id, p_subject_id, coalesce(max(k.version), 0) + 1, p_wrapped, p_share_seal, p_wrapping_key_id,
        p_count
    from keys.data_key as k
    where k.org_id = p_org_id and k.subject_id is not distinct from p_subject_id
    on conflict do nothing;
    if not found and p_before is not null then
        raise exception 'a data key was made by two at once' using errcode = '40001';
    end if;
    return found;
end
$$;

ALTER FUNCTION keys.mint(p_org_id uuid, p_id uuid, p_subject_id uuid, p_before uuid, p_wrapped bytea, p_share_seal bytea, p_wrapping_key_id uuid, p_count bigint) OWNER TO velaurum_owner;

CREATE FUNCTION keys.name_wrapping_key(p_org_id uuid, p_id uuid, p_provider text, p_name text, p_version text, p_before uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION keys.name_wrapping_key(p_org_id uuid, p_id uuid, p_provider text, p_name text, p_version text, p_before uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION keys.refuse_erased(p_org_id uuid, p_subject_ids uuid[]) RETURNS void
    LANGUAGE plpgsql STABLE
    AS $$
begin
    if exists (
        select from keys.data_key as k
        where k.org_id = p_org_id and k.subject_id = any(p_subject_ids) and k.state = 'erased'
    ) then
        raise exception 'the data subject was erased' using errcode = 'VL051';
    end if;
end
$$;

ALTER FUNCTION keys.refuse_erased(p_org_id uuid, p_subject_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION keys.require_living_key() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    said text := to_jsonb(new) ->> tg_argv[0];
    sealed bytea := case when said like 'VE1.%' then keys.envelope_of(said) else said::bytea end;
begin
    if sealed is null then
        return new;
    end if;
    perform keys.hold_key_of(
        new.org_id, sealed, (to_jsonb(new) ->> tg_argv[1])::uuid,
        concat(tg_table_schema, '.', tg_table_name, '.', tg_argv[0]));
    return new;
end
$$;

ALTER FUNCTION keys.require_living_key() OWNER TO velaurum_owner;

CREATE FUNCTION keys.reseal_index_key(p_org_id uuid, p_before bytea, p_sealed bytea) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    update keys.index_key as x set sealed = p_sealed where x.org_id = p_org_id and x.sealed = p_before;
    return found;
end
$$;

ALTER FUNCTION keys.reseal_index_key(p_org_id uuid, p_before bytea, p_sealed bytea) OWNER TO velaurum_owner;

CREATE FUNCTION keys.reserve(p_org_id uuid, p_id uuid, p_count bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    update keys.data_key as k set sealed_count = k.sealed_count + p_count
    where k.org_id = p_org_id and k.id = p_id and k.state = 'active' and k.sealed_count + p_count <= 2147483648;
    return found;
end
$$;

ALTER FUNCTION keys.reserve(p_org_id uuid, p_id uuid, p_count bigint) OWNER TO velaurum_owner;

CREATE FUNCTION keys.rewrap(p_org_id uuid, p_id uuid, p_before uuid, p_wrapped bytea, p_wrapping_key_id uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION keys.rewrap(p_org_id uuid, p_id uuid, p_before uuid, p_wrapped bytea, p_wrapping_key_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION keys.sealed_rows(p_org_id uuid, p_key_id uuid) RETURNS bigint
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
    select (
        select count(*) from identity.second_factor as f
        where f.org_id = p_org_id and substring(f.sealed from 5 for 16) = uuid_send(p_key_id)
    ) + (
        select count(*) from ledger.movement_note as n
        where n.org_id = p_org_id and substring(n.sealed from 5 for 16) = uuid_send(p_key_id)
    ) + (
        select count(*) from identity.principal as p
        where p.org_id = p_org_id and p.name ~ '^VE1\.[A-Za-z0-9+/]{43}=\.([A-Za-z0-9+/]{4})+([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'
            and substring(decode(split_part(p.name, '.', 3), 'base64') from 5 for 16) = uuid_send(p_key_id)
    ) + (
        select count(*) from audit.personal_value as v
        where v.org_id = p_org_id and v.salt is null
            and substring(decode(split_part(v.value, '.', 3), 'base64') from 5 for 16) = uuid_send(p_key_id)
    ) + (
        select count(*) from identity.invitation as i
        where i.org_id = p_org_id and i.login like 'VE1.%'
            and substring(decode(split_part(i.login, '.', 3), 'base64') from 5 for 16) = uuid_send(p_key_id)
    ) + (
        select count(*) from identity.password as w
        where w.org_id = p_org_id and w.login like 'VE1.%'
            and substring(decode(split_part(w.login, '.', 3), 'base64') from 5 for 16) = uuid_send(p_key_id)
    ) + (
        select count(*) from identity.provider_subject as s
        where s.org_id = p_org_id and s.subject like 'VE1.%'
            and substring(decode(split_part(s.subject, '.', 3), 'base64') from 5 for 16) = uuid_send(p_key_id)
    ) + (
        select count(*) from identity.scim_user as u
        where u.org_id = p_org_id and u.user_name like 'VE1.%'
            and substring(decode(split_part(u.user_name, '.', 3), 'base64') from 5 for 16) = uuid_send(p_key_id)
    ) + (
        select count(*) from identity.scim_user as u
        where u.org_id = p_org_id and u.external_id like 'VE1.%'
            and substring(decode(split_part(u.external_id, '.', 3), 'base64') from 5 for 16) = uuid_send(p_key_id)
    ) + (
        select count(*) from identity.scim_user as u
        where u.org_id = p_org_id and u.attributes like 'VE1.%'
            and substring(decode(split_part(u.attributes, '.', 3), 'base64') from 5 for 16) = uuid_send(p_key_id)
    ) + (
        select count(*) from identity.scim_user as u
        where u.org_id = p_org_id and u.attributes_digest like 'VE1.%' and
            substring(decode(split_part(u.attributes_digest, '.', 3), 'base64') from 5 for 16) = uuid_send(p_key_id)
    ) + (
        select count(*) from identity.passkey as k
        where k.org_id = p_org_id and k.name like 'VE1.%'
            and substring(decode(split_part(k.name, '.', 3), 'base64') from 5 for 16) = uuid_send(p_key_id)
    ) + (
        select count(*) from keys.index_key as x
        where x.org_id = p_org_id and substring(x.sealed from 5 for 16) = uuid_send(p_key_id)
    )
$_$;

ALTER FUNCTION keys.sealed_rows(p_org_id uuid, p_key_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.all_or_none(v ledger.verdict, p_size bigint) RETURNS ledger.verdict
    LANGUAGE plpgsql
    AS $$
begin
    if exists (select from unnest(v.outcomes) as o where o.status <> 'posted') then
        v.movements := '{}';
        v.outcomes := array(
            select case
                when o.status = 'posted' and o.log_index >= p_size
                    then row(o.ord, 'undecided', false, null, null)::ledger.outcome
                else row(o.ord, o.status, o.replayed, o.problem, o.log_index)::ledger.outcome
            end
            from unnest(v.outcomes) as o order by o.ord);
    end if;
    return v;
end
$$;

ALTER FUNCTION ledger.all_or_none(v ledger.verdict, p_size bigint) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.approval_key_hash(p_hash bytea) RETURNS bytea
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    select sha256('velaurum-approval-request/v1'::bytea || decode('00', 'hex') || p_hash)
$$;

ALTER FUNCTION ledger.approval_key_hash(p_hash bytea) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.approval_problem(p_org_id uuid, p_id uuid, p_hash bytea, p_quantity numeric, p_actor_id uuid, p_credential_id uuid) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    select nullif(coalesce((
        select case
            when a.outcome is null then 'Nobody has approved it yet.'
            when a.outcome = 'rejected' then 'It was rejected.'
            when r.request_hash <> p_hash then 'It is for another movement.'
            when r.quantity <> p_quantity then 'The pack holds another quantity than when it was asked for.'
            when exists (
                select from ledger.movement as m where m.org_id = p_org_id and m.approval_id = p_id
            ) then 'It was used before.'
            when r.expires_at <= statement_timestamp() then 'It has expired.'
            when ledger.is_of_one_hand(p_org_id, a.decided_by, p_credential_id)
                then 'The approver made the credential that posts.'
            else ''
        end
        from ledger.approval_request as r
        left join lateral (
            select x.outcome, x.decided_by from ledger.approval as x where x.org_id = p_org_id and x.id = p_id limit 1
        ) as a on true
        where r.org_id = p_org_id and r.id = p_id and r.requested_by = p_actor_id
    ), 'The actor asked for no such approval.'), '')
$$;

ALTER FUNCTION ledger.approval_problem(p_org_id uuid, p_id uuid, p_hash bytea, p_quantity numeric, p_actor_id uuid, p_credential_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.approval_rules_version(p_org_id uuid) RETURNS bigint
    LANGUAGE sql STABLE
    AS $$
    select coalesce(max(r.version), 1) from ledger.approval_rule as r where r.org_id = p_org_id
$$;

ALTER FUNCTION ledger.approval_rules_version(p_org_id uuid) OWNER TO velaurum_owner;

CREATE TABLE ledger.period (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    code text NOT NULL,
    code_key text NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    follows_at timestamp with time zone,
    state text DEFAULT 'open'::text NOT NULL,
    closed_at_size bigint,
    reopen_asked_by uuid,
    reopen_asked_at timestamp with time zone,
    reopen_credential_id uuid,
    reopen_reason text,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    created_by uuid NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_by uuid NOT NULL,
    CONSTRAINT period_closed_at_size_check CHECK ((closed_at_size >= 0)),
    CONSTRAINT period_closed_at_size_check1 CHECK (((state = 'closed'::text) = (closed_at_size IS NOT NULL))),
    CONSTRAINT period_code_check CHECK (((char_length(code) >= 1) AND (char_length(code) <= 64))),
    CONSTRAINT period_code_key_check CHECK ((code_key <> ''::text)),
    CONSTRAINT period_ends_at_check CHECK ((ends_at < '10000-01-01 00:00:00+00'::timestamp with time zone)),
    CONSTRAINT period_follows_at_check CHECK ((follows_at = starts_at)),
    CONSTRAINT period_length_check CHECK ((ends_at > starts_at)),
    CONSTRAINT period_reopen_reason_check CHECK (((char_length(reopen_reason) >= 1) AND (char_length(reopen_reason) <= 200))),
    CONSTRAINT period_reopening_check CHECK (((num_nonnulls(reopen_asked_by, reopen_asked_at, reopen_credential_id, reopen_reason) = ANY (ARRAY[0, 4])) AND ((state <> 'open'::text) OR (reopen_asked_by IS NULL)))),
    CONSTRAINT period_starts_at_check CHECK ((starts_at >= '1900-01-01 00:00:00+00'::timestamp with time zone)),
    CONSTRAINT period_state_check CHECK ((state = ANY (ARRAY['open'::text, 'soft-closed'::text, 'closed'::text]))),
    CONSTRAINT period_version_check CHECK ((version > 0))
);
ALTER TABLE ONLY ledger.period ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY ledger.period FORCE ROW LEVEL SECURITY;

ALTER TABLE ledger.period OWNER TO velaurum_owner;

CREATE FUNCTION ledger.ask_reopening(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_reason text) RETURNS SETOF ledger.period
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    if exists (
        select from ledger.period as p
        inner join ledger.period as q on q.org_id = p_org_id and q.starts_at > p.starts_at
        where p.org_id = p_org_id and p.id = p_id and ledger.closedness(q.state) >= ledger.closedness(p.state)
            and p.state <> 'open'
    ) then
        raise exception 'a later period is as closed' using errcode = 'VL081';
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    return query
    update ledger.period as p
    set
        reopen_asked_by = p_actor_id, reopen_asked_at = clock_timestamp(), reopen_credential_id = p_credential_id,
        reopen_reason = p_reason, version = p.version + 1,
        updated_at = greatest(clock_timestamp(), p.updated_at + interval '1 microsecond'), updated_by = p_actor_id
    where p.org_id = p_org_id and p.id = p_id and p.version = p_version and p.state <> 'open'
        and (p.reopen_asked_at is null or p.reopen_asked_at <= clock_timestamp() - interval '7 days')
    returning p.*;
end
$$;

ALTER FUNCTION ledger.ask_reopening(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_reason text) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.balance_of_part(p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text) RETURNS ledger.balance
    LANGUAGE plpgsql STABLE
    AS $$
declare
    b ledger.balance;
begin
    if p_lot_id is not null then
        select * into b from ledger.balance as x
        where x.org_id = p_org_id and x.item_id = p_item_id and x.location_id = p_location_id
            and x.lot_id = p_lot_id and x.serial_id is null and x.status is not distinct from p_status;
    elsif p_serial_id is not null then
        select * into b from ledger.balance as x
        where x.org_id = p_org_id and x.item_id = p_item_id and x.location_id = p_location_id
            and x.lot_id is null and x.serial_id = p_serial_id and x.status is not distinct from p_status;
    else
        select * into b from ledger.balance as x
        where x.org_id = p_org_id and x.item_id = p_item_id and x.location_id = p_location_id
            and x.lot_id is null and x.serial_id is null and x.status is not distinct from p_status;
    end if;
    if b.seq is null then
        b := row(p_org_id, p_item_id, p_location_id, 0, 0, p_lot_id, p_serial_id, p_status, null, null);
    end if;
    return b;
end
$$;

ALTER FUNCTION ledger.balance_of_part(p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.balances_at(p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint, p_effective_as_of timestamp with time zone, p_after_item_id uuid, p_after_location_id uuid, p_after_lot_id uuid, p_after_serial_id uuid, p_after_status text, p_limit bigint, p_sub_org_ids uuid[]) RETURNS TABLE(item_id uuid, location_id uuid, lot_id uuid, serial_id uuid, status text, on_hand numeric)
    LANGUAGE sql STABLE
    AS $$
    select b.item_id, b.location_id, b.lot_id, b.serial_id, b.status, h.on_hand
    from ledger.balance as b
    cross join lateral (
        select case
            when p_effective_as_of is not null then ledger.on_hand_effective(
                p_org_id, b.item_id, b.location_id, b.lot_id, b.serial_id, b.status, p_size, p_effective_as_of)
            when p_size = (select d.size from ledger.head as d where d.org_id = p_org_id) then b.on_hand
            else ledger.on_hand_at(
                p_org_id, b.item_id, b.location_id, b.lot_id, b.serial_id, b.status, p_size)
        end as on_hand
    ) as h
    where b.org_id = p_org_id
        and (b.item_id, b.location_id) >= (p_after_item_id, p_after_location_id)
        and (
            (b.item_id, b.location_id) > (p_after_item_id, p_after_location_id)
            or (
                coalesce(b.lot_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
                coalesce(b.serial_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'), coalesce(b.status, 'z')
            ) > (
                coalesce(p_after_lot_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
                coalesce(p_after_serial_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'), coalesce(p_after_status, 'z')
            )
        )
        and (p_item_id is null or b.item_id = p_item_id)
        and (p_location_id is null or b.location_id = p_location_id)
        and (p_lot_id is null or b.lot_id = p_lot_id)
        and (p_serial_id is null or b.serial_id = p_serial_id)
        and (p_status is null or coalesce(b.status, 'available') = p_status)
        and h.on_hand is not null
        and (p_sub_org_ids is null or exists (
            select from catalog.location as l
            where l.org_id = p_org_id and l.id = b.location_id and l.sub_org_id = any(p_sub_org_ids)
        ))
    order by b.item_id, b.location_id, b.lot_id, b.serial_id, b.status
    limit p_limit
$$;

ALTER FUNCTION ledger.balances_at(p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint, p_effective_as_of timestamp with time zone, p_after_item_id uuid, p_after_location_id uuid, p_after_lot_id uuid, p_after_serial_id uuid, p_after_status text, p_limit bigint, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.balances_within(p_org_id uuid, p_within_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint, p_effective_as_of timestamp with time zone, p_after_item_id uuid, p_after_location_id uuid, p_after_lot_id uuid, p_after_serial_id uuid, p_after_status text, p_limit bigint, p_sub_org_ids uuid[]) RETURNS TABLE(item_id uuid, location_id uuid, lot_id uuid, serial_id uuid, status text, on_hand numeric)
    LANGUAGE sql STABLE
    AS $$
    select b.item_id, b.location_id, b.lot_id, b.serial_id, b.status, h.on_hand
    from (
        select k.item_id, k.location_id, k.lot_id, k.serial_id, k.status, k.on_hand
        from ledger.stock_keys_within(p_org_id, p_within_id, p_sub_org_ids) as k
        where (k.item_id, k.location_id) >= (p_after_item_id, p_after_location_id)
            and (
                (k.item_id, k.location_id) > (p_after_item_id, p_after_location_id)
                or (
                    coalesce(k.lot_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
                    coalesce(k.serial_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'), coalesce(k.status, 'z')
                ) > (
                    coalesce(p_after_lot_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
                    coalesce(p_after_serial_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
                    coalesce(p_after_status, 'z')
                )
            )
            and (p_item_id is null or k.item_id = p_item_id)
            and (p_location_id is null or k.location_id = p_location_id)
            and (p_lot_id is null or k.lot_id = p_lot_id)
            and (p_serial_id is null or k.serial_id = p_serial_id)
            and (p_status is null or coalesce(k.status, 'available') = p_status)
        order by k.item_id, k.location_id, k.lot_id, k.serial_id, k.status
    ) as b
    cross join lateral (
        select case
            when p_effective_as_of is not null then ledger.on_hand_effective(
                p_org_id, b.item_id, b.location_id, b.lot_id, b.serial_id, b.status, p_size, p_effective_as_of)
            when p_size = (select d.size from ledger.head as d where d.org_id = p_org_id) then b.on_hand
            else ledger.on_hand_at(
                p_org_id, b.item_id, b.location_id, b.lot_id, b.serial_id, b.status, p_size)
        end as on_hand
    ) as h
    where h.on_hand is not null
    order by b.item_id, b.location_id, b.lot_id, b.serial_id, b.status
    limit p_limit
$$;

ALTER FUNCTION ledger.balances_within(p_org_id uuid, p_within_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint, p_effective_as_of timestamp with time zone, p_after_item_id uuid, p_after_location_id uuid, p_after_lot_id uuid, p_after_serial_id uuid, p_after_status text, p_limit bigint, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.base64url(p_bytes bytea) RETURNS text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    AS $$
    select rtrim(translate(encode(p_bytes, 'base64'), E'+/\n', '-_'), '=')
$$;

ALTER FUNCTION ledger.base64url(p_bytes bytea) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.candidates(p_org_id uuid, p_rows jsonb) RETURNS TABLE(ord integer, candidate ledger.candidate)
    LANGUAGE sql STABLE
    AS $$
    with judged as materialized (
        select q.* from ledger.judged(p_org_id, p_rows) as q
    ), stock_key as (
        select
            j.item_id, j.source_id as location_id, (j.part).lot_id, (j.part).serial_id, j.source_status as status
        from judged as j
        where j.problem is null and ledger.holds_stock(j.source_kind)
        union
        select j.item_id, j.target_id, (j.part).lot_id, (j.part).serial_id, j.target_status
        from judged as j where j.problem is null and ledger.holds_stock(j.target_kind)
    ), stock as materialized (
        select
            k.item_id, k.location_id, coalesce(k.lot_id, k.serial_id, k.item_id) as part_id,
            coalesce(k.status, 'available') as status, row_number() over ()::integer as slot,
            case
                when k.lot_id is null and k.serial_id is null and k.status is null then row(
                    p_org_id, k.item_id, k.location_id, b.on_hand, b.seq, null, null, null, null,
                    b.latest_occurred_at)::ledger.balance
                else ledger.balance_of_part(p_org_id, k.item_id, k.location_id, k.lot_id, k.serial_id, k.status)
            end as balance
        from stock_key as k
        cross join lateral ledger.on_hand(p_org_id, k.item_id, k.location_id) as b
    )
    select (j.asked).ord, row(
        j.asked, j.actor_kind, j.item_id, j.unit, j.quantity, j.source_id, j.target_id,
        j.reversed_kind, j.already_reversed, j.request_hash, e,
        first_value((j.asked).ord) over same_key,
        j.request_hash = first_value(j.request_hash) over same_key,
        (j.asked).note_commitment is not distinct from first_value((j.asked).note_commitment) over same_key,
        s.slot, s.balance, t.slot, t.balance, j.display, j.stated_quantity, j.stated_unit, j.part, j.source_status,
        j.target_status
    )::ledger.candidate
    from judged as j
    left join stock as s
        on s.item_id = j.item_id and s.location_id = j.source_id
            and s.part_id = coalesce((j.part).lot_id, (j.part).serial_id, j.item_id)
            and s.status = coalesce(j.source_status, 'available')
    left join stock as t
        on t.item_id = j.item_id and t.location_id = j.target_id
            and t.part_id = coalesce((j.part).lot_id, (j.part).serial_id, j.item_id)
            and t.status = coalesce(j.target_status, 'available')
    left join lateral ledger.earlier(p_org_id, j.asked, j.request_hash, j.problem, j.lacking) as e on true
    window same_key as (
        partition by (j.asked).idempotency_key
        order by j.problem is not null or j.lacking is not null, (j.asked).ord
    )
$$;

ALTER FUNCTION ledger.candidates(p_org_id uuid, p_rows jsonb) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.changes_after(p_org_id uuid, b ledger.balance, p_instant timestamp with time zone, p_movements ledger.movement[]) RETURNS TABLE(occurred_at timestamp with time zone, change numeric)
    LANGUAGE plpgsql STABLE
    AS $$
declare
    first_index bigint := ledger.size_at(p_org_id, p_instant - interval '5 minutes');
begin
    if b.lot_id is null and b.serial_id is null and b.status is null then
        return query
        select m.occurred_at, -m.quantity from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = b.item_id and m.source_id = b.location_id
            and m.source_seq is not null and m.lot_id is null and m.serial_id is null and m.source_status is null
            and m.log_index >= first_index and m.occurred_at > p_instant
        union all
        select m.occurred_at, m.quantity from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = b.item_id and m.target_id = b.location_id
            and m.target_seq is not null and m.lot_id is null and m.serial_id is null and m.target_status is null
            and m.log_index >= first_index and m.occurred_at > p_instant;
    else
        return query
        select m.occurred_at, -m.quantity from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = b.item_id and m.source_id = b.location_id
            and m.source_seq is not null and m.log_index >= first_index and m.occurred_at > p_instant
            and (m.lot_id, m.serial_id, m.source_status) is not distinct from (b.lot_id, b.serial_id, b.status)
        union all
        select m.occurred_at, m.quantity from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = b.item_id and m.target_id = b.location_id
            and m.target_seq is not null and m.log_index >= first_index and m.occurred_at > p_instant
            and (m.lot_id, m.serial_id, m.target_status) is not distinct from (b.lot_id, b.serial_id, b.status);
    end if;
    return query
    select m.occurred_at, -m.quantity from unnest(p_movements) as m
    where m.item_id = b.item_id and m.source_id = b.location_id and m.occurred_at > p_instant
        and (m.lot_id, m.serial_id, m.source_status) is not distinct from (b.lot_id, b.serial_id, b.status)
    union all
    select m.occurred_at, m.quantity from unnest(p_movements) as m
    where m.item_id = b.item_id and m.target_id = b.location_id and m.occurred_at > p_instant
        and (m.lot_id, m.serial_id, m.target_status) is not distinct from (b.lot_id, b.serial_id, b.status);
end
$$;

ALTER FUNCTION ledger.changes_after(p_org_id uuid, b ledger.balance, p_instant timestamp with time zone, p_movements ledger.movement[]) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.close_period(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_state text) RETURNS SETOF ledger.period
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    head ledger.head;
begin
    select * into strict head from ledger.head as h where h.org_id = p_org_id for update;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    return query
    update ledger.period as p
    set
        state = p_state, closed_at_size = case when p_state = 'closed' then head.size end,
        reopen_asked_by = null, reopen_asked_at = null, reopen_credential_id = null, reopen_reason = null,
        version = p.version + 1,
        updated_at = greatest(clock_timestamp(), p.updated_at + interval '1 microsecond'), updated_by = p_actor_id
    where p.org_id = p_org_id and p.id = p_id and p.version = p_version
        and ledger.closedness(p.state) < ledger.closedness(p_state)
    returning p.*;
end
$$;

ALTER FUNCTION ledger.close_period(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_state text) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.closed_until(p_org_id uuid) RETURNS TABLE(closed_until timestamp with time zone, soft_closed_until timestamp with time zone)
    LANGUAGE sql STABLE
    AS $$
    select max(p.ends_at) filter (where p.state = 'closed'), max(p.ends_at) filter (where p.state <> 'open')
    from ledger.period as p where p.org_id = p_org_id
$$;

ALTER FUNCTION ledger.closed_until(p_org_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.closedness(p_state text) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    select array_position(array['open', 'soft-closed', 'closed'], p_state)
$$;

ALTER FUNCTION ledger.closedness(p_state text) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.closes_periods(p_org_id uuid, p_person_id uuid, p_credential_id uuid) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    select exists (
        select from identity.reach(p_org_id, p_credential_id, 'close-periods') as r
        where r.may and r.sub_org_ids is null and r.principal_id = p_person_id and r.principal_kind = 'user'
    )
$$;

ALTER FUNCTION ledger.closes_periods(p_org_id uuid, p_person_id uuid, p_credential_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.come(b ledger.balance, p_quantity numeric, p_instant timestamp with time zone) RETURNS ledger.balance
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
begin
    if b.seq = 0 or b.latest_occurred_at is not null then
        b.latest_occurred_at := greatest(b.latest_occurred_at, p_instant);
    end if;
    b.seq := b.seq + 1;
    b.on_hand := b.on_hand + p_quantity;
    b.held_serial_id := case when b.on_hand > 0 then b.serial_id end;
    return b;
end
$$;

ALTER FUNCTION ledger.come(b ledger.balance, p_quantity numeric, p_instant timestamp with time zone) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.confirm_reopening(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint) RETURNS SETOF ledger.period
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    return query
    update ledger.period as p
    set
        state = case when p.state = 'closed' then 'soft-closed' else 'open' end, closed_at_size = null,
        reopen_asked_by = null, reopen_asked_at = null, reopen_credential_id = null, reopen_reason = null,
        version = p.version + 1,
        updated_at = greatest(clock_timestamp(), p.updated_at + interval '1 microsecond'), updated_by = p_actor_id
    where p.org_id = p_org_id and p.id = p_id and p.version = p_version
        and p.reopen_asked_at > clock_timestamp() - interval '7 days'
    returning p.*;
end
$$;

ALTER FUNCTION ledger.confirm_reopening(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.converted(p_org_id uuid, p_item_id uuid, p_item_unit text, p_quantity numeric, p_unit text) RETURNS numeric
    LANGUAGE plpgsql STABLE
    AS $$
begin
    return (
        select catalog.exactly(p_quantity, f.numerator, f.denominator)
        from catalog.factor(p_org_id, p_item_id, p_item_unit, p_unit) as f
    );
end
$$;

ALTER FUNCTION ledger.converted(p_org_id uuid, p_item_id uuid, p_item_unit text, p_quantity numeric, p_unit text) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.create_period(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_code text, p_code_key text, p_starts_at timestamp with time zone, p_ends_at timestamp with time zone) RETURNS ledger.outcome_of_record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    last_end timestamptz;
    new_id uuid;
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    perform from ledger.head as h where h.org_id = p_org_id for update;
    select max(p.ends_at) into last_end from ledger.period as p where p.org_id = p_org_id;
    if coalesce(p_starts_at <> last_end, coalesce(p_starts_at, last_end) is null) then
        raise exception 'a period begins where the last one ends' using errcode = 'VL082';
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    insert into ledger.period (
        org_id, id, code, code_key, starts_at, ends_at, follows_at, created_by, updated_by
    ) values (
        p_org_id, platform.uuidv7(clock_timestamp()), p_code, p_code_key, coalesce(last_end, p_starts_at), p_ends_at,
        last_end, p_actor_id, p_actor_id
    ) on conflict do nothing returning id into new_id;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

ALTER FUNCTION ledger.create_period(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_code text, p_code_key text, p_starts_at timestamp with time zone, p_ends_at timestamp with time zone) OWNER TO velaurum_owner;

CREATE TABLE ledger.head (
    org_id uuid NOT NULL,
    size bigint DEFAULT 0 NOT NULL,
    recorded_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    closed_until timestamp with time zone,
    soft_closed_until timestamp with time zone,
    CONSTRAINT head_closed_until_check CHECK (((closed_until IS NULL) OR (soft_closed_until >= closed_until))),
    CONSTRAINT head_size_check CHECK ((size >= 0))
)
WITH (fillfactor='20');
ALTER TABLE ONLY ledger.head ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY ledger.head FORCE ROW LEVEL SECURITY;

ALTER TABLE ledger.head OWNER TO velaurum_owner;

CREATE FUNCTION ledger.decide(p_org_id uuid, p_head ledger.head, p_at timestamp with time zone, p_rows jsonb) RETURNS ledger.verdict
    LANGUAGE plpgsql
    AS $$
declare
    candidates ledger.candidate[] := ledger.gathered(p_org_id, p_rows);
    n integer := 0;
    c ledger.candidate;
    source ledger.balance;
    target ledger.balance;
    moment timestamptz;
    o ledger.outcome;
    m ledger.movement;
    outcomes ledger.outcome[] := '{}';
    movements ledger.movement[] := '{}';
    displays ledger.display[] := '{}';
    notes ledger.movement_note[] := '{}';
    refusals ledger.decision[] := '{}';
    balances ledger.balance[] := '{}';
    spent uuid[] := '{}';
    serials uuid[] := '{}';
    held boolean[] := '{}';
begin
    while n < cardinality(candidates) loop
        n := n + 1;
        c := candidates[n];
        source := coalesce(balances[c.source_slot], c.source);
        target := coalesce(balances[c.target_slot], c.target);
        moment := p_at + cardinality(movements) * interval '1 microsecond';
        o := ledger.outcome_of(
            p_org_id, p_head, c, outcomes[c.first_ord], source, target.on_hand, spent,
            coalesce(held[array_position(serials, (c.part).serial_id)], (c.part).is_held), moment, movements);
        if o.status = 'refused' and not o.replayed then
            refusals[cardinality(refusals) + 1] := ledger.new_refusal(p_org_id, p_at, c, o.problem);
        elsif o.status = 'posted' and not o.replayed then
            o.log_index := p_head.size + cardinality(movements);
            if c.source_slot is not null then
                source := ledger.moved(p_org_id, source, -c.quantity, (c.asked).occurred_at, moment, movements);
                balances[c.source_slot] := source;
            end if;
            if c.target_slot is not null then
                target := ledger.come(target, c.quantity, coalesce((c.asked).occurred_at, moment));
                balances[c.target_slot] := target;
            end if;
            if (c.part).serial_id is not null then
                serials := (c.part).serial_id || serials;
                held := (c.target_slot is not null) || held;
            end if;
            m := ledger.new_movement(p_org_id, o.log_index, moment, c, source, target);
            movements[cardinality(movements) + 1] := m;
            displays[cardinality(displays) + 1] := c.display;
            spent := spent || ledger.spends(c.asked);
            if (c.asked).note_sealed is not null then
                notes[cardinality(notes) + 1] := row(p_org_id, m.id, null, null, (c.asked).note_sealed);
            end if;
        end if;
        outcomes[(c.asked).ord] := o;
    end loop;
    return row(outcomes, movements, notes, balances, refusals, displays);
end
$$;

ALTER FUNCTION ledger.decide(p_org_id uuid, p_head ledger.head, p_at timestamp with time zone, p_rows jsonb) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.decide_approval(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_outcome text, p_reason text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    asked ledger.approval_request;
begin
    select * into strict asked from ledger.approval_request as r where r.org_id = p_org_id and r.id = p_id;
    if asked.requested_by = p_actor_id then
        raise exception 'nobody approves what they asked for' using errcode = 'VL006';
    end if;
    if asked.expires_at <= statement_timestamp() then
        return false;
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    insert into ledger.approval (
        org_id, id, outcome, requested_by, decided_by, credential_id, request_id, reason
    ) values (
        p_org_id, p_id, p_outcome, asked.requested_by, p_actor_id, p_credential_id, p_request_id, p_reason
    ) on conflict (org_id, id) do nothing;
    return found;
end
$$;

ALTER FUNCTION ledger.decide_approval(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_outcome text, p_reason text) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.decide_creation(p_org_id uuid, p_idempotency_key text, p_request_hash bytea, p_record_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid) RETURNS ledger.outcome_of_record
    LANGUAGE plpgsql
    AS $$
declare
    problem jsonb := case when p_record_id is null then '{"code": "code-taken", "pointer": "/code"}'::jsonb end;
    outcome text := case when p_record_id is null then 'refused' else 'created' end;
begin
    insert into ledger.decision (
        org_id, idempotency_key, request_hash, outcome, problem, record_id, actor_id, credential_id, request_id
    ) values (
        p_org_id, p_idempotency_key, p_request_hash, outcome, problem, p_record_id,
        p_actor_id, p_credential_id, p_request_id
    );
    return row(outcome, false, p_record_id, problem)::ledger.outcome_of_record;
end
$$;

ALTER FUNCTION ledger.decide_creation(p_org_id uuid, p_idempotency_key text, p_request_hash bytea, p_record_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.decided_before(p_org_id uuid, p_idempotency_key text, p_request_hash bytea) RETURNS ledger.outcome_of_record
    LANGUAGE plpgsql
    AS $$
declare
    sub_orgs text;
    d ledger.decision;
    is_posted boolean;
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform tenancy.refuse_entry(p_org_id, false);
    select * into d from ledger.decision as x where x.org_id = p_org_id and x.idempotency_key = p_idempotency_key;
    if found then
        return row(
            case when d.request_hash <> p_request_hash then 'mismatch' else d.outcome end,
            true, d.record_id, d.problem)::ledger.outcome_of_record;
    end if;
    sub_orgs := tenancy.see_sub_orgs('*');
    is_posted := exists (
        select from ledger.movement as m where m.org_id = p_org_id and m.idempotency_key = p_idempotency_key
    );
    perform tenancy.see_sub_orgs(sub_orgs);
    if is_posted then
        return row('mismatch', true, null, null)::ledger.outcome_of_record;
    end if;
    return null;
end
$$;

ALTER FUNCTION ledger.decided_before(p_org_id uuid, p_idempotency_key text, p_request_hash bytea) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.direction_is_allowed(p_kind text, p_source text, p_target text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    select case p_kind
        when 'opening' then p_source = 'opening' and ledger.holds_stock(p_target)
        when 'receipt' then p_source = 'supplier' and ledger.holds_stock(p_target)
        when 'issue' then ledger.holds_stock(p_source) and p_target in ('consumption', 'customer')
        when 'transfer' then ledger.holds_stock(p_source) and ledger.holds_stock(p_target)
        when 'adjustment' then (p_source = 'adjustment' and ledger.holds_stock(p_target))
            or (ledger.holds_stock(p_source) and p_target = 'adjustment')
        when 'scrap' then ledger.holds_stock(p_source) and p_target = 'scrap'
        when 'return' then (p_source in ('consumption', 'customer') and ledger.holds_stock(p_target))
            or (ledger.holds_stock(p_source) and p_target = 'supplier')
        when 'status-change' then ledger.holds_stock(p_source)
        else p_kind = 'reversal'
    end
$$;

ALTER FUNCTION ledger.direction_is_allowed(p_kind text, p_source text, p_target text) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.earlier(p_org_id uuid, asked ledger.intake, p_hash bytea, p_problem jsonb, p_lacking jsonb) RETURNS SETOF ledger.outcome
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    select asked.ord, 'invalid', false, p_problem, null::bigint
    where p_problem is not null and not ledger.names_part_wrongly(p_problem)
    union all
    select
        asked.ord,
        case
            when p_problem is not null then 'mismatch'
            when not ledger.is_same(p_org_id, asked, p_hash, m.id, m.request_hash, m.note_commitment) then 'mismatch'
            else 'posted'
        end, true, null, m.log_index
    from ledger.movement as m
    where m.org_id = p_org_id and m.idempotency_key = asked.idempotency_key
    union all
    select
        asked.ord, case when p_problem is null and d.request_hash = p_hash then 'refused' else 'mismatch' end, true,
        d.problem, null
    from ledger.decision as d
    where d.org_id = p_org_id and d.idempotency_key = asked.idempotency_key
    union all
    select asked.ord, 'invalid', false, coalesce(p_problem, p_lacking), null
    where p_problem is not null or p_lacking is not null
    limit 1
$$;

ALTER FUNCTION ledger.earlier(p_org_id uuid, asked ledger.intake, p_hash bytea, p_problem jsonb, p_lacking jsonb) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.erase_notes(p_org_id uuid, p_actor_id uuid) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    erased bigint;
begin
    delete from ledger.movement_note as n using ledger.movement as m
    where n.org_id = p_org_id and m.org_id = p_org_id and m.id = n.movement_id and m.actor_id = p_actor_id;
    get diagnostics erased = row_count;
    return erased;
end
$$;

ALTER FUNCTION ledger.erase_notes(p_org_id uuid, p_actor_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.field_problem(p_pointer text, p_code text, p_detail text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
    select jsonb_build_object('code', p_code, 'errors', jsonb_build_array(
        jsonb_build_object('pointer', p_pointer, 'code', p_code, 'detail', p_detail)))
$$;

ALTER FUNCTION ledger.field_problem(p_pointer text, p_code text, p_detail text) OWNER TO velaurum_owner;

CREATE FUNCTION platform.instant(p_at timestamp with time zone) RETURNS text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    AS $$
    select to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

ALTER FUNCTION platform.instant(p_at timestamp with time zone) OWNER TO velaurum_owner;

CREATE VIEW ledger.movement_answer WITH (security_invoker='true') AS
 SELECT m.org_id,
    m.log_index,
    m.id,
    m.kind,
    m.item_id,
    i.code AS item_code,
    (trim_scale(m.quantity))::text AS quantity,
    m.unit,
    m.source_id,
    s.code AS source_code,
    (trim_scale(m.source_on_hand))::text AS source_on_hand,
    m.source_seq,
    m.target_id,
    t.code AS target_code,
    (trim_scale(m.target_on_hand))::text AS target_on_hand,
    m.target_seq,
    platform.instant(m.occurred_at) AS occurred_at,
    platform.instant(m.recorded_at) AS recorded_at,
    m.actor_id,
    p.kind AS actor_kind,
    p.name AS actor_name,
    m.credential_id,
    m.request_id,
    m.idempotency_key,
    m.reference,
    m.reason,
    n.note,
    m.reverses_id,
    ('sha256:'::text || encode(m.leaf_hash, 'hex'::text)) AS leaf_hash,
    s.sub_org_id AS source_sub_org_id,
    (NOT s.holds_stock) AS source_is_shared,
    t.sub_org_id AS target_sub_org_id,
    (NOT t.holds_stock) AS target_is_shared,
    m.approval_id,
    n.sealed AS note_sealed,
    (trim_scale(m.stated_quantity))::text AS stated_quantity,
    m.stated_unit,
    m.lot_id,
        CASE
            WHEN (m.lot_id IS NOT NULL) THEN ( SELECT k.code
               FROM catalog.lot k
              WHERE ((k.org_id = m.org_id) AND (k.id = m.lot_id)))
            ELSE NULL::text
        END AS lot_code,
    m.serial_id,
        CASE
            WHEN (m.serial_id IS NOT NULL) THEN ( SELECT o.code
               FROM catalog.serial o
              WHERE ((o.org_id = m.org_id) AND (o.id = m.serial_id)))
            ELSE NULL::text
        END AS serial_code,
        CASE
            WHEN (m.source_seq IS NOT NULL) THEN COALESCE(m.source_status, 'available'::text)
            ELSE NULL::text
        END AS source_status,
        CASE
            WHEN (m.target_seq IS NOT NULL) THEN COALESCE(m.target_status, 'available'::text)
            ELSE NULL::text
        END AS target_status
   FROM (((((ledger.movement m
     JOIN catalog.item i ON (((m.org_id = i.org_id) AND (m.item_id = i.id))))
     LEFT JOIN catalog.location s ON (((m.org_id = s.org_id) AND (m.source_id = s.id))))
     LEFT JOIN catalog.location t ON (((m.org_id = t.org_id) AND (m.target_id = t.id))))
     JOIN identity.principal p ON (((m.org_id = p.org_id) AND (m.actor_id = p.id))))
     LEFT JOIN ledger.movement_note n ON (((m.note_commitment IS NOT NULL) AND (m.org_id = n.org_id) AND (m.id = n.movement_id))));

ALTER VIEW ledger.movement_answer OWNER TO velaurum_owner;

CREATE FUNCTION ledger.find_answer(p_org_id uuid, p_log_index bigint) RETURNS ledger.movement_answer
    LANGUAGE plpgsql STABLE
    AS $$
begin
    return (
        select x from ledger.movement_answer as x where x.org_id = p_org_id and x.log_index = p_log_index
    );
end
$$;

ALTER FUNCTION ledger.find_answer(p_org_id uuid, p_log_index bigint) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.find_location(p_org_id uuid, p_id uuid, p_code text, p_sub_org_ids uuid[]) RETURNS TABLE(id uuid, kind text, code text, sub_org_id uuid, is_shared boolean)
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    select l.id, l.kind, l.code, l.sub_org_id, not l.holds_stock from catalog.location as l
    where l.org_id = p_org_id and l.id = p_id
        and tenancy.reaches(p_sub_org_ids, l.sub_org_id, not l.holds_stock)
    union all
    select l.id, l.kind, l.code, l.sub_org_id, not l.holds_stock from catalog.location as l
    where l.org_id = p_org_id and l.code = p_code
        and tenancy.reaches(p_sub_org_ids, l.sub_org_id, not l.holds_stock)
    limit 1
$$;

ALTER FUNCTION ledger.find_location(p_org_id uuid, p_id uuid, p_code text, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.find_part(p_org_id uuid, p_item_id uuid, p_lot_id uuid, p_lot_code text, p_serial_id uuid, p_serial_code text) RETURNS ledger.part
    LANGUAGE plpgsql STABLE
    AS $$
declare
    part ledger.part;
begin
    if p_lot_id is not null or p_lot_code is not null then
        select x.id, x.code, x.expires_on into part.lot_id, part.lot_code, part.expires_on
        from (
            select k.id, k.code, k.expires_on from catalog.lot as k
            where k.org_id = p_org_id and k.item_id = p_item_id and k.id = p_lot_id
            union all
            select k.id, k.code, k.expires_on from catalog.lot as k
            where k.org_id = p_org_id and k.item_id = p_item_id and k.code = p_lot_code
        ) as x limit 1;
    else
        select x.id, x.code into part.serial_id, part.serial_code
        from (
            select s.id, s.code from catalog.serial as s
            where s.org_id = p_org_id and s.item_id = p_item_id and s.id = p_serial_id
            union all
            select s.id, s.code from catalog.serial as s
            where s.org_id = p_org_id and s.item_id = p_item_id and s.code = p_serial_code
        ) as x limit 1;
        part.is_held := exists (
            select from ledger.balance as b where b.org_id = p_org_id and b.held_serial_id = part.serial_id
        );
    end if;
    return part;
end
$$;

ALTER FUNCTION ledger.find_part(p_org_id uuid, p_item_id uuid, p_lot_id uuid, p_lot_code text, p_serial_id uuid, p_serial_code text) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.find_reversed(p_org_id uuid, p_id uuid) RETURNS TABLE(kind text, item_id uuid, quantity numeric, stated_quantity numeric, stated_unit text, source_id uuid, target_id uuid, already_reversed boolean, lot_id uuid, serial_id uuid, source_status text, target_status text)
    LANGUAGE plpgsql STABLE ROWS 1
    AS $$
begin
    return query
    select m.kind, m.item_id, m.quantity, m.stated_quantity, m.stated_unit, m.source_id, m.target_id, exists (
        select from ledger.movement as b where b.org_id = p_org_id and b.reverses_id = m.id
    ), m.lot_id, m.serial_id, m.source_status, m.target_status
    from ledger.movement as m where m.org_id = p_org_id and m.id = p_id;
end
$$;

ALTER FUNCTION ledger.find_reversed(p_org_id uuid, p_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.forget_requests(p_org_id uuid, p_principal_id uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    update ledger.decision as d set request_hash = audit.salt()
    where d.org_id = p_org_id and d.record_id is not null
        and d.record_id = any(array(select identity.records_of(p_org_id, p_principal_id)));
end
$$;

ALTER FUNCTION ledger.forget_requests(p_org_id uuid, p_principal_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.gathered(p_org_id uuid, p_rows jsonb) RETURNS ledger.candidate[]
    LANGUAGE plpgsql STABLE
    AS $$
begin
    if jsonb_array_length(p_rows) = 1 then
        return array(select x.candidate from ledger.lone_candidate(p_org_id, p_rows) as x);
    end if;
    return array(select x.candidate from ledger.candidates(p_org_id, p_rows) as x order by x.ord);
end
$$;

ALTER FUNCTION ledger.gathered(p_org_id uuid, p_rows jsonb) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.holds_stock(p_location_kind text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    select p_location_kind in ('storage', 'transit')
$$;

ALTER FUNCTION ledger.holds_stock(p_location_kind text) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.invalid_approval(p_detail text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
    select ledger.field_problem('/approval', 'approval-invalid', p_detail)
$$;

ALTER FUNCTION ledger.invalid_approval(p_detail text) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.is_of_one_hand(p_org_id uuid, p_person_id uuid, p_credential_id uuid) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    select exists (
        select from identity.token as t
        where t.org_id = p_org_id and t.id = p_credential_id and t.created_by = p_person_id
    ) or identity.is_let_in_by(p_org_id, p_credential_id, p_person_id)
$$;

ALTER FUNCTION ledger.is_of_one_hand(p_org_id uuid, p_person_id uuid, p_credential_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.is_ruled(p_org_id uuid, p_kind text, p_quantity numeric) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    select exists (
        select from ledger.rules_in_force(p_org_id) as x
        where x.kind = p_kind and (x.above is null or p_quantity > x.above)
    )
$$;

ALTER FUNCTION ledger.is_ruled(p_org_id uuid, p_kind text, p_quantity numeric) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.is_same(p_org_id uuid, asked ledger.intake, p_hash bytea, p_movement_id uuid, p_decided_hash bytea, p_commitment bytea) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
begin
    return p_hash = p_decided_hash and case
        when p_commitment is null or asked.note_commitment is null
            then p_commitment is null and asked.note_commitment is null
        when p_commitment = asked.note_commitment then true
        else not exists (
            select from ledger.movement_note as n where n.org_id = p_org_id and n.movement_id = p_movement_id
        )
    end;
end
$$;

ALTER FUNCTION ledger.is_same(p_org_id uuid, asked ledger.intake, p_hash bytea, p_movement_id uuid, p_decided_hash bytea, p_commitment bytea) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.judged(p_org_id uuid, p_rows jsonb) RETURNS TABLE(asked ledger.intake, actor_kind text, item_id uuid, unit text, quantity numeric, source_id uuid, source_kind text, target_id uuid, target_kind text, reversed_kind text, already_reversed boolean, display ledger.display, stated_quantity numeric, stated_unit text, part ledger.part, source_status text, target_status text, request_hash bytea, problem jsonb, lacking jsonb)
    LANGUAGE sql STABLE
    AS $$
    with stated as materialized (
        select
            q.*,
            ledger.request_hash(q.asked, q.item_id, q.quantity, q.source_id, q.target_id,
                                q.stated_quantity, q.stated_unit, (q.part).lot_id, (q.part).serial_id,
                                q.source_status, q.target_status) as request_hash,
            coalesce(
                ledger.undecidable(q.asked, q.actor_kind, q.may, q.item_id,
                                   q.source_id, q.source_kind, q.target_id, q.target_kind),
                case
                    when ledger.names_part(q.asked, q.tracking) then ledger.undecidable_part(
                        q.asked, q.tracking, q.part, q.quantity, q.source_kind, q.target_kind, q.source_status,
                        q.target_status)
                end
            ) as problem
        from ledger.resolved(p_org_id, p_rows) as q
    )
    select
        s.asked, s.actor_kind, s.item_id, s.unit, s.quantity, s.source_id, s.source_kind, s.target_id, s.target_kind,
        s.reversed_kind, s.already_reversed,
        case
            when (s.part).lot_id is null and (s.part).serial_id is null then s.display
            else ledger.shown_with_part(s.display, s.part)
        end,
        s.stated_quantity, s.stated_unit, s.part, s.source_status, s.target_status, s.request_hash, s.problem,
        case
            when s.problem is null and (
                ledger.may_need_approval((s.asked).kind) or (s.asked).approval_id is not null
                or s.stated_unit is not null
            )
                then ledger.lacking(p_org_id, s.asked, s.quantity, s.stated_unit, s.request_hash)
        end
    from stated as s
$$;

ALTER FUNCTION ledger.judged(p_org_id uuid, p_rows jsonb) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.lacking(p_org_id uuid, asked ledger.intake, p_quantity numeric, p_stated_unit text, p_hash bytea) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    AS $$
begin
    return case
        when p_quantity is null then ledger.unit_problem(p_quantity, p_stated_unit)
        when p_quantity < 'NaN' then ledger.unapproved(p_org_id, asked, p_quantity, p_hash)
    end;
end
$$;

ALTER FUNCTION ledger.lacking(p_org_id uuid, asked ledger.intake, p_quantity numeric, p_stated_unit text, p_hash bytea) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.last_in(p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint) RETURNS TABLE(log_index bigint, on_hand numeric)
    LANGUAGE plpgsql STABLE ROWS 1 PARALLEL SAFE
    AS $$
begin
    if p_lot_id is null and p_serial_id is null and p_status is null then
        return query
        select m.log_index, m.target_on_hand from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = p_item_id and m.target_id = p_location_id
            and m.target_seq is not null and m.log_index < p_size
            and m.lot_id is null and m.serial_id is null and m.target_status is null
        order by m.lot_id desc, m.serial_id desc, m.target_status desc, m.log_index desc limit 1;
    elsif p_lot_id is null and p_serial_id is null then
        return query
        select m.log_index, m.target_on_hand from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = p_item_id and m.target_id = p_location_id
            and m.target_seq is not null and m.log_index < p_size
            and m.lot_id is null and m.serial_id is null and m.target_status = p_status
        order by m.lot_id desc, m.serial_id desc, m.target_status desc, m.log_index desc limit 1;
    elsif p_serial_id is null and p_status is null then
        return query
        select m.log_index, m.target_on_hand from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = p_item_id and m.target_id = p_location_id
            and m.target_seq is not null and m.log_index < p_size
            and m.lot_id = p_lot_id and m.serial_id is null and m.target_status is null
        order by m.lot_id desc, m.serial_id desc, m.target_status desc, m.log_index desc limit 1;
    elsif p_serial_id is null then
        return query
        select m.log_index, m.target_on_hand from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = p_item_id and m.target_id = p_location_id
            and m.target_seq is not null and m.log_index < p_size
            and m.lot_id = p_lot_id and m.serial_id is null and m.target_status = p_status
        order by m.lot_id desc, m.serial_id desc, m.target_status desc, m.log_index desc limit 1;
    elsif p_status is null then
        return query
        select m.log_index, m.target_on_hand from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = p_item_id and m.target_id = p_location_id
            and m.target_seq is not null and m.log_index < p_size
            and m.lot_id is null and m.serial_id = p_serial_id and m.target_status is null
        order by m.lot_id desc, m.serial_id desc, m.target_status desc, m.log_index desc limit 1;
    else
        return query
        select m.log_index, m.target_on_hand from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = p_item_id and m.target_id = p_location_id
            and m.target_seq is not null and m.log_index < p_size
            and m.lot_id is null and m.serial_id = p_serial_id and m.target_status = p_status
        order by m.lot_id desc, m.serial_id desc, m.target_status desc, m.log_index desc limit 1;
    end if;
end
$$;

ALTER FUNCTION ledger.last_in(p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.last_out(p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint) RETURNS TABLE(log_index bigint, on_hand numeric)
    LANGUAGE plpgsql STABLE ROWS 1 PARALLEL SAFE
    AS $$
begin
    if p_lot_id is null and p_serial_id is null and p_status is null then
        return query
        select m.log_index, m.source_on_hand from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = p_item_id and m.source_id = p_location_id
            and m.source_seq is not null and m.log_index < p_size
            and m.lot_id is null and m.serial_id is null and m.source_status is null
        order by m.lot_id desc, m.serial_id desc, m.source_status desc, m.log_index desc limit 1;
    elsif p_lot_id is null and p_serial_id is null then
        return query
        select m.log_index, m.source_on_hand from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = p_item_id and m.source_id = p_location_id
            and m.source_seq is not null and m.log_index < p_size
            and m.lot_id is null and m.serial_id is null and m.source_status = p_status
        order by m.lot_id desc, m.serial_id desc, m.source_status desc, m.log_index desc limit 1;
    elsif p_serial_id is null and p_status is null then
        return query
        select m.log_index, m.source_on_hand from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = p_item_id and m.source_id = p_location_id
            and m.source_seq is not null and m.log_index < p_size
            and m.lot_id = p_lot_id and m.serial_id is null and m.source_status is null
        order by m.lot_id desc, m.serial_id desc, m.source_status desc, m.log_index desc limit 1;
    elsif p_serial_id is null then
        return query
        select m.log_index, m.source_on_hand from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = p_item_id and m.source_id = p_location_id
            and m.source_seq is not null and m.log_index < p_size
            and m.lot_id = p_lot_id and m.serial_id is null and m.source_status = p_status
        order by m.lot_id desc, m.serial_id desc, m.source_status desc, m.log_index desc limit 1;
    elsif p_status is null then
        return query
        select m.log_index, m.source_on_hand from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = p_item_id and m.source_id = p_location_id
            and m.source_seq is not null and m.log_index < p_size
            and m.lot_id is null and m.serial_id = p_serial_id and m.source_status is null
        order by m.lot_id desc, m.serial_id desc, m.source_status desc, m.log_index desc limit 1;
    else
        return query
        select m.log_index, m.source_on_hand from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = p_item_id and m.source_id = p_location_id
            and m.source_seq is not null and m.log_index < p_size
            and m.lot_id is null and m.serial_id = p_serial_id and m.source_status = p_status
        order by m.lot_id desc, m.serial_id desc, m.source_status desc, m.log_index desc limit 1;
    end if;
end
$$;

ALTER FUNCTION ledger.last_out(p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.latest_from(p_org_id uuid, b ledger.balance, p_instant timestamp with time zone, p_movements ledger.movement[]) RETURNS timestamp with time zone
    LANGUAGE plpgsql STABLE
    AS $$
begin
    return greatest(p_instant, (
        select max(c.occurred_at) from ledger.changes_after(p_org_id, b, p_instant, p_movements) as c));
end
$$;

ALTER FUNCTION ledger.latest_from(p_org_id uuid, b ledger.balance, p_instant timestamp with time zone, p_movements ledger.movement[]) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.least_from(p_org_id uuid, b ledger.balance, p_instant timestamp with time zone, p_movements ledger.movement[]) RETURNS TABLE(held numeric, held_at timestamp with time zone)
    LANGUAGE plpgsql STABLE ROWS 1
    AS $$
begin
    return query
    with change as materialized (
        select c.occurred_at, sum(c.change) as change
        from ledger.changes_after(p_org_id, b, p_instant, p_movements) as c group by c.occurred_at
    ), step as (
        select p_instant as happened_at, b.on_hand - coalesce(sum(c.change), 0) as change from change as c
        union all
        select c.occurred_at, c.change from change as c
    ), state as (
        select s.happened_at, sum(s.change) over (order by s.happened_at) as on_hand from step as s
    )
    select x.on_hand, x.happened_at from state as x order by x.on_hand, x.happened_at limit 1;
end
$$;

ALTER FUNCTION ledger.least_from(p_org_id uuid, b ledger.balance, p_instant timestamp with time zone, p_movements ledger.movement[]) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.lone_candidate(p_org_id uuid, p_rows jsonb) RETURNS TABLE(ord integer, candidate ledger.candidate)
    LANGUAGE sql STABLE
    AS $$
    select (j.asked).ord, row(
        j.asked, j.actor_kind, j.item_id, j.unit, j.quantity, j.source_id, j.target_id,
        j.reversed_kind, j.already_reversed, j.request_hash, e,
        (j.asked).ord, true, true,
        case when (s.balance).seq is not null then 1 end, s.balance,
        case when (t.balance).seq is not null then 2 end, t.balance,
        j.display, j.stated_quantity, j.stated_unit, j.part, j.source_status, j.target_status
    )::ledger.candidate
    from ledger.judged(p_org_id, p_rows) as j
    left join lateral (
        select case
            when (j.part).lot_id is null and (j.part).serial_id is null and j.source_status is null then row(
                p_org_id, j.item_id, j.source_id, b.on_hand, b.seq, null, null, null, null,
                b.latest_occurred_at)::ledger.balance
            else ledger.balance_of_part(
                p_org_id, j.item_id, j.source_id, (j.part).lot_id, (j.part).serial_id, j.source_status)
        end as balance
        from ledger.on_hand(p_org_id, j.item_id, j.source_id) as b
    ) as s on j.problem is null and ledger.holds_stock(j.source_kind)
    left join lateral (
        select case
            when (j.part).lot_id is null and (j.part).serial_id is null and j.target_status is null then row(
                p_org_id, j.item_id, j.target_id, b.on_hand, b.seq, null, null, null, null,
                b.latest_occurred_at)::ledger.balance
            else ledger.balance_of_part(
                p_org_id, j.item_id, j.target_id, (j.part).lot_id, (j.part).serial_id, j.target_status)
        end as balance
        from ledger.on_hand(p_org_id, j.item_id, j.target_id) as b
    ) as t on j.problem is null and ledger.holds_stock(j.target_kind)
    left join lateral ledger.earlier(p_org_id, j.asked, j.request_hash, j.problem, j.lacking) as e on true
$$;

ALTER FUNCTION ledger.lone_candidate(p_org_id uuid, p_rows jsonb) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.mark_periods() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    of_org_id uuid := new.org_id;
begin
    update ledger.head as h
    set closed_until = u.closed_until, soft_closed_until = u.soft_closed_until
    from ledger.closed_until(of_org_id) as u
    where h.org_id = of_org_id
        and (h.closed_until, h.soft_closed_until) is distinct from (u.closed_until, u.soft_closed_until);
    return null;
end
$$;

ALTER FUNCTION ledger.mark_periods() OWNER TO velaurum_owner;

CREATE FUNCTION ledger.may_need_approval(p_kind text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    select p_kind in ('opening', 'adjustment', 'scrap', 'return', 'reversal')
$$;

ALTER FUNCTION ledger.may_need_approval(p_kind text) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.may_still_close(p_org_id uuid, p_person_id uuid) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    select identity.may_anyhow(p_org_id, p_person_id, 'close-periods') and exists (
        select from identity.principal as p
        where p.org_id = p_org_id and p.id = p_person_id and p.disabled_at is null
    )
$$;

ALTER FUNCTION ledger.may_still_close(p_org_id uuid, p_person_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.moved(p_org_id uuid, b ledger.balance, p_quantity numeric, p_occurred_at timestamp with time zone, p_moment timestamp with time zone, p_movements ledger.movement[]) RETURNS ledger.balance
    LANGUAGE plpgsql STABLE
    AS $$
declare
    instant timestamptz := coalesce(p_occurred_at, p_moment);
begin
    if b.seq > 0 and b.latest_occurred_at is null then
        b.latest_occurred_at := ledger.latest_from(p_org_id, b, instant, p_movements);
    end if;
    return ledger.come(b, p_quantity, instant);
end
$$;

ALTER FUNCTION ledger.moved(p_org_id uuid, b ledger.balance, p_quantity numeric, p_occurred_at timestamp with time zone, p_moment timestamp with time zone, p_movements ledger.movement[]) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.movement_entry(m ledger.movement, p_actor_kind text) RETURNS bytea
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    select convert_to(concat(
        '{"actor":{"id":"', m.actor_id, '","kind":"', p_actor_kind, '","via":"', m.credential_id, '"}',
        ',"at":"', platform.instant(m.recorded_at), '"',
        ',"id":"', m.id, '"',
        ',"idem":"', ledger.base64url(sha256(convert_to(m.idempotency_key, 'UTF8'))), '"',
        ',"org":"', m.org_id, '"',
        ',"pii":{"note":"' || encode(m.note_commitment, 'base64') || '"}',
        ',"req":"', m.request_id, '"',
        ',"row":{', '"approval_id":"' || m.approval_id || '",',
        '"item_id":"', m.item_id, '"',
        ',"kind":"', m.kind, '"',
        ',"log_index":', m.log_index,
        ',"lot_id":"' || m.lot_id || '"',
        ',"occurred_at":"', platform.instant(m.occurred_at), '"',
        ',"quantity":"', round(m.quantity, 9), '"',
        ',"reason":' || to_json(m.reason),
        ',"reference":' || to_json(m.reference),
        ',"reverses_id":"' || m.reverses_id || '"',
        ',"serial_id":"' || m.serial_id || '"',
        ',"source_id":"', m.source_id, '"',
        ',"source_on_hand":"' || round(m.source_on_hand, 9) || '"',
        ',"source_seq":' || m.source_seq,
        ',"source_status":"' || m.source_status || '"',
        ',"stated_quantity":"' || round(m.stated_quantity, 9) || '"',
        ',"stated_unit":' || to_json(m.stated_unit),
        ',"target_id":"', m.target_id, '"',
        ',"target_on_hand":"' || round(m.target_on_hand, 9) || '"',
        ',"target_seq":' || m.target_seq,
        ',"target_status":"' || m.target_status || '"',
        ',"unit":', to_json(m.unit), '}',
        ',"sv":1,"type":"stock.movement","v":1}'), 'UTF8')
$$;

ALTER FUNCTION ledger.movement_entry(m ledger.movement, p_actor_kind text) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.names_part(asked ledger.intake, p_tracking text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    select asked.reverses_id is null and (
        p_tracking <> 'none' or asked.kind = 'status-change'
        or asked.lot_id is not null or asked.lot_code is not null
        or asked.serial_id is not null or asked.serial_code is not null
        or asked.source_status is not null or asked.target_status is not null
    )
$$;

ALTER FUNCTION ledger.names_part(asked ledger.intake, p_tracking text) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.names_part_wrongly(p_problem jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    select coalesce(p_problem #>> '{errors,0,pointer}' in ('/lot', '/serial'), false)
$$;

ALTER FUNCTION ledger.names_part_wrongly(p_problem jsonb) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.new_answer(m ledger.movement, shown ledger.display) RETURNS ledger.movement_answer
    LANGUAGE plpgsql STABLE
    AS $$
begin
    return row(
        m.org_id, m.log_index, m.id, m.kind, m.item_id, shown.item_code, trim_scale(m.quantity)::text, m.unit,
        m.source_id, shown.source_code, trim_scale(m.source_on_hand)::text, m.source_seq,
        m.target_id, shown.target_code, trim_scale(m.target_on_hand)::text, m.target_seq,
        platform.instant(m.occurred_at), platform.instant(m.recorded_at),
        m.actor_id, shown.actor_kind, shown.actor_name, m.credential_id, m.request_id, m.idempotency_key,
        m.reference, m.reason, null::text, m.reverses_id, 'sha256:' || encode(m.leaf_hash, 'hex'),
        shown.source_sub_org_id, shown.source_is_shared, shown.target_sub_org_id, shown.target_is_shared,
        m.approval_id, shown.note_sealed, trim_scale(m.stated_quantity)::text, m.stated_unit,
        m.lot_id, shown.lot_code, m.serial_id, shown.serial_code,
        case when m.source_seq is not null then coalesce(m.source_status, 'available') end,
        case when m.target_seq is not null then coalesce(m.target_status, 'available') end);
end
$$;

ALTER FUNCTION ledger.new_answer(m ledger.movement, shown ledger.display) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.new_movement(p_org_id uuid, p_log_index bigint, p_recorded_at timestamp with time zone, c ledger.candidate, source ledger.balance, target ledger.balance) RETURNS ledger.movement
    LANGUAGE plpgsql
    AS $$
declare
    asked ledger.intake := c.asked;
    m ledger.movement;
begin
    m := row(
        p_org_id, p_log_index, platform.uuidv7(p_recorded_at), asked.kind, c.item_id, c.source_id, c.target_id,
        c.quantity, c.unit, source.seq, source.on_hand, target.seq, target.on_hand,
        coalesce(asked.occurred_at, p_recorded_at), p_recorded_at, asked.actor_id, asked.credential_id,
        asked.request_id, asked.idempotency_key, c.request_hash, asked.reference, asked.reason, asked.reverses_id,
        asked.note_commitment, null, null, asked.approval_id, pg_current_xact_id(), c.stated_quantity, c.stated_unit,
        (c.part).lot_id, (c.part).serial_id, c.source_status, c.target_status
    );
    m.entry := ledger.movement_entry(m, c.actor_kind);
    m.leaf_hash := sha256(decode('00', 'hex') || m.entry);
    return m;
end
$$;

ALTER FUNCTION ledger.new_movement(p_org_id uuid, p_log_index bigint, p_recorded_at timestamp with time zone, c ledger.candidate, source ledger.balance, target ledger.balance) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.new_refusal(p_org_id uuid, p_at timestamp with time zone, c ledger.candidate, p_problem jsonb) RETURNS ledger.decision
    LANGUAGE plpgsql
    AS $$
declare
    asked ledger.intake := c.asked;
begin
    return row(
        p_org_id, asked.idempotency_key, c.request_hash, 'refused', p_problem, null, p_at,
        asked.actor_id, asked.credential_id, asked.request_id)::ledger.decision;
end
$$;

ALTER FUNCTION ledger.new_refusal(p_org_id uuid, p_at timestamp with time zone, c ledger.candidate, p_problem jsonb) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.note_commitment(p_salt bytea, p_note text) RETURNS bytea
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    AS $$
    select sha256('velaurum-pii/v1'::bytea || decode('00', 'hex') || p_salt || convert_to(to_json(p_note)::text, 'UTF8'))
$$;

ALTER FUNCTION ledger.note_commitment(p_salt bytea, p_note text) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.on_hand(p_org_id uuid, p_item_id uuid, p_location_id uuid) RETURNS TABLE(on_hand numeric, seq bigint, latest_occurred_at timestamp with time zone)
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    select coalesce(b.on_hand, 0), coalesce(b.seq, 0), b.latest_occurred_at
    from (select) as one
    left join lateral (
        select x.on_hand, x.seq, x.latest_occurred_at from ledger.balance as x
        where x.org_id = p_org_id and x.item_id = p_item_id and x.location_id = p_location_id
            and x.lot_id is null and x.serial_id is null and x.status is null
        limit 1
    ) as b on true
$$;

ALTER FUNCTION ledger.on_hand(p_org_id uuid, p_item_id uuid, p_location_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.on_hand_at(p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint) RETURNS numeric
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    select last.on_hand from (
        select o.log_index, o.on_hand
        from ledger.last_out(p_org_id, p_item_id, p_location_id, p_lot_id, p_serial_id, p_status, p_size) as o
        union all
        select i.log_index, i.on_hand
        from ledger.last_in(p_org_id, p_item_id, p_location_id, p_lot_id, p_serial_id, p_status, p_size) as i
    ) as last order by last.log_index desc limit 1
$$;

ALTER FUNCTION ledger.on_hand_at(p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.on_hand_effective(p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint, p_effective_as_of timestamp with time zone) RETURNS numeric
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    AS $$
begin
    if p_lot_id is not null then
        return (select sum(leg.quantity) from (
            select -m.quantity as quantity from ledger.movement as m
            where m.org_id = p_org_id and m.item_id = p_item_id and m.source_id = p_location_id
                and m.source_seq is not null and m.log_index < p_size and m.occurred_at <= p_effective_as_of
                and m.lot_id = p_lot_id and m.serial_id is null and m.source_status is not distinct from p_status
            union all
            select m.quantity as quantity from ledger.movement as m
            where m.org_id = p_org_id and m.item_id = p_item_id and m.target_id = p_location_id
                and m.target_seq is not null and m.log_index < p_size and m.occurred_at <= p_effective_as_of
                and m.lot_id = p_lot_id and m.serial_id is null and m.target_status is not distinct from p_status
        ) as leg);
    elsif p_serial_id is not null then
        return (select sum(leg.quantity) from (
            select -m.quantity as quantity from ledger.movement as m
            where m.org_id = p_org_id and m.item_id = p_item_id and m.source_id = p_location_id
                and m.source_seq is not null and m.log_index < p_size and m.occurred_at <= p_effective_as_of
                and m.lot_id is null and m.serial_id = p_serial_id and m.source_status is not distinct from p_status
            union all
            select m.quantity as quantity from ledger.movement as m
            where m.org_id = p_org_id and m.item_id = p_item_id and m.target_id = p_location_id
                and m.target_seq is not null and m.log_index < p_size and m.occurred_at <= p_effective_as_of
                and m.lot_id is null and m.serial_id = p_serial_id and m.target_status is not distinct from p_status
        ) as leg);
    end if;
    return (select sum(leg.quantity) from (
        select -m.quantity as quantity from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = p_item_id and m.source_id = p_location_id
            and m.source_seq is not null and m.log_index < p_size and m.occurred_at <= p_effective_as_of
            and m.lot_id is null and m.serial_id is null and m.source_status is not distinct from p_status
        union all
        select m.quantity as quantity from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = p_item_id and m.target_id = p_location_id
            and m.target_seq is not null and m.log_index < p_size and m.occurred_at <= p_effective_as_of
            and m.lot_id is null and m.serial_id is null and m.target_status is not distinct from p_status
    ) as leg);
end
$$;

ALTER FUNCTION ledger.on_hand_effective(p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint, p_effective_as_of timestamp with time zone) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.outcome_of(p_org_id uuid, p_head ledger.head, c ledger.candidate, of_first ledger.outcome, source ledger.balance, p_target_on_hand numeric, p_spent uuid[], p_is_held boolean, p_moment timestamp with time zone, p_movements ledger.movement[]) RETURNS ledger.outcome
    LANGUAGE plpgsql STABLE
    AS $$
declare
    asked ledger.intake := c.asked;
    instant timestamptz := coalesce(asked.occurred_at, p_moment);
    problem jsonb;
begin
    if (c.earlier).status <> 'invalid'
        or (c.earlier).problem is not null and not ledger.names_part_wrongly((c.earlier).problem) then
        return c.earlier;
    elsif c.first_ord < asked.ord and ((c.earlier).status is null or of_first.status in ('posted', 'refused')) then
        return ledger.repeated(asked.ord, of_first, c.is_like_first, c.has_note_of_first);
    elsif (c.earlier).status is not null then
        return c.earlier;
    elsif asked.approval_id = any(p_spent) then
        return row(
            asked.ord, 'invalid', false, ledger.invalid_approval('It was used before.'), null)::ledger.outcome;
    end if;
    problem := ledger.refusal(
        asked, c.quantity, source.on_hand, p_target_on_hand, c.reversed_kind,
        c.already_reversed or asked.reverses_id = any(p_spent));
    if instant < p_head.soft_closed_until then
        problem := coalesce(ledger.refusal_of_period(p_org_id, p_head, asked.credential_id, instant), problem);
    end if;
    if source.seq > 0 and instant < coalesce(source.latest_occurred_at, 'infinity')
        and coalesce(problem ->> 'code', 'insufficient-stock') = 'insufficient-stock' then
        problem := ledger.refusal_of_past(p_org_id, source, c.quantity, instant, p_movements);
    end if;
    if problem is null and ((c.part).lot_id is not null or p_is_held) then
        problem := ledger.refusal_of_part(c, p_is_held, p_moment);
    end if;
    return row(
        asked.ord, case when problem is null then 'posted' else 'refused' end, false, problem, null)::ledger.outcome;
end
$$;

ALTER FUNCTION ledger.outcome_of(p_org_id uuid, p_head ledger.head, c ledger.candidate, of_first ledger.outcome, source ledger.balance, p_target_on_hand numeric, p_spent uuid[], p_is_held boolean, p_moment timestamp with time zone, p_movements ledger.movement[]) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.part_problem(asked ledger.intake, p_tracking text, part ledger.part, p_quantity numeric) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    select case
        when p_tracking <> 'lot' and (asked.lot_id is not null or asked.lot_code is not null)
            then ledger.field_problem('/lot', 'unknown-reference', 'The item is not tracked by lot: it has none.')
        when p_tracking <> 'serial' and (asked.serial_id is not null or asked.serial_code is not null)
            then ledger.field_problem('/serial', 'unknown-reference', 'The item is not tracked by serial: it has none.')
        when p_tracking = 'lot' and asked.lot_id is null and asked.lot_code is null
            then ledger.field_problem('/lot', 'invalid-field', 'The item is tracked by lot: name one.')
        when p_tracking = 'serial' and asked.serial_id is null and asked.serial_code is null
            then ledger.field_problem('/serial', 'invalid-field', 'The item is tracked by serial: name one.')
        when p_tracking = 'lot' and part.lot_id is null
            then ledger.field_problem('/lot', 'unknown-reference', 'The item has no such lot.')
        when p_tracking = 'serial' and part.serial_id is null
            then ledger.field_problem('/serial', 'unknown-reference', 'The item has no such serial.')
        when p_tracking = 'serial' and p_quantity <> 1
            then ledger.field_problem('/quantity', 'invalid-field', 'A serial is one piece: the quantity is 1.')
    end
$$;

ALTER FUNCTION ledger.part_problem(asked ledger.intake, p_tracking text, part ledger.part, p_quantity numeric) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.post_movements(p_org_id uuid, p_rows jsonb, p_atomic boolean) RETURNS TABLE(ord integer, status text, replayed boolean, problem jsonb, movement ledger.movement_answer)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_mergejoin TO 'off'
    SET join_collapse_limit TO '1'
    SET enable_hashagg TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
declare
    head ledger.head;
    v ledger.verdict;
    outcomes ledger.outcome[];
    movements ledger.movement[];
    displays ledger.display[];
    o ledger.outcome;
    n integer := 0;
    place bigint;
begin
    select * into strict head from ledger.head as h where h.org_id = p_org_id for update;
    perform tenancy.refuse_entry(p_org_id, false);
    v := ledger.decide(
        p_org_id, head, greatest(clock_timestamp(), head.recorded_at + interval '1 microsecond'), p_rows);
    if p_atomic then
        v := ledger.all_or_none(v, head.size);
    end if;
    perform ledger.record_movements(p_org_id, v);
    movements := v.movements;
    displays := v.displays;
    outcomes := v.outcomes;
    while n < cardinality(outcomes) loop
        n := n + 1;
        o := outcomes[n];
        ord := o.ord;
        status := o.status;
        replayed := o.replayed;
        problem := o.problem;
        place := o.log_index - head.size + 1;
        movement := case
            when o.status <> 'posted' then null
            when place >= 1 then ledger.new_answer(movements[place], displays[place])
            else ledger.find_answer(p_org_id, o.log_index)
        end;
        return next;
    end loop;
end
$$;

ALTER FUNCTION ledger.post_movements(p_org_id uuid, p_rows jsonb, p_atomic boolean) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.record_movements(p_org_id uuid, v ledger.verdict) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
    if cardinality(v.movements) > 0 then
        insert into ledger.movement select * from unnest(v.movements);
        if cardinality(v.notes) > 0 then
            insert into ledger.movement_note select * from unnest(v.notes);
        end if;
        insert into ledger.balance select * from unnest(v.balances) as b where b.seq is not null order by b.on_hand
        on conflict (org_id, item_id, location_id, lot_id, serial_id, status)
        do update
        set
            on_hand = excluded.on_hand, seq = excluded.seq, held_serial_id = excluded.held_serial_id,
            latest_occurred_at = excluded.latest_occurred_at;
        update ledger.head as h
        set size = h.size + cardinality(v.movements), recorded_at = (v.movements[cardinality(v.movements)]).recorded_at
        where h.org_id = p_org_id;
    end if;
    if cardinality(v.refusals) > 0 then
        insert into ledger.decision select * from unnest(v.refusals);
    end if;
end
$$;

ALTER FUNCTION ledger.record_movements(p_org_id uuid, v ledger.verdict) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.refusal(asked ledger.intake, p_quantity numeric, p_source_on_hand numeric, p_target_on_hand numeric, p_reversed_kind text, p_already_reversed boolean) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    select case
        when p_reversed_kind = 'reversal' then '{"code": "conflict"}'::jsonb
        when p_already_reversed then '{"code": "already-reversed"}'::jsonb
        when p_quantity = 'NaN' then '{"code": "quantity-not-exact", "pointer": "/quantity"}'::jsonb
        when asked.source_guard <> p_source_on_hand or (asked.source_guard is not null and p_source_on_hand is null)
            then jsonb_build_object('code', 'stale-guard', 'pointer', '/guard/source_on_hand',
                                    'on_hand', trim_scale(p_source_on_hand)::text)
        when asked.target_guard <> p_target_on_hand or (asked.target_guard is not null and p_target_on_hand is null)
            then jsonb_build_object('code', 'stale-guard', 'pointer', '/guard/target_on_hand',
                                    'on_hand', trim_scale(p_target_on_hand)::text)
        when p_source_on_hand < p_quantity
            then jsonb_build_object('code', 'insufficient-stock', 'available', trim_scale(p_source_on_hand)::text)
    end
$$;

ALTER FUNCTION ledger.refusal(asked ledger.intake, p_quantity numeric, p_source_on_hand numeric, p_target_on_hand numeric, p_reversed_kind text, p_already_reversed boolean) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.refusal_of_part(c ledger.candidate, p_is_held boolean, p_moment timestamp with time zone) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    select case
        when (c.part).expires_on < (coalesce((c.asked).occurred_at, p_moment) at time zone 'UTC')::date
            and (c.asked).kind = 'issue'
            then jsonb_build_object('code', 'lot-expired', 'pointer', '/lot', 'expires_on', (c.part).expires_on)
        when p_is_held and c.source_slot is null then '{"code": "serial-in-stock", "pointer": "/serial"}'::jsonb
    end
$$;

ALTER FUNCTION ledger.refusal_of_part(c ledger.candidate, p_is_held boolean, p_moment timestamp with time zone) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.refusal_of_past(p_org_id uuid, b ledger.balance, p_quantity numeric, p_instant timestamp with time zone, p_movements ledger.movement[]) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    AS $$
begin
    return (
        select jsonb_build_object(
            'code', 'insufficient-stock', 'available', trim_scale(greatest(l.held, 0))::text,
            'available_at', platform.instant(l.held_at))
        from ledger.least_from(p_org_id, b, p_instant, p_movements) as l where l.held < p_quantity
    );
end
$$;

ALTER FUNCTION ledger.refusal_of_past(p_org_id uuid, b ledger.balance, p_quantity numeric, p_instant timestamp with time zone, p_movements ledger.movement[]) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.refusal_of_period(p_org_id uuid, p_head ledger.head, p_credential_id uuid, p_instant timestamp with time zone) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    AS $$
declare
    closed_until timestamptz := p_head.soft_closed_until;
begin
    if p_instant < p_head.closed_until then
        closed_until := p_head.closed_until;
    elsif exists (
        select from identity.reach(p_org_id, p_credential_id, 'close-periods') as r
        where r.may and r.sub_org_ids is null
    ) then
        return null;
    end if;
    return jsonb_build_object(
        'code', 'period-closed', 'pointer', '/occurred_at', 'closed_until', platform.instant(closed_until));
end
$$;

ALTER FUNCTION ledger.refusal_of_period(p_org_id uuid, p_head ledger.head, p_credential_id uuid, p_instant timestamp with time zone) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    raise exception '% on %.% is refused: the ledger is append-only, post a reversal instead',
        tg_op, tg_table_schema, tg_table_name using errcode = 'VL001';
end
$$;

ALTER FUNCTION ledger.refuse_change() OWNER TO velaurum_owner;

CREATE FUNCTION ledger.refuse_lone_reopening() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    of_org_id uuid := new.org_id;
    acting uuid[] := nullif(current_setting('velaurum.acting', true), '')::uuid[];
begin
    if ledger.closedness(new.state) >= ledger.closedness(old.state) then
        if new.reopen_asked_by is null or (
            new.reopen_asked_by = acting[1] and new.reopen_credential_id = acting[2]
            and ledger.closes_periods(of_org_id, acting[1], acting[2])
        ) then
            return new;
        end if;
        raise exception 'a reopening is asked for by who acts' using errcode = 'VL006';
    end if;
    if old.reopen_asked_at > clock_timestamp() - interval '7 days' and old.reopen_asked_by <> acting[1]
        and ledger.may_still_close(of_org_id, old.reopen_asked_by)
        and ledger.closes_periods(of_org_id, acting[1], acting[2])
        and not ledger.is_of_one_hand(of_org_id, acting[1], old.reopen_credential_id)
        and not ledger.is_of_one_hand(of_org_id, old.reopen_asked_by, acting[2]) then
        return new;
    end if;
    raise exception 'a period is reopened by two persons' using errcode = 'VL006';
end
$$;

ALTER FUNCTION ledger.refuse_lone_reopening() OWNER TO velaurum_owner;

CREATE FUNCTION ledger.refuse_other_decision() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    if to_jsonb(new) - 'request_hash' = to_jsonb(old) - 'request_hash'
        and identity.is_erased(old.org_id, identity.person_of(old.org_id, old.record_id)) then
        return new;
    end if;
    raise exception '% on %.% is refused: the ledger is append-only, post a reversal instead',
        tg_op, tg_table_schema, tg_table_name using errcode = 'VL001';
end
$$;

ALTER FUNCTION ledger.refuse_other_decision() OWNER TO velaurum_owner;

CREATE FUNCTION ledger.refuse_other_meaning() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    if new.request_hash <> ledger.request_hash(
        jsonb_populate_record(null::ledger.intake, to_jsonb(new)),
        new.item_id, new.quantity, new.source_id, new.target_id, new.stated_quantity, new.stated_unit,
        new.lot_id, new.serial_id, new.source_status, new.target_status
    ) then
        raise exception 'the hash of an approval request is of another movement' using errcode = 'VL007';
    end if;
    return new;
end
$$;

ALTER FUNCTION ledger.refuse_other_meaning() OWNER TO velaurum_owner;

CREATE FUNCTION ledger.refuse_other_order() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    of_org_id uuid := new.org_id;
begin
    perform from ledger.head as h where h.org_id = of_org_id for update;
    if new.state <> 'open' and new.ends_at > clock_timestamp() then
        raise exception 'a period is closed when it is over' using errcode = 'VL080';
    end if;
    if exists (
        select from ledger.period as p
        where p.org_id = of_org_id and (
            p.starts_at < new.starts_at and ledger.closedness(p.state) < ledger.closedness(new.state)
            or p.starts_at > new.starts_at and ledger.closedness(p.state) > ledger.closedness(new.state)
        )
    ) then
        raise exception 'periods close in their order, and open again in the other' using errcode = 'VL081';
    end if;
    return new;
end
$$;

ALTER FUNCTION ledger.refuse_other_order() OWNER TO velaurum_owner;

CREATE FUNCTION ledger.refuse_same_hand() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    of_org_id uuid := new.org_id;
    asked ledger.approval_request;
    reach record;
begin
    select * into strict asked from ledger.approval_request as r where r.org_id = of_org_id and r.id = new.id;
    select * into strict reach from identity.reach(of_org_id, new.credential_id, 'approve');
    if not reach.may or reach.principal_id <> new.decided_by or exists (
        select from catalog.location as l
        where l.org_id = of_org_id and l.id in (asked.source_id, asked.target_id)
            and tenancy.reaches(reach.sub_org_ids, l.sub_org_id, not l.holds_stock) is not true
    ) then
        raise exception 'the credential does not approve this' using errcode = 'VL005';
    end if;
    if not exists (
        select from identity.principal as p
        where p.org_id = of_org_id and p.id = new.decided_by and p.kind = 'user'
    ) or ledger.is_of_one_hand(of_org_id, new.decided_by, asked.credential_id)
        or ledger.is_of_one_hand(of_org_id, new.requested_by, new.credential_id) then
        raise exception 'an approval by the same hand, or by no person, is refused' using errcode = 'VL006';
    end if;
    return new;
end
$$;

ALTER FUNCTION ledger.refuse_same_hand() OWNER TO velaurum_owner;

CREATE FUNCTION ledger.refuse_unapproved() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    of_org_id uuid := new.org_id;
    problem text;
begin
    if new.approval_id is not null then
        problem := ledger.approval_problem(
            of_org_id, new.approval_id, new.request_hash, new.quantity, new.actor_id, new.credential_id);
    elsif ledger.is_ruled(of_org_id, new.kind, new.quantity) and not counting.vouches(
        of_org_id, new.idempotency_key, new.request_hash, new.actor_id, new.credential_id
    ) then
        problem := 'A rule asks for one.';
    end if;
    if problem is not null then
        raise exception 'a movement without a valid approval is refused: %', problem using errcode = 'VL007';
    end if;
    return new;
end
$$;

ALTER FUNCTION ledger.refuse_unapproved() OWNER TO velaurum_owner;

CREATE FUNCTION ledger.repeated(p_ord integer, of_first ledger.outcome, p_is_like_first boolean, p_has_note_of_first boolean) RETURNS ledger.outcome
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    select
        p_ord,
        case
            when p_is_like_first and (p_has_note_of_first or of_first.status = 'refused') then of_first.status
            else 'mismatch'
        end, true, of_first.problem, of_first.log_index
$$;

ALTER FUNCTION ledger.repeated(p_ord integer, of_first ledger.outcome, p_is_like_first boolean, p_has_note_of_first boolean) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.request_approval(p_org_id uuid, p_asked jsonb, p_life interval) RETURNS ledger.outcome_of_record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    moment timestamptz := clock_timestamp();
    new_id uuid := platform.uuidv7(moment);
    q record;
    asked ledger.intake;
    problem jsonb;
    hash bytea;
    earlier ledger.outcome_of_record;
begin
    select * into strict q from ledger.resolved(p_org_id, jsonb_build_array(p_asked));
    asked := q.asked;
    problem := coalesce(ledger.undecidable(
        asked, q.actor_kind, q.may, q.item_id, q.source_id, q.source_kind, q.target_id, q.target_kind
    ), case when ledger.names_part(asked, q.tracking) then ledger.undecidable_part(
        asked, q.tracking, q.part, q.quantity, q.source_kind, q.target_kind, q.source_status, q.target_status
    ) end);
    if problem is not null then
        return row('invalid', false, null, problem)::ledger.outcome_of_record;
    end if;
    hash := ledger.request_hash(
        asked, q.item_id, q.quantity, q.source_id, q.target_id, q.stated_quantity, q.stated_unit,
        (q.part).lot_id, (q.part).serial_id, q.source_status, q.target_status);
    earlier := ledger.decided_before(p_org_id, asked.idempotency_key, ledger.approval_key_hash(hash));
    if earlier.outcome is not null then
        return earlier;
    end if;
    problem := ledger.unit_problem(q.quantity, q.stated_unit);
    if problem is not null then
        return row('invalid', false, null, problem)::ledger.outcome_of_record;
    end if;
    perform identity.act_as(p_org_id, asked.actor_id, asked.credential_id, asked.request_id);
    insert into ledger.approval_request (
        org_id, id, kind, item_id, source_id, target_id, quantity, unit, occurred_at, reference, reason, reverses_id,
        source_guard, target_guard, request_hash, requested_by, credential_id, request_id, requested_at, expires_at,
        stated_quantity, stated_unit, lot_id, serial_id, source_status, target_status
    ) values (
        p_org_id, new_id, asked.kind, q.item_id, q.source_id, q.target_id, q.quantity, q.unit, asked.occurred_at,
        asked.reference, asked.reason, asked.reverses_id, asked.source_guard, asked.target_guard, hash,
        asked.actor_id, asked.credential_id, asked.request_id, moment, moment + p_life,
        q.stated_quantity, q.stated_unit, (q.part).lot_id, (q.part).serial_id, q.source_status, q.target_status
    );
    return ledger.decide_creation(
        p_org_id, asked.idempotency_key, ledger.approval_key_hash(hash), new_id,
        asked.actor_id, asked.credential_id, asked.request_id);
end
$$;

ALTER FUNCTION ledger.request_approval(p_org_id uuid, p_asked jsonb, p_life interval) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.request_hash(asked ledger.intake, p_item_id uuid, p_quantity numeric, p_source_id uuid, p_target_id uuid, p_stated_quantity numeric, p_stated_unit text, p_lot_id uuid, p_serial_id uuid, p_source_status text, p_target_status text) RETURNS bytea
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    select sha256(convert_to(concat(
        '{"item_id":"', p_item_id, '"',
        ',"kind":"', asked.kind, '"',
        ',"lot_id":"' || p_lot_id || '"',
        ',"occurred_at":"' || platform.instant(asked.occurred_at) || '"',
        ',"quantity":"', trim_scale(
            case when asked.reverses_id is null then coalesce(p_stated_quantity, p_quantity) else p_quantity end), '"',
        ',"reason":' || to_json(asked.reason),
        ',"reference":' || to_json(asked.reference),
        ',"reverses_id":"' || asked.reverses_id || '"',
        ',"serial_id":"' || p_serial_id || '"',
        ',"source_guard":"' || trim_scale(asked.source_guard) || '"',
        ',"source_id":"', p_source_id, '"',
        ',"source_status":"' || p_source_status || '"',
        ',"target_guard":"' || trim_scale(asked.target_guard) || '"',
        ',"target_id":"', p_target_id, '"',
        ',"target_status":"' || p_target_status || '"',
        ',"unit":' || to_json(case when asked.reverses_id is null then p_stated_unit end), '}'), 'UTF8'))
$$;

ALTER FUNCTION ledger.request_hash(asked ledger.intake, p_item_id uuid, p_quantity numeric, p_source_id uuid, p_target_id uuid, p_stated_quantity numeric, p_stated_unit text, p_lot_id uuid, p_serial_id uuid, p_source_status text, p_target_status text) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.require_posters_key() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    poster_id uuid;
begin
    if new.sealed is not null then
        select case when p.kind = 'user' then p.id end into poster_id from ledger.movement as m
        inner join identity.principal as p on m.org_id = p.org_id and m.actor_id = p.id
        where m.org_id = new.org_id and m.id = new.movement_id;
        perform keys.hold_key_of(new.org_id, new.sealed, poster_id, 'ledger.movement_note.sealed');
    end if;
    return new;
end
$$;

ALTER FUNCTION ledger.require_posters_key() OWNER TO velaurum_owner;

CREATE FUNCTION ledger.resolved(p_org_id uuid, p_rows jsonb) RETURNS TABLE(asked ledger.intake, actor_kind text, may boolean, item_id uuid, unit text, quantity numeric, source_id uuid, source_kind text, target_id uuid, target_kind text, reversed_kind text, already_reversed boolean, display ledger.display, stated_quantity numeric, stated_unit text, tracking text, part ledger.part, source_status text, target_status text)
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    with request as materialized (
        select x as asked, x.credential_id from jsonb_populate_recordset(null::ledger.intake, p_rows) as x
    ), credential as (
        select distinct q.credential_id from request as q
    ), who as materialized (
        select c.credential_id, w.principal_id, w.principal_kind, w.principal_name, w.may, w.sub_org_ids
        from credential as c
        cross join lateral identity.reach(p_org_id, c.credential_id, 'post') as w
    )
    select
        q.asked, case when w.principal_id = r.actor_id then w.principal_kind end, w.may, i.id, i.unit,
        case
            when o.item_id is not null then o.quantity
            when r.unit <> i.unit then ledger.converted(p_org_id, i.id, i.unit, r.quantity, r.unit)
            else r.quantity
        end,
        s.id, s.kind, t.id, t.kind, o.kind, o.already_reversed,
        row(
            i.code, s.code, s.sub_org_id, s.is_shared, t.code, t.sub_org_id, t.is_shared, w.principal_kind,
            w.principal_name, r.note_sealed, null, null
        )::ledger.display,
        case when o.item_id is not null then o.stated_quantity when r.unit <> i.unit then r.quantity end,
        case when o.item_id is not null then o.stated_unit when r.unit <> i.unit then r.unit end,
        i.tracking,
        case when i.tracking <> 'none' then case
            when o.item_id is null
                then ledger.find_part(p_org_id, i.id, r.lot_id, r.lot_code, r.serial_id, r.serial_code)
            else ledger.find_part(p_org_id, i.id, o.lot_id, null, o.serial_id, null)
        end end,
        ledger.status_of(s.kind, r.kind, r.source_status, r.target_status, o.target_status),
        ledger.status_of(t.kind, r.kind, r.target_status, r.source_status, o.source_status)
    from request as q
    cross join lateral (select (q.asked).*) as r
    left join who as w on q.credential_id = w.credential_id
    left join lateral (
        select x.* from ledger.find_reversed(p_org_id, r.reverses_id) as x where r.reverses_id is not null limit 1
    ) as o on true
    left join lateral (
        select c.id, c.unit, c.code, c.tracking from catalog.item as c
        where c.org_id = p_org_id and c.id = case when o.item_id is null then r.item_id else o.item_id end
        union all
        select c.id, c.unit, c.code, c.tracking from catalog.item as c
        where c.org_id = p_org_id and c.code = r.item_code
        limit 1
    ) as i on true
    left join lateral ledger.find_location(
        p_org_id, case when o.target_id is null then r.source_id else o.target_id end, r.source_code, w.sub_org_ids
    ) as s on true
    left join lateral ledger.find_location(
        p_org_id, case when o.source_id is null then r.target_id else o.source_id end, r.target_code, w.sub_org_ids
    ) as t on true
$$;

ALTER FUNCTION ledger.resolved(p_org_id uuid, p_rows jsonb) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.rules_in_force(p_org_id uuid) RETURNS TABLE(kind text, above numeric, version bigint, created_at timestamp with time zone, created_by uuid)
    LANGUAGE plpgsql STABLE ROWS 5
    AS $$
begin
    return query
    select r.kind, r.above, r.version, r.created_at, r.created_by
    from unnest(array['opening', 'adjustment', 'scrap', 'return', 'reversal']) as k (kind)
    cross join lateral (
        select x.kind, x.above, x.version, x.created_at, x.created_by, x.is_required
        from ledger.approval_rule as x
        where x.org_id = p_org_id and x.kind = k.kind order by x.version desc limit 1
    ) as r
    where r.is_required;
end
$$;

ALTER FUNCTION ledger.rules_in_force(p_org_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.seal_note(p_org_id uuid, p_movement_id uuid, p_before bytea, p_sealed bytea) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    delete from ledger.movement_note as n
    where n.org_id = p_org_id and n.movement_id = p_movement_id and n.sealed is not distinct from p_before;
    if not found then
        return false;
    end if;
    insert into ledger.movement_note (org_id, movement_id, sealed) values (p_org_id, p_movement_id, p_sealed);
    return true;
end
$$;

ALTER FUNCTION ledger.seal_note(p_org_id uuid, p_movement_id uuid, p_before bytea, p_sealed bytea) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.set_approval_rules(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_version bigint, p_rules jsonb) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    if ledger.approval_rules_version(p_org_id) <> p_version then
        return false;
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    insert into ledger.approval_rule (
        org_id, kind, version, is_required, above, created_by, credential_id, request_id
    )
    select
        p_org_id, k.kind, p_version + 1, p_rules ? k.kind, (p_rules ->> k.kind)::numeric,
        p_actor_id, p_credential_id, p_request_id
    from unnest(array['opening', 'adjustment', 'scrap', 'return', 'reversal']) as k (kind)
    left join ledger.rules_in_force(p_org_id) as f on k.kind = f.kind
    where (f.kind is not null) <> (p_rules ? k.kind)
        or f.above is distinct from (p_rules ->> k.kind)::numeric;
    return true;
end
$$;

ALTER FUNCTION ledger.set_approval_rules(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_version bigint, p_rules jsonb) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.shown_with_part(shown ledger.display, part ledger.part) RETURNS ledger.display
    LANGUAGE plpgsql IMMUTABLE
    AS $$
begin
    shown.lot_code := part.lot_code;
    shown.serial_code := part.serial_code;
    return shown;
end
$$;

ALTER FUNCTION ledger.shown_with_part(shown ledger.display, part ledger.part) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.size_at(p_org_id uuid, p_as_of timestamp with time zone) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    sub_orgs text := tenancy.see_sub_orgs('*');
    head ledger.head;
    low bigint := 0;
    high bigint;
    middle bigint;
begin
    select * into strict head from ledger.head as h where h.org_id = p_org_id;
    if p_as_of >= head.recorded_at then
        select * into strict head from ledger.head as h where h.org_id = p_org_id for share;
    end if;
    high := head.size;
    while low < high loop
        middle := (low + high) / 2;
        if (
            select x.recorded_at from audit.leaf as x where x.org_id = p_org_id and x.log_index = middle
        ) <= p_as_of then
            low := middle + 1;
        else
            high := middle;
        end if;
    end loop;
    perform tenancy.see_sub_orgs(sub_orgs);
    return low;
end
$$;

ALTER FUNCTION ledger.size_at(p_org_id uuid, p_as_of timestamp with time zone) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.spends(asked ledger.intake) RETURNS uuid[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    select array_remove(array[asked.reverses_id, asked.approval_id], null)
$$;

ALTER FUNCTION ledger.spends(asked ledger.intake) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.status_of(p_location_kind text, p_kind text, p_status text, p_other text, p_reversed text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    select case
        when p_kind = 'reversal' then p_reversed
        when ledger.holds_stock(p_location_kind)
            then nullif(
                case when p_kind = 'status-change' then p_status else coalesce(p_status, p_other) end, 'available')
    end
$$;

ALTER FUNCTION ledger.status_of(p_location_kind text, p_kind text, p_status text, p_other text, p_reversed text) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.status_problem(asked ledger.intake, p_source_kind text, p_target_kind text, p_source text, p_target text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    select case
        when asked.source_status not in ('available', 'quarantine', 'blocked', 'damaged')
            then ledger.field_problem('/source_status', 'invalid-field', 'There is no such status.')
        when asked.target_status not in ('available', 'quarantine', 'blocked', 'damaged')
            then ledger.field_problem('/target_status', 'invalid-field', 'There is no such status.')
        when asked.source_status is not null and not ledger.holds_stock(p_source_kind)
            then ledger.field_problem('/source_status', 'invalid-field', 'This place holds no stock: it has no status.')
        when asked.target_status is not null and not ledger.holds_stock(p_target_kind)
            then ledger.field_problem('/target_status', 'invalid-field', 'This place holds no stock: it has no status.')
        when asked.kind = 'issue' and p_source is not null
            then ledger.field_problem('/source_status', 'invalid-field', 'Issued is only what is available.')
        when asked.kind = 'transfer' and p_source is distinct from p_target
            then ledger.field_problem('/target_status', 'invalid-field', 'A transfer keeps the status.')
        when asked.kind = 'status-change' and p_source is not distinct from p_target
            then ledger.field_problem('/target_status', 'invalid-field', 'A status-change is to another status.')
    end
$$;

ALTER FUNCTION ledger.status_problem(asked ledger.intake, p_source_kind text, p_target_kind text, p_source text, p_target text) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.stock_keys_within(p_org_id uuid, p_within_id uuid, p_sub_org_ids uuid[]) RETURNS TABLE(item_id uuid, location_id uuid, lot_id uuid, serial_id uuid, status text, on_hand numeric)
    LANGUAGE sql STABLE
    SET enable_seqscan TO 'off'
    AS $$
    select b.item_id, b.location_id, b.lot_id, b.serial_id, b.status, b.on_hand
    from ledger.balance as b
    where b.org_id = p_org_id
        and b.location_id = any((select catalog.within(p_org_id, p_within_id, p_sub_org_ids))::uuid[])
$$;

ALTER FUNCTION ledger.stock_keys_within(p_org_id uuid, p_within_id uuid, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.unapproved(p_org_id uuid, asked ledger.intake, p_quantity numeric, p_hash bytea) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    AS $$
begin
    return case
        when asked.approval_id is null then case
            when ledger.is_ruled(p_org_id, asked.kind, p_quantity) and not counting.vouches(
                p_org_id, asked.idempotency_key, p_hash, asked.actor_id, asked.credential_id
            ) then '{"code": "approval-required"}'::jsonb
        end
        when not ledger.may_need_approval(asked.kind)
            then ledger.field_problem('/approval', 'invalid-field', 'A movement of this kind takes no approval.')
        else ledger.invalid_approval(ledger.approval_problem(
            p_org_id, asked.approval_id, p_hash, p_quantity, asked.actor_id, asked.credential_id))
    end;
end
$$;

ALTER FUNCTION ledger.unapproved(p_org_id uuid, asked ledger.intake, p_quantity numeric, p_hash bytea) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.undecidable(asked ledger.intake, p_actor_kind text, p_may boolean, p_item_id uuid, p_source_id uuid, p_source_kind text, p_target_id uuid, p_target_kind text) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    select case
        when p_actor_kind is null then '{"code": "unauthenticated"}'::jsonb
        when not p_may then '{"code": "forbidden"}'::jsonb
        when asked.reverses_id is not null and (p_item_id is null or not (
            coalesce(ledger.holds_stock(p_source_kind), false) or coalesce(ledger.holds_stock(p_target_kind), false)
        )) then '{"code": "not-found"}'::jsonb
        when asked.reverses_id is not null and (p_source_id is null or p_target_id is null)
            then '{"code": "forbidden"}'::jsonb
        when p_item_id is null
            then ledger.field_problem('/item', 'unknown-reference', 'There is no such item.')
        when p_source_id is null
            then ledger.field_problem('/source', 'unknown-reference', 'There is no such location.')
        when p_target_id is null
            then ledger.field_problem('/target', 'unknown-reference', 'There is no such location.')
        when not (asked.quantity > 0 and asked.quantity < 'Infinity') or scale(trim_scale(asked.quantity)) > 9
            then ledger.field_problem('/quantity', 'invalid-field', 'A quantity is above zero, with 9 decimals at most.')
        when asked.reverses_id is null and (p_source_id = p_target_id) <> (asked.kind = 'status-change')
            then ledger.field_problem('/target', 'invalid-field', case
                when p_source_id = p_target_id then 'Source and target are the same location.'
                else 'A status-change stays where it is: source and target are one location.'
            end)
        when not ledger.direction_is_allowed(asked.kind, p_source_kind, p_target_kind)
            then ledger.field_problem(
                '/kind', 'invalid-field', 'This kind of movement does not go from such a source to such a target.')
        when (asked.note_sealed is null) <> (asked.note_commitment is null)
            then ledger.field_problem('/note', 'invalid-field', 'A note comes sealed, with its commitment.')
        when asked.occurred_at < '1900-01-01 00:00+00'
            then ledger.field_problem('/occurred_at', 'invalid-field', 'A movement happened in the year 1900 or later.')
        when asked.occurred_at > statement_timestamp() + interval '5 minutes'
            then ledger.field_problem('/occurred_at', 'invalid-field', 'A movement cannot have happened in the future.')
    end
$$;

ALTER FUNCTION ledger.undecidable(asked ledger.intake, p_actor_kind text, p_may boolean, p_item_id uuid, p_source_id uuid, p_source_kind text, p_target_id uuid, p_target_kind text) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.undecidable_part(asked ledger.intake, p_tracking text, part ledger.part, p_quantity numeric, p_source_kind text, p_target_kind text, p_source_status text, p_target_status text) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    AS $$
begin
    return coalesce(
        ledger.part_problem(asked, p_tracking, part, p_quantity),
        ledger.status_problem(asked, p_source_kind, p_target_kind, p_source_status, p_target_status));
end
$$;

ALTER FUNCTION ledger.undecidable_part(asked ledger.intake, p_tracking text, part ledger.part, p_quantity numeric, p_source_kind text, p_target_kind text, p_source_status text, p_target_status text) OWNER TO velaurum_owner;

CREATE FUNCTION ledger.unit_problem(p_quantity numeric, p_stated_unit text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    select case
        when p_quantity is null and p_stated_unit is not null then ledger.field_problem(
            '/unit', 'invalid-field', 'The item is counted in another unit, and has no pack of this one.')
        when p_quantity = 'NaN' then '{"code": "quantity-not-exact", "pointer": "/quantity"}'::jsonb
    end
$$;

ALTER FUNCTION ledger.unit_problem(p_quantity numeric, p_stated_unit text) OWNER TO velaurum_owner;

CREATE FUNCTION platform.add_meta_leaf(p_entry bytea) RETURNS bigint
    LANGUAGE sql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    insert into platform.meta_leaf (leaf_index, entry, leaf_hash)
    select coalesce(max(l.leaf_index) + 1, 0), p_entry, sha256('\x00'::bytea || p_entry) from platform.meta_leaf as l
    returning leaf_index
$$;

ALTER FUNCTION platform.add_meta_leaf(p_entry bytea) OWNER TO velaurum_owner;

CREATE FUNCTION platform.bootstrap(p_id uuid, p_name text, p_secret_hash bytea) RETURNS SETOF uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    lock table platform.administrator in exclusive mode;
    return query
    insert into platform.administrator (id, name, secret_hash, created_by)
    select p_id, p_name, p_secret_hash, 'bootstrap'
    where not exists (select from platform.administrator)
    returning id;
end
$$;

ALTER FUNCTION platform.bootstrap(p_id uuid, p_name text, p_secret_hash bytea) OWNER TO velaurum_owner;

CREATE FUNCTION platform.create_administrator(p_id uuid, p_name text, p_secret_hash bytea, p_created_by text) RETURNS SETOF uuid
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    insert into platform.administrator (id, name, secret_hash, created_by)
    values (p_id, p_name, p_secret_hash, p_created_by)
    on conflict (name) do nothing
    returning id
$$;

ALTER FUNCTION platform.create_administrator(p_id uuid, p_name text, p_secret_hash bytea, p_created_by text) OWNER TO velaurum_owner;

CREATE FUNCTION platform.enforce_org(p_table regclass) RETURNS void
    LANGUAGE plpgsql
    AS $$
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

ALTER FUNCTION platform.enforce_org(p_table regclass) OWNER TO velaurum_owner;

CREATE FUNCTION platform.forgotten_before(p_what text, p_age interval) RETURNS timestamp with time zone
    LANGUAGE sql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    select clock_timestamp() - greatest(p_age, platform.least_kept(p_what))
$$;

ALTER FUNCTION platform.forgotten_before(p_what text, p_age interval) OWNER TO velaurum_owner;

CREATE FUNCTION platform.integrate_meta() RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    at_level integer := 0;
    built bigint;
begin
    lock table platform.meta_leaf in share row exclusive mode;
    loop
        built := (select coalesce(max(t.n) + 1, 0) from platform.meta_tile as t where t.level = at_level);
        insert into platform.meta_tile (level, n, node_hashes, root)
        select at_level, x.place / 256, string_agg(x.node_hash, ''::bytea order by x.place),
            audit.tile_root(string_agg(x.node_hash, ''::bytea order by x.place))
        from (
            select l.leaf_index as place, l.leaf_hash as node_hash from platform.meta_leaf as l
            where at_level = 0 and l.leaf_index >= built * 256
            union all
            select t.n, t.root from platform.meta_tile as t where t.level = at_level - 1 and t.n >= built * 256
        ) as x
        group by x.place / 256
        having count(*) = 256;
        exit when not found;
        at_level := at_level + 1;
    end loop;
    return (select coalesce(max(l.leaf_index) + 1, 0) from platform.meta_leaf as l);
end
$$;

ALTER FUNCTION platform.integrate_meta() OWNER TO velaurum_owner;

CREATE FUNCTION platform.is_asked_by(p_role name) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    select current_user = p_role
$$;

ALTER FUNCTION platform.is_asked_by(p_role name) OWNER TO velaurum_owner;

CREATE FUNCTION platform.issue_claim(p_id uuid, p_secret_hash bytea, p_life interval) RETURNS SETOF uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    moment timestamptz := clock_timestamp();
begin
    delete from platform.claim as c where c.expires_at <= moment and c.used_at is null;
    return query
    insert into platform.claim (id, secret_hash, created_at, expires_at)
    select p_id, p_secret_hash, moment, moment + p_life
    where not exists (select from platform.administrator)
    returning id;
end
$$;

ALTER FUNCTION platform.issue_claim(p_id uuid, p_secret_hash bytea, p_life interval) OWNER TO velaurum_owner;

CREATE FUNCTION platform.keep_meta_cosignature(p_incarnation integer, p_size bigint, p_name text, p_key_id text, p_line text, p_cosigned_at timestamp with time zone) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    insert into platform.meta_cosignature (incarnation, size, name, key_id, line, cosigned_at)
    values (p_incarnation, p_size, p_name, p_key_id, p_line, p_cosigned_at)
    on conflict (incarnation, size, name, key_id) do nothing
$$;

ALTER FUNCTION platform.keep_meta_cosignature(p_incarnation integer, p_size bigint, p_name text, p_key_id text, p_line text, p_cosigned_at timestamp with time zone) OWNER TO velaurum_owner;

CREATE FUNCTION platform.keep_meta_timestamp(p_incarnation integer, p_size bigint, p_stamped_at timestamp with time zone, p_authority text, p_reply bytea) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    insert into platform.meta_timestamp (incarnation, size, stamped_at, authority, reply)
    values (p_incarnation, p_size, p_stamped_at, p_authority, p_reply)
    on conflict (incarnation, size, stamped_at) do nothing
$$;

ALTER FUNCTION platform.keep_meta_timestamp(p_incarnation integer, p_size bigint, p_stamped_at timestamp with time zone, p_authority text, p_reply bytea) OWNER TO velaurum_owner;

CREATE FUNCTION platform.least_kept(p_what text) RETURNS interval
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    select case p_what
        when 'jobs' then interval '7 days'
        when 'webhooks' then interval '7 days'
        when 'dead-letters' then interval '7 days'
        when 'inbox' then interval '30 days'
    end
$$;

ALTER FUNCTION platform.least_kept(p_what text) OWNER TO velaurum_owner;

CREATE FUNCTION platform.living_administrator(p_id uuid) RETURNS text
    LANGUAGE sql
    AS $$
    select a.name from platform.administrator as a where a.id = p_id and a.revoked_at is null for share
$$;

ALTER FUNCTION platform.living_administrator(p_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION platform.note_schedule(p_name text, p_runs_in text, p_cadence interval, p_began_at timestamp with time zone, p_has_failed boolean, p_result jsonb) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    ended timestamptz := greatest(clock_timestamp(), p_began_at);
begin
    insert into platform.schedule as s (name, runs_in, cadence, began_at, ended_at, outcome, next_at, result)
    values (
        p_name, p_runs_in, p_cadence, p_began_at, ended, case when p_has_failed then 'failed' else 'done' end,
        ended + p_cadence, p_result
    )
    on conflict (name) do update
    set
        runs_in = excluded.runs_in, cadence = excluded.cadence, began_at = excluded.began_at,
        ended_at = excluded.ended_at, outcome = excluded.outcome, next_at = excluded.next_at, result = excluded.result
    where s.began_at <= excluded.began_at;
end
$$;

ALTER FUNCTION platform.note_schedule(p_name text, p_runs_in text, p_cadence interval, p_began_at timestamp with time zone, p_has_failed boolean, p_result jsonb) OWNER TO velaurum_owner;

CREATE TABLE platform.meta_incarnation (
    number integer NOT NULL,
    opened_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    size bigint NOT NULL,
    common_size bigint NOT NULL,
    lost_size bigint NOT NULL,
    lost_root text NOT NULL,
    reason text NOT NULL,
    CONSTRAINT meta_incarnation_check CHECK ((common_size <= LEAST(size, lost_size))),
    CONSTRAINT meta_incarnation_common_size_check CHECK ((common_size >= 0)),
    CONSTRAINT meta_incarnation_lost_root_check CHECK ((lost_root ~ '^[A-Za-z0-9+/]{43}=$'::text)),
    CONSTRAINT meta_incarnation_lost_size_check CHECK ((lost_size > 0)),
    CONSTRAINT meta_incarnation_number_check CHECK ((number > 0)),
    CONSTRAINT meta_incarnation_reason_check CHECK (((char_length(reason) >= 1) AND (char_length(reason) <= 200))),
    CONSTRAINT meta_incarnation_size_check CHECK ((size >= 0))
);

ALTER TABLE platform.meta_incarnation OWNER TO velaurum_owner;

CREATE FUNCTION platform.open_meta_incarnation(p_number integer, p_size bigint, p_common_size bigint, p_lost_size bigint, p_lost_root text, p_reason text) RETURNS SETOF platform.meta_incarnation
    LANGUAGE sql SECURITY DEFINER ROWS 1
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    insert into platform.meta_incarnation (number, size, common_size, lost_size, lost_root, reason)
    values (p_number, p_size, p_common_size, p_lost_size, p_lost_root, p_reason)
    on conflict (number) do nothing
    returning *
$$;

ALTER FUNCTION platform.open_meta_incarnation(p_number integer, p_size bigint, p_common_size bigint, p_lost_size bigint, p_lost_root text, p_reason text) OWNER TO velaurum_owner;

CREATE FUNCTION platform.publish_meta(p_incarnation integer, p_size bigint, p_note text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    insert into platform.meta_checkpoint (incarnation, size, note) values (p_incarnation, p_size, p_note)
    on conflict (incarnation, size) do nothing
$$;

ALTER FUNCTION platform.publish_meta(p_incarnation integer, p_size bigint, p_note text) OWNER TO velaurum_owner;

CREATE FUNCTION platform.record_tallies(p_boot_id uuid, p_release text, p_registry_hash bytea, p_events_lost bigint, p_has_ended boolean, p_tallies jsonb) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    insert into platform.boot as b (id, release, registry_hash, events_lost)
    values (p_boot_id, p_release, p_registry_hash, p_events_lost)
    on conflict (id) do update
    set
        seen_at = clock_timestamp(),
        ended_at = case when p_has_ended then clock_timestamp() else b.ended_at end,
        events_lost = greatest(b.events_lost, excluded.events_lost);
    insert into platform.statement_tally as t (boot_id, statement, types, query_id, calls, unanswered)
    select p_boot_id, n.statement, n.types, n.query_id, n.calls, n.unanswered
    from jsonb_populate_recordset(null::platform.tally, p_tallies) as n
    on conflict (boot_id, statement, types) do update
    set
        query_id = coalesce(t.query_id, excluded.query_id),
        calls = greatest(t.calls, excluded.calls),
        unanswered = greatest(t.unanswered, excluded.unanswered);
end
$$;

ALTER FUNCTION platform.record_tallies(p_boot_id uuid, p_release text, p_registry_hash bytea, p_events_lost bigint, p_has_ended boolean, p_tallies jsonb) OWNER TO velaurum_owner;

CREATE FUNCTION platform.refuse_change_of_administrator() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    if tg_op = 'UPDATE' and old.revoked_at is null
        and to_jsonb(new) - array['revoked_at', 'revoked_by'] = to_jsonb(old) - array['revoked_at', 'revoked_by'] then
        return new;
    end if;
    raise exception '% of an administrator is refused: revoke them, and make another', tg_op using errcode = 'VL001';
end
$$;

ALTER FUNCTION platform.refuse_change_of_administrator() OWNER TO velaurum_owner;

CREATE FUNCTION platform.refuse_early_removal(p_table text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    raise exception 'a row of % goes when it has ended and is old, and no sooner', p_table using errcode = 'VL001';
end
$$;

ALTER FUNCTION platform.refuse_early_removal(p_table text) OWNER TO velaurum_owner;

CREATE FUNCTION platform.refuse_less() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    if tg_relid = 'platform.statement_tally'::regclass then
        if (new.boot_id, new.statement, new.types) is distinct from (old.boot_id, old.statement, old.types)
            or new.calls < old.calls or new.unanswered < old.unanswered
            or old.query_id is not null and new.query_id is distinct from old.query_id
        then
            raise exception 'a count of statements never falls' using errcode = 'VL001';
        end if;
    elsif (new.id, new.release, new.registry_hash, new.started_at)
        is distinct from (old.id, old.release, old.registry_hash, old.started_at)
        or new.seen_at < old.seen_at or new.events_lost < old.events_lost
        or old.ended_at is not null and new.ended_at is null
    then
        raise exception 'a process that ran has run' using errcode = 'VL001';
    end if;
    return new;
end
$$;

ALTER FUNCTION platform.refuse_less() OWNER TO velaurum_owner;

CREATE FUNCTION platform.rename_column(p_subject text, p_from text, p_to text) RETURNS void
    LANGUAGE sql
    AS $$
    insert into platform.column_rename (subject, old_name, new_name) values (p_subject, p_from, p_to)
$$;

ALTER FUNCTION platform.rename_column(p_subject text, p_from text, p_to text) OWNER TO velaurum_owner;

CREATE FUNCTION platform.revoke_administrator(p_id uuid, p_revoked_by text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    update platform.administrator as a
    set revoked_at = clock_timestamp(), revoked_by = p_revoked_by
    where a.id = p_id and a.revoked_at is null;
    return found;
end
$$;

ALTER FUNCTION platform.revoke_administrator(p_id uuid, p_revoked_by text) OWNER TO velaurum_owner;

CREATE FUNCTION platform.shape_of(p_subject text, p_columns jsonb) RETURNS integer
    LANGUAGE plpgsql
    AS $$
declare
    last platform.shape;
    columns jsonb := '{}';
    c record;
    r record;
    called text;
begin
    select * into last from platform.shape as s where s.subject = p_subject order by s.sv desc limit 1;
    if p_columns = (select jsonb_object_agg(x.key, x.value -> 'kind') from jsonb_each(last.columns) as x) then
        return last.sv;
    end if;
    for c in select x.key, x.value from jsonb_each(p_columns) as x loop
        called := c.key;
        for r in
            select n.old_name, n.new_name from platform.column_rename as n
            where n.subject = p_subject and n.id > coalesce(last.renames, 0) order by n.id desc
        loop
            called := case when r.new_name = called then r.old_name else called end;
        end loop;
        columns := columns || jsonb_build_object(c.key, jsonb_build_object(
            'kind', c.value, 'was', case when last.columns ? called then called end));
    end loop;
    insert into platform.shape (subject, sv, columns, renames) values (
        p_subject, coalesce(last.sv, 0) + 1, columns, coalesce((select max(n.id) from platform.column_rename as n), 0)
    );
    return coalesce(last.sv, 0) + 1;
end
$$;

ALTER FUNCTION platform.shape_of(p_subject text, p_columns jsonb) OWNER TO velaurum_owner;

CREATE FUNCTION platform.use_claim(p_id uuid, p_administrator_id uuid, p_name text, p_secret_hash bytea) RETURNS SETOF uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    lock table platform.administrator in exclusive mode;
    update platform.claim as c set used_at = clock_timestamp()
    where c.id = p_id and c.used_at is null and c.expires_at > clock_timestamp();
    if not found then
        return;
    end if;
    return query
    insert into platform.administrator (id, name, secret_hash, created_by)
    select p_administrator_id, p_name, p_secret_hash, 'claim'
    where not exists (select from platform.administrator)
    returning id;
end
$$;

ALTER FUNCTION platform.use_claim(p_id uuid, p_administrator_id uuid, p_name text, p_secret_hash bytea) OWNER TO velaurum_owner;

CREATE FUNCTION platform.uuidv7(p_at timestamp with time zone) RETURNS uuid
    LANGUAGE sql STRICT PARALLEL SAFE
    AS $$
    select encode(set_bit(set_bit(overlay(
        uuid_send(gen_random_uuid())
        placing substring(int8send(floor(extract(epoch from p_at) * 1000)::bigint) from 3) from 1 for 6
    ), 52, 1), 53, 1), 'hex')::uuid
$$;

ALTER FUNCTION platform.uuidv7(p_at timestamp with time zone) OWNER TO velaurum_owner;

CREATE TABLE tenancy.org (
    org_id uuid NOT NULL,
    code text NOT NULL,
    region text NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    suspended_at timestamp with time zone,
    held_since timestamp with time zone,
    held_reason text,
    CONSTRAINT org_code_check CHECK ((code ~ '^[a-z][a-z0-9-]{1,38}[a-z0-9]$'::text)),
    CONSTRAINT org_held_check CHECK (((held_since IS NULL) = (held_reason IS NULL))),
    CONSTRAINT org_held_reason_check CHECK (((char_length(held_reason) >= 1) AND (char_length(held_reason) <= 500))),
    CONSTRAINT org_region_check CHECK ((region ~ '^[a-z][a-z0-9-]{1,38}[a-z0-9]$'::text))
);
ALTER TABLE ONLY tenancy.org ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE tenancy.org OWNER TO velaurum_owner;

CREATE FUNCTION tenancy.create_org(p_code text, p_region text) RETURNS SETOF tenancy.org
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    born timestamptz := clock_timestamp();
    new_org_id uuid := platform.uuidv7(born);
    operator_id uuid := platform.uuidv7(born);
begin
    perform tenancy.set_context(new_org_id, null);
    perform identity.act_as(new_org_id, operator_id, null, null);
    insert into tenancy.org (org_id, code, region, created_at) values (new_org_id, p_code, p_region, born)
    on conflict (code) do nothing;
    if not found then
        return;
    end if;
    insert into ledger.head (org_id, recorded_at) values (new_org_id, born);
    insert into identity.principal (org_id, id, kind, name, created_by)
    values (new_org_id, operator_id, 'process', 'platform-operator', operator_id);
    perform identity.seed_roles(new_org_id, operator_id);
    insert into catalog.location (org_id, id, code, code_key, name, kind, created_by, updated_by)
    select new_org_id, platform.uuidv7(born), upper(v.kind), v.kind, initcap(v.kind), v.kind, operator_id, operator_id
    from unnest(array['supplier', 'customer', 'consumption', 'adjustment', 'scrap', 'opening']) as v (kind);
    return query select * from tenancy.org as o where o.org_id = new_org_id;
end
$$;

ALTER FUNCTION tenancy.create_org(p_code text, p_region text) OWNER TO velaurum_owner;

CREATE FUNCTION tenancy.create_sub_org(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_code text, p_code_key text, p_name text, p_parent_id uuid, p_sub_org_ids uuid[]) RETURNS ledger.outcome_of_record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    new_id uuid := platform.uuidv7(clock_timestamp());
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    perform tenancy.require_reach(p_sub_org_ids, p_parent_id);
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    insert into tenancy.sub_org (org_id, id, code, code_key, name, parent_id, path, created_by, updated_by)
    values (
        p_org_id, new_id, p_code, p_code_key, p_name, p_parent_id, coalesce((
            select s.path from tenancy.sub_org as s where s.org_id = p_org_id and s.id = p_parent_id
        ), '{}') || new_id, p_actor_id, p_actor_id
    ) on conflict do nothing;
    if not found then
        new_id := null;
    end if;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

ALTER FUNCTION tenancy.create_sub_org(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_code text, p_code_key text, p_name text, p_parent_id uuid, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION tenancy.enter(p_org_id uuid, p_credential_id uuid, p_permission text) RETURNS TABLE(org_id uuid, sub_org_ids uuid[])
    LANGUAGE plpgsql ROWS 1
    AS $$
declare
    reach record;
begin
    perform tenancy.set_context(p_org_id, null);
    perform tenancy.refuse_suspended(p_org_id);
    select * into strict reach from identity.reach(p_org_id, p_credential_id, p_permission);
    if not reach.is_known then
        raise exception 'the credential is not valid any more' using errcode = 'VL004';
    end if;
    if not reach.may then
        raise exception 'the credential does not allow this any more' using errcode = 'VL005';
    end if;
    perform tenancy.set_context(p_org_id, reach.sub_org_ids);
    return query select p_org_id, reach.sub_org_ids;
end
$$;

ALTER FUNCTION tenancy.enter(p_org_id uuid, p_credential_id uuid, p_permission text) OWNER TO velaurum_owner;

CREATE FUNCTION tenancy.enter_installation(p_org_id uuid) RETURNS TABLE(org_id uuid)
    LANGUAGE plpgsql ROWS 1
    AS $$
begin
    perform tenancy.set_context(p_org_id, null);
    return query select p_org_id;
end
$$;

ALTER FUNCTION tenancy.enter_installation(p_org_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION tenancy.enter_lane(p_org_id uuid) RETURNS TABLE(org_id uuid)
    LANGUAGE plpgsql ROWS 1
    AS $$
begin
    perform tenancy.set_context(p_org_id, null);
    return query select p_org_id;
end
$$;

ALTER FUNCTION tenancy.enter_lane(p_org_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION tenancy.reaches(p_sub_org_ids uuid[], p_sub_org_id uuid, p_is_shared boolean) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    select p_sub_org_ids is null or p_is_shared or p_sub_org_id = any(p_sub_org_ids)
$$;

ALTER FUNCTION tenancy.reaches(p_sub_org_ids uuid[], p_sub_org_id uuid, p_is_shared boolean) OWNER TO velaurum_owner;

CREATE FUNCTION tenancy.record_access(p_org_id uuid, p_boot_id uuid, p_release text, p_registry_hash bytea, p_events jsonb) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
begin
    insert into tenancy.access_event (
        org_id, at, id, request_ids, operations, actor_ids, credential_ids, statuses, statements, applied, exempt,
        boot_id, release, registry_hash, subject_id, log_size, is_encrypted
    )
    select
        p_org_id, e.at, e.id, e.request_ids, e.operations, e.actor_ids, e.credential_ids, e.statuses, e.statements,
        e.applied, e.exempt, p_boot_id, p_release, p_registry_hash, e.subject_id,
        e.log_size, e.is_encrypted
    from jsonb_populate_recordset(null::tenancy.access, p_events) as e
    on conflict do nothing;
    if p_events @? '$[*].shown_ids' then
        perform tenancy.record_sightings(p_org_id, p_events);
    end if;
end
$_$;

ALTER FUNCTION tenancy.record_access(p_org_id uuid, p_boot_id uuid, p_release text, p_registry_hash bytea, p_events jsonb) OWNER TO velaurum_owner;

CREATE FUNCTION tenancy.record_sightings(p_org_id uuid, p_events jsonb) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    insert into tenancy.sighting (org_id, subject_id, day, actor_id, operation, at, event_id)
    with shown as materialized (
        select e.id, e.at, e.actor_ids[1] as actor_id, e.operations[1] as operation, e.subject_id as about_id, coalesce((
            select u.principal_id from identity.scim_user as u where u.org_id = p_org_id and u.id = s.id
        ), s.id) as subject_id
        from jsonb_populate_recordset(null::tenancy.access, p_events) as e
        cross join lateral unnest(e.shown_ids) as s (id)
    )

    select p_org_id, x.subject_id, (x.at at time zone 'UTC')::date, x.actor_id, x.operation, x.at, x.id
    from shown as x
    where x.subject_id <> x.actor_id and x.subject_id is distinct from x.about_id
        and (select p.kind from identity.principal as p where p.org_id = p_org_id and p.id = x.subject_id) = 'user'
    order by x.subject_id, 3, x.actor_id, x.operation, x.at
    on conflict do nothing;
end
$$;

ALTER FUNCTION tenancy.record_sightings(p_org_id uuid, p_events jsonb) OWNER TO velaurum_owner;

CREATE FUNCTION tenancy.refuse_entry(p_org_id uuid, p_is_by_hand boolean) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
    is_suspended boolean;
    is_held boolean;
begin
    select o.suspended_at is not null, o.held_since is not null into is_suspended, is_held
    from tenancy.org as o where o.org_id = p_org_id;
    if is_suspended and not p_is_by_hand then
        raise exception 'the organisation is suspended' using errcode = 'VL003';
    end if;
    if is_held then
        raise exception 'the log of the organisation is held' using errcode = 'VL025';
    end if;
end
$$;

ALTER FUNCTION tenancy.refuse_entry(p_org_id uuid, p_is_by_hand boolean) OWNER TO velaurum_owner;

CREATE FUNCTION tenancy.refuse_suspended(p_org_id uuid) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
    if exists (select from tenancy.org as o where o.org_id = p_org_id and o.suspended_at is not null) then
        raise exception 'the organisation is suspended' using errcode = 'VL003';
    end if;
end
$$;

ALTER FUNCTION tenancy.refuse_suspended(p_org_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION tenancy.require_reach(p_sub_org_ids uuid[], p_sub_org_id uuid) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
begin
    if tenancy.reaches(p_sub_org_ids, p_sub_org_id, false) is not true then
        raise exception 'the department is out of reach' using errcode = 'VL005';
    end if;
end
$$;

ALTER FUNCTION tenancy.require_reach(p_sub_org_ids uuid[], p_sub_org_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION tenancy.see_sub_orgs(p_sub_orgs text) RETURNS text
    LANGUAGE plpgsql
    AS $$
declare
    before text := current_setting('velaurum.sub_orgs');
begin
    perform set_config('velaurum.sub_orgs', p_sub_orgs, true);
    return before;
end
$$;

ALTER FUNCTION tenancy.see_sub_orgs(p_sub_orgs text) OWNER TO velaurum_owner;

CREATE FUNCTION tenancy.set_context(p_org_id uuid, p_sub_org_ids uuid[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
    said text;
begin
    said := set_config('velaurum.org', p_org_id::text, true);
    said := set_config('velaurum.sub_orgs', coalesce(p_sub_org_ids::text, '*'), true);
    said := set_config('velaurum.acting', '', true);
end
$$;

ALTER FUNCTION tenancy.set_context(p_org_id uuid, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION tenancy.set_suspension(p_org_id uuid, p_actor_id uuid, p_is_suspended boolean, p_reason text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    moment timestamptz;
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform identity.act_as(p_org_id, (
        select p.id from identity.principal as p where p.org_id = p_org_id and p.created_by = p.id
    ), null, null);
    moment := clock_timestamp();
    update tenancy.org as o
    set suspended_at = case when p_is_suspended then moment end
    where o.org_id = p_org_id and (o.suspended_at is not null) <> p_is_suspended;
    if not found then
        return false;
    end if;
    insert into tenancy.suspension (org_id, id, action, reason, at, actor_id)
    values (
        p_org_id, platform.uuidv7(moment), case when p_is_suspended then 'suspended' else 'resumed' end,
        p_reason, moment, p_actor_id
    );
    return true;
end
$$;

ALTER FUNCTION tenancy.set_suspension(p_org_id uuid, p_actor_id uuid, p_is_suspended boolean, p_reason text) OWNER TO velaurum_owner;

CREATE FUNCTION tenancy.subtrees(p_org_id uuid, p_sub_org_ids uuid[]) RETURNS uuid[]
    LANGUAGE sql STABLE
    SET enable_seqscan TO 'off'
    AS $$
    select coalesce(array_agg(s.id order by s.id), '{}') from tenancy.sub_org as s
    where s.org_id = p_org_id and s.path && p_sub_org_ids
$$;

ALTER FUNCTION tenancy.subtrees(p_org_id uuid, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE TABLE tenancy.sub_org (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    code text NOT NULL,
    code_key text NOT NULL,
    name text NOT NULL,
    parent_id uuid,
    path uuid[] NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    created_by uuid NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_by uuid NOT NULL,
    CONSTRAINT sub_org_check CHECK ((path[cardinality(path)] = id)),
    CONSTRAINT sub_org_check1 CHECK ((NOT (path[(cardinality(path) - 1)] IS DISTINCT FROM parent_id))),
    CONSTRAINT sub_org_code_check CHECK (((char_length(code) >= 1) AND (char_length(code) <= 64))),
    CONSTRAINT sub_org_code_key_check CHECK ((code_key <> ''::text)),
    CONSTRAINT sub_org_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 200))),
    CONSTRAINT sub_org_version_check CHECK ((version > 0))
);
ALTER TABLE ONLY tenancy.sub_org ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY tenancy.sub_org FORCE ROW LEVEL SECURITY;

ALTER TABLE tenancy.sub_org OWNER TO velaurum_owner;

CREATE FUNCTION tenancy.update_sub_org(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_name text, p_parent_id uuid, p_sub_org_ids uuid[]) RETURNS SETOF tenancy.sub_org
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    sub_orgs text := tenancy.see_sub_orgs('*');
    moved tenancy.sub_org;
    new_path uuid[];
begin
    -- Two moves at once could close a circle; the head row lets one after the other.
    perform from ledger.head as h where h.org_id = p_org_id for update;
    select * into moved from tenancy.sub_org as s where s.org_id = p_org_id and s.id = p_id and s.version = p_version
        and tenancy.reaches(p_sub_org_ids, s.id, false);
    new_path := coalesce((
        select s.path from tenancy.sub_org as s where s.org_id = p_org_id and s.id = p_parent_id
    ), '{}') || p_id;
    if moved.id is null or p_id = any(trim_array(new_path, 1)) then
        perform tenancy.see_sub_orgs(sub_orgs);
        return;
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    if moved.parent_id is distinct from p_parent_id then
        perform tenancy.require_reach(p_sub_org_ids, moved.parent_id);
        perform tenancy.require_reach(p_sub_org_ids, p_parent_id);
        update tenancy.sub_org as s
        set
            path = new_path || s.path[cardinality(moved.path) + 1:],
            parent_id = case when s.id = p_id then p_parent_id else s.parent_id end
        where s.org_id = p_org_id and s.path @> array[p_id];
    end if;
    return query
    update tenancy.sub_org as s
    set
        name = p_name, version = s.version + 1,
        updated_at = greatest(clock_timestamp(), s.updated_at + interval '1 microsecond'), updated_by = p_actor_id
    where s.org_id = p_org_id and s.id = p_id
    returning s.*;
    perform tenancy.see_sub_orgs(sub_orgs);
end
$$;

ALTER FUNCTION tenancy.update_sub_org(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_name text, p_parent_id uuid, p_sub_org_ids uuid[]) OWNER TO velaurum_owner;

CREATE FUNCTION transport.figures(p_org_id uuid) RETURNS TABLE(under_way bigint, oldest timestamp with time zone, dead bigint)
    LANGUAGE plpgsql SECURITY DEFINER ROWS 1
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform tenancy.set_context(p_org_id, null);
    return query
    select
        count(*) filter (where m.dead_at is null), min(m.published_at) filter (where m.dead_at is null),
        count(*) filter (where m.dead_at is not null)
    from transport.message as m
    where m.org_id = p_org_id;
end
$$;

ALTER FUNCTION transport.figures(p_org_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION transport.forget(p_org_id uuid, p_age interval, p_limit integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    before timestamptz := platform.forgotten_before('dead-letters', p_age);
    forgotten bigint;
begin
    delete from transport.message as m
    where m.org_id = p_org_id and m.log_index in (
        select x.log_index from transport.message as x
        where x.org_id = p_org_id and x.dead_at < before
        order by x.dead_at
        limit p_limit
        for update skip locked
    );
    get diagnostics forgotten = row_count;
    return forgotten;
end
$$;

ALTER FUNCTION transport.forget(p_org_id uuid, p_age interval, p_limit integer) OWNER TO velaurum_owner;

CREATE FUNCTION transport.is_due(p_org_id uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform tenancy.set_context(p_org_id, null);
    return exists (
        select from transport.queue as q where q.org_id = p_org_id and q.free_at <= clock_timestamp()
    ) and exists (
        select from transport.message as m where m.org_id = p_org_id and m.dead_at is null
    );
end
$$;

ALTER FUNCTION transport.is_due(p_org_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION transport.lease(p_org_id uuid, p_lease_id uuid, p_at_most integer, p_life interval, p_max_deliveries integer) RETURNS TABLE(log_index bigint, subject text, content_type text, body bytea, deliveries integer)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    delivered integer;
begin
    perform from transport.queue as q where q.org_id = p_org_id and q.free_at <= clock_timestamp() for update;
    if not found then
        return;
    end if;
    update transport.message as m
    set dead_at = clock_timestamp(), dead_code = 'max-deliveries',
        dead_reason = concat('It was delivered ', m.deliveries, ' times, and never acknowledged.')
    where m.org_id = p_org_id and m.dead_at is null and m.deliveries >= p_max_deliveries;
    select m.deliveries into delivered from transport.message as m
    where m.org_id = p_org_id and m.dead_at is null order by m.log_index limit 1;
    if not found then
        return;
    end if;
    update transport.queue as q set lease_id = p_lease_id, free_at = clock_timestamp() + p_life
    where q.org_id = p_org_id;
    return query
    update transport.message as m set deliveries = m.deliveries + 1
    where m.org_id = p_org_id and m.log_index in (
        select x.log_index from transport.message as x
        where x.org_id = p_org_id and x.dead_at is null
        order by x.log_index limit case when delivered > 0 then 1 else p_at_most end
    )
    returning m.log_index, m.subject, m.content_type, m.body, m.deliveries;
end
$$;

ALTER FUNCTION transport.lease(p_org_id uuid, p_lease_id uuid, p_at_most integer, p_life interval, p_max_deliveries integer) OWNER TO velaurum_owner;

CREATE FUNCTION transport.publish(p_org_id uuid, p_indexes bigint[], p_subjects text[], p_content_types text[], p_bodies bytea[]) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    before bigint;
    added integer;
begin
    insert into transport.queue (org_id, published_through) values (p_org_id, -1) on conflict do nothing;
    select q.published_through into before from transport.queue as q where q.org_id = p_org_id for update;
    insert into transport.message (org_id, log_index, subject, content_type, body)
    select p_org_id, x.log_index, x.subject, x.content_type, x.body
    from unnest(p_indexes, p_subjects, p_content_types, p_bodies) as x (log_index, subject, content_type, body)
    where x.log_index > before
    on conflict (org_id, log_index) do nothing;
    get diagnostics added = row_count;
    if added > 0 then
        update transport.queue as q set published_through = (select max(x.log_index) from unnest(p_indexes) as x (log_index))
        where q.org_id = p_org_id;
        perform pg_notify('velaurum_transport', p_org_id::text);
    end if;
    return added;
end
$$;

ALTER FUNCTION transport.publish(p_org_id uuid, p_indexes bigint[], p_subjects text[], p_content_types text[], p_bodies bytea[]) OWNER TO velaurum_owner;

CREATE FUNCTION transport.release(p_org_id uuid, p_lease_id uuid, p_delay interval) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    update transport.queue as q set lease_id = null, free_at = clock_timestamp() + p_delay
    where q.org_id = p_org_id and q.lease_id = p_lease_id;
    return found;
end
$$;

ALTER FUNCTION transport.release(p_org_id uuid, p_lease_id uuid, p_delay interval) OWNER TO velaurum_owner;

CREATE FUNCTION transport.renew(p_org_id uuid, p_lease_id uuid, p_life interval) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    update transport.queue as q set free_at = clock_timestamp() + p_life
    where q.org_id = p_org_id and q.lease_id = p_lease_id and q.free_at > clock_timestamp();
    return found;
end
$$;

ALTER FUNCTION transport.renew(p_org_id uuid, p_lease_id uuid, p_life interval) OWNER TO velaurum_owner;

CREATE FUNCTION transport.replay(p_org_id uuid, p_log_index bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    update transport.message as m set dead_at = null, dead_code = null, dead_reason = null, deliveries = 0
    where m.org_id = p_org_id and m.log_index = p_log_index and m.dead_at is not null;
    return found;
end
$$;

ALTER FUNCTION transport.replay(p_org_id uuid, p_log_index bigint) OWNER TO velaurum_owner;

CREATE FUNCTION transport.set_aside(p_org_id uuid, p_log_index bigint, p_subject text, p_content_type text, p_body bytea, p_deliveries integer, p_dead_code text, p_dead_reason text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform from tenancy.org as o where o.org_id = p_org_id;
    if not found then
        return false;
    end if;
    insert into transport.queue (org_id, published_through) values (p_org_id, -1) on conflict do nothing;
    insert into transport.message as m
        (org_id, log_index, subject, content_type, body, deliveries, dead_at, dead_code, dead_reason)
    values (p_org_id, p_log_index, p_subject, p_content_type, p_body, p_deliveries, clock_timestamp(), p_dead_code,
        p_dead_reason)
    on conflict (org_id, log_index) do update set deliveries = excluded.deliveries, dead_at = excluded.dead_at,
        dead_code = excluded.dead_code, dead_reason = excluded.dead_reason;
    return true;
end
$$;

ALTER FUNCTION transport.set_aside(p_org_id uuid, p_log_index bigint, p_subject text, p_content_type text, p_body bytea, p_deliveries integer, p_dead_code text, p_dead_reason text) OWNER TO velaurum_owner;

CREATE FUNCTION transport.settle(p_org_id uuid, p_lease_id uuid, p_log_index bigint, p_dead_code text, p_dead_reason text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform from transport.queue as q where q.org_id = p_org_id and q.lease_id = p_lease_id for update;
    if not found then
        return false;
    end if;
    if p_dead_code is null then
        delete from transport.message as m
        where m.org_id = p_org_id and m.log_index = p_log_index and m.dead_at is null;
    else
        update transport.message as m
        set dead_at = clock_timestamp(), dead_code = p_dead_code, dead_reason = p_dead_reason
        where m.org_id = p_org_id and m.log_index = p_log_index and m.dead_at is null;
    end if;
    return found;
end
$$;

ALTER FUNCTION transport.settle(p_org_id uuid, p_lease_id uuid, p_log_index bigint, p_dead_code text, p_dead_reason text) OWNER TO velaurum_owner;

CREATE FUNCTION webhooks.attempts_lately(p_org_id uuid) RETURNS TABLE(outcome text, attempts bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform tenancy.set_context(p_org_id, null);
    return query
    select a.outcome, count(*) from webhooks.attempt as a
    where a.org_id = p_org_id and a.ended_at > statement_timestamp() - interval '1 hour'
    group by a.outcome;
end
$$;

ALTER FUNCTION webhooks.attempts_lately(p_org_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION webhooks.claim(p_org_id uuid, p_limit integer, p_per_org integer, p_per_endpoint integer, p_lease interval) RETURNS TABLE(id uuid, lease uuid, endpoint_id uuid, url text, generation integer, older_until timestamp with time zone, key_id text, body text, tries integer)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    c record;
begin
    perform from webhooks.endpoint as e where e.org_id = p_org_id order by e.id for no key update;
    perform webhooks.end_deliveries(p_org_id, 1000);
    for c in
        select x.id from webhooks.due(
            p_org_id, least(p_limit, p_per_org - webhooks.under_way(p_org_id)), p_per_endpoint) as x
    loop
        insert into webhooks.attempt (org_id, delivery_id, number, began_at, outcome, error_code)
        select p_org_id, d.id, d.attempts, d.tried_at, 'lost', 'worker-lost' from webhooks.delivery as d
        where d.org_id = p_org_id and d.id = c.id and d.lease is not null;
        update webhooks.delivery as d
        set
            lease = gen_random_uuid(), leased_until = clock_timestamp() + p_lease, attempts = d.attempts + 1,
            tries = d.tries + 1, tried_at = clock_timestamp()
        where d.org_id = p_org_id and d.id = c.id;
        return query
        select d.id, d.lease, e.id, e.url, e.generation, e.older_until, e.key_id, d.body, d.tries
        from webhooks.delivery as d
        inner join webhooks.endpoint as e on e.org_id = p_org_id and e.id = d.endpoint_id
        where d.org_id = p_org_id and d.id = c.id;
    end loop;
end
$$;

ALTER FUNCTION webhooks.claim(p_org_id uuid, p_limit integer, p_per_org integer, p_per_endpoint integer, p_lease interval) OWNER TO velaurum_owner;

CREATE FUNCTION webhooks.create_endpoint(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_code text, p_name text, p_url text, p_event_types text[], p_key_id text, p_most integer) RETURNS ledger.outcome_of_record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    new_id uuid;
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    if (select count(*) from webhooks.endpoint as e where e.org_id = p_org_id) >= p_most then
        raise exception 'the organisation has % endpoints', p_most using errcode = 'VL021';
    end if;
    insert into webhooks.endpoint (
        org_id, id, code, name, url, event_types, key_id, from_index, created_by, updated_by
    ) values (
        p_org_id, platform.uuidv7(clock_timestamp()), p_code, p_name, p_url, p_event_types, p_key_id,
        (select h.size from ledger.head as h where h.org_id = p_org_id), p_actor_id, p_actor_id
    ) on conflict do nothing returning id into new_id;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

ALTER FUNCTION webhooks.create_endpoint(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_code text, p_name text, p_url text, p_event_types text[], p_key_id text, p_most integer) OWNER TO velaurum_owner;

CREATE FUNCTION webhooks.disable_gone(p_org_id uuid, p_id uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    operator_id uuid := (select p.id from identity.principal as p where p.org_id = p_org_id and p.created_by = p.id);
begin
    perform identity.act_as(p_org_id, operator_id, null, null);
    update webhooks.endpoint as e
    set
        disabled_at = clock_timestamp(), disabled_by = operator_id, disabled_reason = 'gone', version = e.version + 1,
        updated_at = greatest(clock_timestamp(), e.updated_at + interval '1 microsecond'), updated_by = operator_id
    where e.org_id = p_org_id and e.id = p_id and e.disabled_at is null;
end
$$;

ALTER FUNCTION webhooks.disable_gone(p_org_id uuid, p_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION webhooks.due(p_org_id uuid, p_limit integer, p_per_endpoint integer) RETURNS TABLE(id uuid)
    LANGUAGE sql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    select d.id
    from webhooks.endpoint as e
    cross join lateral (
        select count(*) as n from webhooks.delivery as f
        where f.org_id = p_org_id and f.endpoint_id = e.id and f.state = 'pending'
            and f.leased_until > clock_timestamp()
    ) as busy
    cross join lateral (
        select y.id, y.due_at, row_number() over (order by y.due_at, y.id) as place
        from (
            select x.id, x.due_at from webhooks.delivery as x
            where x.org_id = p_org_id and x.endpoint_id = e.id and x.state = 'pending'
                and x.due_at <= clock_timestamp() and coalesce(x.leased_until <= clock_timestamp(), true)
            order by x.due_at, x.id
            limit p_per_endpoint
        ) as y
    ) as d
    where e.org_id = p_org_id and e.disabled_at is null and busy.n + d.place <= p_per_endpoint
    order by busy.n + d.place, d.due_at, d.id
    limit greatest(p_limit, 0)
$$;

ALTER FUNCTION webhooks.due(p_org_id uuid, p_limit integer, p_per_endpoint integer) OWNER TO velaurum_owner;

CREATE FUNCTION webhooks.end_attempt(p_org_id uuid, p_id uuid, p_lease uuid, p_latency_ms integer, p_status_class integer, p_error_code text, p_after interval, p_is_gone boolean) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    d webhooks.delivery;
    new_state text;
begin
    if p_is_gone then
        perform from ledger.head as h where h.org_id = p_org_id for update;
        perform from webhooks.endpoint as e where e.org_id = p_org_id order by e.id for no key update;
    end if;
    select * into d from webhooks.delivery as x
    where x.org_id = p_org_id and x.id = p_id and x.lease = p_lease for update;
    if not found then
        return null;
    end if;
    insert into webhooks.attempt (
        org_id, delivery_id, number, began_at, outcome, status_class, latency_ms, error_code
    ) values (
        p_org_id, p_id, d.attempts, d.tried_at, case when p_error_code is null then 'delivered' else 'failed' end,
        p_status_class, p_latency_ms, p_error_code
    );
    new_state := case
        when p_error_code is null then 'delivered'
        when d.state <> 'pending' or (p_after is not null and not p_is_gone) then d.state
        else 'dead'
    end;
    update webhooks.delivery as x
    set
        state = new_state, lease = null, leased_until = null,
        due_at = case when new_state = 'pending' then clock_timestamp() + p_after else x.due_at end,
        error_code = case
            when new_state = 'delivered' then null when x.state = 'pending' then p_error_code else x.error_code
        end,
        ended_at = case when new_state <> 'pending' then coalesce(x.ended_at, clock_timestamp()) end
    where x.org_id = p_org_id and x.id = p_id;
    if p_is_gone then
        perform webhooks.disable_gone(p_org_id, d.endpoint_id);
    end if;
    return new_state;
end
$$;

ALTER FUNCTION webhooks.end_attempt(p_org_id uuid, p_id uuid, p_lease uuid, p_latency_ms integer, p_status_class integer, p_error_code text, p_after interval, p_is_gone boolean) OWNER TO velaurum_owner;

CREATE FUNCTION webhooks.end_deliveries(p_org_id uuid, p_limit integer) RETURNS void
    LANGUAGE sql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    update webhooks.delivery as d
    set state = 'dead', error_code = 'endpoint-disabled', ended_at = clock_timestamp()
    where d.org_id = p_org_id and d.id in (
        select x.id from webhooks.delivery as x
        inner join webhooks.endpoint as e on e.org_id = p_org_id and e.id = x.endpoint_id
        where x.org_id = p_org_id and x.state = 'pending' and e.disabled_at is not null
        limit p_limit
    )
$$;

ALTER FUNCTION webhooks.end_deliveries(p_org_id uuid, p_limit integer) OWNER TO velaurum_owner;

CREATE FUNCTION webhooks.figures(p_org_id uuid) RETURNS TABLE(pending bigint, due bigint, oldest_due timestamp with time zone, dead bigint)
    LANGUAGE plpgsql SECURITY DEFINER ROWS 1
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform tenancy.set_context(p_org_id, null);
    return query
    select
        count(*), count(*) filter (where d.due_at <= statement_timestamp()),
        min(d.due_at) filter (where d.due_at <= statement_timestamp()), (
            select count(*) from webhooks.delivery as x where x.org_id = p_org_id and x.state = 'dead'
        )
    from webhooks.delivery as d
    where d.org_id = p_org_id and d.state = 'pending';
end
$$;

ALTER FUNCTION webhooks.figures(p_org_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION webhooks.forget(p_org_id uuid, p_age interval, p_limit integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    before timestamptz := platform.forgotten_before('webhooks', p_age);
    old_ids uuid[] := array(
        select d.id from webhooks.delivery as d
        where d.org_id = p_org_id and d.ended_at < before
        order by d.ended_at
        limit p_limit
        for update skip locked
    );
begin
    delete from webhooks.act as a where a.org_id = p_org_id and a.delivery_id = any(old_ids);
    delete from webhooks.attempt as a where a.org_id = p_org_id and a.delivery_id = any(old_ids);
    delete from webhooks.delivery as d where d.org_id = p_org_id and d.id = any(old_ids);
    return cardinality(old_ids);
end
$$;

ALTER FUNCTION webhooks.forget(p_org_id uuid, p_age interval, p_limit integer) OWNER TO velaurum_owner;

CREATE FUNCTION webhooks.guard_delivery() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    if (new.id, new.endpoint_id, new.event_id, new.type, new.body, new.created_at)
        is distinct from (old.id, old.endpoint_id, old.event_id, old.type, old.body, old.created_at)
        or new.attempts < old.attempts
    then
        raise exception 'what a delivery tells is never changed' using errcode = 'VL001';
    end if;
    return new;
end
$$;

ALTER FUNCTION webhooks.guard_delivery() OWNER TO velaurum_owner;

CREATE FUNCTION webhooks.guard_removal() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    if coalesce(old.ended_at >= platform.forgotten_before('webhooks', null), true) then
        perform platform.refuse_early_removal('webhooks.delivery');
    end if;
    return old;
end
$$;

ALTER FUNCTION webhooks.guard_removal() OWNER TO velaurum_owner;

CREATE FUNCTION webhooks.guard_removal_with_delivery() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    if not exists (
        select from webhooks.delivery as d
        where d.org_id = old.org_id and d.id = old.delivery_id
            and d.ended_at < platform.forgotten_before('webhooks', null)
    ) then
        perform platform.refuse_early_removal(concat('webhooks.', tg_table_name));
    end if;
    return old;
end
$$;

ALTER FUNCTION webhooks.guard_removal_with_delivery() OWNER TO velaurum_owner;

CREATE FUNCTION webhooks.is_behind(p_org_id uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform tenancy.set_context(p_org_id, null);
    return exists (
        select from events.subscriber as s
        inner join tenancy.org as o on o.org_id = p_org_id and o.suspended_at is null and o.held_since is null
        where s.org_id = p_org_id and s.name = 'relay' and s.after_index + 1 < coalesce((
            select c.size from audit.checkpoint as c where c.org_id = p_org_id
            order by c.incarnation desc, c.size desc limit 1
        ), 0)
    );
end
$$;

ALTER FUNCTION webhooks.is_behind(p_org_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION webhooks.is_due(p_org_id uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform tenancy.set_context(p_org_id, null);
    return exists (
        select from webhooks.endpoint as e
        inner join tenancy.org as o on o.org_id = p_org_id and o.suspended_at is null and o.held_since is null
        where e.org_id = p_org_id and exists (
            select from webhooks.delivery as d
            where d.org_id = p_org_id and d.endpoint_id = e.id and d.state = 'pending' and (
                e.disabled_at is not null
                or d.due_at <= clock_timestamp() and coalesce(d.leased_until <= clock_timestamp(), true)
            )
        )
    );
end
$$;

ALTER FUNCTION webhooks.is_due(p_org_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION webhooks.make_deliveries(p_org_id uuid, p_deliveries jsonb) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    made bigint;
begin
    insert into webhooks.delivery (org_id, id, endpoint_id, event_id, type, body)
    select p_org_id, platform.uuidv7(clock_timestamp()), e.id, x.event_id, x.type, x.body
    from jsonb_populate_recordset(null::webhooks.told, p_deliveries) as x
    inner join webhooks.endpoint as e on e.org_id = p_org_id and e.id = x.endpoint_id and e.disabled_at is null
    on conflict (org_id, endpoint_id, event_id) do nothing;
    get diagnostics made = row_count;
    return made;
end
$$;

ALTER FUNCTION webhooks.make_deliveries(p_org_id uuid, p_deliveries jsonb) OWNER TO velaurum_owner;

CREATE FUNCTION webhooks.redeliver(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_id uuid) RETURNS ledger.outcome_of_record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    update webhooks.delivery as d
    set state = 'pending', tries = 0, due_at = clock_timestamp(), ended_at = null, error_code = null
    where d.org_id = p_org_id and d.id = p_id and coalesce(d.leased_until <= clock_timestamp(), true);
    if not found then
        raise exception 'the delivery is being sent' using errcode = 'VL042';
    end if;
    insert into webhooks.act (org_id, id, delivery_id, action, actor_id, credential_id, request_id)
    values (
        p_org_id, platform.uuidv7(clock_timestamp()), p_id, 'redelivered', p_actor_id, p_credential_id, p_request_id
    );
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, p_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

ALTER FUNCTION webhooks.redeliver(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_id uuid) OWNER TO velaurum_owner;

CREATE FUNCTION webhooks.rotate_endpoint(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_id uuid, p_key_id text, p_overlap interval) RETURNS ledger.outcome_of_record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    update webhooks.endpoint as e
    set
        generation = e.generation + 1, key_id = p_key_id, version = e.version + 1, updated_by = p_actor_id,
        older_until = case
            when e.key_id = p_key_id and p_overlap > interval '0' then clock_timestamp() + p_overlap
        end,
        updated_at = greatest(clock_timestamp(), e.updated_at + interval '1 microsecond')
    where e.org_id = p_org_id and e.id = p_id;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, p_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

ALTER FUNCTION webhooks.rotate_endpoint(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_id uuid, p_key_id text, p_overlap interval) OWNER TO velaurum_owner;

CREATE FUNCTION webhooks.test_endpoint(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_endpoint_id uuid, p_type text, p_body text) RETURNS ledger.outcome_of_record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    new_id uuid := platform.uuidv7(clock_timestamp());
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    insert into webhooks.delivery (org_id, id, endpoint_id, type, body)
    values (p_org_id, new_id, p_endpoint_id, p_type, p_body);
    insert into webhooks.act (org_id, id, delivery_id, action, actor_id, credential_id, request_id)
    values (
        p_org_id, platform.uuidv7(clock_timestamp()), new_id, 'tested', p_actor_id, p_credential_id, p_request_id
    );
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

ALTER FUNCTION webhooks.test_endpoint(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_endpoint_id uuid, p_type text, p_body text) OWNER TO velaurum_owner;

CREATE FUNCTION webhooks.under_way(p_org_id uuid) RETURNS integer
    LANGUAGE sql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    select count(*)::integer from webhooks.delivery as d
    where d.org_id = p_org_id and d.state = 'pending' and d.leased_until > clock_timestamp()
$$;

ALTER FUNCTION webhooks.under_way(p_org_id uuid) OWNER TO velaurum_owner;

CREATE TABLE webhooks.endpoint (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    url text NOT NULL,
    event_types text[] NOT NULL,
    generation integer DEFAULT 1 NOT NULL,
    key_id text NOT NULL,
    older_until timestamp with time zone,
    from_index bigint NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    created_by uuid NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_by uuid NOT NULL,
    disabled_at timestamp with time zone,
    disabled_by uuid,
    disabled_reason text,
    CONSTRAINT endpoint_check CHECK (((older_until IS NULL) OR (generation > 1))),
    CONSTRAINT endpoint_check1 CHECK ((((disabled_at IS NULL) = (disabled_by IS NULL)) AND ((disabled_at IS NULL) = (disabled_reason IS NULL)))),
    CONSTRAINT endpoint_code_check CHECK ((code ~ '^[a-z][a-z0-9-]{1,38}[a-z0-9]$'::text)),
    CONSTRAINT endpoint_disabled_reason_check CHECK ((disabled_reason = ANY (ARRAY['by-hand'::text, 'gone'::text]))),
    CONSTRAINT endpoint_event_types_check CHECK (((array_position(event_types, NULL::text) IS NULL) AND ((cardinality(event_types) >= 1) AND (cardinality(event_types) <= 50)))),
    CONSTRAINT endpoint_from_index_check CHECK ((from_index >= 0)),
    CONSTRAINT endpoint_generation_check CHECK ((generation > 0)),
    CONSTRAINT endpoint_key_id_check CHECK ((key_id ~ '^[0-9a-f]{16}$'::text)),
    CONSTRAINT endpoint_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 120))),
    CONSTRAINT endpoint_url_check CHECK (((url ~ '^https?://[!-~]+$'::text) AND (char_length(url) <= 255))),
    CONSTRAINT endpoint_version_check CHECK ((version > 0))
);
ALTER TABLE ONLY webhooks.endpoint ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY webhooks.endpoint FORCE ROW LEVEL SECURITY;

ALTER TABLE webhooks.endpoint OWNER TO velaurum_owner;

CREATE FUNCTION webhooks.update_endpoint(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_name text, p_url text, p_event_types text[], p_is_disabled boolean) RETURNS SETOF webhooks.endpoint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    update webhooks.endpoint as e
    set
        name = p_name, url = p_url, event_types = p_event_types, version = e.version + 1,
        updated_at = greatest(clock_timestamp(), e.updated_at + interval '1 microsecond'), updated_by = p_actor_id,
        from_index = case
            when e.disabled_at is null then e.from_index
            else (select h.size from ledger.head as h where h.org_id = p_org_id)
        end,
        disabled_at = case when p_is_disabled then coalesce(e.disabled_at, clock_timestamp()) end,
        disabled_by = case when p_is_disabled then coalesce(e.disabled_by, p_actor_id) end,
        disabled_reason = case when p_is_disabled then coalesce(e.disabled_reason, 'by-hand') end
    where e.org_id = p_org_id and e.id = p_id and e.version = p_version;
    if not found then
        return;
    end if;
    return query select e.* from webhooks.endpoint as e where e.org_id = p_org_id and e.id = p_id;
end
$$;

ALTER FUNCTION webhooks.update_endpoint(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_name text, p_url text, p_event_types text[], p_is_disabled boolean) OWNER TO velaurum_owner;

CREATE TABLE audit.anchor (
    org_id uuid NOT NULL,
    leaf_index bigint NOT NULL,
    incarnation integer NOT NULL,
    size bigint NOT NULL,
    salt bytea NOT NULL,
    anchored_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT anchor_leaf_index_check CHECK ((leaf_index >= 0)),
    CONSTRAINT anchor_salt_check CHECK ((octet_length(salt) = 32))
);
ALTER TABLE ONLY audit.anchor ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY audit.anchor FORCE ROW LEVEL SECURITY;

ALTER TABLE audit.anchor OWNER TO velaurum_owner;

CREATE TABLE audit.checkpoint (
    org_id uuid NOT NULL,
    incarnation integer DEFAULT 0 NOT NULL,
    size bigint NOT NULL,
    note text NOT NULL,
    signed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id(),
    CONSTRAINT checkpoint_incarnation_check CHECK ((incarnation >= 0)),
    CONSTRAINT checkpoint_note_check CHECK ((octet_length(note) <= 65535)),
    CONSTRAINT checkpoint_size_check CHECK ((size > 0))
);
ALTER TABLE ONLY audit.checkpoint ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY audit.checkpoint FORCE ROW LEVEL SECURITY;

ALTER TABLE audit.checkpoint OWNER TO velaurum_owner;

CREATE TABLE audit.cosignature (
    org_id uuid NOT NULL,
    incarnation integer NOT NULL,
    size bigint NOT NULL,
    name text NOT NULL,
    key_id text NOT NULL,
    line text NOT NULL,
    cosigned_at timestamp with time zone NOT NULL,
    kept_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT cosignature_key_id_check CHECK ((key_id ~ '^[0-9a-f]{8}$'::text)),
    CONSTRAINT cosignature_line_check CHECK ((octet_length(line) <= 1000)),
    CONSTRAINT cosignature_name_check CHECK (((octet_length(name) >= 1) AND (octet_length(name) <= 255)))
);
ALTER TABLE ONLY audit.cosignature ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY audit.cosignature FORCE ROW LEVEL SECURITY;

ALTER TABLE audit.cosignature OWNER TO velaurum_owner;

CREATE TABLE audit.export (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    began_at timestamp with time zone NOT NULL,
    recipient text,
    actor_id uuid NOT NULL,
    CONSTRAINT export_recipient_check CHECK (((recipient ~ '^age1[0-9a-z]+$'::text) AND (char_length(recipient) <= 4000)))
);
ALTER TABLE ONLY audit.export ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY audit.export FORCE ROW LEVEL SECURITY;

ALTER TABLE audit.export OWNER TO velaurum_owner;

CREATE VIEW audit.export_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'id'::text))::uuid
            ELSE NULL::uuid
        END AS id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'began_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS began_at,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'recipient'::text)
            ELSE NULL::text
        END AS recipient,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'actor_id'::text))::uuid
            ELSE NULL::uuid
        END AS actor_id
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'export'::text) AND (v.action <> 'removed'::text));

ALTER VIEW audit.export_history OWNER TO velaurum_owner;

CREATE VIEW audit.incarnation_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'id'::text))::uuid
            ELSE NULL::uuid
        END AS id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'number'::text))::integer
            ELSE NULL::integer
        END AS number,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'opened_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS opened_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'size'::text))::bigint
            ELSE NULL::bigint
        END AS size,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'common_size'::text))::bigint
            ELSE NULL::bigint
        END AS common_size,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'lost_size'::text))::bigint
            ELSE NULL::bigint
        END AS lost_size,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'lost_root'::text)
            ELSE NULL::text
        END AS lost_root,
        CASE
            WHEN (v.sv >= 1) THEN ( SELECT p_1.value
               FROM audit.personal_value p_1
              WHERE ((p_1.org_id = c.org_id) AND (p_1.change_id = c.id) AND (p_1.name = 'reason'::text)))
            ELSE NULL::text
        END AS reason,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'actor_id'::text))::uuid
            ELSE NULL::uuid
        END AS actor_id
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'incarnation'::text) AND (v.action <> 'removed'::text));

ALTER VIEW audit.incarnation_history OWNER TO velaurum_owner;

CREATE VIEW audit.leaf WITH (security_invoker='true') AS
 SELECT m.org_id,
    m.log_index,
    m.recorded_at,
    m.leaf_hash,
    m.entry
   FROM ledger.movement m
UNION ALL
 SELECT v.org_id,
    v.log_index,
    v.recorded_at,
    v.leaf_hash,
    v.entry
   FROM audit.version v;

ALTER VIEW audit.leaf OWNER TO velaurum_owner;

CREATE TABLE audit.log_key (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    state text NOT NULL,
    verifier_key text NOT NULL,
    public_key text NOT NULL,
    stated_at timestamp with time zone NOT NULL,
    overlap_until timestamp with time zone,
    reason text NOT NULL,
    actor_id uuid NOT NULL,
    CONSTRAINT log_key_check CHECK (("right"(verifier_key, (char_length(public_key) + 1)) = ('+'::text || public_key))),
    CONSTRAINT log_key_public_key_check CHECK (((public_key ~ '^[A-Za-z0-9+/]+={0,2}$'::text) AND (char_length(public_key) < 2000))),
    CONSTRAINT log_key_reason_check CHECK (((char_length(reason) >= 1) AND (char_length(reason) <= 200))),
    CONSTRAINT log_key_state_check CHECK ((state = ANY (ARRAY['announced'::text, 'signing'::text, 'retired'::text])))
);
ALTER TABLE ONLY audit.log_key ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY audit.log_key FORCE ROW LEVEL SECURITY;

ALTER TABLE audit.log_key OWNER TO velaurum_owner;

CREATE VIEW audit.log_key_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'id'::text))::uuid
            ELSE NULL::uuid
        END AS id,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'state'::text)
            ELSE NULL::text
        END AS state,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'verifier_key'::text)
            ELSE NULL::text
        END AS verifier_key,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'public_key'::text)
            ELSE NULL::text
        END AS public_key,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'stated_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS stated_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'overlap_until'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS overlap_until,
        CASE
            WHEN (v.sv >= 1) THEN ( SELECT p_1.value
               FROM audit.personal_value p_1
              WHERE ((p_1.org_id = c.org_id) AND (p_1.change_id = c.id) AND (p_1.name = 'reason'::text)))
            ELSE NULL::text
        END AS reason,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'actor_id'::text))::uuid
            ELSE NULL::uuid
        END AS actor_id
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'log-key'::text) AND (v.action <> 'removed'::text));

ALTER VIEW audit.log_key_history OWNER TO velaurum_owner;

CREATE TABLE audit.tile (
    org_id uuid NOT NULL,
    level smallint NOT NULL,
    n bigint NOT NULL,
    node_hashes bytea NOT NULL,
    root bytea NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id(),
    CONSTRAINT tile_level_check CHECK (((level >= 0) AND (level <= 6))),
    CONSTRAINT tile_n_check CHECK ((n >= 0)),
    CONSTRAINT tile_node_hashes_check CHECK ((octet_length(node_hashes) = 8192)),
    CONSTRAINT tile_root_check CHECK ((octet_length(root) = 32))
);
ALTER TABLE ONLY audit.tile ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY audit.tile FORCE ROW LEVEL SECURITY;

ALTER TABLE audit.tile OWNER TO velaurum_owner;

CREATE TABLE audit.verification (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    began_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone NOT NULL,
    size bigint,
    root text,
    findings bigint NOT NULL,
    codes text[] NOT NULL,
    program text NOT NULL,
    report_sha256 text NOT NULL,
    is_scheduled boolean NOT NULL,
    actor_id uuid NOT NULL,
    CONSTRAINT verification_check CHECK ((began_at <= ended_at)),
    CONSTRAINT verification_check1 CHECK (((size IS NULL) = (root IS NULL))),
    CONSTRAINT verification_check2 CHECK (((findings = 0) = (cardinality(codes) = 0))),
    CONSTRAINT verification_findings_check CHECK ((findings >= 0)),
    CONSTRAINT verification_program_check CHECK (((char_length(program) >= 1) AND (char_length(program) <= 64))),
    CONSTRAINT verification_report_sha256_check CHECK ((report_sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT verification_root_check CHECK ((root ~ '^[A-Za-z0-9+/]{43}=$'::text)),
    CONSTRAINT verification_size_check CHECK ((size >= 0))
);
ALTER TABLE ONLY audit.verification ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY audit.verification FORCE ROW LEVEL SECURITY;

ALTER TABLE audit.verification OWNER TO velaurum_owner;

CREATE VIEW audit.verification_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'id'::text))::uuid
            ELSE NULL::uuid
        END AS id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'began_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS began_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'ended_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS ended_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'size'::text))::bigint
            ELSE NULL::bigint
        END AS size,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'root'::text)
            ELSE NULL::text
        END AS root,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'findings'::text))::bigint
            ELSE NULL::bigint
        END AS findings,
        CASE
            WHEN (v.sv >= 1) THEN
            CASE
                WHEN (c.row_after ? 'codes'::text) THEN ARRAY( SELECT e.value AS e
                   FROM jsonb_array_elements_text((c.row_after -> 'codes'::text)) e(value))
                ELSE NULL::text[]
            END
            ELSE NULL::text[]
        END AS codes,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'program'::text)
            ELSE NULL::text
        END AS program,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'report_sha256'::text)
            ELSE NULL::text
        END AS report_sha256,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'is_scheduled'::text))::boolean
            ELSE NULL::boolean
        END AS is_scheduled,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'actor_id'::text))::uuid
            ELSE NULL::uuid
        END AS actor_id
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'verification'::text) AND (v.action <> 'removed'::text));

ALTER VIEW audit.verification_history OWNER TO velaurum_owner;

CREATE VIEW catalog.item_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'id'::text))::uuid
            ELSE NULL::uuid
        END AS id,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'code'::text)
            ELSE NULL::text
        END AS code,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'code_key'::text)
            ELSE NULL::text
        END AS code_key,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'name'::text)
            ELSE NULL::text
        END AS name,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'unit'::text)
            ELSE NULL::text
        END AS unit,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'tracking'::text)
            ELSE NULL::text
        END AS tracking,
        CASE
            WHEN (v.sv >= 1) THEN ( SELECT p_1.value
               FROM audit.personal_value p_1
              WHERE ((p_1.org_id = c.org_id) AND (p_1.change_id = c.id) AND (p_1.name = 'description'::text)))
            ELSE NULL::text
        END AS description,
        CASE
            WHEN (v.sv >= 1) THEN (( SELECT p_1.value
               FROM audit.personal_value p_1
              WHERE ((p_1.org_id = c.org_id) AND (p_1.change_id = c.id) AND (p_1.name = 'attributes'::text))))::jsonb
            ELSE NULL::jsonb
        END AS attributes,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'version'::text))::bigint
            ELSE NULL::bigint
        END AS version,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS created_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_by'::text))::uuid
            ELSE NULL::uuid
        END AS created_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'updated_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS updated_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'updated_by'::text))::uuid
            ELSE NULL::uuid
        END AS updated_by
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'item'::text) AND (v.action <> 'removed'::text));

ALTER VIEW catalog.item_history OWNER TO velaurum_owner;

CREATE VIEW catalog.location_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'id'::text))::uuid
            ELSE NULL::uuid
        END AS id,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'code'::text)
            ELSE NULL::text
        END AS code,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'code_key'::text)
            ELSE NULL::text
        END AS code_key,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'name'::text)
            ELSE NULL::text
        END AS name,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'kind'::text)
            ELSE NULL::text
        END AS kind,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'holds_stock'::text))::boolean
            ELSE NULL::boolean
        END AS holds_stock,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'parent_id'::text))::uuid
            ELSE NULL::uuid
        END AS parent_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'version'::text))::bigint
            ELSE NULL::bigint
        END AS version,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS created_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_by'::text))::uuid
            ELSE NULL::uuid
        END AS created_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'updated_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS updated_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'updated_by'::text))::uuid
            ELSE NULL::uuid
        END AS updated_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'sub_org_id'::text))::uuid
            ELSE NULL::uuid
        END AS sub_org_id
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'location'::text) AND (v.action <> 'removed'::text));

ALTER VIEW catalog.location_history OWNER TO velaurum_owner;

CREATE VIEW catalog.lot_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'id'::text))::uuid
            ELSE NULL::uuid
        END AS id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'item_id'::text))::uuid
            ELSE NULL::uuid
        END AS item_id,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'code'::text)
            ELSE NULL::text
        END AS code,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'code_key'::text)
            ELSE NULL::text
        END AS code_key,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'expires_on'::text))::date
            ELSE NULL::date
        END AS expires_on,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'manufactured_on'::text))::date
            ELSE NULL::date
        END AS manufactured_on,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'supplier_lot'::text)
            ELSE NULL::text
        END AS supplier_lot,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'version'::text))::bigint
            ELSE NULL::bigint
        END AS version,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS created_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_by'::text))::uuid
            ELSE NULL::uuid
        END AS created_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'updated_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS updated_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'updated_by'::text))::uuid
            ELSE NULL::uuid
        END AS updated_by
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'lot'::text) AND (v.action <> 'removed'::text));

ALTER VIEW catalog.lot_history OWNER TO velaurum_owner;

CREATE VIEW catalog.pack_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'id'::text))::uuid
            ELSE NULL::uuid
        END AS id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'item_id'::text))::uuid
            ELSE NULL::uuid
        END AS item_id,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'unit'::text)
            ELSE NULL::text
        END AS unit,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'numerator'::text))::bigint
            ELSE NULL::bigint
        END AS numerator,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'denominator'::text))::bigint
            ELSE NULL::bigint
        END AS denominator,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'version'::text))::bigint
            ELSE NULL::bigint
        END AS version,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS created_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_by'::text))::uuid
            ELSE NULL::uuid
        END AS created_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'updated_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS updated_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'updated_by'::text))::uuid
            ELSE NULL::uuid
        END AS updated_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'removed_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS removed_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'removed_by'::text))::uuid
            ELSE NULL::uuid
        END AS removed_by
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'pack'::text) AND (v.action <> 'removed'::text));

ALTER VIEW catalog.pack_history OWNER TO velaurum_owner;

CREATE VIEW catalog.serial_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'id'::text))::uuid
            ELSE NULL::uuid
        END AS id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'item_id'::text))::uuid
            ELSE NULL::uuid
        END AS item_id,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'code'::text)
            ELSE NULL::text
        END AS code,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'code_key'::text)
            ELSE NULL::text
        END AS code_key,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'version'::text))::bigint
            ELSE NULL::bigint
        END AS version,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS created_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_by'::text))::uuid
            ELSE NULL::uuid
        END AS created_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'updated_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS updated_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'updated_by'::text))::uuid
            ELSE NULL::uuid
        END AS updated_by
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'serial'::text) AND (v.action <> 'removed'::text));

ALTER VIEW catalog.serial_history OWNER TO velaurum_owner;

CREATE VIEW counting.count_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'id'::text))::uuid
            ELSE NULL::uuid
        END AS id,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'code'::text)
            ELSE NULL::text
        END AS code,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'code_key'::text)
            ELSE NULL::text
        END AS code_key,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'location_id'::text))::uuid
            ELSE NULL::uuid
        END AS location_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'item_id'::text))::uuid
            ELSE NULL::uuid
        END AS item_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'is_blind'::text))::boolean
            ELSE NULL::boolean
        END AS is_blind,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'zero_uncounted'::text))::boolean
            ELSE NULL::boolean
        END AS zero_uncounted,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'tolerance'::text))::numeric(28,9)
            ELSE NULL::numeric
        END AS tolerance,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'state'::text)
            ELSE NULL::text
        END AS state,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'opened_at_size'::text))::bigint
            ELSE NULL::bigint
        END AS opened_at_size,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'finished_at_size'::text))::bigint
            ELSE NULL::bigint
        END AS finished_at_size,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'approved_by'::text))::uuid
            ELSE NULL::uuid
        END AS approved_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'approved_with'::text))::uuid
            ELSE NULL::uuid
        END AS approved_with,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'refusals'::text))::jsonb
            ELSE NULL::jsonb
        END AS refusals,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'version'::text))::bigint
            ELSE NULL::bigint
        END AS version,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS created_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_by'::text))::uuid
            ELSE NULL::uuid
        END AS created_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'updated_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS updated_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'updated_by'::text))::uuid
            ELSE NULL::uuid
        END AS updated_by
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'count'::text) AND (v.action <> 'removed'::text));

ALTER VIEW counting.count_history OWNER TO velaurum_owner;

CREATE TABLE counting.count_line (
    org_id uuid NOT NULL,
    count_id uuid NOT NULL,
    number integer NOT NULL,
    location_id uuid NOT NULL,
    item_id uuid NOT NULL,
    lot_id uuid,
    serial_id uuid,
    status text,
    stock_key text GENERATED ALWAYS AS ((((((count_id)::text || '/'::text) || (COALESCE(lot_id, serial_id, item_id))::text) || '/'::text) || COALESCE(status, 'available'::text))) STORED NOT NULL,
    quantity numeric(28,9) NOT NULL,
    round integer NOT NULL,
    at_size bigint NOT NULL,
    idempotency_key text,
    actor_id uuid NOT NULL,
    credential_id uuid NOT NULL,
    request_id uuid NOT NULL,
    recorded_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT count_line_at_size_check CHECK ((at_size >= 0)),
    CONSTRAINT count_line_check CHECK ((((lot_id IS NULL) OR (serial_id IS NULL)) AND ((serial_id IS NULL) OR (quantity <= (1)::numeric)))),
    CONSTRAINT count_line_idempotency_key_check CHECK (((idempotency_key ~ '^[!-~]+$'::text) AND (octet_length(idempotency_key) <= 255))),
    CONSTRAINT count_line_number_check CHECK ((number > 0)),
    CONSTRAINT count_line_quantity_check CHECK (((quantity >= (0)::numeric) AND (quantity < 'Infinity'::numeric))),
    CONSTRAINT count_line_round_check CHECK ((round > 0)),
    CONSTRAINT count_line_status_check CHECK ((status = ANY (ARRAY['quarantine'::text, 'blocked'::text, 'damaged'::text])))
);
ALTER TABLE ONLY counting.count_line ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY counting.count_line FORCE ROW LEVEL SECURITY;

ALTER TABLE counting.count_line OWNER TO velaurum_owner;

CREATE VIEW counting.count_line_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'count_id'::text))::uuid
            ELSE NULL::uuid
        END AS count_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'number'::text))::integer
            ELSE NULL::integer
        END AS number,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'location_id'::text))::uuid
            ELSE NULL::uuid
        END AS location_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'item_id'::text))::uuid
            ELSE NULL::uuid
        END AS item_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'lot_id'::text))::uuid
            ELSE NULL::uuid
        END AS lot_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'serial_id'::text))::uuid
            ELSE NULL::uuid
        END AS serial_id,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'status'::text)
            ELSE NULL::text
        END AS status,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'stock_key'::text)
            ELSE NULL::text
        END AS stock_key,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'quantity'::text))::numeric(28,9)
            ELSE NULL::numeric
        END AS quantity,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'round'::text))::integer
            ELSE NULL::integer
        END AS round,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'at_size'::text))::bigint
            ELSE NULL::bigint
        END AS at_size,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'idempotency_key'::text)
            ELSE NULL::text
        END AS idempotency_key,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'actor_id'::text))::uuid
            ELSE NULL::uuid
        END AS actor_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'credential_id'::text))::uuid
            ELSE NULL::uuid
        END AS credential_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'request_id'::text))::uuid
            ELSE NULL::uuid
        END AS request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'recorded_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS recorded_at
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'count-line'::text) AND (v.action <> 'removed'::text));

ALTER VIEW counting.count_line_history OWNER TO velaurum_owner;

CREATE TABLE events.inbox (
    org_id uuid NOT NULL,
    consumer text NOT NULL,
    message_id text NOT NULL,
    taken_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT inbox_consumer_check CHECK ((consumer ~ '^[a-z][a-z0-9-]{0,62}$'::text)),
    CONSTRAINT inbox_message_id_check CHECK (((char_length(message_id) >= 1) AND (char_length(message_id) <= 255)))
);
ALTER TABLE ONLY events.inbox ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY events.inbox FORCE ROW LEVEL SECURITY;

ALTER TABLE events.inbox OWNER TO velaurum_owner;

CREATE TABLE events.subscriber (
    org_id uuid NOT NULL,
    name text NOT NULL,
    after_index bigint NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    advanced_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT subscriber_after_index_check CHECK ((after_index >= '-1'::integer)),
    CONSTRAINT subscriber_name_check CHECK ((name ~ '^[a-z][a-z0-9-]{0,62}$'::text))
);
ALTER TABLE ONLY events.subscriber ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY events.subscriber FORCE ROW LEVEL SECURITY;

ALTER TABLE events.subscriber OWNER TO velaurum_owner;

CREATE TABLE fence.migration_window (
    xid xid8 NOT NULL,
    opened_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    opened_by name DEFAULT SESSION_USER NOT NULL
);

CREATE TABLE fence.protected (
    classid oid NOT NULL,
    objid oid NOT NULL,
    state text NOT NULL
);

CREATE TABLE identity.assignment (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    principal_id uuid NOT NULL,
    role text NOT NULL,
    sub_org_id uuid,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    created_by uuid NOT NULL,
    revoked_at timestamp with time zone,
    revoked_by uuid,
    is_provisioned boolean DEFAULT false NOT NULL,
    CONSTRAINT assignment_check CHECK (((revoked_at IS NULL) = (revoked_by IS NULL))),
    CONSTRAINT assignment_other_hand_check CHECK ((created_by <> principal_id))
);
ALTER TABLE ONLY identity.assignment ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY identity.assignment FORCE ROW LEVEL SECURITY;

ALTER TABLE identity.assignment OWNER TO velaurum_owner;

CREATE VIEW identity.assignment_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'id'::text))::uuid
            ELSE NULL::uuid
        END AS id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'principal_id'::text))::uuid
            ELSE NULL::uuid
        END AS principal_id,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'role'::text)
            ELSE NULL::text
        END AS role,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'sub_org_id'::text))::uuid
            ELSE NULL::uuid
        END AS sub_org_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS created_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_by'::text))::uuid
            ELSE NULL::uuid
        END AS created_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'revoked_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS revoked_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'revoked_by'::text))::uuid
            ELSE NULL::uuid
        END AS revoked_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'is_provisioned'::text))::boolean
            ELSE NULL::boolean
        END AS is_provisioned
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'assignment'::text) AND (v.action <> 'removed'::text));

ALTER VIEW identity.assignment_history OWNER TO velaurum_owner;

CREATE TABLE identity.break_glass (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    reason text NOT NULL,
    life interval NOT NULL,
    requested_by uuid NOT NULL,
    credential_id uuid NOT NULL,
    request_id uuid NOT NULL,
    requested_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT break_glass_life_check CHECK (((life > '00:00:00'::interval) AND (life <= '04:00:00'::interval))),
    CONSTRAINT break_glass_reason_check CHECK (((char_length(reason) >= 10) AND (char_length(reason) <= 200)))
);
ALTER TABLE ONLY identity.break_glass ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY identity.break_glass FORCE ROW LEVEL SECURITY;

ALTER TABLE identity.break_glass OWNER TO velaurum_owner;

CREATE TABLE identity.break_glass_step (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    step text NOT NULL,
    requested_by uuid NOT NULL,
    actor_id uuid NOT NULL,
    credential_id uuid NOT NULL,
    request_id uuid NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone,
    CONSTRAINT break_glass_step_expires_at_check CHECK ((((step = 'approved'::text) = (expires_at IS NOT NULL)) AND ((expires_at IS NULL) OR ((expires_at > at) AND (expires_at <= (at + '04:00:00'::interval)))))),
    CONSTRAINT break_glass_step_first_person_check CHECK (((step <> 'collected'::text) OR (actor_id = requested_by))),
    CONSTRAINT break_glass_step_second_person_check CHECK (((step <> 'approved'::text) OR (actor_id <> requested_by))),
    CONSTRAINT break_glass_step_step_check CHECK ((step = ANY (ARRAY['approved'::text, 'collected'::text, 'ended'::text])))
);
ALTER TABLE ONLY identity.break_glass_step ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY identity.break_glass_step FORCE ROW LEVEL SECURITY;

ALTER TABLE identity.break_glass_step OWNER TO velaurum_owner;

CREATE VIEW identity.break_glass_answer WITH (security_invoker='true') AS
 SELECT b.org_id,
    b.id,
    identity.break_glass_state(b.org_id, b.id, statement_timestamp()) AS status,
    b.reason,
    (EXTRACT(epoch FROM b.life))::bigint AS lasts_s,
    b.requested_by AS requester_id,
    p.kind AS requester_kind,
    p.name AS requester_name,
    platform.instant(b.requested_at) AS requested_at,
    o.actor_id AS approver_id,
    q.kind AS approver_kind,
    q.name AS approver_name,
    platform.instant(o.at) AS opened_at,
    platform.instant(o.expires_at) AS expires_at,
    platform.instant(c.at) AS collected_at,
    e.actor_id AS ender_id,
    r.kind AS ender_kind,
    r.name AS ender_name,
    platform.instant(COALESCE(e.at,
        CASE
            WHEN (o.expires_at <= statement_timestamp()) THEN o.expires_at
            ELSE NULL::timestamp with time zone
        END)) AS ended_at
   FROM ((((((identity.break_glass b
     JOIN identity.principal p ON (((b.org_id = p.org_id) AND (b.requested_by = p.id))))
     LEFT JOIN identity.break_glass_step o ON (((b.org_id = o.org_id) AND (b.id = o.id) AND (o.step = 'approved'::text))))
     LEFT JOIN identity.principal q ON (((o.org_id = q.org_id) AND (o.actor_id = q.id))))
     LEFT JOIN identity.break_glass_step c ON (((b.org_id = c.org_id) AND (b.id = c.id) AND (c.step = 'collected'::text))))
     LEFT JOIN identity.break_glass_step e ON (((b.org_id = e.org_id) AND (b.id = e.id) AND (e.step = 'ended'::text))))
     LEFT JOIN identity.principal r ON (((e.org_id = r.org_id) AND (e.actor_id = r.id))));

ALTER VIEW identity.break_glass_answer OWNER TO velaurum_owner;

CREATE VIEW identity.break_glass_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'id'::text))::uuid
            ELSE NULL::uuid
        END AS id,
        CASE
            WHEN (v.sv >= 1) THEN ( SELECT p_1.value
               FROM audit.personal_value p_1
              WHERE ((p_1.org_id = c.org_id) AND (p_1.change_id = c.id) AND (p_1.name = 'reason'::text)))
            ELSE NULL::text
        END AS reason,
        CASE
            WHEN (v.sv >= 1) THEN make_interval(secs => ((c.row_after ->> 'life'::text))::double precision)
            ELSE NULL::interval
        END AS life,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'requested_by'::text))::uuid
            ELSE NULL::uuid
        END AS requested_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'credential_id'::text))::uuid
            ELSE NULL::uuid
        END AS credential_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'request_id'::text))::uuid
            ELSE NULL::uuid
        END AS request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'requested_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS requested_at
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'break-glass'::text) AND (v.action <> 'removed'::text));

ALTER VIEW identity.break_glass_history OWNER TO velaurum_owner;

CREATE VIEW identity.break_glass_step_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'id'::text))::uuid
            ELSE NULL::uuid
        END AS id,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'step'::text)
            ELSE NULL::text
        END AS step,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'requested_by'::text))::uuid
            ELSE NULL::uuid
        END AS requested_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'actor_id'::text))::uuid
            ELSE NULL::uuid
        END AS actor_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'credential_id'::text))::uuid
            ELSE NULL::uuid
        END AS credential_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'request_id'::text))::uuid
            ELSE NULL::uuid
        END AS request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'expires_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS expires_at
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'break-glass-step'::text) AND (v.action <> 'removed'::text));

ALTER VIEW identity.break_glass_step_history OWNER TO velaurum_owner;

CREATE TABLE identity.erasure (
    org_id uuid NOT NULL,
    principal_id uuid NOT NULL,
    erased_at timestamp with time zone NOT NULL,
    receipt jsonb NOT NULL,
    created_by uuid NOT NULL,
    credential_id uuid,
    request_id uuid,
    replayed_at timestamp with time zone,
    CONSTRAINT erasure_receipt_check CHECK ((jsonb_typeof(receipt) = 'object'::text))
);
ALTER TABLE ONLY identity.erasure ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY identity.erasure FORCE ROW LEVEL SECURITY;

ALTER TABLE identity.erasure OWNER TO velaurum_owner;

CREATE TABLE identity.invitation (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    principal_id uuid NOT NULL,
    login text NOT NULL,
    secret_hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    created_by uuid NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    redeemed_at timestamp with time zone,
    revoked_at timestamp with time zone,
    revoked_by uuid,
    login_index bytea,
    CONSTRAINT invitation_check CHECK (((revoked_at IS NULL) = (revoked_by IS NULL))),
    CONSTRAINT invitation_check1 CHECK (((redeemed_at IS NULL) OR (revoked_at IS NULL))),
    CONSTRAINT invitation_life_check CHECK (((expires_at > created_at) AND (expires_at <= (created_at + '7 days'::interval)))),
    CONSTRAINT invitation_login_check CHECK (((login ~ '^[a-z0-9]([a-z0-9._@+-]{0,126}[a-z0-9])?$'::text) OR ((octet_length(login) < 500) AND (login ~ '^VE1\.[A-Za-z0-9+/]{43}=\.([A-Za-z0-9+/]{4})+([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'::text)))),
    CONSTRAINT invitation_login_index_check CHECK ((octet_length(login_index) = 32)),
    CONSTRAINT invitation_other_hand_check CHECK ((created_by <> principal_id)),
    CONSTRAINT invitation_secret_hash_check CHECK ((octet_length(secret_hash) = 32))
);
ALTER TABLE ONLY identity.invitation ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY identity.invitation FORCE ROW LEVEL SECURITY;

ALTER TABLE identity.invitation OWNER TO velaurum_owner;

CREATE VIEW identity.invitation_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'id'::text))::uuid
            ELSE NULL::uuid
        END AS id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'principal_id'::text))::uuid
            ELSE NULL::uuid
        END AS principal_id,
        CASE
            WHEN (v.sv >= 1) THEN ( SELECT p_1.value
               FROM audit.personal_value p_1
              WHERE ((p_1.org_id = c.org_id) AND (p_1.change_id = c.id) AND (p_1.name = 'login'::text)))
            ELSE NULL::text
        END AS login,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS created_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_by'::text))::uuid
            ELSE NULL::uuid
        END AS created_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'expires_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS expires_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'redeemed_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS redeemed_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'revoked_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS revoked_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'revoked_by'::text))::uuid
            ELSE NULL::uuid
        END AS revoked_by
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'invitation'::text) AND (v.action <> 'removed'::text));

ALTER VIEW identity.invitation_history OWNER TO velaurum_owner;

CREATE TABLE identity.legal_hold (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    principal_id uuid NOT NULL,
    action text NOT NULL,
    reason text NOT NULL,
    created_by uuid NOT NULL,
    credential_id uuid NOT NULL,
    request_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT legal_hold_action_check CHECK ((action = ANY (ARRAY['placed'::text, 'released'::text]))),
    CONSTRAINT legal_hold_reason_check CHECK (((char_length(reason) >= 1) AND (char_length(reason) <= 200)))
);
ALTER TABLE ONLY identity.legal_hold ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY identity.legal_hold FORCE ROW LEVEL SECURITY;

ALTER TABLE identity.legal_hold OWNER TO velaurum_owner;

CREATE TABLE identity.passkey (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    principal_id uuid NOT NULL,
    credential_id bytea NOT NULL,
    public_key bytea NOT NULL,
    transports text[] NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    created_by uuid NOT NULL,
    revoked_at timestamp with time zone,
    revoked_by uuid,
    CONSTRAINT passkey_check CHECK (((revoked_at IS NULL) = (revoked_by IS NULL))),
    CONSTRAINT passkey_credential_id_check CHECK (((octet_length(credential_id) >= 16) AND (octet_length(credential_id) <= 1023))),
    CONSTRAINT passkey_name_check CHECK (((((char_length(name) >= 1) AND (char_length(name) <= 120)) AND (name !~~ 'VE1.%'::text)) OR ((octet_length(name) < 1000) AND (name ~ '^VE1\.[A-Za-z0-9+/]{43}=\.([A-Za-z0-9+/]{4})+([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'::text)))),
    CONSTRAINT passkey_own_check CHECK ((created_by = principal_id)),
    CONSTRAINT passkey_public_key_check CHECK (((octet_length(public_key) >= 32) AND (octet_length(public_key) <= 2048))),
    CONSTRAINT passkey_transports_check CHECK ((cardinality(transports) <= 8))
);
ALTER TABLE ONLY identity.passkey ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY identity.passkey FORCE ROW LEVEL SECURITY;

ALTER TABLE identity.passkey OWNER TO velaurum_owner;

CREATE TABLE identity.passkey_challenge (
    org_id uuid NOT NULL,
    challenge_hash bytea NOT NULL,
    purpose text NOT NULL,
    principal_id uuid,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT passkey_challenge_challenge_hash_check CHECK ((octet_length(challenge_hash) = 32)),
    CONSTRAINT passkey_challenge_principal_check CHECK (((purpose = 'register'::text) = (principal_id IS NOT NULL))),
    CONSTRAINT passkey_challenge_purpose_check CHECK ((purpose = ANY (ARRAY['register'::text, 'sign-in'::text])))
);
ALTER TABLE ONLY identity.passkey_challenge ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY identity.passkey_challenge FORCE ROW LEVEL SECURITY;

ALTER TABLE identity.passkey_challenge OWNER TO velaurum_owner;

CREATE VIEW identity.passkey_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'id'::text))::uuid
            ELSE NULL::uuid
        END AS id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'principal_id'::text))::uuid
            ELSE NULL::uuid
        END AS principal_id,
        CASE
            WHEN (v.sv >= 1) THEN
            CASE
                WHEN (c.row_after ? 'transports'::text) THEN ARRAY( SELECT e.value AS e
                   FROM jsonb_array_elements_text((c.row_after -> 'transports'::text)) e(value))
                ELSE NULL::text[]
            END
            ELSE NULL::text[]
        END AS transports,
        CASE
            WHEN (v.sv >= 1) THEN ( SELECT p_1.value
               FROM audit.personal_value p_1
              WHERE ((p_1.org_id = c.org_id) AND (p_1.change_id = c.id) AND (p_1.name = 'name'::text)))
            ELSE NULL::text
        END AS name,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS created_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_by'::text))::uuid
            ELSE NULL::uuid
        END AS created_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'revoked_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS revoked_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'revoked_by'::text))::uuid
            ELSE NULL::uuid
        END AS revoked_by
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'passkey'::text) AND (v.action <> 'removed'::text));

ALTER VIEW identity.passkey_history OWNER TO velaurum_owner;

CREATE TABLE identity.passkey_use (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    passkey_id uuid NOT NULL,
    outcome text NOT NULL,
    sign_count bigint NOT NULL,
    is_backed_up boolean NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    created_by uuid NOT NULL,
    CONSTRAINT passkey_use_outcome_check CHECK ((outcome = ANY (ARRAY['registered'::text, 'signed-in'::text, 'regressed'::text]))),
    CONSTRAINT passkey_use_sign_count_check CHECK (((sign_count >= 0) AND (sign_count <= '4294967295'::bigint)))
);
ALTER TABLE ONLY identity.passkey_use ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY identity.passkey_use FORCE ROW LEVEL SECURITY;

ALTER TABLE identity.passkey_use OWNER TO velaurum_owner;

CREATE TABLE identity.password (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    principal_id uuid NOT NULL,
    login text NOT NULL,
    phc bytea,
    invitation_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    created_by uuid NOT NULL,
    revoked_at timestamp with time zone,
    revoked_by uuid,
    login_index bytea,
    CONSTRAINT password_check CHECK (((revoked_at IS NULL) = (revoked_by IS NULL))),
    CONSTRAINT password_kept_check CHECK (((phc IS NULL) = (revoked_at IS NOT NULL))),
    CONSTRAINT password_login_check CHECK (((login !~~ 'VE1.%'::text) OR ((octet_length(login) < 500) AND (login ~ '^VE1\.[A-Za-z0-9+/]{43}=\.([A-Za-z0-9+/]{4})+([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'::text)))),
    CONSTRAINT password_login_index_check CHECK ((octet_length(login_index) = 32)),
    CONSTRAINT password_own_check CHECK ((created_by = principal_id)),
    CONSTRAINT password_phc_check CHECK (((octet_length(phc) >= 32) AND (octet_length(phc) <= 512)))
);
ALTER TABLE ONLY identity.password ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY identity.password FORCE ROW LEVEL SECURITY;

ALTER TABLE identity.password OWNER TO velaurum_owner;

CREATE VIEW identity.password_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'id'::text))::uuid
            ELSE NULL::uuid
        END AS id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'principal_id'::text))::uuid
            ELSE NULL::uuid
        END AS principal_id,
        CASE
            WHEN (v.sv >= 1) THEN ( SELECT p_1.value
               FROM audit.personal_value p_1
              WHERE ((p_1.org_id = c.org_id) AND (p_1.change_id = c.id) AND (p_1.name = 'login'::text)))
            ELSE NULL::text
        END AS login,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'invitation_id'::text))::uuid
            ELSE NULL::uuid
        END AS invitation_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS created_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_by'::text))::uuid
            ELSE NULL::uuid
        END AS created_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'revoked_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS revoked_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'revoked_by'::text))::uuid
            ELSE NULL::uuid
        END AS revoked_by
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'password'::text) AND (v.action <> 'removed'::text));

ALTER VIEW identity.password_history OWNER TO velaurum_owner;

CREATE VIEW identity.principal_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'id'::text))::uuid
            ELSE NULL::uuid
        END AS id,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'kind'::text)
            ELSE NULL::text
        END AS kind,
        CASE
            WHEN (v.sv >= 1) THEN ( SELECT p_1.value
               FROM audit.personal_value p_1
              WHERE ((p_1.org_id = c.org_id) AND (p_1.change_id = c.id) AND (p_1.name = 'name'::text)))
            ELSE NULL::text
        END AS name,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS created_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_by'::text))::uuid
            ELSE NULL::uuid
        END AS created_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'disabled_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS disabled_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'disabled_by'::text))::uuid
            ELSE NULL::uuid
        END AS disabled_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'version'::text))::bigint
            ELSE NULL::bigint
        END AS version,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'sub_org_id'::text))::uuid
            ELSE NULL::uuid
        END AS sub_org_id
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'principal'::text) AND (v.action <> 'removed'::text));

ALTER VIEW identity.principal_history OWNER TO velaurum_owner;

CREATE VIEW identity.provider_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'id'::text))::uuid
            ELSE NULL::uuid
        END AS id,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'code'::text)
            ELSE NULL::text
        END AS code,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'name'::text)
            ELSE NULL::text
        END AS name,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'kind'::text)
            ELSE NULL::text
        END AS kind,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'issuer'::text)
            ELSE NULL::text
        END AS issuer,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'client_id'::text)
            ELSE NULL::text
        END AS client_id,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'client_auth'::text)
            ELSE NULL::text
        END AS client_auth,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'client_secret'::text)
            ELSE NULL::text
        END AS client_secret,
        CASE
            WHEN (v.sv >= 1) THEN
            CASE
                WHEN (c.row_after ? 'tenant_ids'::text) THEN ARRAY( SELECT e.value AS e
                   FROM jsonb_array_elements_text((c.row_after -> 'tenant_ids'::text)) e(value))
                ELSE NULL::text[]
            END
            ELSE NULL::text[]
        END AS tenant_ids,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'version'::text))::bigint
            ELSE NULL::bigint
        END AS version,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS created_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_by'::text))::uuid
            ELSE NULL::uuid
        END AS created_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'updated_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS updated_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'updated_by'::text))::uuid
            ELSE NULL::uuid
        END AS updated_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'disabled_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS disabled_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'disabled_by'::text))::uuid
            ELSE NULL::uuid
        END AS disabled_by
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'provider'::text) AND (v.action <> 'removed'::text));

ALTER VIEW identity.provider_history OWNER TO velaurum_owner;

CREATE TABLE identity.provider_subject (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    provider_id uuid NOT NULL,
    subject text NOT NULL,
    principal_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    created_by uuid NOT NULL,
    removed_at timestamp with time zone,
    removed_by uuid,
    subject_index bytea,
    CONSTRAINT provider_subject_check CHECK (((removed_at IS NULL) = (removed_by IS NULL))),
    CONSTRAINT provider_subject_subject_check CHECK (((((char_length(subject) >= 1) AND (char_length(subject) <= 255)) AND (subject !~~ 'VE1.%'::text)) OR ((octet_length(subject) < 700) AND (subject ~ '^VE1\.[A-Za-z0-9+/]{43}=\.([A-Za-z0-9+/]{4})+([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'::text)))),
    CONSTRAINT provider_subject_subject_index_check CHECK ((octet_length(subject_index) = 32))
);
ALTER TABLE ONLY identity.provider_subject ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY identity.provider_subject FORCE ROW LEVEL SECURITY;

ALTER TABLE identity.provider_subject OWNER TO velaurum_owner;

CREATE VIEW identity.provider_subject_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'id'::text))::uuid
            ELSE NULL::uuid
        END AS id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'provider_id'::text))::uuid
            ELSE NULL::uuid
        END AS provider_id,
        CASE
            WHEN (v.sv >= 1) THEN ( SELECT p_1.value
               FROM audit.personal_value p_1
              WHERE ((p_1.org_id = c.org_id) AND (p_1.change_id = c.id) AND (p_1.name = 'subject'::text)))
            ELSE NULL::text
        END AS subject,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'principal_id'::text))::uuid
            ELSE NULL::uuid
        END AS principal_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS created_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_by'::text))::uuid
            ELSE NULL::uuid
        END AS created_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'removed_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS removed_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'removed_by'::text))::uuid
            ELSE NULL::uuid
        END AS removed_by
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'provider-subject'::text) AND (v.action <> 'removed'::text));

ALTER VIEW identity.provider_subject_history OWNER TO velaurum_owner;

CREATE TABLE identity.recovery_code (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    second_factor_id uuid NOT NULL,
    code_hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    created_by uuid NOT NULL,
    used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT recovery_code_check CHECK (((used_at IS NULL) OR (revoked_at IS NULL))),
    CONSTRAINT recovery_code_code_hash_check CHECK ((octet_length(code_hash) = 32))
);
ALTER TABLE ONLY identity.recovery_code ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY identity.recovery_code FORCE ROW LEVEL SECURITY;

ALTER TABLE identity.recovery_code OWNER TO velaurum_owner;

CREATE TABLE identity.restriction (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    principal_id uuid NOT NULL,
    action text NOT NULL,
    reason text NOT NULL,
    created_by uuid NOT NULL,
    credential_id uuid NOT NULL,
    request_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT restriction_action_check CHECK ((action = ANY (ARRAY['placed'::text, 'lifted'::text]))),
    CONSTRAINT restriction_reason_check CHECK (((char_length(reason) >= 1) AND (char_length(reason) <= 200)))
);
ALTER TABLE ONLY identity.restriction ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY identity.restriction FORCE ROW LEVEL SECURITY;

ALTER TABLE identity.restriction OWNER TO velaurum_owner;

CREATE TABLE identity.role (
    org_id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    permissions text[] NOT NULL,
    is_seeded boolean NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    created_by uuid NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_by uuid NOT NULL,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    CONSTRAINT role_approver_check CHECK ((NOT (permissions @> ARRAY['approve'::text, 'manage-identity'::text]))),
    CONSTRAINT role_break_glass_check CHECK (((code <> 'break-glass'::text) OR (is_seeded AND (permissions = ARRAY['read'::text, 'read-assurance'::text])))),
    CONSTRAINT role_closer_check CHECK ((NOT (permissions @> ARRAY['close-periods'::text, 'manage-identity'::text]))),
    CONSTRAINT role_code_check CHECK ((code ~ '^[a-z][a-z0-9-]{1,38}[a-z0-9]$'::text)),
    CONSTRAINT role_duties_check CHECK ((NOT (permissions @> ARRAY['post'::text, 'manage-catalog'::text]))),
    CONSTRAINT role_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 120))),
    CONSTRAINT role_permissions_check CHECK (((array_position(permissions, NULL::text) IS NULL) AND (permissions <@ ARRAY['read'::text, 'post'::text, 'count'::text, 'approve'::text, 'close-periods'::text, 'manage-catalog'::text, 'manage-identity'::text, 'manage-webhooks'::text, 'read-assurance'::text, 'provision'::text]))),
    CONSTRAINT role_provisioner_check CHECK ((NOT ((permissions @> ARRAY['provision'::text]) AND (permissions && ARRAY['post'::text, 'count'::text, 'approve'::text, 'close-periods'::text, 'manage-catalog'::text, 'manage-identity'::text, 'manage-webhooks'::text])))),
    CONSTRAINT role_version_check CHECK ((version > 0))
);
ALTER TABLE ONLY identity.role ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY identity.role FORCE ROW LEVEL SECURITY;

ALTER TABLE identity.role OWNER TO velaurum_owner;

CREATE VIEW identity.role_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'code'::text)
            ELSE NULL::text
        END AS code,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'name'::text)
            ELSE NULL::text
        END AS name,
        CASE
            WHEN (v.sv >= 1) THEN
            CASE
                WHEN (c.row_after ? 'permissions'::text) THEN ARRAY( SELECT e.value AS e
                   FROM jsonb_array_elements_text((c.row_after -> 'permissions'::text)) e(value))
                ELSE NULL::text[]
            END
            ELSE NULL::text[]
        END AS permissions,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'is_seeded'::text))::boolean
            ELSE NULL::boolean
        END AS is_seeded,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'version'::text))::bigint
            ELSE NULL::bigint
        END AS version,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS created_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_by'::text))::uuid
            ELSE NULL::uuid
        END AS created_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'updated_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS updated_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'updated_by'::text))::uuid
            ELSE NULL::uuid
        END AS updated_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'id'::text))::uuid
            ELSE NULL::uuid
        END AS id
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'role'::text) AND (v.action <> 'removed'::text));

ALTER VIEW identity.role_history OWNER TO velaurum_owner;

CREATE TABLE identity.scim_group (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    display_name text NOT NULL,
    display_name_key text NOT NULL,
    external_id text,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    created_by uuid NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_by uuid NOT NULL,
    removed_at timestamp with time zone,
    removed_by uuid,
    CONSTRAINT scim_group_check CHECK (((removed_at IS NULL) = (removed_by IS NULL))),
    CONSTRAINT scim_group_display_name_check CHECK (((char_length(display_name) >= 1) AND (char_length(display_name) <= 255))),
    CONSTRAINT scim_group_display_name_key_check CHECK (((octet_length(display_name_key) >= 1) AND (octet_length(display_name_key) <= 2000))),
    CONSTRAINT scim_group_external_id_check CHECK (((char_length(external_id) >= 1) AND (char_length(external_id) <= 255))),
    CONSTRAINT scim_group_version_check CHECK ((version > 0))
);
ALTER TABLE ONLY identity.scim_group ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY identity.scim_group FORCE ROW LEVEL SECURITY;

ALTER TABLE identity.scim_group OWNER TO velaurum_owner;

CREATE VIEW identity.scim_group_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'id'::text))::uuid
            ELSE NULL::uuid
        END AS id,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'display_name'::text)
            ELSE NULL::text
        END AS display_name,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'external_id'::text)
            ELSE NULL::text
        END AS external_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS created_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_by'::text))::uuid
            ELSE NULL::uuid
        END AS created_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'updated_by'::text))::uuid
            ELSE NULL::uuid
        END AS updated_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'removed_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS removed_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'removed_by'::text))::uuid
            ELSE NULL::uuid
        END AS removed_by
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'scim-group'::text) AND (v.action <> 'removed'::text));

ALTER VIEW identity.scim_group_history OWNER TO velaurum_owner;

CREATE TABLE identity.scim_mapping (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    group_id uuid NOT NULL,
    role text NOT NULL,
    sub_org_id uuid,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    created_by uuid NOT NULL,
    removed_at timestamp with time zone,
    removed_by uuid,
    CONSTRAINT scim_mapping_check CHECK (((removed_at IS NULL) = (removed_by IS NULL)))
);
ALTER TABLE ONLY identity.scim_mapping ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY identity.scim_mapping FORCE ROW LEVEL SECURITY;

ALTER TABLE identity.scim_mapping OWNER TO velaurum_owner;

CREATE VIEW identity.scim_mapping_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'id'::text))::uuid
            ELSE NULL::uuid
        END AS id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'group_id'::text))::uuid
            ELSE NULL::uuid
        END AS group_id,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'role'::text)
            ELSE NULL::text
        END AS role,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'sub_org_id'::text))::uuid
            ELSE NULL::uuid
        END AS sub_org_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS created_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_by'::text))::uuid
            ELSE NULL::uuid
        END AS created_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'removed_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS removed_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'removed_by'::text))::uuid
            ELSE NULL::uuid
        END AS removed_by
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'scim-mapping'::text) AND (v.action <> 'removed'::text));

ALTER VIEW identity.scim_mapping_history OWNER TO velaurum_owner;

CREATE TABLE identity.scim_member (
    org_id uuid NOT NULL,
    group_id uuid NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    created_by uuid NOT NULL
);
ALTER TABLE ONLY identity.scim_member ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY identity.scim_member FORCE ROW LEVEL SECURITY;

ALTER TABLE identity.scim_member OWNER TO velaurum_owner;

CREATE VIEW identity.scim_member_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'group_id'::text))::uuid
            ELSE NULL::uuid
        END AS group_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'user_id'::text))::uuid
            ELSE NULL::uuid
        END AS user_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS created_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_by'::text))::uuid
            ELSE NULL::uuid
        END AS created_by
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'scim-member'::text) AND (v.action <> 'removed'::text));

ALTER VIEW identity.scim_member_history OWNER TO velaurum_owner;

CREATE TABLE identity.scim_user (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    principal_id uuid NOT NULL,
    user_name text NOT NULL,
    user_name_key text,
    display_name_key text,
    external_id text,
    attributes text,
    attributes_digest text,
    is_linked boolean NOT NULL,
    deactivated_at timestamp with time zone,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    created_by uuid NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_by uuid NOT NULL,
    removed_at timestamp with time zone,
    removed_by uuid,
    user_name_index bytea,
    external_id_index bytea,
    display_name_index bytea,
    CONSTRAINT scim_user_attributes_check CHECK ((((attributes ~~ '{%}'::text) AND (octet_length(attributes) <= 32768)) OR ((octet_length(attributes) < 44000) AND (attributes ~ '^VE1\.[A-Za-z0-9+/]{43}=\.([A-Za-z0-9+/]{4})+([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'::text)))),
    CONSTRAINT scim_user_attributes_digest_check CHECK (((attributes_digest ~ '^[0-9a-f]{64}$'::text) OR ((octet_length(attributes_digest) < 300) AND (attributes_digest ~ '^VE1\.[A-Za-z0-9+/]{43}=\.([A-Za-z0-9+/]{4})+([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'::text)))),
    CONSTRAINT scim_user_check CHECK (((removed_at IS NULL) = (removed_by IS NULL))),
    CONSTRAINT scim_user_display_name_index_check CHECK ((octet_length(display_name_index) = 32)),
    CONSTRAINT scim_user_display_name_key_check CHECK (((octet_length(display_name_key) >= 1) AND (octet_length(display_name_key) <= 2000))),
    CONSTRAINT scim_user_erasure_check CHECK (((removed_at IS NULL) OR ((attributes IS NULL) AND (display_name_key IS NULL) AND (display_name_index IS NULL)))),
    CONSTRAINT scim_user_external_id_check CHECK ((((char_length(external_id) >= 1) AND (char_length(external_id) <= 255)) OR ((octet_length(external_id) < 1600) AND (external_id ~ '^VE1\.[A-Za-z0-9+/]{43}=\.([A-Za-z0-9+/]{4})+([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'::text)))),
    CONSTRAINT scim_user_external_id_index_check CHECK ((octet_length(external_id_index) = 32)),
    CONSTRAINT scim_user_user_name_check CHECK ((((char_length(user_name) >= 1) AND (char_length(user_name) <= 255)) OR ((octet_length(user_name) < 1600) AND (user_name ~ '^VE1\.[A-Za-z0-9+/]{43}=\.([A-Za-z0-9+/]{4})+([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'::text)))),
    CONSTRAINT scim_user_user_name_index_check CHECK ((octet_length(user_name_index) = 32)),
    CONSTRAINT scim_user_user_name_key_check CHECK (((octet_length(user_name_key) >= 1) AND (octet_length(user_name_key) <= 2000))),
    CONSTRAINT scim_user_version_check CHECK ((version > 0))
);
ALTER TABLE ONLY identity.scim_user ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY identity.scim_user FORCE ROW LEVEL SECURITY;

ALTER TABLE identity.scim_user OWNER TO velaurum_owner;

CREATE VIEW identity.scim_user_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'id'::text))::uuid
            ELSE NULL::uuid
        END AS id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'principal_id'::text))::uuid
            ELSE NULL::uuid
        END AS principal_id,
        CASE
            WHEN (v.sv >= 1) THEN ( SELECT p_1.value
               FROM audit.personal_value p_1
              WHERE ((p_1.org_id = c.org_id) AND (p_1.change_id = c.id) AND (p_1.name = 'user_name'::text)))
            ELSE NULL::text
        END AS user_name,
        CASE
            WHEN (v.sv >= 1) THEN ( SELECT p_1.value
               FROM audit.personal_value p_1
              WHERE ((p_1.org_id = c.org_id) AND (p_1.change_id = c.id) AND (p_1.name = 'external_id'::text)))
            ELSE NULL::text
        END AS external_id,
        CASE
            WHEN (v.sv >= 1) THEN ( SELECT p_1.value
               FROM audit.personal_value p_1
              WHERE ((p_1.org_id = c.org_id) AND (p_1.change_id = c.id) AND (p_1.name = 'attributes_digest'::text)))
            ELSE NULL::text
        END AS attributes_digest,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'is_linked'::text))::boolean
            ELSE NULL::boolean
        END AS is_linked,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'deactivated_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS deactivated_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS created_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_by'::text))::uuid
            ELSE NULL::uuid
        END AS created_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'updated_by'::text))::uuid
            ELSE NULL::uuid
        END AS updated_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'removed_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS removed_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'removed_by'::text))::uuid
            ELSE NULL::uuid
        END AS removed_by
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'scim-user'::text) AND (v.action <> 'removed'::text));

ALTER VIEW identity.scim_user_history OWNER TO velaurum_owner;

CREATE TABLE identity.second_factor (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    principal_id uuid NOT NULL,
    sealed bytea,
    last_step bigint DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    created_by uuid NOT NULL,
    confirmed_at timestamp with time zone,
    revoked_at timestamp with time zone,
    revoked_by uuid,
    CONSTRAINT second_factor_check CHECK (((revoked_at IS NULL) = (revoked_by IS NULL))),
    CONSTRAINT second_factor_kept_check CHECK (((sealed IS NULL) = (revoked_at IS NOT NULL))),
    CONSTRAINT second_factor_last_step_check CHECK ((last_step >= 0)),
    CONSTRAINT second_factor_own_check CHECK ((created_by = principal_id)),
    CONSTRAINT second_factor_sealed_check CHECK (((octet_length(sealed) >= 32) AND (octet_length(sealed) <= 512)))
);
ALTER TABLE ONLY identity.second_factor ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY identity.second_factor FORCE ROW LEVEL SECURITY;

ALTER TABLE identity.second_factor OWNER TO velaurum_owner;

CREATE VIEW identity.second_factor_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'id'::text))::uuid
            ELSE NULL::uuid
        END AS id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'principal_id'::text))::uuid
            ELSE NULL::uuid
        END AS principal_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS created_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_by'::text))::uuid
            ELSE NULL::uuid
        END AS created_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'confirmed_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS confirmed_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'revoked_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS revoked_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'revoked_by'::text))::uuid
            ELSE NULL::uuid
        END AS revoked_by
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'second-factor'::text) AND (v.action <> 'removed'::text));

ALTER VIEW identity.second_factor_history OWNER TO velaurum_owner;

CREATE TABLE identity.session (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    principal_id uuid NOT NULL,
    method text NOT NULL,
    secret_hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    created_by uuid NOT NULL,
    seen_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    idle_after interval NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    ended_by uuid,
    CONSTRAINT session_check CHECK (((ended_at IS NULL) = (ended_by IS NULL))),
    CONSTRAINT session_idle_after_check CHECK (((idle_after > '00:00:00'::interval) AND (idle_after <= '24:00:00'::interval))),
    CONSTRAINT session_life_check CHECK (((expires_at > created_at) AND (expires_at <= (created_at + '24:00:00'::interval)))),
    CONSTRAINT session_method_check CHECK ((method = ANY (ARRAY['password'::text, 'passkey'::text, 'oidc'::text]))),
    CONSTRAINT session_own_check CHECK ((created_by = principal_id)),
    CONSTRAINT session_secret_hash_check CHECK ((octet_length(secret_hash) = 32))
);
ALTER TABLE ONLY identity.session ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY identity.session FORCE ROW LEVEL SECURITY;

ALTER TABLE identity.session OWNER TO velaurum_owner;

CREATE TABLE identity.sign_in (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    provider_id uuid NOT NULL,
    secret_hash bytea NOT NULL,
    return_to text NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT sign_in_life_check CHECK (((expires_at > created_at) AND (expires_at <= (created_at + '00:10:00'::interval)))),
    CONSTRAINT sign_in_return_to_check CHECK (((return_to ~ '^/[!-~]*$'::text) AND (char_length(return_to) <= 500))),
    CONSTRAINT sign_in_secret_hash_check CHECK ((octet_length(secret_hash) = 32))
);
ALTER TABLE ONLY identity.sign_in ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY identity.sign_in FORCE ROW LEVEL SECURITY;

ALTER TABLE identity.sign_in OWNER TO velaurum_owner;

CREATE TABLE identity.sign_in_failure (
    org_id uuid NOT NULL,
    key_hash bytea NOT NULL,
    kind text NOT NULL,
    owed_until timestamp with time zone NOT NULL,
    blocked_until timestamp with time zone NOT NULL,
    CONSTRAINT sign_in_failure_key_hash_check CHECK ((octet_length(key_hash) = 32)),
    CONSTRAINT sign_in_failure_kind_check CHECK ((kind = ANY (ARRAY['login'::text, 'address'::text, 'second-factor'::text])))
);
ALTER TABLE ONLY identity.sign_in_failure ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY identity.sign_in_failure FORCE ROW LEVEL SECURITY;

ALTER TABLE identity.sign_in_failure OWNER TO velaurum_owner;

CREATE TABLE identity.token (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    principal_id uuid NOT NULL,
    role text NOT NULL,
    secret_hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    created_by uuid NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    revoked_by uuid,
    sub_org_id uuid,
    CONSTRAINT token_check CHECK ((expires_at > created_at)),
    CONSTRAINT token_check1 CHECK (((revoked_at IS NULL) = (revoked_by IS NULL))),
    CONSTRAINT token_other_hand_check CHECK ((created_by <> principal_id)),
    CONSTRAINT token_secret_hash_check CHECK ((octet_length(secret_hash) = 32))
);
ALTER TABLE ONLY identity.token ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY identity.token FORCE ROW LEVEL SECURITY;

ALTER TABLE identity.token OWNER TO velaurum_owner;

CREATE VIEW identity.token_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'id'::text))::uuid
            ELSE NULL::uuid
        END AS id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'principal_id'::text))::uuid
            ELSE NULL::uuid
        END AS principal_id,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'role'::text)
            ELSE NULL::text
        END AS role,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS created_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_by'::text))::uuid
            ELSE NULL::uuid
        END AS created_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'expires_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS expires_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'revoked_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS revoked_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'revoked_by'::text))::uuid
            ELSE NULL::uuid
        END AS revoked_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'sub_org_id'::text))::uuid
            ELSE NULL::uuid
        END AS sub_org_id
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'token'::text) AND (v.action <> 'removed'::text));

ALTER VIEW identity.token_history OWNER TO velaurum_owner;

CREATE TABLE identity.token_use (
    org_id uuid NOT NULL,
    token_id uuid NOT NULL,
    last_used_at timestamp with time zone NOT NULL
);
ALTER TABLE ONLY identity.token_use ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY identity.token_use FORCE ROW LEVEL SECURITY;

ALTER TABLE identity.token_use OWNER TO velaurum_owner;

CREATE TABLE jobs.act (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    job_id uuid NOT NULL,
    action text NOT NULL,
    actor_id uuid NOT NULL,
    credential_id uuid NOT NULL,
    request_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT act_action_check CHECK ((action = ANY (ARRAY['retried'::text, 'cancelled'::text])))
);
ALTER TABLE ONLY jobs.act ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY jobs.act FORCE ROW LEVEL SECURITY;

ALTER TABLE jobs.act OWNER TO velaurum_owner;

CREATE TABLE jobs.attempt (
    org_id uuid NOT NULL,
    job_id uuid NOT NULL,
    number integer NOT NULL,
    actor_id uuid NOT NULL,
    began_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    outcome text NOT NULL,
    error_code text,
    CONSTRAINT attempt_check CHECK (((error_code IS NOT NULL) = (outcome = ANY (ARRAY['failed'::text, 'lost'::text])))),
    CONSTRAINT attempt_number_check CHECK ((number > 0)),
    CONSTRAINT attempt_outcome_check CHECK ((outcome = ANY (ARRAY['succeeded'::text, 'failed'::text, 'lost'::text, 'cancelled'::text])))
);
ALTER TABLE ONLY jobs.attempt ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY jobs.attempt FORCE ROW LEVEL SECURITY;

ALTER TABLE jobs.attempt OWNER TO velaurum_owner;

CREATE TABLE jobs.job (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    lane text NOT NULL,
    permission text NOT NULL,
    payload jsonb NOT NULL,
    dedupe_key text,
    state text DEFAULT 'queued'::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    max_attempts integer NOT NULL,
    run_at timestamp with time zone NOT NULL,
    ticket bigint NOT NULL,
    tag bigint NOT NULL,
    progress_done bigint DEFAULT 0 NOT NULL,
    progress_total bigint,
    result jsonb,
    error_code text,
    error_detail text,
    requested_by uuid NOT NULL,
    credential_id uuid,
    request_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    started_at timestamp with time zone,
    ended_at timestamp with time zone,
    CONSTRAINT job_check CHECK ((progress_total >= progress_done)),
    CONSTRAINT job_check1 CHECK (((attempts >= 0) AND (attempts <= max_attempts))),
    CONSTRAINT job_check2 CHECK (((error_code IS NULL) = (error_detail IS NULL))),
    CONSTRAINT job_check3 CHECK (((result IS NULL) OR (state = 'succeeded'::text))),
    CONSTRAINT job_dedupe_key_check CHECK (((char_length(dedupe_key) >= 1) AND (char_length(dedupe_key) <= 255))),
    CONSTRAINT job_ended_check CHECK (((ended_at IS NOT NULL) = (state = ANY (ARRAY['succeeded'::text, 'failed'::text, 'cancelled'::text])))),
    CONSTRAINT job_error_code_check CHECK ((error_code ~ '^[a-z][a-z0-9-]{0,62}$'::text)),
    CONSTRAINT job_error_detail_check CHECK ((char_length(error_detail) <= 1000)),
    CONSTRAINT job_kind_check CHECK ((kind ~ '^[a-z][a-z0-9-]{0,62}$'::text)),
    CONSTRAINT job_lane_check CHECK ((lane = ANY (ARRAY['light'::text, 'heavy'::text]))),
    CONSTRAINT job_max_attempts_check CHECK (((max_attempts >= 1) AND (max_attempts <= 1000))),
    CONSTRAINT job_payload_check CHECK (((jsonb_typeof(payload) = 'object'::text) AND (octet_length((payload)::text) <= 65536))),
    CONSTRAINT job_permission_check CHECK ((permission <> ''::text)),
    CONSTRAINT job_progress_done_check CHECK ((progress_done >= 0)),
    CONSTRAINT job_result_check CHECK (((jsonb_typeof(result) = 'object'::text) AND (octet_length((result)::text) <= 65536))),
    CONSTRAINT job_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'running'::text, 'succeeded'::text, 'failed'::text, 'cancelled'::text]))),
    CONSTRAINT job_tag_check CHECK ((tag >= 0))
);
ALTER TABLE ONLY jobs.job ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY jobs.job FORCE ROW LEVEL SECURITY;

ALTER TABLE jobs.job OWNER TO velaurum_owner;

CREATE TABLE ledger.approval (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    outcome text NOT NULL,
    requested_by uuid NOT NULL,
    decided_by uuid NOT NULL,
    credential_id uuid NOT NULL,
    request_id uuid CONSTRAINT approval_request_id_not_null1 NOT NULL,
    reason text,
    decided_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT approval_check CHECK (((outcome = 'approved'::text) OR (reason IS NOT NULL))),
    CONSTRAINT approval_outcome_check CHECK ((outcome = ANY (ARRAY['approved'::text, 'rejected'::text]))),
    CONSTRAINT approval_reason_check CHECK (((char_length(reason) >= 1) AND (char_length(reason) <= 200))),
    CONSTRAINT approval_second_person_check CHECK ((decided_by <> requested_by))
);
ALTER TABLE ONLY ledger.approval ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY ledger.approval FORCE ROW LEVEL SECURITY;

ALTER TABLE ledger.approval OWNER TO velaurum_owner;

CREATE TABLE ledger.approval_request (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    item_id uuid NOT NULL,
    source_id uuid NOT NULL,
    target_id uuid NOT NULL,
    quantity numeric(28,9) NOT NULL,
    unit text NOT NULL,
    occurred_at timestamp with time zone,
    reference text,
    reason text,
    reverses_id uuid,
    source_guard numeric,
    target_guard numeric,
    request_hash bytea NOT NULL,
    requested_by uuid NOT NULL,
    credential_id uuid NOT NULL,
    request_id uuid NOT NULL,
    requested_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    stated_quantity numeric(28,9),
    stated_unit text,
    lot_id uuid,
    serial_id uuid,
    source_status text,
    target_status text,
    CONSTRAINT approval_request_check CHECK (((expires_at > requested_at) AND (expires_at <= (requested_at + '30 days'::interval)))),
    CONSTRAINT approval_request_kind_check CHECK ((kind = ANY (ARRAY['opening'::text, 'adjustment'::text, 'scrap'::text, 'return'::text, 'reversal'::text]))),
    CONSTRAINT approval_request_quantity_check CHECK (((quantity > (0)::numeric) AND (quantity < 'Infinity'::numeric))),
    CONSTRAINT approval_request_reason_check CHECK (((char_length(reason) >= 1) AND (char_length(reason) <= 200))),
    CONSTRAINT approval_request_reference_check CHECK (((char_length(reference) >= 1) AND (char_length(reference) <= 200))),
    CONSTRAINT approval_request_request_hash_check CHECK ((octet_length(request_hash) = 32)),
    CONSTRAINT approval_request_source_guard_check CHECK (((source_guard >= (0)::numeric) AND (source_guard < 'Infinity'::numeric))),
    CONSTRAINT approval_request_stated_check CHECK ((((stated_quantity IS NULL) = (stated_unit IS NULL)) AND (stated_quantity > (0)::numeric) AND (stated_quantity < 'Infinity'::numeric) AND ((char_length(stated_unit) >= 1) AND (char_length(stated_unit) <= 16)) AND (stated_unit <> unit))),
    CONSTRAINT approval_request_stock_key_check CHECK ((((lot_id IS NULL) OR (serial_id IS NULL)) AND ((serial_id IS NULL) OR (quantity = (1)::numeric)) AND (source_status = ANY (ARRAY['quarantine'::text, 'blocked'::text, 'damaged'::text])) AND (target_status = ANY (ARRAY['quarantine'::text, 'blocked'::text, 'damaged'::text])))),
    CONSTRAINT approval_request_target_guard_check CHECK (((target_guard >= (0)::numeric) AND (target_guard < 'Infinity'::numeric)))
);
ALTER TABLE ONLY ledger.approval_request ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY ledger.approval_request FORCE ROW LEVEL SECURITY;

ALTER TABLE ledger.approval_request OWNER TO velaurum_owner;

CREATE TABLE transport.message (
    org_id uuid NOT NULL,
    log_index bigint NOT NULL,
    subject text NOT NULL,
    content_type text NOT NULL,
    body bytea NOT NULL,
    published_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    deliveries integer DEFAULT 0 NOT NULL,
    dead_at timestamp with time zone,
    dead_code text,
    dead_reason text,
    CONSTRAINT message_body_check CHECK ((octet_length(body) <= 131072)),
    CONSTRAINT message_check CHECK ((((dead_at IS NULL) = (dead_code IS NULL)) AND ((dead_at IS NULL) = (dead_reason IS NULL)))),
    CONSTRAINT message_content_type_check CHECK (((char_length(content_type) >= 1) AND (char_length(content_type) <= 128))),
    CONSTRAINT message_dead_code_check CHECK ((dead_code ~ '^[a-z][a-z0-9-]{0,63}$'::text)),
    CONSTRAINT message_dead_reason_check CHECK (((char_length(dead_reason) >= 1) AND (char_length(dead_reason) <= 1000))),
    CONSTRAINT message_deliveries_check CHECK ((deliveries >= 0)),
    CONSTRAINT message_log_index_check CHECK ((log_index >= 0)),
    CONSTRAINT message_subject_check CHECK (((char_length(subject) >= 1) AND (char_length(subject) <= 128)))
);
ALTER TABLE ONLY transport.message ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY transport.message FORCE ROW LEVEL SECURITY;

ALTER TABLE transport.message OWNER TO velaurum_owner;

CREATE VIEW jobs.cause WITH (security_invoker='true') AS
 SELECT r.org_id,
    'approval-waiting'::text AS kind,
    (r.id)::text AS subject,
    r.requested_at AS at,
    NULL::timestamp with time zone AS made_at,
    'approve'::text AS permission
   FROM (ledger.approval_request r
     LEFT JOIN ledger.approval a ON (((r.org_id = a.org_id) AND (r.id = a.id))))
  WHERE ((a.id IS NULL) AND (r.expires_at > statement_timestamp()))
UNION ALL
 SELECT s.org_id,
    'break-glass-ending'::text AS kind,
    (s.id)::text AS subject,
    s.expires_at AS at,
    NULL::timestamp with time zone AS made_at,
    'read-assurance'::text AS permission
   FROM (identity.break_glass_step s
     LEFT JOIN identity.break_glass_step e ON (((s.org_id = e.org_id) AND (s.id = e.id) AND (e.step = 'ended'::text))))
  WHERE ((s.step = 'approved'::text) AND (e.id IS NULL) AND (s.expires_at > statement_timestamp()))
UNION ALL
 SELECT t.org_id,
    'token-expiring'::text AS kind,
    (t.id)::text AS subject,
    t.expires_at AS at,
    t.created_at AS made_at,
    'manage-identity'::text AS permission
   FROM (identity.token t
     JOIN identity.principal p ON (((t.org_id = p.org_id) AND (t.principal_id = p.id))))
  WHERE ((t.revoked_at IS NULL) AND (t.expires_at > statement_timestamp()) AND (t.role <> 'break-glass'::text) AND (p.disabled_at IS NULL))
UNION ALL
 SELECT i.org_id,
    'invitation-expiring'::text AS kind,
    (i.id)::text AS subject,
    i.expires_at AS at,
    i.created_at AS made_at,
    'manage-identity'::text AS permission
   FROM identity.invitation i
  WHERE ((i.redeemed_at IS NULL) AND (i.revoked_at IS NULL) AND (i.expires_at > statement_timestamp()))
UNION ALL
 SELECT j.org_id,
    'job-failed'::text AS kind,
    (j.id)::text AS subject,
    j.ended_at AS at,
    NULL::timestamp with time zone AS made_at,
    j.permission
   FROM jobs.job j
  WHERE (j.state = 'failed'::text)
UNION ALL
 SELECT m.org_id,
    'dead-letter'::text AS kind,
    (m.log_index)::text AS subject,
    m.dead_at AS at,
    NULL::timestamp with time zone AS made_at,
    'manage-webhooks'::text AS permission
   FROM transport.message m
  WHERE (m.dead_at IS NOT NULL)
UNION ALL
 SELECT e.org_id,
    'webhook-gone'::text AS kind,
    (e.id)::text AS subject,
    e.disabled_at AS at,
    NULL::timestamp with time zone AS made_at,
    'manage-webhooks'::text AS permission
   FROM webhooks.endpoint e
  WHERE (e.disabled_reason = 'gone'::text)
UNION ALL
 SELECT o.org_id,
    'log-held'::text AS kind,
    (o.org_id)::text AS subject,
    o.held_since AS at,
    NULL::timestamp with time zone AS made_at,
    'read-assurance'::text AS permission
   FROM tenancy.org o
  WHERE (o.held_since IS NOT NULL)
UNION ALL
 SELECT o.org_id,
    'log-stalled'::text AS kind,
    (o.org_id)::text AS subject,
    u.since AS at,
    NULL::timestamp with time zone AS made_at,
    'read-assurance'::text AS permission
   FROM (tenancy.org o
     CROSS JOIN LATERAL ( SELECT audit.unsigned_since(o.org_id) AS since) u)
  WHERE ((o.held_since IS NULL) AND (u.since IS NOT NULL))
UNION ALL
 SELECT o.org_id,
    'verification-overdue'::text AS kind,
    (o.org_id)::text AS subject,
    GREATEST(o.created_at, v.ended_at) AS at,
    NULL::timestamp with time zone AS made_at,
    'read-assurance'::text AS permission
   FROM (tenancy.org o
     CROSS JOIN LATERAL ( SELECT max(x.ended_at) AS ended_at
           FROM audit.verification x
          WHERE (x.org_id = o.org_id)) v);

ALTER VIEW jobs.cause OWNER TO velaurum_owner;

CREATE TABLE jobs.integration_job (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    item_id uuid,
    location_id uuid,
    movement_id uuid,
    payload jsonb NOT NULL,
    state text DEFAULT 'queued'::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    callback_secret_hash bytea,
    result jsonb,
    requested_by uuid NOT NULL,
    credential_id uuid NOT NULL,
    request_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    purged_at timestamp with time zone,
    key_id text,
    CONSTRAINT integration_job_attempts_check CHECK ((attempts >= 0)),
    CONSTRAINT integration_job_callback_secret_hash_check CHECK ((octet_length(callback_secret_hash) = 32)),
    CONSTRAINT integration_job_check CHECK ((num_nonnulls(item_id, location_id, movement_id) <= 1)),
    CONSTRAINT integration_job_check1 CHECK (((expires_at > created_at) AND (expires_at <= (created_at + '30 days'::interval)))),
    CONSTRAINT integration_job_check2 CHECK (((result IS NULL) OR (state = ANY (ARRAY['succeeded'::text, 'failed'::text])))),
    CONSTRAINT integration_job_ended_check CHECK (((ended_at IS NOT NULL) = (state = ANY (ARRAY['succeeded'::text, 'failed'::text, 'cancelled'::text, 'expired'::text])))),
    CONSTRAINT integration_job_key_id_check CHECK ((key_id ~ '^[0-9a-f]{16}$'::text)),
    CONSTRAINT integration_job_kind_check CHECK ((kind ~ '^[a-z][a-z0-9-]{0,62}$'::text)),
    CONSTRAINT integration_job_payload_check CHECK (((jsonb_typeof(payload) = 'object'::text) AND (octet_length((payload)::text) <= 16384))),
    CONSTRAINT integration_job_purged_check CHECK ((((ended_at IS NOT NULL) = (purged_at IS NOT NULL)) AND ((purged_at IS NOT NULL) = (callback_secret_hash IS NULL)))),
    CONSTRAINT integration_job_result_check CHECK (((jsonb_typeof(result) = 'object'::text) AND (octet_length((result)::text) <= 16384))),
    CONSTRAINT integration_job_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'sent'::text, 'awaiting_callback'::text, 'succeeded'::text, 'failed'::text, 'cancelled'::text, 'expired'::text])))
);
ALTER TABLE ONLY jobs.integration_job ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY jobs.integration_job FORCE ROW LEVEL SECURITY;

ALTER TABLE jobs.integration_job OWNER TO velaurum_owner;

CREATE TABLE jobs.integration_step (
    org_id uuid NOT NULL,
    job_id uuid NOT NULL,
    number integer NOT NULL,
    state text NOT NULL,
    actor_id uuid NOT NULL,
    credential_id uuid,
    request_id uuid,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT integration_step_number_check CHECK ((number > 0))
);
ALTER TABLE ONLY jobs.integration_step ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY jobs.integration_step FORCE ROW LEVEL SECURITY;

ALTER TABLE jobs.integration_step OWNER TO velaurum_owner;

CREATE TABLE jobs.reminder (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    at timestamp with time zone NOT NULL,
    permission text NOT NULL,
    raised_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    ended_at timestamp with time zone,
    acknowledged_at timestamp with time zone,
    acknowledged_by uuid,
    credential_id uuid,
    request_id uuid,
    CONSTRAINT reminder_acknowledged_check CHECK ((num_nonnulls(acknowledged_at, acknowledged_by, credential_id, request_id) = ANY (ARRAY[0, 4]))),
    CONSTRAINT reminder_kind_check CHECK ((kind ~ '^[a-z][a-z-]{0,62}$'::text)),
    CONSTRAINT reminder_permission_check CHECK ((permission <> ''::text)),
    CONSTRAINT reminder_subject_check CHECK (((char_length(subject) >= 1) AND (char_length(subject) <= 64)))
);
ALTER TABLE ONLY jobs.reminder ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY jobs.reminder FORCE ROW LEVEL SECURITY;

ALTER TABLE jobs.reminder OWNER TO velaurum_owner;

CREATE TABLE keys.data_key (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    subject_id uuid,
    version integer NOT NULL,
    state text DEFAULT 'active'::text NOT NULL,
    wrapped bytea,
    wrapping_key_id uuid,
    sealed_count bigint DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    retired_at timestamp with time zone,
    ended_at timestamp with time zone,
    share_seal bytea,
    CONSTRAINT data_key_cap_check CHECK (((sealed_count >= 0) AND (sealed_count <= '2147483648'::bigint))),
    CONSTRAINT data_key_check CHECK (((wrapped IS NULL) OR (wrapping_key_id IS NOT NULL))),
    CONSTRAINT data_key_check1 CHECK (((subject_id IS NOT NULL) OR (state <> 'erased'::text))),
    CONSTRAINT data_key_ended_check CHECK (((ended_at IS NULL) = (wrapped IS NOT NULL))),
    CONSTRAINT data_key_kept_check CHECK (((wrapped IS NULL) = (state = ANY (ARRAY['erased'::text, 'destroyed'::text])))),
    CONSTRAINT data_key_share_seal_check CHECK (((share_seal IS NULL) OR ((subject_id IS NOT NULL) AND (octet_length(share_seal) = 28)))),
    CONSTRAINT data_key_state_check CHECK ((state = ANY (ARRAY['active'::text, 'opens-only'::text, 'erased'::text, 'destroyed'::text]))),
    CONSTRAINT data_key_version_check CHECK ((version > 0)),
    CONSTRAINT data_key_wrapped_length_check CHECK (((octet_length(wrapped) >= 32) AND (octet_length(wrapped) <= 4096)))
);
ALTER TABLE ONLY keys.data_key ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY keys.data_key FORCE ROW LEVEL SECURITY;

ALTER TABLE keys.data_key OWNER TO velaurum_owner;

CREATE TABLE keys.index_key (
    org_id uuid NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT index_key_sealed_check CHECK ((octet_length(sealed) = 80))
);
ALTER TABLE ONLY keys.index_key ALTER COLUMN org_id SET (n_distinct=-1);

ALTER TABLE ONLY keys.index_key FORCE ROW LEVEL SECURITY;

ALTER TABLE keys.index_key OWNER TO velaurum_owner;

CREATE TABLE keys.wrapping_key (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    provider text NOT NULL,
    name text NOT NULL,
    key_version text CONSTRAINT wrapping_key_version_not_null NOT NULL,
    state text DEFAULT 'active'::text NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    retired_at timestamp with time zone,
    destroyed_at timestamp with time zone,
    CONSTRAINT wrapping_key_check CHECK (((retired_at IS NULL) = (state = 'active'::text))),
    CONSTRAINT wrapping_key_check1 CHECK (((destroyed_at IS NULL) = (state <> 'destroyed'::text))),
    CONSTRAINT wrapping_key_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 255))),
    CONSTRAINT wrapping_key_provider_check CHECK ((provider ~ '^[a-z][a-z0-9-]{0,30}$'::text)),
    CONSTRAINT wrapping_key_state_check CHECK ((state = ANY (ARRAY['active'::text, 'retired'::text, 'destroyed'::text]))),
    CONSTRAINT wrapping_key_version_check CHECK (((char_length(key_version) >= 1) AND (char_length(key_version) <= 255)))
);
ALTER TABLE ONLY keys.wrapping_key ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY keys.wrapping_key FORCE ROW LEVEL SECURITY;

ALTER TABLE keys.wrapping_key OWNER TO velaurum_owner;

CREATE VIEW keys.wrapping_key_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'id'::text))::uuid
            ELSE NULL::uuid
        END AS id,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'provider'::text)
            ELSE NULL::text
        END AS provider,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'name'::text)
            ELSE NULL::text
        END AS name,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'key_version'::text)
            ELSE NULL::text
        END AS key_version,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'state'::text)
            ELSE NULL::text
        END AS state,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS created_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'retired_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS retired_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'destroyed_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS destroyed_at
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'wrapping-key'::text) AND (v.action <> 'removed'::text));

ALTER VIEW keys.wrapping_key_history OWNER TO velaurum_owner;

CREATE VIEW ledger.approval_answer WITH (security_invoker='true') AS
 SELECT r.org_id,
    r.id,
        CASE
            WHEN (u.id IS NOT NULL) THEN 'used'::text
            WHEN (a.outcome = 'rejected'::text) THEN 'rejected'::text
            WHEN (r.expires_at <= statement_timestamp()) THEN 'expired'::text
            WHEN (a.outcome = 'approved'::text) THEN 'approved'::text
            ELSE 'pending'::text
        END AS status,
    r.kind,
    r.item_id,
    i.code AS item_code,
    (trim_scale(r.quantity))::text AS quantity,
    r.unit,
    r.source_id,
    s.code AS source_code,
    s.sub_org_id AS source_sub_org_id,
    (NOT s.holds_stock) AS source_is_shared,
    r.target_id,
    t.code AS target_code,
    t.sub_org_id AS target_sub_org_id,
    (NOT t.holds_stock) AS target_is_shared,
    platform.instant(r.occurred_at) AS occurred_at,
    r.reference,
    r.reason,
    r.reverses_id,
    (trim_scale(r.source_guard))::text AS source_guard,
    (trim_scale(r.target_guard))::text AS target_guard,
    r.requested_by AS requester_id,
    p.kind AS requester_kind,
    p.name AS requester_name,
    platform.instant(r.requested_at) AS requested_at,
    platform.instant(r.expires_at) AS expires_at,
    a.outcome,
    a.decided_by AS decider_id,
    d.kind AS decider_kind,
    d.name AS decider_name,
    platform.instant(a.decided_at) AS decided_at,
    a.reason AS decision_reason,
    u.id AS movement_id,
    (trim_scale(r.stated_quantity))::text AS stated_quantity,
    r.stated_unit,
    r.lot_id,
    k.code AS lot_code,
    r.serial_id,
    o.code AS serial_code,
        CASE
            WHEN s.holds_stock THEN COALESCE(r.source_status, 'available'::text)
            ELSE NULL::text
        END AS source_status,
        CASE
            WHEN t.holds_stock THEN COALESCE(r.target_status, 'available'::text)
            ELSE NULL::text
        END AS target_status
   FROM (((((((((ledger.approval_request r
     JOIN catalog.item i ON (((r.org_id = i.org_id) AND (r.item_id = i.id))))
     LEFT JOIN catalog.location s ON (((r.org_id = s.org_id) AND (r.source_id = s.id))))
     LEFT JOIN catalog.location t ON (((r.org_id = t.org_id) AND (r.target_id = t.id))))
     JOIN identity.principal p ON (((r.org_id = p.org_id) AND (r.requested_by = p.id))))
     LEFT JOIN ledger.approval a ON (((r.org_id = a.org_id) AND (r.id = a.id))))
     LEFT JOIN identity.principal d ON (((a.org_id = d.org_id) AND (a.decided_by = d.id))))
     LEFT JOIN ledger.movement u ON (((r.org_id = u.org_id) AND (r.id = u.approval_id))))
     LEFT JOIN catalog.lot k ON (((r.org_id = k.org_id) AND (r.lot_id = k.id))))
     LEFT JOIN catalog.serial o ON (((r.org_id = o.org_id) AND (r.serial_id = o.id))));

ALTER VIEW ledger.approval_answer OWNER TO velaurum_owner;

CREATE VIEW ledger.approval_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'id'::text))::uuid
            ELSE NULL::uuid
        END AS id,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'outcome'::text)
            ELSE NULL::text
        END AS outcome,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'requested_by'::text))::uuid
            ELSE NULL::uuid
        END AS requested_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'decided_by'::text))::uuid
            ELSE NULL::uuid
        END AS decided_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'credential_id'::text))::uuid
            ELSE NULL::uuid
        END AS credential_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'request_id'::text))::uuid
            ELSE NULL::uuid
        END AS request_id,
        CASE
            WHEN (v.sv >= 1) THEN ( SELECT p_1.value
               FROM audit.personal_value p_1
              WHERE ((p_1.org_id = c.org_id) AND (p_1.change_id = c.id) AND (p_1.name = 'reason'::text)))
            ELSE NULL::text
        END AS reason,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'decided_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS decided_at
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'approval'::text) AND (v.action <> 'removed'::text));

ALTER VIEW ledger.approval_history OWNER TO velaurum_owner;

CREATE VIEW ledger.approval_request_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'id'::text))::uuid
            ELSE NULL::uuid
        END AS id,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'kind'::text)
            ELSE NULL::text
        END AS kind,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'item_id'::text))::uuid
            ELSE NULL::uuid
        END AS item_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'source_id'::text))::uuid
            ELSE NULL::uuid
        END AS source_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'target_id'::text))::uuid
            ELSE NULL::uuid
        END AS target_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'quantity'::text))::numeric(28,9)
            ELSE NULL::numeric
        END AS quantity,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'unit'::text)
            ELSE NULL::text
        END AS unit,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'occurred_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS occurred_at,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'reference'::text)
            ELSE NULL::text
        END AS reference,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'reason'::text)
            ELSE NULL::text
        END AS reason,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'reverses_id'::text))::uuid
            ELSE NULL::uuid
        END AS reverses_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'source_guard'::text))::numeric
            ELSE NULL::numeric
        END AS source_guard,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'target_guard'::text))::numeric
            ELSE NULL::numeric
        END AS target_guard,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'requested_by'::text))::uuid
            ELSE NULL::uuid
        END AS requested_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'credential_id'::text))::uuid
            ELSE NULL::uuid
        END AS credential_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'request_id'::text))::uuid
            ELSE NULL::uuid
        END AS request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'requested_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS requested_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'expires_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS expires_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'stated_quantity'::text))::numeric(28,9)
            ELSE NULL::numeric
        END AS stated_quantity,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'stated_unit'::text)
            ELSE NULL::text
        END AS stated_unit,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'lot_id'::text))::uuid
            ELSE NULL::uuid
        END AS lot_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'serial_id'::text))::uuid
            ELSE NULL::uuid
        END AS serial_id,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'source_status'::text)
            ELSE NULL::text
        END AS source_status,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'target_status'::text)
            ELSE NULL::text
        END AS target_status
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'approval-request'::text) AND (v.action <> 'removed'::text));

ALTER VIEW ledger.approval_request_history OWNER TO velaurum_owner;

CREATE TABLE ledger.approval_rule (
    org_id uuid NOT NULL,
    kind text NOT NULL,
    version bigint NOT NULL,
    is_required boolean NOT NULL,
    above numeric(28,9),
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    created_by uuid NOT NULL,
    credential_id uuid NOT NULL,
    request_id uuid NOT NULL,
    CONSTRAINT approval_rule_above_check CHECK (((above >= (0)::numeric) AND (above < 'Infinity'::numeric))),
    CONSTRAINT approval_rule_check CHECK ((is_required OR (above IS NULL))),
    CONSTRAINT approval_rule_kind_check CHECK ((kind = ANY (ARRAY['opening'::text, 'adjustment'::text, 'scrap'::text, 'return'::text, 'reversal'::text]))),
    CONSTRAINT approval_rule_version_check CHECK ((version > 1))
);
ALTER TABLE ONLY ledger.approval_rule ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY ledger.approval_rule FORCE ROW LEVEL SECURITY;

ALTER TABLE ledger.approval_rule OWNER TO velaurum_owner;

CREATE VIEW ledger.approval_rule_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'kind'::text)
            ELSE NULL::text
        END AS kind,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'version'::text))::bigint
            ELSE NULL::bigint
        END AS version,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'is_required'::text))::boolean
            ELSE NULL::boolean
        END AS is_required,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'above'::text))::numeric(28,9)
            ELSE NULL::numeric
        END AS above,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS created_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_by'::text))::uuid
            ELSE NULL::uuid
        END AS created_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'credential_id'::text))::uuid
            ELSE NULL::uuid
        END AS credential_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'request_id'::text))::uuid
            ELSE NULL::uuid
        END AS request_id
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'approval-rule'::text) AND (v.action <> 'removed'::text));

ALTER VIEW ledger.approval_rule_history OWNER TO velaurum_owner;

CREATE VIEW ledger.period_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'id'::text))::uuid
            ELSE NULL::uuid
        END AS id,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'code'::text)
            ELSE NULL::text
        END AS code,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'code_key'::text)
            ELSE NULL::text
        END AS code_key,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'starts_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS starts_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'ends_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS ends_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'follows_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS follows_at,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'state'::text)
            ELSE NULL::text
        END AS state,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'closed_at_size'::text))::bigint
            ELSE NULL::bigint
        END AS closed_at_size,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'reopen_asked_by'::text))::uuid
            ELSE NULL::uuid
        END AS reopen_asked_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'reopen_asked_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS reopen_asked_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'reopen_credential_id'::text))::uuid
            ELSE NULL::uuid
        END AS reopen_credential_id,
        CASE
            WHEN (v.sv >= 1) THEN ( SELECT p_1.value
               FROM audit.personal_value p_1
              WHERE ((p_1.org_id = c.org_id) AND (p_1.change_id = c.id) AND (p_1.name = 'reopen_reason'::text)))
            ELSE NULL::text
        END AS reopen_reason,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'version'::text))::bigint
            ELSE NULL::bigint
        END AS version,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS created_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_by'::text))::uuid
            ELSE NULL::uuid
        END AS created_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'updated_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS updated_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'updated_by'::text))::uuid
            ELSE NULL::uuid
        END AS updated_by
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'period'::text) AND (v.action <> 'removed'::text));

ALTER VIEW ledger.period_history OWNER TO velaurum_owner;

CREATE TABLE platform.administrator (
    id uuid NOT NULL,
    name text NOT NULL,
    secret_hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    created_by text NOT NULL,
    revoked_at timestamp with time zone,
    revoked_by text,
    CONSTRAINT administrator_created_by_check CHECK (((char_length(created_by) >= 1) AND (char_length(created_by) <= 120))),
    CONSTRAINT administrator_name_check CHECK ((name <> ''::text)),
    CONSTRAINT administrator_revoked_by_check CHECK (((char_length(revoked_by) >= 1) AND (char_length(revoked_by) <= 120))),
    CONSTRAINT administrator_revoked_check CHECK (((revoked_at IS NULL) = (revoked_by IS NULL))),
    CONSTRAINT administrator_secret_hash_check CHECK ((octet_length(secret_hash) = 32))
);

ALTER TABLE platform.administrator OWNER TO velaurum_owner;

CREATE TABLE platform.boot (
    id uuid NOT NULL,
    release text NOT NULL,
    registry_hash bytea NOT NULL,
    started_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    seen_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    ended_at timestamp with time zone,
    events_lost bigint DEFAULT 0 NOT NULL,
    CONSTRAINT boot_events_lost_check CHECK ((events_lost >= 0)),
    CONSTRAINT boot_registry_hash_check CHECK ((octet_length(registry_hash) = 32)),
    CONSTRAINT boot_release_check CHECK (((char_length(release) >= 1) AND (char_length(release) <= 40)))
);

ALTER TABLE platform.boot OWNER TO velaurum_owner;

CREATE TABLE platform.claim (
    id uuid NOT NULL,
    secret_hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT claim_life_check CHECK (((expires_at > created_at) AND (expires_at <= (created_at + '00:30:00'::interval)))),
    CONSTRAINT claim_secret_hash_check CHECK ((octet_length(secret_hash) = 32))
);

ALTER TABLE platform.claim OWNER TO velaurum_owner;

CREATE TABLE platform.column_rename (
    id bigint NOT NULL,
    subject text NOT NULL,
    old_name text NOT NULL,
    new_name text NOT NULL,
    CONSTRAINT column_rename_check CHECK ((new_name <> old_name))
);

ALTER TABLE platform.column_rename OWNER TO velaurum_owner;

ALTER TABLE platform.column_rename ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME platform.column_rename_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE platform.meta_checkpoint (
    incarnation integer NOT NULL,
    size bigint NOT NULL,
    note text NOT NULL,
    signed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT meta_checkpoint_incarnation_check CHECK ((incarnation >= 0)),
    CONSTRAINT meta_checkpoint_note_check CHECK ((octet_length(note) <= 65535)),
    CONSTRAINT meta_checkpoint_size_check CHECK ((size > 0))
);

ALTER TABLE platform.meta_checkpoint OWNER TO velaurum_owner;

CREATE TABLE platform.meta_cosignature (
    incarnation integer NOT NULL,
    size bigint NOT NULL,
    name text NOT NULL,
    key_id text NOT NULL,
    line text NOT NULL,
    cosigned_at timestamp with time zone NOT NULL,
    kept_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT meta_cosignature_key_id_check CHECK ((key_id ~ '^[0-9a-f]{8}$'::text)),
    CONSTRAINT meta_cosignature_line_check CHECK ((octet_length(line) <= 1000)),
    CONSTRAINT meta_cosignature_name_check CHECK (((octet_length(name) >= 1) AND (octet_length(name) <= 255)))
);

ALTER TABLE platform.meta_cosignature OWNER TO velaurum_owner;

CREATE TABLE platform.meta_leaf (
    leaf_index bigint NOT NULL,
    entry bytea NOT NULL,
    leaf_hash bytea NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT meta_leaf_check CHECK ((leaf_hash = sha256(('\x00'::bytea || entry)))),
    CONSTRAINT meta_leaf_entry_check CHECK (((octet_length(entry) >= 1) AND (octet_length(entry) <= 65535))),
    CONSTRAINT meta_leaf_leaf_index_check CHECK ((leaf_index >= 0))
);

ALTER TABLE platform.meta_leaf OWNER TO velaurum_owner;

CREATE TABLE platform.meta_tile (
    level smallint NOT NULL,
    n bigint NOT NULL,
    node_hashes bytea NOT NULL,
    root bytea NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT meta_tile_level_check CHECK (((level >= 0) AND (level <= 6))),
    CONSTRAINT meta_tile_n_check CHECK ((n >= 0)),
    CONSTRAINT meta_tile_node_hashes_check CHECK ((octet_length(node_hashes) = 8192)),
    CONSTRAINT meta_tile_root_check CHECK ((octet_length(root) = 32))
);

ALTER TABLE platform.meta_tile OWNER TO velaurum_owner;

CREATE TABLE platform.meta_timestamp (
    incarnation integer NOT NULL,
    size bigint NOT NULL,
    stamped_at timestamp with time zone NOT NULL,
    authority text NOT NULL,
    reply bytea NOT NULL,
    kept_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT meta_timestamp_authority_check CHECK (((octet_length(authority) >= 1) AND (octet_length(authority) <= 255))),
    CONSTRAINT meta_timestamp_reply_check CHECK (((octet_length(reply) >= 1) AND (octet_length(reply) <= 65536)))
);

ALTER TABLE platform.meta_timestamp OWNER TO velaurum_owner;

CREATE TABLE platform.migration (
    name text NOT NULL,
    checksum bytea NOT NULL,
    applied_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    applied_by name DEFAULT SESSION_USER NOT NULL
);

ALTER TABLE platform.migration OWNER TO velaurum_owner;

CREATE TABLE platform.schedule (
    name text NOT NULL,
    runs_in text NOT NULL,
    cadence interval NOT NULL,
    began_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone NOT NULL,
    outcome text NOT NULL,
    next_at timestamp with time zone NOT NULL,
    result jsonb,
    CONSTRAINT schedule_cadence_check CHECK ((cadence > '00:00:00'::interval)),
    CONSTRAINT schedule_check CHECK ((ended_at >= began_at)),
    CONSTRAINT schedule_name_check CHECK ((name ~ '^[a-z][a-z-]{0,62}$'::text)),
    CONSTRAINT schedule_outcome_check CHECK ((outcome = ANY (ARRAY['done'::text, 'failed'::text]))),
    CONSTRAINT schedule_result_check CHECK (((jsonb_typeof(result) = 'object'::text) AND (octet_length((result)::text) <= 4096))),
    CONSTRAINT schedule_runs_in_check CHECK ((runs_in = ANY (ARRAY['server'::text, 'worker'::text, 'process beside the server'::text])))
);

ALTER TABLE platform.schedule OWNER TO velaurum_owner;

CREATE TABLE platform.shape (
    subject text NOT NULL,
    sv integer NOT NULL,
    columns jsonb NOT NULL,
    renames bigint NOT NULL,
    made_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT shape_columns_check CHECK ((jsonb_typeof(columns) = 'object'::text)),
    CONSTRAINT shape_renames_check CHECK ((renames >= 0)),
    CONSTRAINT shape_sv_check CHECK ((sv > 0))
);

ALTER TABLE platform.shape OWNER TO velaurum_owner;

CREATE TABLE platform.statement_tally (
    boot_id uuid NOT NULL,
    statement text NOT NULL,
    types oid[] NOT NULL,
    query_id bigint,
    calls bigint NOT NULL,
    unanswered bigint NOT NULL,
    CONSTRAINT statement_tally_calls_check CHECK ((calls >= 0)),
    CONSTRAINT statement_tally_statement_check CHECK (((char_length(statement) >= 1) AND (char_length(statement) <= 120))),
    CONSTRAINT statement_tally_unanswered_check CHECK ((unanswered >= 0))
);

ALTER TABLE platform.statement_tally OWNER TO velaurum_owner;

CREATE TABLE tenancy.access_event (
    org_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    id uuid NOT NULL,
    request_ids uuid[] NOT NULL,
    operations text[] NOT NULL,
    actor_ids uuid[] NOT NULL,
    credential_ids uuid[] NOT NULL,
    statuses smallint[] NOT NULL,
    statements integer NOT NULL,
    applied integer NOT NULL,
    exempt integer NOT NULL,
    org_applied boolean GENERATED ALWAYS AS (((applied + exempt) = statements)) STORED NOT NULL,
    boot_id uuid NOT NULL,
    release text NOT NULL,
    registry_hash bytea NOT NULL,
    recorded_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    subject_id uuid,
    log_size bigint,
    is_encrypted boolean,
    CONSTRAINT access_event_applied_check CHECK ((applied >= 0)),
    CONSTRAINT access_event_check CHECK (((applied + exempt) <= statements)),
    CONSTRAINT access_event_check1 CHECK (((cardinality(operations) = cardinality(request_ids)) AND (cardinality(actor_ids) = cardinality(request_ids)) AND (cardinality(credential_ids) = cardinality(request_ids)) AND (cardinality(statuses) = cardinality(request_ids)) AND (array_position(actor_ids, NULL::uuid) IS NULL) AND (array_position(credential_ids, NULL::uuid) IS NULL))),
    CONSTRAINT access_event_exempt_check CHECK ((exempt >= 0)),
    CONSTRAINT access_event_export_check CHECK ((((log_size IS NULL) = (is_encrypted IS NULL)) AND ((log_size IS NULL) OR (cardinality(request_ids) = 1)))),
    CONSTRAINT access_event_log_size_check CHECK ((log_size >= 0)),
    CONSTRAINT access_event_registry_hash_check CHECK ((octet_length(registry_hash) = 32)),
    CONSTRAINT access_event_release_check CHECK (((char_length(release) >= 1) AND (char_length(release) <= 40))),
    CONSTRAINT access_event_request_ids_check CHECK (((cardinality(request_ids) >= 1) AND (cardinality(request_ids) <= 10000))),
    CONSTRAINT access_event_statements_check CHECK ((statements >= 0)),
    CONSTRAINT access_event_subject_id_check CHECK (((subject_id IS NULL) OR (cardinality(request_ids) = 1)))
);
ALTER TABLE ONLY tenancy.access_event ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY tenancy.access_event FORCE ROW LEVEL SECURITY;

ALTER TABLE tenancy.access_event OWNER TO velaurum_owner;

CREATE VIEW tenancy.org_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'code'::text)
            ELSE NULL::text
        END AS code,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'region'::text)
            ELSE NULL::text
        END AS region,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS created_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'suspended_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS suspended_at
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'org'::text) AND (v.action <> 'removed'::text));

ALTER VIEW tenancy.org_history OWNER TO velaurum_owner;

CREATE TABLE tenancy.sighting (
    org_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    day date NOT NULL,
    actor_id uuid NOT NULL,
    operation text NOT NULL,
    at timestamp with time zone NOT NULL,
    event_id uuid NOT NULL,
    CONSTRAINT sighting_check CHECK ((day = ((at AT TIME ZONE 'UTC'::text))::date)),
    CONSTRAINT sighting_operation_check CHECK (((char_length(operation) >= 1) AND (char_length(operation) <= 120)))
);
ALTER TABLE ONLY tenancy.sighting ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY tenancy.sighting FORCE ROW LEVEL SECURITY;

ALTER TABLE tenancy.sighting OWNER TO velaurum_owner;

CREATE VIEW tenancy.sub_org_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'id'::text))::uuid
            ELSE NULL::uuid
        END AS id,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'code'::text)
            ELSE NULL::text
        END AS code,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'code_key'::text)
            ELSE NULL::text
        END AS code_key,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'name'::text)
            ELSE NULL::text
        END AS name,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'parent_id'::text))::uuid
            ELSE NULL::uuid
        END AS parent_id,
        CASE
            WHEN (v.sv >= 1) THEN
            CASE
                WHEN (c.row_after ? 'path'::text) THEN (ARRAY( SELECT e.value AS e
                   FROM jsonb_array_elements_text((c.row_after -> 'path'::text)) e(value)))::uuid[]
                ELSE NULL::uuid[]
            END
            ELSE NULL::uuid[]
        END AS path,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'version'::text))::bigint
            ELSE NULL::bigint
        END AS version,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS created_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_by'::text))::uuid
            ELSE NULL::uuid
        END AS created_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'updated_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS updated_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'updated_by'::text))::uuid
            ELSE NULL::uuid
        END AS updated_by
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'sub-org'::text) AND (v.action <> 'removed'::text));

ALTER VIEW tenancy.sub_org_history OWNER TO velaurum_owner;

CREATE TABLE tenancy.suspension (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    action text NOT NULL,
    reason text NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    actor_id uuid NOT NULL,
    CONSTRAINT suspension_action_check CHECK ((action = ANY (ARRAY['suspended'::text, 'resumed'::text]))),
    CONSTRAINT suspension_reason_check CHECK (((char_length(reason) >= 1) AND (char_length(reason) <= 200)))
);
ALTER TABLE ONLY tenancy.suspension ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY tenancy.suspension FORCE ROW LEVEL SECURITY;

ALTER TABLE tenancy.suspension OWNER TO velaurum_owner;

CREATE VIEW tenancy.suspension_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'id'::text))::uuid
            ELSE NULL::uuid
        END AS id,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'action'::text)
            ELSE NULL::text
        END AS action,
        CASE
            WHEN (v.sv >= 1) THEN ( SELECT p_1.value
               FROM audit.personal_value p_1
              WHERE ((p_1.org_id = c.org_id) AND (p_1.change_id = c.id) AND (p_1.name = 'reason'::text)))
            ELSE NULL::text
        END AS reason,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'actor_id'::text))::uuid
            ELSE NULL::uuid
        END AS actor_id
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'suspension'::text) AND (v.action <> 'removed'::text));

ALTER VIEW tenancy.suspension_history OWNER TO velaurum_owner;

CREATE TABLE transport.queue (
    org_id uuid NOT NULL,
    published_through bigint DEFAULT '-1'::integer NOT NULL,
    lease_id uuid,
    free_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT queue_published_through_check CHECK ((published_through >= '-1'::integer))
);
ALTER TABLE ONLY transport.queue ALTER COLUMN org_id SET (n_distinct=-1);

ALTER TABLE ONLY transport.queue FORCE ROW LEVEL SECURITY;

ALTER TABLE transport.queue OWNER TO velaurum_owner;

CREATE TABLE webhooks.act (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    delivery_id uuid NOT NULL,
    action text NOT NULL,
    actor_id uuid NOT NULL,
    credential_id uuid NOT NULL,
    request_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT act_action_check CHECK ((action = ANY (ARRAY['tested'::text, 'redelivered'::text])))
);
ALTER TABLE ONLY webhooks.act ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY webhooks.act FORCE ROW LEVEL SECURITY;

ALTER TABLE webhooks.act OWNER TO velaurum_owner;

CREATE TABLE webhooks.attempt (
    org_id uuid NOT NULL,
    delivery_id uuid NOT NULL,
    number integer NOT NULL,
    began_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    outcome text NOT NULL,
    status_class integer,
    latency_ms integer,
    error_code text,
    CONSTRAINT attempt_check CHECK (((error_code IS NULL) = (outcome = 'delivered'::text))),
    CONSTRAINT attempt_check1 CHECK (((latency_ms IS NULL) = (outcome = 'lost'::text))),
    CONSTRAINT attempt_check2 CHECK ((began_at <= ended_at)),
    CONSTRAINT attempt_error_code_check CHECK ((error_code ~ '^[a-z][a-z0-9-]{0,62}$'::text)),
    CONSTRAINT attempt_latency_ms_check CHECK ((latency_ms >= 0)),
    CONSTRAINT attempt_number_check CHECK ((number > 0)),
    CONSTRAINT attempt_outcome_check CHECK ((outcome = ANY (ARRAY['delivered'::text, 'failed'::text, 'lost'::text]))),
    CONSTRAINT attempt_status_class_check CHECK (((status_class >= 1) AND (status_class <= 5)))
);
ALTER TABLE ONLY webhooks.attempt ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY webhooks.attempt FORCE ROW LEVEL SECURITY;

ALTER TABLE webhooks.attempt OWNER TO velaurum_owner;

CREATE TABLE webhooks.delivery (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    event_id text,
    type text NOT NULL,
    body text NOT NULL,
    state text DEFAULT 'pending'::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    tries integer DEFAULT 0 NOT NULL,
    due_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    lease uuid,
    leased_until timestamp with time zone,
    tried_at timestamp with time zone,
    error_code text,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT delivery_attempts_check CHECK ((attempts >= 0)),
    CONSTRAINT delivery_body_check CHECK (((octet_length(body) >= 2) AND (octet_length(body) <= 20000))),
    CONSTRAINT delivery_check CHECK (((tries >= 0) AND (tries <= attempts))),
    CONSTRAINT delivery_check1 CHECK (((lease IS NULL) = (leased_until IS NULL))),
    CONSTRAINT delivery_check2 CHECK (((tried_at IS NULL) = (attempts = 0))),
    CONSTRAINT delivery_check3 CHECK (((ended_at IS NULL) = (state = 'pending'::text))),
    CONSTRAINT delivery_check4 CHECK (((state <> 'delivered'::text) OR (error_code IS NULL))),
    CONSTRAINT delivery_error_code_check CHECK ((error_code ~ '^[a-z][a-z0-9-]{0,62}$'::text)),
    CONSTRAINT delivery_event_id_check CHECK (((char_length(event_id) >= 1) AND (char_length(event_id) <= 255))),
    CONSTRAINT delivery_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'delivered'::text, 'dead'::text]))),
    CONSTRAINT delivery_type_check CHECK ((type ~ '^[a-z][a-z0-9.-]{0,120}$'::text))
);
ALTER TABLE ONLY webhooks.delivery ALTER COLUMN org_id SET (n_distinct=2);

ALTER TABLE ONLY webhooks.delivery FORCE ROW LEVEL SECURITY;

ALTER TABLE webhooks.delivery OWNER TO velaurum_owner;

CREATE VIEW webhooks.endpoint_history WITH (security_invoker='true') AS
 SELECT v.org_id,
    v.log_index,
    v.recorded_at AS valid_from,
    ( SELECT n.recorded_at
           FROM audit.version n
          WHERE ((n.org_id = v.org_id) AND (n.subject = v.subject) AND (n.subject_id = v.subject_id) AND (n.log_index > v.log_index))
          ORDER BY n.log_index
         LIMIT 1) AS valid_to,
    v.subject_id,
    v.action AS change_action,
    c.actor_id AS change_actor_id,
    p.kind AS change_actor_kind,
    c.credential_id AS change_credential_id,
    c.request_id AS change_request_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'id'::text))::uuid
            ELSE NULL::uuid
        END AS id,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'code'::text)
            ELSE NULL::text
        END AS code,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'name'::text)
            ELSE NULL::text
        END AS name,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'url'::text)
            ELSE NULL::text
        END AS url,
        CASE
            WHEN (v.sv >= 1) THEN
            CASE
                WHEN (c.row_after ? 'event_types'::text) THEN ARRAY( SELECT e.value AS e
                   FROM jsonb_array_elements_text((c.row_after -> 'event_types'::text)) e(value))
                ELSE NULL::text[]
            END
            ELSE NULL::text[]
        END AS event_types,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'generation'::text))::integer
            ELSE NULL::integer
        END AS generation,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'key_id'::text)
            ELSE NULL::text
        END AS key_id,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'older_until'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS older_until,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'from_index'::text))::bigint
            ELSE NULL::bigint
        END AS from_index,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'version'::text))::bigint
            ELSE NULL::bigint
        END AS version,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS created_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'created_by'::text))::uuid
            ELSE NULL::uuid
        END AS created_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'updated_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS updated_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'updated_by'::text))::uuid
            ELSE NULL::uuid
        END AS updated_by,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'disabled_at'::text))::timestamp with time zone
            ELSE NULL::timestamp with time zone
        END AS disabled_at,
        CASE
            WHEN (v.sv >= 1) THEN ((c.row_after ->> 'disabled_by'::text))::uuid
            ELSE NULL::uuid
        END AS disabled_by,
        CASE
            WHEN (v.sv >= 1) THEN (c.row_after ->> 'disabled_reason'::text)
            ELSE NULL::text
        END AS disabled_reason
   FROM ((audit.version v
     JOIN audit.change c ON (((v.org_id = c.org_id) AND (v.change_id = c.id))))
     JOIN identity.principal p ON (((c.org_id = p.org_id) AND (c.actor_id = p.id))))
  WHERE ((v.subject = 'webhook-endpoint'::text) AND (v.action <> 'removed'::text));

ALTER VIEW webhooks.endpoint_history OWNER TO velaurum_owner;

ALTER TABLE ONLY audit.anchor
    ADD CONSTRAINT anchor_checkpoint_key UNIQUE (org_id, incarnation, size);

ALTER TABLE ONLY audit.anchor
    ADD CONSTRAINT anchor_pkey PRIMARY KEY (org_id, leaf_index);

ALTER TABLE ONLY audit.change
    ADD CONSTRAINT change_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY audit.checkpoint
    ADD CONSTRAINT checkpoint_pkey PRIMARY KEY (org_id, incarnation, size);

ALTER TABLE ONLY audit.cosignature
    ADD CONSTRAINT cosignature_pkey PRIMARY KEY (org_id, incarnation, size, name, key_id);

ALTER TABLE ONLY audit.export
    ADD CONSTRAINT export_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY audit.incarnation
    ADD CONSTRAINT incarnation_number_key UNIQUE (org_id, number);

ALTER TABLE ONLY audit.incarnation
    ADD CONSTRAINT incarnation_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY audit.log_key
    ADD CONSTRAINT log_key_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY audit.log_key
    ADD CONSTRAINT log_key_state_key UNIQUE (org_id, public_key, state);

ALTER TABLE ONLY audit.personal_value
    ADD CONSTRAINT personal_value_pkey PRIMARY KEY (org_id, change_id, name);

ALTER TABLE ONLY audit.tile
    ADD CONSTRAINT tile_pkey PRIMARY KEY (org_id, level, n);

ALTER TABLE ONLY audit.verification
    ADD CONSTRAINT verification_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY audit.version
    ADD CONSTRAINT version_change_key UNIQUE (org_id, change_id);

ALTER TABLE ONLY audit.version
    ADD CONSTRAINT version_pkey PRIMARY KEY (org_id, log_index);

ALTER TABLE ONLY audit.version
    ADD CONSTRAINT version_subject_key UNIQUE (org_id, subject, subject_id, log_index);

ALTER TABLE ONLY catalog.item
    ADD CONSTRAINT item_code_key UNIQUE (org_id, code);

ALTER TABLE ONLY catalog.item
    ADD CONSTRAINT item_code_key_key UNIQUE (org_id, code_key);

ALTER TABLE ONLY catalog.item
    ADD CONSTRAINT item_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY catalog.location
    ADD CONSTRAINT location_code_key UNIQUE (org_id, code);

ALTER TABLE ONLY catalog.location
    ADD CONSTRAINT location_code_key_key UNIQUE (org_id, code_key);

ALTER TABLE ONLY catalog.location
    ADD CONSTRAINT location_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY catalog.lot
    ADD CONSTRAINT lot_code_key UNIQUE (org_id, code, item_id);

ALTER TABLE ONLY catalog.lot
    ADD CONSTRAINT lot_code_key_key UNIQUE (org_id, code_key, item_id);

ALTER TABLE ONLY catalog.lot
    ADD CONSTRAINT lot_item_key UNIQUE (org_id, item_id, id);

ALTER TABLE ONLY catalog.lot
    ADD CONSTRAINT lot_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY catalog.pack
    ADD CONSTRAINT pack_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY catalog.serial
    ADD CONSTRAINT serial_code_key UNIQUE (org_id, code, item_id);

ALTER TABLE ONLY catalog.serial
    ADD CONSTRAINT serial_code_key_key UNIQUE (org_id, code_key, item_id);

ALTER TABLE ONLY catalog.serial
    ADD CONSTRAINT serial_item_key UNIQUE (org_id, item_id, id);

ALTER TABLE ONLY catalog.serial
    ADD CONSTRAINT serial_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY counting.count
    ADD CONSTRAINT count_code_key UNIQUE (org_id, code);

ALTER TABLE ONLY counting.count
    ADD CONSTRAINT count_code_key_key UNIQUE (org_id, code_key);

ALTER TABLE ONLY counting.count_line
    ADD CONSTRAINT count_line_idempotency_key_key UNIQUE (org_id, count_id, idempotency_key);

ALTER TABLE ONLY counting.count_line
    ADD CONSTRAINT count_line_pkey PRIMARY KEY (org_id, count_id, number);

ALTER TABLE ONLY counting.count
    ADD CONSTRAINT count_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY counting.count
    ADD CONSTRAINT count_place_key UNIQUE (org_id, id, location_id);

ALTER TABLE ONLY events.inbox
    ADD CONSTRAINT inbox_pkey PRIMARY KEY (org_id, consumer, message_id);

ALTER TABLE ONLY events.subscriber
    ADD CONSTRAINT subscriber_pkey PRIMARY KEY (org_id, name);

ALTER TABLE ONLY fence.migration_window
    ADD CONSTRAINT migration_window_pkey PRIMARY KEY (xid);

ALTER TABLE ONLY fence.protected
    ADD CONSTRAINT protected_pkey PRIMARY KEY (classid, objid);

ALTER TABLE ONLY identity.assignment
    ADD CONSTRAINT assignment_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY identity.break_glass
    ADD CONSTRAINT break_glass_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY identity.break_glass
    ADD CONSTRAINT break_glass_requested_by_key UNIQUE (org_id, id, requested_by);

ALTER TABLE ONLY identity.break_glass_step
    ADD CONSTRAINT break_glass_step_pkey PRIMARY KEY (org_id, id, step);

ALTER TABLE ONLY identity.erasure
    ADD CONSTRAINT erasure_pkey PRIMARY KEY (org_id, principal_id);

ALTER TABLE ONLY identity.invitation
    ADD CONSTRAINT invitation_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY identity.legal_hold
    ADD CONSTRAINT legal_hold_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY identity.passkey_challenge
    ADD CONSTRAINT passkey_challenge_pkey PRIMARY KEY (org_id, challenge_hash);

ALTER TABLE ONLY identity.passkey
    ADD CONSTRAINT passkey_org_id_credential_id_key UNIQUE (org_id, credential_id);

ALTER TABLE ONLY identity.passkey
    ADD CONSTRAINT passkey_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY identity.passkey_use
    ADD CONSTRAINT passkey_use_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY identity.password
    ADD CONSTRAINT password_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY identity.principal
    ADD CONSTRAINT principal_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY identity.provider
    ADD CONSTRAINT provider_org_id_code_key UNIQUE (org_id, code);

ALTER TABLE ONLY identity.provider
    ADD CONSTRAINT provider_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY identity.provider_subject
    ADD CONSTRAINT provider_subject_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY identity.recovery_code
    ADD CONSTRAINT recovery_code_org_id_second_factor_id_code_hash_key UNIQUE (org_id, second_factor_id, code_hash);

ALTER TABLE ONLY identity.recovery_code
    ADD CONSTRAINT recovery_code_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY identity.restriction
    ADD CONSTRAINT restriction_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY identity.role
    ADD CONSTRAINT role_id_key UNIQUE (org_id, id);

ALTER TABLE ONLY identity.role
    ADD CONSTRAINT role_pkey PRIMARY KEY (org_id, code);

ALTER TABLE ONLY identity.scim_group
    ADD CONSTRAINT scim_group_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY identity.scim_mapping
    ADD CONSTRAINT scim_mapping_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY identity.scim_member
    ADD CONSTRAINT scim_member_pkey PRIMARY KEY (org_id, group_id, user_id);

ALTER TABLE ONLY identity.scim_user
    ADD CONSTRAINT scim_user_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY identity.second_factor
    ADD CONSTRAINT second_factor_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY identity.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY identity.sign_in_failure
    ADD CONSTRAINT sign_in_failure_pkey PRIMARY KEY (org_id, key_hash);

ALTER TABLE ONLY identity.sign_in
    ADD CONSTRAINT sign_in_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY identity.token
    ADD CONSTRAINT token_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY identity.token_use
    ADD CONSTRAINT token_use_pkey PRIMARY KEY (org_id, token_id);

ALTER TABLE ONLY jobs.act
    ADD CONSTRAINT act_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY jobs.attempt
    ADD CONSTRAINT attempt_pkey PRIMARY KEY (org_id, job_id, number);

ALTER TABLE ONLY jobs.integration_job
    ADD CONSTRAINT integration_job_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY jobs.integration_step
    ADD CONSTRAINT integration_step_pkey PRIMARY KEY (org_id, job_id, number);

ALTER TABLE ONLY jobs.job
    ADD CONSTRAINT job_dedupe_key UNIQUE (org_id, kind, dedupe_key);

ALTER TABLE ONLY jobs.job
    ADD CONSTRAINT job_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY jobs.reminder
    ADD CONSTRAINT reminder_cause_key UNIQUE (org_id, kind, subject, at);

ALTER TABLE ONLY jobs.reminder
    ADD CONSTRAINT reminder_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY keys.data_key
    ADD CONSTRAINT data_key_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY keys.data_key
    ADD CONSTRAINT data_key_version_key UNIQUE NULLS NOT DISTINCT (org_id, subject_id, version);

ALTER TABLE ONLY keys.index_key
    ADD CONSTRAINT index_key_pkey PRIMARY KEY (org_id);

ALTER TABLE ONLY keys.wrapping_key
    ADD CONSTRAINT wrapping_key_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY keys.wrapping_key
    ADD CONSTRAINT wrapping_key_version_key UNIQUE (org_id, provider, name, key_version);

ALTER TABLE ONLY ledger.approval
    ADD CONSTRAINT approval_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY ledger.approval_request
    ADD CONSTRAINT approval_request_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY ledger.approval_request
    ADD CONSTRAINT approval_request_requested_by_key UNIQUE (org_id, id, requested_by);

ALTER TABLE ONLY ledger.approval_rule
    ADD CONSTRAINT approval_rule_pkey PRIMARY KEY (org_id, kind, version);

ALTER TABLE ONLY ledger.balance
    ADD CONSTRAINT balance_stock_key UNIQUE NULLS NOT DISTINCT (org_id, item_id, location_id, lot_id, serial_id, status);

ALTER TABLE ONLY ledger.decision
    ADD CONSTRAINT decision_pkey PRIMARY KEY (org_id, idempotency_key);

ALTER TABLE ONLY ledger.head
    ADD CONSTRAINT head_pkey PRIMARY KEY (org_id);

ALTER TABLE ONLY ledger.movement
    ADD CONSTRAINT movement_id_key UNIQUE (org_id, id);

ALTER TABLE ONLY ledger.movement
    ADD CONSTRAINT movement_idempotency_key_key UNIQUE (org_id, idempotency_key);

ALTER TABLE ONLY ledger.movement_note
    ADD CONSTRAINT movement_note_pkey PRIMARY KEY (org_id, movement_id);

ALTER TABLE ONLY ledger.movement
    ADD CONSTRAINT movement_pkey PRIMARY KEY (org_id, log_index);

ALTER TABLE ONLY ledger.period
    ADD CONSTRAINT period_code_key UNIQUE (org_id, code);

ALTER TABLE ONLY ledger.period
    ADD CONSTRAINT period_code_key_key UNIQUE (org_id, code_key);

ALTER TABLE ONLY ledger.period
    ADD CONSTRAINT period_ends_at_key UNIQUE (org_id, ends_at);

ALTER TABLE ONLY ledger.period
    ADD CONSTRAINT period_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY ledger.period
    ADD CONSTRAINT period_starts_at_key UNIQUE (org_id, starts_at);

ALTER TABLE ONLY platform.administrator
    ADD CONSTRAINT administrator_name_key UNIQUE (name);

ALTER TABLE ONLY platform.administrator
    ADD CONSTRAINT administrator_pkey PRIMARY KEY (id);

ALTER TABLE ONLY platform.boot
    ADD CONSTRAINT boot_pkey PRIMARY KEY (id);

ALTER TABLE ONLY platform.claim
    ADD CONSTRAINT claim_pkey PRIMARY KEY (id);

ALTER TABLE ONLY platform.column_rename
    ADD CONSTRAINT column_rename_pkey PRIMARY KEY (id);

ALTER TABLE ONLY platform.meta_checkpoint
    ADD CONSTRAINT meta_checkpoint_pkey PRIMARY KEY (incarnation, size);

ALTER TABLE ONLY platform.meta_cosignature
    ADD CONSTRAINT meta_cosignature_pkey PRIMARY KEY (incarnation, size, name, key_id);

ALTER TABLE ONLY platform.meta_incarnation
    ADD CONSTRAINT meta_incarnation_pkey PRIMARY KEY (number);

ALTER TABLE ONLY platform.meta_leaf
    ADD CONSTRAINT meta_leaf_pkey PRIMARY KEY (leaf_index);

ALTER TABLE ONLY platform.meta_tile
    ADD CONSTRAINT meta_tile_pkey PRIMARY KEY (level, n);

ALTER TABLE ONLY platform.meta_timestamp
    ADD CONSTRAINT meta_timestamp_pkey PRIMARY KEY (incarnation, size, stamped_at);

ALTER TABLE ONLY platform.migration
    ADD CONSTRAINT migration_pkey PRIMARY KEY (name);

ALTER TABLE ONLY platform.schedule
    ADD CONSTRAINT schedule_pkey PRIMARY KEY (name);

ALTER TABLE ONLY platform.shape
    ADD CONSTRAINT shape_pkey PRIMARY KEY (subject, sv);

ALTER TABLE ONLY platform.statement_tally
    ADD CONSTRAINT statement_tally_pkey PRIMARY KEY (boot_id, statement, types);

ALTER TABLE ONLY tenancy.access_event
    ADD CONSTRAINT access_event_pkey PRIMARY KEY (org_id, at, id);

ALTER TABLE ONLY tenancy.org
    ADD CONSTRAINT org_code_key UNIQUE (code);

ALTER TABLE ONLY tenancy.org
    ADD CONSTRAINT org_pkey PRIMARY KEY (org_id);

ALTER TABLE ONLY tenancy.sighting
    ADD CONSTRAINT sighting_pkey PRIMARY KEY (org_id, subject_id, day, actor_id, operation);

ALTER TABLE ONLY tenancy.sub_org
    ADD CONSTRAINT sub_org_code_key UNIQUE (org_id, code);

ALTER TABLE ONLY tenancy.sub_org
    ADD CONSTRAINT sub_org_code_key_key UNIQUE (org_id, code_key);

ALTER TABLE ONLY tenancy.sub_org
    ADD CONSTRAINT sub_org_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY tenancy.suspension
    ADD CONSTRAINT suspension_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY transport.message
    ADD CONSTRAINT message_pkey PRIMARY KEY (org_id, log_index);

ALTER TABLE ONLY transport.queue
    ADD CONSTRAINT queue_pkey PRIMARY KEY (org_id);

ALTER TABLE ONLY webhooks.act
    ADD CONSTRAINT act_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY webhooks.attempt
    ADD CONSTRAINT attempt_pkey PRIMARY KEY (org_id, delivery_id, number);

ALTER TABLE ONLY webhooks.delivery
    ADD CONSTRAINT delivery_event_key UNIQUE (org_id, endpoint_id, event_id);

ALTER TABLE ONLY webhooks.delivery
    ADD CONSTRAINT delivery_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY webhooks.endpoint
    ADD CONSTRAINT endpoint_code_key UNIQUE (org_id, code);

ALTER TABLE ONLY webhooks.endpoint
    ADD CONSTRAINT endpoint_pkey PRIMARY KEY (org_id, id);

CREATE INDEX change_at_idx ON audit.change USING btree (org_id, at, id);

CREATE INDEX change_subject_idx ON audit.change USING btree (org_id, subject_id);

CREATE INDEX personal_value_key_idx ON audit.personal_value USING btree (org_id, SUBSTRING(decode(split_part(value, '.'::text, 3), 'base64'::text) FROM 5 FOR 16)) WHERE (salt IS NULL);

CREATE INDEX location_parent_idx ON catalog.location USING btree (org_id, parent_id);

CREATE UNIQUE INDEX pack_living_key ON catalog.pack USING btree (org_id, item_id, unit) WHERE (removed_at IS NULL);

CREATE INDEX count_line_stock_key ON counting.count_line USING btree (org_id, stock_key, number);

CREATE INDEX inbox_taken ON events.inbox USING btree (org_id, taken_at);

CREATE UNIQUE INDEX assignment_living_key ON identity.assignment USING btree (org_id, principal_id, role, sub_org_id, is_provisioned) NULLS NOT DISTINCT WHERE (revoked_at IS NULL);

CREATE INDEX invitation_key_idx ON identity.invitation USING btree (org_id, SUBSTRING(decode(split_part(login, '.'::text, 3), 'base64'::text) FROM 5 FOR 16)) WHERE (login ~~ 'VE1.%'::text);

CREATE UNIQUE INDEX invitation_living_key ON identity.invitation USING btree (org_id, principal_id) WHERE ((redeemed_at IS NULL) AND (revoked_at IS NULL));

CREATE UNIQUE INDEX invitation_login_index_key ON identity.invitation USING btree (org_id, login_index) WHERE ((redeemed_at IS NULL) AND (revoked_at IS NULL));

CREATE UNIQUE INDEX invitation_login_key ON identity.invitation USING btree (org_id, login) WHERE ((redeemed_at IS NULL) AND (revoked_at IS NULL));

CREATE INDEX invitation_plain_idx ON identity.invitation USING btree (org_id) WHERE ((login_index IS NULL) AND (redeemed_at IS NULL) AND (revoked_at IS NULL));

CREATE INDEX invitation_principal_idx ON identity.invitation USING btree (org_id, principal_id);

CREATE INDEX legal_hold_of ON identity.legal_hold USING btree (org_id, principal_id, id);

CREATE INDEX passkey_challenge_expires_idx ON identity.passkey_challenge USING btree (org_id, expires_at);

CREATE INDEX passkey_key_idx ON identity.passkey USING btree (org_id, SUBSTRING(decode(split_part(name, '.'::text, 3), 'base64'::text) FROM 5 FOR 16)) WHERE (name ~~ 'VE1.%'::text);

CREATE INDEX passkey_principal_idx ON identity.passkey USING btree (org_id, principal_id);

CREATE INDEX passkey_use_passkey_idx ON identity.passkey_use USING btree (org_id, passkey_id, id DESC);

CREATE INDEX password_key_idx ON identity.password USING btree (org_id, SUBSTRING(decode(split_part(login, '.'::text, 3), 'base64'::text) FROM 5 FOR 16)) WHERE (login ~~ 'VE1.%'::text);

CREATE UNIQUE INDEX password_living_key ON identity.password USING btree (org_id, principal_id) WHERE (revoked_at IS NULL);

CREATE UNIQUE INDEX password_login_index_key ON identity.password USING btree (org_id, login_index) WHERE (revoked_at IS NULL);

CREATE UNIQUE INDEX password_login_key ON identity.password USING btree (org_id, login) WHERE (revoked_at IS NULL);

CREATE INDEX password_plain_idx ON identity.password USING btree (org_id) WHERE ((login_index IS NULL) AND (revoked_at IS NULL));

CREATE INDEX password_principal_idx ON identity.password USING btree (org_id, principal_id);

CREATE INDEX principal_key_idx ON identity.principal USING btree (org_id, SUBSTRING(decode(split_part(name, '.'::text, 3), 'base64'::text) FROM 5 FOR 16)) WHERE (name ~ '^VE1\.[A-Za-z0-9+/]{43}=\.([A-Za-z0-9+/]{4})+([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'::text);

CREATE UNIQUE INDEX provider_subject_index_key ON identity.provider_subject USING btree (org_id, subject_index) WHERE (removed_at IS NULL);

CREATE INDEX provider_subject_key_idx ON identity.provider_subject USING btree (org_id, SUBSTRING(decode(split_part(subject, '.'::text, 3), 'base64'::text) FROM 5 FOR 16)) WHERE (subject ~~ 'VE1.%'::text);

CREATE UNIQUE INDEX provider_subject_living_key ON identity.provider_subject USING btree (org_id, provider_id, subject) WHERE (removed_at IS NULL);

CREATE INDEX provider_subject_plain_idx ON identity.provider_subject USING btree (org_id, provider_id) WHERE ((subject_index IS NULL) AND (removed_at IS NULL));

CREATE INDEX provider_subject_principal_idx ON identity.provider_subject USING btree (org_id, principal_id);

CREATE INDEX restriction_of ON identity.restriction USING btree (org_id, principal_id, id);

CREATE INDEX scim_group_external_id_idx ON identity.scim_group USING btree (org_id, external_id) WHERE (removed_at IS NULL);

CREATE UNIQUE INDEX scim_group_name_living_key ON identity.scim_group USING btree (org_id, display_name_key) WHERE (removed_at IS NULL);

CREATE UNIQUE INDEX scim_mapping_living_key ON identity.scim_mapping USING btree (org_id, group_id, role, sub_org_id) NULLS NOT DISTINCT WHERE (removed_at IS NULL);

CREATE INDEX scim_member_user_id_idx ON identity.scim_member USING btree (org_id, user_id);

CREATE INDEX scim_user_attributes_key_idx ON identity.scim_user USING btree (org_id, SUBSTRING(decode(split_part(attributes, '.'::text, 3), 'base64'::text) FROM 5 FOR 16)) WHERE (attributes ~~ 'VE1.%'::text);

CREATE INDEX scim_user_digest_key_idx ON identity.scim_user USING btree (org_id, SUBSTRING(decode(split_part(attributes_digest, '.'::text, 3), 'base64'::text) FROM 5 FOR 16)) WHERE (attributes_digest ~~ 'VE1.%'::text);

CREATE INDEX scim_user_display_name_idx ON identity.scim_user USING btree (org_id, display_name_key) WHERE (removed_at IS NULL);

CREATE INDEX scim_user_display_name_index_idx ON identity.scim_user USING btree (org_id, display_name_index) WHERE (removed_at IS NULL);

CREATE INDEX scim_user_external_id_idx ON identity.scim_user USING btree (org_id, external_id) WHERE (removed_at IS NULL);

CREATE INDEX scim_user_external_id_index_idx ON identity.scim_user USING btree (org_id, external_id_index) WHERE (removed_at IS NULL);

CREATE INDEX scim_user_external_id_key_idx ON identity.scim_user USING btree (org_id, SUBSTRING(decode(split_part(external_id, '.'::text, 3), 'base64'::text) FROM 5 FOR 16)) WHERE (external_id ~~ 'VE1.%'::text);

CREATE UNIQUE INDEX scim_user_name_index_key ON identity.scim_user USING btree (org_id, user_name_index) WHERE (removed_at IS NULL);

CREATE UNIQUE INDEX scim_user_name_living_key ON identity.scim_user USING btree (org_id, user_name_key) WHERE (removed_at IS NULL);

CREATE INDEX scim_user_plain_idx ON identity.scim_user USING btree (org_id) WHERE ((removed_at IS NULL) AND ((user_name_key IS NOT NULL) OR (display_name_key IS NOT NULL) OR (external_id !~~ 'VE1.%'::text)));

CREATE INDEX scim_user_principal_idx ON identity.scim_user USING btree (org_id, principal_id);

CREATE UNIQUE INDEX scim_user_principal_living_key ON identity.scim_user USING btree (org_id, principal_id) WHERE (removed_at IS NULL);

CREATE INDEX scim_user_user_name_key_idx ON identity.scim_user USING btree (org_id, SUBSTRING(decode(split_part(user_name, '.'::text, 3), 'base64'::text) FROM 5 FOR 16)) WHERE (user_name ~~ 'VE1.%'::text);

CREATE INDEX second_factor_key_idx ON identity.second_factor USING btree (org_id, SUBSTRING(sealed FROM 5 FOR 16)) WHERE (sealed IS NOT NULL);

CREATE UNIQUE INDEX second_factor_living_key ON identity.second_factor USING btree (org_id, principal_id) WHERE ((revoked_at IS NULL) AND (confirmed_at IS NOT NULL));

CREATE UNIQUE INDEX second_factor_waiting_key ON identity.second_factor USING btree (org_id, principal_id) WHERE ((revoked_at IS NULL) AND (confirmed_at IS NULL));

CREATE INDEX session_living_idx ON identity.session USING btree (org_id, principal_id) WHERE (ended_at IS NULL);

CREATE INDEX sign_in_expiry_idx ON identity.sign_in USING btree (org_id, expires_at);

CREATE INDEX sign_in_failure_owed_until_idx ON identity.sign_in_failure USING btree (org_id, owed_until);

CREATE INDEX token_principal_id_idx ON identity.token USING btree (org_id, principal_id);

CREATE INDEX act_of_job ON jobs.act USING btree (org_id, job_id);

CREATE INDEX integration_job_open ON jobs.integration_job USING btree (org_id, expires_at) WHERE (ended_at IS NULL);

CREATE INDEX job_ended ON jobs.job USING btree (org_id, ended_at) WHERE (ended_at IS NOT NULL);

CREATE INDEX job_waiting ON jobs.job USING btree (org_id, lane, tag) WHERE (state = 'queued'::text);

CREATE INDEX reminder_ended ON jobs.reminder USING btree (org_id, ended_at) WHERE (ended_at IS NOT NULL);

CREATE INDEX reminder_open ON jobs.reminder USING btree (org_id, id) WHERE (ended_at IS NULL);

CREATE UNIQUE INDEX data_key_active_key ON keys.data_key USING btree (org_id, subject_id) NULLS NOT DISTINCT WHERE (state = 'active'::text);

CREATE INDEX data_key_opens_only_idx ON keys.data_key USING btree (org_id, id) WHERE (state = 'opens-only'::text);

CREATE INDEX data_key_wrapping_key_idx ON keys.data_key USING btree (org_id, wrapping_key_id) WHERE (wrapped IS NOT NULL);

CREATE UNIQUE INDEX wrapping_key_active_key ON keys.wrapping_key USING btree (org_id) WHERE (state = 'active'::text);

CREATE UNIQUE INDEX balance_held_serial_key ON ledger.balance USING btree (org_id, held_serial_id) WHERE (held_serial_id IS NOT NULL);

CREATE INDEX balance_location_idx ON ledger.balance USING btree (org_id, location_id);

CREATE INDEX decision_record_idx ON ledger.decision USING btree (org_id, record_id) WHERE (record_id IS NOT NULL);

CREATE UNIQUE INDEX movement_approval_id_key ON ledger.movement USING btree (org_id, approval_id) WHERE (approval_id IS NOT NULL);

CREATE INDEX movement_lot_idx ON ledger.movement USING btree (org_id, lot_id, log_index) WHERE (lot_id IS NOT NULL);

CREATE INDEX movement_note_key_idx ON ledger.movement_note USING btree (org_id, SUBSTRING(sealed FROM 5 FOR 16)) WHERE (sealed IS NOT NULL);

CREATE UNIQUE INDEX movement_reverses_id_key ON ledger.movement USING btree (org_id, reverses_id) WHERE (reverses_id IS NOT NULL);

CREATE INDEX movement_serial_idx ON ledger.movement USING btree (org_id, serial_id, log_index) WHERE (serial_id IS NOT NULL);

CREATE UNIQUE INDEX movement_source_key ON ledger.movement USING btree (org_id, item_id, source_id, lot_id, serial_id, source_status, log_index) WHERE (source_seq IS NOT NULL);

CREATE UNIQUE INDEX movement_target_key ON ledger.movement USING btree (org_id, item_id, target_id, lot_id, serial_id, target_status, log_index) WHERE (target_seq IS NOT NULL);

CREATE UNIQUE INDEX period_first_key ON ledger.period USING btree (org_id) WHERE (follows_at IS NULL);

CREATE INDEX access_event_about ON tenancy.access_event USING btree (org_id, subject_id, at) WHERE (subject_id IS NOT NULL);

CREATE INDEX access_event_export_idx ON tenancy.access_event USING btree (org_id, at, id) WHERE (operations[1] = ANY (ARRAY['getExportArchive'::text, 'exportOrg'::text, 'exportLog'::text]));

CREATE INDEX message_dead ON transport.message USING btree (org_id, dead_at) WHERE (dead_at IS NOT NULL);

CREATE INDEX message_published ON transport.message USING btree (org_id, published_at);

CREATE INDEX message_under_way ON transport.message USING btree (org_id, log_index) WHERE (dead_at IS NULL);

CREATE INDEX act_of_delivery ON webhooks.act USING btree (org_id, delivery_id);

CREATE INDEX attempt_ended ON webhooks.attempt USING btree (org_id, ended_at);

CREATE INDEX delivery_dead ON webhooks.delivery USING btree (org_id, id) WHERE (state = 'dead'::text);

CREATE INDEX delivery_due ON webhooks.delivery USING btree (org_id, endpoint_id, due_at, id) WHERE (state = 'pending'::text);

CREATE INDEX delivery_ended ON webhooks.delivery USING btree (org_id, ended_at) WHERE (ended_at IS NOT NULL);

CREATE INDEX delivery_leased ON webhooks.delivery USING btree (org_id, endpoint_id, leased_until) WHERE ((state = 'pending'::text) AND (leased_until IS NOT NULL));

CREATE INDEX delivery_of_endpoint ON webhooks.delivery USING btree (org_id, endpoint_id, id);

CREATE TRIGGER anchor_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.anchor FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE audit.anchor ENABLE ALWAYS TRIGGER anchor_is_append_only;

CREATE TRIGGER anchor_row_is_append_only BEFORE DELETE OR UPDATE ON audit.anchor FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE audit.anchor ENABLE ALWAYS TRIGGER anchor_row_is_append_only;

CREATE TRIGGER change_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.change FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE audit.change ENABLE ALWAYS TRIGGER change_is_append_only;

CREATE CONSTRAINT TRIGGER change_is_numbered AFTER INSERT ON audit.change DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit.number_change();

ALTER TABLE audit.change ENABLE ALWAYS TRIGGER change_is_numbered;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON audit.export FOR EACH ROW EXECUTE FUNCTION audit.record_change('(export,{id},shared,"{actor_id,began_at,id,recipient}","{plain,instant,plain,plain}",{},"{org_id,created_at,updated_at,updated_by,id}",1,{},f)');

ALTER TABLE audit.export ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON audit.incarnation FOR EACH ROW EXECUTE FUNCTION audit.record_change('(incarnation,{id},shared,"{actor_id,common_size,id,lost_root,lost_size,number,opened_at,size}","{plain,bigint,plain,plain,bigint,plain,instant,bigint}",{reason},"{org_id,created_at,updated_at,updated_by,id}",1,{},f)');

ALTER TABLE audit.incarnation ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON audit.log_key FOR EACH ROW EXECUTE FUNCTION audit.record_change('(log-key,{id},shared,"{actor_id,id,overlap_until,public_key,state,stated_at,verifier_key}","{plain,plain,instant,plain,plain,instant,plain}",{reason},"{org_id,created_at,updated_at,updated_by,id}",1,{},f)');

ALTER TABLE audit.log_key ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON audit.verification FOR EACH ROW EXECUTE FUNCTION audit.record_change('(verification,{id},shared,"{actor_id,began_at,codes,ended_at,findings,id,is_scheduled,program,report_sha256,root,size}","{plain,instant,plain,instant,bigint,plain,plain,plain,plain,plain,bigint}",{},"{org_id,created_at,updated_at,updated_by,id}",1,{},f)');

ALTER TABLE audit.verification ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER change_row_is_append_only BEFORE DELETE OR UPDATE ON audit.change FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE audit.change ENABLE ALWAYS TRIGGER change_row_is_append_only;

CREATE TRIGGER checkpoint_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.checkpoint FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE audit.checkpoint ENABLE ALWAYS TRIGGER checkpoint_is_append_only;

CREATE TRIGGER checkpoint_row_is_append_only BEFORE DELETE OR UPDATE ON audit.checkpoint FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE audit.checkpoint ENABLE ALWAYS TRIGGER checkpoint_row_is_append_only;

CREATE TRIGGER cosignature_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.cosignature FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE audit.cosignature ENABLE ALWAYS TRIGGER cosignature_is_append_only;

CREATE TRIGGER cosignature_row_is_append_only BEFORE DELETE OR UPDATE ON audit.cosignature FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE audit.cosignature ENABLE ALWAYS TRIGGER cosignature_row_is_append_only;

CREATE TRIGGER export_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.export FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE audit.export ENABLE ALWAYS TRIGGER export_is_append_only;

CREATE TRIGGER export_row_is_append_only BEFORE DELETE OR UPDATE ON audit.export FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE audit.export ENABLE ALWAYS TRIGGER export_row_is_append_only;

CREATE TRIGGER incarnation_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.incarnation FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE audit.incarnation ENABLE ALWAYS TRIGGER incarnation_is_append_only;

CREATE TRIGGER incarnation_row_is_append_only BEFORE DELETE OR UPDATE ON audit.incarnation FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE audit.incarnation ENABLE ALWAYS TRIGGER incarnation_row_is_append_only;

CREATE TRIGGER log_key_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.log_key FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE audit.log_key ENABLE ALWAYS TRIGGER log_key_is_append_only;

CREATE TRIGGER log_key_row_is_append_only BEFORE DELETE OR UPDATE ON audit.log_key FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE audit.log_key ENABLE ALWAYS TRIGGER log_key_row_is_append_only;

CREATE TRIGGER personal_value_is_never_altered BEFORE UPDATE OR TRUNCATE ON audit.personal_value FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE audit.personal_value ENABLE ALWAYS TRIGGER personal_value_is_never_altered;

CREATE TRIGGER personal_value_row_is_never_altered BEFORE UPDATE ON audit.personal_value FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE audit.personal_value ENABLE ALWAYS TRIGGER personal_value_row_is_never_altered;

CREATE TRIGGER tile_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.tile FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE audit.tile ENABLE ALWAYS TRIGGER tile_is_append_only;

CREATE TRIGGER tile_row_is_append_only BEFORE DELETE OR UPDATE ON audit.tile FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE audit.tile ENABLE ALWAYS TRIGGER tile_row_is_append_only;

CREATE TRIGGER value_is_under_a_living_key BEFORE INSERT ON audit.personal_value FOR EACH ROW WHEN ((new.salt IS NULL)) EXECUTE FUNCTION audit.require_persons_key();

ALTER TABLE audit.personal_value ENABLE ALWAYS TRIGGER value_is_under_a_living_key;

CREATE TRIGGER verification_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.verification FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE audit.verification ENABLE ALWAYS TRIGGER verification_is_append_only;

CREATE TRIGGER verification_row_is_append_only BEFORE DELETE OR UPDATE ON audit.verification FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE audit.verification ENABLE ALWAYS TRIGGER verification_row_is_append_only;

CREATE TRIGGER version_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit.version FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE audit.version ENABLE ALWAYS TRIGGER version_is_append_only;

CREATE TRIGGER version_row_is_append_only BEFORE DELETE OR UPDATE ON audit.version FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE audit.version ENABLE ALWAYS TRIGGER version_row_is_append_only;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON catalog.item FOR EACH ROW EXECUTE FUNCTION audit.record_change('(item,{id},shared,"{code,code_key,created_at,created_by,id,name,tracking,unit,updated_at,updated_by,version}","{plain,plain,instant,plain,plain,plain,plain,plain,instant,plain,bigint}","{attributes,description}","{org_id,created_at,updated_at,updated_by,id}",1,{},f)');

ALTER TABLE catalog.item ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON catalog.location FOR EACH ROW EXECUTE FUNCTION audit.record_change('(location,{id},sub_org_id,"{code,code_key,created_at,created_by,holds_stock,id,kind,name,parent_id,sub_org_id,updated_at,updated_by,version}","{plain,plain,instant,plain,plain,plain,plain,plain,plain,plain,instant,plain,bigint}",{},"{org_id,created_at,updated_at,updated_by,id}",1,{},f)');

ALTER TABLE catalog.location ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON catalog.lot FOR EACH ROW EXECUTE FUNCTION audit.record_change('(lot,{id},shared,"{code,code_key,created_at,created_by,expires_on,id,item_id,manufactured_on,supplier_lot,updated_at,updated_by,version}","{plain,plain,instant,plain,plain,plain,plain,plain,plain,instant,plain,bigint}",{},"{org_id,created_at,updated_at,updated_by,id}",1,{},f)');

ALTER TABLE catalog.lot ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON catalog.pack FOR EACH ROW EXECUTE FUNCTION audit.record_change('(pack,{id},shared,"{created_at,created_by,denominator,id,item_id,numerator,removed_at,removed_by,unit,updated_at,updated_by,version}","{instant,plain,bigint,plain,plain,bigint,instant,plain,plain,instant,plain,bigint}",{},"{org_id,created_at,updated_at,updated_by,id}",1,{},f)');

ALTER TABLE catalog.pack ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON catalog.serial FOR EACH ROW EXECUTE FUNCTION audit.record_change('(serial,{id},shared,"{code,code_key,created_at,created_by,id,item_id,updated_at,updated_by,version}","{plain,plain,instant,plain,plain,plain,instant,plain,bigint}",{},"{org_id,created_at,updated_at,updated_by,id}",1,{},f)');

ALTER TABLE catalog.serial ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER item_is_tracked_as_it_was BEFORE UPDATE OF tracking ON catalog.item FOR EACH ROW WHEN ((new.tracking <> old.tracking)) EXECUTE FUNCTION catalog.refuse_new_tracking();

ALTER TABLE catalog.item ENABLE ALWAYS TRIGGER item_is_tracked_as_it_was;

CREATE TRIGGER location_is_not_too_deep AFTER INSERT ON catalog.location FOR EACH ROW WHEN ((new.parent_id IS NOT NULL)) EXECUTE FUNCTION catalog.refuse_deep_location();

ALTER TABLE catalog.location ENABLE ALWAYS TRIGGER location_is_not_too_deep;

CREATE TRIGGER location_lies_where_it_was BEFORE UPDATE OF parent_id ON catalog.location FOR EACH ROW WHEN ((new.parent_id IS DISTINCT FROM old.parent_id)) EXECUTE FUNCTION catalog.refuse_new_parent();

ALTER TABLE catalog.location ENABLE ALWAYS TRIGGER location_lies_where_it_was;

CREATE TRIGGER lot_is_never_removed BEFORE DELETE OR TRUNCATE ON catalog.lot FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE catalog.lot ENABLE ALWAYS TRIGGER lot_is_never_removed;

CREATE TRIGGER lot_row_is_never_removed BEFORE DELETE ON catalog.lot FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE catalog.lot ENABLE ALWAYS TRIGGER lot_row_is_never_removed;

CREATE TRIGGER pack_is_never_removed BEFORE DELETE OR TRUNCATE ON catalog.pack FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE catalog.pack ENABLE ALWAYS TRIGGER pack_is_never_removed;

CREATE TRIGGER pack_is_of_an_unknown_unit BEFORE INSERT OR UPDATE OF unit, item_id ON catalog.pack FOR EACH ROW WHEN ((new.removed_at IS NULL)) EXECUTE FUNCTION catalog.refuse_known_unit();

ALTER TABLE catalog.pack ENABLE ALWAYS TRIGGER pack_is_of_an_unknown_unit;

CREATE TRIGGER pack_row_is_never_removed BEFORE DELETE ON catalog.pack FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE catalog.pack ENABLE ALWAYS TRIGGER pack_row_is_never_removed;

CREATE TRIGGER serial_is_never_removed BEFORE DELETE OR TRUNCATE ON catalog.serial FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE catalog.serial ENABLE ALWAYS TRIGGER serial_is_never_removed;

CREATE TRIGGER serial_row_is_never_removed BEFORE DELETE ON catalog.serial FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE catalog.serial ENABLE ALWAYS TRIGGER serial_row_is_never_removed;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON counting.count FOR EACH ROW EXECUTE FUNCTION audit.record_change('(count,{id},"","{approved_by,approved_with,code,code_key,created_at,created_by,finished_at_size,id,is_blind,item_id,location_id,opened_at_size,refusals,state,tolerance,updated_at,updated_by,version,zero_uncounted}","{plain,plain,plain,plain,instant,plain,bigint,plain,plain,plain,plain,bigint,json,plain,numeric,instant,plain,bigint,plain}",{},"{org_id,created_at,updated_at,updated_by,posting_xid,id}",1,{},f)');

ALTER TABLE counting.count ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON counting.count_line FOR EACH ROW EXECUTE FUNCTION audit.record_change('(count-line,"{count_id,number}","","{actor_id,at_size,count_id,credential_id,idempotency_key,item_id,location_id,lot_id,number,quantity,recorded_at,request_id,round,serial_id,status,stock_key}","{plain,bigint,plain,plain,plain,plain,plain,plain,plain,numeric,instant,plain,plain,plain,plain,plain}",{},"{org_id,created_at,updated_at,updated_by}",1,{},f)');

ALTER TABLE counting.count_line ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER count_begins_open BEFORE INSERT ON counting.count FOR EACH ROW EXECUTE FUNCTION counting.refuse_other_beginning();

ALTER TABLE counting.count ENABLE ALWAYS TRIGGER count_begins_open;

CREATE TRIGGER count_goes_one_way BEFORE UPDATE ON counting.count FOR EACH ROW EXECUTE FUNCTION counting.refuse_other_step();

ALTER TABLE counting.count ENABLE ALWAYS TRIGGER count_goes_one_way;

CREATE TRIGGER count_is_never_removed BEFORE DELETE OR TRUNCATE ON counting.count FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE counting.count ENABLE ALWAYS TRIGGER count_is_never_removed;

CREATE TRIGGER count_line_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON counting.count_line FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE counting.count_line ENABLE ALWAYS TRIGGER count_line_is_append_only;

CREATE TRIGGER count_line_is_of_an_open_count BEFORE INSERT ON counting.count_line FOR EACH ROW EXECUTE FUNCTION counting.refuse_late_line();

ALTER TABLE counting.count_line ENABLE ALWAYS TRIGGER count_line_is_of_an_open_count;

CREATE TRIGGER count_line_row_is_append_only BEFORE DELETE OR UPDATE ON counting.count_line FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE counting.count_line ENABLE ALWAYS TRIGGER count_line_row_is_append_only;

CREATE TRIGGER count_row_is_never_removed BEFORE DELETE ON counting.count FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE counting.count ENABLE ALWAYS TRIGGER count_row_is_never_removed;

CREATE TRIGGER inbox_is_never_altered BEFORE UPDATE OR TRUNCATE ON events.inbox FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE events.inbox ENABLE ALWAYS TRIGGER inbox_is_never_altered;

CREATE TRIGGER inbox_is_removed_late BEFORE DELETE ON events.inbox FOR EACH ROW EXECUTE FUNCTION events.guard_removal();

ALTER TABLE events.inbox ENABLE ALWAYS TRIGGER inbox_is_removed_late;

CREATE TRIGGER inbox_row_is_never_altered BEFORE UPDATE ON events.inbox FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE events.inbox ENABLE ALWAYS TRIGGER inbox_row_is_never_altered;

CREATE TRIGGER subscriber_goes_forward BEFORE UPDATE ON events.subscriber FOR EACH ROW EXECUTE FUNCTION events.refuse_going_back();

ALTER TABLE events.subscriber ENABLE ALWAYS TRIGGER subscriber_goes_forward;

CREATE TRIGGER subscriber_is_never_removed BEFORE DELETE OR TRUNCATE ON events.subscriber FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE events.subscriber ENABLE ALWAYS TRIGGER subscriber_is_never_removed;

CREATE TRIGGER subscriber_row_is_never_removed BEFORE DELETE ON events.subscriber FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE events.subscriber ENABLE ALWAYS TRIGGER subscriber_row_is_never_removed;

CREATE TRIGGER assignment_is_never_break_glass BEFORE INSERT OR UPDATE ON identity.assignment FOR EACH ROW WHEN ((new.role = 'break-glass'::text)) EXECUTE FUNCTION identity.refuse_break_glass();

ALTER TABLE identity.assignment ENABLE ALWAYS TRIGGER assignment_is_never_break_glass;

CREATE TRIGGER assignment_is_never_removed BEFORE DELETE OR TRUNCATE ON identity.assignment FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.assignment ENABLE ALWAYS TRIGGER assignment_is_never_removed;

CREATE TRIGGER assignment_row_is_never_removed BEFORE DELETE ON identity.assignment FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.assignment ENABLE ALWAYS TRIGGER assignment_row_is_never_removed;

CREATE TRIGGER attributes_are_only_sealed BEFORE INSERT OR UPDATE OF attributes, display_name_key, display_name_index ON identity.scim_user FOR EACH ROW EXECUTE FUNCTION identity.refuse_plain_text('attributes', 'display_name_index', 'display_name_key', '');

ALTER TABLE identity.scim_user ENABLE ALWAYS TRIGGER attributes_are_only_sealed;

CREATE TRIGGER break_glass_is_an_administrators BEFORE INSERT ON identity.break_glass FOR EACH ROW EXECUTE FUNCTION identity.refuse_loose_request();

ALTER TABLE identity.break_glass ENABLE ALWAYS TRIGGER break_glass_is_an_administrators;

CREATE TRIGGER break_glass_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON identity.break_glass FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.break_glass ENABLE ALWAYS TRIGGER break_glass_is_append_only;

CREATE TRIGGER break_glass_row_is_append_only BEFORE DELETE OR UPDATE ON identity.break_glass FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.break_glass ENABLE ALWAYS TRIGGER break_glass_row_is_append_only;

CREATE TRIGGER break_glass_step_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON identity.break_glass_step FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.break_glass_step ENABLE ALWAYS TRIGGER break_glass_step_is_append_only;

CREATE TRIGGER break_glass_step_is_taken_in_its_time BEFORE INSERT ON identity.break_glass_step FOR EACH ROW EXECUTE FUNCTION identity.refuse_loose_step();

ALTER TABLE identity.break_glass_step ENABLE ALWAYS TRIGGER break_glass_step_is_taken_in_its_time;

CREATE TRIGGER break_glass_step_row_is_append_only BEFORE DELETE OR UPDATE ON identity.break_glass_step FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.break_glass_step ENABLE ALWAYS TRIGGER break_glass_step_row_is_append_only;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON identity.assignment FOR EACH ROW EXECUTE FUNCTION audit.record_change('(assignment,{id},sub_org_id,"{created_at,created_by,id,is_provisioned,principal_id,revoked_at,revoked_by,role,sub_org_id}","{instant,plain,plain,plain,plain,instant,plain,plain,plain}",{},"{org_id,created_at,updated_at,updated_by,id}",1,{},f)');

ALTER TABLE identity.assignment ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON identity.break_glass FOR EACH ROW EXECUTE FUNCTION audit.record_change('(break-glass,{id},shared,"{credential_id,id,life,request_id,requested_at,requested_by}","{plain,plain,interval,plain,instant,plain}",{reason},"{org_id,created_at,updated_at,updated_by,id}",1,{},f)');

ALTER TABLE identity.break_glass ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON identity.break_glass_step FOR EACH ROW EXECUTE FUNCTION audit.record_change('(break-glass-step,"{id,step}",shared,"{actor_id,at,credential_id,expires_at,id,request_id,requested_by,step}","{plain,instant,plain,instant,plain,plain,plain,plain}",{},"{org_id,created_at,updated_at,updated_by}",1,{},f)');

ALTER TABLE identity.break_glass_step ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON identity.invitation FOR EACH ROW EXECUTE FUNCTION audit.record_change('(invitation,{id},"","{created_at,created_by,expires_at,id,principal_id,redeemed_at,revoked_at,revoked_by}","{instant,plain,instant,plain,plain,instant,instant,plain}",{login},"{org_id,created_at,updated_at,updated_by,id,secret_hash,login_index}",1,{login},f)');

ALTER TABLE identity.invitation ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON identity.passkey FOR EACH ROW EXECUTE FUNCTION audit.record_change('(passkey,{id},"","{created_at,created_by,id,principal_id,revoked_at,revoked_by,transports}","{instant,plain,plain,plain,instant,plain,plain}",{name},"{org_id,created_at,updated_at,updated_by,id,credential_id,public_key}",1,{name},f)');

ALTER TABLE identity.passkey ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON identity.password FOR EACH ROW EXECUTE FUNCTION audit.record_change('(password,{id},"","{created_at,created_by,id,invitation_id,principal_id,revoked_at,revoked_by}","{instant,plain,plain,plain,plain,instant,plain}",{login},"{org_id,created_at,updated_at,updated_by,id,phc,login_index}",1,{login},f)');

ALTER TABLE identity.password ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON identity.principal FOR EACH ROW EXECUTE FUNCTION audit.record_change('(principal,{id},sub_org_id,"{created_at,created_by,disabled_at,disabled_by,id,kind,sub_org_id,version}","{instant,plain,instant,plain,plain,plain,plain,bigint}",{name},"{org_id,created_at,updated_at,updated_by,cut_at,id}",1,{name},f)');

ALTER TABLE identity.principal ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON identity.provider FOR EACH ROW EXECUTE FUNCTION audit.record_change('(provider,{id},shared,"{client_auth,client_id,client_secret,code,created_at,created_by,disabled_at,disabled_by,id,issuer,kind,name,tenant_ids,updated_at,updated_by,version}","{plain,plain,plain,plain,instant,plain,instant,plain,plain,plain,plain,plain,plain,instant,plain,bigint}",{},"{org_id,created_at,updated_at,updated_by,id}",1,{},f)');

ALTER TABLE identity.provider ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON identity.provider_subject FOR EACH ROW EXECUTE FUNCTION audit.record_change('(provider-subject,{id},shared,"{created_at,created_by,id,principal_id,provider_id,removed_at,removed_by}","{instant,plain,plain,plain,plain,instant,plain}",{subject},"{org_id,created_at,updated_at,updated_by,id,subject_index}",1,{subject},f)');

ALTER TABLE identity.provider_subject ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON identity.role FOR EACH ROW EXECUTE FUNCTION audit.record_change('(role,{id},shared,"{code,created_at,created_by,id,is_seeded,name,permissions,updated_at,updated_by,version}","{plain,instant,plain,plain,plain,plain,plain,instant,plain,bigint}",{},"{org_id,created_at,updated_at,updated_by,id}",1,{},f)');

ALTER TABLE identity.role ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON identity.scim_group FOR EACH ROW EXECUTE FUNCTION audit.record_change('(scim-group,{id},"","{created_at,created_by,display_name,external_id,id,removed_at,removed_by,updated_by}","{instant,plain,plain,plain,plain,instant,plain,plain}",{},"{org_id,created_at,updated_at,updated_by,display_name_key,version,updated_at,id}",1,{},f)');

ALTER TABLE identity.scim_group ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON identity.scim_mapping FOR EACH ROW EXECUTE FUNCTION audit.record_change('(scim-mapping,{id},sub_org_id,"{created_at,created_by,group_id,id,removed_at,removed_by,role,sub_org_id}","{instant,plain,plain,plain,instant,plain,plain,plain}",{},"{org_id,created_at,updated_at,updated_by,id}",1,{},f)');

ALTER TABLE identity.scim_mapping ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON identity.scim_member FOR EACH ROW EXECUTE FUNCTION audit.record_change('(scim-member,"{group_id,user_id}","","{created_at,created_by,group_id,user_id}","{instant,plain,plain,plain}",{},"{org_id,created_at,updated_at,updated_by}",1,{},f)');

ALTER TABLE identity.scim_member ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON identity.scim_user FOR EACH ROW EXECUTE FUNCTION audit.record_change('(scim-user,{id},"","{created_at,created_by,deactivated_at,id,is_linked,principal_id,removed_at,removed_by,updated_by}","{instant,plain,instant,plain,plain,plain,instant,plain,plain}","{user_name,external_id,attributes_digest}","{org_id,created_at,updated_at,updated_by,attributes,user_name_key,display_name_key,version,updated_at,id,user_name_index,external_id_index,display_name_index}",1,"{user_name,external_id,attributes_digest}",f)');

ALTER TABLE identity.scim_user ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON identity.second_factor FOR EACH ROW EXECUTE FUNCTION audit.record_change('(second-factor,{id},"","{confirmed_at,created_at,created_by,id,principal_id,revoked_at,revoked_by}","{instant,instant,plain,plain,plain,instant,plain}",{},"{org_id,created_at,updated_at,updated_by,last_step,id,sealed}",1,{},f)');

ALTER TABLE identity.second_factor ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON identity.token FOR EACH ROW EXECUTE FUNCTION audit.record_change('(token,{id},sub_org_id,"{created_at,created_by,expires_at,id,principal_id,revoked_at,revoked_by,role,sub_org_id}","{instant,plain,instant,plain,plain,instant,plain,plain,plain}",{},"{org_id,created_at,updated_at,updated_by,id,secret_hash}",1,{},f)');

ALTER TABLE identity.token ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER digest_is_only_sealed BEFORE INSERT OR UPDATE OF attributes_digest ON identity.scim_user FOR EACH ROW EXECUTE FUNCTION identity.refuse_plain_text('attributes_digest', '', '', '');

ALTER TABLE identity.scim_user ENABLE ALWAYS TRIGGER digest_is_only_sealed;

CREATE TRIGGER erasure_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON identity.erasure FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.erasure ENABLE ALWAYS TRIGGER erasure_is_append_only;

CREATE TRIGGER erasure_row_is_append_only BEFORE DELETE OR UPDATE ON identity.erasure FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.erasure ENABLE ALWAYS TRIGGER erasure_row_is_append_only;

CREATE TRIGGER external_id_is_only_sealed BEFORE INSERT OR UPDATE OF external_id, external_id_index ON identity.scim_user FOR EACH ROW EXECUTE FUNCTION identity.refuse_plain_text('external_id', 'external_id_index', '', 'found');

ALTER TABLE identity.scim_user ENABLE ALWAYS TRIGGER external_id_is_only_sealed;

CREATE TRIGGER invitation_is_ended_for_ever BEFORE UPDATE OF redeemed_at, revoked_at, revoked_by ON identity.invitation FOR EACH ROW WHEN (((old.revoked_at IS NOT NULL) OR (old.redeemed_at IS NOT NULL))) EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.invitation ENABLE ALWAYS TRIGGER invitation_is_ended_for_ever;

CREATE TRIGGER invitation_is_never_removed BEFORE DELETE OR TRUNCATE ON identity.invitation FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.invitation ENABLE ALWAYS TRIGGER invitation_is_never_removed;

CREATE TRIGGER invitation_is_only_ended BEFORE UPDATE OF org_id, id, principal_id, secret_hash, created_at, created_by, expires_at ON identity.invitation FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.invitation ENABLE ALWAYS TRIGGER invitation_is_only_ended;

CREATE TRIGGER invitation_row_is_never_removed BEFORE DELETE ON identity.invitation FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.invitation ENABLE ALWAYS TRIGGER invitation_row_is_never_removed;

CREATE TRIGGER legal_hold_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON identity.legal_hold FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.legal_hold ENABLE ALWAYS TRIGGER legal_hold_is_append_only;

CREATE TRIGGER legal_hold_row_is_append_only BEFORE DELETE OR UPDATE ON identity.legal_hold FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.legal_hold ENABLE ALWAYS TRIGGER legal_hold_row_is_append_only;

CREATE TRIGGER login_is_only_sealed BEFORE UPDATE OF login, login_index ON identity.invitation FOR EACH ROW EXECUTE FUNCTION identity.refuse_other_text('login', 'login_index');

ALTER TABLE identity.invitation ENABLE ALWAYS TRIGGER login_is_only_sealed;

CREATE TRIGGER login_is_only_sealed BEFORE UPDATE OF login, login_index ON identity.password FOR EACH ROW EXECUTE FUNCTION identity.refuse_other_text('login', 'login_index');

ALTER TABLE identity.password ENABLE ALWAYS TRIGGER login_is_only_sealed;

CREATE TRIGGER login_is_under_a_living_key BEFORE INSERT OR UPDATE OF login ON identity.invitation FOR EACH ROW WHEN (keys.is_sealed_text(new.login)) EXECUTE FUNCTION keys.require_living_key('login', 'principal_id');

ALTER TABLE identity.invitation ENABLE ALWAYS TRIGGER login_is_under_a_living_key;

CREATE TRIGGER login_is_under_a_living_key BEFORE INSERT OR UPDATE OF login ON identity.password FOR EACH ROW WHEN (keys.is_sealed_text(new.login)) EXECUTE FUNCTION keys.require_living_key('login', 'principal_id');

ALTER TABLE identity.password ENABLE ALWAYS TRIGGER login_is_under_a_living_key;

CREATE TRIGGER login_is_written_sealed BEFORE INSERT ON identity.invitation FOR EACH ROW EXECUTE FUNCTION identity.require_sealed_text('login', 'login_index');

ALTER TABLE identity.invitation ENABLE ALWAYS TRIGGER login_is_written_sealed;

CREATE TRIGGER login_is_written_sealed BEFORE INSERT ON identity.password FOR EACH ROW EXECUTE FUNCTION identity.require_sealed_text('login', 'login_index');

ALTER TABLE identity.password ENABLE ALWAYS TRIGGER login_is_written_sealed;

CREATE TRIGGER name_is_only_sealed BEFORE UPDATE OF name ON identity.passkey FOR EACH ROW EXECUTE FUNCTION identity.refuse_other_text('name', '');

ALTER TABLE identity.passkey ENABLE ALWAYS TRIGGER name_is_only_sealed;

CREATE TRIGGER name_is_under_a_living_key BEFORE INSERT OR UPDATE OF name ON identity.passkey FOR EACH ROW WHEN (keys.is_sealed_text(new.name)) EXECUTE FUNCTION keys.require_living_key('name', 'principal_id');

ALTER TABLE identity.passkey ENABLE ALWAYS TRIGGER name_is_under_a_living_key;

CREATE TRIGGER name_is_under_a_living_key BEFORE INSERT OR UPDATE OF name ON identity.principal FOR EACH ROW WHEN (keys.is_sealed_text(new.name)) EXECUTE FUNCTION keys.require_living_key('name', 'id');

ALTER TABLE identity.principal ENABLE ALWAYS TRIGGER name_is_under_a_living_key;

CREATE TRIGGER name_is_written_sealed BEFORE INSERT ON identity.passkey FOR EACH ROW EXECUTE FUNCTION identity.refuse_plain_text('name', '', '', '');

ALTER TABLE identity.passkey ENABLE ALWAYS TRIGGER name_is_written_sealed;

CREATE TRIGGER name_of_person_is_sealed BEFORE INSERT OR UPDATE OF name, kind ON identity.principal FOR EACH ROW EXECUTE FUNCTION identity.require_sealed_name();

ALTER TABLE identity.principal ENABLE ALWAYS TRIGGER name_of_person_is_sealed;

CREATE TRIGGER passkey_is_never_removed BEFORE DELETE OR TRUNCATE ON identity.passkey FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.passkey ENABLE ALWAYS TRIGGER passkey_is_never_removed;

CREATE TRIGGER passkey_is_only_revoked BEFORE UPDATE OF org_id, id, principal_id, credential_id, public_key, transports, created_at, created_by ON identity.passkey FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.passkey ENABLE ALWAYS TRIGGER passkey_is_only_revoked;

CREATE TRIGGER passkey_is_revoked_for_ever BEFORE UPDATE OF revoked_at, revoked_by ON identity.passkey FOR EACH ROW WHEN ((old.revoked_at IS NOT NULL)) EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.passkey ENABLE ALWAYS TRIGGER passkey_is_revoked_for_ever;

CREATE TRIGGER passkey_row_is_never_removed BEFORE DELETE ON identity.passkey FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.passkey ENABLE ALWAYS TRIGGER passkey_row_is_never_removed;

CREATE TRIGGER passkey_use_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON identity.passkey_use FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.passkey_use ENABLE ALWAYS TRIGGER passkey_use_is_append_only;

CREATE TRIGGER passkey_use_row_is_append_only BEFORE DELETE OR UPDATE ON identity.passkey_use FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.passkey_use ENABLE ALWAYS TRIGGER passkey_use_row_is_append_only;

CREATE TRIGGER password_is_never_removed BEFORE DELETE OR TRUNCATE ON identity.password FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.password ENABLE ALWAYS TRIGGER password_is_never_removed;

CREATE TRIGGER password_is_revoked_for_ever BEFORE UPDATE OF phc, revoked_at, revoked_by ON identity.password FOR EACH ROW WHEN ((old.revoked_at IS NOT NULL)) EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.password ENABLE ALWAYS TRIGGER password_is_revoked_for_ever;

CREATE TRIGGER password_row_is_never_removed BEFORE DELETE ON identity.password FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.password ENABLE ALWAYS TRIGGER password_row_is_never_removed;

CREATE TRIGGER password_stays_its_persons BEFORE UPDATE OF org_id, id, principal_id, invitation_id, created_at, created_by ON identity.password FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.password ENABLE ALWAYS TRIGGER password_stays_its_persons;

CREATE TRIGGER principal_disabled_has_no_session AFTER UPDATE OF disabled_at ON identity.principal FOR EACH ROW WHEN ((new.disabled_at IS NOT NULL)) EXECUTE FUNCTION identity.end_sessions_of_disabled();

ALTER TABLE identity.principal ENABLE ALWAYS TRIGGER principal_disabled_has_no_session;

CREATE TRIGGER principal_disabled_has_no_way_in AFTER UPDATE OF disabled_at ON identity.principal FOR EACH ROW WHEN ((new.disabled_at IS NOT NULL)) EXECUTE FUNCTION identity.end_ways_in_of_disabled();

ALTER TABLE identity.principal ENABLE ALWAYS TRIGGER principal_disabled_has_no_way_in;

CREATE TRIGGER principal_is_never_removed BEFORE DELETE OR TRUNCATE ON identity.principal FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.principal ENABLE ALWAYS TRIGGER principal_is_never_removed;

CREATE TRIGGER principal_row_is_never_removed BEFORE DELETE ON identity.principal FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.principal ENABLE ALWAYS TRIGGER principal_row_is_never_removed;

CREATE TRIGGER provider_is_never_removed BEFORE DELETE OR TRUNCATE ON identity.provider FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.provider ENABLE ALWAYS TRIGGER provider_is_never_removed;

CREATE TRIGGER provider_row_is_never_removed BEFORE DELETE ON identity.provider FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.provider ENABLE ALWAYS TRIGGER provider_row_is_never_removed;

CREATE TRIGGER provider_subject_is_never_removed BEFORE DELETE OR TRUNCATE ON identity.provider_subject FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.provider_subject ENABLE ALWAYS TRIGGER provider_subject_is_never_removed;

CREATE TRIGGER provider_subject_row_is_never_removed BEFORE DELETE ON identity.provider_subject FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.provider_subject ENABLE ALWAYS TRIGGER provider_subject_row_is_never_removed;

CREATE TRIGGER recovery_code_is_never_removed BEFORE DELETE OR TRUNCATE ON identity.recovery_code FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.recovery_code ENABLE ALWAYS TRIGGER recovery_code_is_never_removed;

CREATE TRIGGER recovery_code_is_only_used BEFORE UPDATE OF org_id, id, second_factor_id, code_hash, created_at, created_by ON identity.recovery_code FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.recovery_code ENABLE ALWAYS TRIGGER recovery_code_is_only_used;

CREATE TRIGGER recovery_code_is_used_for_ever BEFORE UPDATE ON identity.recovery_code FOR EACH ROW WHEN (((old.used_at IS NOT NULL) OR (old.revoked_at IS NOT NULL))) EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.recovery_code ENABLE ALWAYS TRIGGER recovery_code_is_used_for_ever;

CREATE TRIGGER recovery_code_row_is_never_removed BEFORE DELETE ON identity.recovery_code FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.recovery_code ENABLE ALWAYS TRIGGER recovery_code_row_is_never_removed;

CREATE TRIGGER restriction_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON identity.restriction FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.restriction ENABLE ALWAYS TRIGGER restriction_is_append_only;

CREATE TRIGGER restriction_row_is_append_only BEFORE DELETE OR UPDATE ON identity.restriction FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.restriction ENABLE ALWAYS TRIGGER restriction_row_is_append_only;

CREATE TRIGGER role_is_never_removed BEFORE DELETE OR TRUNCATE ON identity.role FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.role ENABLE ALWAYS TRIGGER role_is_never_removed;

CREATE TRIGGER role_row_is_never_removed BEFORE DELETE ON identity.role FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.role ENABLE ALWAYS TRIGGER role_row_is_never_removed;

CREATE TRIGGER scim_group_is_never_removed BEFORE DELETE OR TRUNCATE ON identity.scim_group FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.scim_group ENABLE ALWAYS TRIGGER scim_group_is_never_removed;

CREATE TRIGGER scim_group_row_is_never_removed BEFORE DELETE ON identity.scim_group FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.scim_group ENABLE ALWAYS TRIGGER scim_group_row_is_never_removed;

CREATE TRIGGER scim_mapping_is_never_removed BEFORE DELETE OR TRUNCATE ON identity.scim_mapping FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.scim_mapping ENABLE ALWAYS TRIGGER scim_mapping_is_never_removed;

CREATE TRIGGER scim_mapping_row_is_never_removed BEFORE DELETE ON identity.scim_mapping FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.scim_mapping ENABLE ALWAYS TRIGGER scim_mapping_row_is_never_removed;

CREATE TRIGGER scim_user_is_never_removed BEFORE DELETE OR TRUNCATE ON identity.scim_user FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.scim_user ENABLE ALWAYS TRIGGER scim_user_is_never_removed;

CREATE TRIGGER scim_user_row_is_never_removed BEFORE DELETE ON identity.scim_user FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.scim_user ENABLE ALWAYS TRIGGER scim_user_row_is_never_removed;

CREATE TRIGGER sealed_is_under_a_living_key BEFORE INSERT OR UPDATE OF sealed ON identity.second_factor FOR EACH ROW EXECUTE FUNCTION keys.require_living_key('sealed');

ALTER TABLE identity.second_factor ENABLE ALWAYS TRIGGER sealed_is_under_a_living_key;

CREATE TRIGGER second_factor_is_never_removed BEFORE DELETE OR TRUNCATE ON identity.second_factor FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.second_factor ENABLE ALWAYS TRIGGER second_factor_is_never_removed;

CREATE TRIGGER second_factor_is_revoked_for_ever BEFORE UPDATE ON identity.second_factor FOR EACH ROW WHEN (((old.revoked_at IS NOT NULL) OR (new.last_step < old.last_step))) EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.second_factor ENABLE ALWAYS TRIGGER second_factor_is_revoked_for_ever;

CREATE TRIGGER second_factor_row_is_never_removed BEFORE DELETE ON identity.second_factor FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.second_factor ENABLE ALWAYS TRIGGER second_factor_row_is_never_removed;

CREATE TRIGGER second_factor_stays_its_persons BEFORE UPDATE OF org_id, id, principal_id, created_at, created_by ON identity.second_factor FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.second_factor ENABLE ALWAYS TRIGGER second_factor_stays_its_persons;

CREATE TRIGGER session_is_never_removed BEFORE DELETE OR TRUNCATE ON identity.session FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.session ENABLE ALWAYS TRIGGER session_is_never_removed;

CREATE TRIGGER session_row_is_never_removed BEFORE DELETE ON identity.session FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.session ENABLE ALWAYS TRIGGER session_row_is_never_removed;

CREATE TRIGGER subject_is_only_sealed BEFORE UPDATE OF subject, subject_index ON identity.provider_subject FOR EACH ROW EXECUTE FUNCTION identity.refuse_other_text('subject', 'subject_index');

ALTER TABLE identity.provider_subject ENABLE ALWAYS TRIGGER subject_is_only_sealed;

CREATE TRIGGER subject_is_under_a_living_key BEFORE INSERT OR UPDATE OF subject ON identity.provider_subject FOR EACH ROW WHEN (keys.is_sealed_text(new.subject)) EXECUTE FUNCTION keys.require_living_key('subject', 'principal_id');

ALTER TABLE identity.provider_subject ENABLE ALWAYS TRIGGER subject_is_under_a_living_key;

CREATE TRIGGER subject_is_written_sealed BEFORE INSERT ON identity.provider_subject FOR EACH ROW EXECUTE FUNCTION identity.require_sealed_text('subject', 'subject_index');

ALTER TABLE identity.provider_subject ENABLE ALWAYS TRIGGER subject_is_written_sealed;

CREATE TRIGGER token_is_never_removed BEFORE DELETE OR TRUNCATE ON identity.token FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.token ENABLE ALWAYS TRIGGER token_is_never_removed;

CREATE TRIGGER token_of_break_glass_is_its_own BEFORE INSERT ON identity.token FOR EACH ROW WHEN ((new.role = 'break-glass'::text)) EXECUTE FUNCTION identity.refuse_loose_break_glass_token();

ALTER TABLE identity.token ENABLE ALWAYS TRIGGER token_of_break_glass_is_its_own;

CREATE TRIGGER token_of_break_glass_is_never_changed BEFORE UPDATE ON identity.token FOR EACH ROW WHEN (((new.role = 'break-glass'::text) OR (old.role = 'break-glass'::text))) EXECUTE FUNCTION identity.refuse_loose_break_glass_token();

ALTER TABLE identity.token ENABLE ALWAYS TRIGGER token_of_break_glass_is_never_changed;

CREATE TRIGGER token_row_is_never_removed BEFORE DELETE ON identity.token FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE identity.token ENABLE ALWAYS TRIGGER token_row_is_never_removed;

CREATE TRIGGER user_name_is_only_sealed BEFORE INSERT OR UPDATE OF user_name, user_name_key, user_name_index ON identity.scim_user FOR EACH ROW EXECUTE FUNCTION identity.refuse_plain_text('user_name', 'user_name_index', 'user_name_key', 'found');

ALTER TABLE identity.scim_user ENABLE ALWAYS TRIGGER user_name_is_only_sealed;

CREATE TRIGGER act_is_never_altered BEFORE UPDATE OR TRUNCATE ON jobs.act FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE jobs.act ENABLE ALWAYS TRIGGER act_is_never_altered;

CREATE TRIGGER act_is_removed_late BEFORE DELETE ON jobs.act FOR EACH ROW EXECUTE FUNCTION jobs.guard_removal_with_job();

ALTER TABLE jobs.act ENABLE ALWAYS TRIGGER act_is_removed_late;

CREATE TRIGGER act_row_is_never_altered BEFORE UPDATE ON jobs.act FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE jobs.act ENABLE ALWAYS TRIGGER act_row_is_never_altered;

CREATE TRIGGER attempt_is_never_altered BEFORE UPDATE OR TRUNCATE ON jobs.attempt FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE jobs.attempt ENABLE ALWAYS TRIGGER attempt_is_never_altered;

CREATE TRIGGER attempt_is_removed_late BEFORE DELETE ON jobs.attempt FOR EACH ROW EXECUTE FUNCTION jobs.guard_removal_with_job();

ALTER TABLE jobs.attempt ENABLE ALWAYS TRIGGER attempt_is_removed_late;

CREATE TRIGGER attempt_row_is_never_altered BEFORE UPDATE ON jobs.attempt FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE jobs.attempt ENABLE ALWAYS TRIGGER attempt_row_is_never_altered;

CREATE TRIGGER integration_job_is_guarded BEFORE INSERT OR UPDATE ON jobs.integration_job FOR EACH ROW EXECUTE FUNCTION jobs.guard_integration_job();

ALTER TABLE jobs.integration_job ENABLE ALWAYS TRIGGER integration_job_is_guarded;

CREATE TRIGGER integration_job_is_never_removed BEFORE DELETE OR TRUNCATE ON jobs.integration_job FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE jobs.integration_job ENABLE ALWAYS TRIGGER integration_job_is_never_removed;

CREATE TRIGGER integration_job_is_noted AFTER INSERT OR UPDATE ON jobs.integration_job FOR EACH ROW EXECUTE FUNCTION jobs.note_integration_step();

ALTER TABLE jobs.integration_job ENABLE ALWAYS TRIGGER integration_job_is_noted;

CREATE TRIGGER integration_job_row_is_never_removed BEFORE DELETE ON jobs.integration_job FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE jobs.integration_job ENABLE ALWAYS TRIGGER integration_job_row_is_never_removed;

CREATE TRIGGER integration_step_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON jobs.integration_step FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE jobs.integration_step ENABLE ALWAYS TRIGGER integration_step_is_append_only;

CREATE TRIGGER integration_step_row_is_append_only BEFORE DELETE OR UPDATE ON jobs.integration_step FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE jobs.integration_step ENABLE ALWAYS TRIGGER integration_step_row_is_append_only;

CREATE TRIGGER job_is_guarded BEFORE INSERT OR UPDATE ON jobs.job FOR EACH ROW EXECUTE FUNCTION jobs.guard_job();

ALTER TABLE jobs.job ENABLE ALWAYS TRIGGER job_is_guarded;

CREATE TRIGGER job_is_never_truncated BEFORE TRUNCATE ON jobs.job FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE jobs.job ENABLE ALWAYS TRIGGER job_is_never_truncated;

CREATE TRIGGER job_is_removed_late BEFORE DELETE ON jobs.job FOR EACH ROW EXECUTE FUNCTION jobs.guard_removal();

ALTER TABLE jobs.job ENABLE ALWAYS TRIGGER job_is_removed_late;

CREATE TRIGGER reminder_is_guarded BEFORE UPDATE ON jobs.reminder FOR EACH ROW EXECUTE FUNCTION jobs.guard_reminder();

ALTER TABLE jobs.reminder ENABLE ALWAYS TRIGGER reminder_is_guarded;

CREATE TRIGGER reminder_is_never_truncated BEFORE TRUNCATE ON jobs.reminder FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE jobs.reminder ENABLE ALWAYS TRIGGER reminder_is_never_truncated;

CREATE TRIGGER reminder_is_removed_late BEFORE DELETE ON jobs.reminder FOR EACH ROW EXECUTE FUNCTION jobs.guard_reminder_removal();

ALTER TABLE jobs.reminder ENABLE ALWAYS TRIGGER reminder_is_removed_late;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON keys.wrapping_key FOR EACH ROW EXECUTE FUNCTION audit.record_change('(wrapping-key,{id},shared,"{created_at,destroyed_at,id,key_version,name,provider,retired_at,state}","{instant,instant,plain,plain,plain,plain,instant,plain}",{},"{org_id,created_at,updated_at,updated_by,id}",1,{},t)');

ALTER TABLE keys.wrapping_key ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER data_key_goes_one_way BEFORE UPDATE ON keys.data_key FOR EACH ROW WHEN (((old.state = ANY (ARRAY['erased'::text, 'destroyed'::text])) OR ((old.state <> 'active'::text) AND (new.state = 'active'::text)) OR (new.sealed_count < old.sealed_count))) EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE keys.data_key ENABLE ALWAYS TRIGGER data_key_goes_one_way;

CREATE TRIGGER data_key_is_never_removed BEFORE DELETE OR TRUNCATE ON keys.data_key FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE keys.data_key ENABLE ALWAYS TRIGGER data_key_is_never_removed;

CREATE TRIGGER data_key_row_is_never_removed BEFORE DELETE ON keys.data_key FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE keys.data_key ENABLE ALWAYS TRIGGER data_key_row_is_never_removed;

CREATE TRIGGER data_key_stays_itself BEFORE UPDATE OF org_id, id, subject_id, version, share_seal, created_at ON keys.data_key FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE keys.data_key ENABLE ALWAYS TRIGGER data_key_stays_itself;

CREATE TRIGGER index_key_is_never_removed BEFORE DELETE OR TRUNCATE ON keys.index_key FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE keys.index_key ENABLE ALWAYS TRIGGER index_key_is_never_removed;

CREATE TRIGGER index_key_row_is_never_removed BEFORE DELETE ON keys.index_key FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE keys.index_key ENABLE ALWAYS TRIGGER index_key_row_is_never_removed;

CREATE TRIGGER index_key_stays_its_organisations BEFORE UPDATE OF org_id, created_at ON keys.index_key FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE keys.index_key ENABLE ALWAYS TRIGGER index_key_stays_its_organisations;

CREATE TRIGGER sealed_is_under_a_living_key BEFORE INSERT OR UPDATE OF sealed ON keys.index_key FOR EACH ROW EXECUTE FUNCTION keys.require_living_key('sealed');

ALTER TABLE keys.index_key ENABLE ALWAYS TRIGGER sealed_is_under_a_living_key;

CREATE TRIGGER wrapping_key_goes_one_way BEFORE UPDATE ON keys.wrapping_key FOR EACH ROW WHEN (((old.state = 'destroyed'::text) OR ((old.state <> 'active'::text) AND (new.state = 'active'::text)))) EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE keys.wrapping_key ENABLE ALWAYS TRIGGER wrapping_key_goes_one_way;

CREATE TRIGGER wrapping_key_is_never_removed BEFORE DELETE OR TRUNCATE ON keys.wrapping_key FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE keys.wrapping_key ENABLE ALWAYS TRIGGER wrapping_key_is_never_removed;

CREATE TRIGGER wrapping_key_row_is_never_removed BEFORE DELETE ON keys.wrapping_key FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE keys.wrapping_key ENABLE ALWAYS TRIGGER wrapping_key_row_is_never_removed;

CREATE TRIGGER wrapping_key_stays_itself BEFORE UPDATE OF org_id, id, provider, name, key_version, created_at ON keys.wrapping_key FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE keys.wrapping_key ENABLE ALWAYS TRIGGER wrapping_key_stays_itself;

CREATE TRIGGER approval_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.approval FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE ledger.approval ENABLE ALWAYS TRIGGER approval_is_append_only;

CREATE TRIGGER approval_is_of_another_hand BEFORE INSERT ON ledger.approval FOR EACH ROW EXECUTE FUNCTION ledger.refuse_same_hand();

ALTER TABLE ledger.approval ENABLE ALWAYS TRIGGER approval_is_of_another_hand;

CREATE TRIGGER approval_request_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.approval_request FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE ledger.approval_request ENABLE ALWAYS TRIGGER approval_request_is_append_only;

CREATE TRIGGER approval_request_is_what_it_says BEFORE INSERT ON ledger.approval_request FOR EACH ROW EXECUTE FUNCTION ledger.refuse_other_meaning();

ALTER TABLE ledger.approval_request ENABLE ALWAYS TRIGGER approval_request_is_what_it_says;

CREATE TRIGGER approval_request_row_is_append_only BEFORE DELETE OR UPDATE ON ledger.approval_request FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE ledger.approval_request ENABLE ALWAYS TRIGGER approval_request_row_is_append_only;

CREATE TRIGGER approval_row_is_append_only BEFORE DELETE OR UPDATE ON ledger.approval FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE ledger.approval ENABLE ALWAYS TRIGGER approval_row_is_append_only;

CREATE TRIGGER approval_rule_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.approval_rule FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE ledger.approval_rule ENABLE ALWAYS TRIGGER approval_rule_is_append_only;

CREATE TRIGGER approval_rule_row_is_append_only BEFORE DELETE OR UPDATE ON ledger.approval_rule FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE ledger.approval_rule ENABLE ALWAYS TRIGGER approval_rule_row_is_append_only;

CREATE TRIGGER balance_is_never_removed BEFORE DELETE OR TRUNCATE ON ledger.balance FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE ledger.balance ENABLE ALWAYS TRIGGER balance_is_never_removed;

CREATE TRIGGER balance_row_is_never_removed BEFORE DELETE ON ledger.balance FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE ledger.balance ENABLE ALWAYS TRIGGER balance_row_is_never_removed;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON ledger.approval FOR EACH ROW EXECUTE FUNCTION audit.record_change('(approval,{id},"","{credential_id,decided_at,decided_by,id,outcome,request_id,requested_by}","{plain,instant,plain,plain,plain,plain,plain}",{reason},"{org_id,created_at,updated_at,updated_by,id}",1,{},f)');

ALTER TABLE ledger.approval ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON ledger.approval_request FOR EACH ROW EXECUTE FUNCTION audit.record_change('(approval-request,{id},"","{credential_id,expires_at,id,item_id,kind,lot_id,occurred_at,quantity,reason,reference,request_id,requested_at,requested_by,reverses_id,serial_id,source_guard,source_id,source_status,stated_quantity,stated_unit,target_guard,target_id,target_status,unit}","{plain,instant,plain,plain,plain,plain,instant,numeric,plain,plain,plain,instant,plain,plain,plain,numeric,plain,plain,numeric,plain,numeric,plain,plain,plain}",{},"{org_id,created_at,updated_at,updated_by,id,request_hash}",1,{},f)');

ALTER TABLE ledger.approval_request ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON ledger.approval_rule FOR EACH ROW EXECUTE FUNCTION audit.record_change('(approval-rule,"{kind,version}",shared,"{above,created_at,created_by,credential_id,is_required,kind,request_id,version}","{numeric,instant,plain,plain,plain,plain,plain,bigint}",{},"{org_id,created_at,updated_at,updated_by}",1,{},f)');

ALTER TABLE ledger.approval_rule ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON ledger.period FOR EACH ROW EXECUTE FUNCTION audit.record_change('(period,{id},shared,"{closed_at_size,code,code_key,created_at,created_by,ends_at,follows_at,id,reopen_asked_at,reopen_asked_by,reopen_credential_id,starts_at,state,updated_at,updated_by,version}","{bigint,plain,plain,instant,plain,instant,instant,plain,instant,plain,plain,instant,plain,instant,plain,bigint}",{reopen_reason},"{org_id,created_at,updated_at,updated_by,id}",1,{},f)');

ALTER TABLE ledger.period ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER decision_is_append_only BEFORE DELETE OR TRUNCATE ON ledger.decision FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE ledger.decision ENABLE ALWAYS TRIGGER decision_is_append_only;

CREATE TRIGGER decision_is_never_altered BEFORE UPDATE ON ledger.decision FOR EACH ROW EXECUTE FUNCTION ledger.refuse_other_decision();

ALTER TABLE ledger.decision ENABLE ALWAYS TRIGGER decision_is_never_altered;

CREATE TRIGGER decision_key_is_of_no_count BEFORE INSERT ON ledger.decision FOR EACH ROW WHEN ((new.idempotency_key ~~ 'count:%'::text)) EXECUTE FUNCTION counting.refuse_key_of_count();

ALTER TABLE ledger.decision ENABLE ALWAYS TRIGGER decision_key_is_of_no_count;

CREATE TRIGGER decision_row_is_append_only BEFORE DELETE ON ledger.decision FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE ledger.decision ENABLE ALWAYS TRIGGER decision_row_is_append_only;

CREATE TRIGGER head_is_never_removed BEFORE DELETE OR TRUNCATE ON ledger.head FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE ledger.head ENABLE ALWAYS TRIGGER head_is_never_removed;

CREATE TRIGGER head_row_is_never_removed BEFORE DELETE ON ledger.head FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE ledger.head ENABLE ALWAYS TRIGGER head_row_is_never_removed;

CREATE TRIGGER movement_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.movement FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE ledger.movement ENABLE ALWAYS TRIGGER movement_is_append_only;

CREATE TRIGGER movement_is_approved BEFORE INSERT ON ledger.movement FOR EACH ROW WHEN ((new.kind = ANY (ARRAY['opening'::text, 'adjustment'::text, 'scrap'::text, 'return'::text, 'reversal'::text]))) EXECUTE FUNCTION ledger.refuse_unapproved();

ALTER TABLE ledger.movement ENABLE ALWAYS TRIGGER movement_is_approved;

CREATE TRIGGER movement_key_is_of_no_count BEFORE INSERT ON ledger.movement FOR EACH ROW WHEN ((new.idempotency_key ~~ 'count:%'::text)) EXECUTE FUNCTION counting.refuse_key_of_count();

ALTER TABLE ledger.movement ENABLE ALWAYS TRIGGER movement_key_is_of_no_count;

CREATE TRIGGER movement_note_is_never_altered BEFORE UPDATE OR TRUNCATE ON ledger.movement_note FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE ledger.movement_note ENABLE ALWAYS TRIGGER movement_note_is_never_altered;

CREATE TRIGGER movement_note_row_is_never_altered BEFORE UPDATE ON ledger.movement_note FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE ledger.movement_note ENABLE ALWAYS TRIGGER movement_note_row_is_never_altered;

CREATE TRIGGER movement_row_is_append_only BEFORE DELETE OR UPDATE ON ledger.movement FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE ledger.movement ENABLE ALWAYS TRIGGER movement_row_is_append_only;

CREATE TRIGGER period_is_in_order BEFORE INSERT OR UPDATE OF state ON ledger.period FOR EACH ROW EXECUTE FUNCTION ledger.refuse_other_order();

ALTER TABLE ledger.period ENABLE ALWAYS TRIGGER period_is_in_order;

CREATE TRIGGER period_is_marked AFTER INSERT OR UPDATE OF state ON ledger.period FOR EACH ROW EXECUTE FUNCTION ledger.mark_periods();

ALTER TABLE ledger.period ENABLE ALWAYS TRIGGER period_is_marked;

CREATE TRIGGER period_is_never_removed BEFORE DELETE OR TRUNCATE ON ledger.period FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE ledger.period ENABLE ALWAYS TRIGGER period_is_never_removed;

CREATE TRIGGER period_is_reopened_by_two BEFORE UPDATE OF state, reopen_asked_by, reopen_asked_at, reopen_credential_id, reopen_reason ON ledger.period FOR EACH ROW EXECUTE FUNCTION ledger.refuse_lone_reopening();

ALTER TABLE ledger.period ENABLE ALWAYS TRIGGER period_is_reopened_by_two;

CREATE TRIGGER period_row_is_never_removed BEFORE DELETE ON ledger.period FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE ledger.period ENABLE ALWAYS TRIGGER period_row_is_never_removed;

CREATE TRIGGER period_stays_what_it_is BEFORE UPDATE OF org_id, id, code, code_key, starts_at, ends_at, follows_at, created_at, created_by ON ledger.period FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE ledger.period ENABLE ALWAYS TRIGGER period_stays_what_it_is;

CREATE TRIGGER sealed_is_under_a_living_key BEFORE INSERT ON ledger.movement_note FOR EACH ROW EXECUTE FUNCTION ledger.require_posters_key();

ALTER TABLE ledger.movement_note ENABLE ALWAYS TRIGGER sealed_is_under_a_living_key;

CREATE TRIGGER administrator_is_never_emptied BEFORE TRUNCATE ON platform.administrator FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change_of_administrator();

ALTER TABLE platform.administrator ENABLE ALWAYS TRIGGER administrator_is_never_emptied;

CREATE TRIGGER administrator_row_is_never_changed BEFORE DELETE OR UPDATE ON platform.administrator FOR EACH ROW EXECUTE FUNCTION platform.refuse_change_of_administrator();

ALTER TABLE platform.administrator ENABLE ALWAYS TRIGGER administrator_row_is_never_changed;

CREATE TRIGGER boot_is_never_removed BEFORE DELETE OR TRUNCATE ON platform.boot FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE platform.boot ENABLE ALWAYS TRIGGER boot_is_never_removed;

CREATE TRIGGER boot_never_goes_back BEFORE UPDATE ON platform.boot FOR EACH ROW EXECUTE FUNCTION platform.refuse_less();

ALTER TABLE platform.boot ENABLE ALWAYS TRIGGER boot_never_goes_back;

CREATE TRIGGER boot_row_is_never_removed BEFORE DELETE ON platform.boot FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE platform.boot ENABLE ALWAYS TRIGGER boot_row_is_never_removed;

CREATE TRIGGER column_rename_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON platform.column_rename FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE platform.column_rename ENABLE ALWAYS TRIGGER column_rename_is_append_only;

CREATE TRIGGER column_rename_row_is_append_only BEFORE DELETE OR UPDATE ON platform.column_rename FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE platform.column_rename ENABLE ALWAYS TRIGGER column_rename_row_is_append_only;

CREATE TRIGGER meta_checkpoint_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON platform.meta_checkpoint FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE platform.meta_checkpoint ENABLE ALWAYS TRIGGER meta_checkpoint_is_append_only;

CREATE TRIGGER meta_checkpoint_row_is_append_only BEFORE DELETE OR UPDATE ON platform.meta_checkpoint FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE platform.meta_checkpoint ENABLE ALWAYS TRIGGER meta_checkpoint_row_is_append_only;

CREATE TRIGGER meta_cosignature_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON platform.meta_cosignature FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE platform.meta_cosignature ENABLE ALWAYS TRIGGER meta_cosignature_is_append_only;

CREATE TRIGGER meta_cosignature_row_is_append_only BEFORE DELETE OR UPDATE ON platform.meta_cosignature FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE platform.meta_cosignature ENABLE ALWAYS TRIGGER meta_cosignature_row_is_append_only;

CREATE TRIGGER meta_incarnation_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON platform.meta_incarnation FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE platform.meta_incarnation ENABLE ALWAYS TRIGGER meta_incarnation_is_append_only;

CREATE TRIGGER meta_incarnation_row_is_append_only BEFORE DELETE OR UPDATE ON platform.meta_incarnation FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE platform.meta_incarnation ENABLE ALWAYS TRIGGER meta_incarnation_row_is_append_only;

CREATE TRIGGER meta_leaf_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON platform.meta_leaf FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE platform.meta_leaf ENABLE ALWAYS TRIGGER meta_leaf_is_append_only;

CREATE TRIGGER meta_leaf_row_is_append_only BEFORE DELETE OR UPDATE ON platform.meta_leaf FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE platform.meta_leaf ENABLE ALWAYS TRIGGER meta_leaf_row_is_append_only;

CREATE TRIGGER meta_tile_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON platform.meta_tile FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE platform.meta_tile ENABLE ALWAYS TRIGGER meta_tile_is_append_only;

CREATE TRIGGER meta_tile_row_is_append_only BEFORE DELETE OR UPDATE ON platform.meta_tile FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE platform.meta_tile ENABLE ALWAYS TRIGGER meta_tile_row_is_append_only;

CREATE TRIGGER meta_timestamp_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON platform.meta_timestamp FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE platform.meta_timestamp ENABLE ALWAYS TRIGGER meta_timestamp_is_append_only;

CREATE TRIGGER meta_timestamp_row_is_append_only BEFORE DELETE OR UPDATE ON platform.meta_timestamp FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE platform.meta_timestamp ENABLE ALWAYS TRIGGER meta_timestamp_row_is_append_only;

CREATE TRIGGER shape_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON platform.shape FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE platform.shape ENABLE ALWAYS TRIGGER shape_is_append_only;

CREATE TRIGGER shape_row_is_append_only BEFORE DELETE OR UPDATE ON platform.shape FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE platform.shape ENABLE ALWAYS TRIGGER shape_row_is_append_only;

CREATE TRIGGER statement_tally_is_never_removed BEFORE DELETE OR TRUNCATE ON platform.statement_tally FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE platform.statement_tally ENABLE ALWAYS TRIGGER statement_tally_is_never_removed;

CREATE TRIGGER statement_tally_never_falls BEFORE UPDATE ON platform.statement_tally FOR EACH ROW EXECUTE FUNCTION platform.refuse_less();

ALTER TABLE platform.statement_tally ENABLE ALWAYS TRIGGER statement_tally_never_falls;

CREATE TRIGGER statement_tally_row_is_never_removed BEFORE DELETE ON platform.statement_tally FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE platform.statement_tally ENABLE ALWAYS TRIGGER statement_tally_row_is_never_removed;

CREATE TRIGGER access_event_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON tenancy.access_event FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE tenancy.access_event ENABLE ALWAYS TRIGGER access_event_is_append_only;

CREATE TRIGGER access_event_row_is_append_only BEFORE DELETE OR UPDATE ON tenancy.access_event FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE tenancy.access_event ENABLE ALWAYS TRIGGER access_event_row_is_append_only;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON tenancy.org FOR EACH ROW EXECUTE FUNCTION audit.record_change('(org,{org_id},shared,"{code,created_at,region,suspended_at}","{plain,instant,plain,instant}",{},"{org_id,created_at,updated_at,updated_by,held_since,held_reason,org_id}",1,{},f)');

ALTER TABLE tenancy.org ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON tenancy.sub_org FOR EACH ROW EXECUTE FUNCTION audit.record_change('(sub-org,{id},id,"{code,code_key,created_at,created_by,id,name,parent_id,path,updated_at,updated_by,version}","{plain,plain,instant,plain,plain,plain,plain,plain,instant,plain,bigint}",{},"{org_id,created_at,updated_at,updated_by,id}",1,{},f)');

ALTER TABLE tenancy.sub_org ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON tenancy.suspension FOR EACH ROW EXECUTE FUNCTION audit.record_change('(suspension,{id},shared,"{action,actor_id,at,id}","{plain,plain,instant,plain}",{reason},"{org_id,created_at,updated_at,updated_by,id}",1,{},f)');

ALTER TABLE tenancy.suspension ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER sighting_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON tenancy.sighting FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE tenancy.sighting ENABLE ALWAYS TRIGGER sighting_is_append_only;

CREATE TRIGGER sighting_row_is_append_only BEFORE DELETE OR UPDATE ON tenancy.sighting FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE tenancy.sighting ENABLE ALWAYS TRIGGER sighting_row_is_append_only;

CREATE TRIGGER act_is_never_altered BEFORE UPDATE OR TRUNCATE ON webhooks.act FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE webhooks.act ENABLE ALWAYS TRIGGER act_is_never_altered;

CREATE TRIGGER act_is_removed_late BEFORE DELETE ON webhooks.act FOR EACH ROW EXECUTE FUNCTION webhooks.guard_removal_with_delivery();

ALTER TABLE webhooks.act ENABLE ALWAYS TRIGGER act_is_removed_late;

CREATE TRIGGER act_row_is_never_altered BEFORE UPDATE ON webhooks.act FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE webhooks.act ENABLE ALWAYS TRIGGER act_row_is_never_altered;

CREATE TRIGGER attempt_is_never_altered BEFORE UPDATE OR TRUNCATE ON webhooks.attempt FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE webhooks.attempt ENABLE ALWAYS TRIGGER attempt_is_never_altered;

CREATE TRIGGER attempt_is_removed_late BEFORE DELETE ON webhooks.attempt FOR EACH ROW EXECUTE FUNCTION webhooks.guard_removal_with_delivery();

ALTER TABLE webhooks.attempt ENABLE ALWAYS TRIGGER attempt_is_removed_late;

CREATE TRIGGER attempt_row_is_never_altered BEFORE UPDATE ON webhooks.attempt FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE webhooks.attempt ENABLE ALWAYS TRIGGER attempt_row_is_never_altered;

CREATE TRIGGER change_is_recorded AFTER INSERT OR DELETE OR UPDATE ON webhooks.endpoint FOR EACH ROW EXECUTE FUNCTION audit.record_change('(webhook-endpoint,{id},shared,"{code,created_at,created_by,disabled_at,disabled_by,disabled_reason,event_types,from_index,generation,id,key_id,name,older_until,updated_at,updated_by,url,version}","{plain,instant,plain,instant,plain,plain,plain,bigint,plain,plain,plain,plain,instant,instant,plain,plain,bigint}",{},"{org_id,created_at,updated_at,updated_by,id}",1,{},f)');

ALTER TABLE webhooks.endpoint ENABLE ALWAYS TRIGGER change_is_recorded;

CREATE TRIGGER delivery_is_guarded BEFORE UPDATE ON webhooks.delivery FOR EACH ROW EXECUTE FUNCTION webhooks.guard_delivery();

ALTER TABLE webhooks.delivery ENABLE ALWAYS TRIGGER delivery_is_guarded;

CREATE TRIGGER delivery_is_never_truncated BEFORE TRUNCATE ON webhooks.delivery FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE webhooks.delivery ENABLE ALWAYS TRIGGER delivery_is_never_truncated;

CREATE TRIGGER delivery_is_removed_late BEFORE DELETE ON webhooks.delivery FOR EACH ROW EXECUTE FUNCTION webhooks.guard_removal();

ALTER TABLE webhooks.delivery ENABLE ALWAYS TRIGGER delivery_is_removed_late;

CREATE TRIGGER endpoint_is_never_removed BEFORE DELETE OR TRUNCATE ON webhooks.endpoint FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE webhooks.endpoint ENABLE ALWAYS TRIGGER endpoint_is_never_removed;

CREATE TRIGGER endpoint_row_is_never_removed BEFORE DELETE ON webhooks.endpoint FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE webhooks.endpoint ENABLE ALWAYS TRIGGER endpoint_row_is_never_removed;

ALTER TABLE ONLY audit.anchor
    ADD CONSTRAINT anchor_org_id_fkey FOREIGN KEY (org_id) REFERENCES tenancy.org(org_id);

ALTER TABLE ONLY audit.anchor
    ADD CONSTRAINT anchor_org_id_incarnation_size_fkey FOREIGN KEY (org_id, incarnation, size) REFERENCES audit.checkpoint(org_id, incarnation, size);

ALTER TABLE ONLY audit.change
    ADD CONSTRAINT change_org_id_actor_id_fkey FOREIGN KEY (org_id, actor_id) REFERENCES identity.principal(org_id, id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY audit.change
    ADD CONSTRAINT change_org_id_sub_org_id_fkey FOREIGN KEY (org_id, sub_org_id) REFERENCES tenancy.sub_org(org_id, id);

ALTER TABLE ONLY audit.checkpoint
    ADD CONSTRAINT checkpoint_org_id_fkey FOREIGN KEY (org_id) REFERENCES tenancy.org(org_id);

ALTER TABLE ONLY audit.cosignature
    ADD CONSTRAINT cosignature_org_id_fkey FOREIGN KEY (org_id) REFERENCES tenancy.org(org_id);

ALTER TABLE ONLY audit.cosignature
    ADD CONSTRAINT cosignature_org_id_incarnation_size_fkey FOREIGN KEY (org_id, incarnation, size) REFERENCES audit.checkpoint(org_id, incarnation, size);

ALTER TABLE ONLY audit.export
    ADD CONSTRAINT export_org_id_actor_id_fkey FOREIGN KEY (org_id, actor_id) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY audit.export
    ADD CONSTRAINT export_org_id_fkey FOREIGN KEY (org_id) REFERENCES tenancy.org(org_id);

ALTER TABLE ONLY audit.incarnation
    ADD CONSTRAINT incarnation_org_id_actor_id_fkey FOREIGN KEY (org_id, actor_id) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY audit.incarnation
    ADD CONSTRAINT incarnation_org_id_fkey FOREIGN KEY (org_id) REFERENCES tenancy.org(org_id);

ALTER TABLE ONLY audit.log_key
    ADD CONSTRAINT log_key_org_id_actor_id_fkey FOREIGN KEY (org_id, actor_id) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY audit.log_key
    ADD CONSTRAINT log_key_org_id_fkey FOREIGN KEY (org_id) REFERENCES tenancy.org(org_id);

ALTER TABLE ONLY audit.personal_value
    ADD CONSTRAINT personal_value_org_id_change_id_fkey FOREIGN KEY (org_id, change_id) REFERENCES audit.change(org_id, id);

ALTER TABLE ONLY audit.tile
    ADD CONSTRAINT tile_org_id_fkey FOREIGN KEY (org_id) REFERENCES tenancy.org(org_id);

ALTER TABLE ONLY audit.verification
    ADD CONSTRAINT verification_org_id_actor_id_fkey FOREIGN KEY (org_id, actor_id) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY audit.verification
    ADD CONSTRAINT verification_org_id_fkey FOREIGN KEY (org_id) REFERENCES tenancy.org(org_id);

ALTER TABLE ONLY audit.version
    ADD CONSTRAINT version_org_id_change_id_fkey FOREIGN KEY (org_id, change_id) REFERENCES audit.change(org_id, id);

ALTER TABLE ONLY audit.version
    ADD CONSTRAINT version_org_id_previous_index_fkey FOREIGN KEY (org_id, previous_index) REFERENCES audit.version(org_id, log_index);

ALTER TABLE ONLY audit.version
    ADD CONSTRAINT version_org_id_sub_org_id_fkey FOREIGN KEY (org_id, sub_org_id) REFERENCES tenancy.sub_org(org_id, id);

ALTER TABLE ONLY catalog.item
    ADD CONSTRAINT item_org_id_created_by_fkey FOREIGN KEY (org_id, created_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY catalog.item
    ADD CONSTRAINT item_org_id_fkey FOREIGN KEY (org_id) REFERENCES tenancy.org(org_id);

ALTER TABLE ONLY catalog.item
    ADD CONSTRAINT item_org_id_updated_by_fkey FOREIGN KEY (org_id, updated_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY catalog.location
    ADD CONSTRAINT location_org_id_created_by_fkey FOREIGN KEY (org_id, created_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY catalog.location
    ADD CONSTRAINT location_org_id_fkey FOREIGN KEY (org_id) REFERENCES tenancy.org(org_id);

ALTER TABLE ONLY catalog.location
    ADD CONSTRAINT location_org_id_parent_id_fkey FOREIGN KEY (org_id, parent_id) REFERENCES catalog.location(org_id, id);

ALTER TABLE ONLY catalog.location
    ADD CONSTRAINT location_org_id_sub_org_id_fkey FOREIGN KEY (org_id, sub_org_id) REFERENCES tenancy.sub_org(org_id, id);

ALTER TABLE ONLY catalog.location
    ADD CONSTRAINT location_org_id_updated_by_fkey FOREIGN KEY (org_id, updated_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY catalog.lot
    ADD CONSTRAINT lot_org_id_created_by_fkey FOREIGN KEY (org_id, created_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY catalog.lot
    ADD CONSTRAINT lot_org_id_item_id_fkey FOREIGN KEY (org_id, item_id) REFERENCES catalog.item(org_id, id);

ALTER TABLE ONLY catalog.lot
    ADD CONSTRAINT lot_org_id_updated_by_fkey FOREIGN KEY (org_id, updated_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY catalog.pack
    ADD CONSTRAINT pack_org_id_created_by_fkey FOREIGN KEY (org_id, created_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY catalog.pack
    ADD CONSTRAINT pack_org_id_item_id_fkey FOREIGN KEY (org_id, item_id) REFERENCES catalog.item(org_id, id);

ALTER TABLE ONLY catalog.pack
    ADD CONSTRAINT pack_org_id_removed_by_fkey FOREIGN KEY (org_id, removed_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY catalog.pack
    ADD CONSTRAINT pack_org_id_updated_by_fkey FOREIGN KEY (org_id, updated_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY catalog.serial
    ADD CONSTRAINT serial_org_id_created_by_fkey FOREIGN KEY (org_id, created_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY catalog.serial
    ADD CONSTRAINT serial_org_id_item_id_fkey FOREIGN KEY (org_id, item_id) REFERENCES catalog.item(org_id, id);

ALTER TABLE ONLY catalog.serial
    ADD CONSTRAINT serial_org_id_updated_by_fkey FOREIGN KEY (org_id, updated_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY counting.count_line
    ADD CONSTRAINT count_line_org_id_actor_id_fkey FOREIGN KEY (org_id, actor_id) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY counting.count_line
    ADD CONSTRAINT count_line_org_id_count_id_location_id_fkey FOREIGN KEY (org_id, count_id, location_id) REFERENCES counting.count(org_id, id, location_id);

ALTER TABLE ONLY counting.count_line
    ADD CONSTRAINT count_line_org_id_item_id_fkey FOREIGN KEY (org_id, item_id) REFERENCES catalog.item(org_id, id);

ALTER TABLE ONLY counting.count_line
    ADD CONSTRAINT count_line_org_id_item_id_lot_id_fkey FOREIGN KEY (org_id, item_id, lot_id) REFERENCES catalog.lot(org_id, item_id, id);

ALTER TABLE ONLY counting.count_line
    ADD CONSTRAINT count_line_org_id_item_id_serial_id_fkey FOREIGN KEY (org_id, item_id, serial_id) REFERENCES catalog.serial(org_id, item_id, id);

ALTER TABLE ONLY counting.count
    ADD CONSTRAINT count_org_id_approved_by_fkey FOREIGN KEY (org_id, approved_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY counting.count
    ADD CONSTRAINT count_org_id_created_by_fkey FOREIGN KEY (org_id, created_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY counting.count
    ADD CONSTRAINT count_org_id_item_id_fkey FOREIGN KEY (org_id, item_id) REFERENCES catalog.item(org_id, id);

ALTER TABLE ONLY counting.count
    ADD CONSTRAINT count_org_id_location_id_fkey FOREIGN KEY (org_id, location_id) REFERENCES catalog.location(org_id, id);

ALTER TABLE ONLY counting.count
    ADD CONSTRAINT count_org_id_updated_by_fkey FOREIGN KEY (org_id, updated_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY events.inbox
    ADD CONSTRAINT inbox_org_id_fkey FOREIGN KEY (org_id) REFERENCES tenancy.org(org_id);

ALTER TABLE ONLY events.subscriber
    ADD CONSTRAINT subscriber_org_id_fkey FOREIGN KEY (org_id) REFERENCES tenancy.org(org_id);

ALTER TABLE ONLY identity.assignment
    ADD CONSTRAINT assignment_org_id_created_by_fkey FOREIGN KEY (org_id, created_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.assignment
    ADD CONSTRAINT assignment_org_id_principal_id_fkey FOREIGN KEY (org_id, principal_id) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.assignment
    ADD CONSTRAINT assignment_org_id_revoked_by_fkey FOREIGN KEY (org_id, revoked_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.assignment
    ADD CONSTRAINT assignment_org_id_role_fkey FOREIGN KEY (org_id, role) REFERENCES identity.role(org_id, code);

ALTER TABLE ONLY identity.assignment
    ADD CONSTRAINT assignment_org_id_sub_org_id_fkey FOREIGN KEY (org_id, sub_org_id) REFERENCES tenancy.sub_org(org_id, id);

ALTER TABLE ONLY identity.break_glass
    ADD CONSTRAINT break_glass_org_id_fkey FOREIGN KEY (org_id) REFERENCES tenancy.org(org_id);

ALTER TABLE ONLY identity.break_glass
    ADD CONSTRAINT break_glass_org_id_requested_by_fkey FOREIGN KEY (org_id, requested_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.break_glass_step
    ADD CONSTRAINT break_glass_step_org_id_actor_id_fkey FOREIGN KEY (org_id, actor_id) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.break_glass_step
    ADD CONSTRAINT break_glass_step_org_id_id_requested_by_fkey FOREIGN KEY (org_id, id, requested_by) REFERENCES identity.break_glass(org_id, id, requested_by);

ALTER TABLE ONLY identity.erasure
    ADD CONSTRAINT erasure_org_id_created_by_fkey FOREIGN KEY (org_id, created_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.erasure
    ADD CONSTRAINT erasure_org_id_principal_id_fkey FOREIGN KEY (org_id, principal_id) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.invitation
    ADD CONSTRAINT invitation_org_id_created_by_fkey FOREIGN KEY (org_id, created_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.invitation
    ADD CONSTRAINT invitation_org_id_principal_id_fkey FOREIGN KEY (org_id, principal_id) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.invitation
    ADD CONSTRAINT invitation_org_id_revoked_by_fkey FOREIGN KEY (org_id, revoked_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.legal_hold
    ADD CONSTRAINT legal_hold_org_id_created_by_fkey FOREIGN KEY (org_id, created_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.legal_hold
    ADD CONSTRAINT legal_hold_org_id_principal_id_fkey FOREIGN KEY (org_id, principal_id) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.passkey_challenge
    ADD CONSTRAINT passkey_challenge_org_id_principal_id_fkey FOREIGN KEY (org_id, principal_id) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.passkey
    ADD CONSTRAINT passkey_org_id_created_by_fkey FOREIGN KEY (org_id, created_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.passkey
    ADD CONSTRAINT passkey_org_id_principal_id_fkey FOREIGN KEY (org_id, principal_id) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.passkey
    ADD CONSTRAINT passkey_org_id_revoked_by_fkey FOREIGN KEY (org_id, revoked_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.passkey_use
    ADD CONSTRAINT passkey_use_org_id_created_by_fkey FOREIGN KEY (org_id, created_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.passkey_use
    ADD CONSTRAINT passkey_use_org_id_passkey_id_fkey FOREIGN KEY (org_id, passkey_id) REFERENCES identity.passkey(org_id, id);

ALTER TABLE ONLY identity.password
    ADD CONSTRAINT password_org_id_created_by_fkey FOREIGN KEY (org_id, created_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.password
    ADD CONSTRAINT password_org_id_invitation_id_fkey FOREIGN KEY (org_id, invitation_id) REFERENCES identity.invitation(org_id, id);

ALTER TABLE ONLY identity.password
    ADD CONSTRAINT password_org_id_principal_id_fkey FOREIGN KEY (org_id, principal_id) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.password
    ADD CONSTRAINT password_org_id_revoked_by_fkey FOREIGN KEY (org_id, revoked_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.principal
    ADD CONSTRAINT principal_org_id_created_by_fkey FOREIGN KEY (org_id, created_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.principal
    ADD CONSTRAINT principal_org_id_disabled_by_fkey FOREIGN KEY (org_id, disabled_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.principal
    ADD CONSTRAINT principal_org_id_fkey FOREIGN KEY (org_id) REFERENCES tenancy.org(org_id);

ALTER TABLE ONLY identity.principal
    ADD CONSTRAINT principal_org_id_sub_org_id_fkey FOREIGN KEY (org_id, sub_org_id) REFERENCES tenancy.sub_org(org_id, id);

ALTER TABLE ONLY identity.provider
    ADD CONSTRAINT provider_org_id_created_by_fkey FOREIGN KEY (org_id, created_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.provider
    ADD CONSTRAINT provider_org_id_disabled_by_fkey FOREIGN KEY (org_id, disabled_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.provider
    ADD CONSTRAINT provider_org_id_fkey FOREIGN KEY (org_id) REFERENCES tenancy.org(org_id);

ALTER TABLE ONLY identity.provider
    ADD CONSTRAINT provider_org_id_updated_by_fkey FOREIGN KEY (org_id, updated_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.provider_subject
    ADD CONSTRAINT provider_subject_org_id_created_by_fkey FOREIGN KEY (org_id, created_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.provider_subject
    ADD CONSTRAINT provider_subject_org_id_principal_id_fkey FOREIGN KEY (org_id, principal_id) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.provider_subject
    ADD CONSTRAINT provider_subject_org_id_provider_id_fkey FOREIGN KEY (org_id, provider_id) REFERENCES identity.provider(org_id, id);

ALTER TABLE ONLY identity.provider_subject
    ADD CONSTRAINT provider_subject_org_id_removed_by_fkey FOREIGN KEY (org_id, removed_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.recovery_code
    ADD CONSTRAINT recovery_code_org_id_created_by_fkey FOREIGN KEY (org_id, created_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.recovery_code
    ADD CONSTRAINT recovery_code_org_id_second_factor_id_fkey FOREIGN KEY (org_id, second_factor_id) REFERENCES identity.second_factor(org_id, id);

ALTER TABLE ONLY identity.restriction
    ADD CONSTRAINT restriction_org_id_created_by_fkey FOREIGN KEY (org_id, created_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.restriction
    ADD CONSTRAINT restriction_org_id_principal_id_fkey FOREIGN KEY (org_id, principal_id) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.role
    ADD CONSTRAINT role_org_id_created_by_fkey FOREIGN KEY (org_id, created_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.role
    ADD CONSTRAINT role_org_id_fkey FOREIGN KEY (org_id) REFERENCES tenancy.org(org_id);

ALTER TABLE ONLY identity.role
    ADD CONSTRAINT role_org_id_updated_by_fkey FOREIGN KEY (org_id, updated_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.scim_group
    ADD CONSTRAINT scim_group_org_id_created_by_fkey FOREIGN KEY (org_id, created_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.scim_group
    ADD CONSTRAINT scim_group_org_id_fkey FOREIGN KEY (org_id) REFERENCES tenancy.org(org_id);

ALTER TABLE ONLY identity.scim_group
    ADD CONSTRAINT scim_group_org_id_removed_by_fkey FOREIGN KEY (org_id, removed_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.scim_group
    ADD CONSTRAINT scim_group_org_id_updated_by_fkey FOREIGN KEY (org_id, updated_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.scim_mapping
    ADD CONSTRAINT scim_mapping_org_id_created_by_fkey FOREIGN KEY (org_id, created_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.scim_mapping
    ADD CONSTRAINT scim_mapping_org_id_group_id_fkey FOREIGN KEY (org_id, group_id) REFERENCES identity.scim_group(org_id, id);

ALTER TABLE ONLY identity.scim_mapping
    ADD CONSTRAINT scim_mapping_org_id_removed_by_fkey FOREIGN KEY (org_id, removed_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.scim_mapping
    ADD CONSTRAINT scim_mapping_org_id_role_fkey FOREIGN KEY (org_id, role) REFERENCES identity.role(org_id, code);

ALTER TABLE ONLY identity.scim_mapping
    ADD CONSTRAINT scim_mapping_org_id_sub_org_id_fkey FOREIGN KEY (org_id, sub_org_id) REFERENCES tenancy.sub_org(org_id, id);

ALTER TABLE ONLY identity.scim_member
    ADD CONSTRAINT scim_member_org_id_created_by_fkey FOREIGN KEY (org_id, created_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.scim_member
    ADD CONSTRAINT scim_member_org_id_group_id_fkey FOREIGN KEY (org_id, group_id) REFERENCES identity.scim_group(org_id, id);

ALTER TABLE ONLY identity.scim_member
    ADD CONSTRAINT scim_member_org_id_user_id_fkey FOREIGN KEY (org_id, user_id) REFERENCES identity.scim_user(org_id, id);

ALTER TABLE ONLY identity.scim_user
    ADD CONSTRAINT scim_user_org_id_created_by_fkey FOREIGN KEY (org_id, created_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.scim_user
    ADD CONSTRAINT scim_user_org_id_principal_id_fkey FOREIGN KEY (org_id, principal_id) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.scim_user
    ADD CONSTRAINT scim_user_org_id_removed_by_fkey FOREIGN KEY (org_id, removed_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.scim_user
    ADD CONSTRAINT scim_user_org_id_updated_by_fkey FOREIGN KEY (org_id, updated_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.second_factor
    ADD CONSTRAINT second_factor_org_id_created_by_fkey FOREIGN KEY (org_id, created_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.second_factor
    ADD CONSTRAINT second_factor_org_id_principal_id_fkey FOREIGN KEY (org_id, principal_id) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.second_factor
    ADD CONSTRAINT second_factor_org_id_revoked_by_fkey FOREIGN KEY (org_id, revoked_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.session
    ADD CONSTRAINT session_org_id_created_by_fkey FOREIGN KEY (org_id, created_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.session
    ADD CONSTRAINT session_org_id_ended_by_fkey FOREIGN KEY (org_id, ended_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.session
    ADD CONSTRAINT session_org_id_principal_id_fkey FOREIGN KEY (org_id, principal_id) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.sign_in
    ADD CONSTRAINT sign_in_org_id_provider_id_fkey FOREIGN KEY (org_id, provider_id) REFERENCES identity.provider(org_id, id);

ALTER TABLE ONLY identity.token
    ADD CONSTRAINT token_org_id_created_by_fkey FOREIGN KEY (org_id, created_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.token
    ADD CONSTRAINT token_org_id_principal_id_fkey FOREIGN KEY (org_id, principal_id) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.token
    ADD CONSTRAINT token_org_id_revoked_by_fkey FOREIGN KEY (org_id, revoked_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY identity.token
    ADD CONSTRAINT token_org_id_role_fkey FOREIGN KEY (org_id, role) REFERENCES identity.role(org_id, code);

ALTER TABLE ONLY identity.token
    ADD CONSTRAINT token_org_id_sub_org_id_fkey FOREIGN KEY (org_id, sub_org_id) REFERENCES tenancy.sub_org(org_id, id);

ALTER TABLE ONLY identity.token_use
    ADD CONSTRAINT token_use_org_id_token_id_fkey FOREIGN KEY (org_id, token_id) REFERENCES identity.token(org_id, id);

ALTER TABLE ONLY jobs.act
    ADD CONSTRAINT act_org_id_actor_id_fkey FOREIGN KEY (org_id, actor_id) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY jobs.act
    ADD CONSTRAINT act_org_id_job_id_fkey FOREIGN KEY (org_id, job_id) REFERENCES jobs.job(org_id, id);

ALTER TABLE ONLY jobs.attempt
    ADD CONSTRAINT attempt_org_id_actor_id_fkey FOREIGN KEY (org_id, actor_id) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY jobs.attempt
    ADD CONSTRAINT attempt_org_id_job_id_fkey FOREIGN KEY (org_id, job_id) REFERENCES jobs.job(org_id, id);

ALTER TABLE ONLY jobs.integration_job
    ADD CONSTRAINT integration_job_org_id_fkey FOREIGN KEY (org_id) REFERENCES tenancy.org(org_id);

ALTER TABLE ONLY jobs.integration_job
    ADD CONSTRAINT integration_job_org_id_item_id_fkey FOREIGN KEY (org_id, item_id) REFERENCES catalog.item(org_id, id);

ALTER TABLE ONLY jobs.integration_job
    ADD CONSTRAINT integration_job_org_id_location_id_fkey FOREIGN KEY (org_id, location_id) REFERENCES catalog.location(org_id, id);

ALTER TABLE ONLY jobs.integration_job
    ADD CONSTRAINT integration_job_org_id_movement_id_fkey FOREIGN KEY (org_id, movement_id) REFERENCES ledger.movement(org_id, id);

ALTER TABLE ONLY jobs.integration_job
    ADD CONSTRAINT integration_job_org_id_requested_by_fkey FOREIGN KEY (org_id, requested_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY jobs.integration_step
    ADD CONSTRAINT integration_step_org_id_actor_id_fkey FOREIGN KEY (org_id, actor_id) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY jobs.integration_step
    ADD CONSTRAINT integration_step_org_id_job_id_fkey FOREIGN KEY (org_id, job_id) REFERENCES jobs.integration_job(org_id, id);

ALTER TABLE ONLY jobs.job
    ADD CONSTRAINT job_org_id_fkey FOREIGN KEY (org_id) REFERENCES tenancy.org(org_id);

ALTER TABLE ONLY jobs.job
    ADD CONSTRAINT job_org_id_requested_by_fkey FOREIGN KEY (org_id, requested_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY jobs.reminder
    ADD CONSTRAINT reminder_org_id_acknowledged_by_fkey FOREIGN KEY (org_id, acknowledged_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY jobs.reminder
    ADD CONSTRAINT reminder_org_id_fkey FOREIGN KEY (org_id) REFERENCES tenancy.org(org_id);

ALTER TABLE ONLY keys.data_key
    ADD CONSTRAINT data_key_org_id_fkey FOREIGN KEY (org_id) REFERENCES tenancy.org(org_id);

ALTER TABLE ONLY keys.data_key
    ADD CONSTRAINT data_key_org_id_wrapping_key_id_fkey FOREIGN KEY (org_id, wrapping_key_id) REFERENCES keys.wrapping_key(org_id, id);

ALTER TABLE ONLY keys.index_key
    ADD CONSTRAINT index_key_org_id_fkey FOREIGN KEY (org_id) REFERENCES tenancy.org(org_id);

ALTER TABLE ONLY keys.wrapping_key
    ADD CONSTRAINT wrapping_key_org_id_fkey FOREIGN KEY (org_id) REFERENCES tenancy.org(org_id);

ALTER TABLE ONLY ledger.approval
    ADD CONSTRAINT approval_org_id_decided_by_fkey FOREIGN KEY (org_id, decided_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY ledger.approval
    ADD CONSTRAINT approval_org_id_id_requested_by_fkey FOREIGN KEY (org_id, id, requested_by) REFERENCES ledger.approval_request(org_id, id, requested_by);

ALTER TABLE ONLY ledger.approval_request
    ADD CONSTRAINT approval_request_org_id_item_id_fkey FOREIGN KEY (org_id, item_id) REFERENCES catalog.item(org_id, id);

ALTER TABLE ONLY ledger.approval_request
    ADD CONSTRAINT approval_request_org_id_item_id_lot_id_fkey FOREIGN KEY (org_id, item_id, lot_id) REFERENCES catalog.lot(org_id, item_id, id);

ALTER TABLE ONLY ledger.approval_request
    ADD CONSTRAINT approval_request_org_id_item_id_serial_id_fkey FOREIGN KEY (org_id, item_id, serial_id) REFERENCES catalog.serial(org_id, item_id, id);

ALTER TABLE ONLY ledger.approval_request
    ADD CONSTRAINT approval_request_org_id_requested_by_fkey FOREIGN KEY (org_id, requested_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY ledger.approval_request
    ADD CONSTRAINT approval_request_org_id_source_id_fkey FOREIGN KEY (org_id, source_id) REFERENCES catalog.location(org_id, id);

ALTER TABLE ONLY ledger.approval_request
    ADD CONSTRAINT approval_request_org_id_target_id_fkey FOREIGN KEY (org_id, target_id) REFERENCES catalog.location(org_id, id);

ALTER TABLE ONLY ledger.approval_rule
    ADD CONSTRAINT approval_rule_org_id_created_by_fkey FOREIGN KEY (org_id, created_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY ledger.approval_rule
    ADD CONSTRAINT approval_rule_org_id_fkey FOREIGN KEY (org_id) REFERENCES tenancy.org(org_id);

ALTER TABLE ONLY ledger.balance
    ADD CONSTRAINT balance_org_id_item_id_fkey FOREIGN KEY (org_id, item_id) REFERENCES catalog.item(org_id, id);

ALTER TABLE ONLY ledger.balance
    ADD CONSTRAINT balance_org_id_item_id_lot_id_fkey FOREIGN KEY (org_id, item_id, lot_id) REFERENCES catalog.lot(org_id, item_id, id);

ALTER TABLE ONLY ledger.balance
    ADD CONSTRAINT balance_org_id_item_id_serial_id_fkey FOREIGN KEY (org_id, item_id, serial_id) REFERENCES catalog.serial(org_id, item_id, id);

ALTER TABLE ONLY ledger.balance
    ADD CONSTRAINT balance_org_id_location_id_fkey FOREIGN KEY (org_id, location_id) REFERENCES catalog.location(org_id, id);

ALTER TABLE ONLY ledger.decision
    ADD CONSTRAINT decision_org_id_actor_id_fkey FOREIGN KEY (org_id, actor_id) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY ledger.decision
    ADD CONSTRAINT decision_org_id_fkey FOREIGN KEY (org_id) REFERENCES tenancy.org(org_id);

ALTER TABLE ONLY ledger.head
    ADD CONSTRAINT head_org_id_fkey FOREIGN KEY (org_id) REFERENCES tenancy.org(org_id);

ALTER TABLE ONLY ledger.movement_note
    ADD CONSTRAINT movement_note_org_id_movement_id_fkey FOREIGN KEY (org_id, movement_id) REFERENCES ledger.movement(org_id, id);

ALTER TABLE ONLY ledger.movement
    ADD CONSTRAINT movement_org_id_reverses_id_fkey FOREIGN KEY (org_id, reverses_id) REFERENCES ledger.movement(org_id, id);

ALTER TABLE ONLY ledger.period
    ADD CONSTRAINT period_follows_at_fkey FOREIGN KEY (org_id, follows_at) REFERENCES ledger.period(org_id, ends_at);

ALTER TABLE ONLY ledger.period
    ADD CONSTRAINT period_org_id_created_by_fkey FOREIGN KEY (org_id, created_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY ledger.period
    ADD CONSTRAINT period_org_id_reopen_asked_by_fkey FOREIGN KEY (org_id, reopen_asked_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY ledger.period
    ADD CONSTRAINT period_org_id_updated_by_fkey FOREIGN KEY (org_id, updated_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY platform.meta_cosignature
    ADD CONSTRAINT meta_cosignature_incarnation_size_fkey FOREIGN KEY (incarnation, size) REFERENCES platform.meta_checkpoint(incarnation, size);

ALTER TABLE ONLY platform.meta_timestamp
    ADD CONSTRAINT meta_timestamp_incarnation_size_fkey FOREIGN KEY (incarnation, size) REFERENCES platform.meta_checkpoint(incarnation, size);

ALTER TABLE ONLY platform.statement_tally
    ADD CONSTRAINT statement_tally_boot_id_fkey FOREIGN KEY (boot_id) REFERENCES platform.boot(id);

ALTER TABLE ONLY tenancy.access_event
    ADD CONSTRAINT access_event_org_id_fkey FOREIGN KEY (org_id) REFERENCES tenancy.org(org_id);

ALTER TABLE ONLY tenancy.sighting
    ADD CONSTRAINT sighting_org_id_at_event_id_fkey FOREIGN KEY (org_id, at, event_id) REFERENCES tenancy.access_event(org_id, at, id);

ALTER TABLE ONLY tenancy.sub_org
    ADD CONSTRAINT sub_org_org_id_created_by_fkey FOREIGN KEY (org_id, created_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY tenancy.sub_org
    ADD CONSTRAINT sub_org_org_id_fkey FOREIGN KEY (org_id) REFERENCES tenancy.org(org_id);

ALTER TABLE ONLY tenancy.sub_org
    ADD CONSTRAINT sub_org_org_id_parent_id_fkey FOREIGN KEY (org_id, parent_id) REFERENCES tenancy.sub_org(org_id, id);

ALTER TABLE ONLY tenancy.sub_org
    ADD CONSTRAINT sub_org_org_id_updated_by_fkey FOREIGN KEY (org_id, updated_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY tenancy.suspension
    ADD CONSTRAINT suspension_org_id_actor_id_fkey FOREIGN KEY (org_id, actor_id) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY tenancy.suspension
    ADD CONSTRAINT suspension_org_id_fkey FOREIGN KEY (org_id) REFERENCES tenancy.org(org_id);

ALTER TABLE ONLY transport.message
    ADD CONSTRAINT message_org_id_fkey FOREIGN KEY (org_id) REFERENCES transport.queue(org_id);

ALTER TABLE ONLY transport.queue
    ADD CONSTRAINT queue_org_id_fkey FOREIGN KEY (org_id) REFERENCES tenancy.org(org_id);

ALTER TABLE ONLY webhooks.act
    ADD CONSTRAINT act_org_id_actor_id_fkey FOREIGN KEY (org_id, actor_id) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY webhooks.act
    ADD CONSTRAINT act_org_id_delivery_id_fkey FOREIGN KEY (org_id, delivery_id) REFERENCES webhooks.delivery(org_id, id);

ALTER TABLE ONLY webhooks.attempt
    ADD CONSTRAINT attempt_org_id_delivery_id_fkey FOREIGN KEY (org_id, delivery_id) REFERENCES webhooks.delivery(org_id, id);

ALTER TABLE ONLY webhooks.delivery
    ADD CONSTRAINT delivery_org_id_endpoint_id_fkey FOREIGN KEY (org_id, endpoint_id) REFERENCES webhooks.endpoint(org_id, id);

ALTER TABLE ONLY webhooks.endpoint
    ADD CONSTRAINT endpoint_org_id_created_by_fkey FOREIGN KEY (org_id, created_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY webhooks.endpoint
    ADD CONSTRAINT endpoint_org_id_disabled_by_fkey FOREIGN KEY (org_id, disabled_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE ONLY webhooks.endpoint
    ADD CONSTRAINT endpoint_org_id_fkey FOREIGN KEY (org_id) REFERENCES tenancy.org(org_id);

ALTER TABLE ONLY webhooks.endpoint
    ADD CONSTRAINT endpoint_org_id_updated_by_fkey FOREIGN KEY (org_id, updated_by) REFERENCES identity.principal(org_id, id);

ALTER TABLE audit.anchor ENABLE ROW LEVEL SECURITY;

ALTER TABLE audit.change ENABLE ROW LEVEL SECURITY;

ALTER TABLE audit.checkpoint ENABLE ROW LEVEL SECURITY;

ALTER TABLE audit.cosignature ENABLE ROW LEVEL SECURITY;

CREATE POLICY everyone ON audit.anchor USING (true);

CREATE POLICY everyone ON audit.change USING (true);

CREATE POLICY everyone ON audit.checkpoint USING (true);

CREATE POLICY everyone ON audit.cosignature USING (true);

CREATE POLICY everyone ON audit.export USING (true);

CREATE POLICY everyone ON audit.incarnation USING (true);

CREATE POLICY everyone ON audit.log_key USING (true);

CREATE POLICY everyone ON audit.personal_value USING (true);

CREATE POLICY everyone ON audit.tile USING (true);

CREATE POLICY everyone ON audit.verification USING (true);

CREATE POLICY everyone ON audit.version USING (true);

ALTER TABLE audit.export ENABLE ROW LEVEL SECURITY;

ALTER TABLE audit.incarnation ENABLE ROW LEVEL SECURITY;

ALTER TABLE audit.log_key ENABLE ROW LEVEL SECURITY;

CREATE POLICY org ON audit.anchor AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON audit.change AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON audit.checkpoint AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON audit.cosignature AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON audit.export AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON audit.incarnation AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON audit.log_key AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON audit.personal_value AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON audit.tile AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON audit.verification AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON audit.version AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

ALTER TABLE audit.personal_value ENABLE ROW LEVEL SECURITY;

CREATE POLICY sub_org ON audit.change AS RESTRICTIVE USING (
CASE
    WHEN (CURRENT_USER <> ALL (ARRAY['velaurum_owner'::name, 'velaurum_app'::name])) THEN true
    ELSE ((current_setting('velaurum.sub_orgs'::text) = '*'::text) OR is_shared OR (sub_org_id = ANY ((NULLIF(current_setting('velaurum.sub_orgs'::text), '*'::text))::uuid[])))
END) WITH CHECK (true);

CREATE POLICY sub_org ON audit.version AS RESTRICTIVE USING (
CASE
    WHEN (CURRENT_USER <> ALL (ARRAY['velaurum_owner'::name, 'velaurum_app'::name])) THEN true
    ELSE ((current_setting('velaurum.sub_orgs'::text) = '*'::text) OR is_shared OR (sub_org_id = ANY ((NULLIF(current_setting('velaurum.sub_orgs'::text), '*'::text))::uuid[])))
END) WITH CHECK (true);

ALTER TABLE audit.tile ENABLE ROW LEVEL SECURITY;

ALTER TABLE audit.verification ENABLE ROW LEVEL SECURITY;

ALTER TABLE audit.version ENABLE ROW LEVEL SECURITY;

CREATE POLICY everyone ON catalog.item USING (true);

CREATE POLICY everyone ON catalog.location USING (true);

CREATE POLICY everyone ON catalog.lot USING (true);

CREATE POLICY everyone ON catalog.pack USING (true);

CREATE POLICY everyone ON catalog.serial USING (true);

ALTER TABLE catalog.item ENABLE ROW LEVEL SECURITY;

ALTER TABLE catalog.location ENABLE ROW LEVEL SECURITY;

ALTER TABLE catalog.lot ENABLE ROW LEVEL SECURITY;

CREATE POLICY org ON catalog.item AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON catalog.location AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON catalog.lot AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON catalog.pack AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON catalog.serial AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

ALTER TABLE catalog.pack ENABLE ROW LEVEL SECURITY;

ALTER TABLE catalog.serial ENABLE ROW LEVEL SECURITY;

CREATE POLICY sub_org ON catalog.location AS RESTRICTIVE USING (
CASE
    WHEN (CURRENT_USER <> ALL (ARRAY['velaurum_owner'::name, 'velaurum_app'::name])) THEN true
    ELSE ((current_setting('velaurum.sub_orgs'::text) = '*'::text) OR (NOT holds_stock) OR (sub_org_id = ANY ((NULLIF(current_setting('velaurum.sub_orgs'::text), '*'::text))::uuid[])))
END) WITH CHECK (((current_setting('velaurum.sub_orgs'::text) = '*'::text) OR (sub_org_id = ANY ((NULLIF(current_setting('velaurum.sub_orgs'::text), '*'::text))::uuid[]))));

ALTER TABLE counting.count ENABLE ROW LEVEL SECURITY;

ALTER TABLE counting.count_line ENABLE ROW LEVEL SECURITY;

CREATE POLICY everyone ON counting.count USING (true);

CREATE POLICY everyone ON counting.count_line USING (true);

CREATE POLICY org ON counting.count AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON counting.count_line AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY sub_org ON counting.count AS RESTRICTIVE USING (
CASE
    WHEN (CURRENT_USER <> ALL (ARRAY['velaurum_owner'::name, 'velaurum_app'::name])) THEN true
    ELSE ((current_setting('velaurum.sub_orgs'::text) = '*'::text) OR (EXISTS ( SELECT
       FROM catalog.location l
      WHERE ((l.org_id = count.org_id) AND (l.id = count.location_id) AND (l.sub_org_id = ANY ((NULLIF(current_setting('velaurum.sub_orgs'::text, true), '*'::text))::uuid[]))))))
END);

CREATE POLICY sub_org ON counting.count_line AS RESTRICTIVE USING (
CASE
    WHEN (CURRENT_USER <> ALL (ARRAY['velaurum_owner'::name, 'velaurum_app'::name])) THEN true
    ELSE ((current_setting('velaurum.sub_orgs'::text) = '*'::text) OR (EXISTS ( SELECT
       FROM catalog.location l
      WHERE ((l.org_id = count_line.org_id) AND (l.id = count_line.location_id) AND (l.sub_org_id = ANY ((NULLIF(current_setting('velaurum.sub_orgs'::text, true), '*'::text))::uuid[]))))))
END);

CREATE POLICY everyone ON events.inbox USING (true);

CREATE POLICY everyone ON events.subscriber USING (true);

ALTER TABLE events.inbox ENABLE ROW LEVEL SECURITY;

CREATE POLICY org ON events.inbox AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON events.subscriber AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

ALTER TABLE events.subscriber ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.assignment ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.break_glass ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.break_glass_step ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.erasure ENABLE ROW LEVEL SECURITY;

CREATE POLICY everyone ON identity.assignment USING (true);

CREATE POLICY everyone ON identity.break_glass USING (true);

CREATE POLICY everyone ON identity.break_glass_step USING (true);

CREATE POLICY everyone ON identity.erasure USING (true);

CREATE POLICY everyone ON identity.invitation USING (true);

CREATE POLICY everyone ON identity.legal_hold USING (true);

CREATE POLICY everyone ON identity.passkey USING (true);

CREATE POLICY everyone ON identity.passkey_challenge USING (true);

CREATE POLICY everyone ON identity.passkey_use USING (true);

CREATE POLICY everyone ON identity.password USING (true);

CREATE POLICY everyone ON identity.principal USING (true);

CREATE POLICY everyone ON identity.provider USING (true);

CREATE POLICY everyone ON identity.provider_subject USING (true);

CREATE POLICY everyone ON identity.recovery_code USING (true);

CREATE POLICY everyone ON identity.restriction USING (true);

CREATE POLICY everyone ON identity.role USING (true);

CREATE POLICY everyone ON identity.scim_group USING (true);

CREATE POLICY everyone ON identity.scim_mapping USING (true);

CREATE POLICY everyone ON identity.scim_member USING (true);

CREATE POLICY everyone ON identity.scim_user USING (true);

CREATE POLICY everyone ON identity.second_factor USING (true);

CREATE POLICY everyone ON identity.session USING (true);

CREATE POLICY everyone ON identity.sign_in USING (true);

CREATE POLICY everyone ON identity.sign_in_failure USING (true);

CREATE POLICY everyone ON identity.token USING (true);

CREATE POLICY everyone ON identity.token_use USING (true);

ALTER TABLE identity.invitation ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.legal_hold ENABLE ROW LEVEL SECURITY;

CREATE POLICY org ON identity.assignment AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON identity.break_glass AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON identity.break_glass_step AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON identity.erasure AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON identity.invitation AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON identity.legal_hold AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON identity.passkey AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON identity.passkey_challenge AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON identity.passkey_use AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON identity.password AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON identity.principal AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON identity.provider AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON identity.provider_subject AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON identity.recovery_code AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON identity.restriction AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON identity.role AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON identity.scim_group AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON identity.scim_mapping AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON identity.scim_member AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON identity.scim_user AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON identity.second_factor AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON identity.session AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON identity.sign_in AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON identity.sign_in_failure AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON identity.token AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON identity.token_use AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

ALTER TABLE identity.passkey ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.passkey_challenge ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.passkey_use ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.password ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.principal ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.provider ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.provider_subject ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.recovery_code ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.restriction ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.role ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.scim_group ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.scim_mapping ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.scim_member ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.scim_user ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.second_factor ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.session ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.sign_in ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.sign_in_failure ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.token ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.token_use ENABLE ROW LEVEL SECURITY;

ALTER TABLE jobs.act ENABLE ROW LEVEL SECURITY;

ALTER TABLE jobs.attempt ENABLE ROW LEVEL SECURITY;

CREATE POLICY everyone ON jobs.act USING (true);

CREATE POLICY everyone ON jobs.attempt USING (true);

CREATE POLICY everyone ON jobs.integration_job USING (true);

CREATE POLICY everyone ON jobs.integration_step USING (true);

CREATE POLICY everyone ON jobs.job USING (true);

CREATE POLICY everyone ON jobs.reminder USING (true);

ALTER TABLE jobs.integration_job ENABLE ROW LEVEL SECURITY;

ALTER TABLE jobs.integration_step ENABLE ROW LEVEL SECURITY;

ALTER TABLE jobs.job ENABLE ROW LEVEL SECURITY;

CREATE POLICY org ON jobs.act AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON jobs.attempt AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON jobs.integration_job AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON jobs.integration_step AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON jobs.job AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON jobs.reminder AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

ALTER TABLE jobs.reminder ENABLE ROW LEVEL SECURITY;

ALTER TABLE keys.data_key ENABLE ROW LEVEL SECURITY;

CREATE POLICY everyone ON keys.data_key USING (true);

CREATE POLICY everyone ON keys.index_key USING (true);

CREATE POLICY everyone ON keys.wrapping_key USING (true);

ALTER TABLE keys.index_key ENABLE ROW LEVEL SECURITY;

CREATE POLICY org ON keys.data_key AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON keys.index_key AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON keys.wrapping_key AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

ALTER TABLE keys.wrapping_key ENABLE ROW LEVEL SECURITY;

ALTER TABLE ledger.approval ENABLE ROW LEVEL SECURITY;

ALTER TABLE ledger.approval_request ENABLE ROW LEVEL SECURITY;

ALTER TABLE ledger.approval_rule ENABLE ROW LEVEL SECURITY;

ALTER TABLE ledger.balance ENABLE ROW LEVEL SECURITY;

ALTER TABLE ledger.decision ENABLE ROW LEVEL SECURITY;

CREATE POLICY everyone ON ledger.approval USING (true);

CREATE POLICY everyone ON ledger.approval_request USING (true);

CREATE POLICY everyone ON ledger.approval_rule USING (true);

CREATE POLICY everyone ON ledger.balance USING (true);

CREATE POLICY everyone ON ledger.decision USING (true);

CREATE POLICY everyone ON ledger.head USING (true);

CREATE POLICY everyone ON ledger.movement USING (true);

CREATE POLICY everyone ON ledger.movement_note USING (true);

CREATE POLICY everyone ON ledger.period USING (true);

ALTER TABLE ledger.head ENABLE ROW LEVEL SECURITY;

ALTER TABLE ledger.movement ENABLE ROW LEVEL SECURITY;

ALTER TABLE ledger.movement_note ENABLE ROW LEVEL SECURITY;

CREATE POLICY org ON ledger.approval AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON ledger.approval_request AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON ledger.approval_rule AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON ledger.balance AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON ledger.decision AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON ledger.head AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON ledger.movement AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON ledger.movement_note AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON ledger.period AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

ALTER TABLE ledger.period ENABLE ROW LEVEL SECURITY;

CREATE POLICY sub_org ON ledger.approval_request AS RESTRICTIVE USING (
CASE
    WHEN (CURRENT_USER <> ALL (ARRAY['velaurum_owner'::name, 'velaurum_app'::name])) THEN true
    ELSE ((current_setting('velaurum.sub_orgs'::text) = '*'::text) OR (EXISTS ( SELECT
       FROM catalog.location l
      WHERE ((l.org_id = approval_request.org_id) AND (l.id = ANY (ARRAY[approval_request.source_id, approval_request.target_id])) AND (l.sub_org_id = ANY ((NULLIF(current_setting('velaurum.sub_orgs'::text, true), '*'::text))::uuid[]))))))
END);

CREATE POLICY sub_org ON ledger.balance AS RESTRICTIVE USING (
CASE
    WHEN (NOT platform.is_asked_by('velaurum_app'::name)) THEN true
    ELSE ((current_setting('velaurum.sub_orgs'::text) = '*'::text) OR (EXISTS ( SELECT
       FROM catalog.location l
      WHERE ((l.org_id = balance.org_id) AND (l.id = balance.location_id) AND (l.sub_org_id = ANY ((NULLIF(current_setting('velaurum.sub_orgs'::text, true), '*'::text))::uuid[]))))))
END);

CREATE POLICY sub_org ON ledger.movement AS RESTRICTIVE USING (
CASE
    WHEN (NOT platform.is_asked_by('velaurum_app'::name)) THEN true
    ELSE ((current_setting('velaurum.sub_orgs'::text) = '*'::text) OR (EXISTS ( SELECT
       FROM catalog.location l
      WHERE ((l.org_id = movement.org_id) AND (l.id = ANY (ARRAY[movement.source_id, movement.target_id])) AND (l.sub_org_id = ANY ((NULLIF(current_setting('velaurum.sub_orgs'::text, true), '*'::text))::uuid[]))))))
END);

ALTER TABLE tenancy.access_event ENABLE ROW LEVEL SECURITY;

CREATE POLICY everyone ON tenancy.access_event USING (true);

CREATE POLICY everyone ON tenancy.sighting USING (true);

CREATE POLICY everyone ON tenancy.sub_org USING (true);

CREATE POLICY everyone ON tenancy.suspension USING (true);

CREATE POLICY org ON tenancy.access_event AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON tenancy.sighting AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON tenancy.sub_org AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON tenancy.suspension AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

ALTER TABLE tenancy.sighting ENABLE ROW LEVEL SECURITY;

ALTER TABLE tenancy.sub_org ENABLE ROW LEVEL SECURITY;

CREATE POLICY sub_org ON tenancy.sub_org AS RESTRICTIVE USING (
CASE
    WHEN (CURRENT_USER <> ALL (ARRAY['velaurum_owner'::name, 'velaurum_app'::name])) THEN true
    ELSE ((current_setting('velaurum.sub_orgs'::text) = '*'::text) OR (id = ANY ((NULLIF(current_setting('velaurum.sub_orgs'::text), '*'::text))::uuid[])))
END) WITH CHECK (((current_setting('velaurum.sub_orgs'::text) = '*'::text) OR (parent_id = ANY ((NULLIF(current_setting('velaurum.sub_orgs'::text), '*'::text))::uuid[]))));

ALTER TABLE tenancy.suspension ENABLE ROW LEVEL SECURITY;

CREATE POLICY everyone ON transport.message USING (true);

CREATE POLICY everyone ON transport.queue USING (true);

ALTER TABLE transport.message ENABLE ROW LEVEL SECURITY;

CREATE POLICY org ON transport.message AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON transport.queue AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

ALTER TABLE transport.queue ENABLE ROW LEVEL SECURITY;

ALTER TABLE webhooks.act ENABLE ROW LEVEL SECURITY;

ALTER TABLE webhooks.attempt ENABLE ROW LEVEL SECURITY;

ALTER TABLE webhooks.delivery ENABLE ROW LEVEL SECURITY;

ALTER TABLE webhooks.endpoint ENABLE ROW LEVEL SECURITY;

CREATE POLICY everyone ON webhooks.act USING (true);

CREATE POLICY everyone ON webhooks.attempt USING (true);

CREATE POLICY everyone ON webhooks.delivery USING (true);

CREATE POLICY everyone ON webhooks.endpoint USING (true);

CREATE POLICY org ON webhooks.act AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON webhooks.attempt AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON webhooks.delivery AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

CREATE POLICY org ON webhooks.endpoint AS RESTRICTIVE USING (((CURRENT_USER = 'velaurum_backup'::name) OR (org_id = (current_setting('velaurum.org'::text))::uuid))) WITH CHECK ((org_id = (current_setting('velaurum.org'::text))::uuid));

GRANT USAGE ON SCHEMA audit TO velaurum_app;
GRANT USAGE ON SCHEMA audit TO velaurum_integrator;
GRANT USAGE ON SCHEMA audit TO velaurum_auditor;
GRANT USAGE ON SCHEMA audit TO velaurum_backup;
GRANT USAGE ON SCHEMA audit TO velaurum_operator;

GRANT USAGE ON SCHEMA catalog TO velaurum_app;
GRANT USAGE ON SCHEMA catalog TO velaurum_integrator;
GRANT USAGE ON SCHEMA catalog TO velaurum_auditor;
GRANT USAGE ON SCHEMA catalog TO velaurum_backup;

GRANT USAGE ON SCHEMA counting TO velaurum_app;
GRANT USAGE ON SCHEMA counting TO velaurum_integrator;
GRANT USAGE ON SCHEMA counting TO velaurum_auditor;
GRANT USAGE ON SCHEMA counting TO velaurum_backup;

GRANT USAGE ON SCHEMA events TO velaurum_app;
GRANT USAGE ON SCHEMA events TO velaurum_integrator;
GRANT USAGE ON SCHEMA events TO velaurum_auditor;
GRANT USAGE ON SCHEMA events TO velaurum_backup;

GRANT USAGE ON SCHEMA fence TO velaurum_backup;

GRANT USAGE ON SCHEMA identity TO velaurum_app;
GRANT USAGE ON SCHEMA identity TO velaurum_integrator;
GRANT USAGE ON SCHEMA identity TO velaurum_auditor;
GRANT USAGE ON SCHEMA identity TO velaurum_backup;

GRANT USAGE ON SCHEMA jobs TO velaurum_app;
GRANT USAGE ON SCHEMA jobs TO velaurum_integrator;
GRANT USAGE ON SCHEMA jobs TO velaurum_auditor;
GRANT USAGE ON SCHEMA jobs TO velaurum_backup;

GRANT USAGE ON SCHEMA keys TO velaurum_app;
GRANT USAGE ON SCHEMA keys TO velaurum_integrator;
GRANT USAGE ON SCHEMA keys TO velaurum_auditor;
GRANT USAGE ON SCHEMA keys TO velaurum_backup;

GRANT USAGE ON SCHEMA ledger TO velaurum_app;
GRANT USAGE ON SCHEMA ledger TO velaurum_integrator;
GRANT USAGE ON SCHEMA ledger TO velaurum_auditor;
GRANT USAGE ON SCHEMA ledger TO velaurum_backup;

GRANT USAGE ON SCHEMA platform TO velaurum_app;
GRANT USAGE ON SCHEMA platform TO velaurum_integrator;
GRANT USAGE ON SCHEMA platform TO velaurum_auditor;
GRANT USAGE ON SCHEMA platform TO velaurum_backup;
GRANT USAGE ON SCHEMA platform TO velaurum_operator;

GRANT USAGE ON SCHEMA tenancy TO velaurum_app;
GRANT USAGE ON SCHEMA tenancy TO velaurum_integrator;
GRANT USAGE ON SCHEMA tenancy TO velaurum_auditor;
GRANT USAGE ON SCHEMA tenancy TO velaurum_backup;
GRANT USAGE ON SCHEMA tenancy TO velaurum_operator;

GRANT USAGE ON SCHEMA transport TO velaurum_app;
GRANT USAGE ON SCHEMA transport TO velaurum_integrator;
GRANT USAGE ON SCHEMA transport TO velaurum_auditor;
GRANT USAGE ON SCHEMA transport TO velaurum_backup;

GRANT USAGE ON SCHEMA webhooks TO velaurum_app;
GRANT USAGE ON SCHEMA webhooks TO velaurum_integrator;
GRANT USAGE ON SCHEMA webhooks TO velaurum_auditor;
GRANT USAGE ON SCHEMA webhooks TO velaurum_backup;

GRANT USAGE ON SCHEMA witness TO velaurum_app;

GRANT SELECT ON TABLE ledger.balance TO velaurum_app;
GRANT SELECT ON TABLE ledger.balance TO velaurum_integrator;
GRANT SELECT ON TABLE ledger.balance TO velaurum_auditor;
GRANT SELECT ON TABLE ledger.balance TO velaurum_backup;

GRANT SELECT ON TABLE ledger.decision TO velaurum_app;
GRANT SELECT ON TABLE ledger.decision TO velaurum_integrator;
GRANT SELECT ON TABLE ledger.decision TO velaurum_auditor;
GRANT SELECT ON TABLE ledger.decision TO velaurum_backup;

GRANT SELECT ON TABLE ledger.movement TO velaurum_app;
GRANT SELECT ON TABLE ledger.movement TO velaurum_integrator;
GRANT SELECT ON TABLE ledger.movement TO velaurum_auditor;
GRANT SELECT ON TABLE ledger.movement TO velaurum_backup;

GRANT SELECT ON TABLE ledger.movement_note TO velaurum_app;
GRANT SELECT ON TABLE ledger.movement_note TO velaurum_integrator;
GRANT SELECT ON TABLE ledger.movement_note TO velaurum_auditor;
GRANT SELECT ON TABLE ledger.movement_note TO velaurum_backup;

REVOKE ALL ON FUNCTION audit.action_of(p_before jsonb, p_after jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.anchor_checkpoint(p_org_id uuid, p_apart interval) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.anchor_checkpoint(p_org_id uuid, p_apart interval) TO velaurum_integrator;

REVOKE ALL ON FUNCTION audit.canonical(p_object jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.canonical_row(p_row jsonb, p_names text[], p_kinds text[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.canonical_value(p_kind text, p_value jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.carried(p_subject text, p_sv integer, p_row jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.carried(p_subject text, p_sv integer, p_row jsonb) TO velaurum_app;
GRANT ALL ON FUNCTION audit.carried(p_subject text, p_sv integer, p_row jsonb) TO velaurum_auditor;

REVOKE ALL ON FUNCTION audit.carry() FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.carry_table(p_org_id uuid, p_table regclass, how audit.opting) FROM PUBLIC;

GRANT SELECT ON TABLE audit.change TO velaurum_app;
GRANT SELECT ON TABLE audit.change TO velaurum_integrator;
GRANT SELECT ON TABLE audit.change TO velaurum_auditor;
GRANT SELECT ON TABLE audit.change TO velaurum_backup;

GRANT SELECT ON TABLE audit.version TO velaurum_app;
GRANT SELECT ON TABLE audit.version TO velaurum_integrator;
GRANT SELECT ON TABLE audit.version TO velaurum_auditor;
GRANT SELECT ON TABLE audit.version TO velaurum_backup;

REVOKE ALL ON FUNCTION audit.change_entry(v audit.version, c audit.change, p_actor_kind text, p_previous_leaf bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.column_of_versions(p_subject text, p_name text, p_type text) FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.columns_of(p_table regclass, p_apart text[], p_personal text[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.compared(p_row jsonb, p_sealed text[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.differing(p_row jsonb, p_other jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.disclosed(p_org_id uuid, p_change_id uuid, p_members jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.disclosed(p_org_id uuid, p_change_id uuid, p_members jsonb) TO velaurum_app;
GRANT ALL ON FUNCTION audit.disclosed(p_org_id uuid, p_change_id uuid, p_members jsonb) TO velaurum_auditor;

REVOKE ALL ON FUNCTION audit.full_tiles(p_org_id uuid, p_level integer, p_from bigint, p_to bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.has_grown(p_org_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.has_grown(p_org_id uuid) TO velaurum_integrator;

REVOKE ALL ON FUNCTION audit.has_to_wait(p_org_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.hashes(p_org_id uuid, p_level integer, p_from bigint, p_to bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.hashes(p_org_id uuid, p_level integer, p_from bigint, p_to bigint) TO velaurum_app;
GRANT ALL ON FUNCTION audit.hashes(p_org_id uuid, p_level integer, p_from bigint, p_to bigint) TO velaurum_integrator;
GRANT ALL ON FUNCTION audit.hashes(p_org_id uuid, p_level integer, p_from bigint, p_to bigint) TO velaurum_auditor;

REVOKE ALL ON FUNCTION audit.history(p_org_id uuid, p_subject text, p_subject_id uuid, p_bounds text, p_a timestamp with time zone, p_b timestamp with time zone, p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.history(p_org_id uuid, p_subject text, p_subject_id uuid, p_bounds text, p_a timestamp with time zone, p_b timestamp with time zone, p_sub_org_ids uuid[]) TO velaurum_app;
GRANT ALL ON FUNCTION audit.history(p_org_id uuid, p_subject text, p_subject_id uuid, p_bounds text, p_a timestamp with time zone, p_b timestamp with time zone, p_sub_org_ids uuid[]) TO velaurum_auditor;

REVOKE ALL ON FUNCTION audit.hold(p_org_id uuid, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.hold(p_org_id uuid, p_reason text) TO velaurum_integrator;

REVOKE ALL ON FUNCTION audit.id_of(p_subject text, p_row jsonb, p_key text[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.incarnation_of(p_org_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.incarnation_of(p_org_id uuid) TO velaurum_app;
GRANT ALL ON FUNCTION audit.incarnation_of(p_org_id uuid) TO velaurum_integrator;
GRANT ALL ON FUNCTION audit.incarnation_of(p_org_id uuid) TO velaurum_auditor;

REVOKE ALL ON FUNCTION audit.integrate(p_org_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.integrate(p_org_id uuid) TO velaurum_integrator;

REVOKE ALL ON FUNCTION audit.is_first_sealing(p_org_id uuid, how audit.opting, p_was jsonb, p_is jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.is_within(p_bounds text, p_from timestamp with time zone, p_to timestamp with time zone, p_a timestamp with time zone, p_b timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.is_within(p_bounds text, p_from timestamp with time zone, p_to timestamp with time zone, p_a timestamp with time zone, p_b timestamp with time zone) TO velaurum_app;
GRANT ALL ON FUNCTION audit.is_within(p_bounds text, p_from timestamp with time zone, p_to timestamp with time zone, p_a timestamp with time zone, p_b timestamp with time zone) TO velaurum_auditor;

REVOKE ALL ON FUNCTION audit.keep_change(p_org_id uuid, how audit.opting, p_action text, p_was jsonb, p_is jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.keep_cosignature(p_org_id uuid, p_incarnation integer, p_size bigint, p_name text, p_key_id text, p_line text, p_cosigned_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.keep_cosignature(p_org_id uuid, p_incarnation integer, p_size bigint, p_name text, p_key_id text, p_line text, p_cosigned_at timestamp with time zone) TO velaurum_integrator;

REVOKE ALL ON FUNCTION audit.kind_of(p_type regtype) FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.lacks_log_key(p_org_id uuid, p_public_key text, p_state text) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.lacks_log_key(p_org_id uuid, p_public_key text, p_state text) TO velaurum_integrator;

REVOKE ALL ON FUNCTION audit.make_history_view(p_table regclass, how audit.opting) FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.meta_entry(p_salt bytea, p_note text) FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.number_change() FROM PUBLIC;

GRANT SELECT ON TABLE audit.incarnation TO velaurum_app;
GRANT SELECT ON TABLE audit.incarnation TO velaurum_integrator;
GRANT SELECT ON TABLE audit.incarnation TO velaurum_auditor;
GRANT SELECT ON TABLE audit.incarnation TO velaurum_backup;

REVOKE ALL ON FUNCTION audit.open_incarnation(p_org_id uuid, p_number integer, p_common_size bigint, p_lost_size bigint, p_lost_root text, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.open_incarnation(p_org_id uuid, p_number integer, p_common_size bigint, p_lost_size bigint, p_lost_root text, p_reason text) TO velaurum_operator;

GRANT SELECT ON TABLE audit.personal_value TO velaurum_app;
GRANT SELECT ON TABLE audit.personal_value TO velaurum_auditor;
GRANT SELECT ON TABLE audit.personal_value TO velaurum_backup;

REVOKE ALL ON FUNCTION audit.personal_line(p_org_id uuid, p_change_id uuid, p_name text, p_value text, p_salt bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.place(p_org_id uuid, p_change_id uuid, p_log_index bigint, p_recorded_at timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.plain_opting(p_subject text) FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.principal_at(p_org_id uuid, p_principal_id uuid, p_size bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.principal_at(p_org_id uuid, p_principal_id uuid, p_size bigint) TO velaurum_app;
GRANT ALL ON FUNCTION audit.principal_at(p_org_id uuid, p_principal_id uuid, p_size bigint) TO velaurum_auditor;

REVOKE ALL ON FUNCTION audit.publish(p_org_id uuid, p_incarnation integer, p_size bigint, p_note text) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.publish(p_org_id uuid, p_incarnation integer, p_size bigint, p_note text) TO velaurum_integrator;

REVOKE ALL ON FUNCTION audit.record_at(p_org_id uuid, p_subject text, p_subject_id uuid, p_size bigint, p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.record_at(p_org_id uuid, p_subject text, p_subject_id uuid, p_size bigint, p_sub_org_ids uuid[]) TO velaurum_app;
GRANT ALL ON FUNCTION audit.record_at(p_org_id uuid, p_subject text, p_subject_id uuid, p_size bigint, p_sub_org_ids uuid[]) TO velaurum_auditor;

REVOKE ALL ON FUNCTION audit.record_change() FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.record_changes(p_table regclass, p_subject text, p_key text[], p_apart text[], p_personal text[], p_department text, p_sealed text[], p_waits boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.record_export(p_org_id uuid, p_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_recipient text) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.record_export(p_org_id uuid, p_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_recipient text) TO velaurum_app;

REVOKE ALL ON FUNCTION audit.record_of(p_org_id uuid, p_change_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.record_of(p_org_id uuid, p_change_id uuid) TO velaurum_app;
GRANT ALL ON FUNCTION audit.record_of(p_org_id uuid, p_change_id uuid) TO velaurum_auditor;

REVOKE ALL ON FUNCTION audit.record_verification(p_org_id uuid, p_began_at timestamp with time zone, p_ended_at timestamp with time zone, p_size bigint, p_root text, p_findings bigint, p_codes text[], p_program text, p_report_sha256 text, p_is_scheduled boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.record_verification(p_org_id uuid, p_began_at timestamp with time zone, p_ended_at timestamp with time zone, p_size bigint, p_root text, p_findings bigint, p_codes text[], p_program text, p_report_sha256 text, p_is_scheduled boolean) TO velaurum_integrator;

REVOKE ALL ON FUNCTION audit.require_persons_key() FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.salt() FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.seal_value(p_org_id uuid, p_change_id uuid, p_name text, p_before text, p_value text) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.seal_value(p_org_id uuid, p_change_id uuid, p_name text, p_before text, p_value text) TO velaurum_app;

REVOKE ALL ON FUNCTION audit.shown(p_org_id uuid, p_subject text, p_said jsonb, p_size bigint, p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.shown(p_org_id uuid, p_subject text, p_said jsonb, p_size bigint, p_sub_org_ids uuid[]) TO velaurum_app;
GRANT ALL ON FUNCTION audit.shown(p_org_id uuid, p_subject text, p_said jsonb, p_size bigint, p_sub_org_ids uuid[]) TO velaurum_auditor;

REVOKE ALL ON FUNCTION audit.spans(p_org_id uuid, p_subject text, p_subject_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.spans(p_org_id uuid, p_subject text, p_subject_id uuid) TO velaurum_app;
GRANT ALL ON FUNCTION audit.spans(p_org_id uuid, p_subject text, p_subject_id uuid) TO velaurum_auditor;

REVOKE ALL ON FUNCTION audit.standing(p_org_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.standing(p_org_id uuid) TO velaurum_integrator;

REVOKE ALL ON FUNCTION audit.state_log_key(p_org_id uuid, p_state text, p_verifier_key text, p_public_key text, p_overlap_until timestamp with time zone, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.state_log_key(p_org_id uuid, p_state text, p_verifier_key text, p_public_key text, p_overlap_until timestamp with time zone, p_reason text) TO velaurum_integrator;

REVOKE ALL ON FUNCTION audit.tile_count(p_org_id uuid, p_level integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.tile_root(p_hashes bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.uncosigned(p_org_id uuid, p_name text, p_key_id text) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.uncosigned(p_org_id uuid, p_name text, p_key_id text) TO velaurum_integrator;

REVOKE ALL ON FUNCTION audit.unsigned_since(p_org_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.unsigned_since(p_org_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION audit.withheld(p_row jsonb, p_personal text[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION catalog.create_item(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_code text, p_code_key text, p_name text, p_unit text, p_tracking text, p_description text, p_attributes jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION catalog.create_item(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_code text, p_code_key text, p_name text, p_unit text, p_tracking text, p_description text, p_attributes jsonb) TO velaurum_app;

REVOKE ALL ON FUNCTION catalog.create_location(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_code text, p_code_key text, p_name text, p_kind text, p_parent_id uuid, p_sub_org_id uuid, p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION catalog.create_location(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_code text, p_code_key text, p_name text, p_kind text, p_parent_id uuid, p_sub_org_id uuid, p_sub_org_ids uuid[]) TO velaurum_app;

REVOKE ALL ON FUNCTION catalog.create_lot(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_item_id uuid, p_code text, p_code_key text, p_expires_on date, p_manufactured_on date, p_supplier_lot text) FROM PUBLIC;
GRANT ALL ON FUNCTION catalog.create_lot(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_item_id uuid, p_code text, p_code_key text, p_expires_on date, p_manufactured_on date, p_supplier_lot text) TO velaurum_app;

REVOKE ALL ON FUNCTION catalog.create_pack(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_item_id uuid, p_unit text, p_numerator bigint, p_denominator bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION catalog.create_pack(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_item_id uuid, p_unit text, p_numerator bigint, p_denominator bigint) TO velaurum_app;

REVOKE ALL ON FUNCTION catalog.create_serial(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_item_id uuid, p_code text, p_code_key text) FROM PUBLIC;
GRANT ALL ON FUNCTION catalog.create_serial(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_item_id uuid, p_code text, p_code_key text) TO velaurum_app;

REVOKE ALL ON FUNCTION catalog.exactly(p_quantity numeric, p_numerator numeric, p_denominator numeric) FROM PUBLIC;

REVOKE ALL ON FUNCTION catalog.factor(p_org_id uuid, p_item_id uuid, p_item_unit text, p_unit text) FROM PUBLIC;

REVOKE ALL ON FUNCTION catalog.factor_of_units(p_unit text, p_other text) FROM PUBLIC;

REVOKE ALL ON FUNCTION catalog.packagings() FROM PUBLIC;
GRANT ALL ON FUNCTION catalog.packagings() TO velaurum_app;
GRANT ALL ON FUNCTION catalog.packagings() TO velaurum_auditor;

REVOKE ALL ON FUNCTION catalog.refuse_deep_location() FROM PUBLIC;

REVOKE ALL ON FUNCTION catalog.refuse_known_unit() FROM PUBLIC;

REVOKE ALL ON FUNCTION catalog.refuse_new_parent() FROM PUBLIC;

REVOKE ALL ON FUNCTION catalog.refuse_new_tracking() FROM PUBLIC;

REVOKE ALL ON FUNCTION catalog.refuse_untracked(p_org_id uuid, p_item_id uuid, p_tracking text) FROM PUBLIC;

REVOKE ALL ON FUNCTION catalog.remove_pack(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION catalog.remove_pack(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION catalog.units() FROM PUBLIC;
GRANT ALL ON FUNCTION catalog.units() TO velaurum_app;
GRANT ALL ON FUNCTION catalog.units() TO velaurum_auditor;

REVOKE ALL ON FUNCTION catalog.units_of_area() FROM PUBLIC;
GRANT ALL ON FUNCTION catalog.units_of_area() TO velaurum_app;
GRANT ALL ON FUNCTION catalog.units_of_area() TO velaurum_auditor;

REVOKE ALL ON FUNCTION catalog.units_of_count() FROM PUBLIC;
GRANT ALL ON FUNCTION catalog.units_of_count() TO velaurum_app;
GRANT ALL ON FUNCTION catalog.units_of_count() TO velaurum_auditor;

REVOKE ALL ON FUNCTION catalog.units_of_energy() FROM PUBLIC;
GRANT ALL ON FUNCTION catalog.units_of_energy() TO velaurum_app;
GRANT ALL ON FUNCTION catalog.units_of_energy() TO velaurum_auditor;

REVOKE ALL ON FUNCTION catalog.units_of_length() FROM PUBLIC;
GRANT ALL ON FUNCTION catalog.units_of_length() TO velaurum_app;
GRANT ALL ON FUNCTION catalog.units_of_length() TO velaurum_auditor;

REVOKE ALL ON FUNCTION catalog.units_of_mass() FROM PUBLIC;
GRANT ALL ON FUNCTION catalog.units_of_mass() TO velaurum_app;
GRANT ALL ON FUNCTION catalog.units_of_mass() TO velaurum_auditor;

REVOKE ALL ON FUNCTION catalog.units_of_time() FROM PUBLIC;
GRANT ALL ON FUNCTION catalog.units_of_time() TO velaurum_app;
GRANT ALL ON FUNCTION catalog.units_of_time() TO velaurum_auditor;

REVOKE ALL ON FUNCTION catalog.units_of_volume() FROM PUBLIC;
GRANT ALL ON FUNCTION catalog.units_of_volume() TO velaurum_app;
GRANT ALL ON FUNCTION catalog.units_of_volume() TO velaurum_auditor;

GRANT SELECT ON TABLE catalog.item TO velaurum_app;
GRANT SELECT ON TABLE catalog.item TO velaurum_auditor;
GRANT SELECT ON TABLE catalog.item TO velaurum_backup;
GRANT SELECT ON TABLE catalog.item TO velaurum_integrator;

REVOKE ALL ON FUNCTION catalog.update_item(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_name text, p_tracking text, p_description text, p_attributes jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION catalog.update_item(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_name text, p_tracking text, p_description text, p_attributes jsonb) TO velaurum_app;

GRANT SELECT ON TABLE catalog.location TO velaurum_app;
GRANT SELECT ON TABLE catalog.location TO velaurum_auditor;
GRANT SELECT ON TABLE catalog.location TO velaurum_backup;
GRANT SELECT ON TABLE catalog.location TO velaurum_integrator;

REVOKE ALL ON FUNCTION catalog.update_location(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_name text, p_sub_org_id uuid, p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION catalog.update_location(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_name text, p_sub_org_id uuid, p_sub_org_ids uuid[]) TO velaurum_app;

GRANT SELECT ON TABLE catalog.lot TO velaurum_app;
GRANT SELECT ON TABLE catalog.lot TO velaurum_auditor;
GRANT SELECT ON TABLE catalog.lot TO velaurum_backup;
GRANT SELECT ON TABLE catalog.lot TO velaurum_integrator;

REVOKE ALL ON FUNCTION catalog.update_lot(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_expires_on date, p_manufactured_on date, p_supplier_lot text) FROM PUBLIC;
GRANT ALL ON FUNCTION catalog.update_lot(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_expires_on date, p_manufactured_on date, p_supplier_lot text) TO velaurum_app;

GRANT SELECT ON TABLE catalog.pack TO velaurum_app;
GRANT SELECT ON TABLE catalog.pack TO velaurum_auditor;
GRANT SELECT ON TABLE catalog.pack TO velaurum_backup;
GRANT SELECT ON TABLE catalog.pack TO velaurum_integrator;

REVOKE ALL ON FUNCTION catalog.update_pack(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_numerator bigint, p_denominator bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION catalog.update_pack(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_numerator bigint, p_denominator bigint) TO velaurum_app;

GRANT SELECT ON TABLE catalog.serial TO velaurum_app;
GRANT SELECT ON TABLE catalog.serial TO velaurum_auditor;
GRANT SELECT ON TABLE catalog.serial TO velaurum_backup;
GRANT SELECT ON TABLE catalog.serial TO velaurum_integrator;

REVOKE ALL ON FUNCTION catalog.update_serial(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_code text, p_code_key text) FROM PUBLIC;
GRANT ALL ON FUNCTION catalog.update_serial(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_code text, p_code_key text) TO velaurum_app;

REVOKE ALL ON FUNCTION catalog.within(p_org_id uuid, p_location_id uuid, p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION catalog.within(p_org_id uuid, p_location_id uuid, p_sub_org_ids uuid[]) TO velaurum_app;

REVOKE ALL ON FUNCTION counting.add_lines(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_rows jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION counting.add_lines(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_rows jsonb) TO velaurum_app;

REVOKE ALL ON FUNCTION counting.adjusted_since(p_org_id uuid, p_count_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION counting.adjustments(p_org_id uuid, p_count_id uuid, p_number integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION counting.approve_count(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION counting.approve_count(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION counting.cancel_count(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION counting.cancel_count(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION counting.count_as_nothing(p_org_id uuid, p_id uuid, p_location_id uuid, p_size bigint, p_actor_id uuid, p_credential_id uuid, p_request_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION counting.finish_count(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION counting.finish_count(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) TO velaurum_app;

GRANT SELECT ON TABLE counting.count TO velaurum_app;
GRANT SELECT ON TABLE counting.count TO velaurum_auditor;
GRANT SELECT ON TABLE counting.count TO velaurum_backup;

REVOKE ALL ON FUNCTION counting.locked(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION counting.newest(p_org_id uuid, p_count_id uuid, p_part_id uuid, p_status text) FROM PUBLIC;
GRANT ALL ON FUNCTION counting.newest(p_org_id uuid, p_count_id uuid, p_part_id uuid, p_status text) TO velaurum_app;

REVOKE ALL ON FUNCTION counting.open_count(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_code text, p_code_key text, p_location_id uuid, p_item_id uuid, p_is_blind boolean, p_zero_uncounted boolean, p_tolerance numeric) FROM PUBLIC;
GRANT ALL ON FUNCTION counting.open_count(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_code text, p_code_key text, p_location_id uuid, p_item_id uuid, p_is_blind boolean, p_zero_uncounted boolean, p_tolerance numeric) TO velaurum_app;

REVOKE ALL ON FUNCTION counting.post_count(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION counting.post_count(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION counting.post_rows(p_org_id uuid, p_rows jsonb[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION counting.posting(p_org_id uuid, p_key text) FROM PUBLIC;

REVOKE ALL ON FUNCTION counting.record_line(p_org_id uuid, p_count_id uuid, p_location_id uuid, asked counting.line_intake, p_item_id uuid, part ledger.part, p_status text, p_size bigint, p_actor_id uuid, p_credential_id uuid, p_request_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION counting.refuse_key_of_count() FROM PUBLIC;

REVOKE ALL ON FUNCTION counting.refuse_late_line() FROM PUBLIC;

REVOKE ALL ON FUNCTION counting.refuse_other_beginning() FROM PUBLIC;

REVOKE ALL ON FUNCTION counting.refuse_other_step() FROM PUBLIC;

REVOKE ALL ON FUNCTION counting.refuse_overlap(p_org_id uuid, p_location_id uuid, p_item_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION counting.resolved_lines(p_org_id uuid, p_count_id uuid, p_item_id uuid, p_from_size bigint, p_size bigint, p_actor_id uuid, p_rows jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION counting.standing(p_org_id uuid, p_count_id uuid, p_number integer) FROM PUBLIC;
GRANT ALL ON FUNCTION counting.standing(p_org_id uuid, p_count_id uuid, p_number integer) TO velaurum_app;

REVOKE ALL ON FUNCTION counting.step(p_org_id uuid, p_id uuid, p_state text, p_actor_id uuid, p_size bigint, p_approver_id uuid, p_credential_id uuid, p_refusals jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION counting.stock_key(p_count_id uuid, p_part_id uuid, p_status text) FROM PUBLIC;
GRANT ALL ON FUNCTION counting.stock_key(p_count_id uuid, p_part_id uuid, p_status text) TO velaurum_app;

REVOKE ALL ON FUNCTION counting.uncounted(p_org_id uuid, p_count_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION counting.uncounted(p_org_id uuid, p_count_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION counting.variance(p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint, p_quantity numeric) FROM PUBLIC;
GRANT ALL ON FUNCTION counting.variance(p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint, p_quantity numeric) TO velaurum_app;

REVOKE ALL ON FUNCTION counting.vouches(p_org_id uuid, p_key text, p_hash bytea, p_actor_id uuid, p_credential_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION counting.waiting(p_org_id uuid, p_count_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION counting.waiting(p_org_id uuid, p_count_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION events.advance(p_org_id uuid, p_name text, p_from bigint, p_to bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION events.advance(p_org_id uuid, p_name text, p_from bigint, p_to bigint) TO velaurum_app;
GRANT ALL ON FUNCTION events.advance(p_org_id uuid, p_name text, p_from bigint, p_to bigint) TO velaurum_integrator;

REVOKE ALL ON FUNCTION events.claim(p_org_id uuid, p_name text) FROM PUBLIC;
GRANT ALL ON FUNCTION events.claim(p_org_id uuid, p_name text) TO velaurum_app;
GRANT ALL ON FUNCTION events.claim(p_org_id uuid, p_name text) TO velaurum_integrator;

REVOKE ALL ON FUNCTION events.figures(p_org_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION events.figures(p_org_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION events.forget(p_org_id uuid, p_age interval, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION events.forget(p_org_id uuid, p_age interval, p_limit integer) TO velaurum_integrator;

REVOKE ALL ON FUNCTION events.guard_removal() FROM PUBLIC;

REVOKE ALL ON FUNCTION events.refuse_going_back() FROM PUBLIC;

REVOKE ALL ON FUNCTION events.subscribe(p_org_id uuid, p_name text, p_after_index bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION events.subscribe(p_org_id uuid, p_name text, p_after_index bigint) TO velaurum_app;
GRANT ALL ON FUNCTION events.subscribe(p_org_id uuid, p_name text, p_after_index bigint) TO velaurum_integrator;

REVOKE ALL ON FUNCTION events.take(p_org_id uuid, p_consumer text, p_message_ids text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION events.take(p_org_id uuid, p_consumer text, p_message_ids text[]) TO velaurum_app;
GRANT ALL ON FUNCTION events.take(p_org_id uuid, p_consumer text, p_message_ids text[]) TO velaurum_integrator;

REVOKE ALL ON FUNCTION fence.is_current() FROM PUBLIC;

REVOKE ALL ON FUNCTION fence.is_open() FROM PUBLIC;

REVOKE ALL ON FUNCTION fence.is_ours(p_schema text) FROM PUBLIC;

REVOKE ALL ON FUNCTION fence.is_protected(p_classid oid, p_objid oid) FROM PUBLIC;

REVOKE ALL ON FUNCTION fence.is_touched(p_classid oid, p_objid oid, p_schema text) FROM PUBLIC;

REVOKE ALL ON FUNCTION fence.objects() FROM PUBLIC;

REVOKE ALL ON FUNCTION fence.on_command() FROM PUBLIC;

REVOKE ALL ON FUNCTION fence.on_drop() FROM PUBLIC;

REVOKE ALL ON FUNCTION fence.on_rewrite() FROM PUBLIC;

REVOKE ALL ON FUNCTION fence.on_start() FROM PUBLIC;

REVOKE ALL ON FUNCTION fence.open() FROM PUBLIC;

REVOKE ALL ON FUNCTION fence.protect() FROM PUBLIC;

REVOKE ALL ON FUNCTION fence.refuse(p_tag text, p_identity text) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.act_as(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.admit_administrator(p_org_id uuid, p_actor_id uuid, p_name text) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.assign(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_principal_id uuid, p_role text, p_sub_org_id uuid, p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.assign(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_principal_id uuid, p_role text, p_sub_org_id uuid, p_sub_org_ids uuid[]) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.attempt_sign_in(p_org_id uuid, p_kinds text[], p_key_hashes bytea[]) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.attempt_sign_in(p_org_id uuid, p_kinds text[], p_key_hashes bytea[]) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.begin_provisioning(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_sub_org_ids uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.begin_sign_in(p_org_id uuid, p_id uuid, p_provider_id uuid, p_secret_hash bytea, p_return_to text, p_life interval) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.begin_sign_in(p_org_id uuid, p_id uuid, p_provider_id uuid, p_secret_hash bytea, p_return_to text, p_life interval) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.break_glass_side(p_org_id uuid, p_actor_id uuid, p_credential_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.break_glass_state(p_org_id uuid, p_id uuid, p_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.break_glass_state(p_org_id uuid, p_id uuid, p_at timestamp with time zone) TO velaurum_app;
GRANT ALL ON FUNCTION identity.break_glass_state(p_org_id uuid, p_id uuid, p_at timestamp with time zone) TO velaurum_auditor;

REVOKE ALL ON FUNCTION identity.challenge_anybody(p_org_id uuid, p_challenge_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.challenge_anybody(p_org_id uuid, p_challenge_hash bytea) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.challenge_registrant(p_org_id uuid, p_credential_id uuid, p_challenge_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.challenge_registrant(p_org_id uuid, p_credential_id uuid, p_challenge_hash bytea) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.change_members(p_org_id uuid, p_actor_id uuid, p_group_id uuid, p_added uuid[], p_removed uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.change_password(p_org_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_new_id uuid, p_login text, p_login_index bytea, p_phc bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.change_password(p_org_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_new_id uuid, p_login text, p_login_index bytea, p_phc bytea) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.confirm_second_factor(p_org_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_step bigint, p_code_hashes bytea[]) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.confirm_second_factor(p_org_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_step bigint, p_code_hashes bytea[]) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.create_principal(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_id uuid, p_kind text, p_name text, p_sub_org_id uuid, p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.create_principal(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_id uuid, p_kind text, p_name text, p_sub_org_id uuid, p_sub_org_ids uuid[]) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.create_provider(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_code text, p_name text, p_kind text, p_issuer text, p_client_id text, p_client_auth text, p_client_secret text, p_tenant_ids text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.create_provider(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_code text, p_name text, p_kind text, p_issuer text, p_client_id text, p_client_auth text, p_client_secret text, p_tenant_ids text[]) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.create_role(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_code text, p_name text, p_permissions text[], p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.create_role(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_code text, p_name text, p_permissions text[], p_sub_org_ids uuid[]) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.create_scim_group(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_display_name text, p_display_name_key text, p_external_id text, p_members uuid[], p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.create_scim_group(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_display_name text, p_display_name_key text, p_external_id text, p_members uuid[], p_sub_org_ids uuid[]) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.create_scim_mapping(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_group_id uuid, p_role text, p_sub_org_id uuid, p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.create_scim_mapping(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_group_id uuid, p_role text, p_sub_org_id uuid, p_sub_org_ids uuid[]) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.create_scim_user(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_principal_id uuid, p_user_name text, p_user_name_index bytea, p_user_name_key text, p_external_id text, p_external_id_index bytea, p_attributes text, p_display_name_index bytea, p_attributes_digest text, p_name text, p_is_active boolean, p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.create_scim_user(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_principal_id uuid, p_user_name text, p_user_name_index bytea, p_user_name_key text, p_external_id text, p_external_id_index bytea, p_attributes text, p_display_name_index bytea, p_attributes_digest text, p_name text, p_is_active boolean, p_sub_org_ids uuid[]) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.create_token(p_org_id uuid, p_id uuid, p_principal_id uuid, p_kind text, p_name text, p_role text, p_sub_org_id uuid, p_secret_hash bytea, p_life interval) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.create_token(p_org_id uuid, p_id uuid, p_principal_id uuid, p_kind text, p_name text, p_role text, p_sub_org_id uuid, p_secret_hash bytea, p_life interval) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.cut_hash() FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.cut_principal(p_org_id uuid, p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.cut_principal(p_org_id uuid, p_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.cut_token(p_org_id uuid, p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.cut_token(p_org_id uuid, p_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.drop_scim_user(p_org_id uuid, p_actor_id uuid, p_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.end_break_glass_of(p_org_id uuid, p_administrator_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.end_break_glass_of(p_org_id uuid, p_administrator_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.end_session(p_org_id uuid, p_id uuid, p_actor_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.end_session(p_org_id uuid, p_id uuid, p_actor_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.end_sessions_of_disabled() FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.end_ways_in(p_org_id uuid, p_principal_id uuid, p_actor_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.end_ways_in_of_disabled() FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.enrol_second_factor(p_org_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_sealed bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.enrol_second_factor(p_org_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_sealed bytea) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.enrolling(p_org_id uuid, p_credential_id uuid, p_request_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.erase_subject(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_principal_id uuid, p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.erase_subject(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_principal_id uuid, p_sub_org_ids uuid[]) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.erased_text(p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.erased_text(p_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.failure_rule(p_kind text) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.forget_indexes(p_org_id uuid, p_principal_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.forget_profiles(p_org_id uuid, p_principal_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.forget_subject(p_org_id uuid, p_principal_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.forgive_sign_in(p_org_id uuid, p_key_hashes bytea[]) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.forgive_sign_in(p_org_id uuid, p_key_hashes bytea[]) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.held_because(p_org_id uuid, p_principal_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.hold_password(p_org_id uuid, p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.hold_password(p_org_id uuid, p_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.hold_subject(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_principal_id uuid, p_action text, p_reason text, p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.hold_subject(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_principal_id uuid, p_action text, p_reason text, p_sub_org_ids uuid[]) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.holder_of_login(p_org_id uuid, p_login_index bytea, p_typed text) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.holder_of_login(p_org_id uuid, p_login_index bytea, p_typed text) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.holds_role(p_org_id uuid, p_principal_id uuid, p_role text) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.invite(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_id uuid, p_principal_id uuid, p_login text, p_login_index bytea, p_typed text, p_secret_hash bytea, p_life interval, p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.invite(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_id uuid, p_principal_id uuid, p_login text, p_login_index bytea, p_typed text, p_secret_hash bytea, p_life interval, p_sub_org_ids uuid[]) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.invite_by_hand(p_org_id uuid, p_id uuid, p_principal_id uuid, p_name text, p_role text, p_login text, p_login_index bytea, p_typed text, p_secret_hash bytea, p_life interval) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.invite_by_hand(p_org_id uuid, p_id uuid, p_principal_id uuid, p_name text, p_role text, p_login text, p_login_index bytea, p_typed text, p_secret_hash bytea, p_life interval) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.is_erased(p_org_id uuid, p_principal_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.is_erased(p_org_id uuid, p_principal_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.is_group_name_taken(p_org_id uuid, p_id uuid, p_display_name_key text) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.is_let_in_by(p_org_id uuid, p_session_id uuid, p_person_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.is_managed(p_org_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.is_user_name_taken(p_org_id uuid, p_id uuid, p_user_name_index bytea, p_user_name_key text) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.issue_token(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_id uuid, p_principal_id uuid, p_role text, p_sub_org_id uuid, p_secret_hash bytea, p_life interval, p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.issue_token(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_id uuid, p_principal_id uuid, p_role text, p_sub_org_id uuid, p_secret_hash bytea, p_life interval, p_sub_org_ids uuid[]) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.keep_challenge(p_org_id uuid, p_challenge_hash bytea, p_purpose text, p_principal_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.let_in_no_longer(p_org_id uuid, p_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.link_scim_user(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_id uuid, p_principal_id uuid, p_user_name text, p_user_name_index bytea, p_user_name_key text, p_external_id text, p_external_id_index bytea, p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.link_scim_user(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_id uuid, p_principal_id uuid, p_user_name text, p_user_name_index bytea, p_user_name_key text, p_external_id text, p_external_id_index bytea, p_sub_org_ids uuid[]) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.link_subject(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_id uuid, p_provider_id uuid, p_subject text, p_subject_index bytea, p_said text, p_principal_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.link_subject(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_id uuid, p_provider_id uuid, p_subject text, p_subject_index bytea, p_said text, p_principal_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.may_anyhow(p_org_id uuid, p_principal_id uuid, p_permission text) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.note_use(p_org_id uuid, p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.note_use(p_org_id uuid, p_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.open_session(p_org_id uuid, p_id uuid, p_principal_id uuid, p_method text, p_secret_hash bytea, p_idle interval, p_life interval) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.open_session(p_org_id uuid, p_id uuid, p_principal_id uuid, p_method text, p_secret_hash bytea, p_idle interval, p_life interval) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.overwrite_logins(p_org_id uuid, p_principal_id uuid, p_actor_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.overwrite_name(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_principal_id uuid, p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.overwrite_name(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_principal_id uuid, p_sub_org_ids uuid[]) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.overwrite_profiles(p_org_id uuid, p_principal_id uuid, p_actor_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.person_of(p_org_id uuid, p_record_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.personal_records_of(p_org_id uuid, p_principal_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.put_invitation(p_org_id uuid, p_id uuid, p_principal_id uuid, p_login text, p_login_index bytea, p_typed text, p_secret_hash bytea, p_life interval, p_actor_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.put_recovery_codes(p_org_id uuid, p_second_factor_id uuid, p_code_hashes bytea[], p_person_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.reach(p_org_id uuid, p_credential_id uuid, p_permission text) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.reach(p_org_id uuid, p_credential_id uuid, p_permission text) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.record_erasure(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_principal_id uuid, p_erased_at timestamp with time zone, p_receipt jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.record_erasure(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_principal_id uuid, p_erased_at timestamp with time zone, p_receipt jsonb) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.records_of(p_org_id uuid, p_principal_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.redeem_invitation(p_org_id uuid, p_id uuid, p_password_id uuid, p_login text, p_login_index bytea, p_phc bytea, p_request_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.redeem_invitation(p_org_id uuid, p_id uuid, p_password_id uuid, p_login text, p_login_index bytea, p_phc bytea, p_request_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.refuse_break_glass() FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.refuse_loose_break_glass_token() FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.refuse_loose_request() FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.refuse_loose_step() FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.refuse_other_text() FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.refuse_plain_text() FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.register_passkey(p_org_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_challenge_hash bytea, p_passkey jsonb, p_transports text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.register_passkey(p_org_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_challenge_hash bytea, p_passkey jsonb, p_transports text[]) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.registrant(p_org_id uuid, p_credential_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.rehash_password(p_org_id uuid, p_id uuid, p_before bytea, p_phc bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.rehash_password(p_org_id uuid, p_id uuid, p_before bytea, p_phc bytea) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.remove_scim_group(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.remove_scim_group(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_sub_org_ids uuid[]) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.remove_scim_mapping(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.remove_scim_mapping(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_sub_org_ids uuid[]) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.remove_scim_user(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.remove_scim_user(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_sub_org_ids uuid[]) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.remove_second_factor(p_org_id uuid, p_credential_id uuid, p_request_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.remove_second_factor(p_org_id uuid, p_credential_id uuid, p_request_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.renew_recovery_codes(p_org_id uuid, p_credential_id uuid, p_request_id uuid, p_code_hashes bytea[]) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.renew_recovery_codes(p_org_id uuid, p_credential_id uuid, p_request_id uuid, p_code_hashes bytea[]) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.replay_erasure(p_org_id uuid, p_principal_id uuid, p_erased_at timestamp with time zone, p_receipt jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.replay_erasure(p_org_id uuid, p_principal_id uuid, p_erased_at timestamp with time zone, p_receipt jsonb) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.request_break_glass(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_reason text, p_life interval, p_name text) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.request_break_glass(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_reason text, p_life interval, p_name text) TO velaurum_app;

GRANT SELECT ON TABLE identity.principal TO velaurum_app;
GRANT SELECT ON TABLE identity.principal TO velaurum_auditor;
GRANT SELECT ON TABLE identity.principal TO velaurum_backup;
GRANT SELECT ON TABLE identity.principal TO velaurum_integrator;

REVOKE ALL ON FUNCTION identity.require_manageable(p_org_id uuid, p_id uuid, p_sub_org_ids uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.require_managed(p_org_id uuid, p_was_managed boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.require_other_hand(p_org_id uuid, p_actor_id uuid, p_principal_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.require_sealed_name() FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.require_sealed_text() FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.reseal_second_factor(p_org_id uuid, p_second_factor_id uuid, p_before bytea, p_sealed bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.reseal_second_factor(p_org_id uuid, p_second_factor_id uuid, p_before bytea, p_sealed bytea) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.restrict_subject(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_principal_id uuid, p_action text, p_reason text, p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.restrict_subject(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_principal_id uuid, p_action text, p_reason text, p_sub_org_ids uuid[]) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.restricted(p_org_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.restricted(p_org_id uuid) TO velaurum_app;
GRANT ALL ON FUNCTION identity.restricted(p_org_id uuid) TO velaurum_integrator;

REVOKE ALL ON FUNCTION identity.revoke_assignment(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.revoke_assignment(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_sub_org_ids uuid[]) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.revoke_passkey(p_org_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.revoke_passkey(p_org_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.revoke_token(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.revoke_token(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_sub_org_ids uuid[]) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.revoke_what_was_cut(p_org_id uuid, p_operator_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.seal_invitation(p_org_id uuid, p_id uuid, p_before text, p_login text, p_login_index bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.seal_invitation(p_org_id uuid, p_id uuid, p_before text, p_login text, p_login_index bytea) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.seal_name(p_org_id uuid, p_principal_id uuid, p_before text, p_name text) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.seal_name(p_org_id uuid, p_principal_id uuid, p_before text, p_name text) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.seal_passkey(p_org_id uuid, p_id uuid, p_before text, p_name text) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.seal_passkey(p_org_id uuid, p_id uuid, p_before text, p_name text) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.seal_password(p_org_id uuid, p_id uuid, p_before text, p_login text, p_login_index bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.seal_password(p_org_id uuid, p_id uuid, p_before text, p_login text, p_login_index bytea) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.seal_provider_subject(p_org_id uuid, p_id uuid, p_before text, p_subject text, p_subject_index bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.seal_provider_subject(p_org_id uuid, p_id uuid, p_before text, p_subject text, p_subject_index bytea) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.seal_scim_user(p_org_id uuid, p_id uuid, p_name text, p_before text, p_sealed text, p_index bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.seal_scim_user(p_org_id uuid, p_id uuid, p_name text, p_before text, p_sealed text, p_index bytea) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.see_session(p_org_id uuid, p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.see_session(p_org_id uuid, p_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.seed_roles(p_org_id uuid, p_actor_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.set_disabled(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_is_disabled boolean, p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.set_disabled(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_is_disabled boolean, p_sub_org_ids uuid[]) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.set_user_active(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_is_active boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.settle_group(p_org_id uuid, p_actor_id uuid, p_group_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.settle_groups(p_org_id uuid, p_actor_id uuid, p_user_ids uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.standing(p_org_id uuid, p_credential_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.standing(p_org_id uuid, p_credential_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.standing_of_session(p_org_id uuid, p_credential_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.standing_of_session(p_org_id uuid, p_credential_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.standing_of_token(p_org_id uuid, p_credential_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.standing_of_token(p_org_id uuid, p_credential_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.step_break_glass(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_step text, p_secret_hash bytea, p_name text) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.step_break_glass(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_step text, p_secret_hash bytea, p_name text) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.take_challenge(p_org_id uuid, p_challenge_hash bytea, p_purpose text, p_principal_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.take_challenge(p_org_id uuid, p_challenge_hash bytea, p_purpose text, p_principal_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.unlink_scim_user(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.unlink_scim_user(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_sub_org_ids uuid[]) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.unlink_subject(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.unlink_subject(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.update_principal(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_name text, p_sub_org_id uuid, p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.update_principal(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_name text, p_sub_org_id uuid, p_sub_org_ids uuid[]) TO velaurum_app;

GRANT SELECT ON TABLE identity.provider TO velaurum_app;
GRANT SELECT ON TABLE identity.provider TO velaurum_auditor;
GRANT SELECT ON TABLE identity.provider TO velaurum_backup;

REVOKE ALL ON FUNCTION identity.update_provider(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_name text, p_client_id text, p_client_auth text, p_client_secret text, p_tenant_ids text[], p_is_disabled boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.update_provider(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_name text, p_client_id text, p_client_auth text, p_client_secret text, p_tenant_ids text[], p_is_disabled boolean) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.update_role(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_name text, p_permissions text[], p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.update_role(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_name text, p_permissions text[], p_sub_org_ids uuid[]) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.update_scim_group(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_display_name text, p_display_name_key text, p_external_id text, p_added uuid[], p_removed uuid[], p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.update_scim_group(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_display_name text, p_display_name_key text, p_external_id text, p_added uuid[], p_removed uuid[], p_sub_org_ids uuid[]) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.update_scim_user(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_said text[], p_user_name text, p_user_name_index bytea, p_user_name_key text, p_external_id text, p_external_id_index bytea, p_attributes text, p_display_name_index bytea, p_attributes_digest text, p_name text, p_is_active boolean, p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.update_scim_user(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_said text[], p_user_name text, p_user_name_index bytea, p_user_name_key text, p_external_id text, p_external_id_index bytea, p_attributes text, p_display_name_index bytea, p_attributes_digest text, p_name text, p_is_active boolean, p_sub_org_ids uuid[]) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.use_passkey(p_org_id uuid, p_id uuid, p_sign_count bigint, p_is_backed_up boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.use_passkey(p_org_id uuid, p_id uuid, p_sign_count bigint, p_is_backed_up boolean) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.use_recovery_code(p_org_id uuid, p_second_factor_id uuid, p_code_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.use_recovery_code(p_org_id uuid, p_second_factor_id uuid, p_code_hash bytea) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.use_sign_in(p_org_id uuid, p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.use_sign_in(p_org_id uuid, p_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.use_step(p_org_id uuid, p_second_factor_id uuid, p_step bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.use_step(p_org_id uuid, p_second_factor_id uuid, p_step bigint) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.vouched_for(p_org_id uuid, p_provider_id uuid, p_subject_index bytea, p_said text) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.vouched_for(p_org_id uuid, p_provider_id uuid, p_subject_index bytea, p_said text) TO velaurum_app;

REVOKE ALL ON FUNCTION identity.withdraw_sign_in(p_org_id uuid, p_key_hashes bytea[]) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.withdraw_sign_in(p_org_id uuid, p_key_hashes bytea[]) TO velaurum_app;

REVOKE ALL ON FUNCTION jobs.acknowledge_reminder(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION jobs.acknowledge_reminder(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION jobs.act_as_process(p_org_id uuid, p_request_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION jobs.act_on(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_action text) FROM PUBLIC;

REVOKE ALL ON FUNCTION jobs.act_on_integration_job(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_state text) FROM PUBLIC;
GRANT ALL ON FUNCTION jobs.act_on_integration_job(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_state text) TO velaurum_app;

REVOKE ALL ON FUNCTION jobs.add_ticket(p_lane text, p_tag bigint, p_args jsonb, p_run_at timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION jobs.begin_job(p_org_id uuid, p_id uuid, p_ticket bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION jobs.begin_job(p_org_id uuid, p_id uuid, p_ticket bigint) TO velaurum_app;

REVOKE ALL ON FUNCTION jobs.cancel(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION jobs.cancel(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION jobs.create_integration_job(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_kind text, p_payload jsonb, p_item_id uuid, p_location_id uuid, p_movement_id uuid, p_life interval, p_key_id text) FROM PUBLIC;
GRANT ALL ON FUNCTION jobs.create_integration_job(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_kind text, p_payload jsonb, p_item_id uuid, p_location_id uuid, p_movement_id uuid, p_life interval, p_key_id text) TO velaurum_app;

REVOKE ALL ON FUNCTION jobs.end_attempt(p_org_id uuid, p_id uuid, p_outcome text, p_error_code text) FROM PUBLIC;

REVOKE ALL ON FUNCTION jobs.enqueue(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_kind text, p_lane text, p_permission text, p_max_attempts integer, p_payload jsonb, p_run_at timestamp with time zone, p_dedupe_key text) FROM PUBLIC;
GRANT ALL ON FUNCTION jobs.enqueue(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_kind text, p_lane text, p_permission text, p_max_attempts integer, p_payload jsonb, p_run_at timestamp with time zone, p_dedupe_key text) TO velaurum_app;

REVOKE ALL ON FUNCTION jobs.expire_integration_jobs(p_org_id uuid, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION jobs.expire_integration_jobs(p_org_id uuid, p_limit integer) TO velaurum_app;

REVOKE ALL ON FUNCTION jobs.fail(p_org_id uuid, p_id uuid, p_ticket bigint, p_number integer, p_code text, p_detail text, p_after interval) FROM PUBLIC;
GRANT ALL ON FUNCTION jobs.fail(p_org_id uuid, p_id uuid, p_ticket bigint, p_number integer, p_code text, p_detail text, p_after interval) TO velaurum_app;

REVOKE ALL ON FUNCTION jobs.figures(p_org_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION jobs.figures(p_org_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION jobs.forget(p_org_id uuid, p_age interval, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION jobs.forget(p_org_id uuid, p_age interval, p_limit integer) TO velaurum_integrator;

REVOKE ALL ON FUNCTION jobs.forget_reminders(p_org_id uuid, p_age interval, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION jobs.forget_reminders(p_org_id uuid, p_age interval, p_limit integer) TO velaurum_integrator;

REVOKE ALL ON FUNCTION jobs.guard_integration_job() FROM PUBLIC;

REVOKE ALL ON FUNCTION jobs.guard_job() FROM PUBLIC;

REVOKE ALL ON FUNCTION jobs.guard_reminder() FROM PUBLIC;

REVOKE ALL ON FUNCTION jobs.guard_reminder_removal() FROM PUBLIC;

REVOKE ALL ON FUNCTION jobs.guard_removal() FROM PUBLIC;

REVOKE ALL ON FUNCTION jobs.guard_removal_with_job() FROM PUBLIC;

REVOKE ALL ON FUNCTION jobs.is_overdue(p_org_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION jobs.is_overdue(p_org_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION jobs.judge_callback(p_org_id uuid, p_id uuid, p_request_id uuid, p_nonce bytea, p_proof bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION jobs.lane_time(p_lane text) FROM PUBLIC;

REVOKE ALL ON FUNCTION jobs.note_integration_step() FROM PUBLIC;

REVOKE ALL ON FUNCTION jobs.note_progress(p_org_id uuid, p_id uuid, p_ticket bigint, p_number integer, p_done bigint, p_total bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION jobs.note_progress(p_org_id uuid, p_id uuid, p_ticket bigint, p_number integer, p_done bigint, p_total bigint) TO velaurum_app;

REVOKE ALL ON FUNCTION jobs.own_time(p_org_id uuid, p_lane text) FROM PUBLIC;

REVOKE ALL ON FUNCTION jobs.reach(p_org_id uuid, p_principal_id uuid, p_credential_id uuid, p_permission text) FROM PUBLIC;
GRANT ALL ON FUNCTION jobs.reach(p_org_id uuid, p_principal_id uuid, p_credential_id uuid, p_permission text) TO velaurum_app;

REVOKE ALL ON FUNCTION jobs.remind(p_org_id uuid, p_limits jsonb, p_most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION jobs.remind(p_org_id uuid, p_limits jsonb, p_most integer) TO velaurum_integrator;

REVOKE ALL ON FUNCTION jobs.reminder_is_within(p_org_id uuid, p_kind text, p_subject text, p_sub_org_ids uuid[], p_actor_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION jobs.reminder_is_within(p_org_id uuid, p_kind text, p_subject text, p_sub_org_ids uuid[], p_actor_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION jobs.request(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_kind text, p_lane text, p_permission text, p_max_attempts integer, p_payload jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION jobs.request(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_kind text, p_lane text, p_permission text, p_max_attempts integer, p_payload jsonb) TO velaurum_app;

REVOKE ALL ON FUNCTION jobs.retry(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_attempts integer) FROM PUBLIC;
GRANT ALL ON FUNCTION jobs.retry(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_attempts integer) TO velaurum_app;

REVOKE ALL ON FUNCTION jobs.standing(p_org_id uuid, p_principal_id uuid, p_credential_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION jobs.standing(p_org_id uuid, p_principal_id uuid, p_credential_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION jobs.succeed(p_org_id uuid, p_id uuid, p_ticket bigint, p_number integer, p_result jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION jobs.succeed(p_org_id uuid, p_id uuid, p_ticket bigint, p_number integer, p_result jsonb) TO velaurum_app;
GRANT ALL ON FUNCTION jobs.succeed(p_org_id uuid, p_id uuid, p_ticket bigint, p_number integer, p_result jsonb) TO velaurum_integrator;

REVOKE ALL ON FUNCTION jobs.take_integration_job(p_org_id uuid, p_id uuid, p_request_id uuid, p_nonce bytea, p_proof bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION jobs.take_integration_job(p_org_id uuid, p_id uuid, p_request_id uuid, p_nonce bytea, p_proof bytea) TO velaurum_app;

REVOKE ALL ON FUNCTION jobs.use_callback(p_org_id uuid, p_id uuid, p_request_id uuid, p_nonce bytea, p_proof bytea, p_outcome text, p_result jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION jobs.use_callback(p_org_id uuid, p_id uuid, p_request_id uuid, p_nonce bytea, p_proof bytea, p_outcome text, p_result jsonb) TO velaurum_app;

REVOKE ALL ON FUNCTION keys.act_as(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION keys.commitment_of(p_text text) FROM PUBLIC;
GRANT ALL ON FUNCTION keys.commitment_of(p_text text) TO velaurum_app;
GRANT ALL ON FUNCTION keys.commitment_of(p_text text) TO velaurum_auditor;

REVOKE ALL ON FUNCTION keys.destroy_data_key(p_org_id uuid, p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION keys.destroy_data_key(p_org_id uuid, p_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION keys.end_wrapping_key(p_org_id uuid, p_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION keys.end_wrapping_key(p_org_id uuid, p_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION keys.enter_what_waited(p_org_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION keys.envelope_of(p_text text) FROM PUBLIC;
GRANT ALL ON FUNCTION keys.envelope_of(p_text text) TO velaurum_app;
GRANT ALL ON FUNCTION keys.envelope_of(p_text text) TO velaurum_auditor;

REVOKE ALL ON FUNCTION keys.erase_subject(p_org_id uuid, p_subject_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION keys.erase_subject(p_org_id uuid, p_subject_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION keys.hold(p_org_id uuid, p_subject_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION keys.hold(p_org_id uuid, p_subject_ids uuid[]) TO velaurum_app;

REVOKE ALL ON FUNCTION keys.hold_key_of(p_org_id uuid, p_sealed bytea, p_subject_id uuid, p_of text) FROM PUBLIC;

REVOKE ALL ON FUNCTION keys.is_sealed_text(p_text text) FROM PUBLIC;
GRANT ALL ON FUNCTION keys.is_sealed_text(p_text text) TO velaurum_app;
GRANT ALL ON FUNCTION keys.is_sealed_text(p_text text) TO velaurum_auditor;

REVOKE ALL ON FUNCTION keys.is_unused(p_org_id uuid, p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION keys.is_unused(p_org_id uuid, p_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION keys.key_id(p_sealed bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION keys.key_id(p_sealed bytea) TO velaurum_app;
GRANT ALL ON FUNCTION keys.key_id(p_sealed bytea) TO velaurum_auditor;

REVOKE ALL ON FUNCTION keys.make_index_key(p_org_id uuid, p_sealed bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION keys.make_index_key(p_org_id uuid, p_sealed bytea) TO velaurum_app;

REVOKE ALL ON FUNCTION keys.mint(p_org_id uuid, p_id uuid, p_subject_id uuid, p_before uuid, p_wrapped bytea, p_share_seal bytea, p_wrapping_key_id uuid, p_count bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION keys.mint(p_org_id uuid, p_id uuid, p_subject_id uuid, p_before uuid, p_wrapped bytea, p_share_seal bytea, p_wrapping_key_id uuid, p_count bigint) TO velaurum_app;

REVOKE ALL ON FUNCTION keys.name_wrapping_key(p_org_id uuid, p_id uuid, p_provider text, p_name text, p_version text, p_before uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION keys.name_wrapping_key(p_org_id uuid, p_id uuid, p_provider text, p_name text, p_version text, p_before uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION keys.refuse_erased(p_org_id uuid, p_subject_ids uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION keys.require_living_key() FROM PUBLIC;

REVOKE ALL ON FUNCTION keys.reseal_index_key(p_org_id uuid, p_before bytea, p_sealed bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION keys.reseal_index_key(p_org_id uuid, p_before bytea, p_sealed bytea) TO velaurum_app;

REVOKE ALL ON FUNCTION keys.reserve(p_org_id uuid, p_id uuid, p_count bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION keys.reserve(p_org_id uuid, p_id uuid, p_count bigint) TO velaurum_app;

REVOKE ALL ON FUNCTION keys.rewrap(p_org_id uuid, p_id uuid, p_before uuid, p_wrapped bytea, p_wrapping_key_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION keys.rewrap(p_org_id uuid, p_id uuid, p_before uuid, p_wrapped bytea, p_wrapping_key_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION keys.sealed_rows(p_org_id uuid, p_key_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION keys.sealed_rows(p_org_id uuid, p_key_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION ledger.all_or_none(v ledger.verdict, p_size bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.approval_key_hash(p_hash bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.approval_problem(p_org_id uuid, p_id uuid, p_hash bytea, p_quantity numeric, p_actor_id uuid, p_credential_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.approval_rules_version(p_org_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.approval_rules_version(p_org_id uuid) TO velaurum_app;

GRANT SELECT ON TABLE ledger.period TO velaurum_app;
GRANT SELECT ON TABLE ledger.period TO velaurum_integrator;
GRANT SELECT ON TABLE ledger.period TO velaurum_auditor;
GRANT SELECT ON TABLE ledger.period TO velaurum_backup;

REVOKE ALL ON FUNCTION ledger.ask_reopening(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.ask_reopening(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_reason text) TO velaurum_app;

REVOKE ALL ON FUNCTION ledger.balance_of_part(p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.balances_at(p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint, p_effective_as_of timestamp with time zone, p_after_item_id uuid, p_after_location_id uuid, p_after_lot_id uuid, p_after_serial_id uuid, p_after_status text, p_limit bigint, p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.balances_at(p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint, p_effective_as_of timestamp with time zone, p_after_item_id uuid, p_after_location_id uuid, p_after_lot_id uuid, p_after_serial_id uuid, p_after_status text, p_limit bigint, p_sub_org_ids uuid[]) TO velaurum_app;
GRANT ALL ON FUNCTION ledger.balances_at(p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint, p_effective_as_of timestamp with time zone, p_after_item_id uuid, p_after_location_id uuid, p_after_lot_id uuid, p_after_serial_id uuid, p_after_status text, p_limit bigint, p_sub_org_ids uuid[]) TO velaurum_auditor;

REVOKE ALL ON FUNCTION ledger.balances_within(p_org_id uuid, p_within_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint, p_effective_as_of timestamp with time zone, p_after_item_id uuid, p_after_location_id uuid, p_after_lot_id uuid, p_after_serial_id uuid, p_after_status text, p_limit bigint, p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.balances_within(p_org_id uuid, p_within_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint, p_effective_as_of timestamp with time zone, p_after_item_id uuid, p_after_location_id uuid, p_after_lot_id uuid, p_after_serial_id uuid, p_after_status text, p_limit bigint, p_sub_org_ids uuid[]) TO velaurum_app;

REVOKE ALL ON FUNCTION ledger.base64url(p_bytes bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.candidates(p_org_id uuid, p_rows jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.changes_after(p_org_id uuid, b ledger.balance, p_instant timestamp with time zone, p_movements ledger.movement[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.close_period(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_state text) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.close_period(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_state text) TO velaurum_app;

REVOKE ALL ON FUNCTION ledger.closed_until(p_org_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.closed_until(p_org_id uuid) TO velaurum_app;
GRANT ALL ON FUNCTION ledger.closed_until(p_org_id uuid) TO velaurum_auditor;

REVOKE ALL ON FUNCTION ledger.closedness(p_state text) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.closes_periods(p_org_id uuid, p_person_id uuid, p_credential_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.come(b ledger.balance, p_quantity numeric, p_instant timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.confirm_reopening(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.confirm_reopening(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint) TO velaurum_app;

REVOKE ALL ON FUNCTION ledger.converted(p_org_id uuid, p_item_id uuid, p_item_unit text, p_quantity numeric, p_unit text) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.create_period(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_code text, p_code_key text, p_starts_at timestamp with time zone, p_ends_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.create_period(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_code text, p_code_key text, p_starts_at timestamp with time zone, p_ends_at timestamp with time zone) TO velaurum_app;

GRANT SELECT ON TABLE ledger.head TO velaurum_app;
GRANT SELECT ON TABLE ledger.head TO velaurum_integrator;
GRANT SELECT ON TABLE ledger.head TO velaurum_auditor;
GRANT SELECT ON TABLE ledger.head TO velaurum_backup;

REVOKE ALL ON FUNCTION ledger.decide(p_org_id uuid, p_head ledger.head, p_at timestamp with time zone, p_rows jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.decide_approval(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_outcome text, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.decide_approval(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_outcome text, p_reason text) TO velaurum_app;

REVOKE ALL ON FUNCTION ledger.decide_creation(p_org_id uuid, p_idempotency_key text, p_request_hash bytea, p_record_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.decided_before(p_org_id uuid, p_idempotency_key text, p_request_hash bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.direction_is_allowed(p_kind text, p_source text, p_target text) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.earlier(p_org_id uuid, asked ledger.intake, p_hash bytea, p_problem jsonb, p_lacking jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.erase_notes(p_org_id uuid, p_actor_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.field_problem(p_pointer text, p_code text, p_detail text) FROM PUBLIC;

REVOKE ALL ON FUNCTION platform.instant(p_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION platform.instant(p_at timestamp with time zone) TO velaurum_app;
GRANT ALL ON FUNCTION platform.instant(p_at timestamp with time zone) TO velaurum_auditor;
GRANT ALL ON FUNCTION platform.instant(p_at timestamp with time zone) TO velaurum_integrator;
GRANT ALL ON FUNCTION platform.instant(p_at timestamp with time zone) TO velaurum_backup;
GRANT ALL ON FUNCTION platform.instant(p_at timestamp with time zone) TO velaurum_operator;

GRANT SELECT ON TABLE ledger.movement_answer TO velaurum_app;
GRANT SELECT ON TABLE ledger.movement_answer TO velaurum_integrator;
GRANT SELECT ON TABLE ledger.movement_answer TO velaurum_auditor;
GRANT SELECT ON TABLE ledger.movement_answer TO velaurum_backup;

REVOKE ALL ON FUNCTION ledger.find_answer(p_org_id uuid, p_log_index bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.find_location(p_org_id uuid, p_id uuid, p_code text, p_sub_org_ids uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.find_part(p_org_id uuid, p_item_id uuid, p_lot_id uuid, p_lot_code text, p_serial_id uuid, p_serial_code text) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.find_reversed(p_org_id uuid, p_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.forget_requests(p_org_id uuid, p_principal_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.gathered(p_org_id uuid, p_rows jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.holds_stock(p_location_kind text) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.invalid_approval(p_detail text) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.is_of_one_hand(p_org_id uuid, p_person_id uuid, p_credential_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.is_ruled(p_org_id uuid, p_kind text, p_quantity numeric) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.is_same(p_org_id uuid, asked ledger.intake, p_hash bytea, p_movement_id uuid, p_decided_hash bytea, p_commitment bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.judged(p_org_id uuid, p_rows jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.lacking(p_org_id uuid, asked ledger.intake, p_quantity numeric, p_stated_unit text, p_hash bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.last_in(p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.last_in(p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint) TO velaurum_app;
GRANT ALL ON FUNCTION ledger.last_in(p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint) TO velaurum_auditor;

REVOKE ALL ON FUNCTION ledger.last_out(p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.last_out(p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint) TO velaurum_app;
GRANT ALL ON FUNCTION ledger.last_out(p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint) TO velaurum_auditor;

REVOKE ALL ON FUNCTION ledger.latest_from(p_org_id uuid, b ledger.balance, p_instant timestamp with time zone, p_movements ledger.movement[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.least_from(p_org_id uuid, b ledger.balance, p_instant timestamp with time zone, p_movements ledger.movement[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.lone_candidate(p_org_id uuid, p_rows jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.mark_periods() FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.may_need_approval(p_kind text) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.may_still_close(p_org_id uuid, p_person_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.moved(p_org_id uuid, b ledger.balance, p_quantity numeric, p_occurred_at timestamp with time zone, p_moment timestamp with time zone, p_movements ledger.movement[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.movement_entry(m ledger.movement, p_actor_kind text) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.names_part(asked ledger.intake, p_tracking text) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.names_part_wrongly(p_problem jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.new_answer(m ledger.movement, shown ledger.display) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.new_movement(p_org_id uuid, p_log_index bigint, p_recorded_at timestamp with time zone, c ledger.candidate, source ledger.balance, target ledger.balance) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.new_refusal(p_org_id uuid, p_at timestamp with time zone, c ledger.candidate, p_problem jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.note_commitment(p_salt bytea, p_note text) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.on_hand(p_org_id uuid, p_item_id uuid, p_location_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.on_hand_at(p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.on_hand_at(p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint) TO velaurum_app;
GRANT ALL ON FUNCTION ledger.on_hand_at(p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint) TO velaurum_auditor;

REVOKE ALL ON FUNCTION ledger.on_hand_effective(p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint, p_effective_as_of timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.on_hand_effective(p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint, p_effective_as_of timestamp with time zone) TO velaurum_app;
GRANT ALL ON FUNCTION ledger.on_hand_effective(p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint, p_effective_as_of timestamp with time zone) TO velaurum_auditor;

REVOKE ALL ON FUNCTION ledger.outcome_of(p_org_id uuid, p_head ledger.head, c ledger.candidate, of_first ledger.outcome, source ledger.balance, p_target_on_hand numeric, p_spent uuid[], p_is_held boolean, p_moment timestamp with time zone, p_movements ledger.movement[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.part_problem(asked ledger.intake, p_tracking text, part ledger.part, p_quantity numeric) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.post_movements(p_org_id uuid, p_rows jsonb, p_atomic boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.post_movements(p_org_id uuid, p_rows jsonb, p_atomic boolean) TO velaurum_app;

REVOKE ALL ON FUNCTION ledger.record_movements(p_org_id uuid, v ledger.verdict) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.refusal(asked ledger.intake, p_quantity numeric, p_source_on_hand numeric, p_target_on_hand numeric, p_reversed_kind text, p_already_reversed boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.refusal_of_part(c ledger.candidate, p_is_held boolean, p_moment timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.refusal_of_past(p_org_id uuid, b ledger.balance, p_quantity numeric, p_instant timestamp with time zone, p_movements ledger.movement[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.refusal_of_period(p_org_id uuid, p_head ledger.head, p_credential_id uuid, p_instant timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.refuse_change() FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.refuse_lone_reopening() FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.refuse_other_decision() FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.refuse_other_meaning() FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.refuse_other_order() FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.refuse_same_hand() FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.refuse_unapproved() FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.repeated(p_ord integer, of_first ledger.outcome, p_is_like_first boolean, p_has_note_of_first boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.request_approval(p_org_id uuid, p_asked jsonb, p_life interval) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.request_approval(p_org_id uuid, p_asked jsonb, p_life interval) TO velaurum_app;

REVOKE ALL ON FUNCTION ledger.request_hash(asked ledger.intake, p_item_id uuid, p_quantity numeric, p_source_id uuid, p_target_id uuid, p_stated_quantity numeric, p_stated_unit text, p_lot_id uuid, p_serial_id uuid, p_source_status text, p_target_status text) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.require_posters_key() FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.resolved(p_org_id uuid, p_rows jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.rules_in_force(p_org_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.rules_in_force(p_org_id uuid) TO velaurum_app;
GRANT ALL ON FUNCTION ledger.rules_in_force(p_org_id uuid) TO velaurum_auditor;

REVOKE ALL ON FUNCTION ledger.seal_note(p_org_id uuid, p_movement_id uuid, p_before bytea, p_sealed bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.seal_note(p_org_id uuid, p_movement_id uuid, p_before bytea, p_sealed bytea) TO velaurum_app;

REVOKE ALL ON FUNCTION ledger.set_approval_rules(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_version bigint, p_rules jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.set_approval_rules(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_version bigint, p_rules jsonb) TO velaurum_app;

REVOKE ALL ON FUNCTION ledger.shown_with_part(shown ledger.display, part ledger.part) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.size_at(p_org_id uuid, p_as_of timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.size_at(p_org_id uuid, p_as_of timestamp with time zone) TO velaurum_app;

REVOKE ALL ON FUNCTION ledger.spends(asked ledger.intake) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.status_of(p_location_kind text, p_kind text, p_status text, p_other text, p_reversed text) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.status_problem(asked ledger.intake, p_source_kind text, p_target_kind text, p_source text, p_target text) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.stock_keys_within(p_org_id uuid, p_within_id uuid, p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.stock_keys_within(p_org_id uuid, p_within_id uuid, p_sub_org_ids uuid[]) TO velaurum_app;

REVOKE ALL ON FUNCTION ledger.unapproved(p_org_id uuid, asked ledger.intake, p_quantity numeric, p_hash bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.undecidable(asked ledger.intake, p_actor_kind text, p_may boolean, p_item_id uuid, p_source_id uuid, p_source_kind text, p_target_id uuid, p_target_kind text) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.undecidable_part(asked ledger.intake, p_tracking text, part ledger.part, p_quantity numeric, p_source_kind text, p_target_kind text, p_source_status text, p_target_status text) FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.unit_problem(p_quantity numeric, p_stated_unit text) FROM PUBLIC;

REVOKE ALL ON FUNCTION platform.add_meta_leaf(p_entry bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION platform.bootstrap(p_id uuid, p_name text, p_secret_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION platform.bootstrap(p_id uuid, p_name text, p_secret_hash bytea) TO velaurum_app;

REVOKE ALL ON FUNCTION platform.create_administrator(p_id uuid, p_name text, p_secret_hash bytea, p_created_by text) FROM PUBLIC;
GRANT ALL ON FUNCTION platform.create_administrator(p_id uuid, p_name text, p_secret_hash bytea, p_created_by text) TO velaurum_app;

REVOKE ALL ON FUNCTION platform.enforce_org(p_table regclass) FROM PUBLIC;

REVOKE ALL ON FUNCTION platform.forgotten_before(p_what text, p_age interval) FROM PUBLIC;

REVOKE ALL ON FUNCTION platform.integrate_meta() FROM PUBLIC;
GRANT ALL ON FUNCTION platform.integrate_meta() TO velaurum_integrator;

REVOKE ALL ON FUNCTION platform.is_asked_by(p_role name) FROM PUBLIC;
GRANT ALL ON FUNCTION platform.is_asked_by(p_role name) TO velaurum_app;
GRANT ALL ON FUNCTION platform.is_asked_by(p_role name) TO velaurum_auditor;
GRANT ALL ON FUNCTION platform.is_asked_by(p_role name) TO velaurum_integrator;
GRANT ALL ON FUNCTION platform.is_asked_by(p_role name) TO velaurum_backup;

REVOKE ALL ON FUNCTION platform.issue_claim(p_id uuid, p_secret_hash bytea, p_life interval) FROM PUBLIC;
GRANT ALL ON FUNCTION platform.issue_claim(p_id uuid, p_secret_hash bytea, p_life interval) TO velaurum_app;

REVOKE ALL ON FUNCTION platform.keep_meta_cosignature(p_incarnation integer, p_size bigint, p_name text, p_key_id text, p_line text, p_cosigned_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION platform.keep_meta_cosignature(p_incarnation integer, p_size bigint, p_name text, p_key_id text, p_line text, p_cosigned_at timestamp with time zone) TO velaurum_integrator;

REVOKE ALL ON FUNCTION platform.keep_meta_timestamp(p_incarnation integer, p_size bigint, p_stamped_at timestamp with time zone, p_authority text, p_reply bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION platform.keep_meta_timestamp(p_incarnation integer, p_size bigint, p_stamped_at timestamp with time zone, p_authority text, p_reply bytea) TO velaurum_integrator;

REVOKE ALL ON FUNCTION platform.least_kept(p_what text) FROM PUBLIC;

REVOKE ALL ON FUNCTION platform.living_administrator(p_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION platform.note_schedule(p_name text, p_runs_in text, p_cadence interval, p_began_at timestamp with time zone, p_has_failed boolean, p_result jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION platform.note_schedule(p_name text, p_runs_in text, p_cadence interval, p_began_at timestamp with time zone, p_has_failed boolean, p_result jsonb) TO velaurum_app;
GRANT ALL ON FUNCTION platform.note_schedule(p_name text, p_runs_in text, p_cadence interval, p_began_at timestamp with time zone, p_has_failed boolean, p_result jsonb) TO velaurum_integrator;

GRANT SELECT ON TABLE platform.meta_incarnation TO velaurum_app;
GRANT SELECT ON TABLE platform.meta_incarnation TO velaurum_integrator;
GRANT SELECT ON TABLE platform.meta_incarnation TO velaurum_auditor;
GRANT SELECT ON TABLE platform.meta_incarnation TO velaurum_backup;

REVOKE ALL ON FUNCTION platform.open_meta_incarnation(p_number integer, p_size bigint, p_common_size bigint, p_lost_size bigint, p_lost_root text, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION platform.open_meta_incarnation(p_number integer, p_size bigint, p_common_size bigint, p_lost_size bigint, p_lost_root text, p_reason text) TO velaurum_operator;

REVOKE ALL ON FUNCTION platform.publish_meta(p_incarnation integer, p_size bigint, p_note text) FROM PUBLIC;
GRANT ALL ON FUNCTION platform.publish_meta(p_incarnation integer, p_size bigint, p_note text) TO velaurum_integrator;

REVOKE ALL ON FUNCTION platform.record_tallies(p_boot_id uuid, p_release text, p_registry_hash bytea, p_events_lost bigint, p_has_ended boolean, p_tallies jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION platform.record_tallies(p_boot_id uuid, p_release text, p_registry_hash bytea, p_events_lost bigint, p_has_ended boolean, p_tallies jsonb) TO velaurum_app;

REVOKE ALL ON FUNCTION platform.refuse_change_of_administrator() FROM PUBLIC;

REVOKE ALL ON FUNCTION platform.refuse_early_removal(p_table text) FROM PUBLIC;

REVOKE ALL ON FUNCTION platform.refuse_less() FROM PUBLIC;

REVOKE ALL ON FUNCTION platform.rename_column(p_subject text, p_from text, p_to text) FROM PUBLIC;

REVOKE ALL ON FUNCTION platform.revoke_administrator(p_id uuid, p_revoked_by text) FROM PUBLIC;
GRANT ALL ON FUNCTION platform.revoke_administrator(p_id uuid, p_revoked_by text) TO velaurum_app;

REVOKE ALL ON FUNCTION platform.shape_of(p_subject text, p_columns jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION platform.use_claim(p_id uuid, p_administrator_id uuid, p_name text, p_secret_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION platform.use_claim(p_id uuid, p_administrator_id uuid, p_name text, p_secret_hash bytea) TO velaurum_app;

REVOKE ALL ON FUNCTION platform.uuidv7(p_at timestamp with time zone) FROM PUBLIC;

GRANT SELECT ON TABLE tenancy.org TO velaurum_app;
GRANT SELECT ON TABLE tenancy.org TO velaurum_integrator;
GRANT SELECT ON TABLE tenancy.org TO velaurum_auditor;
GRANT SELECT ON TABLE tenancy.org TO velaurum_backup;

GRANT SELECT(org_id) ON TABLE tenancy.org TO velaurum_operator;

GRANT SELECT(held_since) ON TABLE tenancy.org TO velaurum_operator;

GRANT SELECT(held_reason) ON TABLE tenancy.org TO velaurum_operator;

REVOKE ALL ON FUNCTION tenancy.create_org(p_code text, p_region text) FROM PUBLIC;
GRANT ALL ON FUNCTION tenancy.create_org(p_code text, p_region text) TO velaurum_app;

REVOKE ALL ON FUNCTION tenancy.create_sub_org(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_code text, p_code_key text, p_name text, p_parent_id uuid, p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tenancy.create_sub_org(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_code text, p_code_key text, p_name text, p_parent_id uuid, p_sub_org_ids uuid[]) TO velaurum_app;

REVOKE ALL ON FUNCTION tenancy.enter(p_org_id uuid, p_credential_id uuid, p_permission text) FROM PUBLIC;
GRANT ALL ON FUNCTION tenancy.enter(p_org_id uuid, p_credential_id uuid, p_permission text) TO velaurum_app;

REVOKE ALL ON FUNCTION tenancy.enter_installation(p_org_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tenancy.enter_installation(p_org_id uuid) TO velaurum_app;
GRANT ALL ON FUNCTION tenancy.enter_installation(p_org_id uuid) TO velaurum_integrator;
GRANT ALL ON FUNCTION tenancy.enter_installation(p_org_id uuid) TO velaurum_auditor;
GRANT ALL ON FUNCTION tenancy.enter_installation(p_org_id uuid) TO velaurum_operator;

REVOKE ALL ON FUNCTION tenancy.enter_lane(p_org_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tenancy.enter_lane(p_org_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION tenancy.reaches(p_sub_org_ids uuid[], p_sub_org_id uuid, p_is_shared boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION tenancy.reaches(p_sub_org_ids uuid[], p_sub_org_id uuid, p_is_shared boolean) TO velaurum_app;
GRANT ALL ON FUNCTION tenancy.reaches(p_sub_org_ids uuid[], p_sub_org_id uuid, p_is_shared boolean) TO velaurum_auditor;
GRANT ALL ON FUNCTION tenancy.reaches(p_sub_org_ids uuid[], p_sub_org_id uuid, p_is_shared boolean) TO velaurum_integrator;

REVOKE ALL ON FUNCTION tenancy.record_access(p_org_id uuid, p_boot_id uuid, p_release text, p_registry_hash bytea, p_events jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION tenancy.record_access(p_org_id uuid, p_boot_id uuid, p_release text, p_registry_hash bytea, p_events jsonb) TO velaurum_app;

REVOKE ALL ON FUNCTION tenancy.record_sightings(p_org_id uuid, p_events jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION tenancy.refuse_entry(p_org_id uuid, p_is_by_hand boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION tenancy.refuse_suspended(p_org_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION tenancy.refuse_suspended(p_org_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION tenancy.require_reach(p_sub_org_ids uuid[], p_sub_org_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION tenancy.see_sub_orgs(p_sub_orgs text) FROM PUBLIC;

REVOKE ALL ON FUNCTION tenancy.set_context(p_org_id uuid, p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tenancy.set_context(p_org_id uuid, p_sub_org_ids uuid[]) TO velaurum_app;
GRANT ALL ON FUNCTION tenancy.set_context(p_org_id uuid, p_sub_org_ids uuid[]) TO velaurum_integrator;
GRANT ALL ON FUNCTION tenancy.set_context(p_org_id uuid, p_sub_org_ids uuid[]) TO velaurum_auditor;
GRANT ALL ON FUNCTION tenancy.set_context(p_org_id uuid, p_sub_org_ids uuid[]) TO velaurum_operator;

REVOKE ALL ON FUNCTION tenancy.set_suspension(p_org_id uuid, p_actor_id uuid, p_is_suspended boolean, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION tenancy.set_suspension(p_org_id uuid, p_actor_id uuid, p_is_suspended boolean, p_reason text) TO velaurum_app;

REVOKE ALL ON FUNCTION tenancy.subtrees(p_org_id uuid, p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tenancy.subtrees(p_org_id uuid, p_sub_org_ids uuid[]) TO velaurum_app;

GRANT SELECT ON TABLE tenancy.sub_org TO velaurum_app;
GRANT SELECT ON TABLE tenancy.sub_org TO velaurum_integrator;
GRANT SELECT ON TABLE tenancy.sub_org TO velaurum_auditor;
GRANT SELECT ON TABLE tenancy.sub_org TO velaurum_backup;

REVOKE ALL ON FUNCTION tenancy.update_sub_org(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_name text, p_parent_id uuid, p_sub_org_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tenancy.update_sub_org(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_name text, p_parent_id uuid, p_sub_org_ids uuid[]) TO velaurum_app;

REVOKE ALL ON FUNCTION transport.figures(p_org_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION transport.figures(p_org_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION transport.forget(p_org_id uuid, p_age interval, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION transport.forget(p_org_id uuid, p_age interval, p_limit integer) TO velaurum_integrator;

REVOKE ALL ON FUNCTION transport.is_due(p_org_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION transport.is_due(p_org_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION transport.lease(p_org_id uuid, p_lease_id uuid, p_at_most integer, p_life interval, p_max_deliveries integer) FROM PUBLIC;
GRANT ALL ON FUNCTION transport.lease(p_org_id uuid, p_lease_id uuid, p_at_most integer, p_life interval, p_max_deliveries integer) TO velaurum_app;

REVOKE ALL ON FUNCTION transport.publish(p_org_id uuid, p_indexes bigint[], p_subjects text[], p_content_types text[], p_bodies bytea[]) FROM PUBLIC;
GRANT ALL ON FUNCTION transport.publish(p_org_id uuid, p_indexes bigint[], p_subjects text[], p_content_types text[], p_bodies bytea[]) TO velaurum_app;

REVOKE ALL ON FUNCTION transport.release(p_org_id uuid, p_lease_id uuid, p_delay interval) FROM PUBLIC;
GRANT ALL ON FUNCTION transport.release(p_org_id uuid, p_lease_id uuid, p_delay interval) TO velaurum_app;

REVOKE ALL ON FUNCTION transport.renew(p_org_id uuid, p_lease_id uuid, p_life interval) FROM PUBLIC;
GRANT ALL ON FUNCTION transport.renew(p_org_id uuid, p_lease_id uuid, p_life interval) TO velaurum_app;

REVOKE ALL ON FUNCTION transport.replay(p_org_id uuid, p_log_index bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION transport.replay(p_org_id uuid, p_log_index bigint) TO velaurum_app;

REVOKE ALL ON FUNCTION transport.set_aside(p_org_id uuid, p_log_index bigint, p_subject text, p_content_type text, p_body bytea, p_deliveries integer, p_dead_code text, p_dead_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION transport.set_aside(p_org_id uuid, p_log_index bigint, p_subject text, p_content_type text, p_body bytea, p_deliveries integer, p_dead_code text, p_dead_reason text) TO velaurum_app;

REVOKE ALL ON FUNCTION transport.settle(p_org_id uuid, p_lease_id uuid, p_log_index bigint, p_dead_code text, p_dead_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION transport.settle(p_org_id uuid, p_lease_id uuid, p_log_index bigint, p_dead_code text, p_dead_reason text) TO velaurum_app;

REVOKE ALL ON FUNCTION webhooks.attempts_lately(p_org_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION webhooks.attempts_lately(p_org_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION webhooks.claim(p_org_id uuid, p_limit integer, p_per_org integer, p_per_endpoint integer, p_lease interval) FROM PUBLIC;
GRANT ALL ON FUNCTION webhooks.claim(p_org_id uuid, p_limit integer, p_per_org integer, p_per_endpoint integer, p_lease interval) TO velaurum_integrator;

REVOKE ALL ON FUNCTION webhooks.create_endpoint(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_code text, p_name text, p_url text, p_event_types text[], p_key_id text, p_most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION webhooks.create_endpoint(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_code text, p_name text, p_url text, p_event_types text[], p_key_id text, p_most integer) TO velaurum_app;

REVOKE ALL ON FUNCTION webhooks.disable_gone(p_org_id uuid, p_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION webhooks.due(p_org_id uuid, p_limit integer, p_per_endpoint integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION webhooks.end_attempt(p_org_id uuid, p_id uuid, p_lease uuid, p_latency_ms integer, p_status_class integer, p_error_code text, p_after interval, p_is_gone boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION webhooks.end_attempt(p_org_id uuid, p_id uuid, p_lease uuid, p_latency_ms integer, p_status_class integer, p_error_code text, p_after interval, p_is_gone boolean) TO velaurum_integrator;

REVOKE ALL ON FUNCTION webhooks.end_deliveries(p_org_id uuid, p_limit integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION webhooks.figures(p_org_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION webhooks.figures(p_org_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION webhooks.forget(p_org_id uuid, p_age interval, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION webhooks.forget(p_org_id uuid, p_age interval, p_limit integer) TO velaurum_integrator;

REVOKE ALL ON FUNCTION webhooks.guard_delivery() FROM PUBLIC;

REVOKE ALL ON FUNCTION webhooks.guard_removal() FROM PUBLIC;

REVOKE ALL ON FUNCTION webhooks.guard_removal_with_delivery() FROM PUBLIC;

REVOKE ALL ON FUNCTION webhooks.is_behind(p_org_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION webhooks.is_behind(p_org_id uuid) TO velaurum_integrator;

REVOKE ALL ON FUNCTION webhooks.is_due(p_org_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION webhooks.is_due(p_org_id uuid) TO velaurum_integrator;

REVOKE ALL ON FUNCTION webhooks.make_deliveries(p_org_id uuid, p_deliveries jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION webhooks.make_deliveries(p_org_id uuid, p_deliveries jsonb) TO velaurum_integrator;

REVOKE ALL ON FUNCTION webhooks.redeliver(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION webhooks.redeliver(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_id uuid) TO velaurum_app;

REVOKE ALL ON FUNCTION webhooks.rotate_endpoint(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_id uuid, p_key_id text, p_overlap interval) FROM PUBLIC;
GRANT ALL ON FUNCTION webhooks.rotate_endpoint(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_id uuid, p_key_id text, p_overlap interval) TO velaurum_app;

REVOKE ALL ON FUNCTION webhooks.test_endpoint(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_endpoint_id uuid, p_type text, p_body text) FROM PUBLIC;
GRANT ALL ON FUNCTION webhooks.test_endpoint(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text, p_request_hash bytea, p_endpoint_id uuid, p_type text, p_body text) TO velaurum_app;

REVOKE ALL ON FUNCTION webhooks.under_way(p_org_id uuid) FROM PUBLIC;

GRANT SELECT ON TABLE webhooks.endpoint TO velaurum_app;
GRANT SELECT ON TABLE webhooks.endpoint TO velaurum_auditor;
GRANT SELECT ON TABLE webhooks.endpoint TO velaurum_backup;
GRANT SELECT ON TABLE webhooks.endpoint TO velaurum_integrator;

REVOKE ALL ON FUNCTION webhooks.update_endpoint(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_name text, p_url text, p_event_types text[], p_is_disabled boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION webhooks.update_endpoint(p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid, p_version bigint, p_name text, p_url text, p_event_types text[], p_is_disabled boolean) TO velaurum_app;

GRANT SELECT ON TABLE audit.anchor TO velaurum_app;
GRANT SELECT ON TABLE audit.anchor TO velaurum_auditor;
GRANT SELECT ON TABLE audit.anchor TO velaurum_backup;

GRANT SELECT ON TABLE audit.checkpoint TO velaurum_app;
GRANT SELECT ON TABLE audit.checkpoint TO velaurum_integrator;
GRANT SELECT ON TABLE audit.checkpoint TO velaurum_auditor;
GRANT SELECT ON TABLE audit.checkpoint TO velaurum_backup;

GRANT SELECT ON TABLE audit.cosignature TO velaurum_app;
GRANT SELECT ON TABLE audit.cosignature TO velaurum_integrator;
GRANT SELECT ON TABLE audit.cosignature TO velaurum_auditor;
GRANT SELECT ON TABLE audit.cosignature TO velaurum_backup;

GRANT SELECT ON TABLE audit.export TO velaurum_app;
GRANT SELECT ON TABLE audit.export TO velaurum_auditor;
GRANT SELECT ON TABLE audit.export TO velaurum_backup;

GRANT SELECT ON TABLE audit.export_history TO velaurum_app;
GRANT SELECT ON TABLE audit.export_history TO velaurum_auditor;
GRANT SELECT ON TABLE audit.export_history TO velaurum_backup;

GRANT SELECT ON TABLE audit.incarnation_history TO velaurum_app;
GRANT SELECT ON TABLE audit.incarnation_history TO velaurum_auditor;
GRANT SELECT ON TABLE audit.incarnation_history TO velaurum_backup;

GRANT SELECT ON TABLE audit.leaf TO velaurum_app;
GRANT SELECT ON TABLE audit.leaf TO velaurum_integrator;
GRANT SELECT ON TABLE audit.leaf TO velaurum_auditor;
GRANT SELECT ON TABLE audit.leaf TO velaurum_backup;

GRANT SELECT ON TABLE audit.log_key TO velaurum_app;
GRANT SELECT ON TABLE audit.log_key TO velaurum_auditor;
GRANT SELECT ON TABLE audit.log_key TO velaurum_backup;

GRANT SELECT ON TABLE audit.log_key_history TO velaurum_app;
GRANT SELECT ON TABLE audit.log_key_history TO velaurum_auditor;
GRANT SELECT ON TABLE audit.log_key_history TO velaurum_backup;

GRANT SELECT ON TABLE audit.tile TO velaurum_app;
GRANT SELECT ON TABLE audit.tile TO velaurum_integrator;
GRANT SELECT ON TABLE audit.tile TO velaurum_auditor;
GRANT SELECT ON TABLE audit.tile TO velaurum_backup;

GRANT SELECT ON TABLE audit.verification TO velaurum_app;
GRANT SELECT ON TABLE audit.verification TO velaurum_integrator;
GRANT SELECT ON TABLE audit.verification TO velaurum_auditor;
GRANT SELECT ON TABLE audit.verification TO velaurum_backup;

GRANT SELECT ON TABLE audit.verification_history TO velaurum_app;
GRANT SELECT ON TABLE audit.verification_history TO velaurum_auditor;
GRANT SELECT ON TABLE audit.verification_history TO velaurum_backup;

GRANT SELECT ON TABLE catalog.item_history TO velaurum_app;
GRANT SELECT ON TABLE catalog.item_history TO velaurum_auditor;
GRANT SELECT ON TABLE catalog.item_history TO velaurum_backup;
GRANT SELECT ON TABLE catalog.item_history TO velaurum_integrator;

GRANT SELECT ON TABLE catalog.location_history TO velaurum_app;
GRANT SELECT ON TABLE catalog.location_history TO velaurum_auditor;
GRANT SELECT ON TABLE catalog.location_history TO velaurum_backup;
GRANT SELECT ON TABLE catalog.location_history TO velaurum_integrator;

GRANT SELECT ON TABLE catalog.lot_history TO velaurum_app;
GRANT SELECT ON TABLE catalog.lot_history TO velaurum_auditor;
GRANT SELECT ON TABLE catalog.lot_history TO velaurum_backup;
GRANT SELECT ON TABLE catalog.lot_history TO velaurum_integrator;

GRANT SELECT ON TABLE catalog.pack_history TO velaurum_app;
GRANT SELECT ON TABLE catalog.pack_history TO velaurum_auditor;
GRANT SELECT ON TABLE catalog.pack_history TO velaurum_backup;
GRANT SELECT ON TABLE catalog.pack_history TO velaurum_integrator;

GRANT SELECT ON TABLE catalog.serial_history TO velaurum_app;
GRANT SELECT ON TABLE catalog.serial_history TO velaurum_auditor;
GRANT SELECT ON TABLE catalog.serial_history TO velaurum_backup;
GRANT SELECT ON TABLE catalog.serial_history TO velaurum_integrator;

GRANT SELECT ON TABLE counting.count_history TO velaurum_app;
GRANT SELECT ON TABLE counting.count_history TO velaurum_auditor;
GRANT SELECT ON TABLE counting.count_history TO velaurum_backup;

GRANT SELECT ON TABLE counting.count_line TO velaurum_app;
GRANT SELECT ON TABLE counting.count_line TO velaurum_auditor;
GRANT SELECT ON TABLE counting.count_line TO velaurum_backup;

GRANT SELECT ON TABLE counting.count_line_history TO velaurum_app;
GRANT SELECT ON TABLE counting.count_line_history TO velaurum_auditor;
GRANT SELECT ON TABLE counting.count_line_history TO velaurum_backup;

GRANT SELECT ON TABLE events.inbox TO velaurum_app;
GRANT SELECT ON TABLE events.inbox TO velaurum_auditor;
GRANT SELECT ON TABLE events.inbox TO velaurum_backup;

GRANT SELECT ON TABLE events.subscriber TO velaurum_app;
GRANT SELECT ON TABLE events.subscriber TO velaurum_auditor;
GRANT SELECT ON TABLE events.subscriber TO velaurum_backup;

GRANT SELECT ON TABLE fence.migration_window TO velaurum_backup;

GRANT SELECT ON TABLE fence.protected TO velaurum_backup;

GRANT SELECT ON TABLE identity.assignment TO velaurum_app;
GRANT SELECT ON TABLE identity.assignment TO velaurum_auditor;
GRANT SELECT ON TABLE identity.assignment TO velaurum_backup;
GRANT SELECT ON TABLE identity.assignment TO velaurum_integrator;

GRANT SELECT ON TABLE identity.assignment_history TO velaurum_app;

GRANT SELECT ON TABLE identity.break_glass TO velaurum_app;
GRANT SELECT ON TABLE identity.break_glass TO velaurum_auditor;
GRANT SELECT ON TABLE identity.break_glass TO velaurum_backup;

GRANT SELECT ON TABLE identity.break_glass_step TO velaurum_app;
GRANT SELECT ON TABLE identity.break_glass_step TO velaurum_auditor;
GRANT SELECT ON TABLE identity.break_glass_step TO velaurum_backup;

GRANT SELECT ON TABLE identity.break_glass_answer TO velaurum_app;
GRANT SELECT ON TABLE identity.break_glass_answer TO velaurum_auditor;

GRANT SELECT ON TABLE identity.break_glass_history TO velaurum_app;

GRANT SELECT ON TABLE identity.break_glass_step_history TO velaurum_app;

GRANT SELECT ON TABLE identity.erasure TO velaurum_app;
GRANT SELECT ON TABLE identity.erasure TO velaurum_auditor;
GRANT SELECT ON TABLE identity.erasure TO velaurum_backup;

GRANT SELECT ON TABLE identity.invitation TO velaurum_app;
GRANT SELECT ON TABLE identity.invitation TO velaurum_backup;

GRANT SELECT(org_id) ON TABLE identity.invitation TO velaurum_auditor;

GRANT SELECT(id) ON TABLE identity.invitation TO velaurum_auditor;

GRANT SELECT(principal_id) ON TABLE identity.invitation TO velaurum_auditor;

GRANT SELECT(login) ON TABLE identity.invitation TO velaurum_auditor;

GRANT SELECT(created_at) ON TABLE identity.invitation TO velaurum_auditor;

GRANT SELECT(created_by) ON TABLE identity.invitation TO velaurum_auditor;

GRANT SELECT(expires_at) ON TABLE identity.invitation TO velaurum_auditor;

GRANT SELECT(redeemed_at) ON TABLE identity.invitation TO velaurum_auditor;

GRANT SELECT(revoked_at) ON TABLE identity.invitation TO velaurum_auditor;

GRANT SELECT(revoked_by) ON TABLE identity.invitation TO velaurum_auditor;

GRANT SELECT(login_index) ON TABLE identity.invitation TO velaurum_auditor;

GRANT SELECT ON TABLE identity.invitation_history TO velaurum_app;

GRANT SELECT ON TABLE identity.legal_hold TO velaurum_app;
GRANT SELECT ON TABLE identity.legal_hold TO velaurum_auditor;
GRANT SELECT ON TABLE identity.legal_hold TO velaurum_backup;

GRANT SELECT ON TABLE identity.passkey TO velaurum_app;
GRANT SELECT ON TABLE identity.passkey TO velaurum_auditor;
GRANT SELECT ON TABLE identity.passkey TO velaurum_backup;

GRANT SELECT ON TABLE identity.passkey_challenge TO velaurum_app;
GRANT SELECT ON TABLE identity.passkey_challenge TO velaurum_backup;

GRANT SELECT ON TABLE identity.passkey_history TO velaurum_app;

GRANT SELECT ON TABLE identity.passkey_use TO velaurum_app;
GRANT SELECT ON TABLE identity.passkey_use TO velaurum_auditor;
GRANT SELECT ON TABLE identity.passkey_use TO velaurum_backup;

GRANT SELECT ON TABLE identity.password TO velaurum_app;
GRANT SELECT ON TABLE identity.password TO velaurum_backup;

GRANT SELECT(org_id) ON TABLE identity.password TO velaurum_auditor;

GRANT SELECT(id) ON TABLE identity.password TO velaurum_auditor;

GRANT SELECT(principal_id) ON TABLE identity.password TO velaurum_auditor;

GRANT SELECT(login) ON TABLE identity.password TO velaurum_auditor;

GRANT SELECT(invitation_id) ON TABLE identity.password TO velaurum_auditor;

GRANT SELECT(created_at) ON TABLE identity.password TO velaurum_auditor;

GRANT SELECT(created_by) ON TABLE identity.password TO velaurum_auditor;

GRANT SELECT(revoked_at) ON TABLE identity.password TO velaurum_auditor;

GRANT SELECT(revoked_by) ON TABLE identity.password TO velaurum_auditor;

GRANT SELECT(login_index) ON TABLE identity.password TO velaurum_auditor;

GRANT SELECT ON TABLE identity.password_history TO velaurum_app;

GRANT SELECT ON TABLE identity.principal_history TO velaurum_app;

GRANT SELECT ON TABLE identity.provider_history TO velaurum_app;

GRANT SELECT ON TABLE identity.provider_subject TO velaurum_app;
GRANT SELECT ON TABLE identity.provider_subject TO velaurum_backup;

GRANT SELECT(org_id) ON TABLE identity.provider_subject TO velaurum_auditor;

GRANT SELECT(id) ON TABLE identity.provider_subject TO velaurum_auditor;

GRANT SELECT(provider_id) ON TABLE identity.provider_subject TO velaurum_auditor;

GRANT SELECT(subject) ON TABLE identity.provider_subject TO velaurum_auditor;

GRANT SELECT(principal_id) ON TABLE identity.provider_subject TO velaurum_auditor;

GRANT SELECT(created_at) ON TABLE identity.provider_subject TO velaurum_auditor;

GRANT SELECT(created_by) ON TABLE identity.provider_subject TO velaurum_auditor;

GRANT SELECT(removed_at) ON TABLE identity.provider_subject TO velaurum_auditor;

GRANT SELECT(removed_by) ON TABLE identity.provider_subject TO velaurum_auditor;

GRANT SELECT(subject_index) ON TABLE identity.provider_subject TO velaurum_auditor;

GRANT SELECT ON TABLE identity.provider_subject_history TO velaurum_app;

GRANT SELECT ON TABLE identity.recovery_code TO velaurum_app;
GRANT SELECT ON TABLE identity.recovery_code TO velaurum_backup;

GRANT SELECT(org_id) ON TABLE identity.recovery_code TO velaurum_auditor;

GRANT SELECT(id) ON TABLE identity.recovery_code TO velaurum_auditor;

GRANT SELECT(second_factor_id) ON TABLE identity.recovery_code TO velaurum_auditor;

GRANT SELECT(created_at) ON TABLE identity.recovery_code TO velaurum_auditor;

GRANT SELECT(created_by) ON TABLE identity.recovery_code TO velaurum_auditor;

GRANT SELECT(used_at) ON TABLE identity.recovery_code TO velaurum_auditor;

GRANT SELECT(revoked_at) ON TABLE identity.recovery_code TO velaurum_auditor;

GRANT SELECT ON TABLE identity.restriction TO velaurum_app;
GRANT SELECT ON TABLE identity.restriction TO velaurum_auditor;
GRANT SELECT ON TABLE identity.restriction TO velaurum_backup;

GRANT SELECT(org_id) ON TABLE identity.restriction TO velaurum_integrator;

GRANT SELECT(id) ON TABLE identity.restriction TO velaurum_integrator;

GRANT SELECT(principal_id) ON TABLE identity.restriction TO velaurum_integrator;

GRANT SELECT(action) ON TABLE identity.restriction TO velaurum_integrator;

GRANT SELECT ON TABLE identity.role TO velaurum_app;
GRANT SELECT ON TABLE identity.role TO velaurum_auditor;
GRANT SELECT ON TABLE identity.role TO velaurum_backup;
GRANT SELECT ON TABLE identity.role TO velaurum_integrator;

GRANT SELECT ON TABLE identity.role_history TO velaurum_app;

GRANT SELECT ON TABLE identity.scim_group TO velaurum_app;
GRANT SELECT ON TABLE identity.scim_group TO velaurum_backup;
GRANT SELECT ON TABLE identity.scim_group TO velaurum_auditor;

GRANT SELECT ON TABLE identity.scim_group_history TO velaurum_app;

GRANT SELECT ON TABLE identity.scim_mapping TO velaurum_app;
GRANT SELECT ON TABLE identity.scim_mapping TO velaurum_backup;
GRANT SELECT ON TABLE identity.scim_mapping TO velaurum_auditor;

GRANT SELECT ON TABLE identity.scim_mapping_history TO velaurum_app;

GRANT SELECT ON TABLE identity.scim_member TO velaurum_app;
GRANT SELECT ON TABLE identity.scim_member TO velaurum_backup;
GRANT SELECT ON TABLE identity.scim_member TO velaurum_auditor;

GRANT SELECT ON TABLE identity.scim_member_history TO velaurum_app;

GRANT SELECT ON TABLE identity.scim_user TO velaurum_app;
GRANT SELECT ON TABLE identity.scim_user TO velaurum_backup;

GRANT SELECT(org_id) ON TABLE identity.scim_user TO velaurum_auditor;

GRANT SELECT(id) ON TABLE identity.scim_user TO velaurum_auditor;

GRANT SELECT(principal_id) ON TABLE identity.scim_user TO velaurum_auditor;

GRANT SELECT(user_name) ON TABLE identity.scim_user TO velaurum_auditor;

GRANT SELECT(external_id) ON TABLE identity.scim_user TO velaurum_auditor;

GRANT SELECT(attributes_digest) ON TABLE identity.scim_user TO velaurum_auditor;

GRANT SELECT(is_linked) ON TABLE identity.scim_user TO velaurum_auditor;

GRANT SELECT(deactivated_at) ON TABLE identity.scim_user TO velaurum_auditor;

GRANT SELECT(version) ON TABLE identity.scim_user TO velaurum_auditor;

GRANT SELECT(created_at) ON TABLE identity.scim_user TO velaurum_auditor;

GRANT SELECT(created_by) ON TABLE identity.scim_user TO velaurum_auditor;

GRANT SELECT(updated_at) ON TABLE identity.scim_user TO velaurum_auditor;

GRANT SELECT(updated_by) ON TABLE identity.scim_user TO velaurum_auditor;

GRANT SELECT(removed_at) ON TABLE identity.scim_user TO velaurum_auditor;

GRANT SELECT(removed_by) ON TABLE identity.scim_user TO velaurum_auditor;

GRANT SELECT(user_name_index) ON TABLE identity.scim_user TO velaurum_auditor;

GRANT SELECT(external_id_index) ON TABLE identity.scim_user TO velaurum_auditor;

GRANT SELECT ON TABLE identity.scim_user_history TO velaurum_app;

GRANT SELECT ON TABLE identity.second_factor TO velaurum_app;
GRANT SELECT ON TABLE identity.second_factor TO velaurum_backup;

GRANT SELECT(org_id) ON TABLE identity.second_factor TO velaurum_auditor;

GRANT SELECT(id) ON TABLE identity.second_factor TO velaurum_auditor;

GRANT SELECT(principal_id) ON TABLE identity.second_factor TO velaurum_auditor;

GRANT SELECT(created_at) ON TABLE identity.second_factor TO velaurum_auditor;

GRANT SELECT(created_by) ON TABLE identity.second_factor TO velaurum_auditor;

GRANT SELECT(confirmed_at) ON TABLE identity.second_factor TO velaurum_auditor;

GRANT SELECT(revoked_at) ON TABLE identity.second_factor TO velaurum_auditor;

GRANT SELECT(revoked_by) ON TABLE identity.second_factor TO velaurum_auditor;

GRANT SELECT ON TABLE identity.second_factor_history TO velaurum_app;

GRANT SELECT ON TABLE identity.session TO velaurum_app;
GRANT SELECT ON TABLE identity.session TO velaurum_backup;

GRANT SELECT(org_id) ON TABLE identity.session TO velaurum_auditor;

GRANT SELECT(id) ON TABLE identity.session TO velaurum_auditor;

GRANT SELECT(principal_id) ON TABLE identity.session TO velaurum_auditor;

GRANT SELECT(method) ON TABLE identity.session TO velaurum_auditor;

GRANT SELECT(created_at) ON TABLE identity.session TO velaurum_auditor;

GRANT SELECT(created_by) ON TABLE identity.session TO velaurum_auditor;

GRANT SELECT(seen_at) ON TABLE identity.session TO velaurum_auditor;

GRANT SELECT(idle_after) ON TABLE identity.session TO velaurum_auditor;

GRANT SELECT(expires_at) ON TABLE identity.session TO velaurum_auditor;

GRANT SELECT(ended_at) ON TABLE identity.session TO velaurum_auditor;

GRANT SELECT(ended_by) ON TABLE identity.session TO velaurum_auditor;

GRANT SELECT ON TABLE identity.sign_in TO velaurum_app;
GRANT SELECT ON TABLE identity.sign_in TO velaurum_backup;

GRANT SELECT(org_id) ON TABLE identity.sign_in TO velaurum_auditor;

GRANT SELECT(id) ON TABLE identity.sign_in TO velaurum_auditor;

GRANT SELECT(provider_id) ON TABLE identity.sign_in TO velaurum_auditor;

GRANT SELECT(return_to) ON TABLE identity.sign_in TO velaurum_auditor;

GRANT SELECT(created_at) ON TABLE identity.sign_in TO velaurum_auditor;

GRANT SELECT(expires_at) ON TABLE identity.sign_in TO velaurum_auditor;

GRANT SELECT(used_at) ON TABLE identity.sign_in TO velaurum_auditor;

GRANT SELECT ON TABLE identity.sign_in_failure TO velaurum_app;
GRANT SELECT ON TABLE identity.sign_in_failure TO velaurum_backup;

GRANT SELECT ON TABLE identity.token TO velaurum_app;
GRANT SELECT ON TABLE identity.token TO velaurum_backup;

GRANT SELECT(org_id) ON TABLE identity.token TO velaurum_auditor;

GRANT SELECT(id) ON TABLE identity.token TO velaurum_auditor;

GRANT SELECT(principal_id) ON TABLE identity.token TO velaurum_auditor;

GRANT SELECT(role) ON TABLE identity.token TO velaurum_auditor;

GRANT SELECT(created_at) ON TABLE identity.token TO velaurum_auditor;

GRANT SELECT(created_by) ON TABLE identity.token TO velaurum_auditor;

GRANT SELECT(expires_at) ON TABLE identity.token TO velaurum_auditor;

GRANT SELECT(revoked_at) ON TABLE identity.token TO velaurum_auditor;

GRANT SELECT(revoked_by) ON TABLE identity.token TO velaurum_auditor;

GRANT SELECT(sub_org_id) ON TABLE identity.token TO velaurum_auditor;

GRANT SELECT ON TABLE identity.token_history TO velaurum_app;

GRANT SELECT ON TABLE identity.token_use TO velaurum_app;
GRANT SELECT ON TABLE identity.token_use TO velaurum_auditor;
GRANT SELECT ON TABLE identity.token_use TO velaurum_backup;
GRANT SELECT ON TABLE identity.token_use TO velaurum_integrator;

GRANT SELECT ON TABLE jobs.act TO velaurum_app;
GRANT SELECT ON TABLE jobs.act TO velaurum_auditor;
GRANT SELECT ON TABLE jobs.act TO velaurum_backup;

GRANT SELECT ON TABLE jobs.attempt TO velaurum_app;
GRANT SELECT ON TABLE jobs.attempt TO velaurum_auditor;
GRANT SELECT ON TABLE jobs.attempt TO velaurum_backup;

GRANT SELECT ON TABLE jobs.job TO velaurum_app;
GRANT SELECT ON TABLE jobs.job TO velaurum_auditor;
GRANT SELECT ON TABLE jobs.job TO velaurum_backup;

GRANT SELECT ON TABLE ledger.approval TO velaurum_app;
GRANT SELECT ON TABLE ledger.approval TO velaurum_integrator;
GRANT SELECT ON TABLE ledger.approval TO velaurum_auditor;
GRANT SELECT ON TABLE ledger.approval TO velaurum_backup;

GRANT SELECT ON TABLE ledger.approval_request TO velaurum_app;
GRANT SELECT ON TABLE ledger.approval_request TO velaurum_integrator;
GRANT SELECT ON TABLE ledger.approval_request TO velaurum_auditor;
GRANT SELECT ON TABLE ledger.approval_request TO velaurum_backup;

GRANT SELECT ON TABLE transport.message TO velaurum_app;
GRANT SELECT ON TABLE transport.message TO velaurum_auditor;
GRANT SELECT ON TABLE transport.message TO velaurum_backup;

GRANT SELECT ON TABLE jobs.cause TO velaurum_app;
GRANT SELECT ON TABLE jobs.cause TO velaurum_auditor;
GRANT SELECT ON TABLE jobs.cause TO velaurum_backup;

GRANT SELECT ON TABLE jobs.integration_job TO velaurum_backup;

GRANT SELECT(org_id) ON TABLE jobs.integration_job TO velaurum_app;
GRANT SELECT(org_id) ON TABLE jobs.integration_job TO velaurum_auditor;

GRANT SELECT(id) ON TABLE jobs.integration_job TO velaurum_app;
GRANT SELECT(id) ON TABLE jobs.integration_job TO velaurum_auditor;

GRANT SELECT(kind) ON TABLE jobs.integration_job TO velaurum_app;
GRANT SELECT(kind) ON TABLE jobs.integration_job TO velaurum_auditor;

GRANT SELECT(item_id) ON TABLE jobs.integration_job TO velaurum_app;
GRANT SELECT(item_id) ON TABLE jobs.integration_job TO velaurum_auditor;

GRANT SELECT(location_id) ON TABLE jobs.integration_job TO velaurum_app;
GRANT SELECT(location_id) ON TABLE jobs.integration_job TO velaurum_auditor;

GRANT SELECT(movement_id) ON TABLE jobs.integration_job TO velaurum_app;
GRANT SELECT(movement_id) ON TABLE jobs.integration_job TO velaurum_auditor;

GRANT SELECT(payload) ON TABLE jobs.integration_job TO velaurum_app;
GRANT SELECT(payload) ON TABLE jobs.integration_job TO velaurum_auditor;

GRANT SELECT(state) ON TABLE jobs.integration_job TO velaurum_app;
GRANT SELECT(state) ON TABLE jobs.integration_job TO velaurum_auditor;

GRANT SELECT(attempts) ON TABLE jobs.integration_job TO velaurum_app;
GRANT SELECT(attempts) ON TABLE jobs.integration_job TO velaurum_auditor;

GRANT SELECT(result) ON TABLE jobs.integration_job TO velaurum_app;
GRANT SELECT(result) ON TABLE jobs.integration_job TO velaurum_auditor;

GRANT SELECT(requested_by) ON TABLE jobs.integration_job TO velaurum_app;
GRANT SELECT(requested_by) ON TABLE jobs.integration_job TO velaurum_auditor;

GRANT SELECT(credential_id) ON TABLE jobs.integration_job TO velaurum_app;
GRANT SELECT(credential_id) ON TABLE jobs.integration_job TO velaurum_auditor;

GRANT SELECT(request_id) ON TABLE jobs.integration_job TO velaurum_app;
GRANT SELECT(request_id) ON TABLE jobs.integration_job TO velaurum_auditor;

GRANT SELECT(created_at) ON TABLE jobs.integration_job TO velaurum_app;
GRANT SELECT(created_at) ON TABLE jobs.integration_job TO velaurum_auditor;

GRANT SELECT(expires_at) ON TABLE jobs.integration_job TO velaurum_app;
GRANT SELECT(expires_at) ON TABLE jobs.integration_job TO velaurum_auditor;

GRANT SELECT(ended_at) ON TABLE jobs.integration_job TO velaurum_app;
GRANT SELECT(ended_at) ON TABLE jobs.integration_job TO velaurum_auditor;

GRANT SELECT(purged_at) ON TABLE jobs.integration_job TO velaurum_app;
GRANT SELECT(purged_at) ON TABLE jobs.integration_job TO velaurum_auditor;

GRANT SELECT(key_id) ON TABLE jobs.integration_job TO velaurum_app;
GRANT SELECT(key_id) ON TABLE jobs.integration_job TO velaurum_auditor;

GRANT SELECT ON TABLE jobs.integration_step TO velaurum_app;
GRANT SELECT ON TABLE jobs.integration_step TO velaurum_auditor;
GRANT SELECT ON TABLE jobs.integration_step TO velaurum_backup;

GRANT SELECT ON TABLE jobs.reminder TO velaurum_app;
GRANT SELECT ON TABLE jobs.reminder TO velaurum_auditor;
GRANT SELECT ON TABLE jobs.reminder TO velaurum_backup;

GRANT SELECT ON TABLE keys.data_key TO velaurum_app;
GRANT SELECT ON TABLE keys.data_key TO velaurum_backup;

GRANT SELECT(org_id) ON TABLE keys.data_key TO velaurum_auditor;

GRANT SELECT(id) ON TABLE keys.data_key TO velaurum_auditor;

GRANT SELECT(subject_id) ON TABLE keys.data_key TO velaurum_auditor;

GRANT SELECT(version) ON TABLE keys.data_key TO velaurum_auditor;

GRANT SELECT(state) ON TABLE keys.data_key TO velaurum_auditor;

GRANT SELECT(wrapping_key_id) ON TABLE keys.data_key TO velaurum_auditor;

GRANT SELECT(sealed_count) ON TABLE keys.data_key TO velaurum_auditor;

GRANT SELECT(created_at) ON TABLE keys.data_key TO velaurum_auditor;

GRANT SELECT(retired_at) ON TABLE keys.data_key TO velaurum_auditor;

GRANT SELECT(ended_at) ON TABLE keys.data_key TO velaurum_auditor;

GRANT SELECT ON TABLE keys.index_key TO velaurum_app;
GRANT SELECT ON TABLE keys.index_key TO velaurum_backup;

GRANT SELECT(org_id) ON TABLE keys.index_key TO velaurum_auditor;

GRANT SELECT(created_at) ON TABLE keys.index_key TO velaurum_auditor;

GRANT SELECT ON TABLE keys.wrapping_key TO velaurum_app;
GRANT SELECT ON TABLE keys.wrapping_key TO velaurum_auditor;
GRANT SELECT ON TABLE keys.wrapping_key TO velaurum_backup;

GRANT SELECT ON TABLE keys.wrapping_key_history TO velaurum_app;

GRANT SELECT ON TABLE ledger.approval_answer TO velaurum_app;
GRANT SELECT ON TABLE ledger.approval_answer TO velaurum_integrator;
GRANT SELECT ON TABLE ledger.approval_answer TO velaurum_auditor;
GRANT SELECT ON TABLE ledger.approval_answer TO velaurum_backup;

GRANT SELECT ON TABLE ledger.approval_history TO velaurum_app;
GRANT SELECT ON TABLE ledger.approval_history TO velaurum_integrator;
GRANT SELECT ON TABLE ledger.approval_history TO velaurum_auditor;
GRANT SELECT ON TABLE ledger.approval_history TO velaurum_backup;

GRANT SELECT ON TABLE ledger.approval_request_history TO velaurum_app;
GRANT SELECT ON TABLE ledger.approval_request_history TO velaurum_integrator;
GRANT SELECT ON TABLE ledger.approval_request_history TO velaurum_auditor;
GRANT SELECT ON TABLE ledger.approval_request_history TO velaurum_backup;

GRANT SELECT ON TABLE ledger.approval_rule TO velaurum_app;
GRANT SELECT ON TABLE ledger.approval_rule TO velaurum_integrator;
GRANT SELECT ON TABLE ledger.approval_rule TO velaurum_auditor;
GRANT SELECT ON TABLE ledger.approval_rule TO velaurum_backup;

GRANT SELECT ON TABLE ledger.approval_rule_history TO velaurum_app;
GRANT SELECT ON TABLE ledger.approval_rule_history TO velaurum_integrator;
GRANT SELECT ON TABLE ledger.approval_rule_history TO velaurum_auditor;
GRANT SELECT ON TABLE ledger.approval_rule_history TO velaurum_backup;

GRANT SELECT ON TABLE ledger.period_history TO velaurum_app;
GRANT SELECT ON TABLE ledger.period_history TO velaurum_integrator;
GRANT SELECT ON TABLE ledger.period_history TO velaurum_auditor;
GRANT SELECT ON TABLE ledger.period_history TO velaurum_backup;

GRANT SELECT ON TABLE platform.administrator TO velaurum_app;
GRANT SELECT ON TABLE platform.administrator TO velaurum_backup;

GRANT SELECT ON TABLE platform.boot TO velaurum_app;
GRANT SELECT ON TABLE platform.boot TO velaurum_backup;
GRANT SELECT ON TABLE platform.boot TO velaurum_auditor;

GRANT SELECT ON TABLE platform.claim TO velaurum_app;
GRANT SELECT ON TABLE platform.claim TO velaurum_backup;

GRANT SELECT ON TABLE platform.column_rename TO velaurum_app;
GRANT SELECT ON TABLE platform.column_rename TO velaurum_integrator;
GRANT SELECT ON TABLE platform.column_rename TO velaurum_auditor;
GRANT SELECT ON TABLE platform.column_rename TO velaurum_backup;

GRANT SELECT ON SEQUENCE platform.column_rename_id_seq TO velaurum_backup;

GRANT SELECT ON TABLE platform.meta_checkpoint TO velaurum_app;
GRANT SELECT ON TABLE platform.meta_checkpoint TO velaurum_integrator;
GRANT SELECT ON TABLE platform.meta_checkpoint TO velaurum_auditor;
GRANT SELECT ON TABLE platform.meta_checkpoint TO velaurum_backup;

GRANT SELECT ON TABLE platform.meta_cosignature TO velaurum_app;
GRANT SELECT ON TABLE platform.meta_cosignature TO velaurum_integrator;
GRANT SELECT ON TABLE platform.meta_cosignature TO velaurum_auditor;
GRANT SELECT ON TABLE platform.meta_cosignature TO velaurum_backup;

GRANT SELECT ON TABLE platform.meta_leaf TO velaurum_app;
GRANT SELECT ON TABLE platform.meta_leaf TO velaurum_integrator;
GRANT SELECT ON TABLE platform.meta_leaf TO velaurum_auditor;
GRANT SELECT ON TABLE platform.meta_leaf TO velaurum_backup;

GRANT SELECT ON TABLE platform.meta_tile TO velaurum_app;
GRANT SELECT ON TABLE platform.meta_tile TO velaurum_integrator;
GRANT SELECT ON TABLE platform.meta_tile TO velaurum_auditor;
GRANT SELECT ON TABLE platform.meta_tile TO velaurum_backup;

GRANT SELECT ON TABLE platform.meta_timestamp TO velaurum_app;
GRANT SELECT ON TABLE platform.meta_timestamp TO velaurum_integrator;
GRANT SELECT ON TABLE platform.meta_timestamp TO velaurum_auditor;
GRANT SELECT ON TABLE platform.meta_timestamp TO velaurum_backup;

GRANT SELECT ON TABLE platform.migration TO velaurum_app;
GRANT SELECT ON TABLE platform.migration TO velaurum_backup;
GRANT SELECT ON TABLE platform.migration TO velaurum_auditor;

GRANT SELECT ON TABLE platform.schedule TO velaurum_app;
GRANT SELECT ON TABLE platform.schedule TO velaurum_auditor;
GRANT SELECT ON TABLE platform.schedule TO velaurum_backup;

GRANT SELECT ON TABLE platform.shape TO velaurum_app;
GRANT SELECT ON TABLE platform.shape TO velaurum_integrator;
GRANT SELECT ON TABLE platform.shape TO velaurum_auditor;
GRANT SELECT ON TABLE platform.shape TO velaurum_backup;

GRANT SELECT ON TABLE platform.statement_tally TO velaurum_app;
GRANT SELECT ON TABLE platform.statement_tally TO velaurum_backup;
GRANT SELECT ON TABLE platform.statement_tally TO velaurum_auditor;

GRANT SELECT ON TABLE tenancy.access_event TO velaurum_app;
GRANT SELECT ON TABLE tenancy.access_event TO velaurum_auditor;
GRANT SELECT ON TABLE tenancy.access_event TO velaurum_backup;

GRANT SELECT ON TABLE tenancy.org_history TO velaurum_app;
GRANT SELECT ON TABLE tenancy.org_history TO velaurum_integrator;
GRANT SELECT ON TABLE tenancy.org_history TO velaurum_auditor;
GRANT SELECT ON TABLE tenancy.org_history TO velaurum_backup;

GRANT SELECT ON TABLE tenancy.sighting TO velaurum_app;
GRANT SELECT ON TABLE tenancy.sighting TO velaurum_auditor;
GRANT SELECT ON TABLE tenancy.sighting TO velaurum_backup;

GRANT SELECT ON TABLE tenancy.sub_org_history TO velaurum_app;
GRANT SELECT ON TABLE tenancy.sub_org_history TO velaurum_integrator;
GRANT SELECT ON TABLE tenancy.sub_org_history TO velaurum_auditor;
GRANT SELECT ON TABLE tenancy.sub_org_history TO velaurum_backup;

GRANT SELECT ON TABLE tenancy.suspension TO velaurum_app;
GRANT SELECT ON TABLE tenancy.suspension TO velaurum_integrator;
GRANT SELECT ON TABLE tenancy.suspension TO velaurum_auditor;
GRANT SELECT ON TABLE tenancy.suspension TO velaurum_backup;

GRANT SELECT ON TABLE tenancy.suspension_history TO velaurum_app;
GRANT SELECT ON TABLE tenancy.suspension_history TO velaurum_integrator;
GRANT SELECT ON TABLE tenancy.suspension_history TO velaurum_auditor;
GRANT SELECT ON TABLE tenancy.suspension_history TO velaurum_backup;

GRANT SELECT ON TABLE transport.queue TO velaurum_app;
GRANT SELECT ON TABLE transport.queue TO velaurum_auditor;
GRANT SELECT ON TABLE transport.queue TO velaurum_backup;

GRANT SELECT ON TABLE webhooks.act TO velaurum_app;
GRANT SELECT ON TABLE webhooks.act TO velaurum_auditor;
GRANT SELECT ON TABLE webhooks.act TO velaurum_backup;

GRANT SELECT ON TABLE webhooks.attempt TO velaurum_app;
GRANT SELECT ON TABLE webhooks.attempt TO velaurum_auditor;
GRANT SELECT ON TABLE webhooks.attempt TO velaurum_backup;

GRANT SELECT ON TABLE webhooks.delivery TO velaurum_app;
GRANT SELECT ON TABLE webhooks.delivery TO velaurum_auditor;
GRANT SELECT ON TABLE webhooks.delivery TO velaurum_backup;

GRANT SELECT ON TABLE webhooks.endpoint_history TO velaurum_app;
GRANT SELECT ON TABLE webhooks.endpoint_history TO velaurum_auditor;
GRANT SELECT ON TABLE webhooks.endpoint_history TO velaurum_backup;

CREATE EVENT TRIGGER fence_command ON ddl_command_end
   EXECUTE FUNCTION fence.on_command();

ALTER EVENT TRIGGER fence_command ENABLE ALWAYS;

CREATE EVENT TRIGGER fence_drop ON sql_drop
   EXECUTE FUNCTION fence.on_drop();

ALTER EVENT TRIGGER fence_drop ENABLE ALWAYS;

CREATE EVENT TRIGGER fence_rewrite ON table_rewrite
   EXECUTE FUNCTION fence.on_rewrite();

ALTER EVENT TRIGGER fence_rewrite ENABLE ALWAYS;

CREATE EVENT TRIGGER fence_start ON ddl_command_start
         WHEN TAG IN ('CREATE INDEX', 'DROP INDEX')
   EXECUTE FUNCTION fence.on_start();

ALTER EVENT TRIGGER fence_start ENABLE ALWAYS;
