import hashlib

import numpy as np

from fer_pipeline.data.manifest import describe
from fer_pipeline.labels import Usage


def test_each_face_has_its_row_label_checksum_and_grey_levels(faces):
    made = faces(7, first_row=30)
    manifest = describe(made, Usage.PUBLIC_TEST)
    assert manifest["row"].tolist() == list(range(30, 37))
    assert manifest["usage"].unique().tolist() == ["PublicTest"]
    assert manifest["emotion"].tolist() == list(range(7))
    for index, face in enumerate(made.pixels):
        found = manifest.iloc[index]
        assert found["sha256"] == hashlib.sha256(face.tobytes()).hexdigest()
        np.testing.assert_allclose(found[["mean", "std"]].astype(float), [face.mean(), face.std()], rtol=1e-6)
        assert (found["min"], found["max"]) == (face.min(), face.max())


def test_equal_faces_have_equal_checksums_and_a_grey_one_has_no_spread(faces):
    made = faces(3)
    made.pixels[2], made.pixels[1] = 128, made.pixels[0]
    manifest = describe(made, Usage.TRAINING)
    assert manifest["sha256"].duplicated().tolist() == [False, True, False]
    assert manifest.iloc[2][["mean", "std", "min", "max"]].tolist() == [128, 0, 128, 128]
