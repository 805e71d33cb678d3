import difflib
import hashlib
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from fer_pipeline import profiles
from fer_pipeline.errors import InputError
from fer_pipeline.params import load_params
from fer_pipeline.params_text import with_entry, with_values
from fer_pipeline.runtime.folders import SOURCE_FILE

PARAMS = Path("params.yaml")


@pytest.fixture
def csv_file(checkout: Path) -> Path:
    file = checkout / "data" / "my fer2013.csv"
    file.parent.mkdir()
    file.write_text("emotion,pixels,Usage\n")
    return file


def changed_lines(diff: list[str]) -> list[str]:
    return [line for line in diff[2:] if line[0] in "+-"]


@pytest.mark.usefixtures("checkout")
def test_names_are_the_files_of_the_folder():
    assert profiles.names() == ["fer2013", "own", "sample"]
    assert profiles.current() == "sample"


def test_switch_replaces_params_yaml_and_shows_the_change(checkout):
    diff = profiles.switch("fer2013", force=False)
    assert PARAMS.read_bytes() == Path("profiles/fer2013.yaml").read_bytes()
    assert diff[:2] == ["--- params.yaml before", "+++ params.yaml now"]
    assert {"-profile: sample", "+profile: fer2013"} <= set(diff)
    assert sorted(file.name for file in checkout.iterdir()) == ["params.yaml", "profiles"]


@pytest.mark.usefixtures("checkout")
def test_switch_to_the_present_profile_changes_nothing():
    assert profiles.switch("sample", force=False) == []


@pytest.mark.usefixtures("checkout")
def test_unknown_profile_names_the_choices():
    with pytest.raises(InputError, match=r"Unknown profile 'fer2031'. Available: fer2013, own, sample\."):
        profiles.switch("fer2031", force=False)


@pytest.mark.usefixtures("checkout")
def test_own_changes_are_refused_and_shown_without_force():
    own = PARAMS.read_text().replace("seed: 11", "seed: 12")
    PARAMS.write_text(own)
    with pytest.raises(InputError, match=r"(?s)would lose:\n.*-  seed: 11\n\+  seed: 12\n.*then give --force"):
        profiles.switch("fer2013", force=False)
    assert PARAMS.read_text() == own
    profiles.switch("fer2013", force=True)
    assert profiles.current() == "fer2013"


@pytest.mark.usefixtures("checkout")
def test_force_leaves_a_broken_params_yaml_behind():
    PARAMS.write_text("profile: [")
    profiles.switch("sample", force=True)
    assert profiles.current() == "sample"


def test_take_source_pins_the_content_and_keeps_the_path_out_of_params_yaml(csv_file):
    profiles.take_source(Path("data") / csv_file.name)
    digest = hashlib.sha256(csv_file.read_bytes()).hexdigest()
    assert (load_params().acquire.source, load_params().acquire.sha256) == ("path", digest)
    assert YAML(typ="safe").load(SOURCE_FILE) == {"path": str(csv_file)}
    assert csv_file.name not in PARAMS.read_text()


def test_take_source_changes_two_lines_and_keeps_comments_and_nulls(csv_file):
    diff = profiles.take_source(csv_file)
    removed = [line for line in changed_lines(diff) if line[0] == "-"]
    added = [line for line in changed_lines(diff) if line[0] == "+"]
    assert [line.split(":")[0] for line in added] == ["+  source", "+  sha256"]
    assert [line.split("#")[1] for line in added] == [line.split("#")[1] for line in removed]
    assert "expected_faces: null " in PARAMS.read_text()


def test_a_source_at_kaggle_can_be_read_back_from_a_section_on_one_line():
    text = "acquire: {source: sample, version: null}\nseed: 7\n"
    changed = with_values(text, "acquire", source="kaggle:anna/faces", version=3)
    assert YAML(typ="safe").load(changed) == {"acquire": {"source": "kaggle:anna/faces", "version": 3}, "seed": 7}


def test_new_content_is_pinned_anew(csv_file):
    profiles.take_source(csv_file)
    first = load_params().acquire.sha256
    csv_file.write_text("emotion,Usage,pixels\n")
    profiles.take_source(csv_file)
    assert load_params().acquire.sha256 not in (first, None)


@pytest.mark.parametrize(("path", "problem"), [
    ("profiles", r"has no known layout\. Found: fer2013\.yaml, own\.yaml, sample\.yaml"),
    ("params.yaml", "has no known layout"),
    ("nothing.csv", "is not there"), ("nothing/fer2013.csv", "is not there")])
