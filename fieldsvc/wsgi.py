"""HTTP for any WSGI server, such as granian or gunicorn. WebSockets need `fieldsvc.asgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fieldsvc.settings")

application = get_wsgi_application()
