"""Waiting for the tail: what was produced last is to be in the warehouse before everything ends."""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple

from baton.lag.blame import only_a_tick, what_brings_it
from baton.lag.open_transactions import OpenTransaction
from baton.lag.stage_lag import StageLag
from schemas.errors import Retry, Stop

STILL_SECONDS = 20.0
"""Where nothing has moved for so long, nothing will."""


class Tail(NamedTuple):
    """What is not in the warehouse. ``away``: why nobody could say so; ``left`` is then of the last answer.

    ``waiting``: partitions that wait for an open transaction.
    """

    left: Sequence[StageLag] = ()
    away: str = ""
    waiting: Sequence[OpenTransaction] = ()

    def lines(self, time: str = "live") -> Iterator[str]:
        """In words, for a home of this ``time``; none when everything is there."""
        if not (self.left or self.away):
            return
        yield "not everything that was produced is in the warehouse:"
        yield from (f"  {lag}" for lag in self.left)
        if self.away:
            yield f"  {self.away}"
        yield from (f"  {transaction}" for transaction in self.waiting)
        hint = what_brings_it(self.left, time)
        if hint:
            yield f"  {hint}"
        # Where only an import's tick is missing no start reads on.
        waits = hint and only_a_tick(self.left) and not self.away
        yield "nothing is lost: it is in the log" + ("" if waits else ", and the next `baton up` reads it")


def read_tail(
    ask: Callable[[], Sequence[StageLag]],
    at_work: Callable[[], Collection[str]],
    clock: Callable[[], float],
    pause: Callable[[], None],
    seconds: float,
    waiting: Callable[[], None],
) -> Tail:
    """Wait until ``ask`` says that nothing is left, but no longer than ``seconds``, and not for what will not come.

    ``at_work``: the processes that run, or are started again; where all that is left is of others it gives up, as it does when
    nothing has moved for some seconds. ``waiting`` is called once, before the first pause. Never raises what ``ask`` does.
    """
    began = moved = clock()
    tail, before, told = Tail(), Tail(), False
    while True:
        try:
            tail = Tail(tuple(ask()))
        except Retry as error:
            tail = Tail(tail.left, str(error))
        except Stop as error:  # waiting mends nothing
            return Tail(tail.left, error.problem)
        if not (tail.left or tail.away):
            return tail
        working, now = at_work(), clock()
        if tail != before:
            before, moved = tail, now
        hopeless = not working or (not tail.away and not any(lag.stage in working for lag in tail.left))
        if hopeless or now - began >= seconds or now - moved >= STILL_SECONDS:
            return tail
        if not told:
            told = True
            waiting()
        pause()
