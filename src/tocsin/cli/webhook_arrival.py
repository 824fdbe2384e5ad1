"""A webhook's request as `webhook listen` shows it: to people, or as one line of JSON."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tocsin.client.pushed import Pushed, read
from tocsin.wire import signature
from tocsin.wire.signature import NotVerified
from tocsin.wire.signature_doctor import Diagnosis, Verdict, diagnose
from tocsin.wire.terminal import plain


@dataclass(frozen=True)
class Arrival:
    """A request that came at `at` (Unix seconds). `event` is what it tells, None when that is no
    event; `diagnosis` what is wrong with its signature, None when there is no secret to check it
    with."""

    at: float
    headers: Mapping[str, str]
    body: bytes
    event: Pushed | None
    diagnosis: Diagnosis | None

    @classmethod
    def of(
        cls, headers: Mapping[str, str], body: bytes, secret: str | None, at: float
    ) -> "Arrival":
        """Check a request."""
        named = signature.named(headers)
        diagnosis = diagnose(secret, headers, body, int(at)) if secret else None
        return cls(at, named, body, _event(named, body), diagnosis)

    @property
    def is_refused(self) -> bool:
        """Whether it is proven not to be what it says."""
        return self.diagnosis is not None and self.diagnosis.verdict is not Verdict.VALID

    def as_json(self, outcome: str) -> str:
        """One line for programs."""
        problems = self.diagnosis.problems if self.diagnosis else ()
        told: dict[str, Any] = {
            "at_ms": int(self.at * 1_000),
            "type": self.event.type if self.event else None,
            "id": self.headers.get(signature.ID),
            "sequence": self.headers.get("tocsin-sequence"),
            "previous_id": self.headers.get("tocsin-previous-id"),
            "superseded": self.headers.get("tocsin-superseded", "0"),
            "verdict": self.diagnosis.verdict if self.diagnosis else "unchecked",
            "problems": [{"code": one.code, "detail": one.detail} for one in problems],
            "outcome": outcome,
            "headers": dict(self.headers),
            "body": self.body.decode(errors="replace"),
        }
        return json.dumps(told)

    def as_text(self, outcome: str) -> str:
        """Some lines for people."""
        what = self.event.type if self.event else "no event"
        moment = time.strftime("%H:%M:%S", time.localtime(self.at))
        head = [moment, what, self.headers.get(signature.ID, "without an id"), *self._place()]
        problems = self.diagnosis.problems if self.diagnosis else ()
        lines = [
            f"{'  '.join(head)}  {self._checked()}  {outcome}",
            *(f"  {one.code}: {one.detail}" for one in problems),
            *(f"  {line}" for line in self._pretty().splitlines()),
        ]
        return plain("\n".join(lines))

    def _place(self) -> list[str]:
        sequence = self.headers.get("tocsin-sequence")
        if sequence is None:
            return []
        superseded = self.headers.get("tocsin-superseded")
        return [f"#{sequence}" + (f" ({superseded} superseded)" if superseded else "")]

    def _checked(self) -> str:
        if self.diagnosis is None:
            return "not checked"
        return "NOT VERIFIED" if self.is_refused else "verified"

    def _pretty(self) -> str:
        if self.event is None:
            return self.body.decode(errors="replace")
        return json.dumps(self.event.body, indent=2, ensure_ascii=False)


def _event(headers: Mapping[str, str], body: bytes) -> Pushed | None:
    try:
        return read(headers.get(signature.ID, ""), body)
    except NotVerified:
        return None
