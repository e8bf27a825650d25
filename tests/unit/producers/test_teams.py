"""Names of teams: read from YAML with every mistake named, applied once however often, broadcast, and taken back."""

from pathlib import Path

import pytest

from broker.memory_broker import MemoryBroker
from producers.clock.broadcast import Broadcast
from producers.clock.control_requests import ControlRequests
from producers.teams.team_names import Alias, AliasChange, aliases_in, changes_to, describe, retraction, stored_aliases
from producers.teams.yaml_files import load_aliases, parse_aliases
from schemas.errors import Stop
from schemas.event_bodies import AgreedDeliverable, AgreementSet
from schemas.event_codec import decode
from schemas.fields import from_ms, to_ms
from schemas.structs.events import TeamsSetEvent
from schemas.topics import CONTROL, DEAD_LETTERS, EVENTS

NOW = 1_795_377_600_000
GOOD = """\
teams:
  - team: Network Operations
    aliases:
      - name: Network
        valid_from: 2026-11-03
      - NOC
  - team: "Re\u0301seau "
    aliases:
      - name: Netz
        valid_from: 2026-12-01T06:00:00+01:00
"""
NOVEMBER_3 = 1_793_664_000_000


def read(text: str = GOOD, zone: str = "UTC") -> list[Alias]:
    """The aliases of a text."""
    return [alias for alias, _ in parse_aliases(text, "x.yaml", zone)]


def log() -> MemoryBroker:
    """A broker without anything."""
    return MemoryBroker({EVENTS: 3, CONTROL: 1, DEAD_LETTERS: 1}, lambda: NOW)


def apply(kept: MemoryBroker, wanted: list[Alias]) -> list[AliasChange]:
    """What `baton teams apply` does."""
    found = changes_to(wanted, stored_aliases(kept), [], NOW)
    kept.publish(change.request for change in found if change.request is not None)
    return found


def test_a_file_of_teams_is_read() -> None:
    """A date is the day's first moment in the zone asked for, no date means always, and names are in one form."""
    assert read() == [
        Alias("Network", "Network Operations", NOVEMBER_3),
        Alias("NOC", "Network Operations"),
        Alias("Netz", "R\u00e9seau", 1_796_101_200_000),
    ]
    assert read(zone="Europe/Berlin")[0].valid_from_ms == NOVEMBER_3 - 3_600_000


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("2026-11-03", "soon", "x.yaml, line 4: valid_from: "),
        ("2026-11-03", "1969-11-03", "x.yaml, line 4: valid_from: the time '1969-11-03' is before 1970"),
        ("name: Network", "name: Network Operations ", "x.yaml, line 4: Network Operations is that team's own name"),
        ("name: Network", 'name: "\\u200b "', "x.yaml, line 4: a team has a name; one of blanks alone is none"),
        ("valid_from: 2026-11-03", "from: 2026-11-03", "line 5: teams.0.aliases.0.from: no such key"),
        (
            "    aliases:\n      - name: Netz\n        valid_from: 2026-12-01T06:00:00+01:00\n",
            "",
            "teams.1.aliases: is missing",
        ),
        ("teams:", "team:", "line 1: team: no such key"),
    ],
)
def test_a_mistake_is_named_with_its_line(old: str, new: str, expected: str) -> None:
    """Each wrong key, value or contradiction is named with its line and what is allowed."""
    assert old in GOOD
    with pytest.raises(Stop) as caught:
        read(GOOD.replace(old, new, 1))
    assert expected in str(caught.value)


def test_files_of_a_folder_are_read_together(tmp_path: Path) -> None:
    """One name is one team from one day on, whatever file says it; a circle is refused; an empty folder is named."""
    with pytest.raises(Stop, match="holds no file"):
        load_aliases([tmp_path], "UTC")
    (tmp_path / "one.yaml").write_text(GOOD)
    (tmp_path / "two.yaml").write_text("teams:\n  - team: Desk\n    aliases: [Front]\n")
    (tmp_path / "notes.txt").write_text("not read")
    assert len(load_aliases([tmp_path], "UTC")) == 4
    (tmp_path / "two.yaml").write_text("teams:\n  - team: Desk\n    aliases: [NOC]\n")
    with pytest.raises(Stop, match=r"two.yaml, line 3: NOC from that day stands twice \(also .*one.yaml, line 6: Network Op"):
        load_aliases([tmp_path], "UTC")
    (tmp_path / "two.yaml").write_text("teams:\n  - team: NOC\n    aliases: [Network Operations]\n")
    with pytest.raises(Stop, match="mean each other"):
        load_aliases([tmp_path], "UTC")


