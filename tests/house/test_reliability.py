"""The page of guards is what the tests say, and every guard has an attack and a control."""

from tests.house.reliability_page import GUARDS, PAGE, marked, page, wrong
from tests.house.tree import modules, texts

TEST = '''
@pytest.mark.{mark}("{guard}")
def test_it() -> None:
    """An attack."""
'''


def test_the_page_is_what_the_tests_say() -> None:
    """Every guard is attacked and has a control; the page says what they say."""
    assert wrong(list(marked(modules("tests"))), texts().get(PAGE, "")) == []


def test_a_guard_without_attack_or_control_is_found() -> None:
    """Negative control: an unknown guard, a guard without control, and a page that says something else are found."""
    guard, *others = GUARDS
    attacked = TEST.format(mark="guard", guard=guard)
    known = [TEST.format(mark=mark, guard=name) for name in others for mark in ("guard", "control")]
    sources = {f"tests/test_{number}.py": text for number, text in enumerate([attacked, *known])}
    assert wrong(list(marked(sources)), "") == [f"{guard}: no test is marked control({guard!r})"]
    sources["tests/test_x.py"] = TEST.format(mark="control", guard="nobody")
    assert any("no guard is called 'nobody'" in problem for problem in wrong(list(marked(sources)), ""))
    sources["tests/test_x.py"] = TEST.format(mark="control", guard=guard)
    found = list(marked(sources))
    assert wrong(found, page(found)) == [] and len(wrong(found, page(found) + "more")) == 1
