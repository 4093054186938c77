#!/bin/sh
# Sends one event of a job. curl asks again where the relay is busy or away, and since the event has a name a repeat is no
# second event.
set -eu

relay=${RELAY:-http://127.0.0.1:8787}
token=${RELAY_WEBHOOK_TOKEN:-dev-secret}
tenant=${TENANT:-t1}
job=${JOB:-job-123}

curl --silent --show-error --fail-with-body --retry 5 --retry-connrefused \
  -X POST "$relay/webhook/modal" \
  -H "X-Relay-Token: $token" \
  -H 'Content-Type: application/json' \
  -d "{
    \"type\": \"progress\",
    \"tenant\": \"$tenant\",
    \"job_id\": \"$job\",
    \"event_id\": \"$job-step-3\",
    \"progress_percent\": 37.5,
    \"current_step\": 3,
    \"total_steps\": 8
  }"
