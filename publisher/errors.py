"""What can go wrong in the pipeline; a class's docstring is its default message."""


class PublisherError(Exception):
    """The pipeline could not do what was asked."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)
