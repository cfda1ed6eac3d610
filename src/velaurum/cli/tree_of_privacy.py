"""The verbs of `velaurum privacy`, as the tree of commands has them."""

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
