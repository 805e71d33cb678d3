"""What a slim worker needs: training without TensorFlow, and data without any framework."""

import os
import pkgutil
import subprocess
import sys

import pytest

from fer_pipeline import away, examination, training

ENGINES = ("tensorflow", "prefect", "dvc", "great_expectations")
TRAINING = (*(f"fer_pipeline.training.{module.name}" for module in pkgutil.iter_modules(training.__path__)),
            "fer_pipeline.architectures", "fer_pipeline.inference", "fer_pipeline.params", "fer_pipeline.recipes",
            "fer_pipeline.data.faces",
            *(f"fer_pipeline.away.{module.name}" for module in pkgutil.iter_modules(away.__path__)))
DATA = ("fer_pipeline.labels", "fer_pipeline.params", "fer_pipeline.recipes", "fer_pipeline.data.faces",
        "fer_pipeline.data.fer2013", "fer_pipeline.data.manifest", "fer_pipeline.data.pictures",
        "fer_pipeline.distillation.soft_targets", "fer_pipeline.distillation.teacher",
        "fer_pipeline.balancing.strategies", "fer_pipeline.evaluation.metrics", "fer_pipeline.evaluation.predictions",
        "fer_pipeline.evaluation.ranking", "fer_pipeline.census.findings", "fer_pipeline.validation.verdicts",
        "fer_pipeline.runtime.slots", "fer_pipeline.runtime.state", "fer_pipeline.architectures",
        "fer_pipeline.inference", "fer_pipeline.training.monitoring", "fer_pipeline.training.order",
        "fer_pipeline.training.snapshot", "fer_pipeline.training.targets",
        *(f"fer_pipeline.examination.{module.name}" for module in pkgutil.iter_modules(examination.__path__)))
REFUSE = """
import builtins, importlib, sys

REFUSED, modules, by = sys.argv[1].split(), sys.argv[2].split(), sys.argv[3]
original = builtins.__import__

def refusing(name, globals=None, locals=None, fromlist=(), level=0):
    if level == 0 and name.split(".")[0] in REFUSED and (globals or {}).get("__name__", "").startswith(by):
        raise ModuleNotFoundError(f"refused {name}", name=name)
    return original(name, globals, locals, fromlist, level)

builtins.__import__ = refusing
for module in modules:
    importlib.import_module(module)
"""
BUILD = """
import keras
from fer_pipeline import architectures
for name in architectures.names():
    architectures.build(name, input_shape=(48, 48, 1), classes=7, weights="none")
print(keras.backend.backend())
"""
TRAIN = """
import io, sys
import keras
import numpy as np
from fer_pipeline import architectures
from fer_pipeline.data.faces import Faces
from fer_pipeline.recipes import Recipe
from fer_pipeline.training.archive import archive_of
from fer_pipeline.training.determinism import make_deterministic
from fer_pipeline.training.fit import fit
from fer_pipeline.training.snapshot import Snapshot

EVERYTHING = Recipe.model_validate({
    "architecture": "three_block_cnn", "recipe": "everything", "epochs": 2, "batch_size": 8,
    "optimizer": {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01,
                  "clip_norm": 1.0},
    "schedule": {"name": "cosine", "warmup_epochs": 1}, "label_smoothing": 0.1, "class_weights": True,
    "augmentation": {"horizontal_flip": True, "rotation_degrees": 10, "shear_degrees": 5, "zoom": 0.1, "shift": 0.1,
                     "brightness": 0.1, "contrast": 0.2, "erasing": 0.5, "mixup": 0.4, "cutmix": 1.0},
    "weight_average": 0.8, "checkpoint": {"keep": "last"}})

def faces(number, seed):
    emotion = np.arange(number) % 7
    return Faces(np.random.default_rng(seed).integers(0, 256, (number, 48, 48), np.uint8), emotion.astype(np.uint8),
                 np.arange(number, dtype=np.int32), np.ones(number, np.float32))

def train(seed, state):
    keras.backend.clear_session()       # names of layers are numbered
    make_deterministic(seed, threads=1)
    network = architectures.build("three_block_cnn", input_shape=(48, 48, 1), classes=7, filters=[4, 4, 4],
                                  kernel_sizes=[3, 3, 3], units=[8, 8], dropout=0.5)
    last = fit(network, faces(16, 1), faces(14, 2), EVERYTHING, seed=3, snapshot=state, after_epoch=save, callbacks=[])
    return last, archive_of(network)

def save(snapshot):
    files.append(io.BytesIO())
    np.savez(files[-1], **snapshot.arrays())
    files[-1].seek(0)

files = []
whole, archive = train(5, Snapshot())
with np.load(files[0]) as after_the_first_epoch:
    resumed, again = train(99, Snapshot.of(dict(after_the_first_epoch)))
print(keras.backend.backend(), len(files), whole.history == resumed.history,
      all(map(np.array_equal, whole.variables, resumed.variables)), archive == again,
      np.isfinite(whole.history[-1]["loss"]), "tensorflow" in sys.modules)
"""


def run(code: str, refused: tuple[str, ...], modules: tuple[str, ...], *, by: str = "", backend: str) -> str:
    """Import `modules` in a process in which no module named `by`... may import what is refused."""
    done = subprocess.run([sys.executable, "-c", code, " ".join(refused), " ".join(modules), by], check=False,
                          text=True, capture_output=True, env=os.environ | {"KERAS_BACKEND": backend})
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_training_and_networks_import_no_engine_themselves():
    said = run(REFUSE + BUILD, ENGINES, TRAINING, by="fer_pipeline", backend="tensorflow")
    assert said == "tensorflow\n"


@pytest.mark.jax
def test_training_and_networks_run_on_jax_without_tensorflow():
    assert run(REFUSE + BUILD, ENGINES, TRAINING, backend="jax") == "jax\n"


@pytest.mark.jax
def test_a_training_on_jax_without_tensorflow_goes_on_to_the_same_bytes():
    assert run(REFUSE + TRAIN, ENGINES, TRAINING, backend="jax") == "jax 3 True True True True False\n"


def test_data_settings_and_figures_need_no_keras():
    run(REFUSE, (*ENGINES, "keras"), DATA, backend="tensorflow")


@pytest.mark.parametrize("module", ["fer_pipeline.validation.expectations", "fer_pipeline.training.fit"])
def test_a_refused_import_is_seen(module):
    with pytest.raises(AssertionError, match="refused (great_expectations|keras)"):
        run(REFUSE, (*ENGINES, "keras"), (module,), by="fer_pipeline", backend="tensorflow")
