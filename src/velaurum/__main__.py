"""The command `velaurum`, and `python -m velaurum`."""

import gc
import sys

NEW_OBJECTS = 50_000


def main() -> None:
    """Run the command line and end with its exit code."""
    # A light command spends its time on imports, which make many objects and no garbage to look for.
    gc.set_threshold(NEW_OBJECTS)
    from velaurum.cli.command_line import run  # noqa: PLC0415 - imported after the collector was told

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
