"""In-flight marks: one small memory-mapped file per process that says what was leaving when it died.

How the promise is kept without a database commit per message:

1. A batch is leased in a committed transaction before anything of it leaves; the lease names the
   process. That is the durable `submitting`: only leased deliveries can be under way.
2. Before a message can leave, its delivery is marked SUBMITTING here; as soon as the answer is known,
   the mark becomes ACCEPTED or REFUSED. These are plain writes to mapped memory: the kernel keeps
   them when the process is killed, and they cost well under a microsecond. That is the durable
   `submitted` until the outcome is committed.
3. Outcomes are committed in groups. A slot is freed only after its outcome is in the database.

After `kill -9` another process reads the file: ACCEPTED was accepted, SUBMITTING is uncertain, and
whatever has no mark never left. The living process holds a `flock` on its file, which the kernel
drops with it, so nobody asks whether a process id is still in use. The file also carries the
identity of the boot: when the *machine* died, mapped pages may be lost, so the file counts as lost.

The data folder must lie on a local disk; mapped memory over a network file system promises nothing.
"""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
import re
import secrets
import socket
import struct
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Self

from publisher.errors import MarksError
from storage.outbox import Leavings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FOLDER = "inflight"
SUFFIX = ".marks"
DRAFT_SUFFIX = ".new"
# Slots: what is in flight, and what is answered and not yet committed; at most 100 connections with 100
# messages each, while the answers of as many are being committed.
CAPACITY = 32_768

_MAGIC = b"PRMARKS1"
_HEADER = struct.Struct("<8s40sI12x")  # magic, boot, number of slots
_SLOT = struct.Struct("<QB7x")  # delivery id, mark; 16 bytes, so no slot crosses a page
_DRAFT_SECONDS = 60.0  # a draft lives for milliseconds, unless its maker was killed
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_HOST_LENGTH = 40


class Mark(IntEnum):
    """How far a delivery got; 0 is a free slot."""

    FREE = 0
    SUBMITTING = 1  # may have left; no answer known
    ACCEPTED = 2
    REFUSED = 3  # answered, and not taken


def new_owner() -> str:
    """Name this process, so that no other process ever has the same name."""
    host = re.sub(r"[^A-Za-z0-9.-]", "-", socket.gethostname())[:_HOST_LENGTH]
    return f"{host}-{os.getpid()}-{secrets.token_hex(6)}"


