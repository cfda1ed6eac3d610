"""People of an organisation over HTTP: what each operation answers, and their histories."""

from support.http_client import Reply
from support.logs import when_signed
from support.staff import Staff


def _subject_answers(admin: Staff) -> dict[str, Reply]:
    """Ask every operation about a data subject."""
    path = f"/principals/{admin.hires('Eve')}"
    admin.must(admin.post(f"{path}/disabling"))
    asked = {"action": "place", "reason": "case 2026/117"}
    held = admin.post(f"{path}/legal-hold", asked)
    bundle = admin.get(f"{path}/bundle")
    admin.must(admin.post(f"{path}/legal-hold", {**asked, "action": "release"}))
    return {
        "holdPrincipal": held,
        "restrictPrincipal": admin.post(f"{path}/restriction", {"action": "place", "reason": "ticket 88"}),
        "getPrincipalBundle": bundle,
        "erasePrincipal": admin.post(f"{path}/erasure"),
    }


def people_answers(admin: Staff) -> dict[str, Reply]:
    """Ask every operation of people and their histories for an answer of success."""
    made = admin.post("/principals", {"name": "Ada", "kind": "user", "sub_org": "STORES"})
    path = f"/principals/{made.json['id']}"
    given = admin.post(f"{path}/assignments", {"role": "auditor", "sub_org": "STORES"})
    issued = admin.post(f"{path}/tokens", {"role": "auditor"})
    role = {"code": "night-shift", "name": "Night shift", "permissions": ["read"]}
    return {
        "createPrincipal": made,
        "getPrincipal": admin.get(path),
        "listPrincipals": admin.get("/principals?limit=1"),
        "changePrincipal": admin.patch(path, {"sub_org": None}, '"v1"'),
        "createAssignment": given,
        "listAssignments": admin.get(f"{path}/assignments"),
        "listAssignmentVersions": admin.get(f"{path}/assignments/{given.json['id']}/history"),
        "revokeAssignment": admin.post(f"{path}/assignments/{given.json['id']}/revocation"),
        "createToken": issued,
        "getToken": admin.get(f"/tokens/{issued.json['id']}"),
        "listTokens": admin.get("/tokens?limit=1"),
        "revokeToken": admin.post(f"/tokens/{issued.json['id']}/revocation"),
        "disablePrincipal": admin.post(f"{path}/disabling"),
        "enablePrincipal": admin.post(f"{path}/enabling"),
        **_subject_answers(admin),
        "createRole": admin.post("/roles", role),
        "getRole": admin.get("/roles/night-shift"),
        "listRoles": admin.get("/roles?limit=1"),
        "changeRole": admin.patch("/roles/night-shift", {"name": "Nights"}, '"v1"'),
        "getStanding": admin.get("/me"),
        "listIdentityChanges": admin.get("/identity-changes"),
        "listPrincipalVersions": admin.get(f"{path}/history"),
        "listTokenVersions": admin.get(f"/tokens/{issued.json['id']}/history"),
        "listRoleVersions": admin.get("/roles/night-shift/history"),
        "listSubOrgVersions": admin.get("/sub-orgs/STORES/history"),
        "listItemVersions": admin.get("/items/BOLT/history"),
        "listLocationVersions": admin.get("/locations/A/history"),
        **{
            name: when_signed(lambda path=of: admin.get(f"{path}/proof"))
            for name, of in (
                ("getPrincipalProof", path),
                ("getAssignmentProof", f"{path}/assignments/{given.json['id']}"),
                ("getTokenProof", f"/tokens/{issued.json['id']}"),
                ("getRoleProof", "/roles/night-shift"),
                ("getSubOrgProof", "/sub-orgs/STORES"),
                ("getItemProof", "/items/BOLT"),
                ("getLocationProof", "/locations/A"),
            )
        },
    }
