"""Which Java."""

import shutil
import subprocess
from pathlib import Path

import pytest

from local.broker import java
from local.broker.java import Java, find, read

NEW = "Property settings:\n    java.specification.version = 21\n    java.vm.version = 21.0.4+7-LTS\n"
OLD = "Property settings:\n    java.specification.version = 1.8\n    java.vm.version = 25.402-b06\n"


@pytest.mark.parametrize(("answer", "major"), [(NEW, 21), (OLD, 8)])
def test_versions_are_read(answer: str, major: int) -> None:
    """Both ways of counting Java's versions are understood."""
    found = read(Path("java"), answer)
    assert found is not None and found.major == major


def test_nonsense_is_no_java() -> None:
    """A program that is not Java is not taken for one."""
    assert read(Path("java"), "The operation couldn't be completed.") is None


def test_a_system_java_that_is_too_old_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """With an old Java on the PATH the one from the wheel is used; with a new one, that."""
    system = Path("/system/java")
    monkeypatch.setattr(shutil, "which", lambda _name: str(system))
    monkeypatch.setattr(java, "_wheel", lambda: Path("/wheel/java"))
    answers = {system: Java(system, "8", 8), Path("/wheel/java"): Java(Path("/wheel/java"), "25", 25)}
    monkeypatch.setattr(java, "ask", answers.get)
    assert find().major == 25
    answers[system] = Java(system, "17", 17)
    assert find().path == system


def test_the_wheels_java_runs() -> None:
    """The Java that comes as a package says its version; without any on the PATH it is the one found."""
    wheel = java._wheel()
    assert wheel is not None
    found = java.ask(wheel)
    assert found is not None and found.major >= java.OLDEST


def test_a_java_that_fails_is_no_java(tmp_path: Path) -> None:
    """A `java` that ends with an error (a stub, say) is not used."""
    stub = tmp_path / "java"
    stub.write_text("#!/bin/sh\nexit 1\n")
    stub.chmod(0o755)
    assert subprocess.run([stub], check=False).returncode == 1
    assert java.ask(stub) is None
