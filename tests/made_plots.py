"""A checkout with the plots of dvc.yaml and made-up figures: one revision, and others in the workspace."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from ruamel.yaml import YAML

from fer_pipeline.evaluation.curves import precision_recall_points, roc_points
from fer_pipeline.labels import EMOTIONS

ROOT = Path(__file__).parents[1]
COPIED = (".dvc/config", ".dvc/.gitignore", ".dvc/plots_page.html", ".gitignore", "dvc.yaml")
NETWORKS = ("lenet5", "four_conv_cnn", "three_block_cnn", "lenet5_student")     # of the profile `sample`
CONFUSION = (*(f"{usage}/{name}" for usage in ("PublicTest", "PrivateTest") for name in NETWORKS),
             "ensemble/PublicTest", "ensemble/PrivateTest")
TOGETHER = {
    "roc together": {"template": "roc", "x": "false_positive_rate", "y": {
        f"artifacts/curves/roc/{name}.csv": "true_positive_rate" for name in NETWORKS[:2]}},
    "matrices together": {"template": "confusion_by_emotion", "x": "emotion_pred", "y": {
        f"artifacts/confusion/PrivateTest/{name}.csv": "emotion_true" for name in NETWORKS[:2]}},
}
STRENGTHS = {"none": [0], "gaussian_noise": [4, 16], "contrast": [0.75, 0.5, 0.25]}
Network = Callable[..., tuple[np.ndarray, np.ndarray]]


def made_plots(folder: Path, network: Network) -> Path:
    """The checkout; its only commit holds what less skilled networks said, the first of them without angry faces.

    Two plots more than in dvc.yaml have the figures of two networks each.
    """
    shutil.copytree(ROOT / ".dvc" / "plots", folder / ".dvc" / "plots")
    for name in COPIED:
        shutil.copyfile(ROOT / name, folder / name)
    shutil.copyfile(ROOT / "profiles" / "sample.yaml", folder / "params.yaml")
    _add_plots(folder / "dvc.yaml")
    _write(folder / "artifacts", network, skill=1)
    _write_curves(folder / "artifacts/curves", NETWORKS[0], *network(300, absent=(EMOTIONS.index("angry"),)))
    _git(folder, "init", "--quiet")
    _git(folder, "add", "--force", ".")
    _git(folder, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet", "-m", "start")
    _write(folder / "artifacts", network, skill=3)
    return folder


def _add_plots(file: Path) -> None:
    content = YAML(typ="safe").load(file)
    content["plots"].extend({name: plot} for name, plot in TOGETHER.items())
    YAML(typ="safe").dump(content, file)


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True)


def _write(folder: Path, network: Network, skill: float) -> None:
    for seed, name in enumerate(NETWORKS):
        _write_curves(folder / "curves", name, *network(300, seed=seed, skill=skill))
        _table(_history(skill), folder / f"histories/{name}.csv")
    for seed, name in enumerate(CONFUSION):
        _table(_confusion(*network(300, seed=seed, skill=skill)), folder / f"confusion/{name}.csv")
    _table(_counts(), folder / "balance/counts.csv")
    _table(_robustness(skill / 4), folder / "examination/robustness.csv")


def _write_curves(folder: Path, name: str, true: np.ndarray, probabilities: np.ndarray) -> None:
    _table(roc_points(true, probabilities), folder / f"roc/{name}.csv")
    _table(precision_recall_points(true, probabilities), folder / f"precision_recall/{name}.csv")


def _table(content: pd.DataFrame, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    content.to_csv(file, index=False)


def _history(skill: float) -> pd.DataFrame:
    accuracy = skill * np.array([0.1, 0.2, 0.25])
    return pd.DataFrame({"epoch": [1, 2, 3], "accuracy": accuracy, "public_test_accuracy": accuracy / 2})


def _confusion(true: np.ndarray, probabilities: np.ndarray) -> pd.DataFrame:
    """What a network says that never says disgust."""
    said = np.where(np.arange(len(EMOTIONS)) == EMOTIONS.index("disgust"), 0, probabilities).argmax(axis=1)
    return pd.DataFrame({"emotion_true": np.take(EMOTIONS, true), "emotion_pred": np.take(EMOTIONS, said)})


def _counts() -> pd.DataFrame:
    return pd.DataFrame({"emotion": EMOTIONS, "before": range(10, 80, 10), "after": 70})


def _robustness(accuracy: float) -> pd.DataFrame:
    rows = [{"variant": f"{name} {strength:g}", "corruption": name, "strength": float(strength),
             "accuracy": accuracy / (1 + place)}
            for name, strengths in STRENGTHS.items() for place, strength in enumerate(strengths, start=name != "none")]
    return pd.DataFrame(rows)
