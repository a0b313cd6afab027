"""What a policy file may say, and that everything wrong with it is said with its place."""

from __future__ import annotations

import logging
import random
import re
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.escalation.policy import Policy, PolicyError
from bot.escalation.policy_file import read_policy
from tests.support.policies import SOUND, changed, local, policy_of, problems_of

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "deploy/policy.example.yml"
URGENT_STEPS = SOUND[SOUND.index("    steps:") : SOUND.index("    then_every: 15 min")]
ANA_URL = '"jsons://push.example/ana"'

WRONG = {
    # the shape of the file
    "no YAML": (("people:", "people: ]"), "", "is not readable as YAML"),
    "an unknown section": (("hours:\n", "hour:\n"), "hour", "is no known key here; did you mean hours?"),
    "an unknown key": (("email: ana", "mail: ana"), "people.ana.mail", "did you mean email?"),
    "a missing section": (("time_zone: America/New_York\n", ""), "", "`time_zone` is missing"),
    "a missing key": (("    name: Dana Kim\n", ""), "people.dana", "`name` is missing"),
    "a key that is there twice": (
        ("  lead: {who: dana}", "  lead: {who: dana}\n  lead: {who: ana}"),
        "duties.lead",
        "is there twice, again in line 29",
    ),
    "a list for a value": (
        ("name: Dana Kim", "name: [Dana, Kim]"),
        "people.dana.name",
        "expected a single value",
    ),
    "a value for a section": (("  lead: {who: dana}", "  lead: dana"), "duties.lead", "expected a section"),
    "a section for a list": (
        ("who: dana, days", "who: {a: b}, days"),
        "duties.backup.shifts[0].who",
        "expected a list",
    ),
    "an empty value": (("name: Dana Kim", "name:"), "people.dana.name", "is empty"),
    "a name of another form": (
        ("  lead: {who", "  The Lead: {who"),
        "duties.The Lead",
        "a name is a small letter",
    ),
    "a name that means two things": (
        ("  lead: {who", "  dana: {who"),
        "duties.dana",
        "is also the name of something under people",
    ),
    # times and places
    "a time zone": (
        ("America/New_York", "America/NewYork"),
        "time_zone",
        "is no time zone; did you mean America/New_York?",
    ),
    "a length of time": (
        ("after: 5 min", "after: 5"),
        "ladders.tier 1.steps[1].after",
        "is no length of time",
    ),
    "a unit": (
        ("after: 5 min", "after: 5 mins ago"),
        "ladders.tier 1.steps[1].after",
        "is no length of time",
    ),
    "a time of day": (
        ("hours: 08:00-18:00", "hours: 8am-18:00"),
        "duties.backup.shifts[0].hours",
        "'8am' is no time of day",
    ),
    "an hour that no clock shows": (
        ("hours: 08:00-18:00", "hours: 08:00-25:00"),
        "duties.backup.shifts[0].hours",
        "'25:00' is no time of day",
    ),
    "half a span": (
        ("Mon-Fri: 08:00-18:00", "Mon-Fri: 08:00"),
        "hours.office.Mon-Fri",
        "is no time from … to …",
    ),
    "a weekday": (
        ("days: Mon-Fri", "days: Mon-Fry"),
        "duties.backup.shifts[0].days",
        "'Mon-Fry' is no day of the week",
    ),
    "a weekday of hours": (
        ("    Mon-Fri: 08", "    Workdays: 08"),
        "hours.office.Workdays",
        "is no day of the week",
    ),
    "a weekday twice": (
        ("    Mon-Fri: 08:00-18:00", "    Mon-Fri: 08:00-18:00\n    Friday: 08:00-12:00"),
        "hours.office.Friday",
        "Friday is there twice",
    ),
    "hours that never open": (
        ("    Mon-Fri: 08:00-18:00", "    Mon-Fri: closed"),
        "hours.office",
        "are never open",
    ),
    "a hand-over": (
        ("weekly on Monday at 08:00", "on Mondays"),
        "rotations.doctors.hand_over",
        "is no hand-over",
    ),
    "a day that there is not": (
        ("first_day: 2026-01-05", "first_day: 2026-02-29"),
        "rotations.doctors.first_day",
        "there is no 2026-02-29",
    ),
    "a date": (
        ("first_day: 2026-01-05", "first_day: 5 January"),
        "rotations.doctors.first_day",
        "is no date",
    ),
    "a first day of another weekday": (
        ("first_day: 2026-01-05", "first_day: 2026-01-06"),
        "rotations.doctors.first_day",
        "is a Tuesday, but turns are handed over on Mondays",
    ),
    "a country": (
        ("country: US", "country: USA1"),
        "holidays.country",
        "no public holidays are known for 'USA1'",
    ),
    "a subdivision": (
        ("subdivision: NY", "subdivision: NYC"),
        "holidays.subdivision",
        "US has no 'NYC'; known: AK",
    ),
    # people and their addresses
    "a person": (
        ("who: dana, days", "who: dan, days"),
        "duties.backup.shifts[0].who",
        "'dan' is not under people or rotations; did you mean dana?",
    ),
    "a person of a rotation": (
        ("people: [ana, ben]", "people: [ana, bert]"),
        "rotations.doctors.people[1]",
        "'bert' is not under people",
    ),
    "a duty of a step": (
        ("page: lead}", "page: leads}"),
        "ladders.tier 1.steps[3].page",
        "did you mean lead?",
    ),
    "hours to wait for": (
        ("waits_for: office", "waits_for: ofice"),
        "ladders.tier 2.waits_for",
        "did you mean office?",
    ),
    "a name that is there twice": (
        ("page: [backup, lead]", "page: [lead, lead]"),
        "ladders.tier 2.steps[1].page[1]",
        "names lead twice",
    ),
    "a mail address": (("email: ana@clinic.example", "email: ana"), "people.ana.email", "is no mail address"),
    "an account of two people": (
        ("    name: Dana Kim", "    name: Dana Kim\n    email: Ana@clinic.example"),
        "people.dana.email",
        "is also the account of ana",
    ),
    "nobody could be reached": (
        ('{url: "jsons://push.example/dana", kind: call}', "{}"),
        "people.dana.addresses[0]",
        "`url` is missing",
    ),
    "no address": (
        ('    addresses:\n      - {url: "jsons://push.example/dana", kind: call}', "    addresses: []"),
        "people.dana.addresses",
        "is empty: nobody could be reached",
    ),
    "no Apprise address": (
        (ANA_URL, "ana@clinic.example"),
        "people.ana.addresses[0]",
        "is not an Apprise address",
    ),
    "a service that Apprise does not know": (
        (ANA_URL, '"pushovr://u@t"'),
        "people.ana.addresses[0]",
        "Apprise knows no service pushovr://",
    ),
    "an address that Apprise cannot read": (
        (ANA_URL, '"pagerduty://"'),
        "people.ana.addresses[0]",
        "Apprise cannot read this pagerduty:// address",
    ),
    "an address in public": (
        (ANA_URL, '"mastodons://token@host.example"'),
        "people.ana.addresses[0]",
        "can be read by others",
    ),
    "an address of a machine": (
        (ANA_URL, '"syslog://"'),
        "people.ana.addresses[0]",
        "reaches a machine, not a person",
    ),
    "a kind": (
        ("kind: push, label", "kind: pish, label"),
        "people.ana.addresses[0].kind",
        "did you mean push?",
    ),
    "a kind that cannot be told": (
        ("kind: push, label: Ana's phone", "label: Ana's phone"),
        "people.ana.addresses[0]",
        "`kind` is missing",
    ),
    "a tier of an address": (
        ("tiers: [2, 3]", "tiers: [2, 4]"),
        "people.ben.addresses[1].tiers[1]",
        "'4' is no tier",
    ),
    "no address for urgent cases": (
        (
            '- {url: "jsons://push.example/ben", kind: push}',
            '- {url: "jsons://push.example/ben", kind: push, tiers: [2]}',
        ),
        "people.ben.addresses",
        "is paged for tier 1, but no address is for it",
    ),
    "a variable that is not set": (
        (ANA_URL, '"${ANA_PUSH}"'),
        "people.ana.addresses[0]",
        "the environment variable ANA_PUSH is not set",
    ),
    "what is no variable": (
        (ANA_URL, '"jsons://${ANA PUSH}"'),
        "people.ana.addresses[0]",
        "is not the name of an environment variable",
    ),
    # duties
    "a duty of nothing": (
        ("  lead: {who: dana}", "  lead: {time_zone: UTC}"),
        "duties.lead",
        "has neither `who` nor `shifts`",
    ),
    "a duty of both": (
        ("  lead: {who: dana}", "  lead: {who: dana, otherwise: ana}"),
        "duties.lead",
        "has `who`, which is always on duty",
    ),
    "a rotation among people": (
        ("lead: {who: dana}", "lead: {who: [dana, doctors]}"),
        "duties.lead.who",
        "names a rotation and others",
    ),
    "the next of one": (
        ("people: [ana, ben]", "people: [ana]"),
        "duties.backup.otherwise",
        "nobody comes next in doctors",
    ),
    "what becomes of a shift on holidays": (
        ("holidays: excluded", "holidays: off"),
        "duties.backup.shifts[0].holidays",
        "'off' is none of included, excluded, only",
    ),
    "a gap": (
        ("on_call: {who: doctors}", "on_call: {shifts: [{who: doctors, hours: 08:00-07:30}]}"),
        "duties.on_call",
        "nobody is on duty every day 07:30-08:00: an urgent case would reach nobody then",
    ),
    "a gap on a holiday": (
        ("on_call: {who: doctors}", "on_call: {shifts: [{who: ana, holidays: excluded}]}"),
        "duties.on_call",
        "nobody is on duty every day 00:00-24:00 when that is a holiday",
    ),
    # ladders
    "a missing tier": (
        (
            "  tier 3:\n    waits_for: office\n    steps:\n      - {after: 0 min, page: ana}\n    then_every: 8 h\n",
            "",
        ),
        "ladders",
        "`tier 3` is missing",
    ),
    "a tier that there is not": (("  tier 3:", "  tier 4:"), "ladders.tier 4", "did you mean tier"),
    "steps out of order": (
        ("after: 10 min", "after: 25 min"),
        "ladders.tier 1.steps[3].after",
        "20 min is not later than the step before",
    ),
    "two steps at once": (
        ("after: 10 min", "after: 5 min"),
        "ladders.tier 1.steps[2].after",
        "5 min is not later than the step before; to page several at once, list them",
    ),
    "an urgent case that waits": (
        ("  tier 1:\n", "  tier 1:\n    waits_for: office\n"),
        "ladders.tier 1.waits_for",
        "tier 1 waits for nothing",
    ),
    "an urgent case that is paged late": (
        ("{after: 0 min, page: on_call}", "{after: 1 min, page: on_call}"),
        "ladders.tier 1.steps[0].after",
        "tier 1 pages at once",
    ),
    "an urgent case that is given up": (
        ("    then_every: 15 min\n", ""),
        "ladders.tier 1",
        "tier 1 needs `then_every`",
    ),
    "an urgent case that pages nobody": (
        (
            URGENT_STEPS,
            "    steps: []\n",
        ),
        "ladders.tier 1.steps",
        "tier 1 needs steps",
    ),
    "a same-day case that pages nobody": (
        (
            "    steps:\n      - {after: 0 min, page: on_call}\n      - {after: 2 h, page: [backup, lead]}\n",
            "    steps: []\n",
        ),
        "ladders.tier 2.steps",
        "tier 2 needs steps",
    ),
    "a first page after the deadline": (
        (
            "      - {after: 0 min, page: on_call}\n      - {after: 2 h",
            "      - {after: 8 h, page: on_call}\n      - {after: 9 h",
        ),
        "ladders.tier 2.steps[0].after",
        "the first page comes after 8 h, but a case of tier 2 must be acknowledged within 8 h",
    ),
    "pages without a pause": (
        ("then_every: 15 min", "then_every: 30 s"),
        "ladders.tier 1.then_every",
        "more than once a minute",
    ),
    "repeats for nobody": (
        ("    then_every: 8 h\n", "    then_page: ana\n"),
        "ladders.tier 3.then_page",
        "`then_every` is missing",
    ),
    "an acknowledgement that counts for ever": (
        ("  tier 1:\n", "  tier 1:\n    lapse_after: 1 day\n"),
        "ladders.tier 1.lapse_after",
        "must lapse after 1 min to 1 h",
    ),
    "a lapse of all tiers": (
        ("time_zone: America/New_York\n", "time_zone: America/New_York\nlapse_after: 2 h\n"),
        "lapse_after",
        "of tier 1 without action must lapse after 1 min to 1 h",
    ),
    "a switch": (
        ("time_zone: America/New_York\n", "time_zone: America/New_York\nshow_category: perhaps\n"),
        "show_category",
        "is neither yes nor no",
    ),
}
SPELLS = {
    "ends before it begins": ("{who: ana, from: 2026-12-24, until: 2026-12-23}", "ends before it begins"),
    "longer than two years": ("{who: ana, from: 2026-12-24, until: 2029-12-23}", "is longer than two years"),
    "nobody stands in for themselves": (
        "{who: ana, from: 2026-12-24, until: 2026-12-25, instead: ana}",
        "nobody stands in",
    ),
    "several people": (
        "{who: [ana, ben], from: 2026-12-24, until: 2026-12-25}",
        "write one absence for each",
    ),
    "no moment": ("{who: ana, from: tomorrow, until: 2026-12-25}", "is no date"),
}


