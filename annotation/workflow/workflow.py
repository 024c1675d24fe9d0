"""The app without a screen: every part of the workflow on one study."""

from __future__ import annotations

from annotation.workflow.editing import Editing
from annotation.workflow.joining import Joining
from annotation.workflow.showing import Showing
from annotation.workflow.taking_part import TakingPart


class Workflow(Joining, TakingPart, Showing, Editing):
    """One study, served from one store. Any process can answer any request."""
