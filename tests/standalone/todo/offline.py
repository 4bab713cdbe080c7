from rest_framework import serializers
from todo.models import Task

from fieldsvc.errors import NotFound
from sync import offline as sync
from sync.commands import command
from sync.conflicts.merge import merge_into
from sync.registry import Document, Operation


class TaskInput(serializers.Serializer):
    id = serializers.UUIDField()
    title = serializers.CharField(required=False)
    done = serializers.BooleanField(required=False)
    base = serializers.DictField(required=False)


@command
def write_task(*, actor, occurred_at, id, base=None, **changes):
    task, _ = Task.objects.select_for_update().get_or_create(id=id, defaults={"owner": actor.user})
    if task.owner != actor.user:
        raise NotFound()
    known = {"collection": "tasks", "scopes": [f"list:{actor.user.pk}"]}
    merge_into(task, actor=actor, occurred_at=occurred_at, changes=changes, base=base, **known)
    task.save()


OPERATIONS = {**sync.OPERATIONS, "task.write": Operation(TaskInput, write_task)}
DOCUMENTS = {
    **sync.DOCUMENTS,
    "tasks": Document(
        load=lambda ids: Task.objects.filter(id__in=ids),
        followers=lambda task: [f"list:{task.owner_id}"],
        render=lambda task, audience: {"title": task.title, "done": task.done},
    ),
}


def open_scopes(user):
    return [f"list:{user.pk}", f"person:{user.pk}"]
