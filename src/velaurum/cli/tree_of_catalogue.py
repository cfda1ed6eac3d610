"""The verbs of `velaurum item`, `unit`, `pack`, `lot` and `serial`, as the tree of commands has them."""

ITEMS = (
    "Items, over HTTP.",
    {
        "create": ("items:create", "Create an item."),
        "list": ("items:list_all", "List the items by code."),
        "show": ("items:show_one", "Show one item."),
    },
)
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
LOTS = (
    "Lots of items, over HTTP.",
    {
        "create": ("lots:create", "Create a lot of an item that is tracked by lot."),
        "list": ("lots:list_all", "List lots, the oldest first."),
        "show": ("lots:show_one", "Show one lot."),
        "change": ("lots:change", "Change when a lot expires, or where it is from."),
    },
)
SERIALS = (
    "Serials, single pieces of items, over HTTP.",
    {
        "create": ("serials:create", "Create a serial of an item that is tracked by serial."),
        "list": ("serials:list_all", "List serials, the oldest first."),
        "show": ("serials:show_one", "Show one serial, and where it is."),
    },
)
