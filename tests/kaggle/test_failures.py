"""What can go wrong between here and Kaggle, each against a real server, disk limit or killed process."""

import errno
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from fer_pipeline.errors import InputError
from fer_pipeline.kaggle.address import parse_source
from fer_pipeline.kaggle.fetch import latest_version
from fer_pipeline.kaggle.patience import Patience
from tests.kaggle.conftest import QUICK, reach
from tests.kaggle.kaggle_server import STORAGE, Answer
from tests.kaggle.test_fetch import FACES, NAME, get

COMPETITION = parse_source("kaggle-competition:faces")
HASTY = Patience(tries=2, first_delay=0.001, connect=5.0, silence=0.2, every=0.0)
Usage = namedtuple("Usage", "total used free")


def partials(folder: Path) -> list[int]:
    return [file.stat().st_size for file in folder.glob("*.partial")]


def test_wrong_credentials_are_refused_by_where_they_were_found(kaggle, tmp_path):
    kaggle.api = [Answer(401, told="Unauthorized")]
    with pytest.raises(InputError, match=r"does not accept the credentials found in KAGGLE_USERNAME and KAGGLE_KEY "
                                         r"\(401\)\. .*https://www\.kaggle\.com/settings/api.*~/\.kaggle/kaggle\.json"):
        get(folder=tmp_path)
    assert len(kaggle.seen) == 1    # not tried again


def test_missing_credentials_are_refused_by_where_to_put_them(kaggle, monkeypatch):
    monkeypatch.delenv("KAGGLE_USERNAME")
    monkeypatch.delenv("KAGGLE_KEY")
    kaggle.api = [Answer(401)]
    with pytest.raises(InputError, match=r"asks for an account, and no credentials are set \(401\).*KAGGLE_API_TOKEN"):
        latest_version(FACES, patience=QUICK)


def test_unaccepted_rules_are_refused_by_the_page_to_open(kaggle, tmp_path):
    kaggle.download = [Answer(403, told="You must accept this competition's rules")]
    with pytest.raises(InputError, match=r"\(403\) until the rules are accepted. Open "
                                         r"https://www\.kaggle\.com/competitions/faces/rules logged in.*"
                                         r'Kaggle says: "You must accept this competition\'s rules"'):
        get(COMPETITION, None, folder=tmp_path)


def test_without_an_account_a_denial_also_says_where_to_put_one(kaggle, monkeypatch, tmp_path):
    monkeypatch.delenv("KAGGLE_USERNAME")
    monkeypatch.delenv("KAGGLE_KEY")
    kaggle.download = [Answer(403)]
    with pytest.raises(InputError, match=r"faces/rules logged in, accept them, and run again\. No credentials are set: "
                                         r"Make an API token on https://www\.kaggle\.com/settings/api"):
        get(COMPETITION, None, folder=tmp_path)


def test_terms_of_a_data_set_are_refused_by_the_page_to_open(kaggle, tmp_path):
    kaggle.download = [Answer(403)]
    with pytest.raises(InputError, match=r"Open https://www\.kaggle\.com/datasets/anna/faces logged in as the account"):
        get(folder=tmp_path)


def test_an_unknown_data_set_and_an_unknown_version_are_told_apart(kaggle, tmp_path):
    kaggle.api = [Answer(404)]
    with pytest.raises(InputError, match=r"kaggle:anna/faces: Kaggle has no such data set \(404\)"):
        get(folder=tmp_path)
    kaggle.download = [Answer(404)]
    with pytest.raises(InputError, match=r"Kaggle has no version 9 \(404\).*Look at https://www\.kaggle\.com/datasets"):
        get(version=9, folder=tmp_path)
    kaggle.download = [Answer(404)]
    with pytest.raises(InputError, match=r"no file x\.csv in this competition"):
        get(parse_source("kaggle-competition:faces/x.csv"), None, folder=tmp_path)


def test_an_error_in_an_answer_of_status_200_is_one(kaggle):
    kaggle.api = [Answer(200, told="gone")]
    kaggle.api[0].status_in_body = 404
    with pytest.raises(InputError, match="no such data set"):
        latest_version(FACES, patience=QUICK)


