"""The JVM's shared class archive: the classes of a broker in use, parsed once, mapped by every later start.

A third of the processor time of a start and 70 MB of memory less. Made by a training run in the cache: start
a broker that records every class it loads, use it, end it, dump those classes. An archive only fits the very
Java and the very jars it was made with, so its name carries both.
"""

import hashlib
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from local.broker.java import Java
from local.broker.java_command import java_command
from local.broker.kafka_probe import broker_answers, exercise
from local.broker.properties import server_properties
from local.broker.storage import prepare_log
from local.stack.ports import free_ports

TRAIN_SECONDS = 300
END_SECONDS = 60


def archive_path(cache: Path, java: Java, classpath: list[Path]) -> Path:
    """Name of the archive for this Java and these jars where they are."""
    inputs = "\n".join([str(java.path), java.version, *map(str, classpath)])
    return cache / f"classes-{hashlib.sha256(inputs.encode()).hexdigest()[:12]}.jsa"


def make_archive(archive: Path, java: Java, classpath: list[Path], template: Path, say: Callable[[str], None]) -> bool:
    """Train and dump. False when this Java can't: the broker then starts without, only slower."""
    say("preparing the JVM's class archive (once)")
    # Beside the archive, because a rename is one step only within a file system.
    with tempfile.TemporaryDirectory(prefix="training-", dir=archive.parent) as folder:
        path = Path(folder)
        if not _train(path, java, classpath, template):
            return False
        dump = (
            "-Xshare:dump",
            f"-XX:SharedClassListFile={path / 'classes'}",
            f"-XX:SharedArchiveFile={path / 'classes.jsa'}",
        )
        # The exit code is not looked at: whether there is a file is what counts.
        subprocess.run(java_command(java, classpath, options=dump), capture_output=True, timeout=TRAIN_SECONDS, check=False)
        if not (path / "classes.jsa").is_file():
            return False
        (path / "classes.jsa").rename(archive)
    return True


def _train(path: Path, java: Java, classpath: list[Path], template: Path) -> bool:
    broker, controller = free_ports(2)
    prepare_log(path / "log", template)
    properties = path / "server.properties"
    properties.write_text(server_properties(path / "log", broker, controller))
    recording = (f"-XX:DumpLoadedClassList={path / 'classes'}",)
    command = java_command(java, classpath, "kafka.Kafka", str(properties), options=recording)
    with (path / "training.log").open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as training:
        try:
            until = time.monotonic() + TRAIN_SECONDS
            while (
                not (ready := broker_answers(f"127.0.0.1:{broker}")) and training.poll() is None and time.monotonic() < until
            ):
                time.sleep(0.2)
            if ready:
                exercise(f"127.0.0.1:{broker}")
            # Asked to end, as in use: the classes of a shutdown are loaded, too.
            training.terminate()
            training.wait(END_SECONDS)
        finally:
            # Also when the training failed or was interrupted; a process that has ended already is left alone.
            training.kill()
    return ready
