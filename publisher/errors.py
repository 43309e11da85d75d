"""What can go wrong in the pipeline; a class's docstring is its default message.

PublisherError
├── ScheduleError      a send cannot be scheduled, paused, resumed or cancelled as asked
├── MarksError         the file of in-flight marks cannot be used
├── TaxonomyError      a taxonomy of topics cannot be read
└── TopicError         there is no such topic
"""


class PublisherError(Exception):
    """The pipeline could not do what was asked."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


class ScheduleError(PublisherError):
    """The send cannot be changed in this way."""


class TaxonomyError(PublisherError):
    """The taxonomy cannot be read."""


class TopicError(PublisherError):
    """There is no such topic. `paperround topics` lists those there are."""


class MarksError(PublisherError):
    """The in-flight marks cannot be kept. Check that the data folder is writable and has room."""
