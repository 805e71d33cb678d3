"""Raw frames with their own time stamps in one stream, as a program reads them from a pipe: Matroska, uncompressed.

ffmpeg takes bare frames at an even rate alone, which would move the frames of a phone's video off their sound.

Source: RFC 9559 (Matroska) and RFC 8794 (EBML).
"""

EBML, SEGMENT, INFO, TRACKS, CLUSTER = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67", b"\x15\x49\xa9\x66", \
    b"\x16\x54\xae\x6b", b"\x1f\x43\xb6\x75"
ENDLESS = b"\x01" + b"\xff" * 7             # a segment whose size is not known yet
MICROSECOND = 1000                          # ns
VIDEO = 1
FIRST_TRACK, NO_OFFSET, KEY_FRAME = b"\x81", b"\x00\x00", b"\x80"


def head(width: int, height: int, rate: float) -> bytes:
    """What comes before the frames.

    Args:
        width: In pixels; even.
        height: In pixels; even.
        rate: Frames a second on average, for an encoder that wants to know; the stamps decide.
    """
    picture = _element(b"\xb0", width) + _element(b"\xba", height) + _element(b"\x2e\xb5\x24", b"I420")
    track = (_element(b"\xd7", 1) + _element(b"\x73\xc5", 1) + _element(b"\x83", VIDEO)
             + _element(b"\x23\xe3\x83", round(1e9 / rate)) + _element(b"\x86", b"V_UNCOMPRESSED")
             + _element(b"\xe0", picture))
    return (_element(EBML, _element(b"\x42\x82", b"matroska") + _element(b"\x42\x87", 4) + _element(b"\x42\x85", 2))
            + SEGMENT + ENDLESS + _element(INFO, _element(b"\x2a\xd7\xb1", MICROSECOND))
            + _element(TRACKS, _element(b"\xae", track)))


def before_frame(second: float, size: int) -> bytes:
    """What comes before the `size` bytes of a frame: a cluster of its own."""
    stamp = _element(b"\xe7", round(second * 1e6))
    block = b"\xa3" + _size(size + 4) + FIRST_TRACK + NO_OFFSET + KEY_FRAME
    return CLUSTER + _size(len(stamp) + len(block) + size) + stamp + block


def _element(name: bytes, content: int | bytes) -> bytes:
    if isinstance(content, int):
        content = content.to_bytes(max(1, (content.bit_length() + 7) // 8))
    return name + _size(len(content)) + content


def _size(size: int) -> bytes:
    """In eight bytes, the first of which says so."""
    return (size | 1 << 56).to_bytes(8)
