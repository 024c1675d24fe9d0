"""Where labels go, and whether they are still there after a restart."""

from __future__ import annotations

import os
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from annotation.schema import Record
from annotation.settings import Settings, sqlite_file


class Durability(Record):
    """How safe the labels are at this moment; what the researcher and the readiness check see."""

    where: str
    """Where labels go, without passwords."""
    survives: bool
    """Whether what is labelled outlives a restart of this machine."""
    last_mirrored: datetime | None = None
    """When the mirror last held everything; None before the first time, or without a mirror."""
    pending: int | None = None
    """Labels that the mirror does not hold yet; None without a mirror."""
    problem: str | None = None
    """Why labels are not as safe as they should be, in one sentence."""

    @property
    def sentence(self) -> str:
        """One line for the start and for people."""
        fate = "survive" if self.survives else "ARE LOST IN"
        said = f"Labels go to {self.where}; they {fate} a restart"
        return f"{said}: {self.problem}" if self.problem else said


class Keeping(Protocol):
    """A database of a running app, and what keeps it safe."""

    def durability(self) -> Durability:
        """How safe the labels are now."""

    def announced(self) -> list[str]:
        """Lines for the start: where labels go, whether they survive, what may be lost."""

    def start(self) -> None:
        """Keep it safe from now on, in the background."""

    def stop(self, limit: timedelta) -> str | None:
        """Save what is left, for `limit` at most; a sentence where something is not saved."""


def plain_durability(settings: Settings) -> Durability:
    """What the settings alone say: a server, a mirror, a disk of one's own, that of a Space."""
    database = sqlite_file(settings.database_url)
    where = re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", settings.database_url)
    if settings.mirror:
        mirrored = f"{where}, mirrored to the private repository {settings.mirror.repository}"
        return Durability(where=mirrored, survives=True)
    if database is None or not settings.on_space:
        return Durability(where=where, survives=True)
    volume = attached_volume(database.parent)
    if volume is None:
        return Durability(
            where=f"{where} on the disk of a Space",
            survives=False,
            problem="set DATABASE_URL (PostgreSQL), or MIRROR, among the Space's secrets",
        )
    return Durability(
        where=f"{where} on {volume}, a volume attached to the Space",
        survives=True,
        problem=f"unless {volume} is a bucket, on which SQLite can break: use PostgreSQL then",
    )


def attached_volume(folder: Path) -> Path | None:
    """The mount point that `folder` lies below; None on the machine's own disk."""
    resolved = folder.resolve()
    for place in (resolved, *resolved.parents):
        if os.path.ismount(place):
            return None if place == place.parent else place
    return None
