"""Pictures in one folder an emotion, as msambare/fer2013 and most other picture sets have them."""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from fer_pipeline.data.fer2013 import BLOCK_ROWS, Block, Row
from fer_pipeline.data.side_by_side import CORES, batches, in_order
from fer_pipeline.labels import EMOTIONS, FACE_SIZE, PIXELS, Usage
from fer_pipeline.layouts.trees import Tree

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp"})
FOLDER_EMOTIONS = {name: index for index, name in enumerate(EMOTIONS)} | {
    "anger": 0, "disgusted": 1, "fearful": 2, "happiness": 3, "sadness": 4, "surprised": 5}
FOLDER_PARTS = {"train": "Training", "training": "Training", "publictest": "PublicTest", "privatetest": "PrivateTest",
                "validation": "validation", "valid": "validation", "val": "validation", "test": "test"}
NAMED_USAGE = re.compile(rf"({'|'.join(Usage)})_")
BATCH_PICTURES = 100
UNDECIDED = "undecided"     # a usage that names do not tell: any of the three
HELD_OUT = "held out"       # PublicTest or PrivateTest


@dataclass(frozen=True)
class Picture:
    """One picture and what its path says of it."""

    path: str
    emotion: int
    usage: str
    problem: tuple[str, str] | None = None


@dataclass(frozen=True)
class ClassFolders:
    """A layout of pictures.

    Attributes:
        name: As logs show it.
        split: `official` where FER-2013's own usages are told, `folders` where folders tell three parts, else
            `own split`.
        pictures: In the order of their paths; the position is the row.
        ignored: Members that are no picture of an emotion, or the same tree once more inside itself.
    """

    name: str
    split: str
    pictures: tuple[Picture, ...]
    ignored: tuple[str, ...]

    def count(self, tree: Tree) -> int:  # noqa: ARG002  a csv must be read for that
        """Pictures."""
        return len(self.pictures)

    def facts(self) -> dict[str, Any]:
        """What provenance says beside the name: pictures of each part as names tell them, and what was ignored."""
        parts = Counter(picture.usage or "not told" for picture in self.pictures)
        return {"parts": dict(sorted(parts.items())), "ignored": len(self.ignored), "ignored_first": self.ignored[:5]}

    def blocks(self, tree: Tree) -> Iterator[Block]:
        """Decode all pictures, in order; one that cannot be decoded has a problem."""
        place = {picture.path: row for row, picture in enumerate(self.pictures)}
        faces = np.zeros((len(place), FACE_SIZE, FACE_SIZE), np.uint8)
        unreadable: dict[int, tuple[str, str]] = {}
        for path, length, face in _decoded(tree, place.keys()):
            if face is None:
                unreadable[place[path]] = "picture", f"{length:,} bytes that are no picture; expected PNG or JPEG"
            else:
                faces[place[path]] = face
        for start in range(0, len(place), BLOCK_ROWS):
            yield self._block(start, faces[start:start + BLOCK_ROWS], unreadable)

    def _block(self, start: int, faces: np.ndarray, unreadable: dict[int, tuple[str, str]]) -> Block:
        pictures = self.pictures[start:start + len(faces)]
        rows = [Row(number, str(one.emotion), one.usage, one.path) for number, one in enumerate(pictures, start)]
        problems = {row.number: problem for row, one in zip(rows, pictures, strict=True)
                    if (problem := one.problem or unreadable.get(row.number))}
        counts = np.array([0 if row.number in unreadable else PIXELS for row in rows])
        sound = [row.number not in problems for row in rows]
        return Block(rows, faces[sound], counts, problems)


def _decoded(tree: Tree, paths: Collection[str]) -> Iterator[tuple[str, int, np.ndarray | None]]:
    with ThreadPoolExecutor(CORES) as pool:     # OpenCV works outside the interpreter's lock
        for batch in in_order(pool, _decode_all, batches(tree.read_all(paths), BATCH_PICTURES)):
            yield from batch


def _decode_all(members: list[tuple[str, bytes]]) -> list[tuple[str, int, np.ndarray | None]]:
    return [(path, len(content), decode(content)) for path, content in members]


