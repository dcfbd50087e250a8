"""The cells of CPython's multiprocessing.Pool: python3 python.py CLAIM, or without a claim the list of them."""
import ctypes
import itertools
import json
import multiprocessing
import os
import signal
import sys
import threading
import time

HANGS = object()


def increment(x):
    return x + 1


def which(x):
    time.sleep(0.001)
    return os.getpid()


class Failure(ValueError):
    pass


def fails(_=None):
    error = ValueError("a failure")
    error.code = "E_EXAMPLE"
    error.detail = {"attempts": 3}
    raise error


def exits(_=None):
    os._exit(7)


def throws_in_timer(_=None):
    threading.Timer(0.01, fails).start()
    time.sleep(1)
    return "went on"


def hoards(_=None):
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (400 << 20, 400 << 20))
    kept = []
    while True:
        kept.append(bytearray(1 << 20))


def endless(_=None):
    while True:
        pass


def sleeps(seconds):
    time.sleep(seconds)
    return seconds


def gives_function(_=None):
    return lambda: 1


def keep(lock, counter):
    global the_lock, the_counter
    the_lock, the_counter = lock, counter


def keep_barrier(barrier):
    global the_barrier
    the_barrier = barrier


def meets(_=None):
    try:
        the_barrier.wait(2)
        return True
    except threading.BrokenBarrierError:
        return False


def adds(_=None):
    for _ in range(2000):
        with the_lock:
            the_counter.value += 1


def dies_with_lock(_=None):
    the_lock.acquire()
    os._exit(1)


def acquires(_=None):
    return the_lock.acquire()


def squares_in_place(_=None):
    for i in range(len(the_counter)):
        the_counter[i] **= 2


def outcome(result, seconds=8):
    """What an AsyncResult comes to: ('resolves', value), ('rejects', error) or 'hangs'."""
    try:
        return "resolves", result.get(seconds)
    except multiprocessing.TimeoutError:
        return "hangs", None
    except Exception as error:
        return "rejects", error


def described(error):
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else '(no message)'}"[:160]


def pool_that_meets():
    return multiprocessing.Pool(2, keep_barrier, [multiprocessing.Barrier(2)])


def is_full(pool):
    return any(all(pool.map_async(meets, range(2), 1).get(8)) for _ in range(2))


def dies(task):
    pool = pool_that_meets()
    state, value = outcome(pool.apply_async(task), 10)
    cell = {"cell": state if is_full(pool) else f"{state}, a process short"}
    if isinstance(value, Exception):
        cell["detail"] = described(value)
    return cell


def plain(works):
    return {"cell": "yes" if works else "–"}


def failure(task=fails):
    with multiprocessing.Pool(2) as pool:
        return outcome(pool.apply_async(task))[1]


def map_in_chunks():
    with multiprocessing.Pool(2) as pool:
        assert pool.map(increment, range(1000)) == list(range(1, 1001))
        chunks = [len(set(pool.map(which, range(64))[i : i + 8])) for i in range(0, 64, 8)]
    return plain(chunks == [1] * 8)


def lazy():
    read = 0

    def source():
        nonlocal read
        while read < 10_000_000:
            read += 1
            yield read

    with multiprocessing.Pool(2) as pool:
        results = pool.imap(increment, source())
        for _ in range(10):
            next(results)
        time.sleep(0.5)
        soon = read
        time.sleep(0.5)
        return {
            "cell": "yes" if read == soon else "reads ahead without bound",
            "detail": f"{read} read for 10 taken",
        }


def typed_arrays():
    numbers = multiprocessing.Array("d", [3, 4])
    with multiprocessing.Pool(2, keep, [None, numbers]) as pool:
        pool.apply(squares_in_place)
    return {"cell": "by hand" if list(numbers) == [9, 16] else "–"}


def inline():
    with multiprocessing.Pool(2) as pool:
        works = pool.map(increment, [1, 2]) == [2, 3]
        state, _ = outcome(pool.apply_async(lambda: 1))
    return {"cell": "of importable modules" if works and state == "rejects" else "yes"}


def limit(seconds=0.3):
    """get(timeout) is all there is: it ends the waiting, not the task."""
    pool = pool_that_meets()
    state, _ = outcome(pool.apply_async(endless), seconds)
    return {"cell": "the waiting ends, a process short" if state == "hangs" and not is_full(pool) else state}


def limit_from():
    with multiprocessing.Pool(1) as pool:
        pool.apply_async(sleeps, [1.2])
        state, _ = outcome(pool.apply_async(increment, [1]), 0.6)
    return {"cell": "when it starts" if state == "resolves" else "when it is waited for"}


