from accounts.audit.urls import urlpatterns as audit
from accounts.consents.urls import urlpatterns as consents
from accounts.people.urls import urlpatterns as people
from accounts.signin.urls import urlpatterns as signin
from accounts.territories.urls import urlpatterns as territories

urlpatterns = [*audit, *signin, *people, *consents, *territories]
