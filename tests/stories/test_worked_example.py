"""The worked example of metrics.md through a whole installation: by a real broker and both stages into the scores, and in SQL
over the facts; every watermark and every correction of its table."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from broker.records import ProducerRecord
from producers.clock.broadcast import Broadcast
from producers.publisher.kafka_log import KafkaLog
from schemas.event_codec import make
from schemas.events import pair_subject
from schemas.topics import EVENTS
from tests.fixtures.home import Home, home_at
from tests.oracles.worked_example import DAY_MS, Example, Records, core, event, ms, variant

pytestmark = [pytest.mark.real, pytest.mark.stack]
Figures = dict[str, list[int]]
NAMES = {"fpy": "fpy", "ca": "complete_accurate", "rework": "rework_rate", "sla": "sla_hit_rate"}
RATED = ("MKT rated", "SAL rated")


@pytest.fixture
def example(real_logs: Callable[[str], Path]) -> Example:
    """The file beside the project."""
    return Example(real_logs("metrics_examples.json"))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A home in the example's own time."""
    with home_at(tmp_path / "home", BATON_TIME="log") as found:
        found.up()
        yield found


def votes(example: Example) -> Records:
    """V0, each vote by another person of the customer team."""
    names = dict(zip(("supplier", "customer"), RATED, strict=True)) | {"team": RATED[1]}
    subject = pair_subject(*RATED)
    return [
        (
            subject,
            make("baton.rating.given.v1", id=who, source="example", subject=subject, time_ms=example.w - DAY_MS, body=body),
        )
        for deliverable, cells in example.file["V0"]["votes"].items()
        for n, (effective, consistent) in enumerate(cells)
        for who in [f"{deliverable} {n}"]
        for body in [names | {"rater": who, "deliverable": deliverable, "effectiveness": effective, "consistency": consistent}]
    ]


def by_facts(home: Home, example: Example) -> Figures:
    """The four shares of the pair under test in SQL over handoff facts."""
    supplier, customer = example.pair
    begin, end = example.window
    rows = home.rows(
        "SELECT field, key, toInt32(sum(amount)) FROM handoff_entries "
        f"WHERE supplier = '{supplier}' AND customer = '{customer}' "
        f"AND at >= fromUnixTimestamp64Milli({begin}) AND at < fromUnixTimestamp64Milli({end}) GROUP BY ALL"
    )
    return core(Counter({(field, key): amount for field, key, amount in rows}))


def by_scores(home: Home, example: Example) -> Figures:
    """The same as the scores of seven days have them."""
    rows = home.rows(
        "SELECT measure, toInt32(k), toInt32(n) FROM scores_current WHERE scope = 'pair' AND window = '7d' AND part = '' "
        f"AND (supplier, customer) = {example.pair}"
    )
    found = {measure: [k, n] for measure, k, n in rows}
    return {name: found[measure] for name, measure in NAMES.items()}


def send(log: KafkaLog, records: Records) -> None:
    """Into the events topic, acknowledged."""
    wanted = [ProducerRecord(EVENTS, key.encode(), value) for key, value in records]
    assert log.publish(wanted) == len(wanted)


def test_every_figure_and_every_variant(home: Home, example: Example) -> None:
    """At each watermark of the table, and after each of its corrections, scores and facts have the file's four shares; votes
    have its means, and what four people rated waits."""
    cases = {case["name"]: case for case in example.file["E0_variants"]}
    moments = {ms(case["watermark"]): name for name, case in cases.items() if "watermark" in case}
    copies = {name: example.copied(f" {n}") for n, name in enumerate(cases) if "watermark" not in cases[name]}
    found: dict[str, tuple[Figures, Figures]] = {}

    def look(name: str, at: Example) -> None:
        found[name] = by_facts(home, at), by_scores(home, at)

    with KafkaLog(home.address("broker")) as log:
        ticks = Broadcast(log)
        send(log, [event(line) for one in (example, *copies.values()) for line in one.lines] + votes(example))
        for w in sorted({*range(example.window[0], example.w, DAY_MS), *moments, example.w}):
            ticks.tick(w)
            if w in moments:
                home.wait()
                look(moments[w], example)
        home.wait()
        look("E0", example)
        send(log, [record for name, one in copies.items() for record in variant(one, name)])
        ticks.tick(example.w + 1000)
        home.wait()
        # Groups of W = midnight are in the row of the day that begins.
        means = home.rows(
            "SELECT part, value, toInt32(n) FROM scores_current WHERE measure = 'rating' AND part != '' "
            f"AND (supplier, customer) = {RATED} ORDER BY part"
        )
        for name, one in copies.items():
            look(name, one)
    wanted = {name: {field: case[field] for field in NAMES} for name, case in cases.items()}
    wanted["E0"] = {field: example.file["E0_expected"][field] for field in NAMES}
    assert found == {name: (figures, figures) for name, figures in wanted.items()}
    want = example.file["V0"]["expected"]
    assert means == [["decks", pytest.approx(want["decks"]["R"]), 5], ["leads", pytest.approx(want["leads"]["R"]), 6]]
    assert home.rows("SELECT released, waiting FROM rating_coverage") == [[11, 4]]
    assert "0 differences" in home.verify()
