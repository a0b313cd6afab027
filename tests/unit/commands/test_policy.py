"""`python -m bot policy check` and `simulate`, as they are typed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path

import pytest
import time_machine
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.commands.policy import PolicyMissing
from tests.support.policies import SOUND, changed, local

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "deploy/policy.example.yml"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Away from the project's own .env and policy.yml, and back in time."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("POLICY_FILE", raising=False)


def write(text: str, name: str = "policy.yml") -> Path:
    path = Path(name)
    path.write_text(text, encoding="utf-8")
    return path


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(app, ["policy", *map(str, args)], env={"COLUMNS": "200"})


@time_machine.travel(local("2026-11-23 07:00"), tick=False)
def test_a_sound_policy_is_summed_up() -> None:
    result = run("check", write(SOUND))
    assert result.exit_code == 0
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    for line in (
        "policy.yml: no problems, no warnings",
        "tier 1 Now at once on call",
        "then every 15 min on call, backup and lead",
        "tier 2 Same day in office hours, which alone count:",
        "tier 3 Routine in office hours, which alone count:",
        "at once Dr Ana Silva",
        "Dr Ben Osei push message, mail for tier 2 and 3",
        "On duty now, Mon 23 Nov 2026 07:00 in America/New_York",
        "on call Dr Ben Osei until Mon 23 Nov 08:00, then Dr Ana Silva",
        "lead Dana Kim",
        "The 4 weeks until Mon 21 Dec 2026 07:00",
        "on call no gaps Dr Ben Osei 14 days, Dr Ana Silva 14 days",
        "An urgent case reaches at least 2 people",
        "tier 1 none",
        "tier 2 2 days 14 h, for a case of Fri 27 Nov 18:00",
        "that is after its deadline of 8 h: by then the patient has read",
        "Thu 26 Nov Thanksgiving Day",
    ):
        assert line in lines, line


@time_machine.travel(local("2026-11-23 07:00"), tick=False)
def test_gaps_of_the_next_weeks_are_listed() -> None:
    result = run("check", write(changed(("    otherwise: next in doctors\n", ""))))
    assert result.exit_code == 0
    assert "nobody from Wed 25 Nov 18:00 to Fri 27 Nov 08:00" in result.stdout  # over Thanksgiving
    assert "policy.yml:24: warning: duties.backup: nobody is on duty Sat, Sun 00:00-24:00" in result.stdout


@time_machine.travel(local("2026-11-23 07:00"), tick=False)
def test_times_at_which_one_person_carries_it_all_are_listed() -> None:
    absences = (
        "hours:\n",
        "absences:\n  - {who: ana, from: 2026-12-05, until: 2026-12-06}\n"
        "  - {who: dana, from: 2026-12-06, until: 2026-12-07}\nhours:\n",
    )
    result = run("check", write(changed(absences)))
    assert "An urgent case reaches at least 1 person\n" in result.stdout
    assert "only Dr Ben Osei from Sun 6 Dec 00:00 to Mon 7 Dec 00:00" in result.stdout


def test_problems_are_one_a_line_with_the_file_and_the_line() -> None:
    result = run("check", write(changed(("email: ana", "mail: ana"), ("after: 10 min", "after: 25 min"))))
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "policy.yml:5: people.ana.mail: is no known key here; did you mean email?",
        "policy.yml:39: ladders.tier 1.steps[3].after: 20 min is not later than the step before; to page several at "
        "once, list them",
        "policy.yml: 2 problems",
    ]


def test_warnings_are_let_pass_unless_they_are_not() -> None:
    path = write(changed(("then_every: 15 min", "then_every: 45 min")))
    assert run("check", path).exit_code == 0
    strict = run("check", "--strict", path)
    assert strict.exit_code == 1 and "warning: ladders.tier 1.then_every: 45 min is long" in strict.stdout


def test_the_file_is_that_of_the_setting_or_policy_yml(monkeypatch: pytest.MonkeyPatch) -> None:
    write(SOUND, "ours.yml")
    monkeypatch.setenv("POLICY_FILE", "ours.yml")
    assert "ours.yml: no problems" in run("check").stdout
    monkeypatch.delenv("POLICY_FILE")
    assert isinstance(run("check").exception, PolicyMissing)
    write(SOUND)
    assert "policy.yml: no problems" in run("check").stdout


def test_without_a_file_it_says_so_in_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "policy", "check", "gone.yml"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr == "gone.yml: there is no such policy; deploy/policy.example.yml is one to begin with\n"
    )


def test_secrets_may_come_from_the_environment_and_are_never_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(changed(('"jsons://push.example/ana"', '"mailtos://u:${PAGER_SECRET}@clinic.example"')))
    missing = run("check", path)
    assert missing.exit_code == 1 and "the environment variable PAGER_SECRET is not set" in missing.stdout
    assert run("check", "--without-secrets", path).exit_code == 0
    monkeypatch.setenv("PAGER_SECRET", "s3cr3t-Zyxwv")
    for result in (run("check", path), run("simulate", path), run("simulate", "--json", path)):
        assert result.exit_code == 0
        assert "s3cr3t" not in result.output and "://" not in result.output


def test_a_night_before_a_holiday_on_a_time_line() -> None:
    result = run("simulate", "--tier", "1", "--at", "2026-12-24T23:10", "--hours", "10", write(SOUND))
    assert result.exit_code == 0
    assert (
        result.stdout.splitlines()
        == """\