def terminated():
    pool = multiprocessing.Pool(1)
    pid = pool.apply(os.getpid)
    result = pool.apply_async(endless)
    time.sleep(0.5)
    os.kill(pid, signal.SIGKILL)
    state, _ = outcome(result)
    works = outcome(pool.apply_async(increment, [1]))[0] == "resolves"
    return {"cell": state if works else f"{state}, a process short"}


def others():
    pool = multiprocessing.Pool(2)
    pool.apply_async(exits)
    results = [pool.apply_async(increment, [i]) for i in range(100)]
    deadline = time.time() + 8
    lost = sum(outcome(result, max(0.0, deadline - time.time()))[0] != "resolves" for result in results)
    return {"cell": "none" if lost == 0 else f"{lost} of 100"}


def broken():
    """A module that does not load: for a pool of processes, an initializer that raises."""
    pool = multiprocessing.Pool(2, fails)
    state, _ = outcome(pool.apply_async(increment, [1]))
    return {"cell": state, "detail": "as an initializer that raises; the pool starts processes without end"}


def argument():
    pool = pool_that_meets()
    state, error = outcome(pool.apply_async(increment, [lambda: 1]))
    return {"cell": state if is_full(pool) else f"{state}, a process short", "detail": described(error)}


def close():
    pool = multiprocessing.Pool(2)
    results = [pool.apply_async(sleeps, [seconds]) for seconds in (0.2, 1.5, 0, 0, 0, 0)]
    time.sleep(0.1)
    pool.close()
    pool.join()
    return {"cell": "finishes all" if all(result.ready() for result in results) else "–"}


def idle():
    global pool_of_idle
    pool_of_idle = multiprocessing.Pool(2)
    pool_of_idle.apply(increment, [1])
    return {"cell": "yes"}


def many():
    with multiprocessing.Pool(2) as pool:
        results = [pool.apply_async(increment, [i]) for i in range(70_000)]
        deadline = time.time() + 20
        open_ones = sum(outcome(result, max(0.0, deadline - time.time()))[0] != "resolves" for result in results)
    return {"cell": "all" if open_ones == 0 else f"{open_ones} are not"}


def locks():
    lock, counter = multiprocessing.Lock(), multiprocessing.Value(ctypes.c_int, 0, lock=False)
    with multiprocessing.Pool(2, keep, [lock, counter]) as pool:
        pool.map(adds, range(2), 1)
    return plain(counter.value == 4000)


def dead_owner():
    lock = multiprocessing.Lock()
    pool = multiprocessing.Pool(2, keep, [lock, None])
    pool.apply_async(dies_with_lock)
    time.sleep(1)
    state, _ = outcome(pool.apply_async(acquires))
    return {"cell": "waits for ever" if state == "hangs" else "gets it"}


def versions():
    return {"cell": sys.version.split()[0]}


CLAIMS = {
    "version": versions,
    "map": map_in_chunks,
    "lazy": lazy,
    "typed-arrays": typed_arrays,
    "inline": inline,
    "error-class": lambda: plain(isinstance(failure(), ValueError)),
    "error-properties": lambda: plain(getattr(failure(), "detail", None) == {"attempts": 3}),
    "error-stack": None,
    "limit-loop": limit,
    "limit-from": limit_from,
    "exit": lambda: dies(exits),
    "timer": lambda: dies(throws_in_timer),
    "memory": lambda: dies(hoards),
    "terminated": terminated,
    "others": others,
    "broken": broken,
    "argument": argument,
    "result": lambda: dies(gives_function),
    "close": close,
    "idle": idle,
    "many": many,
    "locks": locks,
    "dead-owner": dead_owner,
    "browsers": lambda: {"cell": "–"},
    "dependencies": lambda: {"cell": "0"},
    "processes": lambda: plain(multiprocessing.Pool(1).apply(os.getpid) != os.getpid()),
}


def callers_stack():
    import traceback

    def the_caller():
        with multiprocessing.Pool(2) as pool:
            return pool.apply(fails)

    try:
        the_caller()
    except ValueError:
        return plain("the_caller" in traceback.format_exc())


CLAIMS["error-stack"] = callers_stack

if __name__ == "__main__":
    multiprocessing.set_start_method("fork")  # this file's functions, and the fastest
    claim = CLAIMS.get(sys.argv[1])
    print("\nCELL " + json.dumps({"cell": "–"} if claim is None else claim()), flush=True)
    if sys.argv[1] != "idle":
        os.killpg(os.getpgid(0), signal.SIGKILL)
