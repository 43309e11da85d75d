"""The marks of copies in flight outlive the process that made them."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from annotated_types import Le

from paperround.settings import Settings
from publisher import marks
from publisher.errors import MarksError
from publisher.marks import CAPACITY, Mark, Marks, left_behind, mark_files, new_owner
from publisher.pace import Pace
from publisher.record import MOST_GROUPS_WAITING, Answer, Recorder

DOOMED = """
import os, signal, sys
from pathlib import Path
from publisher.marks import Mark, Marks
marks = Marks.create(Path(sys.argv[1]), "doomed", capacity=8)
slots = [marks.begin(10_000_000_000 + n) for n in range(5)]
marks.settle(slots[1], Mark.ACCEPTED)
marks.settle(slots[2], Mark.REFUSED)
marks.settle(slots[3], Mark.ACCEPTED)
marks.free([slots[3]])
sys.stdout.write("marked\\n")
sys.stdout.flush()
{end}
"""


def run(tmp_path, end: str) -> subprocess.Popen:
    process = subprocess.Popen(
        [sys.executable, "-c", DOOMED.format(end=end), tmp_path], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "marked\n"
    return process


def left(tmp_path):
    with left_behind(mark_files(tmp_path)["doomed"]) as leavings:
        return leavings


def test_marks_survive_a_kill(tmp_path) -> None:
    """Accepted is accepted, begun is in flight; refused and freed leave nothing to settle."""
    with run(tmp_path, "os.kill(os.getpid(), signal.SIGKILL)") as process:
        assert process.wait() == -signal.SIGKILL
    leavings = left(tmp_path)
    assert leavings.complete
    assert leavings.accepted == {10_000_000_001}
    assert leavings.in_flight == {10_000_000_000, 10_000_000_004}
    assert mark_files(tmp_path) == {}


def test_nobody_touches_the_marks_of_a_living_process(tmp_path) -> None:
    with run(tmp_path, "signal.pause()") as process:
        assert left(tmp_path) is None
        assert list(mark_files(tmp_path)) == ["doomed"]
        process.kill()
    assert left(tmp_path) is not None


def test_two_recoverers_do_not_settle_the_same_marks(tmp_path) -> None:
    Marks.create(tmp_path, "doomed").close(keep=True)
    path = mark_files(tmp_path)["doomed"]
    with left_behind(path) as first, left_behind(path) as second:
        assert first is not None
        assert second is None
    with left_behind(path) as third:
        assert third is None


def test_marks_that_another_settled_between_opening_and_locking_are_not_settled_again(
    tmp_path, monkeypatch
) -> None:
    Marks.create(tmp_path, "doomed").close(keep=True)
    path, opened = mark_files(tmp_path)["doomed"], marks._open

    def overtaken(path: Path) -> int | None:
        file = opened(path)
        monkeypatch.undo()
        with left_behind(path) as other:
            assert other is not None
        return file

    monkeypatch.setattr(marks, "_open", overtaken)
    with left_behind(path) as late:
        assert late is None


def test_marks_stay_when_their_recovery_fails(tmp_path) -> None:
    """Without a commit there is no recovery; the next try finds the marks again."""
    Marks.create(tmp_path, "doomed").close(keep=True)
    with pytest.raises(RuntimeError), left_behind(mark_files(tmp_path)["doomed"]):
        raise RuntimeError
    assert list(mark_files(tmp_path)) == ["doomed"]


@pytest.mark.parametrize("harm", ["other boot", "cut", "empty", "other magic"])
def test_marks_that_cannot_be_trusted_count_as_lost(tmp_path, harm) -> None:
    """After the machine died, mapped pages may be missing: nothing is concluded from them."""
    marks = Marks.create(tmp_path, "doomed")
    marks.settle(marks.begin(1), Mark.ACCEPTED)
    marks.close()
    path = mark_files(tmp_path)["doomed"]
    content = path.read_bytes()
    match harm:
        case "other boot":
            path.write_bytes(content[:8] + b"0" * 36 + content[44:])
        case "cut":
            path.write_bytes(content[:-16])
        case "empty":
            path.write_bytes(b"")
        case "other magic":
            path.write_bytes(b"NONSENSE" + content[8:])
    leavings = left(tmp_path)
    assert not leavings.complete
    assert not leavings.accepted


def test_a_clean_close_leaves_no_file(tmp_path) -> None:
    marks = Marks.create(tmp_path, new_owner())
    slot = marks.begin(1)
    marks.settle(slot, Mark.ACCEPTED)
    marks.free([slot])
    marks.close()
    assert mark_files(tmp_path) == {}


async def test_a_mark_is_freed_only_behind_the_commit_of_its_outcome(tmp_path) -> None:
    kept, at_commit = Marks.create(tmp_path, "me"), []

    async def insist(*_) -> None:
        at_commit.append(kept.in_use)

    clock = SimpleNamespace(now=lambda: None)
    recorder = Recorder(SimpleNamespace(insist=insist), kept, clock, Pace())
    recorder.add(Answer(None, None, "accepted", slot=kept.begin(7)))
    await recorder.flush()
    assert (at_commit, kept.in_use) == ([1], 0)
    kept.close()


def test_drafts_of_killed_processes_are_swept(tmp_path) -> None:
    folder = tmp_path / "inflight"
    folder.mkdir()
    for name, age in (("old.new", 3600), ("fresh.new", 0)):
        (folder / name).touch()
        os.utime(folder / name, (time.time() - age, time.time() - age))
    Marks.create(tmp_path, "me").close()
    assert [it.name for it in folder.iterdir()] == ["fresh.new"]


def test_slots_are_used_again_and_never_overrun(tmp_path) -> None:
    marks = Marks.create(tmp_path, new_owner(), capacity=2)
    slots = [marks.begin(1), marks.begin(2)]
    with pytest.raises(MarksError, match="taken"):
        marks.begin(3)
    marks.free(slots)
    assert marks.in_use == 0
    assert marks.begin(3) in slots
    marks.close(keep=True)


def test_there_is_a_slot_for_all_that_the_settings_let_be_under_way() -> None:
    """Twice: while the answers of as many are being committed, as many others may leave."""
    limits = [Settings.model_fields[name].metadata for name in ("smtp_connections", "smtp_window")]
    connections, window = (next(it.le for it in those if isinstance(it, Le)) for those in limits)
    uncommitted = MOST_GROUPS_WAITING * Pace().group_size
    assert 2 * (connections * window + uncommitted) <= CAPACITY


def test_marks_that_cannot_be_opened_are_named_with_what_to_do(tmp_path) -> None:
    """Here a folder stands in place of the file: even root cannot write to that."""
    (tmp_path / "inflight" / "doomed.marks").mkdir(parents=True)
    with pytest.raises(MarksError, match=r"doomed\.marks.*readable and writable"):
        left(tmp_path)


def test_what_fails_while_marks_are_settled_is_not_taken_for_their_fault(tmp_path) -> None:
    Marks.create(tmp_path, "doomed").close(keep=True)
    with pytest.raises(PermissionError), left_behind(mark_files(tmp_path)["doomed"]):
        raise PermissionError


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_named(tmp_path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(MarksError, match="make the folder writable"):
        Marks.create(tmp_path, new_owner())


def test_a_file_in_place_of_the_folder_is_named(tmp_path) -> None:
    (tmp_path / "inflight").touch()
    with pytest.raises(MarksError, match="in-flight marks cannot be kept"):
        Marks.create(tmp_path, new_owner())


def test_a_disk_with_too_little_room_leaves_nothing_behind(tmp_path, monkeypatch) -> None:
    """The system may write a part, and say only then that there is no room for the rest."""
    real, room = os.write, 20_000

    def write(file: int, content: bytes) -> int:
        nonlocal room
        if not room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        part = real(file, content[:room])
        room -= part
        return part

    before = len(list(Path("/dev/fd").iterdir()))
    monkeypatch.setattr(os, "write", write)
    with pytest.raises(MarksError, match="No space left"):
        Marks.create(tmp_path, new_owner())
    assert list((tmp_path / "inflight").iterdir()) == []
    assert len(list(Path("/dev/fd").iterdir())) == before
    room = 10**6
    Marks.create(tmp_path, new_owner()).close()


def test_owners_differ() -> None:
    assert new_owner() != new_owner()
    assert len(new_owner()) <= 80
