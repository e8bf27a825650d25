"""The made-up company: its teams, who serves whom with what, the ways work takes, and how well each pair does.

The relations are those a company has: marketing serves sales, engineering serves marketing, finance serves the auditors,
logistics serves sales, IT and security serve everyone. Further teams are branches, which are served and send orders.
"""

from typing import NamedTuple

LEAST_TEAMS = 12
MOST_TEAMS = 5_000
USUAL_TEAMS = 15
TEAMS = (
    *("Marketing", "Sales", "Engineering", "Support", "IT", "Security", "Finance", "Audit", "Logistics", "Procurement"),
    *("Order Desk", "HR", "Legal", "Product", "Quality"),
)
WORSE, BETTER = "Logistics", "Marketing"
"""The supplier that gets worse over the arc, and the one that improves."""
PING, PONG = "Support", "Engineering"
"""The two that send work back and forth."""
PASSES_ON = "Order Desk"
"""The team in the middle that adds nothing."""
TEAM_RATED = ("Finance", "Audit")
"""The pair whose agreement asks for one agreed rating."""
ANYONE = "*"
_HOURS = {
    "leads": 4, "decks": 8, "campaign brief": 8, "product facts": 4, "shipment": 4, "delivery date": 2, "goods in": 4,
    "payroll figures": 8, "ledger extract": 8, "reconciliation": 8, "defect report": 2, "fix": 4, "clearance": 2, "access": 2,
    "security review": 8, "contract": 8, "requirements": 8, "build": 4, "release": 4, "onboarding": 8, "workplace": 4,
    "incident": 4, "order": 2, "spare part": 2,
}  # fmt: skip
"""Deliverable → working hours it is promised in."""


class Link(NamedTuple):
    """One handoff of a way: from, to, and what may be handed over."""

    supplier: str
    customer: str
    deliverables: tuple[str, ...]


class Way(NamedTuple):
    """How one sort of work goes through the company.

    ``kind``: chain (explicit handoffs), ticket (there and back, by moves), relay (passed on, by moves), pingpong (back and
    forth, by moves). ``external``: somebody outside gets the result.
    """

    name: str
    kind: str
    weight: int
    links: tuple[Link, ...]
    external: bool = False


_WAYS = (
    Way("campaign", "chain", 9, (
        Link("Engineering", "Marketing", ("product facts",)),
        Link("Marketing", "Sales", ("leads", "decks", "campaign brief")),
    )),
    Way("leads", "chain", 9, (Link("Marketing", "Sales", ("leads", "decks")),)),
    Way("branchleads", "chain", 5, (Link("Marketing", "Branch*", ("leads",)),)),
    Way("delivery", "chain", 8, (
        Link("Procurement", "Logistics", ("goods in",)),
        Link("Logistics", "Sales", ("shipment", "delivery date")),
    ), True),
    Way("shipment", "chain", 7, (Link("Logistics", "Sales", ("shipment",)),), True),
    Way("branchshipment", "chain", 5, (Link("Logistics", "Branch*", ("shipment",)),), True),
    Way("closing", "chain", 6, (
        Link("HR", "Finance", ("payroll figures",)),
        Link("Finance", "Audit", ("ledger extract", "reconciliation")),
    )),
    Way("fix", "chain", 8, (
        Link("Support", "Engineering", ("defect report",)),
        Link("Engineering", "Support", ("fix",)),
    ), True),
    Way("access", "chain", 7, (Link("Security", "IT", ("clearance",)), Link("IT", ANYONE, ("access",)))),
    Way("review", "chain", 4, (Link("Security", ANYONE, ("security review",)),)),
    Way("joiner", "chain", 2, (Link("HR", "IT", ("onboarding",)),)),
    Way("contract", "chain", 4, (Link("Legal", "Sales", ("contract",)),)),
    Way("feature", "chain", 4, (
        Link("Product", "Engineering", ("requirements",)),
        Link("Engineering", "Quality", ("build",)),
        Link("Quality", "Support", ("release",)),
    ), True),
    Way("helpdesk", "ticket", 14, (Link("IT", ANYONE, ("incident", "workplace")),)),
    Way("order", "relay", 6, (Link("Sales", "Order Desk", ("order",)), Link("Order Desk", "Logistics", ("order",)))),
    Way("branchorder", "relay", 4, (Link("Branch*", "Order Desk", ("order",)), Link("Order Desk", "Logistics", ("order",)))),
    Way("part", "relay", 3, (
        Link("Support", "Order Desk", ("spare part",)),
        Link("Order Desk", "Procurement", ("spare part",)),
    )),
    Way("bug", "pingpong", 6, (Link("Support", "Engineering", ("incident",)),)),
)  # fmt: skip


class Company(NamedTuple):
    """Teams, ways and their weights; a link's team ``*`` stands for any team, ``Branch*`` for any branch."""

    teams: tuple[str, ...]
    branches: tuple[str, ...]
    ways: tuple[Way, ...]
    weights: tuple[int, ...]


def company(teams: int) -> Company:
    """The company of so many teams (``LEAST_TEAMS`` to ``MOST_TEAMS``)."""
    own = TEAMS[:teams]
    branches = tuple(f"Branch {number:02d}" for number in range(1, teams - len(TEAMS) + 1))
    there = {*own, ANYONE, *(("Branch*",) if branches else ())}
    ways = tuple(way for way in _WAYS if all({link.supplier, link.customer} <= there for link in way.links))
    return Company((*own, *branches), branches, ways, tuple(way.weight for way in ways))


def agreed(made: Company) -> dict[tuple[str, str], tuple[str, ...]]:
    """Every pair that has an agreement (supplier, customer) and its deliverables: the links of all chains and IT's tickets."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for way in made.ways:
        for link in way.links if way.kind in {"chain", "ticket"} else ():
            for supplier in _meant(link.supplier, made):
                for customer in _meant(link.customer, made):
                    if supplier != customer:
                        before = found.get((supplier, customer), ())
                        found[supplier, customer] = (*before, *(d for d in link.deliverables if d not in before))[:6]
    return found


def hours_of(deliverable: str) -> int:
    """Working hours a deliverable is promised in."""
    return _HOURS[deliverable]


_BEND = 6
"""How late in the arc most of the change comes: so that a week differs from the week before."""


def chance_of_return(supplier: str, customer: str, arc: float) -> float:
    """How likely a first delivery is sent back; ``arc`` goes from 0 (90 days ago) to 1 (now), and most changes at its end."""
    if supplier == WORSE:
        return 0.05 + 0.45 * arc**_BEND
    if supplier == BETTER:
        return 0.50 - 0.45 * arc**_BEND
    if {supplier, customer} == {PING, PONG}:
        return 0.45
    return 0.06 + (len(supplier) * 7 + len(customer) * 3) % 11 / 100


def patience_of(customer: str) -> float:
    """How much longer than usual the customer lets a delivery wait."""
    return {"Audit": 3.0, "Finance": 2.0, "Sales": 0.8}.get(customer, 1.0)


def _meant(team: str, made: Company) -> tuple[str, ...]:
    if team == ANYONE:
        return made.teams
    return made.branches if team == "Branch*" else (team,)
