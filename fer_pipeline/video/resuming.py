"""What a kill would lose: segments of a run, kept beside its output until the whole is there."""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from fer_pipeline.errors import InputError
from fer_pipeline.runtime import flock

FORMAT = 2      # of what is kept; another one starts over
KEY_FILE, LOCK_FILE = "run.json", "lock"


@dataclass(frozen=True)
class Kept:
    """A segment that is done.

    Attributes:
        frames: Of the video up to its end.
        analysed: Of these.
        start: Second of its first frame.
        end: Second at which the next segment starts.
        memory: Of the analysis at its end.
        last: Whether the video ends with it.
    """

    frames: int
    analysed: int
    start: float
    end: float
    memory: dict[str, Any]
    last: bool


class Segments:
    """The folder of one run. Use it in a `with` block: one process at a time."""

    def __init__(self, folder: Path, key: dict[str, Any]) -> None:
        """Go on in a folder, or start over if it is another run's.

        Args:
            folder: Beside the output.
            key: What the result depends on; JSON.
        """
        self.folder, self._key = folder, {"format": FORMAT, **key}
        self._lock: IO[str] | None = None
        self.done: list[Kept] = []

    def __enter__(self) -> "Segments":
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = (self.folder / LOCK_FILE).open("w")
        except OSError as error:
            raise InputError(f"Nothing can be written into {self.folder.parent}: {error.strerror}. Name another folder "
                             "with --out.") from None
        if not flock.taken(self._lock):
            self._lock.close()
            raise InputError(f"Another fer video works on {self.folder}. Wait for it, or name another folder with "
                             "--out.")
        if not self._is_ours():
            self._start_over()
        self.done = self._read()
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock is not None:
            self._lock.close()

    def part(self, place: int, suffix: str) -> Path:
        """File of a segment, whole once the segment is in `done`."""
        return self.folder / f"{place:05}{suffix}"

    def keep(self, kept: Kept) -> None:
        """A segment's files are whole: never make them again."""
        _write(self.part(len(self.done), ".json"), asdict(kept))
        self.done.append(kept)

    def remove(self) -> None:
        """The outputs are in place. The key goes first: half a folder is nobody's."""
        (self.folder / KEY_FILE).unlink()
        shutil.rmtree(self.folder)

    def _is_ours(self) -> bool:
        try:
            return bool(json.loads((self.folder / KEY_FILE).read_text()) == self._key)
        except (FileNotFoundError, json.JSONDecodeError):
            return False

    def _start_over(self) -> None:
        for file in self.folder.iterdir():
            if file.name != LOCK_FILE:
                file.unlink()
        _write(self.folder / KEY_FILE, self._key)

    def _read(self) -> list[Kept]:
        done: list[Kept] = []
        while self.part(len(done), ".json").exists():
            done.append(Kept(**json.loads(self.part(len(done), ".json").read_text())))
        return done


def _write(file: Path, content: dict[str, Any]) -> None:
    part = file.with_suffix(".part")
    part.write_text(json.dumps(content))
    part.replace(file)
