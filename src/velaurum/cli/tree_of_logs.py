"""The verbs of `velaurum log`, as the tree of commands has them."""

VERBS = {
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
