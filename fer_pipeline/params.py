"""params.yaml as frozen values. Unknown, missing and impossible keys are refused by name."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import AfterValidator, BaseModel, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from fer_pipeline.errors import InputError
from fer_pipeline.kaggle.address import parse_source
from fer_pipeline.labels import EMOTIONS, FACE_SIZE, Usage
from fer_pipeline.recipes import Recipe, Section, Student

PARAMS_FILE = Path("params.yaml")

Policy = Literal["keep", "flag", "quarantine"]


def _known_emotion(name: str) -> str:
    if name not in EMOTIONS:
        raise ValueError(f"no emotion; allowed: {', '.join(EMOTIONS)}")
    return name


def _rising(bounds: tuple[float, float]) -> tuple[float, float]:
    if bounds[0] > bounds[1]:
        raise ValueError("the least is above the most; write [least, most]")
    return bounds


Emotion = Annotated[str, AfterValidator(_known_emotion)]
Bounds = Annotated[tuple[float, float], AfterValidator(_rising)]


class AcquireParams(Section):
    source: str
    version: int | None = Field(ge=1)
    sha256: str | None = Field(pattern=r"^[0-9a-f]{64}$")

    @model_validator(mode="after")
    def _pinned_as_its_kind_is(self) -> "AcquireParams":
        if self.source == "sample" and (self.sha256 is not None or self.version is not None):
            raise ValueError("source: sample has neither sha256 nor version, its seed pins it; set them to null or run "
                             "`fer source SOURCE`")
        if self.source == "path" and self.version is not None:
            raise ValueError("source: path has no version, its content pins it; set version to null")
        if self.source not in ("sample", "path"):
            parse_source(self.source).check_version(self.version)
        return self


class SampleParams(Section):
    faces: int = Field(ge=140)
    seed: int = Field(ge=0)


class ImagesParams(Section):
    split_seed: int = Field(ge=0)


class FerplusParams(Section):
    sha256: str | None = Field(pattern=r"^[0-9a-f]{64}$")


class CensusParams(Section):
    near_constant_std: float = Field(ge=0, description="grey levels")
    near_copy_correlation: float = Field(ge=0.8, le=1, description="of the grey levels of two faces")


class Policies(Section):
    constant: Policy
    near_constant: Policy
    non_face: Policy
    not_a_face: Policy
    copy_inside: Policy
    near_copy_inside: Policy
    conflicting_label: Policy


class LeftOut(Section):
    """A list of Training faces that somebody decided against."""

    file: str = Field(pattern=r"\.csv$", description="from the checkout's folder on, with a column `row`")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="of its content; validate refuses any other")


class ValidateParams(Section):
    policies: Policies
    left_out: LeftOut | None
    max_quarantined_rows: float = Field(ge=0, le=1, description="fraction of csv rows")
    max_copies: float = Field(ge=0, le=1, description="fraction of the faces of a usage")
    expected_faces: dict[Usage, int] | None
    max_constant: float = Field(ge=0, le=1, description="fraction of the faces of a usage")
    max_conflicting_labels: float = Field(ge=0, le=1, description="fraction of the faces of a usage")
    mean_grey_level: Bounds = Field(description="grey levels")
    mean_contrast: Bounds = Field(description="grey levels")
    emotion_shares: dict[Emotion, Bounds] | None
    expected_emotions: dict[Usage, dict[Emotion, int]] | None
    usages_in_order: bool


class BalanceParams(Section):
    strategy: Literal["none", "class_weights", "effective_number", "oversampling", "augmentation", "balanced_batches"]
    seed: int = Field(ge=0)
    target: int | None = Field(default=None, gt=0, le=100_000, description="of augmentation: faces an emotion gets")
    beta: float | None = Field(default=None, ge=0, lt=1, description="of effective_number")
    soft_labels: Literal["none", "ferplus"] = "none"

    @model_validator(mode="after")
    def _options_belong_to_the_strategy(self) -> "BalanceParams":
        for key, strategy in (("target", "augmentation"), ("beta", "effective_number")):
            value = getattr(self, key)
            if value is not None and self.strategy != strategy:
                raise ValueError(f"{key} {value} is of strategy {strategy} alone, and strategy is {self.strategy}; "
                                 f"set {key} to null or strategy to {strategy}")
        if self.strategy == "effective_number" and self.beta is None:
            raise ValueError("strategy effective_number needs beta, from 0 to below 1, and it is null; "
                             "set it, e.g. to 0.999")
        return self


class ComputeParams(Section):
    threads: int = Field(ge=1)
    mixed_precision: bool


class RayParams(Section):
    address: str | None
    gpus: float | None = Field(ge=0, le=64, description="GPUs a stage takes of a node")
    cpus: float = Field(gt=0, le=1024, description="CPU cores a stage takes of a node")


class RunParams(Section):
    slots_per_gpu: int = Field(ge=1, le=64, description="trainings that share one GPU")
    runner: Literal["local", "ray"]
    ray: RayParams


class TrainParams(Section):
    seed: int = Field(ge=0)

    def seed_of(self, recipe: Recipe) -> int:
        """The recipe's own seed, if it has one."""
        return self.seed if recipe.seed is None else recipe.seed


