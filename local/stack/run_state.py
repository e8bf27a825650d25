"""The stack's run state in a home: one small JSON file, replaced as a whole, so that a reader never sees half.

Written by the supervisor alone. It outlives a supervisor that was killed; then it says what may have been left.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from local.stack.process_identity import ProcessIdentity, is_alive
from local.stack.process_lifecycle import ProcessState
from schemas.errors import Stop


@dataclass(frozen=True)
class ProcessStatus:
    """One process as the supervisor last saw it; ``since`` is seconds since 1970, ``identity`` is None when nothing runs.

    ``log_from``: the byte of its log from which on this run's lines stand; a state of an older version does not say.
    """

    name: str
    state: ProcessState
    identity: ProcessIdentity | None
    address: str | None
    restarts: int
    last_exit: int | None
    reason: str
    since: float
    log_from: int = 0


@dataclass(frozen=True)
class RunState:
    """The supervisor, the addresses for clients (``kafka``, ``clickhouse``), and the processes in start order."""

    supervisor: ProcessIdentity
    addresses: dict[str, str] = field(default_factory=dict)
    processes: tuple[ProcessStatus, ...] = ()

    @property
    def up(self) -> bool:
        """Whether every process does its work."""
        return all(process.state in ("ready", "done") for process in self.processes)


def run_folder(home: Path) -> Path:
    """Where a home keeps what belongs to the running stack."""
    return home / "run"


def write(home: Path, state: RunState) -> None:
    """Replace the run state in one step."""
    path = run_folder(home) / "state.json"
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(asdict(state), indent=1))
    fresh.replace(path)  # a reader sees the old state or the new one, never half


def read(home: Path) -> RunState | None:
    """The run state as last written, whether or not its supervisor still lives; None when there is none."""
    try:
        found = json.loads((run_folder(home) / "state.json").read_text())
    # Never started, or ended by ``down``.
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise Stop(f"{run_folder(home) / 'state.json'} can't be read", "delete that file and run `baton up`") from error
    processes = tuple(
        ProcessStatus(**{**process, "identity": _identity(process["identity"])}) for process in found["processes"]
    )
    return RunState(ProcessIdentity(**found["supervisor"]), found["addresses"], processes)


def running(home: Path) -> RunState | None:
    """The run state when its supervisor lives, else None."""
    state = read(home)
    # The file outlives a supervisor that was killed: only the identity tells whether it is of now.
    return state if state and is_alive(state.supervisor) else None


def forget(home: Path) -> None:
    """Remove the run state: nothing runs and nothing is left."""
    (run_folder(home) / "state.json").unlink(missing_ok=True)


def _identity(found: dict[str, object] | None) -> ProcessIdentity | None:
    return ProcessIdentity(**found) if found else None  # type: ignore[arg-type]  # read back from asdict
