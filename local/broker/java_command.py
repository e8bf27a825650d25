"""The java commands of the broker."""

from pathlib import Path

from local.broker.java import Java

HEAP = "512m"
# Serial collector and the quick compiler only: a broker for one laptop starts in a third of the time.
QUICK = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
QUIET = (
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ",
)


def java_command(java: Java, classpath: list[Path], *last: str, options: tuple[str, ...] = ()) -> list[str]:
    """``java`` with the flags every call shares; ``last`` is the main class and its arguments."""
    newer = ("--sun-misc-unsafe-memory-access=allow", "--enable-native-access=ALL-UNNAMED") if java.major >= 24 else ()
    return [str(java.path), f"-Xmx{HEAP}", *QUICK, *QUIET, *newer, *options, "-cp", ":".join(map(str, classpath)), *last]


def server_command(java: Java, classpath: list[Path], archive: Path | None, properties: Path) -> list[str]:
    """The broker itself. ``archive`` is the shared class archive, if there is one."""
    shared = (f"-XX:SharedArchiveFile={archive}",) if archive else ()
    return java_command(java, classpath, "kafka.Kafka", str(properties), options=shared)
