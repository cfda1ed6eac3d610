-- name: record
-- cross-org: how often a process ran each statement; the counts are the installation's and name no organisation.
select platform.record_tallies(
    %(boot_id)s, %(release)s, %(registry_hash)s, %(events_lost)s::bigint, %(has_ended)s, %(tallies)s::jsonb
) as recorded;
