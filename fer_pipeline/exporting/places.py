"""Where a run keeps what a network said of the faces that guide and judge."""

from fer_pipeline.labels import Usage

PREDICTIONS = {     # by section of params.yaml
    "architectures": {Usage.PUBLIC_TEST: "artifacts/predictions/PublicTest",
                      Usage.PRIVATE_TEST: "artifacts/predictions/PrivateTest"},
    "students": {Usage.PUBLIC_TEST: "artifacts/students/predictions/PublicTest",
                 Usage.PRIVATE_TEST: "artifacts/predictions/students/PrivateTest"}}
