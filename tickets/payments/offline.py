"""Cash on phones: a technician takes it and gives a receipt, with or without signal."""

from tickets.complaints.offline import of_ticket
from tickets.payments import services
from tickets.payments.serializers import TakeCashInput

OPERATIONS = {"payment.take": of_ticket(TakeCashInput, services.take_payment)}
