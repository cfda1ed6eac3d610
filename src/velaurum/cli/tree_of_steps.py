"""What is done in steps over HTTP, counts and shipments: their verbs, as the tree of commands has them."""

_OF_COUNTS = {
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
_OF_SHIPMENTS = {
    "open": ("shipments:open_one", "Open a shipment: lines ITEM,QTY or ITEM,LOT,QTY from standard input."),
    "list": ("shipments:list_all", "List the shipments, the newest first."),
    "show": ("shipments:show_one", "Show one shipment."),
    "lines": ("shipments:lines", "List the lines of a shipment with what became of each."),
    "dispatch": ("shipments:dispatch", "Send all lines on their way, or none."),
    "receive": ("shipments:receive", "Receive some of what is under way: LINE=QTY, as often as it takes."),
    "close": ("shipments:close", "End a shipment: what is still under way is lost."),
    "approve": ("shipments:approve", "Approve the differences that somebody else stated."),
    "cancel": ("shipments:cancel", "Give a shipment up that is not dispatched."),
}
NOUNS = {
    "count": ("Counts of places, over HTTP.", _OF_COUNTS),
    "shipment": ("Stock on its way, over HTTP.", _OF_SHIPMENTS),
}
