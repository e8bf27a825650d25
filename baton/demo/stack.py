"""The demonstration's own stack: everything a home runs, and a simulated company beside it. ``python -m baton.demo.stack``.

The company's history stands in the log before the clock's first tick: so the first numbers are of all of it, and what is
refreshed once a day is there at once.
"""

import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from baton.options import settings_of
from baton.stack_plan import StackPlan, stack_plan
from local.stack.process import Process, ready_path
from local.stack.serve import serve
from local.stack.supervisor import Supervisor
from schemas.settings import child_environment

COMPANY = "simulate"


def with_company(planned: StackPlan, home: Path, argv: Iterable[str]) -> tuple[Process, ...]:
    """The planned processes and ``baton simulate``, ready when its history is sent; the clock waits for that."""
    environment = {"BATON_KAFKA": planned.addresses["kafka"], "BATON_CLICKHOUSE": planned.addresses["clickhouse"]}
    command = [sys.executable, "-m", "baton.main", "simulate", "--home", str(home), "--live", *argv]
    company = Process(COMPANY, command, environment, ready_file=ready_path(home, COMPANY), after=("prepare",))
    later = (replace(p, after=(*p.after, COMPANY)) if p.name == "clock" else p for p in planned.processes)
    return (*later, company)


def main(home: Path, argv: list[str]) -> None:
    """Run it until SIGTERM or Ctrl-C; ``argv`` goes to `baton simulate`."""
    settings = settings_of(home)

    def make() -> Supervisor:
        planned = stack_plan(settings, _print_line)
        return Supervisor(
            settings.home, with_company(planned, settings.home, argv), child_environment, _print_line, planned.addresses
        )

    serve(settings.home, make)


def _print_line(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