def messages(text: str) -> list[str]:
    return [str(problem) for problem in problems_of(text)]


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_with_its_place(name: str) -> None:
    change, place, said = WRONG[name]
    found = problems_of(changed(change))
    assert [one for one in found if one.place == place and said in one.text], [str(one) for one in found]


@pytest.mark.parametrize("name", SPELLS)
def test_what_is_wrong_with_an_absence_is_said(name: str) -> None:
    entry, said = SPELLS[name]
    assert any(said in one for one in messages(changed(("hours:\n", f"absences:\n  - {entry}\nhours:\n"))))


def test_everything_that_is_wrong_is_said_at_once_in_the_order_of_the_file() -> None:
    text = changed(
        ("email: ana", "mail: ana"),
        ("kind: call", "kind: cal"),
        ("after: 10 min", "after: 25 min"),
        ("country: US", "country: XX"),
    )
    found = problems_of(text)
    assert [one.place for one in found] == [
        "people.ana.mail",
        "people.dana.addresses[0].kind",
        "holidays.country",
        "ladders.tier 1.steps[3].after",
    ]
    assert [one.line for one in found] == [5, 16, 32, 39]


def test_the_error_has_a_line_for_the_file_and_one_for_each_problem(tmp_path: Path) -> None:
    path = tmp_path / "policy.yml"
    path.write_text(changed(("kind: call", "kind: cal"), ("email: ana", "mail: ana")), encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        Policy.load(path, {})
    lines = str(caught.value).splitlines()
    assert lines[0] == f"{path}: 2 problems" and len(lines) == 3
    assert lines[1].startswith("  line 5: people.ana.mail: is no known key here")


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "- a\n- b\n", "a: [\n", "time_zone: \x00\n", "? {a: b}\n: c\n"]
)
def test_what_is_no_policy_at_all_is_refused(text: str) -> None:
    assert problems_of(text)


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    for path, said in ((tmp_path, "cannot be read"), (tmp_path / "gone.yml", "cannot be read")):
        with pytest.raises(PolicyError, match=said):
            Policy.load(path, {})
    latin = tmp_path / "latin.yml"
    latin.write_bytes("time_zone: Öst".encode("latin-1"))
    with pytest.raises(PolicyError, match="not UTF-8"):
        Policy.load(latin, {})


