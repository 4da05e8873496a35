"""A client that asks for much, says when all of it is accepted, and then waits for ever."""

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
sluice.wait(jobs)
