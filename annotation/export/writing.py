"""An export on the disk, whole or not at all, or as one download while it is made."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from annotation.export.formats import FORMATS, plan
from annotation.export.manifest import WrittenFile, manifest
from annotation.export.wanted import CannotExport, Made, Member, Plan, Tally, Wanted
from annotation.export.writers import Sink
from annotation.formats.files import whole_files
from annotation.formats.imported import count, named
from annotation.schema import Label
from annotation.study import (
    EXCLUDED_FILE,
    ExcludedAnnotator,
    label_files,
    read_excluded,
    read_jsonl,
    to_line,
)

MANIFEST = "manifest.json"


def export(wanted: Wanted, out: Path, now: datetime | None = None) -> Made:
    """Write an export and its manifest to `out`: all of it, or nothing.

    Raises CannotExport, also for a full disk.
    """
    made = plan(wanted)
    tally = made.tally
    paths = tuple(_place(wanted, made, out, member) for member in made.members)
    excluded = _excluded_file(wanted, out)
    _refuse_twice(wanted, out)
    if (
        wanted.found.from_database
        and "label" in _nouns(wanted)
        and label_files(wanted.study.folder)
    ):
        tally.keys = set()
    about = _manifest_file(wanted, out)
    targets = [*paths, about, *([excluded] if excluded else [])]
    left_out: dict[str, str] = {}
    try:
        with whole_files(*targets) as partials:
            files = [
                _write(member, path, partial)
                for member, path, partial in zip(made.members, paths, partials, strict=False)
            ]
            _refuse_loss(wanted, out, tally)
            if excluded:
                left_out = _left_out(wanted, out, tally)
                _write_lines(partials[-1], left_out)
            said = manifest(wanted, tally, files, now or datetime.now(UTC))
            text = json.dumps(said, ensure_ascii=False, indent=2) + "\n"
            partials[len(paths)].write_text(text, encoding="utf-8")
    except OSError as error:
        where = error.filename or out
        raise CannotExport(f"{where}: cannot be written: {error.strerror or error}") from None
    if excluded and not left_out:
        excluded.unlink()
    shown = (*paths, excluded) if excluded and left_out else paths
    notes = (*tally.notes, *tally.reasons(), *_not_exported(wanted, tally), *_stand(wanted))
    return Made(tally.what(), shown, notes)


@dataclass(frozen=True)
class Download:
    """An archive that is made while it is sent: the files of an export and their manifest."""

    name: str
    chunks: Iterator[bytes]


def download(wanted: Wanted, now: datetime) -> Download:
    """An export as one archive; the first byte goes at once, but for sheets, which end first.

    Raises CannotExport before the first byte where the format fits nothing.
    """
    made = plan(wanted)
    stamp = now.astimezone(UTC).timetuple()[:6]
    return Download(
        f"{wanted.study.key}-{wanted.view}.{wanted.format}.zip", _archive(wanted, made, now, stamp)
    )


def _archive(wanted: Wanted, made: Plan, now: datetime, stamp: tuple[int, ...]) -> Iterator[bytes]:
    sink = Sink()
    files = []
    with ZipFile(sink, "w", ZIP_DEFLATED) as archive:
        for member in made.members:
            digest, size = hashlib.sha256(), 0
            entry = ZipInfo(member.name, stamp)  # type: ignore[arg-type]
            entry.compress_type = ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as file:
                yield sink.taken()  # the entry's head: who waits sees that it has begun
                for chunk in member.chunks():
                    digest.update(chunk)
                    size += len(chunk)
                    file.write(chunk)
                    if piece := sink.taken():
                        yield piece
            files.append(WrittenFile(name=member.name, bytes=size, sha256=digest.hexdigest()))
        said = manifest(wanted, made.tally, files, now)
        archive.writestr(
            ZipInfo(MANIFEST, stamp),  # type: ignore[arg-type]
            json.dumps(said, ensure_ascii=False, indent=2) + "\n",
        )
    yield sink.taken()


def _place(wanted: Wanted, made: Plan, out: Path, member: Member) -> Path:
    if made.beside:
        return made.beside(out, member.name)
    return out / member.name if FORMATS[wanted.format].is_folder else out


def _manifest_file(wanted: Wanted, out: Path) -> Path:
    in_folder = FORMATS[wanted.format].is_folder and out.suffix not in (".json", ".jsonl", ".xlsx")
    return out / MANIFEST if in_folder else out.with_name(f"{out.name}.{MANIFEST}")


def _write(member: Member, path: Path, partial: Path) -> WrittenFile:
    digest, size = hashlib.sha256(), 0
    with partial.open("wb") as file:
        for chunk in member.chunks():
            digest.update(chunk)
            size += len(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return WrittenFile(name=path.name, bytes=size, sha256=digest.hexdigest())


def _nouns(wanted: Wanted) -> tuple[str, ...]:
    is_labels = FORMATS[wanted.format].is_table and wanted.view == "labels"
    return ("label",) if is_labels else ()


def _within_study(wanted: Wanted, out: Path) -> bool:
    return out.resolve().parent == (wanted.study.folder / "labels").resolve()


def _excluded_file(wanted: Wanted, out: Path) -> Path | None:
    """Where the analysis looks for it, or beside an export to elsewhere; None in other formats.

    Labels of excluded people stand among the others, and this file names them and the reasons.
    """
    if wanted.format not in ("jsonl", "parquet") or not _nouns(wanted) or wanted.renumber:
        return None
    if _within_study(wanted, out):
        return wanted.study.folder / EXCLUDED_FILE
    return out.with_name(f"{out.stem}-{EXCLUDED_FILE}")


def _left_out(wanted: Wanted, out: Path, tally: Tally) -> dict[str, str]:
    # Of people whose labels are not in this export, the study's own file still speaks.
    there = read_excluded(wanted.study.folder) if _within_study(wanted, out) else {}
    left_out = {name: why for name, why in there.items() if name not in tally.people}
    return {**left_out, **wanted.found.excluded}


def _write_lines(path: Path, left_out: dict[str, str]) -> None:
    lines = (ExcludedAnnotator(annotator=a, reason=r) for a, r in left_out.items())
    path.write_text("".join(map(to_line, lines)), encoding="utf-8", newline="\n")


def _refuse_twice(wanted: Wanted, out: Path) -> None:
    """The study's own labels/ must not get twice what stands there already."""
    if _within_study(wanted, out) and not wanted.found.from_database:
        labels = wanted.study.folder / "labels"
        raise CannotExport(
            f"{out}: these labels come from {labels} and would stand there twice; "
            "expected a file elsewhere"
        )


def _refuse_loss(wanted: Wanted, out: Path, tally: Tally) -> None:
    """Nor may a file there lose labels that the database does not have."""
    if tally.keys is None or not _within_study(wanted, out) or not out.exists():
        return
    if out.suffix != ".jsonl":
        return
    lost = sum(hash(label.key) not in tally.keys for _, label in read_jsonl(out, Label))
    if lost:
        raise CannotExport(
            f"{out}: holds {count(lost, 'label')} that the database does not, and they "
            "would be lost; move the file away or give another name to --out"
        )


def _not_exported(wanted: Wanted, tally: Tally) -> tuple[str, ...]:
    if tally.keys is None or wanted.found.filed is None:
        return ()
    filed = (one for one in wanted.found.filed.current() if one.kind == "human")
    number = sum(hash(label.key) not in tally.keys for label in filed)
    if not number:
        return ()
    return (
        f"{count(number, 'label')} of people in {wanted.study.folder / 'labels'} not in the "
        "database and so not in this export (--from labels exports the files)",
    )


def _stand(wanted: Wanted) -> tuple[str, ...]:
    people = named(sorted(wanted.found.excluded)) if _nouns(wanted) and wanted.excluded else ""
    return (f"labels of excluded annotators are among them: {people}",) if people else ()
