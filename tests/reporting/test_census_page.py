import base64
import re
from dataclasses import replace
from html.parser import HTMLParser

import cv2
import numpy as np
import pandas as pd
import pytest

from fer_pipeline.census.counts import census
from fer_pipeline.census.findings import find, findings_of
from fer_pipeline.census.near_copies import near_pairs
from fer_pipeline.census.non_faces import find_non_faces
from fer_pipeline.data.manifest import describe
from fer_pipeline.labels import Usage
from fer_pipeline.reporting.census_page import CensusData, render
from tests.census.pictures import black, drawn, mirrored, noisy, text_card
from tests.reporting.finished_run import provenance, validation

TRAINING, PUBLIC_TEST, PRIVATE_TEST = Usage


class Pictures(HTMLParser):
    """Collects the words of every face shown, by sheet."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.of: dict[str, list[str]] = {}
        self.feed(page)

    def handle_starttag(self, _tag, attributes):
        named = dict(attributes)
        if (named.get("class") or "").startswith("face "):
            self.of.setdefault(named["class"].split()[1], []).append(named["aria-label"])


@pytest.fixture
def parts():
    made = {usage: drawn(14, seed=seed, first_row=100 * seed) for seed, usage in enumerate(Usage)}
    made[TRAINING].pixels[3] = black()
    made[PUBLIC_TEST].pixels[4] = text_card()
    made[PRIVATE_TEST].pixels[5] = made[TRAINING].pixels[6]
    made[PUBLIC_TEST].pixels[7] = noisy(made[TRAINING].pixels[7])
    made[PRIVATE_TEST].pixels[9] = mirrored(made[TRAINING].pixels[9])
    return made


def data_of(parts, quarantine=()) -> CensusData:
    manifests = {usage: describe(part, usage) for usage, part in parts.items()}
    pairs = near_pairs(parts, threshold=0.95)
    non_faces = {usage: find_non_faces(part) for usage, part in parts.items()}
    found = find(manifests, pairs, non_faces, near_constant_std=10)
    counted = census(manifests, pairs, non_faces, near_constant_std=10, near_copy_correlation=0.95)
    summary = validation(14) | {
        "findings": {usage: {name: int(found[usage][name].sum()) for name in findings_of(found[usage])}
                     for usage in Usage}}
    table = pd.DataFrame(list(quarantine), columns=["usage", "row", "emotion", "reason", "detail", "picture"])
    return CensusData(counted, summary, table, provenance(synthetic=True), parts)


def test_every_fault_is_shown_with_its_rows(parts):
    shown = Pictures(render(data_of(parts))).of
    assert shown["blank"] == ["happy, Training 3"]
    assert shown["non_faces"] == ["happy, Training 3", "sad, PublicTest 104"]
    assert shown["conflicts"] == ["neutral, Training 1, PrivateTest 1"]
    assert shown["near"][:2] == ["angry, PublicTest 107 and Training 7"] * 2
    assert shown["near"][-2:] == ["fear, PrivateTest 209 and Training 9"] * 2


def test_pictures_of_a_sheet_are_those_of_the_faces(parts):
    page = render(data_of(parts))
    coded = re.search(r"\.conflicts \{ background-image: url\(data:image/png;base64,([^)]+)", page).group(1)
    sheet = cv2.imdecode(np.frombuffer(base64.b64decode(coded), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert np.array_equal(sheet[:48, :48], parts[TRAINING].pixels[6])


def test_unreadable_rows_are_listed_and_faces_that_leave_are_counted(parts):
    quarantine = [("Training", 8, "7", "emotion", "emotion '7'; expected 0 to 6", ""),
                  ("Training", 3, "happy", "constant, non_face", "one grey level", "data/images/Training/happy/3.png")]
    page = render(data_of(parts, quarantine))
    assert "emotion &#39;7&#39;; expected 0 to 6" in page
    assert "1 of 3,000 rows are no face" in page
    assert "1 face leaves" in page


def test_faces_without_faults_make_a_page_that_says_so():
    parts = {usage: drawn(7, seed=seed, first_row=100 * seed) for seed, usage in enumerate(Usage)}
    page = render(data_of(parts))
    assert Pictures(page).of == {}
    assert page.count('<p class="empty">None') == 5
    assert "None: every row could be read." in page


def test_the_page_needs_no_network_and_equal_data_give_equal_bytes(parts):
    page = render(data_of(parts))
    assert page == render(data_of(parts))
    assert not re.findall(r'(?:src|href)="(?!#)[^"]*', page)
    assert not re.findall(r"url\((?!data:)", page)


def test_what_taggers_call_no_face_is_shown_where_they_were_asked(parts):
    data = data_of(parts)
    assert "tagger" not in render(data)
    asked = {"faces": 1, "per_usage": {}, "rows": [105]}
    page = render(replace(data, census={**data.census, "not_a_face": asked}))
    assert Pictures(page).of["not_a_face"] == ["surprise, PublicTest 105"]


def test_a_census_of_other_faces_is_refused(parts):
    data = data_of(parts)
    with pytest.raises(ValueError, match="names row 3, which none of the array files has"):
        render(replace(data, faces=parts | {TRAINING: parts[TRAINING].take(np.arange(4, 14))}))
