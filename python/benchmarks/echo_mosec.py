"""The same handlers behind mosec: its own JSON, as it comes, or bytes that nobody looks at.

The words after the file's name are mosec's own; what it is to be is in the environment, because
mosec starts its workers from here again.
"""

import os

from mosec import Server, Worker


class Echo(Worker):
    def forward(self, data):
        return data


class EchoBytes(Echo):
    def deserialize(self, data):
        return data

    def serialize(self, data):
        return data


if __name__ == "__main__":
    server = Server()
    batch = int(os.environ["ECHO_BATCH"])
    # The least it can be told to wait for a fuller batch.
    limits = {"max_batch_size": batch, "max_wait_time": 1} if batch > 1 else {}
    server.append_worker(EchoBytes if "ECHO_BYTES" in os.environ else Echo, num=1, **limits)
    server.run()
