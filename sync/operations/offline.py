"""What a phone may do about its owner's other operations."""

from rest_framework import serializers

from sync.operations.discarding import discard_operation
from sync.operations.serializers import DiscardInput
from sync.registry import Operation


class DiscardOperationInput(DiscardInput):
    """The same as over HTTP, and the operation that stands in the path there."""

    operation_id = serializers.UUIDField()


OPERATIONS = {"operation.discard": Operation(DiscardOperationInput, discard_operation)}
