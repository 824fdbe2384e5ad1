"""Which of Apprise's services people may be told by.

Open are those whose hosts the service itself knows. Those to whose hosts the URL leads would let
people send requests from inside the operator's network, and some act on this very machine (a
desktop, a system log, key files): the operator opens them by name (`notify.allow_schemes`).
"""

from collections.abc import Collection
from typing import Final

MAIL: Final = frozenset({"mailto", "mailtos"})
"""What the operator's mail server carries, never Apprise."""

FIXED: Final = frozenset(
    """
    46elks atalk azure bluesky brevo bsky bulksms bulkvs burstsms chanify clickatell
    clicksend cliq cm d7sms dapnet dingtalk discord dot eight00com elks exotel feishu
    firehydrant flock freemobile gchat github groundmail groupme gupshup httpsms ifttt ilert
    incidentio jira join kakao kakaotalk kaleyra kavenegar klr kook kudosity kumulos lark
    lauther lfg line mailersend mobilemessage mobilemsg msg91 msgbird nexmo notifiarr
    notifyre o365 octopush onesignal opsgenie pagerduty pagertree pbul pingram plivo
    postmark pover prowl psafer psafers push pushed pushme pushplus pushward pushy qq reddit
    resend revolt ringc ryver schan sendgrid serwersms ses seven sfr signalgrid signl4
    simplepush sinch slack smsc smsmanager smsmgr smstunnel sns spike splunk spugpush spush
    squadcast stackfield strmlabs telesign telnyx tgram threema tweet twilio twist twitter
    viber victorops voipms vonage webex wecom wecombot whapi whatsapp wpush wxpusher wxteams
    x youlmk zalo zcliq zohocliq zoom zulip
    """.split()  # noqa: SIM905 - a hundred names
)
"""Services at hosts of their own."""


def is_open(scheme: str, allowed: Collection[str]) -> bool:
    """Whether people may be told by Apprise's service of that scheme."""
    return scheme in FIXED or (scheme in allowed and scheme not in MAIL)
