"""From whole segments to the outputs in their places."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from fer_pipeline.video import sound, timeline
from fer_pipeline.video.chart import write_chart
from fer_pipeline.video.reading import Video
from fer_pipeline.video.resuming import Segments
from fer_pipeline.video.timeline import Told


@dataclass(frozen=True)
class Outputs:
    """Where the results of one video go."""

    video: Path
    timeline: Path
    chart: Path
    unfinished: Path

    @classmethod
    def of(cls, file: Path, folder: Path | None = None) -> "Outputs":
        """Beside the file, or in a folder."""
        start = (folder or file.parent) / file.stem
        return cls(*(start.with_name(start.name + end) for end in
                     (".annotated.mp4", ".timeline.csv", ".timeline.svg", ".unfinished")))


def finish(video: Video, segments: Segments, outputs: Outputs, every: int, *,
           annotated: bool) -> list[Told]:
    """Join the segments, draw, and put all in place.

    Args:
        video: The original, read to the end of what is taken of it.
        segments: All done.
        outputs: Where to; what is there is replaced once its successor is whole.
        every: One frame in so many was analysed.
        annotated: Whether the segments have an annotated copy.

    Returns:
        The tracks of the timeline.
    """
    table, chart, film = (segments.folder / name for name in ("whole.csv", "whole.svg", "whole.mp4"))
    places = range(len(segments.done))
    _join_tables([segments.part(place, ".csv") for place in places], table)
    tracks = timeline.tracks(table, every)
    write_chart(table, tracks, segments.done[-1].end, video.file.name, chart)
    if annotated:
        sound.join([(segments.part(place, ".mp4"), kept.end - kept.start) for place, kept in enumerate(segments.done)],
                   video.file, video.sounds, film, segments.done[-1].end if video.goes_on else None)
        film.replace(outputs.video)
    chart.replace(outputs.chart)
    table.replace(outputs.timeline)
    segments.remove()
    return tracks


def _join_tables(parts: list[Path], whole: Path) -> None:
    with whole.open("wb") as opened:
        opened.write((",".join(timeline.COLUMNS) + "\n").encode())
        for part in parts:
            with part.open("rb") as table:
                shutil.copyfileobj(table, opened)
