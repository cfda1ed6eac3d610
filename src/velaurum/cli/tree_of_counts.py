"""The verbs of `velaurum count`, as the tree of commands has them."""

VERBS = {
    "open": ("counts:open_one", "Open a count of a place."),
    "list": ("counts:list_all", "List the counts, the newest first."),
    "show": ("counts:show_one", "Show one count, and why it was not posted."),
    "add": ("counts:add", "Record what was counted: lines ITEM,QTY or ITEM,LOT,QTY from standard input."),
    "lines": ("counts:lines", "List the lines of a count; a counter sees their own."),
    "variances": ("counts:variances", "List what a count differs from the ledger, and what nobody counted."),
    "finish": ("counts:finish", "End the counting."),
    "approve": ("counts:approve", "Approve what others counted."),
    "post": ("counts:post", "Post what an approved count comes to, all of it or nothing."),
    "cancel": ("counts:cancel", "Give a count up that is not posted."),
}