def test_any_other_refusal_is_passed_on(kaggle):
    kaggle.api = [Answer(451, told="not in your country")]
    with pytest.raises(InputError, match=r'refuses the request \(451 .*"not in your country".*`fer source PATH`'):
        latest_version(FACES, patience=QUICK)
    assert len(kaggle.seen) == 1


def test_too_many_requests_wait_as_long_as_the_server_asks(kaggle, tmp_path):
    said, started = [], time.monotonic()
    kaggle.download = [Answer(429, {"Retry-After": "1"})]
    get(folder=tmp_path, said=said)
    assert said[0] == "kaggle:anna/faces: Kaggle answers 429 Too Many Requests. Trying again in 1.0 s."
    assert time.monotonic() - started >= 1.0


def test_a_server_may_ask_to_wait_until_a_time(kaggle, tmp_path):
    until = datetime.now(UTC) + timedelta(hours=1)
    kaggle.download = [Answer(429, {"Retry-After": format_datetime(until, usegmt=True)})]
    with pytest.raises(InputError, match=r"asks to wait (1:00:0|0:59:5)\d; at most 0:00:01 is waited"):
        get(folder=tmp_path)


def test_too_long_a_wait_is_refused_at_once(kaggle, tmp_path):
    kaggle.download = [Answer(429, {"Retry-After": "7200"})]
    with pytest.raises(InputError, match="429 Too Many Requests and asks to wait 2:00:00; at most 0:00:01 is waited"):
        get(folder=tmp_path)


def test_too_many_requests_without_a_time_are_retried_and_then_refused(kaggle, tmp_path):
    kaggle.download = [Answer(429)] * 3
    with pytest.raises(InputError, match="429 Too Many Requests. Given up after 3 tries. Run again later"):
        get(folder=tmp_path)


def test_trouble_at_kaggle_is_waited_out(kaggle, archive, tmp_path):
    said = []
    kaggle.api, kaggle.download, kaggle.storage = [Answer(500)], [Answer(502)], [Answer(503)]
    get(folder=tmp_path, said=said)
    assert (tmp_path / NAME).read_bytes() == archive
    assert [line for line in said if "Trying again" in line][0].startswith(
        "kaggle:anna/faces: Kaggle answers 500 Internal Server Error. Trying again in 0.0 s")


@pytest.mark.parametrize("place", ["api", "download", "storage"])
def test_lasting_trouble_at_kaggle_ends_with_where_to_look(kaggle, tmp_path, place):
    setattr(kaggle, place, [Answer(500)] * 9)
    with pytest.raises(InputError, match=r"answers 500 Internal Server Error\. Given up after 3 tries.*status\.kaggle"):
        get(folder=tmp_path)
    assert len(getattr(kaggle, place)) == 6


def test_a_signed_address_that_ran_out_is_asked_for_anew(kaggle, archive, tmp_path):
    kaggle.storage = [Answer(403)]
    get(folder=tmp_path)
    assert (tmp_path / NAME).read_bytes() == archive
    assert len(kaggle.asked("localhost:7777", "DownloadDataset")) == 2


def test_a_cut_connection_goes_on_from_where_it_was(kaggle, archive, tmp_path):
    kaggle.storage, said = [Answer(cut=150_000)], []
    get(folder=tmp_path, said=said)
    assert (tmp_path / NAME).read_bytes() == archive
    first, second = kaggle.fetches()
    assert "Range" not in first.headers
    begin = int(re.fullmatch(r"bytes=(\d+)-", second.headers["Range"])[1])
    assert 150_000 - (1 << 16) <= begin <= 150_000
    assert second.headers["If-Range"] == '"v3"'
    assert any(line.startswith("kaggle:anna/faces: the connection was cut at 0.1 MB (it ended early)") for line in said)


