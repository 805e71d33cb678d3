"""Options of all commands that use a network: which, how often it looks, and what finds the faces."""

from pathlib import Path
from typing import Annotated

import typer

MODEL = ".onnx, .tflite or .keras; or champion, which comes with the package"

Model = Annotated[Path | None, typer.Option(help=MODEL, show_default="champion")]
Fast = Annotated[bool, typer.Option("--fast", help="See each face once, not in all views that the network was judged "
                                                   "with")]
Detector = Annotated[str, typer.Option(help="haar, mtcnn or yunet")]
