"""Ours and the package fer (PyPI), side by side: from file to answer, a face in a loop, accuracy on PrivateTest.

Both run in turn, round after round, on the same cores. `--theirs` is the Python of an environment with fer installed;
fer is asked as it comes (Haar, its quantised network) and with `use_tflite=False`. Medians of the clock are printed,
and means of CPU time, which other work on the machine changes less.

    FER_DATA=fer2013.csv python benchmarks/against_fer.py --theirs fer-venv/bin/python --picture astronaut.png
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
from real_faces import real_faces

from fer_pipeline.labels import Usage

TIMED = """
import json, sys, time
import numpy as np

def timed(asked, things):
    said, clock, cpu = [], [], []
    for thing in things:
        began = time.perf_counter(), time.process_time()
        said.append(asked(thing))
        clock.append(time.perf_counter() - began[0])
        cpu.append(time.process_time() - began[1])
    return said, [float(np.median(clock)), float(np.mean(cpu))] if clock else [0, 0]

def tell(picture_asked, crop_asked):
    picture, faces, rounds = sys.argv[1], sys.argv[3], int(sys.argv[4])
    found = picture_asked(picture)
    crops = np.load(faces) if faces else np.zeros((0, 48, 48), np.uint8)
    _, picture_took = timed(picture_asked, [picture] * rounds)
    told, crop_took = timed(crop_asked, crops)
    print(json.dumps([found, picture_took, crop_took, told]))
"""
OURS = TIMED + """
from fer_pipeline import Predictor
predictor = Predictor(sys.argv[2] or None, fast=sys.argv[5] == "fast")
tell(lambda picture: len(predictor(picture)),
     lambda crop: int(predictor(crop, cropped=True)[0].probabilities.argmax()))
"""
THEIRS = TIMED + """
import cv2
from fer.fer import FER
detector = FER(use_tflite=sys.argv[5] == "tflite")

def crop_asked(crop):       # as detect_emotions does it after cutting
    large = cv2.resize(crop, (64, 64)).astype("float32")[np.newaxis] / 255.0
    return int(np.argmax(detector._classify_emotions((large - 0.5) * 2.0)[0]))

tell(lambda picture: len(detector.detect_emotions(cv2.imread(picture))), crop_asked)
"""
WAYS = {"ours": (OURS, ""), "ours --fast": (OURS, "fast"), "fer": (THEIRS, "tflite"), "fer, Keras": (THEIRS, "keras")}


def main() -> None:
    """Print a row a way."""
    chosen = _arguments()
    faces, emotions = real_faces(Usage.PRIVATE_TEST, chosen.faces)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "faces.npy"
        np.save(file, faces)
        starts: dict[str, list[float]] = {way: [] for way in WAYS}
        for _ in range(chosen.rounds):
            for way in WAYS:
                starts[way].append(_asked(chosen, way, "", 0)[0])
        print(f"{'way':<14}{'file to answer s':>18}{'picture ms':>12}{'its CPU':>9}{'crop ms':>9}{'its CPU':>9}"
              f"{'PrivateTest':>13}")
        for way in WAYS:
            _, (found, picture, crop, told) = _asked(chosen, way, str(file), chosen.loops)
            took = f"{1000 * picture[0]:>12.1f}{1000 * picture[1]:>9.1f}{1000 * crop[0]:>9.2f}{1000 * crop[1]:>9.2f}"
            print(f"{way:<14}{median(starts[way]):>18.2f}{took}"
                  f"{np.mean(np.array(told) == emotions):>13.1%}   {found} faces", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--theirs", type=Path, required=True, help="Python with fer installed")
    parser.add_argument("--picture", type=Path, required=True)
    parser.add_argument("--model", default="", help="of ours; default: the one that the package ships")
    parser.add_argument("--faces", type=int, help="of PrivateTest; default: all")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--loops", type=int, default=20)
    return parser.parse_args()


def _asked(chosen: argparse.Namespace, way: str, faces: str, loops: int) -> tuple[float, list]:
    """Seconds of a fresh process from its start to its end, and what it printed."""
    code, option = WAYS[way]
    python = sys.executable if code is OURS else str(chosen.theirs.absolute())
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH" or code is OURS}
    began = time.perf_counter()
    said = subprocess.run([python, "-c", code, str(chosen.picture), chosen.model, faces, str(loops), option],
                          check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - began, json.loads(said.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
