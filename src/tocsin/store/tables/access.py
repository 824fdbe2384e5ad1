"""Who may do what, and how they show who they are."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from tocsin.store.tables.metadata import metadata

people = Table(
    "people",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("notify", Text),  # JSON: contacts
    Column("deleted_at", BigInteger),  # the row stays, so that its number is not given to another
)

users = Table(
    "users",
    metadata,
    Column("id", Text, primary_key=True),
    Column("email", Text, nullable=False, unique=True),  # lower case
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("password_hash", Text, nullable=False),  # argon2id
    Column("person_id", Integer, ForeignKey("people.id"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),  # BLAKE2b of the secret
    Column("scopes", Text, nullable=False),  # space-separated
    Column("user_id", Text, ForeignKey("users.id", ondelete="CASCADE")),
    Column("person_id", Integer, ForeignKey("people.id"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

# What a sign-in gives, for `lifetime_s` after its last use. It acts for a user, or for the token
# that was signed in with.
sessions = Table(
    "sessions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("user_id", Text, ForeignKey("users.id", ondelete="CASCADE")),
    Column("token_id", Text, ForeignKey("tokens.id", ondelete="CASCADE")),
    Column("lifetime_s", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Index("sessions_user", "user_id"),
    Index("sessions_token", "token_id"),
    Index("sessions_expires", "expires_at"),
)

# Failed sign-ins by network address, until they are forgotten.
sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    Column("address", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("blocked_until", BigInteger),
)

# The RSA keys that users may sign in with over WebSocket; `public_key` is PEM.
ssl_keys = Table(
    "ssl_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("public_key", Text, nullable=False),
    Column("nickname", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("ssl_keys_user", "user_id", "id"),
)
