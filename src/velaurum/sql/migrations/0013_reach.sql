-- What the routines of these names looked like before one probe found the departments below several.
drop function if exists tenancy.subtree(uuid, uuid);
