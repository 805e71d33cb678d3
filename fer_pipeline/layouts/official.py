"""The checksums that tell an official csv of FER-2013 from a copy that somebody changed.

Source: torchvision.datasets.FER2013, which refuses files with others.
"""

import hashlib

from fer_pipeline.layouts.trees import Tree

OFFICIAL_MD5 = {
    "f8428a1edbd21e88f42c73edd2a14f95": "fer2013.csv",
    "b114b9e04e6949e5fe8b6a98b3892b1d": "icml_face_data.csv",
}


def compare(tree: Tree, member: str) -> dict[str, str | None]:
    """MD5 of a csv within a source, and which official file it is to the byte; None if none."""
    with tree.open(member) as file:
        digest = hashlib.file_digest(file, "md5").hexdigest()      # type: ignore[arg-type]
    return {"csv_md5": digest, "official_file": OFFICIAL_MD5.get(digest)}
