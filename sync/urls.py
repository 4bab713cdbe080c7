from django.urls import include, path
from rest_framework.routers import SimpleRouter

from sync.conflicts.views import ConflictViewSet
from sync.devices.views import DeviceViewSet
from sync.feed.views import ChangesView, DigestView, DocumentsView
from sync.operations.views import PushView, ReceiptViewSet
from sync.rxdb import views as rxdb
from sync.watermelon.views import WatermelonView

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("devices", DeviceViewSet)
router.register("conflicts", ConflictViewSet)
router.register("operations", ReceiptViewSet)

urlpatterns = [
    path("push", PushView.as_view()),
    path("changes", ChangesView.as_view()),
    path("digest", DigestView.as_view()),
    path("documents", DocumentsView.as_view()),
    path("rxdb/<slug:collection>/pull", rxdb.PullView.as_view()),
    path("rxdb/<slug:collection>/push", rxdb.PushView.as_view()),
    path("rxdb/<slug:collection>/stream", rxdb.StreamView.as_view()),
    path("watermelon", WatermelonView.as_view()),
    path("", include(router.urls)),
]
