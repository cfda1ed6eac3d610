"""The verbs of `velaurum event`, as the tree of commands has them."""

VERBS = {
    "list": (
        "events:list_all",
        "List events behind a position, in the order of the log.",
    ),
    "follow": (
        "events:follow",
        """Print events as they come, until you stop it: those behind --after, or from now on.

Goes on by itself when the server was away. --json prints one event, as CloudEvents has it, on each line.""",
    ),
    "subscribers": ("events:subscribers", "Show how far each part of the product has read the log."),
}
