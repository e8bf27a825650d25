"""What people's tools sent (cases 20 to 23): each line is used, or parked with words that name what is wrong."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from schemas import event_codec as codec
from schemas.errors import Park
from schemas.fields import to_ms

EXPECTED: dict[str, list[tuple[str, str]]] = {
    "20": [("S1", "")] * 4,
    "21": [("T1", "")],
    "22": [
        *((f"U{n}", "") for n in range(1, 8)),
        *((f"U{n}", "RFC 3339") for n in range(8, 11)),
        ("U11", "time: Field required"),
        ("DN1", ""),
    ],
    "23": [("V1", "data_base64"), ("V2", "data: a text")],
}


def judged(line: str) -> tuple[str, str]:
    """The subject of a line's event, and why it was parked."""
    one: dict[str, Any] = json.loads(line)
    subject = one.get("key") or one["value"]["subject"]
    headers = [(name, text.encode()) for name, text in one.get("headers", {}).items()]
    try:
        event: Any = codec.decode(subject.encode(), json.dumps(one["value"]).encode(), headers)
    except Park as park:
        return subject, park.detail
    # The next day would begin at midnight: rounded, DN1 would be due then.
    assert subject != "DN1" or to_ms(event.data.due) == 1_796_083_199_999
    return subject, ""


@pytest.mark.parametrize("case", EXPECTED)
def test_a_case_is_used_or_named(case: str, real_logs: Callable[[str], Path]) -> None:
    """Line by line."""
    lines = real_logs(f"cases/{case}.jsonl").read_text(encoding="utf-8").splitlines()
    found = [judged(line) for line in lines]
    assert [subject for subject, _ in found] == [subject for subject, _ in EXPECTED[case]]
    for (subject, detail), (_, says) in zip(found, EXPECTED[case], strict=True):
        assert says in detail and bool(detail) == bool(says), subject
