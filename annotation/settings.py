"""The settings of a deployment, read from environment variables and nowhere else."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from pydantic import Field

from annotation.hub.address import address_of
from annotation.schema import Record, TiebreakError

DEMO_STUDY = Path(__file__).resolve().parent.parent / "data" / "demo"
STUDIES = "studies"
"""Where the files of studies that live on the Hub come to, each in a folder of its own."""
DATABASE_FILE = "annotations.db"
SECRET_FILE = "secret.key"


class BadSetting(TiebreakError):
    """An environment variable that cannot be used, named with what was expected."""


class MirrorSettings(Record):
    """Where a SQLite database is mirrored to, and how often."""

    repository: str
    """A private dataset repository of the Hub, ORG/NAME."""
    token: str = Field(repr=False)
    every: timedelta
    """A change is in the mirror after so long."""
    labels: int
    """Or after so many labels, if these come earlier."""
    handover: timedelta
    """How long a new process waits for the one before it to hand the mirror over."""


class Settings(Record):
    """Where the study, the labels and the server are."""

    study: Path
    study_given: str = ""
    """The folder, or the address on the Hub that its files are fetched from."""
    database_url: str
    host: str
    port: int = Field(ge=1, le=65535)
    on_space: bool
    lease: timedelta
    """How long a pair waits for its annotator after the last sign of life."""
    joins_per_minute: int = 300
    """So many people may join from one address in a minute, in each process."""
    log_json: bool = False
    """Whether every request and every trouble is written to stderr as a line of JSON."""
    mirror: MirrorSettings | None = None
    """None with PostgreSQL, which keeps itself."""
    notes: tuple[str, ...] = ()
    """What is said at the start: settings that are not used."""


class OAuth(Record):
    """Where people sign in with an account elsewhere, and how we make ourselves known there."""

    client_id: str
    client_secret: str
    provider: str
    scopes: str
    callback: str
    """Our address to which the provider sends people back."""


def environment(**override: str) -> Mapping[str, str]:
    """The environment variables of this process, some of them replaced."""
    return {**os.environ, **override}


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings; unset, the demo study is served on this machine only, with SQLite."""
    on_space = bool(environ.get("SPACE_ID"))
    given = environ.get("STUDY") or str(DEMO_STUDY)
    study = study_folder(given, environ)
    return Settings(
        study=study,
        study_given=given,
        database_url=database_url(study, environ),
        host=environ.get("HOST") or ("0.0.0.0" if on_space else "127.0.0.1"),
        port=_number(environ, "PORT", 7860, 1, 65535),
        on_space=on_space,
        lease=timedelta(seconds=_number(environ, "LEASE_SECONDS", 1800, 1, 86_400)),
        joins_per_minute=_number(environ, "JOINS_PER_MINUTE", 300, 1, 1_000_000),
        log_json=_log(environ) == "json",
        mirror=_mirror(environ, database_url(study, environ)),
        notes=_notes(environ, database_url(study, environ)),
    )


def study_folder(given: str, environ: Mapping[str, str] = os.environ) -> Path:
    """The folder of a study; for one that lives on the Hub, that which its files come to."""
    address = address_of(given)
    return Path(environ.get("STUDIES") or STUDIES) / address.folder if address else Path(given)


