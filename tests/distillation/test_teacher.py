from pathlib import Path

from fer_pipeline.checksum import sha256_of
from fer_pipeline.distillation.teacher import read_teacher, write_teacher

RECORD = {
    "accuracy": 0.7, "members": [{"architecture": "b", "votes": 3, "weight": 0.75, "model_sha256": "bb"},
                                 {"architecture": "a", "votes": 1, "weight": 0.25, "model_sha256": "aa"}]}


def test_votes_and_models_are_read_as_they_were_written(tmp_path: Path) -> None:
    file = tmp_path / "teacher.json"
    write_teacher(file, RECORD)
    voters = read_teacher(file)
    assert voters.votes == {"b": 3, "a": 1}
    assert voters.model_sha256 == {"a": "aa", "b": "bb"}
    assert voters.sha256 == sha256_of(file)


def test_no_figure_is_in_it(tmp_path: Path) -> None:
    for file, accuracy in (("one", 0.7), ("other", 0.8)):
        write_teacher(tmp_path / file, RECORD | {"accuracy": accuracy})
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()
