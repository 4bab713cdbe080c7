"""Pictures made small."""

from io import BytesIO
from typing import IO

from PIL import ImageOps

from sync.uploads.content import opened

EDGES = (320, 1280)
"""Longest edges of thumbnails in pixels: for lists, and to look at."""
CONTENT_TYPE = "image/webp"
QUALITY = 80


def shrink(content: IO[bytes], edge: int) -> bytes:
    """The picture as WebP, no larger than `edge`, the right way up; without place, time and make of the camera."""
    with opened(content) as picture:
        picture.draft("RGB", (edge, edge))
        upright = ImageOps.exif_transpose(picture)
        small = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
        small.thumbnail((edge, edge))
        target = BytesIO()
        colours = picture.info.get("icc_profile") if upright.mode in ("RGB", "RGBA") else None
        small.save(target, "WEBP", quality=QUALITY, icc_profile=colours)
    return target.getvalue()
