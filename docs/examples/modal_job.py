"""A job that tells its watchers how far it is, with nothing but Python's standard library.

On Modal the function `render` runs as it is; the secret holds RELAY, RELAY_WEBHOOK_TOKEN and TENANT:

    app = modal.App("render")

    @app.function(secrets=[modal.Secret.from_name("relay")], retries=2)
    def run(job_id: str):
        render(job_id)

Every event has a name made of the job and the step. So a report that is sent again, because its answer was lost or because
Modal ran the whole function again, is no second event.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request

RELAY = os.environ.get("RELAY", "http://127.0.0.1:8787")
TOKEN = os.environ.get("RELAY_WEBHOOK_TOKEN", "dev-secret")
TENANT = os.environ.get("TENANT", "t1")

ATTEMPTS = 6


def report(event):
    """Posts an event until the relay has it in its log; returns its id. Raises for what a repeat cannot mend."""
    request = urllib.request.Request(
        f"{RELAY}/webhook/modal",
        data=json.dumps(event).encode(),
        headers={"X-Relay-Token": TOKEN, "Content-Type": "application/json"},
        method="POST",
    )
    for attempt in range(1, ATTEMPTS + 1):
        wait = 2.0 ** (attempt - 1)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)["ids"][0]
        except urllib.error.HTTPError as error:
            if error.code != 429 and error.code < 500:
                raise RuntimeError(f"the relay refused the event: {error.read().decode()}") from error
            wait = float(error.headers.get("Retry-After", wait))
            cause = error
        except OSError as error:
            # No answer: the relay may have the event or not.
            cause = error
        if attempt < ATTEMPTS:
            time.sleep(wait)
    raise RuntimeError(f"the relay did not take the event in {ATTEMPTS} attempts") from cause


def render(job_id, steps=4):
    """The job itself: works through its steps and reports each of them."""
    about = {"tenant": TENANT, "job_id": job_id}
    for step in range(1, steps + 1):
        time.sleep(0.01)  # the work
        report(
            {
                **about,
                "type": "progress",
                "event_id": f"{job_id}-step-{step}",
                "current_step": step,
                "total_steps": steps,
                "progress_percent": 100 * step / steps,
            }
        )
    artifact = {"url": f"https://files.example.com/{job_id}.png", "filename": f"{job_id}.png"}
    return report(
        {**about, "type": "job_completed", "event_id": f"{job_id}-completed", "artifacts": [artifact]}
    )


if __name__ == "__main__":
    print(render(sys.argv[1] if len(sys.argv) > 1 else "job-123"))
