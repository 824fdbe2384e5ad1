"""What the peers send: as many bytes for an event as Tocsin's readers get."""

from bench.target import MARKED_DATA

CLOUD_EVENT = (
    '{"specversion":"1.0","id":"0123456789ab-1234567","source":"/tokens/0123456789abcdef01234567",'
    '"type":"bench.tick","subject":"bench/fan","time":"2026-01-01T00:00:00.000Z",'
    '"datacontenttype":"application/json","sequence":"1234567","key":"bench/fan",'
    f'"data":{MARKED_DATA}}}'
).encode()