A case of tier 1 (Now) opens on Thu 24 Dec 2026 23:10; nobody acknowledges it.
What happens in 10 h, by the clocks of America/New_York:

Thu 24 Dec 2026
  23:10  page 1  on call  Dr Ana Silva  push message (Ana's phone)
  23:15  page 2  on call  Dr Ana Silva  push message (Ana's phone)
  23:20  page 3  backup   Dr Ben Osei   push message
  23:30  page 4  lead     Dana Kim      phone call
  23:30  deadline: if nobody has acknowledged, the patient is told so, and whom to call
  23:45  page 5  on call  Dr Ana Silva  push message (Ana's phone)
                 backup   Dr Ben Osei   push message
                 lead     Dana Kim      phone call

Fri 25 Dec 2026, Christmas Day
  00:00  page 6  on call  Dr Ana Silva  push message (Ana's phone)
                 backup   Dr Ben Osei   push message
                 lead     Dana Kim      phone call
         the same every 15 min until 09:00, pages 7 to 42

42 pages: Dr Ana Silva 40, Dr Ben Osei 39, Dana Kim 39""".splitlines()
    )


def test_a_page_to_nobody_stands_out() -> None:
    path = write(changed(("    otherwise: next in doctors\n", "")))
    result = run("simulate", "--at", "2026-12-24 23:10", "--hours", "0.25", path)
    assert "23:20  page 3  backup   NOBODY" in result.stdout
    assert "1 of them reaches NOBODY" in result.stdout


def test_the_hour_where_somebody_lives_is_shown_too() -> None:
    path = write(
        changed(("    name: Dr Ana Silva\n", "    name: Dr Ana Silva\n    time_zone: Europe/Madrid\n"))
    )
    result = run("simulate", "--at", "2026-12-24 23:10", "--hours", "0.1", path)
    assert "23:10  page 1  on call  Dr Ana Silva (05:10 there)" in result.stdout


@pytest.mark.parametrize(
    ("at", "opened"),
    [
        ("2026-12-24T23:10", "2026-12-24T23:10:00-05:00"),
        ("2026-12-24T23:10Z", "2026-12-24T18:10:00-05:00"),
        ("2026-12-24T23:10+01:00", "2026-12-24T17:10:00-05:00"),
        ("2026-03-08T02:30", "2026-03-08T03:00:00-04:00"),
        ("2026-11-01T01:30", "2026-11-01T01:30:00-04:00"),
        ("2028-02-29", "2028-02-29T00:00:00-05:00"),
    ],
)
def test_moments_are_by_the_clinic_s_clocks_or_have_an_offset(at: str, opened: str) -> None:
    result = run("simulate", "--json", "--at", at, write(SOUND))
    assert json.loads(result.stdout)["from"] == opened


@pytest.mark.parametrize("at", ["tonight", "2026-02-30", "9999-12-31"])
def test_what_is_no_moment_is_said(at: str) -> None:
    result = run("simulate", "--at", at, write(SOUND))
    assert str(result.exception).startswith(f"--at: {at!r} is ")


@time_machine.travel(datetime(2026, 11, 27, 22, 0, 30, tzinfo=timezone.utc), tick=False)
def test_without_a_moment_the_case_opens_now() -> None:
    result = run("simulate", "--tier", "3", "--hours", "72", write(SOUND))
    assert result.stdout.startswith("A case of tier 3 (Routine) opens on Fri 27 Nov 2026 17:00;")
    assert "18:00  office hours end; pages of this tier wait" in result.stdout


def test_the_json_holds_every_page_with_people_and_ways() -> None:
    result = run("simulate", "--json", "--at", "2026-12-24T23:10", write(SOUND))
    data = json.loads(result.stdout)
    assert (data["tier"], data["time_zone"], data["deadline"]) == (
        1,
        "America/New_York",
        "2026-12-24T23:30:00-05:00",
    )
    pages = [one for one in data["happenings"] if one["what"] == "page"]
    assert [page["number"] for page in pages] == list(range(1, 51))
    assert pages[2] == {
        "at": "2026-12-24T23:20:00-05:00",
        "what": "page",
        "number": 3,
        "step": "backup",
        "people": [
            {
                "id": "ben",
                "name": "Dr Ben Osei",
                "duties": ["backup"],
                "ways": [{"kind": "push", "label": "push message"}],
            }
        ],
    }


def test_a_broken_policy_is_not_simulated() -> None:
    result = run("simulate", write(changed(("email: ana", "mail: ana"))))
    assert result.exit_code == 1 and "people.ana.mail" in result.stdout


@time_machine.travel(local("2026-06-01 12:00"), tick=False)
def test_the_example_is_sound() -> None:
    result = run("check", "--without-secrets", EXAMPLE)
    assert result.exit_code == 0 and "no problems, 1 warning\n" in result.stdout
    assert result.stdout.count(" no gaps ") == 4
