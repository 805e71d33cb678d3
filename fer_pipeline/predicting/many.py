"""`fer predict` from its options to its exit code."""

import warnings
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image
from rich.console import Console

from fer_pipeline.errors import InputError
from fer_pipeline.predicting import outputs, terminal
from fer_pipeline.predicting.annotation import annotated
from fer_pipeline.predicting.batch import Outcome, outcomes
from fer_pipeline.predicting.galleries import Gallery
from fer_pipeline.predicting.picture_files import picture_files
from fer_pipeline.predicting.pictures import read_picture
from fer_pipeline.predicting.predictor import Predictor
from fer_pipeline.predicting.terminal import number_of, print_problems

ALL_READ, SOME_BAD, NONE_READ = 0, 1, 2     # exit codes


@dataclass(frozen=True)
class Job:
    """The options of `fer predict`."""

    pictures: list[str]
    out: Path | None = None
    annotate: Path | None = None
    crops: Path | None = None
    cropped: bool = False
    model: Path | None = None
    detector: str = "haar"
    fast: bool = False


@dataclass
class Tally:
    """What has become of the files so far."""

    bad: dict[str, str]
    faceless: list[Path] = field(default_factory=list)
    read: int = 0
    faces: int = 0

    def count(self, some: Iterable[Outcome]) -> Iterator[Outcome]:
        """The same outcomes, counted."""
        for one in some:
            if one.problem is None:
                self.read += 1
                self.faces += len(one.predictions)
                self.faceless += [] if one.predictions else [one.file]
            else:
                self.bad[outputs.shown(one.file)] = one.problem
            yield one

    @property
    def exit_code(self) -> int:
        """Of the command."""
        return NONE_READ if not self.read else SOME_BAD if self.bad else ALL_READ


def run(job: Job) -> int:
    """Do it, on standard output and in the files asked for.

    Returns:
        0, 1 if a picture could not be read, 2 if none could.

    Raises:
        InputError: Model, detector or a place to write to cannot be used; nothing was read then.
    """
    _require_possible(job)
    warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)      # such pictures are refused
    files, empty = picture_files(job.pictures, without=[folder for folder in (job.annotate, job.crops) if folder])
    screen, tally = terminal.console(), Tally(empty)
    if files:
        predictor = Predictor(job.model, job.detector, fast=job.fast)
        screen.print(terminal.model_line(predictor.card, predictor.network.file, predictor.test_time.views,
                                         "no detector: crops" if job.cropped else f"detector {job.detector}"),
                     markup=False, highlight=False)
        told = tally.count(outcomes(predictor, files, cropped=job.cropped))
        _write(job, files, terminal.followed(told, len(files), screen), screen)
    _print_end(job, tally, screen)
    return tally.exit_code


def _require_possible(job: Job) -> None:
    if job.out:
        outputs.require_writable(job.out)
    if job.cropped and (job.annotate or job.crops):
        raise InputError(f"{'--annotate draws boxes around' if job.annotate else '--crops cuts out'} faces, and "
                         "--cropped says that the pictures are faces already. Leave one of them out.")


def _write(job: Job, files: list[Path], told: Iterable[Outcome], screen: Console) -> None:
    """To the file if there is one, else to the terminal; and the pictures that are asked for."""
    marked = Gallery(job.annotate, files, "--annotate") if job.annotate else None
    cut = Gallery(job.crops, files, "--crops", lossless=True) if job.crops else None
    with ExitStack() as stack:
        write = stack.enter_context(outputs.writer(job.out)) if job.out else None
        lines = None if write else terminal.Lines(screen, files)
        for one in told:
            if write:
                for row in outputs.rows(one):
                    write(row)
            if lines:
                lines.add(one)
            if marked and one.predictions:
                marked.save(one.file, annotated(read_picture(one.file), one.predictions))
            if cut and one.predictions:
                cut.save(one.file, one.predictions[0].crop)


def _print_end(job: Job, tally: Tally, screen: Console) -> None:
    if job.out:
        for file in tally.faceless:
            screen.print(f"No face found in {outputs.shown(file)}", markup=False, highlight=False, soft_wrap=True)
    ends = [f", {len(tally.faceless):,} of them without a face" if tally.faceless else "",
            f"; rows in {job.out}" if job.out and tally.read else "",
            f"; annotated in {job.annotate}" if job.annotate and tally.faces else "",
            f"; the largest of each in {job.crops}" if job.crops and tally.faces else ""]
    screen.print(f"{number_of(tally.faces, 'face')} in {number_of(tally.read, 'picture')}" + "".join(ends),
                 markup=False, highlight=False, soft_wrap=True)
    if tally.bad:
        print_problems(tally.bad)
