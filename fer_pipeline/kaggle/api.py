"""The questions to Kaggle's API, by the client that kagglehub itself uses.

`kagglehub.dataset_download` is not called: it unpacks the archive and deletes it, appends an error page to a partial
file when a resumed request fails, knows neither Retry-After nor a full disk, and shows its progress in a tqdm bar
alone. So kagglehub finds the credentials and reads the checksum, kagglesdk asks, and `transfer.py` moves the bytes.
Neither sends anything besides these requests; their user agent names the versions and nothing of this machine.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TypeVar
from urllib.parse import unquote, urlsplit

import kagglehub
import requests
from kagglehub.integrity import get_md5_checksum_from_response
from kagglesdk.competitions.types.competition_api_service import (
    ApiDownloadDataFileRequest,
    ApiDownloadDataFilesRequest,
)
from kagglesdk.datasets.types.dataset_api_service import ApiDownloadDatasetRequest, ApiGetDatasetRequest
from kagglesdk.kaggle_client import KaggleClient

from fer_pipeline.kaggle.address import KaggleCompetition, KaggleDataset, KaggleSource
from fer_pipeline.kaggle.credentials import credentials
from fer_pipeline.kaggle.patience import Patience, Setback, within
from fer_pipeline.kaggle.refusals import by_hand, refusal, unreachable

T = TypeVar("T")


@dataclass(frozen=True)
class Description:
    """What Kaggle says of a data set.

    Attributes:
        licence: In Kaggle's words; None if it tells none.
        latest: Number of the newest version.
    """

    licence: str | None
    latest: int


@dataclass(frozen=True)
class Parcel:
    """A file that waits to be fetched.

    Attributes:
        url: Signed: lets anybody fetch it for some minutes. Never shown or kept.
        name: Kaggle's own name for it.
        md5: Of the whole file, in base64; None if the storage tells none.
        etag: Changes with the content; None if the storage tells none.
    """

    url: str = field(repr=False)
    name: str
    md5: str | None
    etag: str | None


def describe(dataset: KaggleDataset, patience: Patience) -> Description:
    """One try to learn what Kaggle says of a data set."""
    request = ApiGetDatasetRequest()
    request.owner_slug, request.dataset_slug = dataset.owner, dataset.name
    told = _ask(dataset, lambda kaggle: kaggle.datasets.dataset_api_client.get_dataset(request), "such data set",
                patience)
    return Description(licence=told.license_name or None, latest=told.current_version_number)


def locate(source: KaggleSource, version: int | None, patience: Patience) -> Parcel:
    """One try to learn where the archive of a data set's version, or of a competition, or its one file lies."""
    if isinstance(source, KaggleDataset):
        return _ask(source, lambda kaggle: _located(source, _dataset(kaggle, source, version)), f"version {version}",
                    patience)
    sought = f"file {source.file} in this competition" if source.file else "such competition"
    return _ask(source, lambda kaggle: _located(source, _competition(kaggle, source)), sought, patience)


def _dataset(kaggle: KaggleClient, source: KaggleDataset, version: int | None) -> requests.Response:
    request = ApiDownloadDatasetRequest()
    request.owner_slug, request.dataset_slug, request.dataset_version_number = source.owner, source.name, version
    response: requests.Response = kaggle.datasets.dataset_api_client.download_dataset(request)
    return response


def _competition(kaggle: KaggleClient, source: KaggleCompetition) -> requests.Response:
    api = kaggle.competitions.competition_api_client
    response: requests.Response
    if source.file is None:
        every = ApiDownloadDataFilesRequest()
        every.competition_name = source.name
        response = api.download_data_files(every)
    else:
        one = ApiDownloadDataFileRequest()
        one.competition_name, one.file_name = source.name, source.file
        response = api.download_data_file(one)
    return response


def _located(source: KaggleSource, response: requests.Response) -> Parcel:
    """The API redirects to a storage: only where that is, and its headers, are taken from this answer."""
    with response:
        if response.headers.get("Content-Type", "").startswith("text/html"):
            raise Setback("a web page came instead of a file (a login page or a proxy's)", by_hand(source), once=True)
        return Parcel(url=response.url, name=PurePosixPath(unquote(urlsplit(response.url).path)).name,
                      md5=get_md5_checksum_from_response(response), etag=response.headers.get("ETag"))


def _ask(source: KaggleSource, question: Callable[[KaggleClient], T], sought: str, patience: Patience) -> T:
    """The answer. Exceptions are raised outside the handlers: those of requests carry the key in their request."""
    try:
        with _client() as kaggle:
            return within(patience.silence, lambda: question(kaggle))
    except (requests.RequestException, TimeoutError) as error:
        answer = getattr(error, "response", None)
        problem = unreachable(source, error) if answer is None else refusal(source, answer, str(error), sought)
    except json.JSONDecodeError:
        problem = Setback("Kaggle's answer is no JSON (a login page or a proxy's?)", by_hand(source), once=True)
    raise problem


@contextmanager
def _client() -> Iterator[KaggleClient]:
    """Not kagglehub's own `build_kaggle_client`: under KAGGLE_API_ENVIRONMENT=TEST that prints the key."""
    mine = credentials()
    agent = f"kagglehub/{kagglehub.__version__} fer-pipeline"
    with KaggleClient(username=mine.username, password=mine.key, api_token=mine.api_key, user_agent=agent) as kaggle:
        yield kaggle