class EnsembleParams(Section):
    method: Literal["best_of", "mean", "best_few", "greedy"]
    max_votes: int = Field(ge=1, le=1000, description="of greedy: votes in all, a member may have several")
    patience: int = Field(ge=1, description="of greedy: votes without improvement before it ends")
    folds: int = Field(ge=2, le=20, description="of PublicTest, for figures of the choice on faces it did not see")
    seed: int = Field(ge=0)


class SelectParams(Section):
    max_megabytes: float | None = Field(gt=0, description="of a model file; null: any")


class AnalyseParams(Section):
    replicates: int = Field(ge=100, le=100_000, description="resamples of the faces that intervals are taken from")
    seed: int = Field(ge=0)


Height = Annotated[float, Field(gt=0, le=FACE_SIZE)]


class CorruptionStrengths(Section):
    gaussian_noise: list[Annotated[float, Field(gt=0, le=255)]] = Field(description="standard deviation, grey levels")
    gaussian_blur: list[Annotated[float, Field(gt=0, le=FACE_SIZE)]] = Field(description="sigma, px")
    rotation: list[Annotated[float, Field(gt=0, le=180)]] = Field(description="degrees")
    jpeg: list[Annotated[int, Field(ge=1, le=100)]] = Field(description="quality")
    brightness: list[Annotated[float, Field(ge=-255, le=255)]] = Field(description="grey levels added")
    contrast: list[Annotated[float, Field(ge=0, le=10)]] = Field(description="factor")
    occluded_eyes: list[Height] = Field(description="height of the band, px")
    occluded_mouth: list[Height] = Field(description="height of the band, px")


class ExamineParams(Section):
    faces_each: int = Field(ge=1, le=50, description="right and wrong faces of an emotion to explain")
    patch_size: int = Field(ge=1, lt=FACE_SIZE, description="px")
    patch_stride: int = Field(ge=1, description="px")
    seed: int = Field(ge=0)
    corruptions: CorruptionStrengths

    @model_validator(mode="after")
    def _patches_leave_no_gap(self) -> "ExamineParams":
        if self.patch_stride > self.patch_size:
            raise ValueError(f"patch_stride {self.patch_stride} is larger than patch_size {self.patch_size}, so that "
                             f"no patch covers some pixels; set it to {self.patch_size} or less")
        return self


class ExportParams(Section):
    calibration_faces: int = Field(ge=1, le=100_000, description="of Training, that set the steps of int8")
    seed: int = Field(ge=0)
    max_int8_loss: float | None = Field(ge=0, le=1, description="fraction of PublicTest; null: any")


class PromotionParams(Section):
    level: float = Field(gt=0, le=0.5, description="of McNemar's mid-p")
    smallest_gain: float = Field(ge=0, lt=1, description="fraction of PublicTest")
    equal_within: float = Field(ge=0, le=0.1, description="fraction of PublicTest")
    cheaper: float = Field(gt=0, le=1, description="share of the FLOPs a face of the released network")

    @model_validator(mode="after")
    def _what_is_as_dear_gives_nothing_up(self) -> "PromotionParams":
        if self.cheaper == 1 and self.equal_within > 0:
            raise ValueError(f"cheaper 1 and equal_within {self.equal_within:g} would replace a network by one that "
                             "saves nothing, time and again, each a little worse; set cheaper below 1 or equal_within "
                             "to 0")
        return self


class DriftParams(Section):
    max_faces_change: float | None = Field(ge=0, description="fraction of a usage's faces, up or down")
    max_emotion_index: float | None = Field(ge=0, description="population stability index of the emotions of a usage")
    max_grey_level_index: float | None = Field(ge=0, description="the same of the faces' mean grey levels")
    max_contrast_index: float | None = Field(ge=0, description="the same of the faces' standard deviations")
    max_more_copies: float | None = Field(ge=0, le=1, description="fraction of a usage, more than before")
    max_more_unreadable: float | None = Field(ge=0, le=1, description="fraction of all rows, more than before")


