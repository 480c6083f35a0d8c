-- +goose Up
-- What is known of the master secrets, by their fingerprints. Never a secret.
CREATE TABLE secrets (
  fingerprint  TEXT    NOT NULL PRIMARY KEY,
  known_at     INTEGER NOT NULL,
  sealing_at   INTEGER NOT NULL, -- when the first server began to seal with it
  sealed_until INTEGER NOT NULL, -- when the last one that is gone by now had ended
  retired_at   INTEGER NOT NULL
) STRICT;

-- The servers that run. A row is a claim: I seal with the first of these secrets.
CREATE TABLE servers (
  id         TEXT    NOT NULL PRIMARY KEY,
  name       TEXT    NOT NULL,
  secrets    TEXT    NOT NULL, -- fingerprints, the one that seals first
  started_at INTEGER NOT NULL,
  seen_at    INTEGER NOT NULL
) STRICT;
