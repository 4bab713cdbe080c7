"""What the schema generator cannot see: every operation may answer with a problem document."""

from typing import Any

PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem details. `code` is stable: see docs/errors.md.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "allowed": {"type": "array", "items": {"type": "string"}, "description": "What would be allowed now."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "detail"],
                "properties": {
                    "field": {"type": "string", "description": "Path of the culprit in the input."},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
    "additionalProperties": True,
}
MEANING = {
    "400": "The input makes no sense; `errors` names the fields.",
    "401": "Not signed in, or not any more.",
    "403": "The person's role does not allow this.",
    "404": "There is no such thing, or none that this person may see.",
    "409": "This does not fit the present state of things.",
    "410": "What the client holds is no longer any use: start over.",
    "429": "Too often; Retry-After says when.",
}
METHODS = {"get", "post", "put", "patch", "delete"}


def describe_problems(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """drf-spectacular's postprocessing hook: add the problem document to every operation."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            if method in METHODS:
                for status in _statuses(path, method, operation):
                    problem = {"description": MEANING[status], "content": content}
                    operation["responses"].setdefault(status, problem)
    return result


def _statuses(path: str, method: str, operation: dict[str, Any]) -> list[str]:
    statuses = ["400"]
    if {} not in operation.get("security", [{}]):
        statuses += ["401", "403"]
    if "{" in path:
        statuses.append("404")
    if method != "get":
        statuses += ["409", "429"]
    if method == "get" and path.endswith(".ics"):
        statuses.append("429")
    if method == "get" and path.endswith(("/sync/changes", "/sync/watermelon")):
        statuses.append("410")
    return sorted(statuses)
