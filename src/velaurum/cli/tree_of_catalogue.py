"""The verbs of `velaurum unit` and `velaurum pack`, and `velaurum report`, as the tree of commands has them."""

UNITS = (
    "Units of measure, over HTTP.",
    {"list": ("units:list_all", "List the units that the product knows, with their exact factors.")},
)
PACKS = (
    "Packs of items: what one of another unit holds, over HTTP.",
    {
        "create": ("packs:create", "Say what one of another unit holds of an item."),
        "list": ("packs:list_all", "List the packs of an item."),
        "change": ("packs:change", "Change what a pack holds from now on."),
        "end": ("packs:end", "End a pack: nothing is posted in it any more."),
    },
)
REPORT = (
    "reports:report",
    """Show a report as of one size of the log, or keep the whole of it in a file.

on-hand, stock-card, movement-register, refusals, timeline or difference. The same size is the same file, always.""",
)
