"""Ratings: people of the customer team say how effectively and how consistently a deliverable comes. Names are pseudonyms."""

from hashlib import blake2b

from producers.simulator.company import TEAM_RATED
from producers.simulator.event_json import RATING
from producers.simulator.item_timeline import ItemTimeline

RATERS = 9
"""People of each team who rate."""
SELF_RATED = 0.03
"""Share of ratings that come from the supplier itself; half of them say so, the others are to be refused."""


def rating(timeline: ItemTimeline, supplier: str, customer: str, deliverable: str) -> None:
    """One rating of what a pair hands over: the worse its deliveries, the lower."""
    rng = timeline.rng
    usual = 4.7 - 5.0 * timeline.chance_of_return(supplier, customer)
    team, kind = customer, ""
    if timeline.happens(SELF_RATED):
        team, kind = supplier, ',"kind":"self"' if timeline.happens(0.5) else ""
        usual += 0.8
    person = 0 if (supplier, customer) == TEAM_RATED else rng.randrange(RATERS)
    effective, consistent = (min(5, max(1, round(rng.gauss(usual - less, 0.8)))) for less in (0.0, 0.25))
    timeline.add(
        RATING,
        f'{{"rater":"{pseudonym(team, person)}","team":"{team}","supplier":"{supplier}","customer":"{customer}",'
        f'"deliverable":"{deliverable}","effectiveness":{effective},"consistency":{consistent}{kind}}}',
    )


def pseudonym(team: str, person: int) -> str:
    """What stands for a person: the same wherever the same person rates."""
    return "p-" + blake2b(f"{team}/{person}".encode(), digest_size=5).hexdigest()
