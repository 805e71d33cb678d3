import pytest

from fer_pipeline.errors import InputError
from fer_pipeline.kaggle.address import KaggleCompetition, KaggleDataset, local_name, parse_source


@pytest.mark.parametrize(("text", "source", "page"), [
    ("kaggle:msambare/fer2013", KaggleDataset("msambare", "fer2013"),
     "https://www.kaggle.com/datasets/msambare/fer2013"),
    ("kaggle:jonathanoheix/face-expression-recognition-dataset",
     KaggleDataset("jonathanoheix", "face-expression-recognition-dataset"),
     "https://www.kaggle.com/datasets/jonathanoheix/face-expression-recognition-dataset"),
    ("kaggle-competition:faces", KaggleCompetition("faces"), "https://www.kaggle.com/competitions/faces"),
    ("kaggle-competition:faces/a/b.csv", KaggleCompetition("faces", "a/b.csv"),
     "https://www.kaggle.com/competitions/faces"),
])
def test_a_source_is_read_and_written_alike(text, source, page):
    assert parse_source(text) == source
    assert str(source) == text
    assert source.page == page


@pytest.mark.parametrize("text", [
    "", "kaggle:", "kaggle:fer2013", "kaggle:a/b/c", "kaggle:../b", "kaggle:a/b\n", "kaggle-competition:a/../b",
    "msambare/fer2013", "https://www.kaggle.com/datasets/msambare/fer2013", "Kaggle:a/b", "kaggle:a/b?x=1"])
def test_what_names_no_source_is_refused_with_what_is_allowed(text):
    with pytest.raises(InputError, match="is no source. Allowed: sample, path, kaggle:OWNER/NAME .*competition:"):
        parse_source(text)


@pytest.mark.parametrize(("source", "version", "delivered", "name"), [
    ("kaggle:a/b", 2, "archive.zip", "a-b-v2.zip"),
    ("kaggle:a/b", 2, "archive.tar.gz", "a-b-v2.tar.gz"),
    ("kaggle:a/b", 2, "", "a-b-v2.zip"),
    ("kaggle-competition:c", None, "bundle.zip", "c.zip"),
    ("kaggle-competition:c/d/fer2013.tar.gz", None, "fer2013.tar.gz", "fer2013.tar.gz"),
    ("kaggle-competition:c/e.csv", None, "e.csv.zip", "e.csv.zip"),
    ("kaggle-competition:c/e.csv", None, "../../evil", "e.csv"),
])
def test_a_file_is_called_by_its_source_here(source, version, delivered, name):
    assert local_name(parse_source(source), version, delivered) == name
