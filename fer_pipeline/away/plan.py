"""What is to be trained, in which order, under which names."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError
from ruamel.yaml import YAML

from fer_pipeline.errors import InputError
from fer_pipeline.imported_runs.run import Facts
from fer_pipeline.params import ComputeParams
from fer_pipeline.recipes import Recipe, Student

Entry = Annotated[
    Annotated[Recipe, Tag("recipe")] | Annotated[Student, Tag("student")],
    Discriminator(lambda given: "student" if "teacher" in given or isinstance(given, Student) else "recipe")]


class PlannedRun(BaseModel):
    """One training.

    Attributes:
        entry: As params.yaml has it, of `architectures` or of `students`.
        seed: Of weights, order and augmentation.
        note: What is expected of it; what came is added afterwards.
        against: The run of which it changes a thing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    entry: Entry
    seed: int = Field(ge=0)
    note: str = ""
    against: str | None = None


class Plan(BaseModel):
    """A YAML file of these.

    Attributes:
        runs: By name, the most valuable first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    compute: ComputeParams
    runs: dict[str, PlannedRun] = Field(min_length=1)


def read_plan(file: Path) -> Plan:
    """Read it.

    Raises:
        InputError: The file is missing or wrong.
    """
    if not file.is_file():
        raise InputError(f"There is no plan {file}. Write one as docs/results.md shows.")
    content: Any = YAML(typ="safe").load(file)
    try:
        return Plan.model_validate(content)
    except ValidationError as error:
        told = "\n".join(f"  {_place(one['loc'])}: {one['msg']}" for one in error.errors())
        raise InputError(f"{file} is no plan:\n{told}\nCorrect it as docs/results.md shows.") from None


def _place(keys: tuple[int | str, ...]) -> str:
    """As the file has it, without the tag behind `entry`."""
    return ".".join(str(key) for number, key in enumerate(keys) if number == 0 or keys[number - 1] != "entry")


def unfinished(plan: Plan, out: Path) -> list[str]:
    """Names of the runs that are not under `out` yet, in the plan's order.

    Raises:
        InputError: Something else is there under the name of one.
    """
    return [name for name, run in plan.runs.items() if not _is_there(out / name, run)]


def _is_there(place: Path, run: PlannedRun) -> bool:
    if not place.exists():
        return False
    try:
        facts = Facts.model_validate_json((place / "run.json").read_text())
    except (OSError, ValidationError):
        facts = None
    if facts is None or (facts.seed, facts.recipe) != (run.seed, run.entry):
        raise InputError(f"{place} holds another training than the plan has under that name. Name another folder for "
                         "the results, or take it away.")
    return True
