"""CPython's locks as peers of the suites.

    python3 locks.py '{"work": "pairs", "of": "threading", "rounds": 1000}'

Answers as samples.py says. "pairs": one thread acquires and releases; "contended": two threads, or processes, do so
around a step on what they share; "value": a multiprocessing.Value is added to under its lock; "event" and "barrier":
two threads go to and fro.
"""
import json
import multiprocessing
import sys
import threading

from samples import serve


def pairs(of, rounds):
    lock = {"threading": threading, "multiprocessing": multiprocessing}[of].Lock()

    def call():
        acquire, release = lock.acquire, lock.release
        for _ in range(rounds):
            acquire()
            release()

    serve(call)


def contended(of, rounds):
    {"threading": contended_threads, "multiprocessing": contended_processes}[of](rounds)


def contended_threads(rounds):
    lock = threading.Lock()
    count = 0

    def contend():
        nonlocal count
        for _ in range(rounds):
            lock.acquire()
            count += 1
            lock.release()

    def call():
        threads = [threading.Thread(target=contend) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert count % (2 * rounds) == 0

    serve(call)


def keep(lock, count):
    global shared
    shared = lock, count


def contend_in_process(rounds):
    lock, count = shared
    for _ in range(rounds):
        lock.acquire()
        count.value += 1
        lock.release()


def contended_processes(rounds):
    lock = multiprocessing.Lock()
    count = multiprocessing.RawValue("i", 0)
    with multiprocessing.Pool(2, keep, (lock, count)) as pool:

        def call():
            pool.map(contend_in_process, [rounds, rounds], 1)
            assert count.value % (2 * rounds) == 0
            count.value = 0

        serve(call)


def value(rounds):
    count = multiprocessing.Value("i", 0)

    def call():
        count.value = 0
        for _ in range(rounds):
            with count.get_lock():
                count.value += 1

    serve(call)


def event(rounds):
    ping, pong = threading.Event(), threading.Event()

    def answer():
        while True:
            ping.wait()
            ping.clear()
            pong.set()

    threading.Thread(target=answer, daemon=True).start()

    def call():
        for _ in range(rounds):
            ping.set()
            pong.wait()
            pong.clear()

    serve(call)


def barrier(rounds):
    meeting = threading.Barrier(2)

    def meet():
        while True:
            meeting.wait()

    threading.Thread(target=meet, daemon=True).start()

    def call():
        for _ in range(rounds):
            meeting.wait()

    serve(call)


if __name__ == "__main__":
    request = json.loads(sys.argv[1])
    globals()[request.pop("work")](**request)
