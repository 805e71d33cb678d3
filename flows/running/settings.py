"""The parameters of a flow run that change params.yaml, as the commands of `fer` do, so that DVC sees what is stale."""

from collections.abc import Sequence
from pathlib import Path

from prefect.logging import get_run_logger

from fer_pipeline import profiles


def apply(profile: str | None, source: str | None, architectures: Sequence[str] | None) -> None:
    """Change params.yaml and log the change; what is None stays as it is.

    Args:
        profile: As in `fer profile NAME`; with `architectures` as in `fer profile NAME --only ENTRY …`.
        source: As in `fer source SOURCE`; a path counts from the checkout.
        architectures: Entries to keep, of the profile given or else of the present one.

    Raises:
        InputError: What the commands refuse: an unknown name, own changes of params.yaml, no such source.
    """
    if profile is not None or architectures is not None:
        _show(profiles.switch(profile or profiles.current(), only=architectures, force=False))
    if source is not None:
        _show(profiles.take(source, Path()))


def _show(change: list[str]) -> None:
    get_run_logger().info("\n".join(change) or "params.yaml says so already.")
