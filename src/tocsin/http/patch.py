"""What the bodies of PATCH requests have in common."""

from typing import Annotated, Any, Final

from pydantic import BaseModel, Field

from tocsin.http.body import Body
from tocsin.model.errors import invalid

_WRITTEN_BY_SERVER: Final = object()
_CHANGES_BY_ITSELF: Final = object()

# A field that only the server writes.
Repeated = Annotated[
    Any,
    _WRITTEN_BY_SERVER,
    Field(
        description="Written by the server: may be repeated as it is.",
        json_schema_extra={"readOnly": True},
    ),
]

# A field that changes by itself, so that whoever repeats what they have read may be behind.
Unheeded = Annotated[
    Any,
    _CHANGES_BY_ITSELF,
    Field(
        description="Written by the server: may be there, and makes no difference.",
        json_schema_extra={"readOnly": True},
    ),
]


def absent() -> Any:
    """The default of a field that need not be there. Null is a value like any other."""
    return Field(default_factory=lambda: None)


class Patch(Body):
    """Some fields of a thing, to be changed. A `Repeated` one may come along unchanged, one that is
    `Unheeded` as it likes."""

    def given(self) -> dict[str, Any]:
        """The fields to be changed that are there, by name."""
        theirs = self._marked(_WRITTEN_BY_SERVER) | self._marked(_CHANGES_BY_ITSELF)
        names = self.model_fields_set - theirs
        return {name: getattr(self, name) for name in names}

    def check_repeated(self, shown: BaseModel) -> None:
        """Refuse (`invalid`) a field that only the server writes and that is not as in `shown`."""
        as_shown = shown.model_dump(mode="json")
        for name in sorted(self.model_fields_set & self._marked(_WRITTEN_BY_SERVER)):
            if getattr(self, name) != as_shown.get(name):
                raise invalid(name, "is written by the server: it may only be repeated as it is")

    @classmethod
    def _marked(cls, mark: object) -> set[str]:
        return {name for name, field in cls.model_fields.items() if mark in field.metadata}