def boot_id() -> str | None:
    """Identify the present boot of the machine, or None where it cannot be told."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        pass
    if sys.platform != "darwin":
        return None
    asked = subprocess.run(
        ["/usr/sbin/sysctl", "-n", "kern.bootsessionuuid"],
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout.strip() or None


class Marks:
    """The marks of this process; made by `Marks.create`, used from one thread.

    Args:
        file: The open and locked file descriptor.
        path: Where the file lies.
        capacity: Number of slots.
    """

    def __init__(self, file: int, path: Path, capacity: int) -> None:
        self.path = path
        self._file = file
        self._map = mmap.mmap(file, _HEADER.size + capacity * _SLOT.size)
        self._free = list(range(capacity - 1, -1, -1))
        self._capacity = capacity

    @classmethod
    def create(cls, data_dir: Path, owner: str, capacity: int = CAPACITY) -> Self:
        """Make the file of a process and lock it until the process ends.

        Raises:
            MarksError: The folder cannot be written to, or its disk is full.
        """
        folder = data_dir / FOLDER
        path, draft = folder / f"{owner}{SUFFIX}", folder / f"{owner}{DRAFT_SUFFIX}"
        head = _HEADER.pack(_MAGIC, (boot_id() or "").encode("ascii"), capacity)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _sweep(folder)
            file = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                _write(file, head + bytes(capacity * _SLOT.size))
                os.fsync(file)
                draft.rename(path)  # nobody sees the file before it is locked and whole
                return cls(file, path, capacity)
            except BaseException:
                draft.unlink(missing_ok=True)
                path.unlink(missing_ok=True)
                os.close(file)
                raise
        except OSError as error:
            raise MarksError(
                f"The in-flight marks cannot be kept in {folder}: {error.strerror}. Nothing is sent without "
                "them; make the folder writable, make room, or set another data_dir."
            ) from error

    @property
    def in_use(self) -> int:
        """How many slots are taken."""
        return self._capacity - len(self._free)

    def begin(self, delivery_id: int) -> int:
        """Mark a delivery as leaving; give its slot.

        Raises:
            MarksError: No slot is free; commit outcomes first.
        """
        if not self._free:
            raise MarksError("All in-flight marks are taken; outcomes are not being committed.")
        slot = self._free.pop()
        at = _HEADER.size + slot * _SLOT.size
        # The id must stand before the mark that makes it count.
        self._map[at : at + 8] = delivery_id.to_bytes(8, "little")
        self._map[at + 8] = Mark.SUBMITTING
        return slot

    def settle(self, slot: int, mark: Mark) -> None:
        """Mark what the answer was."""
        self._map[_HEADER.size + slot * _SLOT.size + 8] = mark

    def free(self, slots: Iterable[int]) -> None:
        """Forget slots whose outcomes are committed."""
        for slot in slots:
            self._map[_HEADER.size + slot * _SLOT.size + 8] = Mark.FREE
            self._free.append(slot)

    def close(self, *, keep: bool = False) -> None:
        """Let go of the file; it is removed unless it is to be kept or still has marks to recover."""
        if not (self.in_use or keep):
            self.path.unlink(missing_ok=True)
        self._map.close()
        os.close(self._file)


@contextmanager
def left_behind(path: Path) -> Iterator[Leavings | None]:
    """Read the marks of a dead process and keep others away meanwhile.

    Yields what it left, or None when the process lives or somebody else is at it. The file is removed
    when the block ends without an error: recover inside the block, and commit before it ends.

    Raises:
        MarksError: The file cannot be read, locked or removed, for it is somebody else's.
    """
    with _naming(path):
        file = _open(path)
    if file is None:
        yield None
        return
    try:
        with _naming(path):
            left = _read(file) if _lock(file) and _is_still(file, path) else None
        yield left
        if left is not None:
            with _naming(path):
                path.unlink(missing_ok=True)
    finally:
        os.close(file)


def mark_files(data_dir: Path) -> dict[str, Path]:
    """List the mark files in a data folder by their owners."""
    return {path.stem: path for path in sorted((data_dir / FOLDER).glob(f"*{SUFFIX}"))}


def _write(file: int, content: bytes) -> None:
    """Write all of it: where there is little room, the system takes a part and complains at the next."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(file, rest) :]


def _sweep(folder: Path) -> None:
    """Remove the drafts of processes that were killed before they had marks."""
    for draft in folder.glob(f"*{DRAFT_SUFFIX}"):
        with suppress(FileNotFoundError):
            if time.time() - draft.stat().st_mtime > _DRAFT_SECONDS:
                draft.unlink()


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise MarksError(
            f"The in-flight marks {path} cannot be used: {error.strerror}. What their process left waits, all else "
            "goes on. Make the file readable and writable for the account that runs Paperround. If it is of no "
            "use any more, remove it: then what may have left counts as uncertain."
        ) from error


def _open(path: Path) -> int | None:
    try:
        return os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return None


def _lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in {errno.EWOULDBLOCK, errno.EACCES}:
            return False
        raise
    return True


def _is_still(file: int, path: Path) -> bool:
    """Whether the file was not removed between opening and locking it."""
    try:
        return path.stat().st_ino == os.fstat(file).st_ino
    except FileNotFoundError:
        return False


def _read(file: int) -> Leavings:
    content = os.pread(file, os.fstat(file).st_size, 0)
    if len(content) < _HEADER.size:
        return Leavings(complete=False)
    magic, boot, capacity = _HEADER.unpack_from(content)
    here = boot_id()
    if (
        magic != _MAGIC
        or here is None
        or boot.rstrip(b"\0").decode("ascii", "replace") != here
        or len(content) != _HEADER.size + capacity * _SLOT.size
    ):
        return Leavings(complete=False)
    found: dict[int, set[int]] = {Mark.SUBMITTING: set(), Mark.ACCEPTED: set()}
    for delivery_id, mark in _SLOT.iter_unpack(content[_HEADER.size :]):
        if mark in found:
            found[mark].add(delivery_id)
    return Leavings(
        complete=True,
        accepted=frozenset(found[Mark.ACCEPTED]),
        in_flight=frozenset(found[Mark.SUBMITTING]),
    )
