"""fer2013.csv to pictures, side by side: the stage `images`, and the usual way.

Every run is a process of its own, from starting Python to its end, in turn, round after round; what counts are the
ratios within a round. CPU time is printed beside wall time, since other processes may keep the cores busy.

    python benchmarks/conversion.py                      # 35,887 rows of synthetic faces, drawn here
    python benchmarks/conversion.py --csv fer2013.csv    # the real ones

Ways:
    usual       pandas.read_csv, iterrows, numpy.array(pixels.split(), uint8), PIL's save of a PNG, one by one
    ours        fer_pipeline.stages.images: that and every check, checksum and statistic, arrays, tables, on all cores
    parts       what ours does, one after another, to show where time goes

What bounds ours is the CPU time of all cores: a third of it finds the values in the text, which numpy does at 500 MB a
second and core; as much is the operating system's, which makes a file a face, as for the usual way, and finds memory;
imports take a fifth of a second. --folder says where files are made: try /dev/shm for the cost without a disk.
Nothing is removed before the last round, because ext4 is slow to make files soon after many were removed; for the same
reason wait five minutes before a second run on such a disk.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

DRAWN = 3000
SHARES = {"Training": 0.8, "PublicTest": 0.1, "PrivateTest": 0.1}
OUTPUTS = ("raw_table.parquet", "training.npz", "public_test.npz", "private_test.npz", "manifests", "images")


def main() -> None:
    """Run the rounds; print a row a way, the ratios, and where the time of ours goes."""
    chosen = _arguments()
    if chosen.way:
        print(json.dumps(WAYS[chosen.way](chosen.csv, chosen.out)))
        return
    with tempfile.TemporaryDirectory(dir=chosen.folder) as name:
        folder = Path(name)
        csv_file = (chosen.csv or _drawn_csv(folder / "drawn.csv", chosen.faces)).resolve()
        csv_file.read_bytes()   # so that all rounds find it in memory
        rounds = [{way: _run(way, csv_file, folder / f"{way}{number}") for way in ("usual", "ours")}
                  for number in range(chosen.rounds)]
        _print_ways(csv_file, rounds)
        _print_parts(_run("parts", csv_file, folder / "parts")["said"])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--csv", type=Path, help="a fer2013.csv; synthetic faces without")
    parser.add_argument("--faces", type=int, default=35_887, help=f"synthetic rows; they repeat after {DRAWN:,}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where to write; default: the temporary folder")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _drawn_csv(file: Path, faces: int) -> Path:
    import numpy as np

    from fer_pipeline.data.fer2013 import csv_text
    from fer_pipeline.sample.drawing import draw_faces

    drawn = draw_faces((np.arange(min(faces, DRAWN)) % 7).astype(np.uint8), seed=1)
    texts = [" ".join(map(str, face.ravel().tolist())) for face in drawn]
    usages = [usage for usage, share in SHARES.items() for _ in range(round(share * faces))]
    file.write_text(csv_text((str(row % DRAWN % 7), texts[row % DRAWN], usage) for row, usage in enumerate(usages)))
    return file


def _run(way: str, csv_file: Path, out: Path) -> dict[str, Any]:
    """One process: wall and CPU seconds, peak memory in MB, and what it said."""
    began = time.perf_counter()
    started = subprocess.Popen([sys.executable, __file__, "--way", way, "--csv", str(csv_file), "--out", str(out)],
                               stdout=subprocess.PIPE, text=True)
    said = started.stdout.read() if started.stdout else ""
    _, status, used = os.wait4(started.pid, 0)
    if status:
        raise SystemExit(f"{way} failed.")
    return {"wall": time.perf_counter() - began, "cpu": used.ru_utime + used.ru_stime, "mb": used.ru_maxrss / 1024,
            "said": json.loads(said.splitlines()[-1])}


def usual(csv_file: Path, out: Path) -> None:
    """The pictures, as most projects make them."""
    import numpy as np
    import pandas as pd
    from PIL import Image

    for usage in SHARES:
        for emotion in range(7):
            (out / usage / str(emotion)).mkdir(parents=True)
    for number, row in pd.read_csv(csv_file).rename(columns=str.strip).iterrows():
        face = np.array(row["pixels"].split(), np.uint8).reshape(48, 48)
        Image.fromarray(face).save(out / row["Usage"] / str(row["emotion"]) / f"{number:05}.png")


def ours(csv_file: Path, out: Path) -> None:
    """Everything that the stage makes."""
    from fer_pipeline.params import ImagesParams
    from fer_pipeline.stages.images import images

    images(ImagesParams(split_seed=3), _source(csv_file, out), *(out / name for name in OUTPUTS))


def _source(csv_file: Path, out: Path) -> Path:
    (out / "source").mkdir(parents=True)
    (out / "source" / csv_file.name).symlink_to(csv_file)
    return out / "source"


def parts(csv_file: Path, out: Path) -> list[tuple[str, float, float]]:
    """Name, wall and CPU seconds of each part of ours."""
    import numpy as np

    timed = Timed()
    timed("imports", import_module, "fer_pipeline.stages.images")
    from fer_pipeline.data.faces import Faces, write_faces
    from fer_pipeline.data.manifest import columns, content_hashes
    from fer_pipeline.data.png import png_files
    from fer_pipeline.data.tables import write_table
    from fer_pipeline.labels import Usage

    source = timed("csv to grey levels, on all cores", _read, csv_file)
    emotions = np.array([int(row.emotion) for row in source.rows], np.uint8)
    number = len(source.rows)
    faces = Faces(source.faces, emotions, np.arange(number, dtype=np.int32), np.ones(number, np.float32))
    timed("checksums", content_hashes, faces.pixels)
    manifest = timed("checksums and statistics", columns, faces, Usage.TRAINING)
    timed("manifest file", write_table, out.with_suffix(".parquet"), manifest)
    timed("array file", write_faces, out.with_suffix(".npz"), faces)
    for start in range(0, number, 100):
        timed("PNG in memory", png_files, faces.pixels[start:start + 100])
    timed("PNG in files, on all cores", _write_pictures, out, {Usage.TRAINING: faces})
    return [(name, *seconds) for name, seconds in timed.seconds.items()]


class Timed:
    """Calls functions and adds up what each part took."""

    def __init__(self) -> None:
        self.seconds: dict[str, tuple[float, float]] = {}

    def __call__(self, part: str, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call `function` as belonging to `part`."""
        wall, cpu = time.perf_counter(), _cpu_seconds()
        result = function(*arguments)
        before = self.seconds.get(part, (0.0, 0.0))
        self.seconds[part] = before[0] + time.perf_counter() - wall, before[1] + _cpu_seconds() - cpu
        return result


