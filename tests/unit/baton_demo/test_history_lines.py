"""What a demonstration takes from its company's output."""

from baton.commands.simulate import summary
from baton.demo.demonstration import history_lines
from broker.memory_broker import MemoryBroker
from producers.simulator.plan import SimulationPlan
from producers.simulator.sender import Sender
from producers.simulator.simulation import Simulation
from runtime.shutdown import on_signals
from schemas.topics import CONTROL, DEAD_LETTERS, EVENTS

END = 1_795_377_600_000
PROGRESS = ["history: 2,001 events, 12% of its time", "history: 9,210 events, 71% of its time"]


def test_lines_of_progress_do_not_stand_in_their_place() -> None:
    """A slow machine says how far its history is before it says what it was; two lines of that are shown, or none yet."""
    run = Simulation(SimulationPlan(7, END, END, 6, 900.0, 0.0))
    log = MemoryBroker({EVENTS: 1, CONTROL: 1, DEAD_LETTERS: 1}, lambda: END)
    with on_signals() as stopping:
        said = summary(run, Sender(run, log, lambda: END, stopping, lambda _records, _share: None), 12.0)
    assert len(said) == 2 and "events of history" in said[0]
    for before in ([], PROGRESS):
        assert history_lines("\n".join([*before, *said, "to repeat it: baton simulate"])) == said
    assert history_lines("\n".join(PROGRESS)) == []
