"""What each network costs by the clock, from the run log: only what was measured of the very model on the page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from markupsafe import Markup

from fer_pipeline.reporting.figures import Priced, plot_latency
from fer_pipeline.reporting.numbers import NO_BREAK_SPACE, magnitude
from fer_pipeline.reporting.svg import inline_svg, page_style

BUSY = 0.5      # cores: an idle machine's own work is far below, a training beside far above

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Efficiency:
    """What the run log has of the model of one network.

    Attributes:
        figures: PublicTest accuracy and its interval; empty if the network has no figures.
        training: The last training that wrote this very model file.
        latencies: The last measurement of it on each device, by the device's name.
    """

    architecture: str
    figures: Record = field(default_factory=dict)
    training: Record | None = None
    latencies: Sequence[Record] = ()


def efficiencies(names: Iterable[str], networks: Mapping[str, Record], log: Sequence[Record]) -> list[Efficiency]:
    """Join the networks of the page with the run log by the checksum of the model file.

    Args:
        names: Of the networks on the page, in its order.
        networks: By name `model_sha256`, `accuracy`, `accuracy_low` and `accuracy_high`.
        log: Records of stages, oldest first. One without the checksum, or with another, is of another model.
    """
    return [_efficiency(name, networks[name], log) if name in networks else Efficiency(name) for name in names]


def _efficiency(name: str, network: Record, log: Sequence[Record]) -> Efficiency:
    own = [record for record in log if record.get("model_sha256") == network["model_sha256"] and record["succeeded"]]
    trainings = [record for record in own if record["stage"] == f"train@{name}" and "training_seconds" in record]
    latencies = {record["latency"]["name"]: record for record in own
                 if record["stage"] == f"evaluate@{name}" and "latency" in record}
    return Efficiency(name, network, trainings[-1] if trainings else None, list(latencies.values()))


def rows(networks: Iterable[Efficiency]) -> list[dict[str, Any]]:
    """What the table shows: a mapping a network, with a list of a mapping a device."""
    return [{"architecture": one.architecture, "training": _training(one.training),
             "latencies": [_latency(record) for record in one.latencies]} for one in networks]


def _training(record: Record | None) -> dict[str, Any]:
    if record is None:
        return {"energy": {}}
    went_on = record["training_seconds"] > record["seconds"]      # of the whole training, and of its last process
    return {**record, "energy": {of: in_joules(joules) for of, joules in record.get("energy", {}).items()},
            "went_on": went_on}


def _latency(record: Record) -> dict[str, Any]:
    latency = record["latency"]
    batches = [{key: milliseconds(value) if key.endswith("_ms") else value for key, value in batch.items()}
               for batch in latency["batches"]]
    return {**latency, "batches": batches, "busy": latency["others"] >= BUSY,
            "when": f"{datetime.fromisoformat(record['started']):%Y-%m-%d %H:%M}"}


def in_joules(joules: float) -> str:
    """With its unit: `250 J`, `12.3 kJ`."""
    return f"{magnitude(joules)}J" if joules >= 1000 else f"{joules:.0f}{NO_BREAK_SPACE}J"


def milliseconds(value: float | None) -> str | None:
    """Three digits, without the unit: `0.42`, `12.3`, `1,234`."""
    if value is None:
        return None
    decimals = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:,.{decimals}f}"


def pictures(networks: Sequence[Efficiency]) -> dict[str, Markup]:
    """Accuracy by what the network alone takes for a face, a figure a device on which several were measured.

    Keras's share of the call is the same for all of them, larger than small networks take, and what varies most: with
    it, chance would decide who is on the front.
    """
    with page_style():
        return {device: Markup(inline_svg(
            plot_latency(priced), name=f"latency{number}",
            description=f"Dots: PublicTest accuracy of each architecture by its milliseconds a face on {device}."))
            for number, (device, priced) in enumerate(_priced(networks).items()) if len(priced) > 1}


def _priced(networks: Iterable[Efficiency]) -> dict[str, list[Priced]]:
    """By device, the networks measured on it."""
    devices: dict[str, list[Priced]] = {}
    for one in networks:
        for record in one.latencies:
            single = next(batch for batch in record["latency"]["batches"] if batch["batch"] == 1)
            devices.setdefault(record["latency"]["name"], []).append(Priced(
                one.architecture, single["median_ms"] if single["network_ms"] is None else single["network_ms"],
                *(one.figures[key] for key in ("accuracy", "accuracy_low", "accuracy_high"))))
    return devices
