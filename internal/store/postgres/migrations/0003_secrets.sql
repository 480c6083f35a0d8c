-- +goose Up
-- What is known of the master secrets, by their fingerprints. Never a secret.
CREATE TABLE secrets (
  fingerprint  text   NOT NULL PRIMARY KEY,
  known_at     bigint NOT NULL,
  sealing_at   bigint NOT NULL, -- when the first server began to seal with it
  sealed_until bigint NOT NULL, -- when the last one that is gone by now had ended
  retired_at   bigint NOT NULL
);

-- The servers that run. A row is a claim: I seal with the first of these secrets.
CREATE TABLE servers (
  id         text   NOT NULL PRIMARY KEY,
  name       text   NOT NULL,
  secrets    text[] NOT NULL, -- fingerprints, the one that seals first
  started_at bigint NOT NULL,
  seen_at    bigint NOT NULL
);
