"""Text cells of CSV files that a spreadsheet would run as formulas: neutralised, and restored.

A text that begins with one of = + - @, a tab or a line break (or their full-width forms), after
any number of apostrophes, gets one apostrophe more in front; reading takes one away. So every
text comes back unchanged, also one that began with an apostrophe.
"""

from __future__ import annotations

import re

_FORMULA = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet may take this for a formula, apostrophes before it set aside."""
    return _FORMULA.match(text) is not None


def neutralise(text: str) -> str:
    """`text` as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if is_formula(text) else text


def is_neutralised(cell: str) -> bool:
    """Whether `restore` takes an apostrophe away from this cell."""
    return cell.startswith("'") and is_formula(cell)


def restore(cell: str) -> str:
    """The text of a cell: the inverse of `neutralise`."""
    return cell[1:] if is_neutralised(cell) else cell
