"""The data folder: there, writable, on a local disk with room; and secrets that only we can read."""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from facility.cli.doctor.finding import Check, Finding, Group, fine, note, wrong
from facility.cli.doctor.installation import Installation

SPOOL = 1 << 30  # bytes that the spool may take
HISTORY = 2 << 30  # bytes that an embedded history wants to find free
LEAST = 256 << 20  # below it nothing can be relied on
REMOTE = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "fuse.glusterfs", "ceph", "afs"}
PASSING = {"tmpfs", "ramfs", "overlay"}
GIVEN = ("FACILITY_WORK", "FACILITY_LIVE", "FACILITY_INFLUX_TOKEN")
MOUNTED = Path("/run/secrets")  # of a container engine, which gives them their mode


def checks(installation: Installation) -> list[Check]:
    """Folder, disk, secrets."""
    folder = installation.settings.data
    return [
        Check(Group.DATA, "data folder", lambda: look_at_folder(folder)),
        Check(Group.DATA, "disk", lambda: look_at_disk(folder, embedded=installation.settings.history == "sqlite")),
        Check(Group.DATA, "secrets", lambda: look_at_secrets(secret_files(installation))),
    ]


def look_at_folder(folder: Path) -> Iterator[Finding]:
    """It exists and we may write; others may not."""
    if not folder.exists():
        parent = existing(folder)
        usable = os.access(parent, os.W_OK | os.X_OK)
        yield (note if usable else wrong)(
            Group.DATA, "absent" if usable else "cannot_be_made", folder=folder, parent=parent
        )
        return
    if not folder.is_dir():
        yield wrong(Group.DATA, "no_folder", folder=folder)
        return
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
    except OSError as error:
        yield wrong(Group.DATA, "not_writable", folder=folder, why=error.strerror or error, user=user())
        return
    state = folder.stat()
    if state.st_mode & stat.S_IWOTH:
        yield wrong(Group.DATA, "open_to_all", folder=folder, mode=f"{stat.S_IMODE(state.st_mode):o}")
    elif state.st_uid != os.geteuid():
        yield note(Group.DATA, "other_owner", folder=folder, owner=state.st_uid, user=os.geteuid())
    else:
        yield fine(Group.DATA, "folder", folder=folder)


def look_at_disk(folder: Path, *, embedded: bool) -> Iterator[Finding]:
    """A local disk with room for spool, journal and, when embedded, history."""
    place = existing(folder)
    kind = filesystem(place)
    free, wanted = shutil.disk_usage(place).free, SPOOL + (HISTORY if embedded else 0)
    facts = {"folder": folder, "kind": kind or "?", "free": size(free), "wanted": size(wanted)}
    if kind in REMOTE:
        yield wrong(Group.DATA, "remote_disk", **facts)
    elif kind in PASSING:
        yield note(Group.DATA, "passing_disk", **facts)
    if free < LEAST:
        yield wrong(Group.DATA, "disk_full", **facts)
    elif free < wanted:
        yield note(Group.DATA, "little_room", **facts)
    else:
        yield fine(Group.DATA, "disk", **facts)


def look_at_secrets(files: Iterable[Path]) -> Iterator[Finding]:
    """Nobody but owner and group may read them."""
    found = sorted(set(files))
    bad = False
    for file in found:
        try:
            mode = file.stat().st_mode
        except OSError as error:
            yield wrong(Group.DATA, "secret_missing", file=file, why=error.strerror or error)
            bad = True
            continue
        if not os.access(file, os.R_OK):
            yield wrong(Group.DATA, "secret_unreadable", file=file, user=user())
            bad = True
        elif mode & stat.S_IROTH and MOUNTED not in file.parents:
            yield wrong(Group.DATA, "secret_for_all", file=file, mode=f"{stat.S_IMODE(mode):o}")
            bad = True
    if not bad:
        yield fine(Group.DATA, "secrets", number=len(found))


def secret_files(installation: Installation) -> list[Path]:
    """Every file with a secret that settings or site file name, and our own key once it is made."""
    named = [Path(path) for name in GIVEN if (path := os.environ.get(f"{name}_FILE"))]
    own = installation.settings.data / "secret.key"
    named += [own] if own.exists() else []
    if installation.site is not None:
        named += [link.password_file for link in installation.site.links.values() if link.password_file]
        named += [spec.secret_file for spec in installation.site.channels.values() if spec.secret_file]
    return named


def filesystem(path: Path) -> str:
    """Kind of the file system that holds the path ("ext4", "nfs4"); empty where the system does not say."""
    try:
        rows = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    best, kind, real = -1, "", path.resolve()
    for row in rows:
        left, _, right = row.partition(" - ")
        point = Path(left.split()[4].replace("\\040", " "))
        if (point == real or point in real.parents) and len(point.parts) >= best:  # a later mount lies on top
            best, kind = len(point.parts), right.split()[0]
    return kind


def existing(path: Path) -> Path:
    """The path, or the nearest folder above it that is there."""
    return next(place for place in (path, *path.parents) if place.exists())


def size(bytes: int) -> str:
    """1.0 GiB."""
    return f"{bytes / (1 << 30):.1f} GiB"


def user() -> str:
    """Who we are, for a chown."""
    return f"{os.geteuid()}:{os.getegid()}"
