"""A network judged, and its run written with its weights."""

import hashlib
from pathlib import Path
from typing import Any

import keras

from fer_pipeline.data.faces import Faces
from fer_pipeline.evaluation.chosen_views import predict_public_test, views_of
from fer_pipeline.evaluation.cost import flops
from fer_pipeline.evaluation.predictions import Predictions, predict
from fer_pipeline.imported_runs.run import ImportedRun, write_run
from fer_pipeline.imported_runs.weights import write_weights
from fer_pipeline.labels import Usage
from fer_pipeline.recipes import TestTime
from fer_pipeline.training.archive import archive_of


def judge(
    network: keras.Model, sets: dict[Usage, Faces], test_time: TestTime,
) -> tuple[dict[str, Any], dict[Usage, Predictions]]:
    """What run.json tells of the network itself, and what it says of faces.

    PrivateTest is asked once, when nothing is left to choose: by the views that PublicTest chose.
    """
    archive = archive_of(network)
    checksum = hashlib.sha256(archive).hexdigest()
    guides = predict_public_test(network, sets[Usage.PUBLIC_TEST], test_time, checksum)
    judges = predict(network, sets[Usage.PRIVATE_TEST], views_of(guides, test_time), checksum)
    told = {"views": guides.views, "parameters": network.count_params(), "flops": flops(network),
            "file_bytes": len(archive), "model_sha256": checksum}
    return told, {Usage.PUBLIC_TEST: guides, Usage.PRIVATE_TEST: judges}


def write(folder: Path, run: ImportedRun, network: keras.Model) -> None:
    """Write the run and the network's weights in float16 under `folder`, where its place stands once all is in it."""
    partial = folder / f".{run.name}"
    write_run(partial, run)
    write_weights(partial / run.name, network.get_weights())
    (partial / run.name).replace(folder / run.name)
    partial.rmdir()
