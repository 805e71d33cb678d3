"""Everything around the features: background, neck, ears, head, hair, beard and glasses."""

from collections.abc import Sequence

import cv2
import numpy as np

from fer_pipeline.sample.appearance import EYE_Y
from fer_pipeline.sample.brush import curve, fill, stroke, taper
from fer_pipeline.sample.face import CANVAS, FRAME, SIDES, SUPERSAMPLING, Face
from fer_pipeline.sample.mouth import lips

STRANDS = 14


def background(face: Face, rng: np.random.Generator) -> np.ndarray:
    """A canvas, `(CANVAS, CANVAS)` uint8, with a blurred room behind the head."""
    blotches = face.light.background + rng.normal(0.0, 22.0, (5, 5))
    room = cv2.resize(blotches.clip(0, 255).astype(np.uint8), (CANVAS, CANVAS), interpolation=cv2.INTER_CUBIC)
    return np.asarray(room)


def draw_behind(canvas: np.ndarray, face: Face) -> None:
    """What the head covers in part: hair that hangs down, neck, clothes, ears."""
    if face.hair.side_length_y > 2.0:
        fill(canvas, face.place(_hanging_hair(face)), face.hair.tone * 0.85)
    skin = face.identity.skin_tone
    neck = face.identity.jaw_width * 0.92
    fill(canvas, _flat([(-neck, 8), (neck, 8), (neck * 0.95, 40), (-neck * 0.95, 40)]), skin * 0.5)
    for _, sign in SIDES:
        shoulder = [(sign * neck * 0.9, 22), (sign * 40, 26), (sign * 40, 40), (sign * 3, 40)]
        fill(canvas, _flat(shoulder), face.light.clothes)
        ear = face.identity.head_width
        outline = [(ear - 1.0, -7.0), (ear + 1.7, -7.5), (ear + 2.2, -3.0), (ear + 0.9, 2.5), (ear - 1.0, 3.0)]
        fill(canvas, face.place(curve(np.array(outline) * (sign, 1.0), closed=True)), skin * 0.78)


def draw_head(canvas: np.ndarray, face: Face) -> None:
    """Bare skin from the crown to the chin."""
    fill(canvas, face.place(head_outline(face)), face.identity.skin_tone)


def head_outline(face: Face) -> np.ndarray:
    """Outline of the head in face pixels; the jaw hangs lower the more the mouth opens."""
    person, drop = face.identity, face.jaw_drop
    width, chin = person.head_width, person.chin_y + drop - 0.8 * face.both[17]
    right = [
        (9.0, -25.5),
        (width * 0.86, -19.0),
        (width, -9.0),
        (width * 1.0, -1.0),
        (width * 0.95 + 0.3 * face.both[12], 6.5),
        (person.jaw_width, 14.0 + 0.45 * drop),
        (person.chin_width, chin - 1.4),
    ]
    left = [(-x, y) for x, y in reversed(right)]
    return curve([(0.0, -27.0), *right, (0.0, chin), *left], closed=True)


