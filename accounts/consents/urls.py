from django.urls import path

from accounts.consents import views

urlpatterns = [
    path("consents/wordings", views.WordingsView.as_view()),
    path("me/consents", views.OwnConsentsView.as_view()),
    path("me/consents/email-code", views.EmailCodeView.as_view()),
    path("users/<uuid:person_id>/consents", views.ConsentViewSet.as_view({"get": "list", "post": "create"})),
]
