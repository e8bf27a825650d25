"""How work goes through the made-up company: who hands what to whom, in which order, and how many hours that is promised in.

The relations are those a company has: marketing serves sales, engineering serves marketing, finance serves the auditors,
logistics serves sales, IT and security serve everyone.
"""

from typing import NamedTuple

ANYONE = "*"
"""Instead of a team: any team."""
ANY_BRANCH = "Branch*"
"""Instead of a team: any branch."""
_HOURS = {
    "leads": 4, "decks": 8, "campaign brief": 8, "product facts": 4, "shipment": 4, "delivery date": 2, "goods in": 4,
    "payroll figures": 8, "ledger extract": 8, "reconciliation": 8, "defect report": 2, "fix": 4, "clearance": 2, "access": 2,
    "security review": 8, "contract": 8, "requirements": 8, "build": 4, "release": 4, "onboarding": 8, "workplace": 4,
    "incident": 4, "order": 2, "spare part": 2,
}  # fmt: skip
"""Deliverable → working hours it is promised in."""


class Step(NamedTuple):
    """One handoff of a workflow: from, to, and what may be handed over."""

    supplier: str
    customer: str
    deliverables: tuple[str, ...]


class Workflow(NamedTuple):
    """How one sort of work goes through the company; ``weight``: how often, beside the others.

    ``kind``: chain (explicit handoffs), ticket (there and back, by moves), relay (passed on, by moves), pingpong (back and
    forth, by moves). ``external``: somebody outside gets the result.
    """

    name: str
    kind: str
    weight: int
    steps: tuple[Step, ...]
    external: bool = False


WORKFLOWS = (
    Workflow("campaign", "chain", 9, (
        Step("Engineering", "Marketing", ("product facts",)),
        Step("Marketing", "Sales", ("leads", "decks", "campaign brief")),
    )),
    Workflow("leads", "chain", 9, (Step("Marketing", "Sales", ("leads", "decks")),)),
    Workflow("branchleads", "chain", 5, (Step("Marketing", ANY_BRANCH, ("leads",)),)),
    Workflow("delivery", "chain", 8, (
        Step("Procurement", "Logistics", ("goods in",)),
        Step("Logistics", "Sales", ("shipment", "delivery date")),
    ), True),
    Workflow("shipment", "chain", 7, (Step("Logistics", "Sales", ("shipment",)),), True),
    Workflow("branchshipment", "chain", 5, (Step("Logistics", ANY_BRANCH, ("shipment",)),), True),
    Workflow("closing", "chain", 6, (
        Step("HR", "Finance", ("payroll figures",)),
        Step("Finance", "Audit", ("ledger extract", "reconciliation")),
    )),
    Workflow("fix", "chain", 8, (
        Step("Support", "Engineering", ("defect report",)),
        Step("Engineering", "Support", ("fix",)),
    ), True),
    Workflow("access", "chain", 7, (Step("Security", "IT", ("clearance",)), Step("IT", ANYONE, ("access",)))),
    Workflow("review", "chain", 4, (Step("Security", ANYONE, ("security review",)),)),
    Workflow("joiner", "chain", 2, (Step("HR", "IT", ("onboarding",)),)),
    Workflow("contract", "chain", 4, (Step("Legal", "Sales", ("contract",)),)),
    Workflow("feature", "chain", 4, (
        Step("Product", "Engineering", ("requirements",)),
        Step("Engineering", "Quality", ("build",)),
        Step("Quality", "Support", ("release",)),
    ), True),
    Workflow("helpdesk", "ticket", 14, (Step("IT", ANYONE, ("incident", "workplace")),)),
    Workflow("order", "relay", 6, (Step("Sales", "Order Desk", ("order",)), Step("Order Desk", "Logistics", ("order",)))),
    Workflow("branchorder", "relay", 4, (
        Step(ANY_BRANCH, "Order Desk", ("order",)),
        Step("Order Desk", "Logistics", ("order",)),
    )),
    Workflow("part", "relay", 3, (
        Step("Support", "Order Desk", ("spare part",)),
        Step("Order Desk", "Procurement", ("spare part",)),
    )),
    Workflow("bug", "pingpong", 6, (Step("Support", "Engineering", ("incident",)),)),
)  # fmt: skip


def hours_of(deliverable: str) -> int:
    """Working hours a deliverable is promised in."""
    return _HOURS[deliverable]
