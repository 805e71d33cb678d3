"""Small picture trees in every container."""

import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import cv2
import pytest

from fer_pipeline.data.faces import Faces

Content = Mapping[str, bytes]


@pytest.fixture
def pictures(faces: Callable[..., Faces]) -> Callable[..., dict[str, bytes]]:
    """Makes PNG files of random faces, each another one, by their names."""

    def make(*names: str) -> dict[str, bytes]:
        drawn = faces(len(names)).pixels
        return {name: cv2.imencode(".png", face)[1].tobytes() for name, face in zip(names, drawn, strict=True)}

    return make


def as_folder(content: Content, folder: Path) -> Path:
    for name, one in content.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(one)
    return folder


def as_zip(content: Content, folder: Path) -> Path:
    folder.mkdir()
    with zipfile.ZipFile(folder / "faces.zip", "w") as archive:
        for name, one in content.items():
            archive.writestr(name, one)
    return folder / "faces.zip"


def as_tar_gz(content: Content, folder: Path) -> Path:
    as_folder(content, folder / "unpacked")
    with tarfile.open(folder / "faces.tar.gz", "w:gz") as archive:
        for name in reversed(list(content)):
            archive.add(folder / "unpacked" / name, name)
    return folder / "faces.tar.gz"


CONTAINERS = {"folder": as_folder, "zip": as_zip, "tar.gz": as_tar_gz}


@pytest.fixture(params=CONTAINERS)
def contained(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Content], Path]:
    """Writes named contents as a folder, a zip and a tar.gz."""
    return lambda content: CONTAINERS[request.param](content, tmp_path / "container")
