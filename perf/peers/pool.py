"""CPython's Pool as a peer of the suites.

    python3 pool.py PROCESSES '{"work": "squares", "items": 100, "chunksize": null}'

Opens the pool, checks one result against a loop, then answers as samples.py says.
"""
import json
import random
import sys
from multiprocessing import Pool

from samples import serve


def square(x):
    return x * x


def spin(steps):
    state = 0
    for _ in range(steps):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
    return state


def inside(samples):
    rand = random.random
    count = 0
    for _ in range(samples):
        x = rand()
        y = rand()
        if x * x + y * y <= 1.0:
            count += 1
    return count


def inside_by_numpy(job):
    import numpy

    samples, seed = job
    random = numpy.random.default_rng(seed)
    count, block = 0, 100_000
    for start in range(0, samples, block):
        x, y = random.random((2, min(block, samples - start)))
        count += int(numpy.count_nonzero(x * x + y * y < 1.0))
    return count


def numpy_pi(pool, samples):
    pieces = 4 * pool._processes
    jobs = [(samples // pieces, seed) for seed in range(pieces)]

    def call():
        return 4 * sum(pool.map(inside_by_numpy, jobs, 1)) / sum(size for size, _ in jobs)

    if abs(call() - 3.14159) > 0.05:
        raise AssertionError("the estimate is off")
    return call


def mapped(pool, task, values, expected, chunksize=None, by="pool"):
    def with_the_pool():
        return pool.map(task, values, chunksize)

    def with_a_new_pool():
        with Pool(pool._processes) as fresh:
            return fresh.map(task, values, chunksize)

    def in_a_loop():
        return [task(value) for value in values]

    call = {"pool": with_the_pool, "new pool": with_a_new_pool, "loop": in_a_loop}[by]
    if call() != expected:
        raise AssertionError("the results are not those of the task")
    return call


def squares(pool, items, **how):
    values = list(range(items))
    return mapped(pool, square, values, [x * x for x in values], **how)


def spins(pool, items, steps, **how):
    return mapped(pool, spin, [steps] * items, [spin(steps)] * items, **how)


def pi(pool, samples):
    # Four pieces a process, as its own rule of thumb for chunks has it.
    pieces = 4 * pool._processes
    sizes = [samples // pieces] * pieces

    def call():
        return 4 * sum(pool.map(inside, sizes, 1)) / sum(sizes)

    if abs(call() - 3.14159) > 0.05:
        raise AssertionError("the estimate is off")
    return call


def main():
    processes, request = int(sys.argv[1]), json.loads(sys.argv[2])
    prepare = {"squares": squares, "spins": spins, "pi": pi, "numpy_pi": numpy_pi}[request.pop("work")]
    with Pool(processes) as pool:
        call = prepare(pool, **request)
        serve(call)


if __name__ == "__main__":
    main()
