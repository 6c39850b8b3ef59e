"""`python -m bench.flood PORT SECONDS RATE COOKIE < MESSAGE`: posts junk to /saml/acs and prints how much was answered.

At random: base64 that is no XML; a whole signed and encrypted message that answers no request of this browser, with the
cookie of a login that was begun.
"""

import http.client
import secrets
import sys
import threading
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Mapping
from urllib.parse import urlencode

_CONNECTIONS = 32
_MOST_BEHIND = 1.0  # seconds that a slow service may owe us; what is older is forgiven
_REFUSED, _CLOSED = 403, 0
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def flood(port: int, seconds: float, rate: float, cookie: str, message: str) -> int:
    """How many were answered, each with 403. A connection keeps to its share of the rate, if it can.

    Raises RuntimeError when there was another answer.
    """
    pieces = [
        (_FORM, urlencode({"SAMLResponse": b64encode(secrets.token_bytes(6000)).decode()}).encode()),
        ({**_FORM, "Cookie": cookie}, urlencode({"SAMLResponse": message}).encode()),
    ]
    end, answered = time.monotonic() + seconds, Counter[int]()

    def post(place: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        due = time.monotonic() + place / rate
        while (now := time.monotonic()) < end:
            time.sleep(max(0.0, due - now))
            headers, body = pieces[secrets.randbelow(len(pieces))]
            answered[_status(connection, headers, body)] += 1
            due = max(due + _CONNECTIONS / rate, now - _MOST_BEHIND)

    threads = [threading.Thread(target=post, args=(place,)) for place in range(_CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if set(answered) - {_CLOSED, _REFUSED}:
        raise RuntimeError(f"junk was answered otherwise: {answered}")
    return answered[_REFUSED]


def _status(connection: http.client.HTTPConnection, headers: Mapping[str, str], body: bytes) -> int:
    """What is refused before it is read to its end may find its connection closed instead of answered."""
    try:
        connection.request("POST", "/saml/acs", body, dict(headers))
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        connection.close()  # the next request opens another
        return _CLOSED
    return answer.status


if __name__ == "__main__":
    print(flood(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), sys.argv[4], sys.stdin.read()))
