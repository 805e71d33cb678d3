"""One training of a plan, from packed faces to an imported run and its weights in float16."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import pandas as pd

from fer_pipeline.architectures import starting_weights
from fer_pipeline.away.judging import judge, write
from fer_pipeline.away.packed_faces import PICTURE, TABLE, read_origin, unpack
from fer_pipeline.away.plan import Plan
from fer_pipeline.away.teaching import TEACHING, soft_targets_of
from fer_pipeline.data.faces import Faces
from fer_pipeline.imported_runs.run import Facts, ImportedRun
from fer_pipeline.imported_runs.weights import rounded
from fer_pipeline.labels import Usage
from fer_pipeline.runtime.state import ResumeState
from fer_pipeline.stages.train_student import CODE
from fer_pipeline.training.determinism import make_deterministic
from fer_pipeline.training.fit import fit
from fer_pipeline.training.progress import epoch_line
from fer_pipeline.training.run import fingerprint
from fer_pipeline.training.snapshot import Snapshot
from fer_pipeline.training.start import starting_network
from fer_pipeline.training.targets import SoftTargets
from fer_pipeline.training.trainer import faces_an_epoch


def train(plan: Plan, name: str, faces: Path, out: Path, hardware: str) -> None:
    """Train the run `name` of the plan; its folder is under `out` once everything in it is there.

    One that was killed goes on from its last epoch. The weights are rounded to float16 before anything is predicted,
    so that what travels home is the network that was judged, to the bit.
    """
    chosen = plan.runs[name]
    make_deterministic(chosen.seed, plan.compute.threads)
    if plan.compute.mixed_precision:
        keras.config.set_dtype_policy("mixed_bfloat16")
    sets, network = unpack(faces), starting_network(chosen.entry)
    soft, teachers = soft_targets_of(chosen.entry, faces, sets[Usage.TRAINING])
    learnt = [faces / name for name in (PICTURE, TABLE, *([TEACHING] if teachers else []))]
    state = ResumeState(f"away@{name}", fingerprint(chosen.entry, chosen.seed, plan.compute, CODE, learnt))
    history = _fitted(network, sets, plan, name, state, soft)
    keras.config.set_dtype_policy("float32")
    network = rounded(chosen.entry, network.get_weights())
    told, predictions = judge(network, sets, chosen.entry.test_time)
    facts = _facts(plan, name, history, hardware=hardware, teachers=teachers, **read_origin(faces).model_dump(), **told)
    write(out, ImportedRun(name, facts, pd.DataFrame(history.history), predictions), network)
    state.discard()


def _fitted(network: keras.Model, sets: dict[Usage, Faces], plan: Plan, name: str, state: ResumeState,
            soft: SoftTargets | None) -> Snapshot:
    chosen, training, saved = plan.runs[name], sets[Usage.TRAINING], state.load()
    shown = faces_an_epoch(training, chosen.entry)

    def after_epoch(snapshot: Snapshot) -> None:
        state.save(snapshot.arrays())
        print(f"{name}  {epoch_line(snapshot, chosen.entry.epochs, shown)}", flush=True)

    return fit(network, training, sets[Usage.PUBLIC_TEST], chosen.entry, seed=chosen.seed,
               snapshot=Snapshot.of(saved) if saved else Snapshot(), after_epoch=after_epoch, callbacks=[], soft=soft)


def _facts(plan: Plan, name: str, history: Snapshot, **told: Any) -> Facts:
    chosen, backend = plan.runs[name], keras.backend.backend()
    return Facts(
        entry=chosen.entry.model_dump(mode="json", exclude_defaults=True), seed=chosen.seed,
        weights=starting_weights(chosen.entry.architecture, chosen.entry.weights),
        mixed_precision=plan.compute.mixed_precision, epochs=len(history.history),
        training_seconds=round(history.seconds, 3), note=chosen.note, against=chosen.against,
        versions={package: version(package) for package in ("keras", backend, "numpy")}, **told)
