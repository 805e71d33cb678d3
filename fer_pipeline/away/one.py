"""One training of a plan, from packed faces to an imported run and its weights in float16."""

import hashlib
import time
from importlib.metadata import version
from pathlib import Path

import keras
import pandas as pd

from fer_pipeline.architectures import starting_weights
from fer_pipeline.away.packed_faces import read_origin, unpack
from fer_pipeline.away.plan import Plan
from fer_pipeline.data.faces import Faces
from fer_pipeline.evaluation.chosen_views import predict_public_test, views_of
from fer_pipeline.evaluation.cost import flops
from fer_pipeline.evaluation.predictions import predict
from fer_pipeline.imported_runs.origin import Origin
from fer_pipeline.imported_runs.run import Facts, ImportedRun, write_run
from fer_pipeline.imported_runs.weights import rounded, write_weights
from fer_pipeline.labels import Usage
from fer_pipeline.training.archive import archive_of
from fer_pipeline.training.determinism import make_deterministic
from fer_pipeline.training.fit import fit
from fer_pipeline.training.progress import epoch_line
from fer_pipeline.training.snapshot import Snapshot
from fer_pipeline.training.start import starting_network
from fer_pipeline.training.trainer import faces_an_epoch


def train(plan: Plan, name: str, faces: Path, out: Path, hardware: str) -> None:
    """Train the run `name` of the plan; its folder is under `out` once everything in it is there.

    PrivateTest is asked when nothing is left to choose. The weights are rounded to float16 before anything is
    predicted, so that what travels home is the network that was judged, to the bit.
    """
    chosen = plan.runs[name]
    make_deterministic(chosen.seed, plan.compute.threads)
    if plan.compute.mixed_precision:
        keras.config.set_dtype_policy("mixed_bfloat16")
    sets, network, began = unpack(faces), starting_network(chosen.entry), time.monotonic()
    history = _fitted(network, sets, plan, name)
    seconds = time.monotonic() - began
    keras.config.set_dtype_policy("float32")
    run = _judged(rounded(chosen.entry, network.get_weights()), sets, plan, name, history, seconds, hardware,
                  read_origin(faces))
    partial = out / f".{name}"
    write_run(partial, run)
    write_weights(partial / name, network.get_weights())
    (partial / name).replace(out / name)
    partial.rmdir()


def _fitted(network: keras.Model, sets: dict[Usage, Faces], plan: Plan, name: str) -> Snapshot:
    chosen, training = plan.runs[name], sets[Usage.TRAINING]
    shown = faces_an_epoch(training, chosen.entry)

    def after_epoch(snapshot: Snapshot) -> None:
        print(f"{name}  {epoch_line(snapshot, chosen.entry.epochs, shown)}", flush=True)

    return fit(network, training, sets[Usage.PUBLIC_TEST], chosen.entry, seed=chosen.seed, snapshot=Snapshot(),
               after_epoch=after_epoch, callbacks=[])


def _judged(network: keras.Model, sets: dict[Usage, Faces], plan: Plan, name: str, history: Snapshot, seconds: float,
            hardware: str, origin: Origin) -> ImportedRun:
    chosen, archive = plan.runs[name], archive_of(network)
    checksum = hashlib.sha256(archive).hexdigest()
    guides = predict_public_test(network, sets[Usage.PUBLIC_TEST], chosen.entry.test_time, checksum)
    judges = predict(network, sets[Usage.PRIVATE_TEST], views_of(guides, chosen.entry.test_time), checksum)
    backend = keras.backend.backend()
    facts = Facts(
        entry=chosen.entry.model_dump(mode="json", exclude_defaults=True), seed=chosen.seed, views=guides.views,
        weights=starting_weights(chosen.entry.architecture, chosen.entry.weights),
        mixed_precision=plan.compute.mixed_precision, parameters=network.count_params(), flops=flops(network),
        file_bytes=len(archive), model_sha256=checksum, epochs=len(history.history),
        training_seconds=round(seconds, 3), hardware=hardware, note=chosen.note, against=chosen.against,
        versions={package: version(package) for package in ("keras", backend, "numpy")},
        **origin.model_dump())
    return ImportedRun(name, facts, pd.DataFrame(history.history),
                       {Usage.PUBLIC_TEST: guides, Usage.PRIVATE_TEST: judges})
