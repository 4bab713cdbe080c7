from django.conf import settings
from django.db import models

from sync.feed.marks import feed_marks


class Task(models.Model):
    id = models.UUIDField(primary_key=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    title = models.TextField()
    done = models.BooleanField(default=False)

    class Meta:
        triggers = feed_marks("tasks")
