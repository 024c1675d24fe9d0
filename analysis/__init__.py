"""Numbers from labels: `python -m analysis STUDY`, or as a library on frames of labels.

    from analysis import analyse, from_frames, krippendorff_alpha

Each name is loaded when it is first asked for, so that a command pays only for what it uses.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.estimates import Estimate, TooFewLabels
    from analysis.frame_statistics import (
        agreement_table,
        bradley_terry,
        cohen_kappa,
        krippendorff_alpha,
    )
    from analysis.frames import FrameError, from_frames, to_frame
    from analysis.labels import read_study
    from analysis.report.compose import Report, analyse
    from analysis.report.files import write_report
    from analysis.resampling.resample import Bootstrap

_HOMES = {
    "Bootstrap": "analysis.resampling.resample",
    "Estimate": "analysis.estimates",
    "FrameError": "analysis.frames",
    "Report": "analysis.report.compose",
    "TooFewLabels": "analysis.estimates",
    "agreement_table": "analysis.frame_statistics",
    "analyse": "analysis.report.compose",
    "bradley_terry": "analysis.frame_statistics",
    "cohen_kappa": "analysis.frame_statistics",
    "from_frames": "analysis.frames",
    "krippendorff_alpha": "analysis.frame_statistics",
    "read_study": "analysis.labels",
    "to_frame": "analysis.frames",
    "write_report": "analysis.report.files",
}

__all__ = [
    "Bootstrap",
    "Estimate",
    "FrameError",
    "Report",
    "TooFewLabels",
    "agreement_table",
    "analyse",
    "bradley_terry",
    "cohen_kappa",
    "from_frames",
    "krippendorff_alpha",
    "read_study",
    "to_frame",
    "write_report",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