def _number(environ: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    found = environ.get(name) or str(default)
    if not (found.isdecimal() and least <= int(found) <= most):
        raise BadSetting(f"{name}: found {found!r}, expected a number from {least} to {most}")
    return int(found)


def _notes(environ: Mapping[str, str], url: str) -> tuple[str, ...]:
    if not environ.get("MIRROR") or sqlite_file(url) is not None:
        return ()
    return ("MIRROR is not used: PostgreSQL keeps the labels; what a mirror holds is not read",)


def _mirror(environ: Mapping[str, str], url: str) -> MirrorSettings | None:
    """MIRROR and what goes with it: a token that may write there, and a SECRET that is kept."""
    repository = environ.get("MIRROR")
    if not repository or sqlite_file(url) is None:
        return None
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        raise BadSetting(f"MIRROR: found {repository!r}, expected a dataset repository, ORG/NAME")
    token = environ.get("HF_TOKEN", "").strip()  # as the Hub's client does it
    if not token:
        raise BadSetting("MIRROR: found without HF_TOKEN, a token that may write there")
    if not re.fullmatch(r"[!-~]+", token):
        raise BadSetting("HF_TOKEN: found signs that no token has; copy it once more")
    if not environ.get("SECRET"):
        raise BadSetting(
            "MIRROR: found without SECRET; a random one would be lost with the disk, and with it "
            "everybody's way back: set one of 16 characters or more, on a Space among its secrets"
        )
    return MirrorSettings(
        repository=repository,
        token=token,
        every=timedelta(seconds=_number(environ, "MIRROR_SECONDS", 60, 1, 3600)),
        labels=_number(environ, "MIRROR_LABELS", 50, 1, 10_000),
        handover=timedelta(seconds=_number(environ, "MIRROR_HANDOVER_SECONDS", 20, 1, 600)),
    )


def _log(environ: Mapping[str, str]) -> str:
    log = environ.get("LOG") or "text"
    if log not in ("text", "json"):
        raise BadSetting(f"LOG: found {log!r}, expected text or json")
    return log


class Researchers(Record):
    """Who may open the researchers' page, as the host has set it."""

    key: str = ""
    accounts: tuple[str, ...] = ()
    """Accounts of Hugging Face, where people can sign in with one."""
    offers_link: bool = False
    """Whether a link that opens once is printed at the start: on one's own machine, without key."""


def read_researchers(settings: Settings, environ: Mapping[str, str] = os.environ) -> Researchers:
    """RESEARCHER_KEY and RESEARCHERS; unset, nobody but whoever sits at this machine.

    On a Space with `hf_oauth: true` its owner is a researcher unless RESEARCHERS names others.
    """
    key = environ.get("RESEARCHER_KEY", "")
    if key:
        _long_enough("RESEARCHER_KEY", key)
    named = environ.get("RESEARCHERS", environ.get("SPACE_AUTHOR_NAME", ""))
    accounts = tuple(named.replace(",", " ").split()) if environ.get("OAUTH_CLIENT_ID") else ()
    local = settings.host in ("127.0.0.1", "::1", "localhost") and not settings.on_space
    return Researchers(key=key, accounts=accounts, offers_link=local and not key)


def read_oauth(environ: Mapping[str, str] = os.environ) -> OAuth | None:
    """What a Space with `hf_oauth: true` is given; None elsewhere."""
    client, host = environ.get("OAUTH_CLIENT_ID"), environ.get("SPACE_HOST")
    if not client:
        return None
    if not (host and environ.get("OAUTH_CLIENT_SECRET")):
        raise BadSetting(
            "OAUTH_CLIENT_ID: found without OAUTH_CLIENT_SECRET and SPACE_HOST; "
            "a Space with hf_oauth: true sets all three"
        )
    provider = environ.get("OPENID_PROVIDER_URL") or "https://huggingface.co"
    return OAuth(
        client_id=client,
        client_secret=environ["OAUTH_CLIENT_SECRET"],
        provider=provider.rstrip("/"),
        scopes=environ.get("OAUTH_SCOPES") or "openid profile",
        callback=f"https://{host}/login/callback",
    )


def database_url(study: Path, environ: Mapping[str, str] = os.environ) -> str:
    """DATABASE_URL for SQLAlchemy, by default a SQLite file in the study folder.

    `postgres://`, which providers hand out and SQLAlchemy refuses, is understood.
    """
    url = environ.get("DATABASE_URL") or f"sqlite:///{study.absolute() / DATABASE_FILE}"
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        kind = url.split(":", maxsplit=1)[0]
        raise BadSetting(
            f"DATABASE_URL: found a URL that begins with {kind!r}, "
            "expected sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"
        )
    if url.startswith("sqlite:///") and ("?" in url or "%" in url):
        file = url.removeprefix("sqlite:///")
        raise BadSetting(
            f"{file}: a SQLite file cannot have ? or % in its path; set DATABASE_URL or rename it"
        )
    return url


def sqlite_file(url: str) -> Path | None:
    """The file of a SQLite URL; None for PostgreSQL."""
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None


def secret(settings: Settings, environ: Mapping[str, str] = os.environ) -> str:
    """SECRET, or a random one kept beside the database (with PostgreSQL: in the study folder).

    The file is made readable for its owner only. Several replicas need one SECRET for all.
    """
    given = environ.get("SECRET", "")
    if given:
        return _long_enough("SECRET", given)
    database = sqlite_file(settings.database_url)
    path = (database.parent if database else settings.study) / SECRET_FILE
    if not path.exists():
        _keep_secret(path, secrets.token_urlsafe(32))
    return _kept_secret(path)


def old_secrets(environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """SECRET_OLD: what SECRET was before, separated by blanks; cookies made with it still count."""
    return tuple(_long_enough("SECRET_OLD", one) for one in environ.get("SECRET_OLD", "").split())


def _long_enough(name: str, given: str) -> str:
    if len(given) < 16:
        raise BadSetting(f"{name}: found {len(given)} characters, expected 16 or more")
    return given


def _keep_secret(path: Path, made: str) -> None:
    """Whole or not at all: another replica may start at the same moment, and the first wins."""
    whole = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(made)
        with suppress(FileExistsError):
            os.link(whole, path)
    except OSError as error:
        raise BadSetting(
            f"{path}: the secret cannot be kept here ({error.strerror}); set SECRET"
        ) from None
    finally:
        whole.unlink(missing_ok=True)


def _kept_secret(path: Path) -> str:
    try:
        kept = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"{path}: the kept secret cannot be read ({error})") from None
    if len(kept) < 16:
        raise BadSetting(
            f"{path}: found {len(kept)} characters, expected a secret; delete the file"
        )
    return kept
