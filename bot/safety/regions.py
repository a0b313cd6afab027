"""Help lines by country: data/regions, one file each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.safety.errors import RegionError


@dataclass(frozen=True)
class Line:
    """A help line. `reach` says what to do ("call or text 988"); `hours` is empty where nothing is known."""

    name: str
    reach: str
    hours: str = ""

    @property
    def number(self) -> str:
        """The number to call; empty for a line that only takes text messages."""
        return _called(self.reach)

    @property
    def sentence_part(self) -> str:
        """As in: call or text 988 (988 Suicide & Crisis Lifeline, day and night)."""
        note = ", ".join(part for part in (self.name, self.hours) if part)
        return f"{self.reach} ({note})"


@dataclass(frozen=True)
class Region:
    """The numbers of one country. `poison` and `advice` are None where the country has no such line."""

    code: str
    name: str
    emergency: str
    crisis: tuple[Line, ...]
    poison: Line | None
    advice: Line | None
    checked: str


def load_regions(directory: Path) -> Mapping[str, Region]:
    """Every region by its code.

    Raises:
        RegionError: a file that lacks something; the message names the file and what it lacks.
    """
    regions = [_region(path) for path in sorted(directory.glob("*.yml"))]
    if not regions:
        raise RegionError(f"{directory}: holds no help lines; add one file for each country")
    return {region.code: region for region in regions}


def region_of(regions: Mapping[str, Region], code: str, fallback: str) -> Region:
    """The region of a code, or the fallback's.

    Raises:
        RegionError: neither is there.
    """
    found = regions.get(code.upper()) or regions.get(fallback.upper())
    if found is None:
        raise RegionError(f"REGION: no help lines for {fallback!r}; use one of {', '.join(sorted(regions))}")
    return found


def _region(path: Path) -> Region:
    try:
        data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Region(
            code=data["code"],
            name=data["name"],
            emergency=data["emergency"]["number"],
            crisis=tuple(Line(line["name"], line["reach"], line["hours"]) for line in data["crisis"]),
            poison=_number(data.get("poison")),
            advice=_number(data.get("advice")),
            checked=data["checked"],
        )
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise RegionError(f"{path}: is incomplete or not YAML ({error}); compare it with us.yml") from error


def _number(data: dict[str, Any] | None) -> Line | None:
    return Line(data["name"], f"call {data['number']}", data.get("hours", "")) if data else None


def _called(reach: str) -> str:
    match = re.fullmatch(r"call(?: or text)? ([0-9][0-9 -]*)", reach)
    return match[1] if match else ""
