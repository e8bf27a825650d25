"""The demonstration's stack: the company's history stands before the clock's first tick."""

from pathlib import Path

from baton.demo.stack import COMPANY, with_company
from baton.stack_plan import StackPlan, own_processes
from local.stack.process import in_order
from schemas.settings import load

ADDRESSES = {"kafka": "127.0.0.1:9092", "clickhouse": "http://127.0.0.1:8123"}


def test_the_clock_waits_for_the_history(tmp_path: Path) -> None:
    """The company starts after preparation, the clock after the company is ready, and everything else as it always does."""
    settings = load(home=tmp_path)
    plain = own_processes(settings, ADDRESSES, ())
    found = {p.name: p for p in with_company(StackPlan(plain, ADDRESSES), tmp_path, ["--days", "3"])}
    assert set(found) == {p.name for p in plain} | {COMPANY}
    assert found[COMPANY].after == ("prepare",)
    assert COMPANY in found["clock"].after and "prepare" in found["clock"].after
    assert all(found[p.name] == p for p in plain if p.name != "clock")
    order = [p.name for p in in_order(found.values())]
    assert order.index(COMPANY) < order.index("clock")


def test_the_company_is_told_where_to_write(tmp_path: Path) -> None:
    """It gets this home, its words, --live, and the addresses of the planned servers; its readiness is its own word."""
    settings = load(home=tmp_path)
    company = with_company(StackPlan(own_processes(settings, ADDRESSES, ()), ADDRESSES), tmp_path, ["--days", "3"])[-1]
    assert company.argv[-6:] == ["simulate", "--home", str(tmp_path), "--live", "--days", "3"]
    assert company.env == {"BATON_KAFKA": ADDRESSES["kafka"], "BATON_CLICKHOUSE": ADDRESSES["clickhouse"]}
    assert company.ready_file is not None and company.ready_file.name == f"{COMPANY}.ready"