def test_a_connection_that_is_always_cut_is_given_up_and_kept(kaggle, archive, tmp_path):
    kaggle.storage = [Answer(cut=0)] * 3
    with pytest.raises(InputError, match=r"cut at 0\.0 MB.*Given up after 3 tries\. Run again: it goes on from where"):
        get(folder=tmp_path)
    kaggle.storage = [Answer(cut=70_000), Answer(cut=0), Answer(cut=0)]
    with pytest.raises(InputError, match=r"cut at 0\.1 MB"):
        get(folder=tmp_path)
    assert not (tmp_path / NAME).exists()
    assert partials(tmp_path) == [1 << 16]
    get(folder=tmp_path)
    assert (tmp_path / NAME).read_bytes() == archive
    assert partials(tmp_path) == []


def test_a_server_without_ranges_starts_over(kaggle, archive, tmp_path):
    kaggle.storage, kaggle.ranges = [Answer(cut=150_000)], False
    get(folder=tmp_path)
    assert (tmp_path / NAME).read_bytes() == archive
    assert len(kaggle.fetches()) == 2


def test_a_partial_file_of_other_content_is_not_gone_on_from(kaggle, archive, tmp_path):
    kaggle.storage = [Answer(cut=150_000)] * 3
    with pytest.raises(InputError, match="Given up"):
        get(folder=tmp_path, patience=HASTY)
    kaggle.content, kaggle.etag, kaggle.storage = archive[::-1], '"other"', []
    get(folder=tmp_path)
    assert (tmp_path / NAME).read_bytes() == archive[::-1]
    assert "Range" not in kaggle.fetches()[-1].headers
    assert partials(tmp_path) == []


def test_a_fetch_killed_before_the_last_step_only_takes_that(kaggle, archive, tmp_path):
    kaggle.storage = [Answer(cut=70_000)] * 2
    with pytest.raises(InputError, match="Given up"):
        get(folder=tmp_path, patience=HASTY)
    [partial] = tmp_path.glob("*.partial")
    partial.write_bytes(archive)
    get(folder=tmp_path)
    assert (tmp_path / NAME).read_bytes() == archive


def test_a_partial_file_longer_than_the_whole_starts_over(kaggle, archive, tmp_path):
    kaggle.storage = [Answer(cut=70_000)] * 2
    with pytest.raises(InputError, match="Given up"):
        get(folder=tmp_path, patience=HASTY)
    [partial] = tmp_path.glob("*.partial")
    partial.write_bytes(archive + b"more")
    get(folder=tmp_path)
    assert (tmp_path / NAME).read_bytes() == archive


def test_a_server_that_falls_silent_is_taken_as_cut(kaggle, archive, tmp_path):
    silence, said = threading.Event(), []
    kaggle.storage = [Answer(cut=150_000, hang=silence)]
    get(folder=tmp_path, patience=HASTY, said=said)
    silence.set()
    assert (tmp_path / NAME).read_bytes() == archive
    assert any("(nothing came in time)" in line for line in said)


@pytest.mark.usefixtures("account")
def test_an_api_that_never_answers_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as deaf, pytest.MonkeyPatch.context() as patch:
        reach(patch, f"http://127.0.0.1:{deaf.getsockname()[1]}")
        patch.setenv("KAGGLE_API_ENVIRONMENT", "TEST")
        with pytest.raises(InputError, match=r"cannot be reached \(nothing came in time\)\. Given up after 2 tries"):
            latest_version(FACES, patience=HASTY)


def test_a_killed_fetch_leaves_what_the_next_goes_on_from(kaggle, archive, tmp_path):
    silence = threading.Event()
    kaggle.storage = [Answer(cut=150_000, hang=silence)]
    fetcher = subprocess.Popen([sys.executable, "-c", (
        "from pathlib import Path; from tests.kaggle.test_fetch import *; import sys;"
        "fetch(FACES, 3, Path(sys.argv[1]), print)"), str(tmp_path)], cwd=Path(__file__).parents[2])
    while sum(partials(tmp_path)) < 1 << 17 and fetcher.poll() is None:
        time.sleep(0.01)
    with pytest.raises(InputError, match="Another process downloads into"):
        get(folder=tmp_path)
    fetcher.send_signal(signal.SIGKILL)
    fetcher.wait()
    silence.set()
    assert not (tmp_path / NAME).exists()
    get(folder=tmp_path)
    assert (tmp_path / NAME).read_bytes() == archive
    assert kaggle.fetches()[-1].headers["Range"] == f"bytes={1 << 17}-"


