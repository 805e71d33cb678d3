"""What the service says of pictures."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from fer_pipeline.errors import InputError
from fer_pipeline.labels import EMOTIONS
from fer_pipeline.predicting.pictures import read_picture
from fer_pipeline.predicting.predictor import Prediction, Predictor
from fer_pipeline.serving.problems import Problem

Share = Annotated[float, Field(ge=0, le=1)]
NO_FACE = ("No face was found. Allowed: faces seen from the front, not much turned, at least a twentieth of the "
           "picture wide. Ask with cropped=true if the picture is a face crop already.")


class Options(BaseModel):
    """Of a question."""

    model_config = ConfigDict(extra="forbid")

    cropped: bool = Field(False, description="the pictures are face crops already, as FER-2013's are: no face is "
                                             "searched for")
    all_views: bool = Field(True, description="see each face as often as the network was judged with: more accurate, "
                                              "and as many times slower")


class Box(BaseModel):
    """Where a face is, in pixels of the picture as it is shown, EXIF's turn included."""

    left: float
    top: float
    width: float
    height: float
    score: float = Field(description="how sure the detector is; the higher, the surer")


class FaceAnswer(BaseModel):
    """What one face shows."""

    emotion: str = Field(description="the most probable", json_schema_extra={"enum": list(EMOTIONS)})
    confidence: Share = Field(description="its calibrated probability")
    probabilities: dict[str, Share] = Field(description="of all seven emotions; their sum is 1")
    box: Box | None = Field(description="null if the picture was sent as a crop")


class PictureAnswer(BaseModel):
    """What one picture shows."""

    name: str = Field(description="of the file, as it was sent")
    width: int = Field(description="px")
    height: int = Field(description="px")
    faces: list[FaceAnswer] = Field(description="largest first")
    message: str | None = Field(description="said where no face was found")


class Answer(BaseModel):
    """To a request."""

    model: str = Field(description="which network answers; /model says more")
    views: int = Field(description="of each face, whose mean is taken")
    pictures: list[PictureAnswer] = Field(description="in the order in which they were sent")


def answer(predictor: Predictor, files: list[tuple[str, bytes]], most_pixels: int, *, cropped: bool) -> Answer:
    """All pictures of a request.

    Raises:
        Problem: One of them cannot be used; its name and place are in the message.
    """
    pictures = [_picture(predictor, f"{name or 'unnamed'} (picture {number} of {len(files)})", name, content,
                         most_pixels, cropped) for number, (name, content) in enumerate(files, 1)]
    return Answer(model=predictor.card.name, views=predictor.test_time.views, pictures=pictures)


def _picture(predictor: Predictor, where: str, name: str, content: bytes, most_pixels: int,
             cropped: bool) -> PictureAnswer:
    try:
        pixels = read_picture(content, most_pixels)
    except InputError as error:
        raise Problem(422, "bad_picture", f"{where}: {error}") from None
    faces = [_face(prediction) for prediction in predictor(pixels, cropped=cropped)]
    return PictureAnswer(name=name, width=pixels.shape[1], height=pixels.shape[0], faces=faces,
                         message=None if faces else NO_FACE)


def _face(prediction: Prediction) -> FaceAnswer:
    face = prediction.face
    box = None if face is None else Box(left=face.left, top=face.top, width=face.width, height=face.height,
                                        score=face.score)
    said = dict(zip(EMOTIONS, prediction.probabilities.tolist(), strict=True))
    return FaceAnswer(emotion=prediction.emotion, confidence=min(prediction.confidence, 1.0), box=box,
                      probabilities={emotion: min(share, 1.0) for emotion, share in said.items()})
