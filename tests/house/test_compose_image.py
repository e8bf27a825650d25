"""The Dockerfile without an engine: it parses, copies what there is and all of it, and its process is nobody's root."""

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from fnmatch import fnmatch

import pytest

from schemas.settings import Settings
from tests.fixtures.compose import ROOT, composed, instructions, unusable

WORDS = {"FROM", "WORKDIR", "RUN", "COPY", "ENV", "USER", "HEALTHCHECK", "ENTRYPOINT", "CMD"}
_BASE = re.compile(r"python:3\.(\d+)\.\d+-slim-\w+(?: AS (\w+))?")
Rule = Callable[[str], Iterator[str]]


def text() -> str:
    """The Dockerfile."""
    return (ROOT / "Dockerfile").read_text(encoding="utf-8")


def project() -> tuple[set[str], str, str]:
    """Packages, version and the oldest Python, as pyproject.toml has them."""
    found = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = found["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    return set(packages), found["project"]["version"], found["project"]["requires-python"]


def parts(dockerfile: str) -> Iterator[str]:
    """Every instruction is known and whole; those that hold a list hold one of words."""
    found = instructions(dockerfile)
    yield from (f"{word or 'nothing'} {rest}: no instruction" for word, rest, _ in found if word not in WORDS or not rest)
    if not found or found[0].word != "FROM":
        yield "it begins without FROM"
    for word, rest, _ in found:
        given = rest.partition("CMD ")[2] if word == "HEALTHCHECK" else rest
        if word in ("CMD", "ENTRYPOINT", "HEALTHCHECK") and not _listed(given):
            yield f"{word} {rest}: no list of words, so a shell would stand before the process"


def _listed(given: str) -> list[str]:
    try:
        found = json.loads(given)
    except ValueError:
        return []
    return found if isinstance(found, list) and all(isinstance(word, str) for word in found) else []


def bases(dockerfile: str) -> Iterator[str]:
    """Two stages from one slim Python, pinned, new enough; the image is the one docker-compose.yml names."""
    found = [rest for word, rest, _ in instructions(dockerfile) if word == "FROM"]
    oldest = int(project()[2].rpartition(".")[2])
    for base in found:
        match = _BASE.fullmatch(base)
        if match is None or int(match[1]) < oldest:
            yield f"FROM {base}: not a pinned slim Python of at least 3.{oldest}"
    if len(found) != 2 or len({base.partition(" ")[0] for base in found}) != 1:
        yield f"{len(found)} stages, of one Python each; two of the same are wanted"
    named = {service["image"] for service in composed()["services"].values() if "build" in service}
    if named != {f"baton:{project()[1]}"}:
        yield f"docker-compose.yml calls the image {sorted(named)}, the version is {project()[1]}"


def copies(dockerfile: str, context: str | None = None) -> Iterator[str]:
    """What is copied is in the tree and in the context, and it is every package; nothing else of the tree."""
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8") if context is None else context
    packages, needed = project()[0], {"pyproject.toml", "README.md", "LICENSE"}
    stages = [rest.partition(" AS ")[2] for word, rest, _ in instructions(dockerfile) if word == "FROM"]
    copied: set[str] = set()
    for word, rest, stage in instructions(dockerfile):
        if word != "COPY":
            continue
        *sources, _ = (part for part in rest.split() if not part.startswith("--"))
        origin = re.search(r"--from=(\S+)", rest)
        if origin:
            yield from (f"COPY {rest}: no such stage before it" for _ in [0] if origin[1] not in stages[:stage])
            continue
        copied.update(sources)
        yield from (f"COPY {rest}: {source} is not there" for source in sources if not (ROOT / source).exists())
        yield from (f"COPY {rest}: .dockerignore keeps {source} out" for source in sources if not _sent(source, ignored))
        outside = [source for source in sources if source in packages and rest.split()[-1] != source]
        yield from (f"COPY {rest}: {source} must keep its name" for source in outside)
    if copied != packages | needed:
        yield f"copied and not wanted: {sorted(copied - packages - needed)}; wanted: {sorted((packages | needed) - copied)}"
    yield from (
        f".dockerignore sends {name}" for name in ("secrets", ".git", ".venv", ".baton", "tests") if _sent(name, ignored)
    )


def _sent(path: str, ignored: str) -> bool:
    """Whether a path of the context's top reaches the builder: the last line that fits decides."""
    sent = True
    for line in (line.strip() for line in ignored.splitlines()):
        if line and not line.startswith("#") and fnmatch(path, line.removeprefix("!").strip("/")):
            sent = line.startswith("!")
    return sent


def process(dockerfile: str) -> Iterator[str]:
    """The last stage runs `baton`, not as root, the user the containers have, without the engines of a laptop."""
    found = instructions(dockerfile)
    last = max(stage for _, _, stage in found)
    here = {word: rest for word, rest, stage in found if stage == last}
    user = here.get("USER", "")
    if user != composed()["services"]["worker"]["user"] or user.startswith("0"):
        yield f"USER {user or 'missing'}: not the one of docker-compose.yml"
    if _listed(here.get("ENTRYPOINT", "")) != ["baton"] or unusable(_listed(here.get("CMD", "[]"))):
        yield f"ENTRYPOINT {here.get('ENTRYPOINT')} CMD {here.get('CMD')}: no command of baton"
    if unusable(_listed(here.get("HEALTHCHECK", "").partition("CMD ")[2])[1:]) or "HEALTHCHECK" not in here:
        yield f"HEALTHCHECK {here.get('HEALTHCHECK')}: no command of baton"
    known = {f"BATON_{name.upper()}" for name in Settings.model_fields}
    for word, rest, _ in found:
        if word == "ENV":
            yield from (f"ENV: {name} is no setting" for name in re.findall(r"(BATON_\w+)=", rest) if name not in known)
            yield from (f"ENV: {name} is in a layer for ever" for name in re.findall(r"\w*(?:PASSWORD|SECRET)\w*(?==)", rest))
        if word == "RUN" and re.search(r"pip install.*\[", rest):
            yield f"RUN {rest}: brings extras"


RULES: tuple[Rule, ...] = (parts, bases, copies, process)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_dockerfile_keeps_the_rule(rule: Rule) -> None:
    """The file as it is breaks none of the rules; each says in its docstring what it asks for."""
    assert list(rule(text())) == []


@pytest.mark.parametrize(
    ("rule", "old", "new", "words"),
    [
        (parts, "WORKDIR /build", "WORKDIRS /build", "WORKDIRS /build: no instruction"),
        (parts, 'CMD ["--help"]', "CMD --help", "no list of words"),
        (parts, 'CMD ["--help"]', 'CMD ["--help"] \\', "no instruction"),
        (parts, "FROM python:3.11.14-slim-bookworm AS build", "", "begins without FROM"),
        (bases, "FROM python:3.11.14-slim-bookworm AS build", "FROM python:3.11-slim AS build", "not a pinned slim"),
        (bases, "FROM python:3.11.14-slim-bookworm AS build", "FROM python:3.10.1-slim-bookworm AS build", "at least 3.11"),
        (bases, "FROM python:3.11.14-slim-bookworm AS build", "FROM python:3.12.1-slim-bookworm AS build", "two of the same"),
        (copies, "COPY sinks sinks", "", "wanted: ['sinks']"),
        (copies, "COPY sinks sinks", "COPY sinks sink", "sinks must keep its name"),
        (copies, "COPY sinks sinks", "COPY sinks sinks\nCOPY snks snks", "snks is not there"),
        (copies, "COPY sinks sinks", "COPY sinks sinks\nCOPY tests tests", ".dockerignore keeps tests out"),
        (copies, "--from=build", "--from=builder", "no such stage"),
        (process, "USER 10001:10001", "", "USER missing"),
        (process, "USER 10001:10001", "USER 0:0", "USER 0:0"),
        (process, '"baton", "healthy"]', '"baton", "health"]', "HEALTHCHECK"),
        (process, 'ENTRYPOINT ["baton"]', 'ENTRYPOINT ["sh"]', "no command of baton"),
        (process, "BATON_HOME=", "BATON_HOMES=", "BATON_HOMES is no setting"),
        (process, "BATON_HOME=/var/lib/baton", "BATON_CLICKHOUSE_PASSWORD=x", "in a layer for ever"),
        (process, "--disable-pip-version-check .", "--disable-pip-version-check '.[local]'", "brings extras"),
    ],
)
def test_a_mistake_is_caught(rule: Rule, old: str, new: str, words: str) -> None:
    """Negative control: each rule finds its mistake and says where."""
    assert text().count(old) >= 1
    wrong = text().replace(old, new, 1)
    assert any(words in finding for finding in rule(wrong)), list(rule(wrong))


def test_a_context_with_secrets_is_caught() -> None:
    """Negative control: without the first line of .dockerignore everything that lies about would go to the builder."""
    assert ".dockerignore sends secrets" in list(copies(text(), "!baton\n**/__pycache__"))
