"""Size, agreement and speed of a network in Keras, ONNX Runtime and LiteRT, float32 and int8: two tables in Markdown.

Each number of threads has a process of its own, in which the ways take turns, round after round, on the same faces. The
figure is the 10th percentile of a way's calls: what else the machine does makes calls slower and never faster.

    python benchmarks/export_latency.py MODEL.keras data/prepared/training.npz data/prepared/public_test.npz
    python benchmarks/export_latency.py MODEL.keras TRAINING.npz PUBLIC_TEST.npz --rounds 5 --seconds 0.5
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

BATCHES = (1, 64)
THREADS = (1, 2)
WAYS = {"keras": "Keras, predict_on_batch", "onnx": "ONNX Runtime", "litert": "LiteRT", "litert_int8": "LiteRT, int8"}
CALIBRATION, SEED = 500, 13
WARM_UP = 3
FASTEST = 10    # percent of the calls


def main() -> None:
    """Convert, compare, time, and print both tables."""
    chosen = _arguments()
    if chosen.folder:
        print(json.dumps(_timed(chosen)))
        return
    with tempfile.TemporaryDirectory() as folder:
        compared = _converted(chosen, Path(folder))
        timed = {threads: _in_own_process(threads, folder) for threads in THREADS}
    print(f"{chosen.model.name}\n\n| way | MB | same emotion as Keras | largest difference | accuracy |\n"
          "|---|---|---|---|---|")
    for way, name in WAYS.items():
        one = compared[way]
        print(f"| {name} | {one['bytes'] / 1e6:.2f} | {_share(one.get('same_class'))} | "
              f"{_plain(one.get('largest_difference'))} | {one['accuracy']:.2%} |")
    heads = [f"{batch} face{'s' * (batch > 1)}, {threads} thread{'s' * (threads > 1)}"
             for threads in THREADS for batch in BATCHES]
    print(f"\n| way | {' | '.join(heads)} |\n|{'---|' * (len(heads) + 1)}")
    for way, name in WAYS.items():
        cells = [f"{timed[threads][way][str(batch)]:.2f} ms, {1000 * batch / timed[threads][way][str(batch)]:,.0f}/s"
                 for threads in THREADS for batch in BATCHES]
        print(f"| {name} | {' | '.join(cells)} |")


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.2%}"


def _plain(difference: float | None) -> str:
    return "" if difference is None else f"{difference:.2g}"


def _converted(chosen: argparse.Namespace, folder: Path) -> dict[str, dict[str, float]]:
    """Write the files and say how they compare with Keras on all of PublicTest."""
    from fer_pipeline.data.faces import read_faces
    from fer_pipeline.exporting.files import Files, compare_files, write_files
    from fer_pipeline.exporting.networks import load_network
    from fer_pipeline.inference import probabilities
    from fer_pipeline.predicting.card import Card

    network, faces = load_network(chosen.model), read_faces(chosen.public_test)
    training = read_faces(chosen.training).pixels
    calibration = training[np.random.default_rng(SEED).choice(len(training), CALIBRATION, replace=False)]
    files = Files(*(folder / f"model{ending}" for ending in (".onnx", ".tflite", "_int8.tflite")))
    write_files(network, Card(name=chosen.model.stem, architecture=network.name), faces, calibration, files)
    (folder / "model.keras").symlink_to(chosen.model.resolve())
    by_keras = probabilities(network, faces.pixels)
    return {"keras": {"bytes": chosen.model.stat().st_size,
                      "accuracy": float((by_keras.argmax(1) == faces.emotion).mean())},
            **compare_files(files, faces, by_keras, threads=1)}


def _in_own_process(threads: int, folder: str) -> dict[str, dict[str, float]]:
    done = subprocess.run([sys.executable, __file__, *sys.argv[1:], "--folder", folder, "--threads", str(threads)],
                          check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, dict[str, float]] = json.loads(done.stdout)
    return found


def _timed(chosen: argparse.Namespace) -> dict[str, dict[int, float]]:
    """Milliseconds of a call, by way and batch."""
    from fer_pipeline.data.faces import as_input, read_faces

    calls = _calls(chosen.folder, chosen.threads)
    pixels = read_faces(chosen.public_test).pixels
    batches = {batch: as_input(pixels[:batch]) for batch in BATCHES}
    runs: dict[str, dict[int, list[float]]] = {way: {batch: [] for batch in BATCHES} for way in calls}
    for _ in range(chosen.rounds):
        for batch, faces in batches.items():
            for way, call in calls.items():
                runs[way][batch] += _milliseconds(call, faces, chosen.seconds)
    return {way: {batch: float(np.percentile(times, FASTEST)) for batch, times in one.items()}
            for way, one in runs.items()}


def _calls(folder: Path, threads: int) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    import keras

    from fer_pipeline.predicting import litert_file, onnx_file
    from fer_pipeline.training.determinism import make_deterministic

    make_deterministic(0, threads)
    network = keras.models.load_model(folder / "model.keras", compile=False)
    return {"keras": network.predict_on_batch, "onnx": onnx_file.open_file(folder / "model.onnx", threads).raw,
            "litert": litert_file.open_file(folder / "model.tflite", threads).raw,
            "litert_int8": litert_file.open_file(folder / "model_int8.tflite", threads).raw}


def _milliseconds(call: Callable[[np.ndarray], np.ndarray], faces: np.ndarray, seconds: float) -> list[float]:
    for _ in range(WARM_UP):
        call(faces)
    times: list[float] = []
    began = time.perf_counter()
    while time.perf_counter() - began < seconds or not times:
        started = time.perf_counter()
        call(faces)
        times.append(1000 * (time.perf_counter() - started))
    return times


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="a .keras file")
    parser.add_argument("training", type=Path, help="faces that calibrate int8")
    parser.add_argument("public_test", type=Path, help="faces that are compared and timed")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=0.5, help="of a way in a round at one batch size")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    main()
