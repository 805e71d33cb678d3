"""What networks say of faces they did not learn from: one training a fold, by the train stage itself."""

import hashlib
import json
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import numpy as np

import fer_pipeline
from fer_pipeline.data.faces import Faces, write_faces
from fer_pipeline.inference import probabilities
from fer_pipeline.labels import EMOTIONS
from fer_pipeline.params import ComputeParams, TrainParams
from fer_pipeline.progress import duration
from fer_pipeline.recipes import Recipe
from fer_pipeline.runtime.folders import state_folder
from fer_pipeline.runtime.state import ResumeState
from fer_pipeline.stages.train import CODE, train


@dataclass(frozen=True)
class CrossValidation:
    """One training a fold.

    Attributes:
        entry: Of params.yaml, for names.
        recipe: How each fold is trained. PublicTest guides its checkpoint and early stopping, as in every training of
            this project: the held-out fold chooses nothing, so that what is said of it flatters no label.
        training: All faces.
        fold_of: `(faces,)` the fold that each is held out in.
        public_test_file: Faces that guide.
    """

    entry: str
    recipe: Recipe
    train: TrainParams
    compute: ComputeParams
    training: Faces
    fold_of: np.ndarray
    public_test_file: Path

    @property
    def name(self) -> str:
        return f"label-issues@{self.entry}"

    @property
    def folds(self) -> int:
        return int(self.fold_of.max()) + 1

    def out_of_fold(self) -> np.ndarray:
        """Train every fold and ask it about the faces held out; a killed run goes on in the fold, and epoch, it was in.

        Returns:
            `(faces, 7)` float32 probabilities in `EMOTIONS` order.
        """
        state = ResumeState(self.name, self._fingerprint())
        said = state.load() or {}
        begun, before = time.monotonic(), len(said)
        for fold in range(self.folds):
            if _key(fold) not in said:
                said[_key(fold)] = self._held_out(fold)
                state.save(said)
            seconds = (time.monotonic() - begun) / max(1, len(said) - before)
            self._say(fold, said[_key(fold)], seconds * (self.folds - fold - 1))
        together = np.empty((len(self.training), len(EMOTIONS)), np.float32)
        for fold in range(self.folds):
            together[self.fold_of == fold] = said[_key(fold)]
        state.discard()
        return together

    def _held_out(self, fold: int) -> np.ndarray:
        learned = self.training.take(self.fold_of != fold)
        held_out = self.training.take(self.fold_of == fold)
        print(f"Fold {fold + 1} of {self.folds}: {len(learned):,} faces to learn from, {len(held_out):,} held out",
              flush=True)
        folder = state_folder() / self.name / "fold"
        folder.mkdir(exist_ok=True)
        training_file, model_file = folder / "training.npz", folder / "model.keras"
        write_faces(training_file, learned)
        keras.backend.clear_session()
        measured: dict[str, Any] = {}
        train(f"{self.name}-fold-{fold + 1}", self.recipe, self.train, self.compute, training_file,
              self.public_test_file, model_file, folder / "history.csv", measured)
        return probabilities(keras.models.load_model(model_file), held_out.pixels, self.recipe.test_time)

    def _say(self, fold: int, said: np.ndarray, seconds_left: float) -> None:
        as_labelled = (said.argmax(axis=1) == self.training.emotion[self.fold_of == fold]).mean()
        print(f"Fold {fold + 1} of {self.folds}: {as_labelled:.1%} of the held-out faces called as they are labelled  "
              f"ETA {duration(seconds_left)}", flush=True)

    def _fingerprint(self) -> str:
        """One hash of all that shapes the probabilities: code, settings, faces, folds."""
        package = Path(fer_pipeline.__file__).parent
        patterns = (*CODE, f"architectures/{self.recipe.architecture}.py", "label_issues/out_of_fold.py")
        digest = hashlib.sha256()
        for file in (file for pattern in patterns for file in sorted(package.glob(pattern))):
            digest.update(hashlib.sha256(file.read_bytes()).digest())
        for array in (self.training.pixels, self.training.emotion, self.training.row, self.fold_of):
            digest.update(hashlib.sha256(array.tobytes()).digest())
        digest.update(hashlib.sha256(self.public_test_file.read_bytes()).digest())
        settings = [self.recipe.model_dump(), self.train.model_dump(), self.compute.model_dump(),
                    *(version(package) for package in ("keras", "numpy", keras.backend.backend()))]
        digest.update(json.dumps(settings, sort_keys=True).encode())
        return digest.hexdigest()[:24]


def _key(fold: int) -> str:
    return f"fold_{fold}"
