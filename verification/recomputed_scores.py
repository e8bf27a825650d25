"""The scores once more, from contributions computed again: stepped to the Ws that the streamed stage stepped to."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from broker.partitioner import output_partition
from schemas.installation import Installation
from schemas.record_codec import decode_contribution
from schemas.structs.contributions import Contribution
from schemas.topics import CONTRIBUTIONS
from streams.engine.ports import Outgoing, StateStore, Tick
from streams.scores.fold import Scores

_HOT_SUMS = 10_000
_SAVE_EVERY = 20_000


class Steps(NamedTuple):
    """What one contributions partition has published scores for: ``offsets`` of its steps by W; ``w``: of the last (ms)."""

    offsets: Mapping[int, int]
    w: int


class ScoresAgain:
    """Folds of all contributions partitions. Give it everything journeys publish, W by W; ``take`` gets the scores."""

    def __init__(
        self,
        installation: Installation,
        steps: Mapping[int, Steps],
        stores: Mapping[int, StateStore],
        take: Callable[[int, Outgoing], None],
    ) -> None:
        self._steps = steps
        self._stores = stores
        self._take = take
        self._folds = {p: Scores(stores[p], p, installation.generation, _HOT_SUMS) for p in steps}
        self._waiting: dict[int, list[Contribution]] = {p: [] for p in steps}
        self._since_save = dict.fromkeys(steps, 0)
        self.untaken: dict[int, list[int]] = {p: [] for p in steps}
        """By partition the Ws that all sources have published and that it has not stepped to."""
        self.behind: dict[int, int] = dict.fromkeys(steps, 0)
        """By partition how many Ws all sources have published after its last step."""
        self.common: dict[int, int] = dict.fromkeys(steps, 0)
        """By partition how many Ws all sources have published, up to its last step."""

    def add(self, record: Outgoing) -> None:
        """A contribution of the next W; other records are passed over."""
        if record.topic == CONTRIBUTIONS and self._steps:
            target = output_partition(record.partition_key, len(self._steps))
            self._waiting[target].append(decode_contribution(record.value))

    def step(self, w: int) -> None:
        """All sources have published W."""
        for partition, steps in self._steps.items():
            if w > steps.w:
                self._waiting[partition] = []  # nothing more was streamed, so nothing more is compared
                self.behind[partition] += 1
                continue
            self.common[partition] += 1
            # What waits stays for the next step, as in the stage itself.
            if w not in steps.offsets:
                self.untaken[partition].append(w)
                continue
            cut, self._waiting[partition] = self._waiting[partition], []
            fold = self._folds[partition]
            self._since_save[partition] += len(cut)
            # Append time 0: scores never look at it.
            for record in fold.close(cut, Tick(w, steps.offsets[w], 0)):
                self._take(partition, record)
            if self._since_save[partition] > _SAVE_EVERY:
                self._stores[partition].save(fold.changes(), b"")
                self._since_save[partition] = 0
