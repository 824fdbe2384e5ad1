"""The words of letters to subscribers, in every language that a page can have."""

from collections.abc import Mapping
from dataclasses import dataclass

from tocsin.model.bulletin import Kind
from tocsin.model.issue import UpdateLabel
from tocsin.model.page import Language


@dataclass(frozen=True)
class LetterWords:
    """One language. `{name}` and the like are filled in; `when` writes a moment."""

    months: tuple[str, ...]
    when: str
    kinds: Mapping[Kind, str]
    labels: Mapping[str, str]
    and_more: str
    affects: str
    window: str
    because: str
    change: str
    stop: str
    confirm_subject: str
    confirm_asked: str
    confirm_all: str
    confirm_some: str
    confirm_how: str
    confirm_button: str
    confirm_not_you: str


_ENGLISH = LetterWords(
    months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    when="{day} {month} {year}, {time} {zone}",
    kinds={
        Kind.CREATED: "New issue",
        Kind.UPDATED: "Update",
        Kind.RESOLVED: "Resolved",
        Kind.REOPENED: "Reopened",
        Kind.ANNOUNCED: "Maintenance announced",
        Kind.RESCHEDULED: "Maintenance rescheduled",
        Kind.STARTED: "Maintenance started",
        Kind.ENDED: "Maintenance ended",
        Kind.CANCELLED: "Maintenance cancelled",
    },
    labels={
        "assessed": "Assessed",
        "identified": "Identified",
        "informational": "Information",
        "investigating": "Investigating",
        "maintenance": "Maintenance",
        UpdateLabel.MONITORING: "Monitoring",
        UpdateLabel.ADDENDUM: "Addendum",
    },
    and_more="{subject} (and {number} more)",
    affects="Affects",
    window="{start} to {end}",
    because="You get this because you subscribed to {name}.",
    change="Choose what you hear of",
    stop="Unsubscribe",
    confirm_subject="Confirm your subscription",
    confirm_asked="Somebody, hopefully you, asked for mail to {target} about {name}:",
    confirm_all="everything that is announced there",
    confirm_some="what is announced about {names}",
    confirm_how="To get it, open this link and confirm. It is good for 24 hours.",
    confirm_button="Confirm the subscription",
    confirm_not_you="If that was not you, do nothing: you will not be written to again.",
)

_GERMAN = LetterWords(
    months=(
        *("Jan.", "Feb.", "März", "Apr.", "Mai", "Juni"),
        *("Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."),
    ),
    when="{day}. {month} {year}, {time} {zone}",
    kinds={
        Kind.CREATED: "Neue Störung",
        Kind.UPDATED: "Neuigkeit",
        Kind.RESOLVED: "Behoben",
        Kind.REOPENED: "Wieder offen",
        Kind.ANNOUNCED: "Wartung angekündigt",
        Kind.RESCHEDULED: "Wartung verschoben",
        Kind.STARTED: "Wartung begonnen",
        Kind.ENDED: "Wartung beendet",
        Kind.CANCELLED: "Wartung abgesagt",
    },
    labels={
        "assessed": "Eingeschätzt",
        "identified": "Ursache gefunden",
        "informational": "Hinweis",
        "investigating": "In Untersuchung",
        "maintenance": "Wartung",
        UpdateLabel.MONITORING: "Unter Beobachtung",
        UpdateLabel.ADDENDUM: "Nachtrag",
    },
    and_more="{subject} (und {number} mehr)",
    affects="Betrifft",
    window="{start} bis {end}",
    because="Sie erhalten diese Nachricht, weil Sie {name} abonniert haben.",
    change="Auswählen, was Sie erfahren",
    stop="Abbestellen",
    confirm_subject="Bestätigen Sie Ihr Abonnement",
    confirm_asked="Jemand, hoffentlich Sie, hat für {target} Nachrichten über {name} bestellt:",
    confirm_all="alles, was dort angekündigt wird",
    confirm_some="was über {names} angekündigt wird",
    confirm_how=(
        "Um sie zu bekommen, öffnen Sie diesen Link und bestätigen Sie. Er gilt 24 Stunden."
    ),
    confirm_button="Abonnement bestätigen",
    confirm_not_you=(
        "Waren Sie das nicht, brauchen Sie nichts zu tun: Sie bekommen keine weitere Nachricht."
    ),
)

LETTER_WORDS: Mapping[Language, LetterWords] = {
    Language.ENGLISH: _ENGLISH,
    Language.GERMAN: _GERMAN,
}
