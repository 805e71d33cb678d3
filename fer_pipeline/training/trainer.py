"""The compiled training step: faces lie on the device, and only their numbers are handed in."""

from typing import Any

import keras
import numpy as np
from keras import ops

from fer_pipeline.batches import in_batches
from fer_pipeline.data.faces import Faces
from fer_pipeline.recipes import Recipe
from fer_pipeline.training import order
from fer_pipeline.training.augmentation import RandomChanges
from fer_pipeline.training.averaging import WeightAverage
from fer_pipeline.training.fused_normalisation import fused
from fer_pipeline.training.mixing import Mixing
from fer_pipeline.training.optimizers import build_optimizer
from fer_pipeline.training.targets import SoftTargets, targets

STEPS_PER_EXECUTION = 8     # as many as pay for a small network; a large one would not be heard of for minutes


class Trainer(keras.Model):  # type: ignore[misc]  # keras has no types
    """Trains `network` in place on `training`, which it holds in memory of the device.

    Its input is positions of faces, `(batch,)` int32. Taking, changing and mixing faces is part of the step, so no
    input pipeline stands beside the network.
    """

    def __init__(self, network: keras.Model, training: Faces, recipe: Recipe, seed: int, passes: int = 1, *,
                 soft: SoftTargets | None = None, steps_per_execution: int | None = None) -> None:
        super().__init__(name="trainer", dtype="float32")     # the network has a policy of its own
        self.network = network
        self._classifier = network.layers[-1]
        self._body = keras.Model(network.inputs, self._classifier.input)
        self.batch_size = recipe.batch_size // passes
        self.steps = -(-faces_an_epoch(training, recipe) // recipe.batch_size)
        self.shown = self.steps * self.batch_size * passes if passes > 1 else faces_an_epoch(training, recipe)
        self.average = WeightAverage(network, recipe.weight_average, passes) if recipe.weight_average else None
        self._changes = RandomChanges(recipe.augmentation, seed)
        chosen = recipe.augmentation
        self._mixing = Mixing(chosen.mixup, chosen.cutmix, seed + 1) if chosen.mixup or chosen.cutmix else None
        self._step = self.batch_size * passes
        self._emotion = training.emotion if training.balanced_batches else None
        self._faces = self._hold(training.pixels[..., np.newaxis], "uint8")
        self._targets = self._hold(targets(training, recipe, soft), "float32")
        self._accuracy = keras.metrics.Mean(name="accuracy")
        self.built = True
        self.compile(build_optimizer(recipe, network, self.steps, passes), jit_compile=keras.backend.backend() == "jax",
                     steps_per_execution=steps_per_execution or STEPS_PER_EXECUTION)

    def _hold(self, values: np.ndarray, dtype: str) -> keras.Variable:
        held = self.add_weight(shape=values.shape, dtype=dtype, initializer="zeros", trainable=False)
        held.assign(values)
        return held

    def order(self, seed: int, epoch: int) -> np.ndarray:
        """Positions of the faces shown in `epoch`, drawn from seed and epoch alone.

        In several passes the last step is filled up, for no pass may be left over: with the epoch's first faces, or in
        balanced batches with more of each emotion.
        """
        if self._emotion is not None:
            return order.balanced(self._emotion, self.shown, self._step, seed, epoch)
        return order.shuffled(self._faces.shape[0], self.shown, seed, epoch)

    def show(self, positions: np.ndarray, **options: Any) -> keras.callbacks.History:
        """Train once on the faces at `positions`, in that order; `options` are those of `keras.Model.fit`."""
        with fused(self.network):
            return self.fit(**in_batches(positions, self.batch_size), shuffle=False, verbose=0, **options)

    @property
    def state(self) -> list[keras.Variable]:
        """All that a training must keep to go on: neither faces nor sums of gradients, which begin anew each epoch."""
        averages = self.average.variables if self.average else []
        random = [layer for layer in (self._changes, self._mixing) if layer]
        optimizer = [one for one in self.optimizer.variables if "gradient_accumulator" not in one.path]
        return [*self.network.variables, *averages, *(one for layer in random for one in layer.variables), *optimizer]

    @property
    def pass_counters(self) -> list[keras.Variable]:
        """Variables of `state` that count passes, not steps."""
        counters = [self.average.taken] if self.average else []
        return [*counters, *(one for one in self.optimizer.variables if one.path.endswith("/iteration"))]

    def kept_weights(self) -> list[np.ndarray]:
        """The network's weights, averaged if the recipe averages."""
        return self.average.arrays() if self.average else [np.array(weight) for weight in self.network.weights]

    def call(self, position: Any, training: bool = True) -> dict[str, Any]:
        faces = ops.cast(ops.take(self._faces, position, axis=0), "float32")
        wanted = ops.take(self._targets, position, axis=0)
        if self.average:
            faces = self.average(faces)
        faces = self._changes(faces)
        if self._mixing:
            faces, wanted = self._mixing(faces, wanted)
        return {"logits": self._classified(self._body(faces, training=training)), "targets": wanted}

    def _classified(self, features: Any) -> Any:
        """What the network's softmax is taken of; a probability that rounds to 0 would have no gradient."""
        features = ops.cast(features, "float32")
        if isinstance(self._classifier, keras.layers.Dense):
            return ops.matmul(features, self._classifier.kernel) + self._classifier.bias
        return features

    def compute_loss(self, x: Any, y: Any, y_pred: Any, sample_weight: Any, training: bool = True) -> Any:  # noqa: ARG002
        """Mean cross-entropy and whatever the network's layers add."""
        log = ops.log_softmax(y_pred["logits"])
        return sum(self.losses, start=-ops.mean(ops.sum(y_pred["targets"] * log, axis=-1)))

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:  # noqa: ARG002
        """Loss, and accuracy towards the larger part of a mixed target."""
        right = ops.argmax(y_pred["logits"], axis=-1) == ops.argmax(y_pred["targets"], axis=-1)
        self._accuracy.update_state(ops.cast(right, "float32"))
        return dict(self.get_metrics_result())


def faces_an_epoch(training: Faces, recipe: Recipe) -> int:
    """Faces shown in an epoch: all, unless the recipe has fewer steps than that."""
    return min((recipe.steps_per_epoch or len(training)) * recipe.batch_size, len(training))
