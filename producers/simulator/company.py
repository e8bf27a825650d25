"""The made-up company: its teams, which pairs of them have agreements, and how well each pair does.

Teams beyond those with a name are branches, which are served and send orders.
"""

from typing import NamedTuple

from producers.simulator.workflows import ANY_BRANCH, ANYONE, WORKFLOWS, Workflow

MIN_TEAMS = 12
MAX_TEAMS = 5_000
DEFAULT_TEAMS = 15
TEAMS = (
    *("Marketing", "Sales", "Engineering", "Support", "IT", "Security", "Finance", "Audit", "Logistics", "Procurement"),
    *("Order Desk", "HR", "Legal", "Product", "Quality"),
)
WORSE, BETTER = "Logistics", "Marketing"
"""The supplier that gets worse over the trend, and the one that improves."""
PING, PONG = "Support", "Engineering"
"""The two that send work back and forth."""
PASSES_ON = "Order Desk"
"""The team in the middle that adds nothing."""
TEAM_RATED = ("Finance", "Audit")
"""The pair whose agreement asks for one agreed rating."""


class Company(NamedTuple):
    """Its teams, branches included, and the workflows between them with their weights."""

    teams: tuple[str, ...]
    branches: tuple[str, ...]
    workflows: tuple[Workflow, ...]
    weights: tuple[int, ...]


def company(teams: int) -> Company:
    """The company of so many teams (``MIN_TEAMS`` to ``MAX_TEAMS``)."""
    own = TEAMS[:teams]
    branches = tuple(f"Branch {number:02d}" for number in range(1, teams - len(TEAMS) + 1))
    known = {*own, ANYONE, *((ANY_BRANCH,) if branches else ())}
    workflows = tuple(flow for flow in WORKFLOWS if all({step.supplier, step.customer} <= known for step in flow.steps))
    return Company((*own, *branches), branches, workflows, tuple(flow.weight for flow in workflows))


def agreed_deliverables(made: Company) -> dict[tuple[str, str], tuple[str, ...]]:
    """(supplier, customer) → deliverables of their agreement, at most six: what chains and IT's tickets hand over."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for flow in made.workflows:
        for step in flow.steps if flow.kind in {"chain", "ticket"} else ():
            for supplier in teams_meant(step.supplier, made):
                for customer in teams_meant(step.customer, made):
                    if supplier != customer:
                        before = found.get((supplier, customer), ())
                        found[supplier, customer] = (*before, *(d for d in step.deliverables if d not in before))[:6]
    return found


def teams_meant(team: str, made: Company) -> tuple[str, ...]:
    """The teams that a step's team may be: itself, or all it stands for."""
    if team == ANYONE:
        return made.teams
    return made.branches if team == ANY_BRANCH else (team,)


_TREND_POWER = 6
"""How late in the trend most of the change comes: so that a week differs from the week before."""


def chance_of_return(supplier: str, customer: str, trend: float) -> float:
    """Probability that a first delivery is sent back; ``trend``: 0 is 90 days ago, 1 now, and most changes at its end."""
    if supplier == WORSE:
        return 0.05 + 0.45 * trend**_TREND_POWER
    if supplier == BETTER:
        return 0.50 - 0.45 * trend**_TREND_POWER
    if {supplier, customer} == {PING, PONG}:
        return 0.45
    return 0.06 + (len(supplier) * 7 + len(customer) * 3) % 11 / 100


def patience_of(customer: str) -> float:
    """How much longer than usual the customer lets a delivery wait."""
    return {"Audit": 3.0, "Finance": 2.0, "Sales": 0.8}.get(customer, 1.0)
