"""The worker of the benchmark: ``echo`` takes batches, ``echo_alone`` one request at a time."""

import sluice

worker = sluice.Worker()


@worker.function("echo", concurrency_id="echo", batch=True, max_batch_size=32)
def echo(texts):
    return texts


@worker.function("echo_alone", concurrency_id="echo_alone")
def echo_alone(text):
    return text


if __name__ == "__main__":
    worker.run()
