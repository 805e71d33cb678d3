"""The history as TensorBoard events, where `FER_TENSORBOARD` names a folder."""

import os
from pathlib import Path

from fer_pipeline.errors import InputError

FOLDER_VARIABLE = "FER_TENSORBOARD"
FLUSH_SECONDS = 5


class EventLog:
    """Writes rows of a history; does nothing unless a folder is asked for.

    Raises:
        InputError: A folder is asked for and the package that writes events is not installed.
    """

    def __init__(self, entry: str) -> None:
        folder = os.environ.get(FOLDER_VARIABLE)
        if not folder:
            self._writer = None
            return
        try:
            from tensorboardX import SummaryWriter
        except ModuleNotFoundError:
            raise InputError(f"{FOLDER_VARIABLE} is {folder}, but tensorboardX is not installed. Run "
                             f"`pip install -e '.[tensorboard]'`, or unset {FOLDER_VARIABLE}.") from None
        self._writer = SummaryWriter(str(Path(folder) / entry), flush_secs=FLUSH_SECONDS)

    def write(self, row: dict[str, float]) -> None:
        """Add an epoch."""
        if self._writer is None:
            return
        for name, value in row.items():
            if name != "epoch":
                self._writer.add_scalar(name, value, int(row["epoch"]))

    def close(self) -> None:
        """Write what is still in memory."""
        if self._writer is not None:
            self._writer.close()
