"""What technicians say of a visit, from their phones."""

from tickets.ratings.serializers import RatingInput
from tickets.ratings.technicians import rate_visit, read_ratings
from tickets.visits.offline import of_visit

OPERATIONS = {"visit.rate": of_visit(RatingInput, rate_visit, read_ratings)}
