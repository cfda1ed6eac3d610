"""The verbs of items, units, packs, lots, serials, periods and reservations, and `velaurum report`, in the tree."""

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
REPORT = (
    "reports:report",
    """Show a report as of one size of the log, or keep the whole of it in a file.

on-hand, stock-card, movement-register, refusals, timeline or difference. The same size is the same file, always.""",
)
PERIODS = (
    "Periods, over HTTP: what happened in a closed one is posted no more.",
    {
        "create": ("periods:create", "Create the period after the last one."),
        "list": ("periods:list_all", "List the periods, the earliest first."),
        "show": ("periods:show_one", "Show one period, and the log size at which it closed."),
        "soft-close": ("periods:soft_close", "Close a period to all but those who close periods."),
        "close": ("periods:close", "Close a period."),
        "reopen": ("periods:reopen", "Ask for the reopening of a period, or confirm it as another person."),
    },
)
RESERVATIONS = (
    "Reservations, over HTTP: stock that is promised to a demand.",
    {
        "create": ("reservations:create", "Reserve stock for a demand."),
        "list": (
            "reservations:list_all",
            "List the reservations, the newest first, or those that are short.",
        ),
        "show": ("reservations:show_one", "Show one reservation, and what of it is not there."),
        "release": ("reservations:release", "Give back what remains of a reservation."),
    },
)
