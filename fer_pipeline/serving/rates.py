"""How often one address may ask."""

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from fer_pipeline.serving.problems import Problem

MOST_ADDRESSES = 10_000     # remembered; the one that was silent longest is forgotten first
MINUTE = 60.0


class Rates:
    """A bucket an address: it holds a minute's requests and fills evenly."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Start with every bucket full; 0 a minute allows any number."""
        self._most, self._clock = per_minute, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, address: str) -> None:
        """Count one request.

        Args:
            address: Of who asks; of IPv6 the first 64 bits count, which belong to one network.

        Raises:
            Problem: It has sent its requests of this minute.
        """
        if not self._most:
            return
        with self._lock:
            left, now = self._left(_network(address)), self._clock()
            self._buckets[_network(address)] = (left if left < 1 else left - 1, now)
            self._buckets.move_to_end(_network(address))
            if len(self._buckets) > MOST_ADDRESSES:
                self._buckets.popitem(last=False)
        if left < 1:
            wait = math.ceil((1 - left) * MINUTE / self._most)
            raise Problem(429, "too_often", f"{address} has sent its {self._most} requests of this minute. Ask again "
                          f"in {wait} s.", retry_after=wait)

    def _left(self, network: str) -> float:
        left, then = self._buckets.get(network, (self._most, self._clock()))
        return min(self._most, left + (self._clock() - then) * self._most / MINUTE)


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address      # a name that a proxy gave
    return str(ipaddress.ip_network((address, 64), strict=False)) if parsed.version == 6 else address
