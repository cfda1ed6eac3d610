-- What the routines of these names looked like before a place could be in a department, and change it.
drop function if exists catalog.create_location(
    uuid, uuid, uuid, uuid, text, bytea, text, text, text, text, uuid, uuid
);
drop function if exists catalog.update_location(uuid, uuid, uuid, bigint, text);
drop function if exists tenancy.create_sub_org(uuid, uuid, uuid, uuid, text, bytea, text, text, text, uuid);
drop function if exists tenancy.update_sub_org(uuid, uuid, uuid, bigint, text, uuid);
