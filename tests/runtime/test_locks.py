"""Lock files that every user of the machine shares."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from fer_pipeline.errors import InputError
from fer_pipeline.runtime.folders import slots_folder
from fer_pipeline.runtime.locks import try_lock, words_of

ROOT = Path(__file__).parents[2]
NOBODY = 65534
TAKE = """
import os, sys
sys.path.insert(0, sys.argv[1])
from fer_pipeline.errors import InputError
from fer_pipeline.runtime.locks import try_lock, words_of
os.umask(0o077)
if sys.argv[2] != "0":
    os.setgroups([])
    os.setgid(int(sys.argv[2]))
    os.setuid(int(sys.argv[2]))
try:
    held = try_lock("gpu", f"user {os.getuid()}")
except InputError as error:
    sys.exit(print(error))
print("taken" if held else f"held by {words_of('gpu')}", flush=True)
sys.stdin.read()
"""
root_only = pytest.mark.skipif(os.getuid() != 0, reason="only root can run a process as another user")


def process_of(user: int) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", TAKE, str(ROOT), str(user)], text=True, cwd="/",
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE)


@pytest.fixture
def for_all_users(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that is not there yet, in one that everybody may write to, like /tmp; pytest's are its user's alone."""
    with tempfile.TemporaryDirectory(dir="/tmp") as shared:
        Path(shared).chmod(0o1777)
        monkeypatch.setenv("FER_SLOTS_FOLDER", f"{shared}/slots")
        yield Path(shared, "slots")


@root_only
@pytest.mark.parametrize(("first", "second"), [(0, NOBODY), (NOBODY, 0)])
def test_two_users_do_not_take_the_same_device(for_all_users, first, second):
    with process_of(first) as holder:
        assert holder.stdout.readline() == "taken\n"
        with process_of(second) as waiting:
            assert waiting.stdout.readline() == f"held by user {first}\n"
        holder.stdin.close()
    with process_of(second) as next_one:
        assert next_one.stdout.readline() == "taken\n"
    assert for_all_users.stat().st_mode & 0o7777 == 0o1777
    assert (for_all_users / "gpu.lock").stat().st_mode & 0o7777 == 0o666


def test_folder_and_lock_are_for_everyone_whatever_the_umask():
    before = os.umask(0o077)
    try:
        lock = try_lock("gpu", "me")
    finally:
        assert os.umask(before) == 0o077
    with lock:
        assert slots_folder().stat().st_mode & 0o7777 == 0o1777
        assert (slots_folder() / "gpu.lock").stat().st_mode & 0o7777 == 0o666


def test_without_a_setting_the_folder_is_the_same_for_all(monkeypatch):
    monkeypatch.delenv("FER_SLOTS_FOLDER")
    monkeypatch.setenv("TMPDIR", "/somewhere/of/mine")
    assert slots_folder() == Path("/tmp/fer-slots")


def test_a_lock_that_was_removed_while_it_was_held_is_made_anew_and_the_old_one_is_worth_nothing():
    with try_lock("gpu", "first"):
        (slots_folder() / "gpu.lock").unlink()
        with try_lock("gpu", "second"):
            assert try_lock("gpu", "third") is None
            assert words_of("gpu") == "second"


def test_a_lock_of_another_user_is_not_opened_to_be_created(monkeypatch):
    """Linux's fs.protected_regular forbids it in folders like /tmp; many containers do not, so it is made up here."""
    with try_lock("gpu", "another user"):
        real = os.open

        def guarded(path, flags, *mode, **options):
            if flags & os.O_CREAT and not flags & os.O_EXCL and Path(path).exists():
                raise PermissionError(13, "Permission denied", str(path))
            return real(path, flags, *mode, **options)

        monkeypatch.setattr(os, "open", guarded)
        assert try_lock("gpu", "me") is None
        assert words_of("gpu") == "another user"


def test_words_of_another_user_cannot_steer_the_terminal():
    with try_lock("gpu", "pid 1\x1b[2J, train\n@a"):
        assert words_of("gpu") == "pid 1[2J, train@a"
    assert words_of("never") == ""


def _link(folder: Path) -> None:
    folder.with_name("elsewhere").mkdir()
    folder.symlink_to("elsewhere")


def _linked_lock(folder: Path) -> None:
    folder.mkdir()
    (folder / "gpu.lock").symlink_to("/etc/hostname")


def _second_name(folder: Path) -> None:
    folder.mkdir()
    folder.with_name("precious").write_text("content")
    (folder / "gpu.lock").hardlink_to(folder.with_name("precious"))


def _pipe(folder: Path) -> None:
    folder.mkdir()
    os.mkfifo(folder / "gpu.lock")


@pytest.mark.parametrize(("plant", "reason"), [
    (Path.touch, "it is no folder, or a link to one"), (_link, "it is no folder, or a link to one"),
    (_linked_lock, "Too many levels of symbolic links"), (_second_name, "gpu.lock is no plain file of its own"),
    (_pipe, "gpu.lock is no plain file of its own"),
])
def test_a_folder_that_somebody_prepared_is_refused(plant, reason):
    plant(slots_folder())
    with pytest.raises(InputError, match=rf"{slots_folder()}, cannot be used: .*{reason}\. .* FER_SLOTS_FOLDER\."):
        try_lock("gpu", "me")
    precious = slots_folder().with_name("precious")
    assert not precious.exists() or precious.read_text() == "content"


@root_only
def test_a_folder_shut_by_another_user_is_refused(for_all_users):
    for_all_users.mkdir(mode=0o755)
    with process_of(NOBODY) as refused:
        said = refused.stdout.readline()
    assert f"{for_all_users}, cannot be used: {for_all_users / 'gpu.lock'}: Permission denied. Everyone who" in said
