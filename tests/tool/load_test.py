# SPDX-License-Identifier: MIT
"""load_test.py URL N WORKERS TIMEOUT: a plain load test as people write it.

The Authorization header comes from the environment, LOAD_TEST_AUTH.  Prints
the share of answers below 400 and the mean time, each with its name.
"""
import os
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

url, count, workers, timeout = sys.argv[1], *map(int, sys.argv[2:5])
request = urllib.request.Request(url)
if "LOAD_TEST_AUTH" in os.environ:
    request.add_header("Authorization", os.environ["LOAD_TEST_AUTH"])


def ask(_):
    begin = time.monotonic()
    status = None
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            answer.read()
            status = answer.status
    except urllib.error.HTTPError as error:
        status = error.code
    except OSError:
        pass
    is_fine = status is not None and status < 400
    return is_fine, time.monotonic() - begin


with ThreadPoolExecutor(max_workers=workers) as pool:
    rows = list(pool.map(ask, range(count)))

print(f"Success Rate: {sum(ok for ok, _ in rows) / len(rows):.2%}")
print(f"Average Duration: {sum(took for _, took in rows) / len(rows):.3f}s")
