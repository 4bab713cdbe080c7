import os

SECRET_KEY = os.environ["SECRET_KEY"]
ROOT_URLCONF = "todo.urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PGDATABASE"]}}
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "rest_framework", "pgtrigger", "sync", "todo"]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.BasicAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "EXCEPTION_HANDLER": "fieldsvc.errors.exception_handler",
}
SYNC = {
    "OPERATIONS": "todo.offline.OPERATIONS",
    "DOCUMENTS": "todo.offline.DOCUMENTS",
    "OPEN_SCOPES": "todo.offline.open_scopes",
    "OLDEST_SCHEMA": 1,
}
