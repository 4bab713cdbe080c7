"""Hands e-mails to an SMTP server. The first line of the text is the subject."""

from smtplib import SMTPRecipientsRefused, SMTPResponseException

from django.conf import settings
from django.core.mail import EmailMessage

from notifications.gateways.errors import GatewayError, Unanswered


class MailGateway:
    """The server of `SMTP_HOST`."""

    def send(self, to: str, text: str, *, reference: str, unsubscribe: str = "") -> None:
        """See `Gateway`; `to` is an e-mail address. A server that gets the same twice can tell by the Message-ID.

        `unsubscribe` is the link of RFC 8058, which mail programs show as a button.
        """
        subject, _, body = text.partition("\n")
        domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
        mail = EmailMessage(subject, body, to=[to], headers={"Message-ID": f"<{reference}@{domain}>"})
        if unsubscribe:
            mail.extra_headers |= {
                "List-Unsubscribe": f"<{unsubscribe}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            }
        try:
            mail.send()
        except SMTPRecipientsRefused as error:
            # The server's own words would name the address.
            permanent = all(code >= 500 for code, _ in error.recipients.values())
            raise GatewayError("the server refuses the recipient", retry=not permanent) from error
        except SMTPResponseException as error:
            raise GatewayError(f"the server answers {error.smtp_code}", retry=error.smtp_code < 500) from error
        except OSError as error:  # no connection; SMTP's other errors are OSErrors, too
            raise Unanswered(type(error).__name__) from error
