"""The one description of the schema that every table is part of."""

from sqlalchemy import MetaData

metadata = MetaData()
