"""The verbs of `velaurum webhook`."""

VERBS: dict[str, tuple[str, str]] = {
    "create": ("webhooks:create", "Have events told to a URL, and print the secret, once."),
    "list": ("webhooks:list_all", "List the webhooks by code."),
    "show": ("webhooks:show_one", "Show one webhook, with the keys that verify what it is told."),
    "rotate": (
        "webhooks:rotate",
        "Let a webhook have a new secret, and print it, once; the one before signs beside it for a while.",
    ),
    "disable": ("webhooks:disable", "Tell a webhook nothing more; what waits for it is dead."),
    "enable": ("webhooks:enable", "Tell a webhook what happens from now on."),
    "deliveries": (
        "webhooks:deliveries",
        "List what a webhook was told, the newest first, and how that went.",
    ),
    "redeliver": ("webhooks:redeliver", "Try a delivery again, from now on, as the same message."),
    "trigger": ("webhooks:trigger", "Have a webhook told something that tells of no event."),
    "listen": (
        "webhook_receiver:listen",
        """Receive on this machine, in the foreground: verify each message and print it.

Knows the keys of the webhook that is named, or those that are given.""",
    ),
}
NOUN = ("To whom an organisation has its events told, over HTTP.", VERBS)