def _cpu_seconds() -> float:
    """Of this process and of those that it started and that have ended."""
    return sum(os.times()[:4])


def _read(csv_file: Path) -> Any:
    from fer_pipeline.data.fer2013 import join
    from fer_pipeline.data.piecewise import read_csv

    with csv_file.open("rb") as file:
        return join(read_csv(file, csv_file.name))


def _write_pictures(folder: Path, parts: dict[Any, Any]) -> None:
    from fer_pipeline.data.pictures import submit_pictures
    from fer_pipeline.data.side_by_side import workers

    with workers(parts) as pool:
        for one in submit_pictures(pool, folder, parts):
            one.result()


WAYS: dict[str, Callable[[Path, Path], Any]] = {"usual": usual, "ours": ours, "parts": parts}


def _print_ways(csv_file: Path, rounds: list[dict[str, dict[str, Any]]]) -> None:
    print(f"{csv_file.name}, {csv_file.stat().st_size / 1e6:,.0f} MB, {len(rounds)} rounds, {os.cpu_count()} cores, "
          f"load {os.getloadavg()[0]:.1f}")
    print(f"{'way':<8}{'wall s':>9}{'lowest':>9}{'highest':>9}{'CPU s':>9}{'peak MB':>9}")
    for way in ("usual", "ours"):
        wall, cpu, peak = ([one[way][figure] for one in rounds] for figure in ("wall", "cpu", "mb"))
        print(f"{way:<8}{median(wall):>9.2f}{min(wall):>9.2f}{max(wall):>9.2f}{median(cpu):>9.2f}{max(peak):>9.0f}")
    for figure, name in (("wall", "wall time"), ("cpu", "CPU time")):
        ratios = [one["usual"][figure] / one["ours"][figure] for one in rounds]
        print(f"ours is {median(ratios):.1f} times as fast by {name} ({min(ratios):.1f} to {max(ratios):.1f})")


def _print_parts(said: list[tuple[str, float, float]]) -> None:
    print(f"\n{'part of ours, alone':<34}{'wall s':>9}{'CPU s':>9}")
    for name, wall, cpu in said:
        print(f"{name:<34}{wall:>9.2f}{cpu:>9.2f}")


if __name__ == "__main__":
    main()
