"""A made nvidia-smi for machines without a GPU: it lists the GPUs of a file, which may change at any moment."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

LISTING = "gpus.txt"
SCRIPT = """#!/bin/sh
test -s "${0%/*}/gpus.txt" && exec cat "${0%/*}/gpus.txt"
echo "No devices were found"
exit 6
"""


def make_gpus(folder: Path, indices: Iterable[int], environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Write or replace the machine's GPUs, and return an environment in which they are its only ones."""
    folder.mkdir(parents=True, exist_ok=True)
    tool = folder / "nvidia-smi"
    tool.write_text(SCRIPT)
    tool.chmod(0o755)
    listing = folder / f"{LISTING}.partial"
    listing.write_text("".join(f"GPU {index}: Made GPU (UUID: {uuid_of(index)})\n" for index in indices))
    listing.replace(folder / LISTING)
    others = {name: value for name, value in environment.items() if name != "CUDA_VISIBLE_DEVICES"}
    return others | {"PATH": f"{folder}{os.pathsep}{environment['PATH']}"}


def uuid_of(index: int) -> str:
    """Of a made GPU, in the form of a real one's."""
    return f"GPU-{index:08x}-d72c-4106-c12f-20bd9faed9f6"
