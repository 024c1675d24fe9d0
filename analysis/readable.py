"""x."""

from analysis.report import Report


def markdown(report: Report) -> str:
    """x."""
    return ""
