"""Tables as CSV files that a spreadsheet opens rightly and runs nothing of. Pure."""

from __future__ import annotations

import csv
import io
from typing import Final

from bot.insight.tables import Cell, Table

BOM: Final = "\ufeff"
# What makes a spreadsheet take a text for a formula, also in its full-width form.
_FORMULA: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_CONTROLS: Final = dict.fromkeys((*range(32), 127), " ")


def csv_bytes(table: Table) -> bytes:
    """UTF-8 with a byte order mark, so that Excel knows; lines end with CR LF."""
    stream = io.StringIO()
    writer = csv.writer(stream, quoting=csv.QUOTE_MINIMAL)
    writer.writerow([safe(column) for column in table.columns])
    writer.writerows([safe(cell) for cell in row] for row in table.rows)
    return (BOM + stream.getvalue()).encode("utf-8", errors="replace")


def safe(cell: Cell) -> str | int:
    """A text that no spreadsheet takes for a formula: one line, with an apostrophe before what would be one."""
    if isinstance(cell, int):
        return cell
    text = cell.translate(_CONTROLS)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text
