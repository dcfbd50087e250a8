"""Ten tasks on four processes of CPython's Pool: who runs them.

    python3 who_ran.py STEPS…

For each number of steps, prints a line of JSON: lists of the ten process ids, one for each of several calls.
"""
import json
import os
import sys
from multiprocessing import Pool

from pool import spin

CALLS = 9


def who_ran(steps):
    spin(steps)
    return os.getpid()


if __name__ == "__main__":
    with Pool(4) as pool:
        for steps in map(int, sys.argv[1:]):
            print(json.dumps([pool.map(who_ran, [steps] * 10) for _ in range(CALLS)]))
