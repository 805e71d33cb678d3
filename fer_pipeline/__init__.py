"""An open training pipeline for facial expressions: data, networks, protocol, report, and the network in use.

`Predictor` finds the faces of a picture and says what they show.
"""


def __getattr__(name: str) -> object:
    """`Predictor` once it is asked for: no stage pays for it."""
    if name == "Predictor":
        from fer_pipeline.predicting.predictor import Predictor

        return Predictor
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
