"""What coordinates the nodes that take events in from a message bus."""

from sqlalchemy import BigInteger, Column, Table, Text

from tocsin.store.tables.metadata import metadata

# What one node at a time may do: `holder` may until `until_ms`.
leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
)

# How far a stream of the bus has been taken in. `created` tells a stream from an earlier one of the
# same name.
bus_positions = Table(
    "bus_positions",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("created", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
)
