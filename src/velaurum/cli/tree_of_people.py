"""The verbs of `velaurum principal` and `velaurum invitation`, as the tree of commands has them."""

PRINCIPAL_VERBS = {
    "create": ("principals:create", "Make a principal that may do nothing yet."),
    "list": ("principals:list_all", "List the principals."),
    "show": ("principals:show_one", "Show one principal and its roles."),
    "assign": ("principals:assign", "Give a principal a role."),
    "disable": ("principals:disable", "Let a principal act no longer, and revoke its tokens."),
    "cut-off": (
        "cutting_off:cut_off",
        "While the log is held: let a principal get in no longer, on the data directory.",
    ),
    "enable": ("principals:enable", "Let a principal act again; revoked tokens stay revoked."),
}
SUBJECT_VERBS = {
    "show": ("subjects:show_one", "Show what is held about a person."),
    "bundle": ("subjects:bundle", "Print what is held about a person as one JSON document, to hand over."),
    "hold": ("subjects:hold", "Place a legal hold on a person: nobody erases them before it is released."),
    "release": ("subjects:release", "Release the legal hold on a person."),
    "rectify": (
        "subjects:rectify",
        "Put a person's wrong name right: a version of the record, with the one before in its history.",
    ),
    "restrict": (
        "subjects:restrict",
        "Restrict a person: what they wrote is kept, and shown nowhere but in their bundle.",
    ),
    "lift": ("subjects:lift", "Lift the restriction on a person: what they wrote is shown again."),
    "erase": (
        "subjects:erase",
        """Erase a person who is disabled, for ever: their key is destroyed, and with it what is sealed for them.

Entries and proofs stay as they are. The receipt names the day when the last backup that has them expires.""",
    ),
}
INVITATION_VERBS = {
    "create": (
        "invitations:create",
        """Invite a person on the data directory, and print the invitation, once.

Who has this login already is invited to set a new password; else it is a new person with a role.""",
    ),
    "issue": ("invitations:issue", "Invite a person that there is, over HTTP."),
}
