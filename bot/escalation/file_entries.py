"""A YAML file as entries that know their place, so that everything wrong with it is said at once. Pure.

Every value stays text: `18:00`, `NO` and `2026-12-24` are what was written, not what YAML makes of them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

import yaml

from bot.escalation.policy import Problem

_Loader: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def did_you_mean(word: str, known: Collection[str]) -> str:
    """`; did you mean x?`, or what there is, or nothing where there is too much to list."""
    close = get_close_matches(word.lower(), {name.lower(): name for name in known}, n=1)
    if close:
        return f"; did you mean {next(name for name in known if name.lower() == close[0])}?"
    return f"; known: {', '.join(sorted(known))}" if 0 < len(known) <= 12 else ""


@dataclass
class Findings:
    """What was found while a file was read, and each entry that was looked at by its place."""

    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)

    def at(self, place: str) -> Entry:
        """The entry at a place, or the nearest one around it."""
        while place and place not in self.entries:
            place = re.sub(r"(?:^|\.)[^.\[]*$|\[\d+\]$", "", place)
        return self.entries[place]


@dataclass(frozen=True)
class Entry:
    """One value of the file. Whatever asks it for a shape that it has not writes a problem down and gets nothing."""

    node: yaml.Node
    place: str
    line: int
    findings: Findings

    def __post_init__(self) -> None:
        self.findings.entries[self.place] = self

    def refuse(self, text: str) -> None:
        """Write down that this cannot be used."""
        problem = Problem(self.place, self.line, text)
        if problem not in self.findings.problems:
            self.findings.problems.append(problem)

    def warn(self, text: str) -> None:
        """Write down that this can be used but may not be what is wanted."""
        self.findings.warnings.append(Problem(self.place, self.line, text))

    @property
    def size(self) -> int:
        """How many items its list has, 0 where it is none."""
        return len(self.node.value) if isinstance(self.node, yaml.SequenceNode) else 0

    def text(self) -> str | None:
        """A single value that is not empty."""
        if isinstance(self.node, yaml.ScalarNode) and self.node.value.strip():
            return str(self.node.value.strip())
        self.refuse("is empty" if isinstance(self.node, yaml.ScalarNode) else "expected a single value")
        return None

    def entries(self) -> list[tuple[str, Entry]]:
        """The names and values of a section, in their order."""
        if not isinstance(self.node, yaml.MappingNode):
            self.refuse("expected a section of `name: value` lines")
            return []
        found: dict[str, Entry] = {}
        for key, value in self.node.value:
            name = str(key.value).strip() if isinstance(key, yaml.ScalarNode) else ""
            if not name:
                self.refuse("a name is missing")
            elif name in found:
                found[name].refuse(f"is there twice, again in line {_line(key)}")
            else:
                place = f"{self.place}.{name}" if self.place else name
                found[name] = Entry(value, place, _line(key), self.findings)
        return list(found.items())

    def fields(self, required: Collection[str], optional: Collection[str] = ()) -> dict[str, Entry]:
        """The values of a section whose names are fixed; what is missing or unknown is written down."""
        known = (*required, *optional)
        found = dict(self.entries())
        for name in [name for name in found if name not in known]:
            found.pop(name).refuse(f"is no known key here{did_you_mean(name, known)}")
        if isinstance(self.node, yaml.MappingNode):
            for name in required:
                if name not in found:
                    self.refuse(f"`{name}` is missing")
        return found

    def items(self) -> list[Entry]:
        """The values of a list, written as YAML's or with commas; a single value is a list of one."""
        if isinstance(self.node, yaml.MappingNode):
            self.refuse("expected a list")
            return []
        return list(self._items())

    def _items(self) -> Iterator[Entry]:
        if isinstance(self.node, yaml.SequenceNode):
            for index, node in enumerate(self.node.value):
                yield Entry(node, f"{self.place}[{index}]", _line(node), self.findings)
        elif isinstance(self.node, yaml.ScalarNode) and "," in self.node.value:
            for part in filter(None, (part.strip() for part in self.node.value.split(","))):
                node = yaml.ScalarNode(self.node.tag, part, self.node.start_mark, self.node.end_mark)
                yield Entry(node, self.place, self.line, self.findings)
        elif isinstance(self.node, yaml.ScalarNode) and self.node.value.strip():
            yield self


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def read_entries(text: str, findings: Findings) -> Entry | None:
    """The whole file as one entry; None when it is not YAML or empty, which is written down."""
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        findings.problems.append(Problem("", line, f"is not readable as YAML: {error.problem}"))
        return None
    except yaml.YAMLError:
        findings.problems.append(Problem("", 0, "is not readable as YAML: it holds a control character"))
        return None
    if node is None:
        findings.problems.append(Problem("", 0, "is empty"))
        return None
    return Entry(node, "", _line(node), findings)
