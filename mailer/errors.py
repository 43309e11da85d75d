"""What can go wrong in the mailer; a class's docstring is its default message.

MailerError
├── HeaderError        a value cannot stand in a mail header
├── AddressError       an address cannot be written on an envelope
├── MailTemplateError  a template asks for something that the issue does not have
├── TokenError         a token cannot be signed as asked
├── DkimError          a mail cannot be signed as asked
├── NoAnswerError      DNS was asked and said nothing
├── RulesError         a file of what mail programs lack cannot be read
├── SmtpSettingsError  the connection to the mail server cannot be set up as asked
└── EvidenceError      a file says nothing of what became of mail
"""


class MailerError(Exception):
    """The mail could not be made or handed over."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


class HeaderError(MailerError):
    """The value cannot stand in a mail header. Remove control characters and `=?` from it."""


class AddressError(MailerError):
    """The address cannot be used in mail. Give one of the form name@example.org."""


class MailTemplateError(MailerError):
    """A mail template asks for something it was not given. Correct the template."""


class TokenError(MailerError):
    """The token cannot be signed. Give at least one key of 16 bytes and a row id from 0 to 2**63-1."""


class DkimError(MailerError):
    """The mail cannot be signed. Check the settings of DKIM with `paperround dkim check`."""


class NoAnswerError(MailerError):
    """DNS gave no answer. Try again later."""


class RulesError(MailerError):
    """The rule file cannot be read. Give one in the form of mailer/preflight/clients.toml."""


class SmtpSettingsError(MailerError):
    """The settings of the mail server cannot be used. Correct the smtp settings."""


class EvidenceError(MailerError):
    """The file is neither the log of a mail server nor a delivery status notification."""
