from bench.choices import Choices
from bench.outcome import Finding, Run


def measure(choices: Choices) -> tuple[list[Run], list[Finding]]:
    raise NotImplementedError
