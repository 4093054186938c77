"""Plays a batch of mesh jobs:  mesh_jobs.py [JOBS]

Each job writes log lines and says how far it is; one in four fails. Needs nothing but Python's standard library, and signs what
it sends where MODAL_WEBHOOK_SECRET is set. What workers say while they run travels in lists, so that a hundred lines cost one
request. Every POST has a name, and the end of a job is named by the job and its status, so what is sent again because its
answer was lost is no second event.
"""

import hashlib
import hmac
import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid
from datetime import datetime, timezone

RELAY = os.environ.get("RELAY", "http://127.0.0.1:8787")
SECRET = os.environ.get("MODAL_WEBHOOK_SECRET", "")
PROJECT = os.environ.get("PROJECT", "7")
BATCH = os.environ.get("BATCH", "9")
PACE = float(os.environ.get("PACE", "0.4"))  # seconds between two steps

ATTEMPTS = 6
STEPS = ["reading the surface", "meshing edges", "meshing faces", "meshing volumes", "optimising", "writing the mesh"]


def post(name, body):
    """Posts until the relay has it in its log; returns the ids. Raises for what a repeat cannot mend."""
    data = json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": name}
    if SECRET:
        # Over the very bytes that are sent.
        digest = hmac.new(SECRET.encode(), data, hashlib.sha256).hexdigest()
        headers["X-Modal-Signature"] = f"sha256={digest}"
    url = f"{RELAY}/api/webhooks/modal"
    request = urllib.request.Request(url, data=data, headers=headers, method="POST")
    for attempt in range(1, ATTEMPTS + 1):
        wait = 2.0 ** (attempt - 1)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)["ids"]
        except urllib.error.HTTPError as error:
            if error.code != 429 and error.code < 500:
                raise RuntimeError(f"the relay refused it: {error.read().decode()}") from error
            wait = float(error.headers.get("Retry-After", wait))
            cause = error
        except OSError as error:
            # No answer: the relay may have it or not.
            cause = error
        if attempt < ATTEMPTS:
            time.sleep(wait)
    raise RuntimeError(f"the relay did not take it in {ATTEMPTS} attempts") from cause


def step_of(job, step):
    """What a job says of one step: a log line for the project, its progress for the project and the batch."""
    now = datetime.now(timezone.utc).isoformat()
    about = {"project_id": PROJECT, "job_id": job}
    return [
        {**about, "event": "log_line", "message": f"step {step + 1}: {STEPS[step]}", "timestamp": now},
        {
            **about,
            "event": "job_progress",
            "batch_id": BATCH,
            "progress": round(100 * (step + 1) / len(STEPS)),
            "status": "processing",
            "message": STEPS[step],
        },
    ]


def end_of(job, fails):
    """The end of a job. Its project is the one that it named before."""
    if fails:
        return {"job_id": job, "status": "failed", "error": "the surface intersects itself near element 4711"}
    return {
        "job_id": job,
        "status": "completed",
        "result": {
            "success": True,
            "s3_output_path": f"s3://meshes.example/{job}.msh",
            "strategy": "Tetrahedral (Delaunay)",
            "quality_metrics": {"sicn_avg": 0.85, "total_elements": 125032},
            "metrics": {"total_time_seconds": 45.2},
        },
    }


def batch_status(status, ended, total):
    counts = {"completed_jobs": ended, "total_jobs": total}
    return {"event": "batch_status", "batch_id": BATCH, "status": status, **counts}


def main(total):
    run = uuid.uuid4().hex[:8]
    jobs = [f"mesh-{run}-{n}" for n in range(1, total + 1)]
    post(f"{run}-start", batch_status("processing", 0, total))
    for step in range(len(STEPS)):
        events = [event for job in jobs for event in step_of(job, step)]
        post(f"{run}-step-{step}", {"events": events})
        time.sleep(PACE)
    for ended, job in enumerate(jobs, start=1):
        ids = post(f"{run}-end-{ended}", end_of(job, fails=ended % 4 == 0))
        print(f"{job}: {ids[0]}", flush=True)
        post(f"{run}-ended-{ended}", batch_status("completed" if ended == total else "processing", ended, total))
        time.sleep(PACE)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4)
