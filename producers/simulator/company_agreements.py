"""The agreements of the made-up company: what each supplier owes each customer."""

from datetime import UTC, datetime

from producers.simulator.company import TEAM_RATED, agreed_deliverables, company
from producers.simulator.event_json import SOURCE as SIMULATOR
from producers.simulator.plan import TREND_MS, SimulationPlan
from producers.simulator.workflows import hours_of
from schemas.event_bodies import AgreedDeliverable, AgreementSet
from schemas.fields import from_ms

AGREEMENTS_SOURCE = f"{SIMULATOR}/agreements"


def agreements_of(plan: SimulationPlan) -> list[AgreementSet]:
    """One agreement for each pair, valid from the first day of the year in which the plan's 90 days begin.

    Its hours are those of the calendar, nights and weekends included: three days for what takes a day of work, else one.
    """
    begins = datetime(from_ms(min(plan.begin_ms, plan.end_ms - TREND_MS)).year, 1, 1, tzinfo=UTC)
    return [
        AgreementSet(
            supplier=supplier,
            customer=customer,
            deliverables=[
                AgreedDeliverable(deliverable=name, sla_hours=72 if hours_of(name) >= 8 else 24, weight=1 if number else 2)
                for number, name in enumerate(names)
            ],
            rating_mode="team" if (supplier, customer) == TEAM_RATED else "individual",
            valid_from=begins,
        )
        for (supplier, customer), names in agreed_deliverables(company(plan.teams)).items()
    ]
