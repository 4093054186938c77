"""A command-line tool's hook with nothing but the standard library: prints STATUS and the answer's body.

Usage: RELAY_URL=… HOOK_TOKEN=… hook.py EVENT_TYPE PAYLOAD [EVENT_ID]; the payload is JSON.
"""

import datetime
import json
import os
import sys
import urllib.error
import urllib.request


def post(url, token, event):
    request = urllib.request.Request(
        f"{url}/api/webhook/cli",
        data=json.dumps(event).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


event = {
    "event_type": sys.argv[1],
    "ts": datetime.datetime.now(datetime.timezone.utc).isoformat(),
    "payload": json.loads(sys.argv[2]),
}
if len(sys.argv) > 3:
    event["event_id"] = sys.argv[3]
print(*post(os.environ["RELAY_URL"], os.environ["HOOK_TOKEN"], event))