@pytest.mark.usefixtures("checkout")
def test_take_source_refuses_what_is_no_source_and_changes_nothing(path, problem):
    before = PARAMS.read_bytes()
    with pytest.raises(InputError, match=rf"{path} {problem}"):
        profiles.take_source(Path(path))
    assert PARAMS.read_bytes() == before
    assert not SOURCE_FILE.exists()


def test_the_way_back_to_sample_needs_no_force(csv_file):
    before = PARAMS.read_bytes()
    profiles.switch("fer2013", force=False)
    profiles.take_source(csv_file)
    assert profiles.switch("sample", force=False)
    assert PARAMS.read_bytes() == before


@pytest.mark.usefixtures("checkout")
def test_only_some_entries_are_kept_and_every_other_line_as_it_was():
    profile = Path("profiles/fer2013.yaml").read_text()
    diff = profiles.switch("fer2013", force=False, only=["mini_xception_ours", "lenet5"])
    assert list(load_params().architectures) == ["lenet5", "mini_xception_ours"]
    assert [name for name in load_params().students] == ["mini_xception_student"]
    kept = PARAMS.read_text().splitlines()
    assert [line for line in profile.splitlines() if line in kept] != []
    assert not [line for line in difflib.ndiff(profile.splitlines(), kept) if line.startswith("+ ")]
    assert "# A student learns from the ensemble's vote" in PARAMS.read_text()
    assert "+  mini_xception_ours:" in diff


@pytest.mark.usefixtures("checkout")
def test_entries_left_out_are_no_own_change():
    profiles.switch("sample", force=False, only=["lenet5"])
    profiles.switch("sample", force=False, only=["four_conv_cnn", "lenet5"])
    assert list(load_params().architectures) == ["lenet5", "four_conv_cnn"]
    PARAMS.write_text(PARAMS.read_text().replace("epochs: 16", "epochs: 15"))
    with pytest.raises(InputError, match="epochs: 15"):
        profiles.switch("sample", force=False)


@pytest.mark.usefixtures("checkout")
def test_all_entries_give_the_profile_to_the_byte():
    profiles.switch("fer2013", force=False, only=["lenet5"])
    profile = Path("profiles/fer2013.yaml")
    profiles.switch("fer2013", force=False, only=list(YAML(typ="safe").load(profile)["architectures"]))
    assert PARAMS.read_bytes() == profile.read_bytes()


def test_entries_of_the_same_profile_keep_the_source(csv_file):
    profiles.switch("fer2013", force=False)
    profiles.take_source(csv_file)
    before = load_params().acquire
    assert len(changed_lines(list(difflib.unified_diff(
        Path("profiles/fer2013.yaml").read_text().splitlines(), PARAMS.read_text().splitlines(), n=0)))) == 2
    profiles.switch("fer2013", force=False, only=["lenet5"])
    assert load_params().acquire == before
    assert before.sha256 is not None


@pytest.mark.parametrize("profile", ["sample", "fer2013", "own"])
def test_an_entry_is_added_in_lines_of_its_own_and_every_other_line_stays(profile):
    text = Path(f"profiles/{profile}.yaml").read_text()
    recipe = {"architecture": "lenet5", "epochs": 2, "weights": None, "checkpoint": {"keep": "best"},
              "hyperparameters": {"units": [8, 8], "dropout": 0.3}}
    added = with_entry(text, "architectures", "again", recipe)
    assert YAML(typ="safe").load(added)["architectures"]["again"] == recipe
    own = "  again:\n    architecture: lenet5\n    epochs: 2\n    weights: null\n    checkpoint: {keep: best}\n" \
          "    hyperparameters: {units: [8, 8], dropout: 0.3}\n"
    assert added.replace(own, "") == text


def test_the_first_entry_takes_the_place_of_none_and_one_line_of_entries_is_refused():
    text = "students: {}   # none\n\narchitectures: {lenet5: {epochs: 2}}\n"
    added = with_entry(text, "students", "pupil", {"epochs": 2})
    assert added == "students:\n  pupil:\n    epochs: 2\n\narchitectures: {lenet5: {epochs: 2}}\n"
    with pytest.raises(InputError, match="has its architectures on one line"):
        with_entry(text, "architectures", "again", {"epochs": 2})


@pytest.mark.parametrize(("entries", "named"), [
    (["lenet5", "lenet6"], "lenet6"), (["lenet5_student"], "lenet5_student"), ([], "none is named")])
@pytest.mark.usefixtures("checkout")
def test_unknown_entries_are_refused_with_the_choices(entries, named):
    before = PARAMS.read_bytes()
    with pytest.raises(InputError, match=f"architectures: {named}. Available: lenet5, four_conv_cnn, three_block_cnn"):
        profiles.switch("sample", force=False, only=entries)
    assert PARAMS.read_bytes() == before
