from accounts.consents.urls import urlpatterns as consents
from accounts.people.urls import urlpatterns as people
from accounts.signin.urls import urlpatterns as signin
from accounts.territories.urls import urlpatterns as territories

urlpatterns = [*signin, *people, *consents, *territories]
