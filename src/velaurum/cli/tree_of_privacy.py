"""The verbs of `velaurum privacy` and `velaurum access-event`, as the tree of commands has them."""

NOUN = (
    "What is processed of people, over HTTP.",
    {
        "record": (
            "privacy:record",
            """Print the record of processing of an organisation (GDPR, Art. 30), as far as a program can know it.

Made of the classes of columns, the settings and the organisation's webhooks: the same give the same record.""",
        ),
    },
)
ACCESS_EVENT = (
    "Who asked for what, who was shown whom, and who carried all of it away, over HTTP.",
    {
        "list": (
            "access_events:list_all",
            """List the requests of a period, the newest first; of the last day, where --from says nothing else.

--kind export tells who carried all of the organisation away, --kind break-glass what the operator
read, and --person who was shown something of a person.""",
        ),
    },
)
