-- Verifications: what was found is the next entry of the log that was looked at, by the product's own process or the
-- operator's hand. Whoever may record one could record a false one: that is the integrator, and not the application.

create or replace function audit.record_verification(
    p_org_id uuid, p_began_at timestamptz, p_ended_at timestamptz, p_size bigint, p_root text, p_findings bigint,
    p_codes text[], p_program text, p_report_sha256 text, p_is_scheduled boolean
) returns uuid
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
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

select audit.record_changes('audit.verification', 'verification', '{id}', '{}', '{}', 'shared');
