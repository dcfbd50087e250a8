"""CPython's multiprocessing.Pipe as a peer of the suites.

    python3 pipes.py '{"rounds": 100}'

Sends a number to another process, which sends it back, again and again, and answers as samples.py says.
"""
import json
import multiprocessing
import sys

from samples import serve


def answer(end):
    while True:
        end.send(end.recv())


if __name__ == "__main__":
    rounds = json.loads(sys.argv[1])["rounds"]
    here, there = multiprocessing.Pipe()
    multiprocessing.Process(target=answer, args=(there,), daemon=True).start()

    def call():
        for n in range(rounds):
            here.send(n)
            assert here.recv() == n

    serve(call)
