"""Push or pull, and die by SIGKILL at a named moment.

``python -m tests.annotation.services.studio.killed push sent 2``
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

MOMENTS = ("staked", "sending", "sent", "tied", "recorded")


def die() -> None:
    """As when the power goes."""
    os.kill(os.getpid(), signal.SIGKILL)


def dying(after: Callable[..., Any], times: int) -> Callable[..., Any]:
    """A function that dies when it has done what it does for the n-th time."""
    left = [times]

    def act(*args: Any, **kwargs: Any) -> Any:
        result = after(*args, **kwargs)
        left[0] -= 1
        if left[0] == 0:
            die()
        return result

    return act


def main(job: str, moment: str, times: int) -> None:
    """Do a job and die on the way."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "navab_site.settings")
    django.setup()
    from annotation.label_studio.client import StudioClient
    from annotation.services.studio import pull, push
    from annotation.services.studio.servers import studio_client

    push.BATCH = 5
    push.SETTLE = 5.0
    if moment == "staked":
        push._Push._stake = dying(push._Push._stake, times)
    elif moment == "sent":
        StudioClient.import_tasks = dying(StudioClient.import_tasks, times)
    elif moment == "tied":
        push.tie_to_tasks = dying(push.tie_to_tasks, times)
    elif moment == "recorded":
        pull.record_tasks = dying(pull.record_tasks, times)
    elif moment == "sending":
        send = StudioClient.import_tasks

        def send_and_die(*args: Any) -> Any:
            threading.Timer(0.05 * times, die).start()
            return send(*args)

        StudioClient.import_tasks = send_and_die
    act = {"push": push.push_reviews, "pull": pull.pull_reviews}[job]
    act(client=studio_client())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
