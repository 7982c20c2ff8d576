"""
Which addresses of the network may be asked for something on somebody else's word: nobody gets a
server to ask its own network (CWE-918).
"""

import ipaddress

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# All that IANA has given out; the rest of IPv6 holds wrapped and local addresses of many kinds.
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
# Azure's own services answer every virtual machine there.
_OF_CLOUDS = frozenset({ipaddress.ip_address("168.63.129.16")})


def is_public(address: str, *, or_loopback: bool = False) -> bool:
    """Of the open internet, also where an IPv6 address only wraps an IPv4 one."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:  # an address of a zone, such as fe80::1%eth0
        return False
    if or_loopback and found.is_loopback:
        return True
    if isinstance(found, ipaddress.IPv6Address):
        wrapped = found.ipv4_mapped or found.sixtofour
        if found in _NAT64:
            wrapped = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if wrapped is not None:
            found = wrapped
        elif found not in _GLOBAL_UNICAST:
            return False
    return found.is_global and not found.is_multicast and found not in _OF_CLOUDS
