"""How the page looks: its tabs, and which answer belongs where."""

from collections.abc import Mapping

import gradio as gr

from fer_pipeline.predicting.card_page import as_markdown
from fer_pipeline.predicting.predictor import Predictor
from fer_pipeline.serving.page import Page
from fer_pipeline.serving.received import gives_bytes, takes_uploads_alone
from fer_pipeline.serving.service import Serving

TITLE = "FER pipeline: emotions of faces"
INTRO = ("# Emotions of faces\nA small network trained on FER-2013 tells which of seven expressions a face shows. It "
         "reads faces as a few people labelled photographs; **it does not know what anybody feels and is not for "
         "decisions about people.** Pictures stay on the machine that runs this page.")
STREAM_EVERY = 0.1      # s; frames that come while one is looked at are dropped, all but the newest
STREAMS = 4             # cameras at once; others wait
PROGRESS_HEIGHT = 120   # px, that a bar and its words need
SWEEP_SECONDS, KEPT_SECONDS = 60, 600       # how often uploads are swept, and how old they may grow


def build(serving: Serving, models: Mapping[str, Predictor]) -> gr.Blocks:
    """The page.

    Args:
        serving: Threads and limits, shared with the service beside.
        models: By the names that the page lets choose from; the first is chosen at the start.
    """
    page = Page(serving, models)
    with gr.Blocks(title=TITLE, analytics_enabled=False, delete_cache=(SWEEP_SECONDS, KEPT_SECONDS)) as blocks:
        gr.Markdown(INTRO)
        model = gr.Radio(list(models), value=next(iter(models)), label="Network", visible=len(models) > 1)
        with gr.Tab("Photo"):
            _photo_tab(page, model)
        with gr.Tab("Live"):
            _live_tab(page, model)
        with gr.Tab("Video"):
            _clip_tab(page, model)
        with gr.Tab("About"):
            gr.Markdown("\n\n".join(as_markdown(predictor.card) for predictor in models.values()))
    limits = serving.limits
    blocks.queue(max_size=limits.waiting, default_concurrency_limit=limits.parallel, api_open=False)
    return blocks


def _photo_tab(page: Page, model: gr.Radio) -> None:
    with gr.Row():
        with gr.Column():
            photo = gr.Image(label="Picture: upload, paste, or take one", type="filepath", image_mode=None,
                             sources=["upload", "clipboard", "webcam"], buttons=[], height=360)
            cropped = gr.Checkbox(label="It is a face crop already, as FER-2013's are")
            mapped = gr.Checkbox(label="Show which parts of the face speak for it")
        with gr.Column():
            result = gr.HTML(label="Faces", elem_id="photo-result")
    takes_uploads_alone(photo)
    gives_bytes(photo, page.serving.limits.body_bytes)
    gr.on([photo.change, model.change, cropped.change, mapped.change], page.photo, [photo, model, cropped, mapped],
          result, trigger_mode="always_last", api_visibility="private")


def _live_tab(page: Page, model: gr.Radio) -> None:
    gr.Markdown(f"Start the camera. Each frame is seen once; frames that come while one is looked at are dropped; what "
                f"is told of a face is smoothed over the last half second. It stops by itself after "
                f"{page.serving.limits.live_seconds} s.")
    before = gr.State(None)
    with gr.Row():
        with gr.Column():
            camera = gr.Image(label="Camera", sources=["webcam"], streaming=True, type="filepath", image_mode=None,
                              buttons=[], height=360)
        with gr.Column():
            result = gr.HTML(label="Faces", elem_id="live-result")
    takes_uploads_alone(camera)
    gives_bytes(camera, page.serving.limits.body_bytes)
    camera.stream(page.live, [camera, model, before], [result, before], stream_every=STREAM_EVERY,
                  time_limit=page.serving.limits.live_seconds, concurrency_limit=STREAMS, show_progress="hidden",
                  api_visibility="private")


def _clip_tab(page: Page, model: gr.Radio) -> None:
    limits = page.serving.limits
    gr.Markdown(f"The first {limits.clip.seconds:g} s of a video of at most {limits.clip_bytes // 1_000_000} MB, "
                f"{limits.clip.rate:g} frames a second. `fer video` takes videos of any length.")
    video = gr.Video(label="Video", sources=["upload"], buttons=[], height=240, elem_id="clip")
    result = gr.HTML(label="Faces", elem_id="clip-result", min_height=PROGRESS_HEIGHT)
    takes_uploads_alone(video)
    gr.on([video.change, model.change], page.clip, [video, model], result, concurrency_limit=1,
          trigger_mode="always_last", api_visibility="private")
