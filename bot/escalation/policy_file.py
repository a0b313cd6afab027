"""policy.yml, read and checked: a policy, or everything that is wrong with the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

import yaml

from bot.escalation import addresses, file_values
from bot.escalation.calendar import WEEKDAYS, Holidays, OpeningHours, Span
from bot.escalation.checks import check_ladders, check_people, check_roster
from bot.escalation.file_entries import Entry, Findings, did_you_mean, read_entries
from bot.escalation.ladder import Ladder, Step
from bot.escalation.policy import TIERS, Address, Person, Policy, PolicyError, Problem
from bot.escalation.rota import (
    WHOLE_DAY,
    Absence,
    Duty,
    OnHolidays,
    Override,
    Roster,
    Rotation,
    Shift,
    Team,
    Turn,
)
from bot.escalation.words import listed

LAPSE_AFTER: Final = timedelta(minutes=30)
NEXT_IN: Final = "next in "
LONGEST_SPELL: Final = timedelta(days=732)
SECTIONS: Final = ("time_zone", "people", "duties", "ladders")
FURTHER: Final = ("show_category", "lapse_after", "rotations", "absences", "overrides", "hours", "holidays")
_ID: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_MAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_YEARLY: Final = re.compile(r"every (\d{2})-(\d{2})")
_EVERY_DAY: Final = frozenset(range(7))
_Value = TypeVar("_Value")


def read_policy(
    path: Path,
    environment: Mapping[str, str],
    *,
    now: datetime | None = None,
    without_secrets: bool = False,
) -> Policy:
    """The policy of a file. Absences that were over by `now` (None: by the clock) leave no gaps.

    With `without_secrets` a variable that is not set is only a warning, and stays in its address as it is written:
    enough to look at the policy, not to send by it.

    Raises:
        PolicyError: everything that is wrong with it.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise PolicyError(path, (Problem("", 0, f"cannot be read: {error.strerror}"),)) from error
    except UnicodeDecodeError as error:
        raise PolicyError(path, (Problem("", 0, "is not UTF-8 text"),)) from error
    findings = Findings()
    root = read_entries(text, findings)
    reader = _Reader(findings, environment, now or datetime.now(timezone.utc), without_secrets)
    policy = reader.policy(root) if root is not None else None
    if policy is None or findings.problems:
        raise PolicyError(path, tuple(sorted(findings.problems, key=lambda problem: problem.line)))
    return policy


