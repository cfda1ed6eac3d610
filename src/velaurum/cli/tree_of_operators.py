"""The verbs of `velaurum administrator`, `break-glass` and `posture`, as the tree of commands has them."""

ADMINISTRATORS = {
    "create": ("administrators:create", "Make another administrator and print the token, once."),
    "list": ("administrators:list_all", "List the administrators, also those who were revoked."),
    "revoke": (
        "administrators:revoke",
        "Revoke an administrator, and end what they broke the glass for.",
    ),
}

BREAK_GLASS = {
    "request": ("break_glass:request", "Ask to read an organisation, as an administrator."),
    "approve": ("break_glass:approve", "Approve what an administrator asked for, as another person."),
    "collect": ("break_glass:collect", "Print the token of what was approved, once, as who asked."),
    "end": ("break_glass:end", "End it at once."),
    "list": ("break_glass:list_all", "List when, why and by whom the glass was broken."),
    "show": ("break_glass:show_one", "Show one of them."),
}

POSTURE = {
    "tenancy": (
        "posture:tenancy",
        """Answer whether every statement applied its organisation: TRUE, FALSE or NOT ATTESTED, and why.

Works as the application's role on the data directory. --json prints the signed report.""",
    ),
    "restart": (
        "posture:restart",
        "Let the server count anew, while Velaurum is stopped: after a crash, or a gap that was explained.",
    ),
    "keys": ("posture:keys", "Print the keys that verify what this installation signs."),
}
