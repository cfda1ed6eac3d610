-- What the routines of these names looked like before they said what kind of principal it is, and before one probe
-- found the departments below several.
drop function if exists tenancy.subtree(uuid, uuid);
drop function if exists identity.reach(uuid, uuid, text);
drop function if exists identity.standing(uuid, uuid);