def test_circles_of_any_size_are_refused(tmp_path: Path) -> None:
    """Three names in two files, and names of another day's file that are applied already: the folds would swap the teams."""
    (tmp_path / "one.yaml").write_text("teams:\n  - {team: B, aliases: [A]}\n  - {team: C, aliases: [B]}\n")
    (tmp_path / "two.yaml").write_text("teams:\n  - {team: A, aliases: [C]}\n")
    assert len(load_aliases([tmp_path / "one.yaml"], "UTC")) == 2
    with pytest.raises(Stop, match="A and B and C mean each other"):
        load_aliases([tmp_path], "UTC")
    kept = log()
    apply(kept, [Alias("A", "B")])
    with pytest.raises(Stop, match="A and B mean each other"):
        apply(kept, [Alias("B", "A")])
    apply(kept, [Alias("B", "A", NOVEMBER_3)])  # from a later day on it is the name that holds


def test_two_teams_of_one_name_on_one_line_are_refused(tmp_path: Path) -> None:
    """Also where the place of both is the same."""
    (tmp_path / "one.yaml").write_text("teams: [{team: A, aliases: [X]}, {team: B, aliases: [X]}]\n")
    with pytest.raises(Stop, match="X from that day stands twice"):
        load_aliases([tmp_path], "UTC")
    (tmp_path / "one.yaml").write_text("teams: [{team: A, aliases: [X]}]\n")
    assert len(load_aliases([tmp_path, tmp_path / "one.yaml"], "UTC")) == 1


def test_names_that_would_show_single_votes_are_refused() -> None:
    """Where a pair is rated as a team, a name of the past would make team votes of what single persons gave under it.

    Control: from tomorrow on, of another pair, or when it is said that they were the team's, it is taken."""
    line = AgreedDeliverable(deliverable="leads")
    agreed = [
        AgreementSet(supplier="A", customer="B", deliverables=[line], rating_mode="team", valid_from=from_ms(NOVEMBER_3))
    ]
    past = Alias("A9", "A")
    with pytest.raises(Stop, match="A > B is rated as a team"):
        changes_to([past], {}, agreed, NOW)
    kept = log()
    apply(kept, [past])
    with pytest.raises(Stop, match="A > B is rated as a team"):
        retraction("A9", 0, stored_aliases(kept), agreed, NOW)
    for wanted, past_votes in ((past, True), (Alias("A9", "A", NOW + 1), False), (Alias("X", "Y"), False)):
        assert changes_to([wanted], {}, agreed, NOW, past_votes)[0].kind == "new"


def test_applied_again_nothing_changes() -> None:
    """New, then the same, then changed; taken back it is listed no more, and can be applied again."""
    kept = log()
    assert [change.kind for change in apply(kept, read())] == ["new"] * 3
    assert [change.kind for change in apply(kept, read())] == ["same"] * 3
    (changed,) = apply(kept, [Alias("NOC", "Desk")])
    assert changed.kind == "changed"
    assert aliases_in(stored_aliases(kept))[0] == Alias("NOC", "Desk")
    change = retraction("NOC", 0, stored_aliases(kept), [], NOW)
    assert change.request is not None
    kept.append(change.request)
    assert [alias.name for alias in aliases_in(stored_aliases(kept))] == ["Network", "Netz"]
    with pytest.raises(Stop, match="`baton teams list`"):
        retraction("NOC", 0, stored_aliases(kept), [], NOW)
    assert apply(kept, [Alias("NOC", "Desk")])[0].kind == "changed"


def test_what_begins_more_than_a_year_ahead_is_refused() -> None:
    """The folds would park it."""
    with pytest.raises(Stop, match="more than a year ahead"):
        apply(log(), [Alias("A", "B", NOW + 400 * 86_400_000)])


def test_the_clock_sends_it_to_every_partition() -> None:
    """As an event that holds from its own time on; two names of one day are two records."""
    kept = log()
    apply(kept, read())
    assert ControlRequests(kept).broadcast(Broadcast(kept)) == 3
    for partition in range(3):
        events = [decode(record.key, record.value) for record in kept.topics[EVENTS][partition]]
        assert [type(event) for event in events] == [TeamsSetEvent] * 3
        said = [(to_ms(e.time), e.data.teams) for e in events if isinstance(e, TeamsSetEvent) and e.data]
        assert said[0] == (NOVEMBER_3, {"Network": "Network Operations"})


def test_a_line_says_what_retract_takes() -> None:
    """A day in the zone, or none."""
    assert [describe(alias) for alias in read()[:2]] == [
        "Network = Network Operations from 2026-11-03",
        "NOC = Network Operations",
    ]
