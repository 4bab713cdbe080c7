"""Reading request bodies."""

from io import BytesIO
from typing import IO, Any

from django.conf import settings
from rest_framework import parsers
from rest_framework.exceptions import ParseError

from fieldsvc.compression import inflate
from fieldsvc.errors import TooLarge


class JSONParser(parsers.JSONParser):
    """REST framework's, for bodies of bounded size, compressed or not; nesting without end is malformed."""

    def parse(self, stream: IO[Any], media_type: Any = None, parser_context: Any = None) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        content = stream.read(limit + 1)
        if len(content) > limit:
            raise TooLarge("request_too_large", "Send less at once; split a push into several.", limit=limit)
        encoding = parser_context["request"].headers.get("Content-Encoding", "")
        try:
            return super().parse(BytesIO(inflate(content, encoding, limit)), media_type, parser_context)
        except RecursionError as error:
            raise ParseError("This is nested too deeply.") from error
