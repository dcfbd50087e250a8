"""CPython's Process as a peer of the suites: starts and joins one that does nothing.

    python3 processes.py spawn|fork

Answers as samples.py says.
"""
import multiprocessing
import sys

from samples import serve


def nothing():
    pass


def main():
    context = multiprocessing.get_context(sys.argv[1])

    def call():
        process = context.Process(target=nothing)
        process.start()
        process.join()
        assert process.exitcode == 0

    serve(call)


if __name__ == "__main__":
    main()
