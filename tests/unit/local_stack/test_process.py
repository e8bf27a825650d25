"""Order of processes."""

import pytest

from local.stack.process import Process, in_order


def named(name: str, *after: str) -> Process:
    """A process with nothing but a name and those it waits for."""
    return Process(name, ["true"], after=after)


def test_no_process_stands_before_those_it_waits_for() -> None:
    """Start order puts each process behind everything it waits for, whatever the order they are given in."""
    given = [named("sink", "prepare"), named("prepare", "broker", "warehouse"), named("warehouse"), named("broker")]
    order = [process.name for process in in_order(given)]
    assert order.index("prepare") > max(order.index("broker"), order.index("warehouse"))
    assert order.index("sink") > order.index("prepare")


@pytest.mark.parametrize(
    "wrong",
    [[named("a"), named("a")], [named("a", "b")], [named("a", "b"), named("b", "a")]],
    ids=["twice", "unknown", "cycle"],
)
def test_an_impossible_order_is_refused(wrong: list[Process]) -> None:
    """Two of one name, an unknown name, and a cycle are errors, not a hang."""
    with pytest.raises(ValueError):
        in_order(wrong)
