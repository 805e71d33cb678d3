"""Folders of pictures that are made from others and laid out as these are."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from fer_pipeline.errors import InputError

JPEG = (".jpg", ".jpeg")
QUALITY = 92


class Gallery:
    """One such folder, in which a picture is there as a whole or not at all."""

    def __init__(self, folder: Path, files: Sequence[Path], option: str, *, lossless: bool = False) -> None:
        """Make the folder.

        Args:
            folder: Where to.
            files: From which all pictures will be made.
            option: That asked for it, for messages.
            lossless: Whether a picture made from a JPEG is a PNG too.

        Raises:
            InputError: It is a file, or a picture would take the place of one of the files.
        """
        self._folder, self._option = folder.absolute(), option
        self._kept = (".png",) if lossless else (".png", *JPEG)
        self._above = Path(os.path.commonpath([file.absolute().parent for file in files])) if files else Path.cwd()
        self._require_own(files)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{folder} cannot be made: {error.strerror}. Name a folder for {option}.") from None

    def place(self, file: Path) -> Path:
        """Of the picture that is made from a file."""
        place = self._folder / file.absolute().relative_to(self._above)
        return place if place.suffix.lower() in self._kept else place.with_name(f"{place.name}.png")

    def save(self, file: Path, picture: np.ndarray) -> Path:
        """Write what was made from a file, `(height, width)` or `(height, width, 3)` uint8; where it is."""
        place = self.place(file)
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_name(f".{place.stem}.{os.getpid()}.part{place.suffix}")
        try:
            Image.fromarray(picture).save(part, quality=QUALITY)
            part.replace(place)
        finally:
            part.unlink(missing_ok=True)
        return place

    def _require_own(self, files: Sequence[Path]) -> None:
        given = {file.absolute() for file in files}
        if lost := next((file for file in files if self.place(file) in given), None):
            raise InputError(f"{lost} would be overwritten by what {self._option} makes of it. Name another folder for "
                             f"{self._option}.")
