"""What the names of hosts are made of."""

from typing import Final

# A pattern, in lower case: the letters, digits and hyphens of RFC 1123, section 2.1.
HOST_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
