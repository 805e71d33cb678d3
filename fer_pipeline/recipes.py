"""A recipe: how one network is trained. What a recipe leaves out is off, and off is the only default here."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

Monitor = Literal["public_test_accuracy", "public_test_loss"]


class Section(BaseModel):
    """A section of params.yaml: frozen, and no key beyond those named here."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class _Optimizer(Section):
    learning_rate: float = Field(gt=0)
    weight_decay: float = Field(default=0.0, ge=0, description="a step shrinks kernels by learning rate times it")
    clip_norm: float | None = Field(default=None, gt=0, description="largest norm of all gradients together")


class Adam(_Optimizer):
    name: Literal["adam"]


class Adamax(_Optimizer):
    name: Literal["adamax"]


class SGD(_Optimizer):
    name: Literal["sgd"]
    momentum: float = Field(ge=0, lt=1)
    nesterov: bool = False


class Constant(Section):
    name: Literal["constant"] = "constant"


class Cosine(Section):
    """From a linear warm-up down half a cosine to `final` times the learning rate, by step."""

    name: Literal["cosine"]
    warmup_epochs: float = Field(default=0.0, ge=0)
    final: float = Field(default=0.0, ge=0, le=1)


class Plateau(Section):
    """Times `factor` whenever `monitor` has not improved by `min_delta` for `patience` epochs."""

    name: Literal["plateau"]
    monitor: Monitor
    factor: float = Field(gt=0, lt=1)
    patience: int = Field(gt=0)
    min_delta: float = Field(default=0.0, ge=0)
    floor: float = Field(default=0.0, ge=0, description="smallest learning rate")


class Augmentation(Section):
    """Random changes of Training faces, drawn anew each time a face is shown."""

    horizontal_flip: bool = False
    rotation_degrees: float = Field(default=0.0, ge=0, le=180)
    shear_degrees: float = Field(default=0.0, ge=0, lt=45)
    zoom: float = Field(default=0.0, ge=0, lt=1, description="what is seen grows by 1 - zoom to 1 + zoom each way")
    shift: float = Field(default=0.0, ge=0, lt=1, description="fraction of height and width")
    brightness: float = Field(default=0.0, ge=0, le=1, description="grey levels added, as a fraction of 255")
    contrast: float = Field(default=0.0, ge=0, lt=1, description="scaled about the mean by 1 - contrast to 1 + it")
    erasing: float = Field(default=0.0, ge=0, le=1, description="probability that a rectangle becomes one grey")
    mixup: float = Field(default=0.0, ge=0, description="alpha of the Beta distribution that two faces are blended by")
    cutmix: float = Field(default=0.0, ge=0, description="alpha of the area that one face takes from another")


class Checkpoint(Section):
    """Which epoch's weights are kept."""

    keep: Literal["best", "last"]
    monitor: Monitor = "public_test_accuracy"


class EarlyStopping(Section):
    """End once `monitor` has not improved for `patience` epochs."""

    monitor: Monitor
    patience: int = Field(gt=0)


class TestTime(Section):
    """Views of a face whose predictions are averaged when it is evaluated."""

    __test__ = False     # pytest: no test class

    horizontal_flip: bool = False
    shift_pixels: int = Field(default=0, ge=0, lt=24, description="also from each corner: with a flip, ten crops")
    rotation_degrees: float = Field(default=0.0, ge=0, le=45, description="also turned to either side")
    zoom: float = Field(default=0.0, ge=0, lt=1, description="also with what is seen smaller and larger by that part")
    keep: Literal["always", "if_better"] = Field(default="always", description="if_better on PublicTest than one view")

    @property
    def views(self) -> int:
        """How many predictions the mean is taken of."""
        upright = 1 + 4 * bool(self.shift_pixels) + 2 * bool(self.rotation_degrees) + 2 * bool(self.zoom)
        return upright * (2 if self.horizontal_flip else 1)


class Teacher(Section):
    """What a student learns from the ensemble's vote on each Training face, beside the label."""

    share: float = Field(ge=0, le=1, description="of the vote in the target; the rest is the label's")
    temperature: float = Field(gt=0, le=20, description="above 1 softens the vote, 1 leaves it")


class WeightsFile(Section):
    """A trained network of the same architecture, with whose weights a training starts."""

    file: str = Field(pattern=r"\.keras$", description="from the checkout's folder on; in git, or beside it")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="of its content; a training refuses any other")


Weights = Annotated[
    Annotated[Literal["imagenet", "none"], Tag("name")] | Annotated[WeightsFile, Tag("file")],
    Discriminator(lambda given: "name" if isinstance(given, str) else "file")]


class Recipe(Section):
    """How one entry of `architectures` in params.yaml is built, trained and evaluated."""

    architecture: str
    recipe: str = Field(pattern=r"^[a-z0-9_]+$", description="its name in tables: as_published, ours, ...")
    weights: Weights | None = Field(default=None, description="null: what its source starts from")
    hyperparameters: dict[str, Any] = {}
    seed: int | None = Field(default=None, ge=0, description="null: train.seed")
    epochs: int = Field(gt=0)
    steps_per_epoch: int | None = Field(default=None, gt=0, description="null: every Training face once")
    batch_size: int = Field(gt=0)
    optimizer: Annotated[Adam | Adamax | SGD, Field(discriminator="name")]
    schedule: Annotated[Constant | Cosine | Plateau, Field(discriminator="name")] = Constant()
    class_weights: bool = False
    label_smoothing: float = Field(default=0.0, ge=0, lt=1)
    soft_label_share: float = Field(default=0.0, ge=0, le=1, description="of the soft label (balance.soft_labels) in "
                                                                         "the target; the rest is the label's")
    augmentation: Augmentation = Augmentation()
    weight_average: float | None = Field(default=None, gt=0, lt=1, description="decay, a step, of averaged weights")
    precise_batch_norm: bool = Field(default=False, description="its statistics taken anew, from Training as it is")
    checkpoint: Checkpoint
    early_stopping: EarlyStopping | None = None
    test_time: TestTime = TestTime()

    @model_validator(mode="after")
    def _floor_is_below_the_start(self) -> "Recipe":
        start = self.optimizer.learning_rate
        if isinstance(self.schedule, Plateau) and self.schedule.floor > start:
            raise ValueError(f"schedule.floor {self.schedule.floor:g} is above optimizer.learning_rate {start:g}; "
                             "lower the floor")
        return self


class Student(Recipe):
    """How one entry of `students` is built, trained and evaluated."""

    teacher: Teacher
