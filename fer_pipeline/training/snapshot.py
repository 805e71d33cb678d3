"""A training after some epochs: all it needs to go on as if it had never stopped."""

import json
from dataclasses import dataclass, field

import numpy as np


@dataclass
class Snapshot:
    """The state between two epochs.

    Attributes:
        history: A row an epoch: epoch, loss, accuracy, public_test_loss, public_test_accuracy, learning_rate.
        best_epoch: The epoch that the checkpoint's monitor likes best, from 1.
        best_weights: The network's weights then, averaged if the recipe averages.
        variables: Weights, random states, averages and optimiser state now.
        passes: Passes that a batch is split into, where it does not fit into memory at once.
        seconds: Time spent in epochs so far, over all processes.
    """

    history: list[dict[str, float]] = field(default_factory=list)
    best_epoch: int = 0
    best_weights: list[np.ndarray] = field(default_factory=list)
    variables: list[np.ndarray] = field(default_factory=list)
    passes: int = 1
    seconds: float = 0.0

    @property
    def best(self) -> dict[str, float] | None:
        """The best epoch's row of the history."""
        return self.history[self.best_epoch - 1] if self.best_epoch else None

    def arrays(self) -> dict[str, np.ndarray]:
        """As named arrays, for a file."""
        facts = {"history": self.history, "best_epoch": self.best_epoch, "passes": self.passes, "seconds": self.seconds}
        return (
            {"facts": np.array(json.dumps(facts))}
            | {f"best_{index:05}": value for index, value in enumerate(self.best_weights)}
            | {f"variable_{index:05}": value for index, value in enumerate(self.variables)}
        )

    @staticmethod
    def of(arrays: dict[str, np.ndarray]) -> "Snapshot":
        """Back from named arrays."""
        names = sorted(arrays)
        return Snapshot(
            **json.loads(str(arrays["facts"])),
            best_weights=[arrays[name] for name in names if name.startswith("best_")],
            variables=[arrays[name] for name in names if name.startswith("variable_")],
        )
