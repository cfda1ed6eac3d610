"""Light commands are light: they import no more than they need, and answer in a fraction of a second of CPU."""

import statistics
import sys

import pytest

from support.command import Installation

HEAVY = (
    "fastapi",
    "starlette",
    "uvicorn",
    "pydantic",
    "pyarrow",
    "pandas",
    "hypothesis",
    "velaurum.api",
    "velaurum.keys.held_keys",
)
LIGHT = (
    ("version",),
    ("org", "list", "--json"),
    ("token", "create", "--role", "auditor", "--json"),
    ("item", "list", "--json"),
    ("stock", "--json"),
    ("--help",),
    ("import", "--help"),
)
# The promise is 0.3 s; a busy machine may take twice as long for the same work.
MOST_CPU_S = 0.6
_PROGRAM = (
    "import sys\n"
    "from velaurum.cli.command_line import run\n"
    "code = run(sys.argv[1:])\n"
    "print('\\n'.join(sys.modules), file=sys.stderr)\n"
    "sys.exit(code)\n"
)


@pytest.mark.parametrize("words", LIGHT, ids=" ".join)
def test_a_light_command_imports_nothing_heavy(installation: Installation, words: tuple[str, ...]) -> None:
    tenant = installation.tenant()

    answer = tenant.keeper(*words, program=(sys.executable, "-c", _PROGRAM))

    imported = answer.stderr.splitlines()
    assert answer.code == 0
    assert "cyclopts" in imported
    assert [name for name in HEAVY if name in imported] == []


def test_the_check_would_find_the_web_framework(installation: Installation) -> None:
    answer = installation.command("up", "--help", program=(sys.executable, "-c", _PROGRAM))

    assert {"fastapi", "velaurum.api"} <= set(answer.stderr.splitlines())


@pytest.mark.parametrize("words", LIGHT[:5], ids=" ".join)
def test_a_light_command_takes_little_cpu(
    installation: Installation,
    words: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    # An installed product has its bytecode; where writing it is switched off, it is kept here instead.
    kept = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(tmp_path_factory.getbasetemp() / "pyc")}
    keeper = installation.tenant().keeper
    told = type(keeper)({**keeper.settings, **kept}, keeper.directory)
    told(*words)

    runs = [told.measured(*words) for _ in range(5)]

    used = [run.cpu_s for run in runs]
    with capsys.disabled():
        sys.stdout.write(f"\n{' '.join(words)}: {statistics.median(used):.3f} s of CPU ")
    assert [run.code for run in runs] == [0] * 5
    assert statistics.median(used) < MOST_CPU_S
