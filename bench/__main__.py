"""``python -m bench [NAME …]``: benchmarks against peers. Without a name: all of them.

Results are checked before speed is told; a wrong one ends with exit code 1. Nothing is asserted by the clock.
"""

import argparse
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.cases import chain, growth, journeys, live, memory, questions, read_decode, sink, stall
from bench.choices import Choices
from bench.outcome import Finding, Run, Wrong, keep, table

CASES: dict[str, Callable[[Choices], tuple[list[Run], list[Finding]]]] = {
    "read-decode": read_decode.measure,
    "journeys": journeys.measure,
    "chain": chain.measure,
    "company": chain.measure_company,
    "sink": sink.measure,
    "live": live.measure,
    "growth": growth.measure,
    "stall": stall.measure,
    "memory": memory.measure,
    "questions": questions.measure,
    "questions-hashed": questions.measure_hashed,
}


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser("python -m bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(CASES)}")
    parser.add_argument("--events", type=int, help="events in the topic, or handoffs (default: each benchmark's own)")
    parser.add_argument("--peer-events", type=int, default=20_000, help="events the slow peer reads (20,000)")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each side; medians are told (3)")
    parser.add_argument("--items", type=int, default=2_000_000, help="memory: items (2,000,000; half an hour)")
    parser.add_argument("--rate", type=float, help="stall: events a second (default: half of what a backlog showed)")
    parser.add_argument("--seconds", type=int, default=40, help="stall: how long it is paced (40)")
    parser.add_argument(
        "--results", type=Path, default=Path(".baton-bench/results.jsonl"), help="JSON lines are appended here"
    )
    parser.add_argument("--place", type=Path, help="directory for temporary homes")
    parser.add_argument("--profile", type=Path, help="journeys: cProfile of one more run goes here")
    found = parser.parse_args()
    unknown = sorted(set(found.names) - CASES.keys())
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are: {', '.join(CASES)}")
    return found


def main() -> int:
    """Run what was asked for; the exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that broker and temporary home end with us
    asked = arguments()
    chosen = {name: value for name, value in vars(asked).items() if name not in {"names", "results"}}
    choices = Choices(**chosen)
    code = 0
    for name in asked.names or CASES:
        try:
            runs, findings = CASES[name](choices)
        except Wrong as wrong:
            sys.stdout.write(f"== {name}\nWRONG RESULT: {wrong}\n")
            code = 1
            continue
        keep(asked.results, name, runs, findings, at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
        sys.stdout.write(table(name, runs, findings) + "\n")
        sys.stdout.flush()
    return code


if __name__ == "__main__":
    sys.exit(main())
