"""The documents speak of what is there: commands, links, pictures, tests, decisions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from bot.cli import app

ROOT = Path(__file__).resolve().parents[2]
HAZARDS = ROOT / "docs" / "safety" / "hazards.md"
DECISIONS = ROOT / "docs" / "decisions"
NOT_OURS = {"node_modules", "var", "models", "results", "reports"}
NO_TEST = "no test yet"

LINK = re.compile(r"\]\(([^()\s]+)\)|\bsrc=\"([^\"]+)\"")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
TEST = re.compile(r"tests/[\w/.-]+\.py(?:::\w+)*")


def documents() -> list[Path]:
    """Every Markdown file of the project."""
    found = [path.relative_to(ROOT) for path in ROOT.rglob("*.md")]
    return sorted(
        path
        for path in found
        if not NOT_OURS & set(path.parts) and not any(part.startswith(".") for part in path.parts)
    )


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """The full name of each command that can be run: `user add`."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield " ".join(path)
        return
    for name, found in inner.items():
        yield from commands(found, (*path, name))


def broken_links(document: Path) -> list[str]:
    """Links and pictures of a document that lead to no file, or to no heading of one."""
    text = CODE.sub("", document.read_text(encoding="utf-8"))
    broken = []
    for link in (first or second for first, second in LINK.findall(text)):
        target, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        path = document.parent / target if target else document
        if not path.exists() or (anchor and anchor not in anchors(path)):
            broken.append(link)
    return broken


def anchors(document: Path) -> set[str]:
    """The names under which the headings of a document can be linked to."""
    headings = re.findall(r"^#+ (.+)$", CODE.sub("", document.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def missing_tests(text: str) -> list[str]:
    """Test files, and tests in them, that a text names and that do not exist."""
    missing = []
    for name in TEST.findall(text):
        file, *parts = name.split("::")
        path = ROOT / file
        source = path.read_text(encoding="utf-8") if path.exists() else ""
        if not source or not all(re.search(rf"\b(?:def|class) {part}\b", source) for part in parts):
            missing.append(name)
    return missing


def hazard_rows() -> list[list[str]]:
    """The cells of each row of the hazards' tables, without the heads."""
    rows = []
    for line in HAZARDS.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and not set(line) <= set("|- :") and cells[0] != "hazard":
            rows.append(cells)
    return rows


def test_every_command_is_documented() -> None:
    text = "\n".join((ROOT / path).read_text(encoding="utf-8") for path in documents())
    found = list(commands(typer.main.get_command(app)))
    assert len(found) > 10
    assert [name for name in found if not re.search(rf"python -m bot {name}\b", text)] == []


@pytest.mark.parametrize("document", documents(), ids=str)
def test_every_link_and_picture_leads_somewhere(document: Path) -> None:
    assert broken_links(ROOT / document) == []


def test_a_link_that_leads_nowhere_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A page\n[a](page.md#a-page) [b](gone.md) ![c](no.png) [d](#nothing) `[e](code.md)`\n")
    assert broken_links(page) == ["gone.md", "no.png", "#nothing"]


@pytest.mark.parametrize("document", documents(), ids=str)
def test_every_test_that_is_named_exists(document: Path) -> None:
    assert missing_tests((ROOT / document).read_text(encoding="utf-8")) == []


def test_a_test_that_does_not_exist_is_seen() -> None:
    here = "tests/unit/test_documentation.py"
    known = "test_every_command_is_documented"
    text = f"`{here}::{known}`, `{here}::{'test_' + 'nothing'}`, `tests/gone.py`"
    assert missing_tests(text) == [f"{here}::test_nothing", "tests/gone.py"]


def test_every_hazard_names_its_test_or_says_that_there_is_none() -> None:
    rows = hazard_rows()
    assert len(rows) >= 20
    assert [row for row in rows if len(row) != 4 or not all(row)] == []
    assert [row[0] for row in rows if not TEST.search(row[3]) and NO_TEST not in row[3]] == []


def test_every_decision_is_listed_under_its_own_number() -> None:
    text = (DECISIONS / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| \[(\d{4})\]\((\d{4}-[\w-]+\.md)\)", text, re.MULTILINE)
    assert [name for _, name in listed] == sorted(path.name for path in DECISIONS.glob("[0-9]*.md"))
    assert [(number, name) for number, name in listed if not name.startswith(number)] == []


@pytest.mark.parametrize("document", sorted(DECISIONS.glob("[0-9]*.md")), ids=lambda path: str(path.name))
def test_every_decision_has_its_parts(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert text.startswith(f"# {document.name[:4]} ")
    for part in ("Context", "Decision", "Evidence", "Consequences"):
        assert f"\n## {part}\n" in text


@pytest.mark.parametrize("document", documents(), ids=str)
def test_no_number_is_left_to_fill_in(document: Path) -> None:
    assert re.findall(r"@@\w+@@", (ROOT / document).read_text(encoding="utf-8")) == []
