"""The verbs of `velaurum log`, `velaurum proof` and `velaurum verify`, as the tree of commands has them."""

_NEWEST = (
    "Fetch and check the proof of a version of {}: the newest, unless --version or a past says otherwise."
)
PROOFS = {
    "movement": ("proofs:movement", "Fetch and check the proof of a movement."),
    "item": ("proofs:item", _NEWEST.format("an item")),
    "location": ("proofs:location", _NEWEST.format("a location")),
    "sub-org": ("proofs:sub_org", _NEWEST.format("a department")),
    "role": ("proofs:role", _NEWEST.format("a role")),
    "principal": ("proofs:principal", _NEWEST.format("a principal")),
    "provider": ("proofs:provider", _NEWEST.format("a provider")),
    "token": ("proofs:token", "Fetch and check the proof of a token: as it is, or as it was."),
    "approval": ("proofs:approval", "Fetch and check the proof of an approval's newest step."),
}
VERBS = {
    "export": ("log_export:export", "Write an organisation's signed log alone, for anyone to check."),
    "status": ("log_status:status", "Show how far the log is recorded, signed and stamped."),
    "reopen": ("logs:reopen", "Take a log up again that lost what was signed; shows what, and asks."),
    "keys": ("log_keys:keys", "List the keys of the logs: which sign, and which are retired."),
    "rotate-key": (
        "log_keys:rotate_key",
        """Make a new key that signs every log beside those that do, and have each log say so.

A server that runs signs with it at once. Taken again after it was stopped, it goes on where it was.""",
    ),
    "retire-key": (
        "log_keys:retire_key",
        "Destroy a key of the logs, after each log has said so under its signature.",
    ),
}
PROVEN = {
    "export": (
        "exports:verify_export",
        """Prove offline that an export is whole, signed and consistent; `velaurum verify DIR` is the same.

Needs no server, no database and no network. Names the first entry that does not hold.""",
    ),
    "proof": (
        "proof_files:verify_proof",
        "Prove offline that a proof of one entry holds, with nothing but its file and whom you trust.",
    ),
    "tenancy": (
        "verification:tenancy",
        """Prove from the database's catalogue that organisations are kept apart, and name what breaks it.

Works as the application's role or any other; changes nothing.""",
    ),
    "db": (
        "verification_of_database:db",
        """Prove every log from the rows up, and that nobody changed what guards them; name what does not hold.

Reads one snapshot as the auditor, with the key and the last statements of the data directory; changes nothing.""",
    ),
    "report": (
        "verification:report",
        "Prove offline that a report is as it was signed, with the keys of the installation.",
    ),
}
