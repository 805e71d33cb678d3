"""What the page takes from Gradio: files that were uploaded to it, and pictures as they were sent."""

import base64
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder


def takes_uploads_alone(component: Any) -> None:
    """Refuse paths of this machine and addresses: Gradio 6.31 checks neither in a page that is mounted."""

    async def uploaded(path: str) -> str:
        if not Path(path).resolve().is_relative_to(Path(get_upload_folder()).resolve()):
            raise gr.Error("It was not uploaded here. Choose a file.", title="This cannot be used",
                           print_exception=False)
        return path

    component.async_move_resource_to_block_cache = uploaded


def gives_bytes(image: Any, most: int) -> None:
    """Let a picture reach us as it was sent: what Gradio makes of it is another network's input."""
    image.preprocess = partial(_content, most)


def _content(most: int, payload: Any) -> bytes | None:
    if payload is None:
        return None
    if payload.url and payload.url.startswith("data:"):
        content = base64.b64decode(payload.url.partition(",")[2])
    else:
        content = Path(payload.path).read_bytes() if Path(payload.path).stat().st_size <= most else b"x" * (most + 1)
    if len(content) > most:
        raise gr.Error(f"The picture has more than {most:,} bytes. Make it smaller.", title="This cannot be used",
                       print_exception=False)
    return content
