"""The worker of the gateway's benchmark: functions that do nothing, one call at a time and many."""

import sluice

worker = sluice.Worker()


@worker.function("echo")
def echo(text: str) -> str:
    return text


@worker.function("echo_many", concurrency_limit=None)
def echo_many(text: str) -> str:
    return text


if __name__ == "__main__":
    worker.run()
