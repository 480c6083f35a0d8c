#!/bin/sh
# The curl steps of the hosted service's "Bring your own auth" page. The placeholders
# are filled in from the environment; the commands are otherwise as printed there.
set -eu

answer=$(curl --silent --show-error --fail-with-body --location "$env_url/oauth/token" \
--header 'Content-Type: application/x-www-form-urlencoded' \
--data-urlencode 'grant_type=client_credentials' \
--data-urlencode "client_id=$sk_client_id" \
--data-urlencode "client_secret=$sk_client_secret")

access_token=$(printf %s "$answer" | sed -n 's/.*"access_token": *"\([^"]*\)".*/\1/p')
printf %s "$answer" | grep -q '"token_type": *"Bearer"'
printf %s "$answer" | grep -q '"expires_in": *[0-9]'

curl --silent --show-error --fail-with-body --location "$env_url/api/v1/connections/$connection_id/auth-requests/$login_request_id/user" \
  --header 'Content-Type: application/json' \
  --header "Authorization: Bearer $access_token" \
  --data-raw '{
    "sub": "1234567890",
    "email": "alice@example.com"
  }'
