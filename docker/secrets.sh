#!/bin/sh
# Draw the secrets that compose.yaml mounts, once: files in docker/secrets/, which git ignores. Airflow prints the login
# of its UI in the log of the api-server.
set -eu
umask 077
cd "$(dirname "$0")"
mkdir -p secrets
draw() { head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '\n'; }
[ -s secrets/database_password ] || draw | tr -d '=' >secrets/database_password
[ -s secrets/database_url ] ||
  printf 'postgresql+psycopg2://airflow:%s@postgres/airflow' "$(cat secrets/database_password)" >secrets/database_url
for name in fernet_key api_key jwt_key; do
  [ -s "secrets/$name" ] || draw >"secrets/$name"
done
# The containers' users have other numbers than yours: they may read the files, of a folder that only you can enter.
chmod 444 secrets/*
