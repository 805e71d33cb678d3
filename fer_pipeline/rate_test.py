"""`fer find-rate`: a learning-rate range test of one entry of params.yaml, with its curve."""

from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from fer_pipeline.errors import InputError
from fer_pipeline.params import Params
from fer_pipeline.reporting.svg import COLOURS, page_style
from fer_pipeline.runtime.notices import framework_notices_held
from fer_pipeline.runtime.slots import device_slot

if TYPE_CHECKING:
    from fer_pipeline.training.rate_finder import RateTest


def propose_rate(entry: str, params: Params, training_file: Path, curve_file: Path) -> float:
    """Run the test on a device slot, draw its curve and return the rate it proposes.

    Raises:
        InputError: Unknown entry, no faces, or a network that cannot be trained at any rate.
    """
    if entry not in params.architectures:
        raise InputError(f"No entry {entry!r} under 'architectures'. params.yaml has: "
                         f"{', '.join(params.architectures)}. Name one of these.")
    slot = device_slot(params.compute.threads, params.run.slots_per_gpu, owner=f"find-rate {entry}")
    with slot, framework_notices_held():
        tested = _tested(entry, params, training_file)
    curve_file.parent.mkdir(parents=True, exist_ok=True)
    with page_style():
        _curve(tested, entry).savefig(curve_file, metadata={"Date": None} if curve_file.suffix == ".svg" else None)
    return tested.proposed


def _tested(entry: str, params: Params, training_file: Path) -> "RateTest":
    from fer_pipeline.data.faces import read_faces
    from fer_pipeline.training.determinism import make_deterministic
    from fer_pipeline.training.rate_finder import find_rate
    from fer_pipeline.training.start import starting_network

    recipe = params.architectures[entry]
    seed = params.train.seed_of(recipe)
    make_deterministic(seed, params.compute.threads)
    return find_rate(starting_network(recipe), read_faces(training_file), recipe, seed)


def _curve(tested: "RateTest", entry: str) -> Figure:
    figure = Figure(figsize=(7, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.semilogx(tested.rates, tested.losses, color=COLOURS["training"])
    axes.xaxis.set_major_formatter(lambda rate, _: f"{rate:g}")
    axes.axvline(tested.proposed, color=COLOURS["public"])
    axes.annotate(f" {tested.proposed:.2g}", (tested.proposed, axes.get_ylim()[1]), va="top", color=COLOURS["public"])
    axes.set(title=f"{entry}: smoothed training loss at a rising learning rate", xlabel="learning rate", ylabel="loss")
    return figure