def test_values_are_what_was_written_not_what_yaml_makes_of_them() -> None:
    """In YAML 1.1, 18:00 is 1080, NO is false, and a date is no text."""
    text = changed(
        ("country: US, subdivision: NY", "country: NO"), ("08:00-18:00, holidays", "18:00-20:00, holidays")
    )
    policy = policy_of(text)
    assert policy.holidays.country == "NO"
    assert policy.roster.duties["backup"].shifts[0].span.start == 18 * 60


def test_lists_can_be_written_with_commas() -> None:
    text = changed(
        ("page: [backup, lead]", 'page: "backup, lead"'), ("days: Mon-Fri,", 'days: "Mon, Wed-Thu",')
    )
    policy = policy_of(text)
    assert policy.ladders[2].steps[1].page == ("backup", "lead")
    assert policy.roster.duties["backup"].shifts[0].weekdays == {0, 2, 3}


def test_somebody_may_have_two_turns_of_a_rotation() -> None:
    policy = policy_of(changed(("people: [ana, ben]", "people: [ana, ben, ana]")))
    assert policy.on_duty("on_call", local("2026-01-20 12:00")) == ("ana",)


@pytest.mark.parametrize(
    ("written", "every", "at", "who"),
    [
        ("daily at 07:30", 1, "2026-01-06 07:30", "ben"),
        ("every 3 days at 08:00", 3, "2026-01-08 08:00", "ben"),
        ("weekly on mon at 08:00", 7, "2026-01-12 08:00", "ben"),
        ("every 2 weeks on Monday at 08:00", 14, "2026-01-19 08:00", "ben"),
        ("every 2 weeks on Monday at 08:00", 14, "2026-01-19 07:59", "ana"),
    ],
)
def test_hand_overs(written: str, every: int, at: str, who: str) -> None:
    policy = policy_of(changed(("weekly on Monday at 08:00", written)))
    assert policy.rotations["doctors"].every == every
    assert policy.on_duty("on_call", local(at)) == (who,)