def draw_hair(canvas: np.ndarray, face: Face, rng: np.random.Generator) -> None:
    """Hair over forehead and temples, with strands in lighter and darker tones."""
    edge = _hairline(face, rng)
    fill(canvas, face.place(np.concatenate([edge, _hair_top(face)])), face.hair.tone)
    roots = edge[rng.integers(len(edge) // 4, 3 * len(edge) // 4, STRANDS)] * (1.02, 1.05)
    swing, rise = rng.normal(0.0, 1.5, STRANDS) - 0.1 * roots[:, 0], rng.uniform(-15.0, -7.0, STRANDS)
    ends = roots + np.stack([swing, rise], axis=1)
    strands = face.place((roots + np.linspace(0.0, 1.0, 5)[:, None, None] * (ends - roots)).reshape(-1, 2))
    tones = face.hair.tone * rng.uniform(0.7, 1.2, STRANDS) + rng.uniform(0.0, 26.0, STRANDS)
    for strand, tone in zip(strands.reshape(5, STRANDS, 2).transpose(1, 0, 2), tones, strict=True):
        stroke(canvas, strand, 0.8 * SUPERSAMPLING * taper(5), min(float(tone), 245.0))


def draw_beard(canvas: np.ndarray, face: Face) -> np.ndarray:
    """The canvas with beard and moustache, as soft as they are thin."""
    beard, moustache = face.identity.beard, face.identity.moustache
    if beard + moustache == 0.0:
        return canvas
    cover = np.zeros_like(canvas)
    shape = lips(face)
    if beard:
        fill(cover, face.place(_beard_outline(face)), 235.0 * beard)
        fill(cover, face.place(np.concatenate([shape.upper_outer, shape.lower_outer[::-1]])), 0.0)
    if moustache:
        top = shape.upper_outer - (0.0, 2.2)
        fill(cover, face.place(np.concatenate([top[3:-3], shape.upper_outer[::-1]])), 245.0 * moustache)
    share = cv2.blur(cv2.blur(cover, (7, 7)), (7, 7)) / np.float32(255.0)
    tone = 0.3 * face.identity.skin_tone + 0.4 * face.hair.tone
    return np.asarray(canvas + share * (min(tone, face.identity.skin_tone) - canvas)).astype(np.uint8)


def draw_glasses(canvas: np.ndarray, face: Face) -> None:
    """A rim round each eye, a bridge, and the temples towards the ears."""
    rim, eye = 0.2 * face.hair.tone + 15.0, face.identity.eye_x
    angle = np.linspace(0.0, 2.0 * np.pi, 28)
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    width = face.identity.glasses * SUPERSAMPLING
    ring = np.sign(ring) * np.abs(ring) ** 0.75 * (6.6, 4.6)
    for _, sign in SIDES:
        stroke(canvas, face.place(ring + (sign * eye, EYE_Y + 0.6), height=1.5), width, rim)
        bar = np.array([(eye + 6.4, EYE_Y), (eye + 9.0, EYE_Y - 0.4), (20.0, EYE_Y - 0.5)]) * (sign, 1.0)
        stroke(canvas, face.place(bar), width, rim)
    bridge = curve([(6.6 - eye, EYE_Y), (0.0, EYE_Y - 0.9), (eye - 6.6, EYE_Y)])
    stroke(canvas, face.place(bridge, height=1.5), width, rim)


def _hanging_hair(face: Face) -> np.ndarray:
    wide, low = face.identity.head_width + face.hair.side_width, face.hair.side_length_y
    right = [(12.0, -29.0), (wide, -14.0), (wide + 0.8, 0.0), (wide + 0.3, low * 0.6), (wide - 2.0, low), (0.0, low)]
    return curve([*right, *[(-x, y) for x, y in reversed(right)]], closed=True)


def _hairline(face: Face, rng: np.random.Generator) -> np.ndarray:
    """Lower edge of the hair from image-left to right: down the sides, over the temples, parted above the forehead."""
    hair, wide = face.hair, face.identity.head_width
    side_y, inside = max(hair.side_length_y, hair.temple_y + 2.0), wide - 0.4 - 0.35 * hair.side_width
    part = 0.3 * wide * hair.parting
    rough = rng.normal(0.0, hair.roughness, 3)
    knots = [
        (-wide - 0.5 * hair.side_width, side_y),
        (-inside, min(side_y, 3.0)),
        (-inside + 0.6, hair.temple_y),
        (-wide * 0.74, 0.55 * hair.hairline_y + 0.45 * hair.temple_y),
        (-wide * 0.4, hair.hairline_y + 0.8 + rough[0]),
        (part, hair.hairline_y - 0.4 + rough[1]),
        (wide * 0.4, hair.hairline_y + 0.8 + rough[2]),
        (wide * 0.74, 0.55 * hair.hairline_y + 0.45 * hair.temple_y),
        (inside - 0.6, hair.temple_y),
        (inside, min(side_y, 3.0)),
        (wide + 0.5 * hair.side_width, side_y),
    ]
    return curve(knots)


def _hair_top(face: Face) -> np.ndarray:
    """Upper edge of the hair from image-right to left, over the crown; thicker where the hair is thick at the sides."""
    wide = face.identity.head_width + face.hair.side_width
    right = [(wide + 0.6, -8.0), (wide + 0.2, -15.0), (wide * 0.8, -23.0), (wide * 0.4, -28.0)]
    return curve([*right, *[(-x, y) for x, y in reversed(right)]])


def _beard_outline(face: Face) -> np.ndarray:
    person, drop = face.identity, face.jaw_drop
    wide, low = person.head_width, person.chin_y + drop
    right = [(wide, 0.0), (wide, 8.0), (person.jaw_width + 1.0, 15.0 + drop / 2), (6.0, low + 1.0), (0.0, low + 1.5)]
    inner = [(0.0, person.mouth_y - 2.4), (5.0, person.mouth_y - 2.2), (9.0, person.mouth_y - 0.5), (wide * 0.8, 6.0)]
    half = [*inner, *right]
    return np.array([*half, *[(-x, y) for x, y in reversed(half)]])


def _flat(points: Sequence[tuple[float, float]]) -> np.ndarray:
    """Points that do not turn with the head, as canvas pixels."""
    return (np.array(points, dtype=float) + FRAME / 2.0) * SUPERSAMPLING
