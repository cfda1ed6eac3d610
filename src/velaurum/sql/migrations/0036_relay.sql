-- What read the logs for webhooks relays them from now on, for whoever wants to be told. It goes on from where it is,
-- so that nothing is skipped, and what was told before is told no more. Where the routines of subscribers were never
-- applied there is none yet, and no trigger that keeps them who they are.
do $$
declare
    o record;
begin
    if not exists (
        select from pg_trigger as t
        where t.tgrelid = 'events.subscriber'::regclass and t.tgname = 'subscriber_goes_forward'
    ) then
        return;
    end if;
    alter table events.subscriber disable trigger subscriber_goes_forward;
    for o in select t.org_id from tenancy.org as t loop
        perform set_config('velaurum.org', o.org_id::text, true);
        perform set_config('velaurum.sub_orgs', '*', true);
        update events.subscriber as s set name = 'relay' where s.org_id = o.org_id and s.name = 'webhooks';
    end loop;
    perform set_config('velaurum.org', '00000000-0000-0000-0000-000000000000', true);
    alter table events.subscriber enable always trigger subscriber_goes_forward;
end
$$;