def test_what_counts_for_all_tiers_and_for_one() -> None:
    assert (policy_of().show_category, policy_of().lapse_for(1)) == (False, timedelta(minutes=30))
    text = changed(
        ("people:\n", "show_category: yes\nlapse_after: 20 min\npeople:\n"),
        ("    then_every: 8 h\n", "    then_every: 8 h\n    lapse_after: 5 h\n"),
    )
    policy = policy_of(text)
    assert policy.show_category and policy.lapse_after == timedelta(minutes=20)
    assert [policy.lapse_for(tier) for tier in (1, 2, 3)] == [timedelta(minutes=m) for m in (20, 20, 300)]


@pytest.mark.parametrize(
    ("written", "minutes"),
    [("2 h", 120), ("1 h 30 min", 90), ("1 day 2 hours", 1560), ("90 s", 1.5), ("45min", 45), ("1 hour", 60)],
)
def test_lengths_of_time(written: str, minutes: float) -> None:
    policy = policy_of(changed(("after: 2 h", f"after: {written}")))
    assert policy.ladders[2].steps[1].delay == timedelta(minutes=minutes)


def test_a_rotation_and_a_duty_may_have_a_time_zone_of_their_own() -> None:
    text = changed(
        ("    first_day: 2026-01-05\n", "    first_day: 2026-01-05\n    time_zone: Europe/London\n"),
        (
            "    otherwise: next in doctors\n",
            "    otherwise: next in doctors\n    time_zone: Asia/Kathmandu\n",
        ),
    )
    policy = policy_of(text)
    assert policy.on_duty("on_call", local("2026-01-12 08:00", "Europe/London")) == ("ben",)
    assert policy.on_duty("backup", local("2026-01-13 08:00", "Asia/Kathmandu")) == ("dana",)


