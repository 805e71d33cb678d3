"""Pages of made-up runs, made quickly."""

import json
from pathlib import Path

import numpy as np

from fer_pipeline.balancing.augmentation import augmentation
from fer_pipeline.data.faces import read_faces, write_faces
from fer_pipeline.labels import Usage
from fer_pipeline.reporting.census_page import render
from fer_pipeline.reporting.run_section import insert_run
from fer_pipeline.sample.drawing import draw_faces
from tests.census.pictures import black, drawn, mirrored, noisy, text_card
from tests.reporting.finished_run import make_run, provenance
from tests.reporting.test_census_page import data_of

NAMES = ("lenet5", "four_conv_cnn", "three_block_cnn")
RUN = {
    "networks": {}, "log": [], "energy_untold": "no counter here", "revision": "0a1b2c3", "dvc_lock_sha256": "cd" * 32,
    "hardware": "2 cores", "stages": [
        {"stage": "acquire", "status": "skipped", "started": "2026-11-01T10:00:00+00:00", "seconds": 3.0},
        {"stage": "train@lenet5", "status": "ran", "started": "2026-11-02T10:00:00+00:00", "seconds": 80.0,
         "device": "cpu", "epochs": 15, "training_seconds": 70.0, "faces_per_second": 1234.5},
        {"stage": "train@four_conv_cnn", "status": "failed", "started": "2026-11-02T10:00:30+00:00", "seconds": 20.0}]}


def report(folder: Path) -> Path:
    """A run in which all went well, of the sample, balanced by augmentation."""
    run = make_run(folder, *NAMES, draw=lambda emotion, seed: draw_faces(emotion.astype(np.uint8), seed=seed))
    balanced = augmentation(read_faces(run.training_file), target=14, seed=5)
    write_faces(run.balanced_file, balanced.faces)
    balanced.origins.to_csv(run.origins_file, index=False)
    run.report(*NAMES)
    return run.report_file


def index(folder: Path) -> Path:
    """A run on a source that is not drawn, without its champion, with a failed expectation and what the clock said."""
    run = make_run(folder, *NAMES)
    run.model(NAMES[0]).unlink()
    run.provenance_file.write_text(json.dumps(provenance(synthetic=False)))
    content = json.loads(run.balanced_validation_file.read_text())
    content["expectations"].append({**content["expectations"][0], "meaning": "no face twice", "success": False})
    run.balanced_validation_file.write_text(json.dumps(content | {"passed": False}))
    return _written(folder / "index.html", insert_run(run.report(*NAMES, profile="fer2013"), RUN))


def census(folder: Path) -> Path:
    """Drawn faces with every fault that has pictures, and a csv row that could not be read."""
    training, public_test, private_test = (drawn(14, seed=seed, first_row=100 * seed) for seed in range(3))
    training.pixels[3], public_test.pixels[4] = black(), text_card()
    private_test.pixels[5], public_test.pixels[7] = training.pixels[6], noisy(training.pixels[7])
    private_test.pixels[9] = mirrored(training.pixels[9])
    faces = dict(zip(Usage, (training, public_test, private_test), strict=True))
    unreadable = [("Training", 8, "7", "emotion", "emotion '7'; expected 0 to 6", "")]
    return _written(folder / "census.html", render(data_of(faces, unreadable)))


def _written(file: Path, text: str) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file
