from django.urls import path

from accounts.signin import views

urlpatterns = [
    path("sign-in", views.SignInView.as_view()),
    path("sign-in/code", views.CodeView.as_view(), name="sign-in-code"),
    path("sign-in/code/verify", views.VerifyCodeView.as_view()),
    path("sign-out", views.SignOutView.as_view()),
    path("sign-out-everywhere", views.SignOutEverywhereView.as_view()),
    path("me/password", views.OwnPasswordView.as_view()),
]
