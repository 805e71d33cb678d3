"""A run's kept network judged anew, by what a recipe asks for after training: views, and precise batch normalisation.

Nothing is trained, so the new run is what the same training with the other recipe would have come to.
"""

from pathlib import Path

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from fer_pipeline.away.judging import judge, write
from fer_pipeline.away.packed_faces import read_origin, unpack
from fer_pipeline.errors import InputError
from fer_pipeline.imported_runs.origin import as_learnt
from fer_pipeline.imported_runs.run import ImportedRun, read_faces, read_run
from fer_pipeline.imported_runs.weights import kept_network, rounded
from fer_pipeline.labels import Usage
from fer_pipeline.recipes import TestTime
from fer_pipeline.training.determinism import make_deterministic
from fer_pipeline.training.precise_batch_norm import take_statistics


def judge_again(
    faces: Path, place: Path, name: str, *, test_time: TestTime | None, precise_batch_norm: bool, note: str,
    threads: int,
) -> ImportedRun:
    """Write the run `name` beside the one at `place`, with weights, and what it changes.

    Args:
        faces: Folder that `pack` wrote, of the data and the Training of that run.
        place: Its folder, with weights.
        name: Of the new run.
        test_time: Views instead of the recipe's; None for those.
        precise_batch_norm: Whether statistics are taken anew; where the run has such already, nothing changes.
        note: What is expected of it.
        threads: Of the processor.

    Raises:
        InputError: The run keeps no weights, is of other data, or something stands under the new name.
    """
    before = read_run(place, read_faces(place.parent))
    facts, former = before.facts, before.facts.recipe
    if (place.parent / name).exists():
        raise InputError(f"{place.parent / name} is there already. Give the new run another name.")
    origin = read_origin(faces)
    learnt, here = ((one.data_sha256, as_learnt(one.training, former)) for one in (facts, origin))
    if learnt != here:
        raise InputError(f"{before.name} was trained on other faces than {faces} holds: {learnt}, and there {here}. "
                         "Pack them from a checkout with that source and those settings.")
    make_deterministic(facts.seed, threads)
    recipe = former.model_copy(update={"test_time": test_time or former.test_time,
                                       "precise_batch_norm": former.precise_batch_norm or precise_batch_norm})
    sets, network = unpack(faces), kept_network(place, recipe)
    if recipe.precise_batch_norm and not former.precise_batch_norm:
        take_statistics(network, sets[Usage.TRAINING].pixels)
        network = rounded(recipe, network.get_weights())
    told, predictions = judge(network, sets, recipe.test_time)
    changed = {"entry": recipe.model_dump(mode="json", exclude_defaults=True), "revision": origin.revision,
               "against": before.name, "note": note, **told}
    run = ImportedRun(name, facts.model_copy(update=changed), before.history, predictions)
    write(place.parent, run, network)
    return run


def read_test_time(text: str) -> TestTime:
    """Views as params.yaml has them.

    Raises:
        InputError: The text is no such section.
    """
    try:
        return TestTime.model_validate(YAML(typ="safe").load(text))
    except (YAMLError, ValidationError) as error:
        raise InputError(f"{text!r} is no test_time: {' '.join(str(error).split())}. Write it as params.yaml does, "
                         f"with keys of {', '.join(TestTime.model_fields)}.") from None
