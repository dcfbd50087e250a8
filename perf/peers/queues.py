"""CPython's multiprocessing.Queue as a peer of the suites.

    python3 queues.py '{"work": "integers", "count": 1000}'

Answers as samples.py says. A call: this process puts so many items, which another takes, and hears that it has.
"integers" are small, "bytes" are messages of 4 KiB.
"""
import json
import multiprocessing
import sys

from samples import serve


def take(queue, done, count):
    while True:
        total = 0
        for _ in range(count):
            item = queue.get()
            total += item if isinstance(item, int) else len(item)
        done.put(total)


def main(work, count):
    queue, done = multiprocessing.Queue(), multiprocessing.SimpleQueue()
    taker = multiprocessing.Process(target=take, args=(queue, done, count), daemon=True)
    taker.start()
    items = range(count) if work == "integers" else [bytes(4096)] * count

    expected = sum(items) if work == "integers" else 4096 * count

    def call():
        for item in items:
            queue.put(item)
        assert done.get() == expected

    serve(call)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