def test_an_absence_by_days_lasts_to_the_end_of_the_last_one() -> None:
    text = changed(("hours:\n", "absences:\n  - {who: ana, from: 2026-11-24, until: 2026-11-25}\nhours:\n"))
    policy = policy_of(text)
    expected = {
        "2026-11-23 23:59": "ana",
        "2026-11-24 00:00": "ben",
        "2026-11-25 23:59": "ben",
        "2026-11-26 00:00": "ana",
    }
    assert {at: policy.on_duty("on_call", local(at))[0] for at in expected} == expected


def alone(absence: str) -> str:
    """Only ana is on call, with this absence."""
    return changed(
        ("on_call: {who: doctors}", "on_call: {who: ana}"),
        ("hours:\n", f"absences:\n  - {absence}\nhours:\n"),
    )


def test_an_absence_that_leaves_nobody_is_refused_unless_it_is_over_or_somebody_stands_in() -> None:
    (problem,) = problems_of(alone("{who: ana, from: 2026-12-24 18:00, until: 2026-12-26}"))
    assert problem.place == "absences[0]"
    assert "leaves nobody for on_call from Thu 24 Dec 2026 18:00 to Sun 27 Dec 2026 00:00" in problem.text
    assert not problems_of(alone("{who: ana, from: 2026-12-24, until: 2026-12-26, instead: ben}"))
    assert not problems_of(alone("{who: ana, from: 2026-10-24, until: 2026-10-26}"))
    assert problems_of(alone("{who: ana, from: 2026-11-01, until: 2026-12-26}"))


