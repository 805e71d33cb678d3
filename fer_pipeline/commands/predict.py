"""`fer predict`: the emotions of the faces in pictures."""

from pathlib import Path
from typing import Annotated

import typer

from fer_pipeline.commands.network_options import Detector, Fast, Model


def predict(
    pictures: Annotated[list[str], typer.Argument(help="Files, folders (with all below) and patterns such as "
                                                       "'*.jpg'", show_default=False)],
    out: Annotated[Path | None, typer.Option(help="Write a row a face to this .csv, .json or .parquet")] = None,
    annotate: Annotated[Path | None, typer.Option(help="Write the pictures with boxes and labels into this "
                                                       "folder")] = None,
    crops: Annotated[Path | None, typer.Option(help="Write the largest face of each picture into this folder, as "
                                                    "FER-2013's are: grey, 48 x 48")] = None,
    cropped: Annotated[bool, typer.Option("--cropped", help="The pictures are face crops as FER-2013's: search no "
                                                            "faces")] = False,
    model: Model = None,
    detector: Detector = "haar",
    fast: Fast = False,
) -> None:
    """Tell the emotions of the faces in pictures: of files, folders or patterns, here or anywhere.

    Exit code 1 if a picture could not be read, 2 if none could.
    """
    from fer_pipeline.predicting.many import Job, run

    raise typer.Exit(run(Job(pictures, out, annotate, crops, cropped, model, detector, fast)))
