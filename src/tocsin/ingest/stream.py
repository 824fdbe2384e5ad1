"""The JetStream stream that keeps what is published while nobody reads."""

from collections.abc import Sequence

import structlog
from nats.js.api import RetentionPolicy, StreamInfo
from nats.js.errors import NotFoundError, ServiceUnavailableError
from nats.js.manager import JetStreamManager

from tocsin.ingest.errors import BusUnavailable
from tocsin.ingest.subjects import covers

_log = structlog.get_logger(__name__)

# Marks a stream as made here, so that it may be changed from here.
_OURS = "What Tocsin takes in"


async def find(manager: JetStreamManager, name: str, subjects: Sequence[str]) -> StreamInfo:
    """The stream to read: the one of that name, else one that holds the subjects, else a new one.

    Raises BusUnavailable for one that cannot serve.
    """
    try:
        info = await manager.stream_info(name)
    except NotFoundError:
        info = await _other(manager, name, subjects)
    except ServiceUnavailableError as error:
        raise BusUnavailable("JetStream does not answer; the server has to run with it") from error
    if info.config.retention == RetentionPolicy.INTEREST:
        raise BusUnavailable(
            f"the stream {info.config.name} keeps only what somebody waits for (retention "
            f"'interest'), which loses messages; give it 'limits' or 'workqueue'"
        )
    return await _complete(manager, info, subjects)


async def _other(manager: JetStreamManager, name: str, subjects: Sequence[str]) -> StreamInfo:
    """NATS allows each subject in one stream only."""
    holders = {holder for subject in subjects if (holder := await _holder(manager, subject))}
    if len(holders) > 1:
        raise BusUnavailable(
            f"the subjects are spread over the streams {', '.join(sorted(holders))}; "
            f"bring them together in one"
        )
    if holders:
        return await manager.stream_info(holders.pop())
    _log.info("making a stream in NATS", stream=name, subjects=subjects)
    return await manager.add_stream(name=name, subjects=list(subjects), description=_OURS)


async def _holder(manager: JetStreamManager, subject: str) -> str | None:
    try:
        return await manager.find_stream_name_by_subject(subject)
    except NotFoundError:
        return None


async def _complete(
    manager: JetStreamManager, info: StreamInfo, subjects: Sequence[str]
) -> StreamInfo:
    """A stream of ours is given the subjects it lacks; of another that is only said."""
    held = info.config.subjects
    if held is None:  # a mirror, which has those of its origin
        return info
    missing = [one for one in subjects if not any(covers(wide, one) for wide in held)]
    if not missing:
        return info
    if info.config.description == _OURS:
        return await manager.update_stream(info.config, subjects=[*held, *missing])
    _log.warning(
        "a stream does not hold all that is asked for", stream=info.config.name, missing=missing
    )
    return info
