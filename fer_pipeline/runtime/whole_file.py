"""Files that nobody sees half written, whenever the process is killed."""

from pathlib import Path


def write_whole(file: Path, content: bytes) -> None:
    """Write `file` beside its place and move it there; an earlier one is replaced."""
    partial = file.with_name(f".{file.name}.part")
    partial.write_bytes(content)
    partial.replace(file)