def test_a_wrong_checksum_is_retried_once_and_then_refused(kaggle, tmp_path):
    kaggle.announced = "AAAAAAAAAAAAAAAAAAAAAA=="
    with pytest.raises(InputError, match=rf"{NAME} came with md5 [0-9a-f]{{32}}; Kaggle announces 0{{32}}\. "
                                         r"Given up after 2 tries"):
        get(folder=tmp_path)
    assert len(kaggle.fetches()) == 2
    assert list(tmp_path.glob("anna*")) == []


def test_damage_on_the_way_is_repaired_by_the_second_try(kaggle, archive, tmp_path):
    kaggle.announced = kaggle.md5_base64()
    kaggle.content = b"x" + archive[1:]
    kaggle.after_fetch = lambda: setattr(kaggle, "content", archive)
    get(folder=tmp_path)
    assert (tmp_path / NAME).read_bytes() == archive


def test_a_disk_without_room_is_refused_before_anything_is_fetched(kaggle, archive, tmp_path, monkeypatch):     # noqa: ARG001
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10, 10, 200_000))
    with pytest.raises(InputError, match=rf"{tmp_path} has 0\.2 MB free; 0\.3 MB are still to come\. Free space there"):
        get(folder=tmp_path)
    assert partials(tmp_path) == [0]


def test_a_disk_that_fills_up_keeps_what_came(kaggle, archive, tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(InputError, match=rf"cannot grow: .*{os.strerror(errno.EFBIG)}.* 0\.1 MB are kept.*ulimit"):
            get(folder=tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert partials(tmp_path) == [100_000]
    get(folder=tmp_path)
    assert (tmp_path / NAME).read_bytes() == archive
    assert kaggle.fetches()[-1].headers["Range"] == "bytes=100000-"


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"file/raw cannot be made: Not a directory"):
        get(folder=tmp_path / "file" / "raw")


def test_without_a_network_the_way_round_is_told(monkeypatch, account):     # noqa: ARG001
    monkeypatch.setenv("KAGGLE_API_ENVIRONMENT", "TEST")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    reach(monkeypatch, f"http://127.0.0.1:{port}")
    with pytest.raises(InputError, match=r"cannot be reached \(Connection refused\)\. Given up after 3 tries.*"
                                         r"download it from https://www\.kaggle\.com/datasets/anna/faces.*"
                                         r"`fer source PATH`"):
        latest_version(FACES, patience=QUICK)


def test_a_storage_that_cannot_be_reached_is_told_without_the_signed_address(kaggle, tmp_path):
    kaggle.storage, said = [Answer(cut=0)] * 3, []
    with pytest.raises(InputError) as refused:
        get(folder=tmp_path, said=said)
    assert "signed-1" not in "".join(said) + str(refused.value)
    assert refused.value.__context__ is None
    assert kaggle.asked(STORAGE)


def test_delays_double_and_scatter_up_to_their_bound():
    patience = Patience(first_delay=1.0, longest_delay=4.0)
    for failures, middle in ((1, 1.0), (2, 2.0), (3, 4.0), (9, 4.0)):
        delays = {patience.delay(failures) for _ in range(50)}
        assert middle * 0.5 <= min(delays) < max(delays) <= middle * 1.5


def test_progress_lets_a_flaky_line_go_on(monkeypatch, tmp_path, kaggle):
    monkeypatch.setattr("fer_pipeline.kaggle.transfer.PROGRESSED", 1)
    kaggle.storage = [Answer(cut=70_000)] * 4       # more cuts than tries, each with something new
    get(folder=tmp_path)
    assert (tmp_path / NAME).exists()
