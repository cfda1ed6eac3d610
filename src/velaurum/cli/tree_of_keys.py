"""The verbs of `velaurum key`, as the tree of commands has them."""

VERBS = {
    "list": ("keys:list_all", "List an organisation's wrapping keys and data keys, and what is under each."),
    "rotate": (
        "keys:rotate",
        """Put new keys in the place of old ones, and destroy these.

data-keys seals every field anew; wrapping-key wraps the data keys anew. Requests are served meanwhile. Taken again
after it was stopped, it goes on where it was.""",
    ),
    "move": (
        "keys:move",
        "Let a key of another provider or name wrap an organisation's data keys: one that it brings, or keeps.",
    ),
}
