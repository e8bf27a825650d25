"""The jars the broker is made of, locked by sha256, and their download from Maven repositories. The only module that uses jgo.

``jgo.toml`` names the coordinates, ``jgo.lock.toml`` every jar behind them with its sha256 sum. Thanks to the
lock a first start asks for known files and resolves nothing. jgo is imported where it is used: an installation
with servers of its own, such as a container, has none.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.errors import Stop

if TYPE_CHECKING:
    from jgo.maven import MavenContext

HERE = Path(__file__).parent
COORDINATES = HERE / "jgo.toml"
LOCK = HERE / "jgo.lock.toml"
REQUEST_SECONDS = 60


@dataclass(frozen=True)
class Jar:
    """One locked jar: its coordinate and sha256 sum (hex)."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def name(self) -> str:
        """File name."""
        return f"{self.artifact}-{self.version}.jar"


def locked() -> tuple[Jar, ...]:
    """Every jar of the lock, in class path order."""
    found = tomllib.loads(LOCK.read_text(encoding="utf-8"))["dependencies"]
    return tuple(Jar(d["groupId"], d["artifactId"], d["version"], d.get("sha256", "")) for d in found)


def download(jar: Jar, into: Path, *, ask_own_repository: bool = True) -> Path:
    """Bring one jar and return its path; the caller checks the sum.

    ``into`` is laid out as a Maven repository. A jar in the user's own Maven repository is used from there.
    Repositories named in jgo's config file are asked too, and one named ``central`` replaces the public one.
    Raises ``OSError`` or ``RuntimeError`` when no repository has the jar, ``Stop`` without the extra ``local``.
    """
    # Without resolving: the lock names every jar, so a first start asks for files alone.
    context = _context(into, ask_own_repository)
    return context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()


def write_lock(into: Path) -> None:
    """Resolve ``jgo.toml`` anew and write the lock. Needed only after the coordinates changed."""
    from jgo.env import EnvironmentSpec, LockedDependency, LockFile  # noqa: PLC0415  # part of the extra `local`

    context = _context(into, ask_own_repository=False)
    spec = EnvironmentSpec.load(COORDINATES)
    wanted, behind = context.resolver.resolve([context.create_dependency(c) for c in spec.coordinates])
    needed = [*wanted, *(d for d in behind if d.scope in ("compile", "runtime"))]
    LockFile([LockedDependency.from_dependency(d) for d in needed], environment_name=spec.name).save(LOCK)


def _context(into: Path, ask_own_repository: bool) -> "MavenContext":
    try:
        from jgo.config import GlobalSettings  # noqa: PLC0415  # part of the extra `local`
        from jgo.constants import MAVEN_CENTRAL_URL  # noqa: PLC0415  # part of the extra `local`
        from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415  # part of the extra `local`
    except ModuleNotFoundError as error:
        raise Stop(
            f"no broker can be started here: the package {error.name} is missing",
            "pip install 'baton[local]', or set BATON_KAFKA to a broker you run",
        ) from error
    configured = GlobalSettings.load()
    return MavenContext(
        resolver=PythonResolver(),
        repo_cache=into,
        local_repos=[configured.repo_cache] if ask_own_repository else [],
        remote_repos={"central": MAVEN_CENTRAL_URL, **configured.repositories},
        timeout=REQUEST_SECONDS,
    )
