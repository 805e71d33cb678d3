"""What is wrong with a request, in words for people and in a kind for programs."""

from typing import Any, Literal

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from fer_pipeline.serving.limits import Limits

Kind = Literal["bad_form", "bad_picture", "bad_query", "busy", "no_form", "not_allowed", "not_found", "too_large",
               "too_often", "too_slow"]
KINDS: dict[int, Kind] = {404: "not_found", 405: "not_allowed"}


class ProblemAnswer(BaseModel):
    """Why a request was refused."""

    kind: Kind = Field(description="for programs")
    message: str = Field(description="what is wrong, what is allowed, and the repair")


class Problem(Exception):
    """A request that is refused.

    Attributes:
        status: Of HTTP.
        kind: For programs.
        retry_after: Seconds after which the same request may be taken; None if never.
    """

    def __init__(self, status: int, kind: Kind, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status, self.kind, self.retry_after = status, kind, retry_after


def busy(limits: Limits) -> Problem:
    """All places are taken."""
    return Problem(503, "busy", f"{limits.parallel} requests are being computed and {limits.waiting} wait already. "
                   "Allowed: as many. Ask again in a second.", retry_after=1)


def install(app: FastAPI) -> None:
    """Let an app answer every refusal as a `ProblemAnswer`."""

    @app.exception_handler(Problem)
    async def _problem(request: Request, problem: Problem) -> JSONResponse:
        headers = {} if problem.retry_after is None else {"Retry-After": str(problem.retry_after)}
        return _answer(request, problem.status, problem.kind, str(problem), headers)

    @app.exception_handler(RequestValidationError)
    async def _query(request: Request, error: RequestValidationError) -> JSONResponse:
        return _answer(request, 422, "bad_query", " ".join(map(_wrong, error.errors())))

    @app.exception_handler(HTTPException)
    async def _routing(request: Request, error: HTTPException) -> JSONResponse:
        message = f"{request.method} {request.url.path} is not served: {error.detail}. See /openapi.json for what is."
        return _answer(request, error.status_code, KINDS.get(error.status_code, "bad_form"), message, error.headers)


def _answer(request: Request, status: int, kind: Kind, message: str, headers: Any = None) -> JSONResponse:
    request.scope["problem"] = kind     # for the figures
    return JSONResponse({"kind": kind, "message": message}, status, headers=headers)


def _wrong(error: dict[str, Any]) -> str:
    where = " ".join(map(str, error["loc"]))
    return f"{where} is {str(error['input'])[:80]!r}: {error['msg']}. See /openapi.json for what is allowed."


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Refusals as OpenAPI has them."""
    return {status: {"model": ProblemAnswer, "description": EXAMPLES[status][0],
                     "content": {"application/json": {"example": EXAMPLES[status][1]}}} for status in statuses}


EXAMPLES: dict[int, tuple[str, dict[str, str]]] = {
    400: ("The form cannot be read", {
        "kind": "bad_form", "message": "The form is broken: Missing boundary in multipart. Send pictures as "
                                       "multipart/form-data, each under 'pictures'."}),
    408: ("It did not arrive in time", {
        "kind": "too_slow", "message": "The request did not arrive within 30 s. Send fewer or smaller pictures."}),
    413: ("More bytes than allowed", {
        "kind": "too_large", "message": "The request has more than 10,000,000 bytes. Send fewer or smaller pictures."}),
    415: ("No form", {
        "kind": "no_form", "message": "The request is 'application/json'. Allowed: multipart/form-data with pictures "
                                      "under 'pictures', as `curl -F pictures=@face.jpg` sends it."}),
    422: ("A picture or a parameter cannot be used", {
        "kind": "bad_picture", "message": "note.jpg: the picture is no picture: it begins with b'Dear all'. Allowed: "
                                          "BMP, JPEG, PNG, TIFF, WEBP. Correct the path, or convert the file."}),
    429: ("Too many requests of one address", {
        "kind": "too_often", "message": "203.0.113.7 has sent its 300 requests of this minute. Ask again in 1 s."}),
    503: ("All places are taken", {
        "kind": "busy", "message": "2 requests are being computed and 16 wait already. Allowed: as many. Ask again in "
                                   "a second."}),
}
