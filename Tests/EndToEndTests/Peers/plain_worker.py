"""A worker that gives back what it is given, serving the functions named."""

import sys

import sluice

worker = sluice.Worker(name="plain")
for name in sys.argv[1:]:

    @worker.function(name)
    def give_back(item):
        return item


worker.run()
