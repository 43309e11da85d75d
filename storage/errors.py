"""What can go wrong in storage; a class's docstring is its default message."""


class StorageError(Exception):
    """The store could not do what was asked."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


class DatabaseUnavailableError(StorageError):
    """The database cannot be reached, or takes no writes for now."""


class NoStoreError(StorageError):
    """There is no store where one is expected."""


class SchemaError(StorageError):
    """The database was made by another version of Paperround."""


class WriteWhileReadingError(Exception):
    """A question tried to write in a session for reading. It must use Database.write; the fault is ours."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)
