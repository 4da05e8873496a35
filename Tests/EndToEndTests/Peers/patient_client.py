"""A client that submits, says when all of it is accepted, and waits for the results."""

import sys

import sluice

function, count = sys.argv[1], int(sys.argv[2])
client = sluice.Client()
jobs = [client.submit(function, number) for number in range(count)]
for job in jobs:
    for status in job.updates():
        if status.state != "submitted":
            break
print("accepted", flush=True)
assert [job.result() for job in jobs] == list(range(count))
print("done", count, flush=True)
client.close()