def test_overrides_of_one_duty_at_one_time_are_refused() -> None:
    swap = "{duty: on_call, who: dana, from: 2026-12-24, until: 2026-12-26}"
    text = changed(("hours:\n", f"overrides:\n  - {swap}\n  - {swap}\nhours:\n"))
    assert "overrides[1]: is at the same time as overrides[0], for the same duty" in messages(text)[0]


def warnings(text: str) -> list[str]:
    return [str(warning) for warning in policy_of(text).warnings]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            ("  lead: {who: dana}", "  lead: {who: dana}\n  spare: {who: dana}"),
            "duties.spare: is used nowhere",
        ),
        (("    then_every: 8 h\n", ""), "ladders.tier 3: no `then_every`"),
        (
            ("    steps:\n      - {after: 0 min, page: ana}\n    then_every: 8 h\n", "    steps: []\n"),
            "tier 3.steps: nobody is paged",
        ),
        (("then_every: 15 min", "then_every: 45 min"), "45 min is long for an urgent case"),
        (("kind: call", "kind: mail"), "reach Dana Kim by mail only, which wakes nobody"),
        (("    otherwise: next in doctors\n", ""), "this step of an urgent case reaches nobody then"),
        (
            ("holidays: {country: US, subdivision: NY}\n", ""),
            "holidays: means nothing: this policy knows no holidays",
        ),
        (('"jsons://push.example/dana"', '"mailto://u:p@clinic.example"'), "mailto:// may send unencrypted"),
        (
            ("hours:\n", "absences:\n  - {who: dana, from: 2026-12-24, until: 2026-12-26}\nhours:\n"),
            "leaves nobody for lead from Thu 24 Dec 2026 00:00",
        ),
        (
            (
                "hours:\n",
                "overrides:\n  - {duty: on_call, who: ben, from: 2026-10-01, until: 2026-10-02}\nhours:\n",
            ),
            "overrides[0]: is over and can be removed",
        ),
        (
            (
                "hours:\n",
                "absences:\n  - {who: ben, from: 2026-12-01, until: 2026-12-03}\n"
                "overrides:\n  - {duty: on_call, who: ben, from: 2026-12-01, until: 2026-12-02}\nhours:\n",
            ),
            "overrides[0]: Dr Ben Osei is away for some of that time",
        ),
    ],
)
def test_what_may_not_be_meant_is_a_warning(change: tuple[str, str], said: str) -> None:
    assert any(said in one for one in warnings(changed(change)))


def test_a_first_page_of_another_tier_that_reaches_nobody_is_a_warning_where_it_would_come() -> None:
    nights = "    shifts: [{who: dana, hours: 07:00-19:00, days: Mon-Thu}]\n"
    duty = ("  lead: {who: dana}\n", f"  lead: {{who: dana}}\n  nurse:\n{nights}")
    office = changed(duty, ("{after: 0 min, page: ana}", "{after: 0 min, page: nurse}"))
    assert warnings(office) == [
        "line 52: ladders.tier 3.steps[0]: reaches nobody from Fri 27 Nov 2026 08:00 to Fri 27 Nov 2026 18:00, and "
        "perhaps later"
    ]
    assert warnings(changed(("    Mon-Fri: 08:00-18:00\n", "    Mon-Thu: 08:00-18:00\n"), text=office)) == []


SECRET = "s3cr3t-Zyxwv"


def test_secrets_come_from_the_environment_and_are_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    text = changed((ANA_URL, '"mailtos://pager:${MAIL_PASSWORD}@clinic.example?to=ana@clinic.example"'))
    with caplog.at_level(logging.DEBUG):
        policy = policy_of(text, {"MAIL_PASSWORD": SECRET})
        broken = problems_of(
            changed((ANA_URL, '"pagerduty://${MAIL_PASSWORD}"')), {"MAIL_PASSWORD": f"{SECRET}/@"}
        ) + problems_of(changed((ANA_URL, '"${MAIL_PASSWORD}"')), {"MAIL_PASSWORD": f"slack://{SECRET}"})
    assert (
        policy.people["ana"].addresses[0].url
        == f"mailtos://pager:{SECRET}@clinic.example?to=ana@clinic.example"
    )
    assert broken and SECRET not in " ".join(map(str, broken))
    assert SECRET not in repr(policy) and SECRET not in caplog.text


