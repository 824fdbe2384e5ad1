"""/api/v1/webhooks/{id}/test and /doctor: finding out what is wrong before it matters."""

import asyncio
from typing import Annotated, Self

from fastapi import Request
from pydantic import BaseModel, Field

from tocsin.http.attempt_answers import AttemptOut
from tocsin.http.route import Routes
from tocsin.http.services import services_of
from tocsin.http.webhook_bodies import DoctorIn, SampleIn
from tocsin.model.access import Scope
from tocsin.wire import signature_doctor
from tocsin.wire.signature import Code
from tocsin.wire.signature_doctor import Diagnosis, Verdict

routes = Routes("webhooks")

_USUAL = SampleIn()


class ProblemOut(BaseModel):
    """One thing that is wrong with a request, and what to do."""

    code: Annotated[str, Field(json_schema_extra={"enum": [one.value for one in Code]})]
    detail: str


class DiagnosisOut(BaseModel):
    """What is wrong with a request, likeliest first; nothing if it is `valid`. A `doubtful` one is
    rightly signed, but receivers may refuse it for what the problems say."""

    verdict: Verdict
    problems: list[ProblemOut]

    @classmethod
    def of(cls, diagnosis: Diagnosis) -> Self:
        """As the API shows it."""
        problems = [ProblemOut(**vars(one)) for one in diagnosis.problems]
        return cls(verdict=diagnosis.verdict, problems=problems)


@routes.ask("/webhooks/{endpoint_id}/test", Scope.WEBHOOKS_WRITE, answers=AttemptOut)
async def try_webhook(request: Request, endpoint_id: str, given: SampleIn = _USUAL) -> AttemptOut:
    """Send one signed sample now, also to an endpoint that is disabled, and say what came back. It
    counts for nothing: it is in no list, and the endpoint's health is as before."""
    exchange = await services_of(request).samples.send(endpoint_id, given.event_type)
    return AttemptOut.of(exchange, whole=True)


@routes.ask("/webhooks/doctor", Scope.WEBHOOKS_WRITE, answers=DiagnosisOut)
async def diagnose_webhook(request: Request, given: DoctorIn) -> DiagnosisOut:
    """Say why a signature is wrong, from what a receiver has got. Nothing of it is kept."""
    now = services_of(request).clock.now_ms() // 1_000
    body = given.bytes_of_body()
    # Undoing what may have been done to a large body takes a while.
    found = await asyncio.to_thread(
        signature_doctor.diagnose, given.secret, given.headers, body, now
    )
    return DiagnosisOut.of(found)
