"""params.yaml as frozen values. Unknown, missing and impossible keys are refused by name."""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from fer_pipeline.errors import InputError
from fer_pipeline.labels import Usage

PARAMS_FILE = Path("params.yaml")

Finding = Literal["constant", "near_constant", "copy_inside", "conflicting_label"]


class Section(BaseModel):
    """A section of params.yaml: frozen, and no key beyond those named here."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AcquireParams(Section):
    source: Literal["sample", "path"]
    sha256: str | None = Field(pattern=r"^[0-9a-f]{64}$")

    @model_validator(mode="after")
    def _sample_has_no_pin(self) -> "AcquireParams":
        if self.source == "sample" and self.sha256 is not None:
            raise ValueError("source: sample has no sha256, its seed pins it; set it to null or run `fer source PATH`")
        return self


class SampleParams(Section):
    faces: int = Field(ge=140)
    seed: int = Field(ge=0)


class ValidateParams(Section):
    quarantine: tuple[Finding, ...]
    near_constant_std: float = Field(ge=0, description="grey levels")
    max_quarantined_rows: float = Field(ge=0, le=1, description="fraction of csv rows")
    max_copies: float = Field(ge=0, le=1, description="fraction of the faces of a usage")
    expected_faces: dict[Usage, int] | None


class BalanceParams(Section):
    strategy: Literal["none", "class_weights", "oversampling"]
    seed: int = Field(ge=0)


class ComputeParams(Section):
    threads: int = Field(ge=1)


class TrainParams(Section):
    seed: int = Field(ge=0)


class Augmentation(Section):
    """Random changes of Training faces, drawn anew at each epoch."""

    horizontal_flip: bool
    zoom: float = Field(ge=0, lt=1, description="height and width each scaled by 1 - zoom to 1 + zoom")
    shear_degrees: float = Field(ge=0, lt=45)


class Recipe(Section):
    """How one architecture is trained."""

    epochs: int = Field(gt=0)
    batch_size: int = Field(gt=0)
    learning_rate: float = Field(gt=0, description="Adam step size")
    checkpoint: Literal["best", "last"]
    early_stopping_patience: int | None = Field(gt=0, description="epochs without a better PublicTest accuracy")
    augmentation: Augmentation
    hyperparameters: dict[str, Any]


class Params(Section):
    profile: str
    acquire: AcquireParams
    sample: SampleParams
    validate_: ValidateParams = Field(alias="validate")   # `validate` is a method of pydantic's models
    balance: BalanceParams
    compute: ComputeParams
    train: TrainParams
    architectures: dict[str, Recipe] = Field(min_length=1)


def load_params(file: Path = PARAMS_FILE) -> Params:
    """Read params.yaml.

    Raises:
        InputError: The file is missing, no YAML, or holds an unknown, missing or impossible key.
    """
    if not file.exists():
        raise InputError(f"{file} not found in {Path.cwd()}. Run in the root of the checkout, where {file} stands.")
    try:
        return Params.model_validate(YAML(typ="safe").load(file))
    except YAMLError as error:
        raise InputError(f"{file} is no valid YAML: {error}") from None
    except ValidationError as error:
        raise InputError(f"{file} cannot be used:\n" + "\n".join(map(_problem, error.errors()))) from None


def _problem(error: Any) -> str:
    key = ".".join(map(str, error["loc"]))
    if error["type"] == "extra_forbidden":
        return f"  {key}: unknown key. Allowed there: {', '.join(_allowed(error['loc'][:-1]))}. Correct or remove it."
    if error["type"] == "missing":
        return f"  {key}: missing. Add it; profiles/sample.yaml shows every key."
    return f"  {key}: {error['msg']}. Received: {error['input']!r}."


def _allowed(location: tuple[Any, ...]) -> list[str]:
    """Keys of the section at `location`, e.g. ("architectures", "lenet5", "augmentation")."""
    if location[:1] == ("architectures",):
        section: type[BaseModel] = Augmentation if location[2:] == ("augmentation",) else Recipe
    else:
        section = Params
        for key in location:
            field = next(field for name, field in section.model_fields.items() if key in (name, field.alias))
            section = field.annotation  # type: ignore[assignment]
    return [field.alias or name for name, field in section.model_fields.items()]
