"""Where a checkout has what runs are kept from and restored to."""

MODELS = {"architectures": "artifacts/models", "students": "artifacts/students/models"}     # by section of params.yaml
TRAINS = {"architectures": "train", "students": "train_student"}
EVALUATES = {"architectures": "evaluate", "students": "evaluate_student"}
HISTORIES = "artifacts/histories"
TEACHER = "artifacts/students/teacher.json"
RUN_LOG = ".fer/runs/stages.jsonl"
