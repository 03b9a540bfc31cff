"""Which addresses we may be told to call: outside the local stack, never into our own network."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

_TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("2002::/16"))
"""IPv6 ways to an IPv4 address, which may be a private one (RFC 6052, RFC 3056)."""
_SHARED = IPv4Network("100.64.0.0/10")
_PRINTABLE = range(0x21, 0x7F)
_SCHEMES = ("http", "https")


def is_public(address: str) -> bool:
    """Whether an IP address, as text, is one of the open internet's."""
    found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        if any(found in network for network in _TRANSLATED):
            return False
        found = found.ipv4_mapped or found
    shared = isinstance(found, IPv4Address) and found in _SHARED
    return found.is_global and not found.is_multicast and not shared


def url_problem(url: str, *, local: bool) -> str | None:
    """What is wrong with an address to call; none when nothing is. Names are looked up again at each call."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is not a URL"
    if parts.scheme not in _SCHEMES or not host or not all(ord(each) in _PRINTABLE for each in url):
        return "must be an absolute http or https URL"
    if parts.username is not None or parts.fragment:
        return "must name neither a user nor a fragment"
    return None if local else _inside(parts, host)


def _inside(parts: SplitResult, host: str) -> str | None:
    if parts.scheme != "https":
        return "must be https"
    name = host.rstrip(".")
    try:
        public = is_public(name)
    except ValueError:  # a name, not a number
        public = name != "localhost" and not name.endswith(".localhost")
    return None if public else "must not lead to a private address"
