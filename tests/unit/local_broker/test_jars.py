"""Jars are fetched whole, checked, or not at all."""

import hashlib
from pathlib import Path

import pytest

from local.broker.jars import damaged, fetch, folder
from local.broker.maven import COORDINATES, Jar, locked
from schemas.errors import Stop

CONTENTS = {"one": b"first jar", "two": b"second jar"}
JARS = tuple(Jar("org.example", name, "1", hashlib.sha256(content).hexdigest()) for name, content in CONTENTS.items())


class FakeRepository:
    """Stands for the Maven repositories: what they give for each jar, call by call; the last answer repeats."""

    def __init__(self, **answers: list[bytes | Exception]) -> None:
        self.answers = {name: answers.get(name, [content]) for name, content in CONTENTS.items()}
        self.asked: list[str] = []

    def bring(self, jar: Jar, into: Path, _own: bool) -> Path:
        """As the registry does: a file that is there already is not fetched again."""
        path = into / jar.name
        if not path.exists():
            self.asked.append(jar.artifact)
            answers = self.answers[jar.artifact]
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            if isinstance(answer, Exception):
                raise answer
            path.write_bytes(answer)
        return path


def quiet(_line: str) -> None:
    """Says nothing."""


def test_fetched_once(tmp_path: Path) -> None:
    """The second start asks no repository."""
    repository = FakeRepository()
    first = fetch(tmp_path, quiet, JARS, repository.bring)
    assert [path.read_bytes() for path in first] == list(CONTENTS.values())
    assert fetch(tmp_path, quiet, JARS, FakeRepository(one=[OSError("away")], two=[OSError("away")]).bring) == first
    assert sorted(repository.asked) == ["one", "two"]


def test_offline_says_what_is_missing_and_keeps_what_came(tmp_path: Path) -> None:
    """A failed fetch stops with the jar's name and a mend; the next one asks only for what is missing."""
    with pytest.raises(Stop) as stop:
        fetch(tmp_path, quiet, JARS, FakeRepository(two=[OSError("no route")]).bring)
    assert "1 of 2 jars" in stop.value.problem and "two-1.jar" in stop.value.problem and "no route" in stop.value.problem
    assert "baton setup" in stop.value.mend
    again = FakeRepository()
    fetch(tmp_path, quiet, JARS, again.bring)
    assert again.asked == ["two"]


@pytest.mark.parametrize("answer", [b"something else", b""], ids=["other", "cut short"])
def test_a_jar_with_another_sum_is_never_used(tmp_path: Path, answer: bytes) -> None:
    """Wrong bytes are thrown away and asked for again; if they stay wrong nothing gets the final name."""
    with pytest.raises(Stop, match="sha256"):
        fetch(tmp_path, quiet, JARS, FakeRepository(one=[answer]).bring)
    assert not folder(tmp_path, JARS).exists()
    assert fetch(tmp_path, quiet, JARS, FakeRepository(one=[answer, CONTENTS["one"]]).bring)


def test_a_truncated_file_of_a_killed_fetch_is_fetched_again(tmp_path: Path) -> None:
    """What an interruption cut short is noticed by its sum."""
    (tmp_path / "fetching").mkdir()
    (tmp_path / "fetching" / "one-1.jar").write_bytes(CONTENTS["one"][:3])
    assert fetch(tmp_path, quiet, JARS, FakeRepository().bring)[0].read_bytes() == CONTENTS["one"]


def test_damage_is_found(tmp_path: Path) -> None:
    """A jar that changed in the cache is named."""
    paths = fetch(tmp_path, quiet, JARS, FakeRepository().bring)
    assert damaged(tmp_path, JARS) == []
    paths[1].write_bytes(b"damaged")
    assert damaged(tmp_path, JARS) == ["two-1.jar"]


def test_every_locked_jar_has_a_sum_and_the_lock_fits_the_coordinates() -> None:
    """The lock names each wanted coordinate in the wanted version, and no jar goes unchecked."""
    jars = locked()
    assert all(len(jar.sha256) == 64 for jar in jars)
    assert len({jar.name for jar in jars}) == len(jars)
    for jar in jars[:3]:
        assert f'"{jar.group}:{jar.artifact}:{jar.version}"' in COORDINATES.read_text()
