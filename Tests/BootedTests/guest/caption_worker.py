"""A worker that tells about itself, and takes as long as it is told to."""

import os
import sys
import time
from typing import Any, Dict

import sluice

worker = sluice.Worker()


@worker.function("caption", concurrency_id="gpu_queue")
def caption(text: str, seconds: float = 0) -> Dict[str, Any]:
    time.sleep(seconds)
    with open("/proc/self/cgroup") as groups:
        return {
            "text": text.upper(),
            "pid": os.getpid(),
            "uid": os.getuid(),
            "words": sys.argv[1:],
            "cgroup": groups.read().strip(),
        }


worker.run()
