"""The branch of the tree of commands that reads files of others."""

NOUN: tuple[str, dict[str, tuple[str, str]]] = (
    "Import records from files, over HTTP.",
    {
        "check": ("imports:check", "Say what would become of the movements of a file; nothing is posted."),
        "run": ("imports:run", "Post the movements of a file, each exactly once."),
        "journey": ("journey:journey", "Import the real year of a grocery chain, for demos."),
    },
)
