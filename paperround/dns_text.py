"""TXT records of one name: out of the text of a zone file, or asked of DNS."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import dns.exception
import dns.inet
import dns.name
import dns.nameserver
import dns.rdatatype
import dns.resolver
import dns.zone

from paperround.errors import UserError

if TYPE_CHECKING:
    from dns.rdataset import Rdataset

MOST_ALIASES: Final = 8
PATIENCE_S: Final = 10.0
_OUR_FIRST_LINE: Final = "$TTL 3600\n"  # a text without a TTL is as good here


def texts_in_zone(text: str, name: str, origin: str) -> list[str]:
    """Find the TXT records of a name in the text of a zone file (RFC 1035 §5), each its strings joined.

    Args:
        text: The text; $ORIGIN and $TTL are followed, $INCLUDE is not.
        name: The name, without a dot at the end.
        origin: What names without a dot at the end belong to, where no $ORIGIN says.

    Raises:
        UserError: The text cannot be read, or the name is an alias that leads out of it.
    """
    try:
        zone = dns.zone.from_text(
            _OUR_FIRST_LINE + text, _absolute(origin), relativize=False, check_origin=False
        )
        return _found(zone, _absolute(name))
    except (dns.exception.DNSException, ValueError) as error:
        raise UserError(
            f"The zone cannot be read: {_in_their_lines(str(error))}. Give it in the form of a zone file (BIND)."
        ) from error


def texts_in_dns(
    name: str, server: str | None = None, port: int = 53, *, patience_s: float = PATIENCE_S
) -> list[str]:
    """Ask DNS for the TXT records of a name, each its strings joined; none where there is no such name.

    Args:
        name: The name, without a dot at the end.
        server: IP address of the server to ask; those of this machine by default.
        port: Its port.
        patience_s: Seconds to wait for an answer.

    Raises:
        UserError: The server is no address, or DNS gave no answer.
    """
    check_server(server)
    try:
        resolver = dns.resolver.Resolver(configure=server is None)
        if server is not None:
            resolver.nameservers = [dns.nameserver.Do53Nameserver(server, port)]
        answer = resolver.resolve(_absolute(name), "TXT", lifetime=patience_s)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, ValueError, OSError) as error:
        raise UserError(
            f"DNS gave no answer for {name} ({type(error).__name__}). Try again, name a server with "
            "--server, or give the zone with --zone."
        ) from error
    return _joined(answer.rrset)


def check_server(server: str | None) -> None:
    """Refuse a DNS server that is not named by its IP address; None stands for those of this machine.

    Raises:
        UserError: It is no address.
    """
    if server is not None and not dns.inet.is_address(server):
        raise UserError(f"{server!a} is no IP address. Name the DNS server by its address.")


def knows_the_world(name: str, *, patience_s: float = PATIENCE_S) -> bool:
    """Tell whether this machine's DNS knows a name's top-level domain; in a closed network it does not.

    Args:
        name: The name, without a dot at the end.
        patience_s: Seconds to wait for an answer.
    """
    top = name.rpartition(".")[2]
    try:
        dns.resolver.resolve(_absolute(top), "SOA", lifetime=patience_s)
    except dns.resolver.NoAnswer:
        return True
    except (dns.exception.DNSException, ValueError, OSError):
        return False
    return True


def _found(zone: dns.zone.Zone, name: dns.name.Name) -> list[str]:
    for _ in range(MOST_ALIASES):
        if not name.is_subdomain(zone.origin or dns.name.root):
            raise UserError(
                f"The name is an alias (CNAME) of {name}, which is not in this zone. Check without --zone."
            )
        alias = zone.get_rdataset(name, "CNAME")
        if alias is None:
            return _joined(zone.get_rdataset(name, "TXT"))
        name = alias[0].target
    raise UserError("The aliases (CNAME) in this zone lead in a circle. Remove one.")


def _joined(records: Rdataset | None) -> list[str]:
    return [b"".join(record.strings).decode(errors="replace") for record in records or ()]


def _absolute(name: str) -> dns.name.Name:
    return dns.name.from_text(name, dns.name.root)


def _in_their_lines(message: str) -> str:
    """Name the line by its number in the text we were given; the reader may be a line ahead."""
    return re.sub(r"^<string>:(\d+)", lambda number: f"near line {int(number[1]) - 1}", message)
