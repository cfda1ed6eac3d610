-- name: record
select audit.record_export(
    %(org_id)s, %(id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(recipient)s
) as is_new;
