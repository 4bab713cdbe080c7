"""Periodic work of the engine."""

from procrastinate.contrib.django import app

from fieldsvc.time import now
from sync import retention
from sync.audit.forgetting import forget
from sync.feed import services
from sync.uploads import services as uploads
from sync.uploads import store


@app.periodic(cron="* * * * * */2")
@app.task(name="sync.catch_up", queueing_lock="sync.catch_up", pass_context=False)
def catch_up(timestamp: int) -> None:
    """Feed what was written past the commands, every two seconds."""
    services.catch_up()
    services.look_again()


@app.periodic(cron="* * * * * */5")
@app.task(name="sync.make_thumbnails", queueing_lock="sync.make_thumbnails")
def make_thumbnails(timestamp: int | None = None) -> None:
    """Make new pictures small, out of the way of the phones that sent them."""
    while uploads.make_thumbnails(at=now()):
        pass


@app.periodic(cron="*/10 * * * *")
@app.task(name="sync.forget_uploads", queueing_lock="sync.forget_uploads")
def forget_uploads(timestamp: int | None = None) -> None:
    """Forget uploads whose time is over, and remove files to which nothing refers."""
    while uploads.forget_uploads(occurred_at=now()) == uploads.BATCH:
        pass
    while uploads.remove_unreferenced_files() == store.BATCH:
        pass


@app.periodic(cron="23 3 * * *")
@app.task(name="sync.remove_stray_files", queueing_lock="sync.remove_stray_files")
def remove_stray_files(timestamp: int | None = None) -> None:
    """Remove what crashes left in the storage."""
    store.remove_strays(at=now())


@app.periodic(cron="17 3 * * *")
@app.task(name="sync.prune", queueing_lock="sync.prune", pass_context=False)
def prune(timestamp: int) -> None:
    """Forget what is older than its retention, every night."""
    retention.prune()


@app.periodic(cron="41 3 * * *")
@app.task(name="sync.forget_audit", queueing_lock="sync.forget_audit")
def forget_audit(timestamp: int | None = None) -> None:
    """Forget what of the audit need not be kept any more, every night."""
    forget()
