"""Flags of the command line: one sentence for a bad one, and numbers within bounds."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import NoReturn

MOST_RESAMPLES = 1_000_000
"""More would fill the memory and move no digit that is printed."""


MOST_DIGITS = 1_000


class Parser(argparse.ArgumentParser):
    """A parser that says in one sentence what is wrong; `--help` says the rest."""

    def error(self, message: str) -> NoReturn:
        """Print the sentence and end with code 2."""
        self.exit(2, message.removeprefix("argument ") + "\n")


def number(least: float, greatest: float) -> Callable[[str], float]:
    """Reads a number within bounds."""
    return _read(
        lambda found: least <= found <= greatest, f"from {_said(least)} to {_said(greatest)}"
    )


def between(least: float, greatest: float) -> Callable[[str], float]:
    """Reads a number inside of bounds, neither of which it may be."""
    return _read(
        lambda found: least < found < greatest,
        f"more than {_said(least)} and less than {_said(greatest)}",
    )


def below(least: float, greatest: float) -> Callable[[str], float]:
    """Reads a number from the first bound on that is less than the second."""
    return _read(
        lambda found: least <= found < greatest,
        f"from {_said(least)} on and less than {_said(greatest)}",
    )


def _read(holds: Callable[[float], bool], expected: str) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            found = float(text)
        except ValueError:
            found = float("nan")
        if not holds(found):
            raise argparse.ArgumentTypeError(f"found {text!r}, expected a number {expected}")
        return found

    return read


def at_least(least: int, most: int | None = None) -> Callable[[str], int]:
    """Reads a whole number."""

    def read(text: str) -> int:
        whole = text.isascii() and text.isdecimal() and len(text) < MOST_DIGITS
        if not whole or int(text) < least or (most is not None and int(text) > most):
            end = "on" if most is None else f"to {most:,}"
            raise argparse.ArgumentTypeError(
                f"found {text!r}, expected a whole number from {least} {end}"
            )
        return int(text)

    return read


def _said(bound: float) -> str:
    return f"{bound:,.0f}" if float(bound).is_integer() else f"{bound:g}"