@pytest.mark.parametrize("character", "@/?# ")
def test_a_password_with_a_character_that_means_something_is_refused(character: str) -> None:
    text = changed((ANA_URL, '"mailtos://pager:${PASSWORD}@clinic.example"'))
    (problem,) = problems_of(text, {"PASSWORD": f"ab{character}cd"})
    assert "the value of PASSWORD holds a character that means something" in problem.text
    assert not problems_of(text, {"PASSWORD": "ab%40cd"})


def test_without_secrets_a_policy_can_be_looked_at_but_other_problems_stay(tmp_path: Path) -> None:
    path = tmp_path / "policy.yml"
    path.write_text(changed((ANA_URL, '"pover://${USER_KEY}@${TOKEN}"')), encoding="utf-8")
    policy = read_policy(path, {}, without_secrets=True)
    assert "not set, and their addresses not looked at: TOKEN and USER_KEY" in str(policy.warnings[0])
    path.write_text(
        changed((ANA_URL, '"pover://${USER_KEY}@${TOKEN}"'), ("kind: call", "kind: cal")), encoding="utf-8"
    )
    with pytest.raises(PolicyError, match="1 problem"):
        read_policy(path, {}, without_secrets=True)


def test_the_example_is_sound_when_its_secrets_are_set() -> None:
    environment = {
        "TWILIO_ACCOUNT": "AC" + "0123456789abcdef" * 2,
        "TWILIO_TOKEN": "0123456789abcdef" * 2,
        "MAIL_PASSWORD": "secret",
        "NURSES_CHAT": "slack://T0000000/B0000000/abcdefghijklmnopqrstuvwx",
    }
    policy = read_policy(EXAMPLE, environment, now=local("2026-06-01 12:00"))
    assert policy.warnings == ()
    assert [step.delay.seconds // 60 for step in policy.ladders[1].steps] == [0, 5, 10, 20]
    assert policy.ladders[1].every == timedelta(minutes=15)


SAMPLES = {
    "TWILIO_ACCOUNT": "AC" + "0123456789abcdef" * 2,
    "SLACK_WEBHOOK": "T0000000/B0000000/abcdefghijklmnopqrstuvwx",
    "TEAMS_WORKFLOW": "host.example:443/0123456789abcdef0123456789abcdef/abcdefghijklmnopqrstuvwxyz0123456789abcdefg",
}


def test_the_addresses_that_the_documentation_shows_are_taken() -> None:
    shown = re.findall(r"\| `(\w+://[^`]+)` \|", (ROOT / "docs/escalation.md").read_text(encoding="utf-8"))
    assert len(shown) >= 8
    for url in shown:
        names = re.findall(r"\$\{(\w+)\}", url)
        environment = {name: SAMPLES.get(name, "0123456789abcdef0123456789abcdef") for name in names}
        assert not problems_of(
            changed((f"{{url: {ANA_URL}, kind: push, label: Ana's phone}}", f"url: {url}")), environment
        )


@st.composite
def spoilt(draw: st.DrawFn) -> str:
    """The example with some of its values replaced by something else, of another shape too."""
    data = yaml.load(EXAMPLE.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    other = st.sampled_from(
        [
            "",
            "x",
            "0",
            "-1",
            "[",
            "next in ",
            "24:00-24:00",
            "9999-12-31",
            "${}",
            "a b",
            [],
            {},
            ["x"],
            {"x": "y"},
        ]
    )
    generator = random.Random(draw(st.integers(0, 10**9)))
    for _ in range(draw(st.integers(1, 4))):
        inner = data
        while True:
            key = generator.choice(list(inner) if isinstance(inner, dict) else range(len(inner)))
            deeper = isinstance(inner[key], (dict, list)) and inner[key] and generator.random() < 0.85
            if not deeper:
                break
            inner = inner[key]
        inner[key] = draw(other)
    return yaml.safe_dump(data, sort_keys=False)


@given(spoilt())
@settings(max_examples=150, deadline=None)
def test_whatever_stands_in_the_file_it_is_a_policy_or_a_list_of_problems(text: str) -> None:
    try:
        policy_of(text)
    except PolicyError as error:
        assert error.problems and all(one.text and "\n" not in str(one) for one in error.problems)


def test_the_sound_text_is_sound() -> None:
    assert problems_of(SOUND) == ()
