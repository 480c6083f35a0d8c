-- +goose Up
-- A user who is disabled; whoever is not has no row.
CREATE TABLE disabled_users (
  connection  text   NOT NULL,
  sub         text   NOT NULL,
  disabled_at bigint NOT NULL,
  PRIMARY KEY (connection, sub)
);

CREATE TABLE revocations (
  position   bigint NOT NULL PRIMARY KEY,
  at         bigint NOT NULL,
  grant_id   text   NOT NULL,
  connection text   NOT NULL,
  mcp_server text   NOT NULL,
  client_id  text   NOT NULL,
  sub        text   NOT NULL,
  reason     text   NOT NULL
);
CREATE INDEX revocations_server ON revocations (mcp_server, position);
CREATE INDEX revocations_user   ON revocations (connection, sub);
CREATE INDEX revocations_at     ON revocations (at);

-- The last position given. Whoever takes more holds this row until the COMMIT, so
-- that positions are in the order of commits; a sequence would not be.
CREATE TABLE positions (
  one  integer PRIMARY KEY CHECK (one = 1),
  last bigint  NOT NULL
) WITH (fillfactor = 10);
INSERT INTO positions (one, last) VALUES (1, 0);

CREATE INDEX logins_open   ON logins (connection, sub) WHERE decision = '' AND burned_at = 0;
CREATE INDEX attempts_user ON attempts (connection, sub);