def decode(content: bytes) -> np.ndarray | None:
    """A picture file as a face `(48, 48)` uint8, grey and resized if need be; None if it is no picture."""
    import cv2  # a tenth of a second, only where it is needed

    grey = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE) if content else None
    if grey is None:
        return None
    if grey.shape != (FACE_SIZE, FACE_SIZE):
        grey = cv2.resize(grey, (FACE_SIZE, FACE_SIZE), interpolation=cv2.INTER_AREA)
    return np.asarray(grey, np.uint8)


def class_folders(names: list[str]) -> ClassFolders | None:
    """The layout that sorted member names show; None if no picture stands in a folder of an emotion."""
    known = set(names)
    paths = [name for name in names if _is_picture(name) and not _is_mirror(name, known)]
    if not paths:
        return None
    name, split, pictures = _with_usages(paths)
    return ClassFolders(name, split, tuple(pictures), tuple(sorted(known - set(paths))))


def _is_picture(name: str) -> bool:
    path = PurePosixPath(name)
    hidden = path.name.startswith(".") or "__MACOSX" in path.parts
    return not hidden and path.suffix.lower() in SUFFIXES and path.parent.name.lower() in FOLDER_EMOTIONS


def _is_mirror(name: str, known: set[str]) -> bool:
    """Whether the tree holds itself once more, as images/images/… in some archives of Kaggle."""
    first, _, rest = name.partition("/")
    return rest.startswith(first + "/") and rest in known


def _with_usages(paths: list[str]) -> tuple[str, str, list[Picture]]:
    by_name = [match[1] if (match := NAMED_USAGE.match(PurePosixPath(path).name)) else None for path in paths]
    by_folder = [_part(path) for path in paths]
    parts = set(by_folder)
    if {Usage.PUBLIC_TEST, Usage.PRIVATE_TEST} <= set(by_name):
        pairs = zip(paths, by_name, by_folder, strict=True)
        return "pictures named by usage, as msambare/fer2013", "official", [_named(*pair) for pair in pairs]
    if parts == set(Usage):
        return "folders of usages", "official", _told(paths, by_folder, {})
    if parts == {"Training", "validation", "test"}:
        usages = {"validation": str(Usage.PUBLIC_TEST), "test": str(Usage.PRIVATE_TEST)}
        return "folders of three parts", "folders", _told(paths, by_folder, usages)
    if "Training" in parts and len(parts) == 2 and None not in parts:
        name = "folders of two parts, as jonathanoheix/face-expression-recognition-dataset"
        return name, "own split", _told(paths, by_folder, {"validation": HELD_OUT, "test": HELD_OUT})
    return "folders of emotions", "own split", _told(paths, [UNDECIDED] * len(paths), {})


def _part(path: str) -> str | None:
    """The part of the data that the innermost telling folder names."""
    folders = PurePosixPath(path.lower()).parts[:-2]
    return next((FOLDER_PARTS[folder] for folder in reversed(folders) if folder in FOLDER_PARTS), None)


def _emotion(path: str) -> int:
    return FOLDER_EMOTIONS[PurePosixPath(path).parent.name.lower()]


def _told(paths: list[str], parts: list[str | None] | list[str], usages: dict[str, str]) -> list[Picture]:
    return [Picture(path, _emotion(path), usages.get(part or "", part or UNDECIDED))
            for path, part in zip(paths, parts, strict=True)]


def _named(path: str, usage: str | None, part: str | None) -> Picture:
    """A picture whose usage its own name must tell, unless its folder already does."""
    training = str(Usage.TRAINING)
    told = usage or (training if part == training else None)
    if told is None:
        return Picture(path, _emotion(path), "", ("usage", "its name tells no usage; expected PublicTest_… or "
                                                           "PrivateTest_…"))
    if part is not None and (part == training) != (told == training):
        return Picture(path, _emotion(path), told, ("usage", f"named {told}_…, but it stands under {part!r}"))
    return Picture(path, _emotion(path), told)
