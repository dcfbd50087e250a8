"""CPython's multiprocessing.Manager as a peer of the suites.

    python3 managers.py '{"rounds": 100}'

Sets a key of a manager's dict, again and again, and answers as samples.py says.
"""
import json
import sys
from multiprocessing import Manager

from samples import serve

if __name__ == "__main__":
    rounds = json.loads(sys.argv[1])["rounds"]
    with Manager() as manager:
        shared = manager.dict()

        def call():
            for n in range(rounds):
                shared["key"] = n
            assert shared["key"] == rounds - 1

        serve(call)
