"""The verbs of `velaurum shipment`, as the tree of commands has them."""

VERBS = {
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
