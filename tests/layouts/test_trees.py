import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from fer_pipeline.checksum import sha256_of
from fer_pipeline.errors import InputError
from fer_pipeline.layouts import trees
from fer_pipeline.layouts.pack import pack
from fer_pipeline.layouts.trees import open_tree
from tests.layouts.conftest import as_folder, as_zip

CONTENT = {"b/two.txt": b"two", "a/one.txt": b"one", "three.txt": b"three" * 1000}


def opened(path: Path) -> None:
    with open_tree(path):
        pass


def test_every_container_gives_the_same_sorted_names_and_contents(contained):
    with open_tree(contained(CONTENT)) as tree:
        assert tree.names == ["a/one.txt", "b/two.txt", "three.txt"]
        assert dict(tree.read_all(tree.names)) == CONTENT
        assert dict(tree.read_all(["b/two.txt"])) == {"b/two.txt": b"two"}
        with tree.open("three.txt") as member:
            assert member.read() == CONTENT["three.txt"]


def test_a_single_file_is_a_tree_of_one_whatever_its_name(tmp_path):
    file = tmp_path / "faces.zip"
    file.write_bytes(b"emotion,pixels,Usage\n")
    with open_tree(file) as tree:
        assert dict(tree.read_all(tree.names)) == {"faces.zip": b"emotion,pixels,Usage\n"}


def zip_with(file: Path, name: str, mode: int = 0) -> Path:
    member = zipfile.ZipInfo(name)
    member.external_attr = mode << 16
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(member, "content")
    return file


def tar_with(file: Path, **facts: object) -> Path:
    member = tarfile.TarInfo("member")
    for name, value in facts.items():
        setattr(member, name, value)
    with tarfile.open(file, "w:gz") as archive:
        archive.addfile(member, io.BytesIO(b"x" * member.size))
    return file


@pytest.mark.parametrize("name", ["../outside.png", "happy/../../outside.png", "/etc/outside.png"])
def test_a_member_outside_the_archive_is_refused_by_name(tmp_path, name):
    for archive in (zip_with(tmp_path / "a.zip", name), tar_with(tmp_path / "a.tar.gz", name=name)):
        with pytest.raises(InputError, match=rf"{archive.name} is refused: its member '{name}' points outside"):
            opened(archive)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_in_a_tar_are_refused(tmp_path, kind):
    with pytest.raises(InputError, match=r"member 'member' is a link or a device"):
        opened(tar_with(tmp_path / "a.tar.gz", type=kind, linkname="/etc/passwd"))


def test_a_link_in_a_zip_or_a_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="is a link or a device"):
        opened(zip_with(tmp_path / "a.zip", "link.png", mode=0o120777))
    folder = as_folder(CONTENT, tmp_path / "folder")
    (folder / "link.png").symlink_to("/etc/passwd")
    with pytest.raises(InputError, match=r"member 'link\.png' is a link"):
        opened(folder)


def test_size_and_number_are_bounded_before_anything_is_read(tmp_path, monkeypatch):
    archive = as_zip(CONTENT, tmp_path / "container")
    monkeypatch.setattr(trees, "MOST_BYTES", 5000)
    with pytest.raises(InputError, match=r"'three\.txt' brings it above 5,000 bytes unpacked"):
        opened(archive)
    monkeypatch.setattr(trees, "MOST_MEMBERS", 1)
    with pytest.raises(InputError, match=r"'a/one\.txt' is one more than 1 members"):
        opened(archive)


def test_a_bomb_is_refused_by_what_its_header_says(tmp_path):
    header = tarfile.TarInfo("bomb.csv")
    header.size = 1 << 40
    (tmp_path / "bomb.tar").write_bytes(header.tobuf() + bytes(10240))
    with pytest.raises(InputError, match=r"'bomb\.csv' brings it above 4,294,967,296 bytes unpacked"):
        opened(tmp_path / "bomb.tar")


def test_a_name_that_occurs_twice_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("one.txt", "1")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("one.txt", "2")
    with pytest.raises(InputError, match=r"a\.zip is refused: 1 of its member names occur more than once"):
        opened(tmp_path / "a.zip")


def test_an_encrypted_zip_is_refused(tmp_path):
    archive = zip_with(tmp_path / "a.zip", "one.txt")
    content = bytearray(archive.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1      # the flag bits of the central directory
    archive.write_bytes(content)
    with pytest.raises(InputError, match=r"a\.zip is encrypted \(one\.txt\)\. Give an archive without a password"):
        opened(archive)


def test_a_truncated_archive_is_refused(tmp_path, pictures):
    from tests.layouts.conftest import as_tar_gz

    archive = as_tar_gz(pictures("happy/1.png", "sad/2.png"), tmp_path / "container")
    archive.write_bytes(archive.read_bytes()[:-2000])
    with pytest.raises(InputError, match=r"faces\.tar\.gz is a broken archive: .*Fetch it again"):
        opened(archive)


def test_nothing_there_is_said_by_path(tmp_path):
    with pytest.raises(InputError, match=rf"{tmp_path / 'gone'} is not there\. Bring it back"):
        opened(tmp_path / "gone")


def test_a_folder_packs_to_the_same_bytes_whenever_and_in_whatever_order_it_was_written(tmp_path):
    first = as_folder(CONTENT, tmp_path / "first")
    again = as_folder(dict(reversed(CONTENT.items())), tmp_path / "again")
    os.utime(again / "three.txt", (1, 1))
    for folder in (first, again):
        pack(folder, folder.with_suffix(".zip"))
    assert sha256_of(first.with_suffix(".zip")) == sha256_of(again.with_suffix(".zip"))
    with open_tree(first.with_suffix(".zip")) as tree:
        assert dict(tree.read_all(tree.names)) == CONTENT
