"""How a Python peer answers the suites: a line of JSON once it is ready, then one for each line on stdin.

A line on stdin is a number of seconds; the answer says how many calls were made in about that time, and how long they
took.
"""
import json
import sys
import time


def serve(call):
    seconds_a_call = 0
    reply(0, 0)
    for line in sys.stdin:
        enough = float(line)
        if seconds_a_call < enough:
            call()  # a run-up; lost in a long call anyway
        calls, start = 0, time.perf_counter()
        while True:
            call()
            calls += 1
            elapsed = time.perf_counter() - start
            if elapsed >= enough:
                break
        seconds_a_call = elapsed / calls
        reply(elapsed, calls)


def reply(seconds, calls):
    print(json.dumps({"seconds": seconds, "calls": calls}), flush=True)
