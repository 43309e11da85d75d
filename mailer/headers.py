"""Writes mail headers: folds, encodes, refuses what could become another header, and reads back what it wrote.

The standard `email` package is not used for writing: it breaks long List-Unsubscribe URLs into
encoded words and loses blanks of texts beyond ASCII.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from email.errors import HeaderParseError
from email.header import decode_header
from email.parser import HeaderParser
from typing import TYPE_CHECKING

from mailer.errors import HeaderError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailer.addresses import Address

LINE = 78  # RFC 5322 §2.1.1, without CRLF
HARD_LINE = 998  # RFC 5322 §2.1.1
ENCODED_LINE = 76  # RFC 2047 §2: a line that holds an encoded word
ENCODED_WORD = 75  # RFC 2047 §2

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*", re.ASCII)
_PLAIN = re.compile(r"[!-~]+(?: [!-~]+)*")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+(?: [A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+)*")
_Q_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_LINE_BREAKERS = frozenset({"Cc", "Cs", "Zl", "Zp"})
_FRAME = len("=?utf-8?q??=")


def text_header(name: str, text: str) -> bytes:
    """Write a header of free text, such as Subject; encoded words where the text needs them.

    Raises:
        HeaderError: The text holds a control character, a line separator or `=?`, or is empty.
    """
    check_text(name, text)
    if _PLAIN.fullmatch(text) and _longest_word(text) < LINE:
        written = _fold(name, text.split(" "))
    else:
        written = _fold(name, list(_encoded_words(text, ENCODED_LINE - len(name) - 2)))
    return _read_back(name, written, text)


def structured_header(name: str, *items: str) -> bytes:
    """Write a header of ASCII items that are never encoded, such as List-Unsubscribe or Message-ID.

    Args:
        name: The header's name.
        items: Each stays in one piece; lines break between them only.

    Raises:
        HeaderError: An item is empty, not printable ASCII, or too long for a line.
    """
    value = " ".join(items)
    if not _PLAIN.fullmatch(value):
        raise HeaderError(
            f"{name} may hold printable ASCII only, but was given {value[:60]!a}. Correct it."
        )
    if "=?" in value:
        raise _refusal(name, "the character sequence `=?`")
    written = _fold(name, value.split(" "))
    return _read_back(name, written, value, decode=False)


def mailbox_header(name: str, display: str | None, address: Address) -> bytes:
    """Write a header of one mailbox, such as From or To.

    Args:
        name: The header's name.
        display: The name that stands before the address, in any script.
        address: The address; beyond ASCII it is written in UTF-8 (RFC 6532), for SMTPUTF8 only.

    Raises:
        HeaderError: The display name cannot stand in a header.
    """
    if not display:
        return _read_back(name, _fold(name, [str(address)]), str(address), decode=False)
    check_text(name, display)
    words = _phrase(name, display)
    written = _fold(name, [*words, f"<{address}>"])
    _read_back(name, written, " ".join([*words, f"<{address}>"]), decode=False)
    phrase = _unfold(written).removesuffix(f" <{address}>")
    if _decode_phrase(phrase) != display:
        raise HeaderError(f"{name} would be read as another name. Use a simpler one.")
    return written


def check_text(name: str, text: str) -> None:
    """Refuse a text that could be read as more than the value of one header.

    Raises:
        HeaderError: The text holds a control character, a line separator or `=?`, or is empty.
    """
    if not text:
        raise HeaderError(f"{name} is empty. Give it a text.")
    for character in text:
        if unicodedata.category(character) in _LINE_BREAKERS:
            raise _refusal(name, f"the control character U+{ord(character):04X}")
    if "=?" in text:
        # CVE-2024-6923: a text that looks like an encoded word may be decoded into headers.
        raise _refusal(name, "the character sequence `=?`")


def _refusal(name: str, what: str) -> HeaderError:
    return HeaderError(f"{name} holds {what}, which may not stand in a mail header. Remove it.")


def _longest_word(text: str) -> int:
    return max(map(len, text.split(" ")))


def _fold(name: str, words: list[str]) -> bytes:
    """Join words by blanks and break before the word that would make a line too long."""
    if not _NAME.fullmatch(name):
        raise HeaderError(f"{name!a} is no name of a mail header.")
    limit = ENCODED_LINE if any(word.startswith("=?") for word in words) else LINE
    lines = [f"{name}:"]
    for word in words:
        # The first word stays on the header's line unless it fits the next one only: a first line
        # without a value is legal, yet some servers drop it.
        first = len(lines) == 1 and lines[0].endswith(":")
        if len(lines[-1]) + 1 + len(word.encode()) <= limit or first:
            lines[-1] += f" {word}"
        else:
            lines.append(f" {word}")
    if any(len(line.encode()) > HARD_LINE for line in lines):
        raise HeaderError(f"{name} holds a piece of more than {HARD_LINE} octets. Shorten it.")
    return "".join(f"{line}\r\n" for line in lines).encode()


def _encoded_words(text: str, first_room: int) -> Iterator[str]:
    """Cut a text between characters into encoded words of at most 75 octets (RFC 2047 §2, §5)."""
    in_q = sum(map(_q_octets, text)) <= len(text.encode()) * 4 / 3
    encode, octets = (_q_word, _q_octets) if in_q else (_b_word, _utf8_octets)
    room = min(ENCODED_WORD, first_room) - _FRAME
    piece, used = "", 0
    for character in text:
        more = octets(character)
        if piece and used + more > (room if in_q else room // 4 * 3):
            yield encode(piece)
            piece, used, room = "", 0, ENCODED_WORD - _FRAME
        piece, used = piece + character, used + more
    yield encode(piece)


def _q_octets(character: str) -> int:
    return sum(1 if byte in _Q_SAFE or byte == ord(" ") else 3 for byte in character.encode())


def _utf8_octets(character: str) -> int:
    return len(character.encode())


def _q_word(piece: str) -> str:
    coded = "".join(
        "_" if byte == ord(" ") else chr(byte) if byte in _Q_SAFE else f"={byte:02X}"
        for byte in piece.encode()
    )
    return f"=?utf-8?q?{coded}?="


def _b_word(piece: str) -> str:
    return f"=?utf-8?b?{base64.b64encode(piece.encode()).decode()}?="


def _phrase(name: str, display: str) -> list[str]:
    short = len(display) <= ENCODED_WORD - len(name)
    if short and _ATOMS.fullmatch(display):
        return display.split(" ")
    if short and _PLAIN.fullmatch(display):
        quoted = display.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}"'.split(" ")
    return list(_encoded_words(display, ENCODED_LINE - len(name) - 2))


def _unfold(written: bytes) -> str:
    return written.decode().replace("\r\n", "").partition(": ")[2]


def _decode_phrase(phrase: str) -> str:
    if phrase.startswith('"'):
        return re.sub(r"\\(.)", r"\1", phrase[1:-1])
    return _decode(phrase)


def _decode(value: str) -> str:
    try:
        parts = decode_header(value)
    except HeaderParseError as error:
        raise HeaderError("An encoded word cannot be read back.") from error
    return "".join(
        part if isinstance(part, str) else part.decode(charset or "ascii")
        for part, charset in parts
    )


def _read_back(name: str, written: bytes, expected: str, *, decode: bool = True) -> bytes:
    """Parse what was written with another program's eyes and compare; give it back when it holds."""
    message = HeaderParser().parsestr(written.decode() + "\r\n")
    # newlines were already taken off by the parser's fold; only ours may be inside
    value = str(message[name]).replace("\r\n", "").replace("\n", "")
    if message.keys() != [name] or message.defects or message.get_payload():
        raise HeaderError(f"{name} would be read as something else. Use a simpler text.")
    if (_decode(value) if decode else value) != expected:
        raise HeaderError(f"{name} would be read as another text. Use a simpler one.")
    return written