@dataclass
class _Reader:
    """One reading of one file. What is read later may name what was read before."""

    findings: Findings
    environment: Mapping[str, str]
    now: datetime
    without_secrets: bool
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    holidays: Holidays = field(default_factory=Holidays)
    people: dict[str, Person] = field(default_factory=dict)
    rotations: dict[str, Rotation] = field(default_factory=dict)
    duties: dict[str, Duty] = field(default_factory=dict)
    hours: dict[str, OpeningHours] = field(default_factory=dict)
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """What each section names, also where it is wrong: what uses such a name is not wrong for that."""
    used: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    """Variables that addresses name and that are not set."""

    def policy(self, root: Entry) -> Policy:
        """The policy, as far as it can be read; what is wrong is among the findings."""
        sections = root.fields(SECTIONS, FURTHER)
        self._names(sections)
        if "time_zone" in sections:
            self.zone = file_values.time_zone(sections["time_zone"]) or self.zone
        if "holidays" in sections:
            self.holidays = self._holidays(sections["holidays"])
        show_category = "show_category" in sections and file_values.switch(sections["show_category"])
        lapse_after = self._duration(sections, "lapse_after") or LAPSE_AFTER
        self._each(sections, "people", self.people, self._person)
        before = len(self.findings.problems)
        self._each(sections, "rotations", self.rotations, self._rotation)
        self._each(sections, "duties", self.duties, self._duty)
        absences = self._list(sections, "absences", self._absence)
        overrides = self._list(sections, "overrides", self._override)
        roster = Roster(self.duties, absences, overrides, self.holidays)
        roster_is_whole = before == len(self.findings.problems)
        self._each(sections, "hours", self.hours, self._opening_hours)
        ladders = self._ladders(sections["ladders"], lapse_after) if "ladders" in sections else {}
        policy = Policy(
            zone=self.zone,
            people=self.people,
            roster=roster,
            rotations=self.rotations,
            hours=self.hours,
            holidays=self.holidays,
            ladders=ladders,
            lapse_after=lapse_after,
            show_category=show_category,
        )
        if self.missing:
            names = listed(sorted(self.missing))
            text = f"not set, and their addresses not looked at: {names}"
            self.findings.warnings.append(Problem("", 0, text))
        for section in ("rotations", "duties", "hours"):
            for name in self.names[section]:
                if name not in self.used:
                    self.findings.at(f"{section}.{name}").warn("is used nowhere")
        check_ladders(policy, self.findings)
        if roster_is_whole:
            check_people(policy, self.findings)
            check_roster(policy, self.findings, self.now)
        warnings = sorted(self.findings.warnings, key=lambda warning: warning.line)
        return replace(policy, warnings=tuple(warnings))

    def _names(self, sections: Mapping[str, Entry]) -> None:
        """Collect what can be named, and refuse names of the wrong form and names that mean two things."""
        owners: dict[str, str] = {}
        for section in ("people", "rotations", "duties", "hours"):
            entries = sections[section].entries() if section in sections else []
            self.names[section] = tuple(name for name, _ in entries)
            for name, entry in entries:
                if not _ID.fullmatch(name):
                    entry.refuse("a name is a small letter, then small letters, digits, - or _")
                elif section != "hours" and owners.setdefault(name, section) != section:
                    entry.refuse(f"{name} is also the name of something under {owners[name]}")

    def _each(
        self,
        sections: Mapping[str, Entry],
        section: str,
        found: dict[str, _Value],
        read: Callable[[str, Entry], _Value | None],
    ) -> None:
        for name, entry in sections[section].entries() if section in sections else ():
            value = read(name, entry)
            if value is not None:
                found[name] = value
        if section in sections and not self.names[section]:
            sections[section].refuse("names nobody and nothing")

    def _list(
        self, sections: Mapping[str, Entry], section: str, read: Callable[[Entry], _Value | None]
    ) -> tuple[_Value, ...]:
        items = sections[section].items() if section in sections else ()
        return tuple(value for item in items if (value := read(item)) is not None)

    def _person(self, name: str, entry: Entry) -> Person:
        fields = entry.fields(("name", "addresses"), ("email", "time_zone"))
        shown = (fields["name"].text() if "name" in fields else None) or name
        email = fields["email"].text() if "email" in fields else None
        if email is not None and not _MAIL.fullmatch(email):
            fields["email"].refuse(f"{email!r} is no mail address")
        zone = file_values.time_zone(fields["time_zone"]) if "time_zone" in fields else None
        items = fields["addresses"].items() if "addresses" in fields else []
        if "addresses" in fields and not items:
            fields["addresses"].refuse("is empty: nobody could be reached")
        ways = tuple(way for item in items if (way := self._address(item)) is not None)
        return Person(name, shown, email.lower() if email else None, ways, zone.key if zone else None)

    def _address(self, entry: Entry) -> Address | None:
        fields = entry.fields(("url",), ("kind", "label", "tiers"))
        written = fields["url"].text() if "url" in fields else None
        kind = fields["kind"].text() if "kind" in fields else None
        known = next((found for found in addresses.KINDS if found == kind), None)
        if kind is not None and known is None:
            fields["kind"].refuse(f"{kind!r} is no kind of address{did_you_mean(kind, addresses.KINDS)}")
        label = fields["label"].text() if "label" in fields else None
        tiers = self._tiers(fields["tiers"]) if "tiers" in fields else frozenset(TIERS)
        if written is None:
            return None
        url = self._filled(entry, written)
        kind = known or addresses.kind_of(written)
        if kind is None and "kind" not in fields and (url is not None or "://" not in written):
            entry.refuse(
                f"`kind` is missing: it cannot be told from the address; one of {', '.join(addresses.KINDS)}"
            )
        if url is None or kind is None:
            return None
        return Address(url, kind, label or addresses.LABELS[kind], tiers)

    def _filled(self, entry: Entry, written: str) -> str | None:
        """The address with its secrets, looked at; None after it was refused."""
        try:
            url = addresses.fill(written, self.environment)
        except addresses.VariableMissing as missing:
            if not self.without_secrets:
                entry.refuse(str(missing))
                return None
            self.missing.update(missing.names)
            return written
        except addresses.AddressRefused as refused:
            entry.refuse(str(refused))
            return None
        try:
            for caution in addresses.look_at(url):
                entry.warn(caution)
        except addresses.AddressRefused as refused:
            entry.refuse(str(refused))
            return None
        return url

    def _tiers(self, entry: Entry) -> frozenset[int]:
        found = set()
        for item in entry.items():
            text = item.text()
            if text in ("1", "2", "3"):
                found.add(int(text))
            elif text is not None:
                item.refuse(f"{text!r} is no tier; there are 1, 2 and 3")
        return frozenset(found)

    def _rotation(self, name: str, entry: Entry) -> Rotation | None:
        fields = entry.fields(("people", "hand_over", "first_day"), ("time_zone",))
        people = self._known(fields["people"], ("people",), often=True) if "people" in fields else ()
        taken = file_values.hand_over(fields["hand_over"]) if "hand_over" in fields else None
        text = fields["first_day"].text() if "first_day" in fields else None
        first = file_values.day(fields["first_day"], text) if text else None
        zone = self._zone(fields)
        if taken is None or first is None or not people:
            return None
        every, weekday, minute = taken
        if weekday is not None and first.weekday() != weekday:
            fields["first_day"].refuse(
                f"{first} is a {WEEKDAYS[first.weekday()]}, but turns are handed over on {WEEKDAYS[weekday]}s"
            )
        return Rotation(name, people, first, every, minute, zone)

    def _duty(self, name: str, entry: Entry) -> Duty | None:
        fields = entry.fields((), ("who", "shifts", "otherwise", "time_zone"))
        if "who" in fields and len(fields) > 1:
            entry.refuse("has `who`, which is always on duty, and something else; put `who` under `shifts`")
        if not {"who", "shifts"} & set(fields):
            entry.refuse("has neither `who` nor `shifts`")
        zone = self._zone(fields)
        if "who" in fields:
            team = self._team(fields["who"])
            return Duty(name, zone, (), team) if team else None
        items = fields["shifts"].items() if "shifts" in fields else []
        shifts = tuple(shift for item in items if (shift := self._shift(item)) is not None)
        otherwise = self._team(fields["otherwise"]) if "otherwise" in fields else ()
        return Duty(name, zone, shifts, otherwise or ()) if shifts else None

    def _shift(self, entry: Entry) -> Shift | None:
        fields = entry.fields(("who",), ("days", "hours", "holidays"))
        team = self._team(fields["who"]) if "who" in fields else None
        days: frozenset[int] | None = _EVERY_DAY
        if "days" in fields:
            written = [text for item in fields["days"].items() if (text := item.text()) is not None]
            days = file_values.weekdays(fields["days"], written) if written else None
            if not written:
                fields["days"].refuse("names no day")
        hours = fields["hours"].text() if "hours" in fields else None
        span = file_values.span(fields["hours"], hours) if hours else WHOLE_DAY
        on_holidays = OnHolidays.INCLUDED
        if "holidays" in fields:
            choice = fields["holidays"].text() or ""
            if self.holidays == Holidays():
                fields["holidays"].warn("means nothing: this policy knows no holidays")
            options = [found.value for found in OnHolidays]
            if choice in options:
                on_holidays = OnHolidays(choice)
            elif choice:
                fields["holidays"].refuse(f"{choice!r} is none of {', '.join(options)}")
        return Shift(team, days, span, on_holidays) if team and days and span else None

    def _absence(self, entry: Entry) -> Absence | None:
        fields = entry.fields(("who", "from", "until"), ("instead",))
        who = self._people(fields["who"]) if "who" in fields else ()
        instead = self._people(fields["instead"]) if "instead" in fields else ()
        times = self._times(entry, fields)
        for name, people in (("who", who), ("instead", instead)):
            if len(people) > 1:
                fields[name].refuse("names several people; write one absence for each")
        if who and who == instead:
            fields["instead"].refuse("nobody stands in for themselves")
        return Absence(who[0], *times, instead[0] if instead else None) if who and times else None

    def _override(self, entry: Entry) -> Override | None:
        fields = entry.fields(("duty", "who", "from", "until"))
        duty = self._named(fields["duty"], "duties") if "duty" in fields else None
        who = self._people(fields["who"]) if "who" in fields else ()
        times = self._times(entry, fields)
        return Override(duty, who, *times) if duty and who and times else None

    def _times(self, entry: Entry, fields: Mapping[str, Entry]) -> tuple[datetime, datetime] | None:
        start = file_values.moment(fields["from"], self.zone, end=False) if "from" in fields else None
        end = file_values.moment(fields["until"], self.zone, end=True) if "until" in fields else None
        if start is None or end is None:
            return None
        if not timedelta(0) < end - start <= LONGEST_SPELL:
            entry.refuse("ends before it begins" if end <= start else "is longer than two years")
            return None
        return start, end

    def _opening_hours(self, name: str, entry: Entry) -> OpeningHours:
        week: list[tuple[Span, ...]] = [()] * 7
        on_holidays: tuple[Span, ...] | None = ()
        seen: set[int] = set()
        for key, value in entry.entries():
            if key == "holidays":
                usual = isinstance(value.node, yaml.ScalarNode) and value.node.value.strip() == "as usual"
                on_holidays = None if usual else file_values.spans(value)
                continue
            days = file_values.weekdays(value, key.split(","))
            spans = file_values.spans(value)
            for day in days or ():
                if day in seen:
                    value.refuse(f"{WEEKDAYS[day]} is there twice")
                seen.add(day)
                week[day] = spans or ()
        if not any(week):
            entry.refuse("are never open")
        return OpeningHours(name, self.zone, tuple(week), on_holidays, self.holidays)

    def _holidays(self, entry: Entry) -> Holidays:
        fields = entry.fields((), ("country", "subdivision", "also", "working_days"))
        country = fields["country"].text() if "country" in fields else None
        subdivision = fields["subdivision"].text() if "subdivision" in fields else None
        if subdivision and "country" not in fields:
            fields["subdivision"].refuse("has no `country`")
        if country is not None:
            from holidays import list_supported_countries

            countries = list_supported_countries(include_aliases=True)
            if country not in countries:
                fields["country"].refuse(
                    f"no public holidays are known for {country!r}; write the two letters of the country, like US or DE"
                )
                country = subdivision = None
            elif subdivision is not None and subdivision not in countries[country]:
                known = countries[country]
                fields["subdivision"].refuse(
                    f"{country} has no {subdivision!r}; known: {', '.join(known) or 'none'}"
                )
                subdivision = None
        also: dict[date, str] = {}
        yearly: dict[tuple[int, int], str] = {}
        for key, value in fields["also"].entries() if "also" in fields else ():
            name = value.text() or ""
            every = _YEARLY.fullmatch(key)
            if every is None:
                also.update(dict.fromkeys(file_values.days(value, key), name))
            elif (found := file_values.day(value, f"2024-{every[1]}-{every[2]}")) is not None:
                yearly[found.month, found.day] = name
        items = fields["working_days"].items() if "working_days" in fields else []
        working = {day for item in items if (text := item.text()) for day in file_values.days(item, text)}
        return Holidays(country, subdivision, also, yearly, frozenset(working))

    def _ladders(self, entry: Entry, lapse_after: timedelta) -> dict[int, Ladder]:
        found = entry.fields([f"tier {tier}" for tier in TIERS])
        return {
            tier: self._ladder(tier, found[f"tier {tier}"], lapse_after)
            for tier in TIERS
            if f"tier {tier}" in found
        }

    def _ladder(self, tier: int, entry: Entry, lapse_after: timedelta) -> Ladder:
        fields = entry.fields(("steps",), ("then_every", "then_page", "waits_for", "lapse_after"))
        items = fields["steps"].items() if "steps" in fields else []
        steps = tuple(step for item in items if (step := self._step(item)) is not None)
        every = self._duration(fields, "then_every")
        again: tuple[str, ...] = tuple(dict.fromkeys(name for step in steps for name in step.page))
        if "then_page" in fields:
            again = self._pages(fields["then_page"])
            if "then_every" not in fields:
                fields["then_page"].refuse("says whom to page, but `then_every` is missing")
        hours = self._named(fields["waits_for"], "hours") if "waits_for" in fields else None
        return Ladder(
            tier=tier,
            steps=steps,
            again=Step(again, timedelta(0)) if again and every else None,
            every=every,
            hours=self.hours.get(hours) if hours else None,
            lapse_after=self._duration(fields, "lapse_after") or lapse_after,
        )

    def _step(self, entry: Entry) -> Step | None:
        fields = entry.fields(("after", "page"))
        delay = self._duration(fields, "after")
        page = self._pages(fields["page"]) if "page" in fields else ()
        return Step(page, delay) if delay is not None else None

    def _pages(self, entry: Entry) -> tuple[str, ...]:
        """Duties and people that a step pages."""
        return self._known(entry, ("duties", "people"))

    def _people(self, entry: Entry) -> tuple[str, ...]:
        return self._known(entry, ("people",))

    def _team(self, entry: Entry) -> Team | None:
        """A rotation, `next in` a rotation, or people; None after it was refused."""
        if isinstance(entry.node, yaml.ScalarNode) and entry.node.value.strip().startswith(NEXT_IN):
            name = str(entry.node.value).strip()[len(NEXT_IN) :].strip()
            rotation = self.rotations.get(name) if self._is_known(entry, name, ("rotations",)) else None
            if rotation is not None and len(set(rotation.people)) < 2:
                entry.refuse(f"nobody comes next in {name}: it has one person")
            return Turn(rotation, 1) if rotation is not None else None
        names = self._known(entry, ("people", "rotations"))
        turns = [name for name in names if name in self.names["rotations"]]
        if turns and len(names) > 1:
            entry.refuse("names a rotation and others; give each a shift of its own")
            return None
        if not turns:
            return names or None
        rotation = self.rotations.get(turns[0])
        return Turn(rotation) if rotation is not None else None

    def _named(self, entry: Entry, section: str) -> str | None:
        text = entry.text()
        if text is None or self._is_known(entry, text, (section,)):
            return text
        return None

    def _known(self, entry: Entry, sections: Collection[str], *, often: bool = False) -> tuple[str, ...]:
        """The names of a list that are names of these sections; the others are refused.

        With `often` a name may be there more than once, as in a rotation in which somebody has two turns.
        """
        items = entry.items()
        if not items and not isinstance(entry.node, yaml.MappingNode):
            entry.refuse("is empty")
        found: list[str] = []
        for item in items:
            name = item.text()
            if name is not None and name in found and not often:
                item.refuse(f"names {name} twice")
            elif name is not None and self._is_known(item, name, sections):
                found.append(name)
        return tuple(found)

    def _is_known(self, entry: Entry, name: str, sections: Collection[str]) -> bool:
        known = [found for section in sections for found in self.names[section]]
        if name in known:
            self.used.add(name)
            return True
        entry.refuse(f"{name!r} is not under {' or '.join(sections)}{did_you_mean(name, known)}")
        return False

    def _duration(self, fields: Mapping[str, Entry], name: str) -> timedelta | None:
        return file_values.duration(fields[name]) if name in fields else None

    def _zone(self, fields: Mapping[str, Entry]) -> ZoneInfo:
        found = file_values.time_zone(fields["time_zone"]) if "time_zone" in fields else None
        return found or self.zone
