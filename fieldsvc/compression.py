"""Answers of the API compressed as the client asks, and bodies of clients that compressed theirs.

Only JSON, and that only to holders of a token: nothing that is compressed here mixes a secret of a page, such as a
form's CSRF token, with text of somebody else's choosing (the attack named BREACH).

The lightest levels: on pages of changes they come within a tenth of what five times the processor time would reach.
"""

import zlib
from collections.abc import Callable, Mapping
from io import BytesIO

import brotli
import zstandard
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_vary_headers

from fieldsvc.errors import Invalid, TooLarge, Unsupported

SMALLEST = 1_000
"""Bytes below which an answer fits into one packet anyway."""
JSON = {"application/json", "application/problem+json"}
GZIP = 16 + zlib.MAX_WBITS
"""For zlib: with gzip's head and tail."""
ACCEPTED = ["gzip", "zstd"]
"""What bodies may be compressed by."""
LARGEST_WINDOW = 2**23
"""How far back a zstd frame may refer: what every decoder has to offer (RFC 8878), and no more."""

ENCODINGS: Mapping[str, Callable[[bytes], bytes]] = {
    "zstd": lambda content: zstandard.ZstdCompressor(level=1).compress(content),
    "br": lambda content: brotli.compress(content, quality=1),
    "gzip": lambda content: zlib.compress(content, 1, GZIP),
}
"""What we offer, the best first."""


def compress_json(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: JSON that is worth it is compressed by what the client likes best (RFC 9110, section 12.5.3)."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        content_type = response.get("Content-Type", "").partition(";")[0]
        if response.streaming or response.has_header("Content-Encoding") or content_type not in JSON:
            return response
        if sum(map(len, response)) < SMALLEST:
            return response
        patch_vary_headers(response, ["Accept-Encoding"])
        encoding = choose(request.headers.get("Accept-Encoding", ""))
        if encoding:
            response.content = ENCODINGS[encoding](response.content)  # type: ignore[attr-defined]  # it does not stream
            response["Content-Encoding"] = encoding
            response["Content-Length"] = str(len(response.content))  # type: ignore[attr-defined]
        return response

    return middleware


def choose(accepted: str) -> str | None:
    """The encoding that an `Accept-Encoding` likes best, ours deciding between equals; None to send it as it is."""
    likes: dict[str, float] = {}
    for item in accepted.lower().split(","):
        name, _, parameter = item.partition(";")
        likes[name.strip()] = _quality(parameter)
    others = likes.get("*", 0.0)
    best = max(ENCODINGS, key=lambda name: likes.get(name, others))
    liked = likes.get(best, others)
    return best if liked > 0 and liked >= likes.get("identity", 0.0) else None


def _quality(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if not name.strip():
        return 1.0
    try:
        return max(0.0, min(1.0, float(value))) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0


def inflate(content: bytes, encoding: str, limit: int) -> bytes:
    """A body as it was before its sender compressed it by gzip or zstd.

    Raises Unsupported("encoding_not_supported"), TooLarge("request_too_large") as soon as it inflates to more than
    `limit` bytes, and Invalid("malformed_request").
    """
    try:
        match encoding.strip().lower():
            case "" | "identity":
                inflated, whole = content, True
            case "gzip":
                inflater = zlib.decompressobj(GZIP)
                inflated = inflater.decompress(content, limit + 1)
                whole = inflater.eof
            case "zstd":
                with zstandard.ZstdDecompressor(max_window_size=LARGEST_WINDOW).stream_reader(
                    BytesIO(content)
                ) as reader:
                    inflated = reader.read(limit + 1)
                whole = bool(inflated)
            case _:
                raise Unsupported("encoding_not_supported", "Send it as it is, or by gzip or zstd.", allowed=ACCEPTED)
    except (zlib.error, zstandard.ZstdError) as error:
        raise Invalid("malformed_request", "The compressed body could not be read.") from error
    if len(inflated) > limit:
        raise TooLarge("request_too_large", "Send less at once; split a push into several.", limit=limit)
    if not whole:
        raise Invalid("malformed_request", "The compressed body ends too early.")
    return inflated
