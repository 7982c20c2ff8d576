"""What an invitation says: as text and as HTML, in the organization's name and colors."""

import re
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from html import escape
from string import Template

from provisioning.clock import now
from provisioning.mail_delivery import InvitationMail
from workers.mail import Post

_PRIMARY_COLOR = "#1f2937"
_PAGE_BACKGROUND = "#ffffff"
_CONTROL = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029]+")
_TEXT = Template(
    """\
You are invited to join $organization.

Accept the invitation:
$url

It is valid until $until (UTC). If you did not expect it, you can ignore this message.
"""
)
_HTML = Template(
    """\
<!doctype html>
<html lang="en">
<body style="margin:0;padding:32px;background:$background;font-family:sans-serif;color:#1f2937">
$logo<p>You are invited to join <strong>$organization</strong>.</p>
<p><a href="$url" style="display:inline-block;padding:12px 20px;border-radius:6px;\
background:$color;color:$ink;text-decoration:none">Accept the invitation</a></p>
<p>It is valid until $until (UTC). If you did not expect it, you can ignore this message.</p>
</body>
</html>
"""
)
_LOGO = Template('<p><img src="$url" alt="" height="48"></p>\n')


@dataclass(frozen=True, slots=True)
class InvitationPost:
    """Writes an invitation and hands it on; `url` has `{token}` where the token goes."""

    post: Post
    sender: str
    url: str

    def send(self, mail: InvitationMail) -> None:
        """Raises `Undeliverable`."""
        self.post(written(mail, self.sender, self.url))


def written(mail: InvitationMail, sender: str, url: str) -> EmailMessage:
    """The message; names that people have chosen can neither end a header nor be read as HTML."""
    organization = mail.organization
    name = _CONTROL.sub(" ", organization.display_name).strip()
    words = {
        "organization": name,
        "url": url.replace("{token}", mail.token),
        "until": f"{mail.invitation.expires_at:%d %B %Y, %H:%M}",
    }
    message = EmailMessage(policy=SMTP)
    message["Subject"] = f"You are invited to join {name}"
    message["From"] = sender
    message["To"] = Address(addr_spec=mail.invitation.email)
    message["Date"] = format_datetime(now())
    message["Message-ID"] = make_msgid(domain=message["From"].addresses[0].domain)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: no vacation notices, please
    message.set_content(_TEXT.substitute(words))
    color = organization.primary_color or _PRIMARY_COLOR
    logo = ""
    if organization.logo_url is not None:
        logo = _LOGO.substitute(url=escape(organization.logo_url))
    safe = {key: escape(value) for key, value in words.items()}
    html = _HTML.substitute(
        safe,
        logo=logo,
        color=escape(color),
        ink=_ink(color),
        background=escape(organization.page_background or _PAGE_BACKGROUND),
    )
    message.add_alternative(html, subtype="html")
    return message


def _ink(color: str) -> str:
    """Black or white, whichever can be read on it (WCAG 2's weights, roughly)."""
    red, green, blue = (int(color[place : place + 2], 16) for place in (1, 3, 5))
    bright = 299 * red + 587 * green + 114 * blue > 150_000  # noqa: PLR2004 - 150 of 255
    return "#000000" if bright else "#ffffff"
