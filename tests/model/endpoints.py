"""Endpoints for tests."""

from tocsin.model.endpoint import EFFORT, Endpoint, Kind, Profile

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def endpoint(profile: Profile) -> Endpoint:
    """An endpoint that wants everything."""
    return Endpoint(
        id="656e0c80a1b2c3d4e5f60718",
        name="Hook",
        kind=Kind.PUSH,
        url="https://hooks.example.org/in",
        profile=profile,
        owner=1,
        secret=SECRET,
        created_at=1_700_000_000,
        **EFFORT[profile]._asdict(),
    )


CLOUDEVENTS = endpoint(Profile.CLOUDEVENTS)
FLASHDUTY = endpoint(Profile.FLASHDUTY)
