"""Runs a command and tells its user's web app how it goes:  HOOK_TOKEN=hook_… hook_cli.py make build

Needs nothing but Python's standard library. The command runs whether the relay can be reached or not.
"""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from datetime import datetime, timezone

RELAY = os.environ.get("RELAY", "http://127.0.0.1:8787")
ATTEMPTS = 4


def send(token, event_type, event_id, payload):
    """Posts an event; says on standard error what became of one that the relay did not take."""
    event = {
        "event_type": event_type,
        "event_id": event_id,
        "ts": datetime.now(timezone.utc).isoformat(),
        "payload": payload,
    }
    request = urllib.request.Request(
        f"{RELAY}/api/webhook/cli",
        data=json.dumps(event).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        method="POST",
    )
    for attempt in range(1, ATTEMPTS + 1):
        wait = 0.5 * 2**attempt
        try:
            with urllib.request.urlopen(request, timeout=10):
                return
        except urllib.error.HTTPError as error:
            reason = f"{error.code} {error.read().decode()}"
            if error.code != 429 and error.code < 500:
                break
            wait = float(error.headers.get("Retry-After", wait))
        except OSError as error:
            reason = str(error)
        if attempt < ATTEMPTS:
            time.sleep(wait)
    print(f"hook: {event_type} was not sent: {reason}", file=sys.stderr)


def main(command):
    token = os.environ.get("HOOK_TOKEN")
    if not token or not command:
        sys.exit("usage: HOOK_TOKEN=hook_... hook_cli.py COMMAND [ARGUMENT ...]")
    # The names of the events: a repeat is no second event.
    run = uuid.uuid4().hex
    send(token, "task_started", f"{run}-started", {"command": command})
    code = subprocess.call(command)
    outcome = "task_succeeded" if code == 0 else "task_failed"
    send(token, outcome, f"{run}-ended", {"command": command, "exit_code": code})
    sys.exit(code)


if __name__ == "__main__":
    main(sys.argv[1:])
