"""What was filed of late, to tell a repeat by."""

from django.db import models


class FiledRequest(models.Model):
    """A request as it came in. `name` and `said` are SHA-256: who it is from, by which key or form; what it said."""

    name = models.CharField(primary_key=True, max_length=64)
    said = models.CharField(max_length=64)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="+")
    filed_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.name
