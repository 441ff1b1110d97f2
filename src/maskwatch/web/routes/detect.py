"""Pictures and clips in, faces out; nothing is stored."""

from collections.abc import Iterator
from itertools import islice
from typing import Annotated

import numpy as np
from fastapi import APIRouter, File, Query, UploadFile
from fastapi.concurrency import run_in_threadpool
from numpy.typing import NDArray

from maskwatch.detections import Detect, Detections
from maskwatch.pictures.opening import PictureError, read_picture
from maskwatch.web.clips import Clip
from maskwatch.web.context import Ctx
from maskwatch.web.guarding import DetectUser
from maskwatch.web.models import ClipDetections, DetectionOut, FrameDetections, PictureDetections
from maskwatch.web.problems import ProblemError

router = APIRouter(tags=["detect"])

# From here on, whoever asks may move the threshold.
LOWEST_SCORE = 0.05
_MOST_PICTURES = 32
_MOST_PIXELS = 50_000_000
_FRAMES_AT_A_TIME = 8

LeastScore = Annotated[
    float | None, Query(ge=LOWEST_SCORE, le=1, description="Least score; without it the model's own.")
]
Pixels = NDArray[np.uint8]


@router.post("/detect")
async def detect(
    ctx: Ctx,
    _holder: DetectUser,
    pictures: Annotated[list[UploadFile], File(description=f"1 to {_MOST_PICTURES} pictures.")],
    score: LeastScore = None,
) -> list[PictureDetections]:
    """Faces in each picture, in the order in which they were sent. One that is no picture has its `error`."""
    if len(pictures) > _MOST_PICTURES:
        raise ProblemError(413, f"At most {_MOST_PICTURES} pictures at a time.")
    named = [(each.filename or "picture", await each.read()) for each in pictures]
    async with ctx.detecting:
        return await run_in_threadpool(_look, ctx, named, score)


@router.post("/detect/clip")
async def detect_clip(
    ctx: Ctx,
    _holder: DetectUser,
    clip: Annotated[
        UploadFile, File(description="MP4, MOV, WebM, Matroska or AVI; five frames a second, 300 at most.")
    ],
    score: LeastScore = None,
) -> ClipDetections:
    """Faces in the frames of a clip."""
    async with ctx.detecting:
        return await run_in_threadpool(_look_at_clip, ctx, clip, score)


def _look(ctx: Ctx, named: list[tuple[str, bytes]], score: float | None) -> list[PictureDetections]:
    find, default = ctx.detect()
    least = default if score is None else score
    opened = [_opened(name, content) for name, content in named]
    readable = [each for each in opened if not isinstance(each, PictureError)]
    found = iter(find(readable))
    told = []
    for (name, _), each in zip(named, opened, strict=True):
        if isinstance(each, PictureError):
            told.append(PictureDetections(image=name, error=str(each)))
        else:
            faces = detections_out(next(found), least)
            told.append(PictureDetections(image=name, width=each.shape[1], height=each.shape[0], detections=faces))
    return told


def _opened(name: str, content: bytes) -> Pixels | PictureError:
    try:
        return read_picture(name, content, _MOST_PIXELS)
    except PictureError as error:
        return error


def _look_at_clip(ctx: Ctx, sent: UploadFile, score: float | None) -> ClipDetections:
    find, default = ctx.detect()
    clip = Clip(sent.filename or "clip", sent.file)
    try:
        frames = tuple(_frames(clip, find, default if score is None else score))
    finally:
        clip.close()
    width, height = clip.size
    return ClipDetections(width=width, height=height, frames=frames, cut_short=clip.cut_short)


def _frames(clip: Clip, find: Detect, least: float) -> Iterator[FrameDetections]:
    frames = iter(clip)
    while some := list(islice(frames, _FRAMES_AT_A_TIME)):
        for frame, faces in zip(some, find([each.pixels for each in some]), strict=True):
            yield FrameDetections(time_s=round(frame.time_s, 3), detections=detections_out(faces, least))


def detections_out(faces: Detections, least: float) -> tuple[DetectionOut, ...]:
    """Faces from a score on, best first."""
    assert faces.confidence is not None
    columns = zip(faces.data["class_name"], faces.confidence, faces.xyxy, strict=True)
    return tuple(
        DetectionOut(label=str(name), score=round(float(score), 4), box=_box(edges))
        for name, score, edges in columns
        if score >= least
    )


def _box(edges: NDArray[np.float32]) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = (round(float(edge), 2) for edge in edges)
    return x1, y1, x2, y2
