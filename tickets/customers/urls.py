from django.urls import path

from tickets.customers.views import CustomerByAccountView, CustomerByPersonView, CustomerBySiteView

urlpatterns = [
    path("customers/people/<uuid:person_id>", CustomerByPersonView.as_view()),
    path("customers/accounts/<uuid:account_id>", CustomerByAccountView.as_view()),
    path("customers/sites/<uuid:site_id>", CustomerBySiteView.as_view()),
]
