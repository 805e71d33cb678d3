"""The sets of faces that figures are published of, made from PublicTest and PrivateTest."""

from collections.abc import Mapping

import pandas as pd

from fer_pipeline.evaluation.predictions import Predictions, joined

PUBLIC_TEST, PRIVATE_TEST = "PublicTest", "PrivateTest"
WITHOUT_COPIES = "PrivateTest_without_copies"       # of a face of Training or PublicTest
MERGED = "PublicTest_and_PrivateTest"               # a part of it guided; public projects report it


def face_sets(
    public_test: Predictions, private_test: Predictions, verdicts: pd.DataFrame
) -> Mapping[str, Predictions]:
    """One model's predictions for each set, by its name.

    Args:
        public_test: For PublicTest.
        private_test: For PrivateTest.
        verdicts: A row a PrivateTest face, in the order of the faces, with the columns `copy_of_training` and
            `copy_of_public_test`.
    """
    copy = (verdicts["copy_of_training"] | verdicts["copy_of_public_test"]).to_numpy(bool)
    return {PUBLIC_TEST: public_test, PRIVATE_TEST: private_test, WITHOUT_COPIES: private_test.take(~copy),
            MERGED: joined([public_test, private_test])}