class Params(Section):
    profile: str
    acquire: AcquireParams
    sample: SampleParams
    images: ImagesParams
    ferplus: FerplusParams
    census: CensusParams
    validate_: ValidateParams = Field(alias="validate")   # `validate` is a method of pydantic's models
    balance: BalanceParams
    compute: ComputeParams
    run: RunParams
    train: TrainParams
    ensemble: EnsembleParams
    select: SelectParams
    analyse: AnalyseParams
    examine: ExamineParams
    export: ExportParams
    promotion: PromotionParams
    drift: DriftParams
    architectures: dict[str, Recipe] = Field(min_length=1)
    students: dict[str, Student]

    @property
    def entries(self) -> Mapping[str, Recipe]:
        """Everything that is trained, by name."""
        return {**self.architectures, **self.students}

    @model_validator(mode="after")
    def _students_have_names_of_their_own(self) -> "Params":
        if both := sorted(self.architectures.keys() & self.students.keys()):
            raise ValueError(f"{', '.join(both)} is an entry of architectures and of students; their files would be "
                             "one. Rename the student")
        return self

    @model_validator(mode="after")
    def _recipes_ask_for_soft_labels_that_are_there(self) -> "Params":
        asking = [name for name, recipe in self.entries.items() if recipe.soft_label_share]
        if asking and self.balance.soft_labels == "none":
            raise ValueError(f"{asking[0]}.soft_label_share is {self.entries[asking[0]].soft_label_share:g} and "
                             "balance.soft_labels is none; set it to ferplus, or take soft_label_share out of "
                             f"{', '.join(asking)}")
        return self

    @model_validator(mode="after")
    def _soft_labels_have_their_votes(self) -> "Params":
        if self.balance.soft_labels == "ferplus" and self.ferplus.sha256 is None:
            raise ValueError("balance.soft_labels is ferplus and no FER+ votes are pinned (ferplus.sha256 is null); "
                             "run `fer ferplus PATH`, or set soft_labels to none")
        return self

    @model_validator(mode="after")
    def _policies_ask_for_what_is_known(self) -> "Params":
        if self.validate_.policies.not_a_face == "quarantine" and self.ferplus.sha256 is None:
            raise ValueError("validate.policies.not_a_face is quarantine and no FER+ votes are pinned (ferplus.sha256 "
                             "is null); run `fer ferplus PATH`, or set the policy to keep or flag")
        return self


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
    location = _without_tags(error["loc"])
    key = ".".join(map(str, location))
    if error["type"] == "extra_forbidden":
        return f"  {key}: unknown key. Allowed there: {', '.join(_keys(error['loc'][:-1]))}. Correct or remove it."
    if error["type"] == "union_tag_not_found":
        return f"  {key}.name: missing. Allowed: {_choices(error['loc'])}. Add it."
    if error["type"] == "missing":
        return f"  {key}: missing. Add it; profiles/ shows every key."
    if error["type"] == "value_error" and isinstance(error["input"], dict):     # a section; it names the value
        return f"  {key or 'settings'}: {error['ctx']['error']}."
    return f"  {key}: {error['msg']}. Received: {error['input']!r}."


def _without_tags(location: tuple[Any, ...]) -> list[Any]:
    """`location` as it stands in the file: pydantic adds the name of the variant, as in optimizer.sgd.momentum."""
    return [key for index, key in enumerate(location) if not _is_tag(location[:index], key)]


def _is_tag(location: tuple[Any, ...], key: Any) -> bool:
    return key in _variants(_type_at(location))


def _keys(location: tuple[Any, ...]) -> list[str]:
    """Keys that the section at `location` may have, e.g. at ("architectures", "lenet5", "optimizer", "sgd")."""
    return [field.alias or name for name, field in _type_at(location).model_fields.items()]


def _choices(location: tuple[Any, ...]) -> str:
    return ", ".join(_variants(_type_at(location)))


def _type_at(location: tuple[Any, ...]) -> Any:
    found: Any = Params
    for key in location:
        if key in _variants(found):
            found = _variants(found)[key]
        elif get_origin(found) is dict:
            found = get_args(found)[1]
        elif section := _section(found):
            annotations = {field.alias or name: field.annotation for name, field in section.model_fields.items()}
            found = annotations.get(key)
        else:
            return None
    return _section(found) or found


def _section(found: Any) -> type[BaseModel] | None:
    """The section that a type is or, if it may be null, has."""
    sections = [one for one in (found, *get_args(found)) if isinstance(one, type) and issubclass(one, BaseModel)]
    return sections[0] if len(sections) == 1 else None


def _variants(found: Any) -> dict[str, type[BaseModel]]:
    """The sections that a union chooses from, by the name that chooses."""
    sections = [one for one in get_args(found) if isinstance(one, type) and issubclass(one, BaseModel)]
    return {get_args(one.model_fields["name"].annotation)[0]: one for one in sections} if len(sections) > 1 else {}
