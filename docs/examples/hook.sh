#!/bin/sh
# The life of a hook token: a user, their token, an event sent with it, and the token taken back.
set -eu

relay=${RELAY:-http://127.0.0.1:8787}

call() { # call METHOD PATH TOKEN [BODY]
  curl --silent --show-error --fail-with-body -X "$1" "$relay$2" \
    ${3:+-H "Authorization: Bearer $3"} \
    ${4:+-H 'Content-Type: application/json' -d "$4"}
}
field() { # field NAME: of a JSON answer
  sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"
}

# Whoever has a session token is that user. Without one the relay makes an anonymous user.
session=${SESSION_TOKEN:-$(call POST /api/user '' | field session_token)}

issued=$(call POST /api/token "$session" '{"ttl_seconds": 3600}')
hook=$(printf '%s' "$issued" | field token)
id=$(printf '%s' "$issued" | field token_id)

call POST /api/webhook/cli "$hook" \
  "{\"event_type\": \"log\", \"ts\": \"$(date -u +%Y-%m-%dT%H:%M:%SZ)\", \"payload\": {\"line\": \"hello\"}}"
echo
call GET /api/me "$session"
echo
call POST /api/token/revoke "$session" "{\"token_id\": \"$id\"}"
echo
