"""What a teacher says of each Training face."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fer_pipeline.plain_zip import write_arrays


@dataclass(frozen=True)
class Teaching:
    """A teacher's predictions for the balanced Training faces, in their order.

    Attributes:
        row: `(faces,)` csv row numbers; a face that balancing repeats has its row twice.
        probabilities: `(faces, 7)` float32, each row summing to 1.
        teacher_sha256: Checksum of the teacher.json that names the voters.
    """

    row: np.ndarray
    probabilities: np.ndarray
    teacher_sha256: str


def write_teaching(file: Path, teaching: Teaching) -> None:
    """Write an .npz; the same teaching gives the same bytes."""
    write_arrays(file, {"row": teaching.row, "probabilities": teaching.probabilities,
                        "teacher_sha256": np.array(teaching.teacher_sha256)})


def read_teaching(file: Path) -> Teaching:
    """Read what `write_teaching` wrote."""
    with file.open("rb") as opened, np.load(opened) as arrays:
        return Teaching(arrays["row"], arrays["probabilities"], str(arrays["teacher_sha256"]))
