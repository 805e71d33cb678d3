"""What a slim worker needs: training without TensorFlow, and data without any framework."""

import os
import subprocess
import sys
from importlib.util import find_spec

import pytest

ENGINES = ("tensorflow", "prefect", "dvc", "great_expectations")
TRAINING = ("fer_pipeline.training.fit", "fer_pipeline.training.archive", "fer_pipeline.training.progress",
            "fer_pipeline.architectures", "fer_pipeline.params", "fer_pipeline.data.faces")
DATA = ("fer_pipeline.labels", "fer_pipeline.params", "fer_pipeline.data.faces", "fer_pipeline.data.fer2013",
        "fer_pipeline.data.manifest", "fer_pipeline.data.pictures", "fer_pipeline.balancing.strategies",
        "fer_pipeline.evaluation.metrics", "fer_pipeline.evaluation.ranking", "fer_pipeline.validation.findings",
        "fer_pipeline.runtime.slots", "fer_pipeline.runtime.state", "fer_pipeline.architectures")
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
    architectures.build(name, input_shape=(48, 48, 1), classes=7)
print(keras.backend.backend())
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


@pytest.mark.skipif(find_spec("jax") is None, reason="needs jax, which slim workers train with")
def test_training_and_networks_run_on_jax_without_tensorflow():
    assert run(REFUSE + BUILD, ENGINES, TRAINING, backend="jax") == "jax\n"


def test_data_settings_and_figures_need_no_keras():
    run(REFUSE, (*ENGINES, "keras"), DATA, backend="tensorflow")


@pytest.mark.parametrize("module", ["fer_pipeline.validation.expectations", "fer_pipeline.training.fit"])
def test_a_refused_import_is_seen(module):
    with pytest.raises(AssertionError, match="refused (great_expectations|keras)"):
        run(REFUSE, (*ENGINES, "keras"), (module,), by="fer_pipeline", backend="tensorflow")
