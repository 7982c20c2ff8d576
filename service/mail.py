"""E-mail as it is set up: nothing sends any where there is no SMTP server."""

from provisioning.mail_delivery import Send
from service.settings import Settings
from workers.invitation_mail import InvitationPost


def sender(found: Settings) -> Send | None:
    """Of invitations."""
    if found.smtp is None or found.mail_from is None or found.invitation_url is None:
        return None
    return InvitationPost(found.smtp.post, found.mail_from, found.invitation_url).send
