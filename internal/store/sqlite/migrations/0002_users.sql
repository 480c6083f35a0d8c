-- +goose Up
-- A user who is disabled; whoever is not has no row.
CREATE TABLE disabled_users (
  connection  TEXT    NOT NULL,
  sub         TEXT    NOT NULL,
  disabled_at INTEGER NOT NULL,
  PRIMARY KEY (connection, sub)
) STRICT, WITHOUT ROWID;

-- AUTOINCREMENT: a position is never given twice, also after a sweep.
CREATE TABLE revocations (
  position   INTEGER PRIMARY KEY AUTOINCREMENT,
  at         INTEGER NOT NULL,
  grant_id   TEXT    NOT NULL,
  connection TEXT    NOT NULL,
  mcp_server TEXT    NOT NULL,
  client_id  TEXT    NOT NULL,
  sub        TEXT    NOT NULL,
  reason     TEXT    NOT NULL
) STRICT;
CREATE INDEX revocations_server ON revocations (mcp_server, position);
CREATE INDEX revocations_user   ON revocations (connection, sub);
CREATE INDEX revocations_at     ON revocations (at);

-- Whatever ends a grant announces it: no statement can forget to.
-- +goose StatementBegin
CREATE TRIGGER grants_revoked_announce AFTER UPDATE OF revoked_at ON grants
WHEN old.revoked_at = 0 AND new.revoked_at <> 0
BEGIN
  INSERT INTO revocations (at, grant_id, connection, mcp_server, client_id, sub, reason)
  VALUES (new.revoked_at, new.id, new.connection, new.mcp_server, new.client_id, new.sub, new.revoked);
END;
-- +goose StatementEnd

CREATE INDEX logins_open   ON logins (connection) WHERE decision = '' AND burned_at = 0;
CREATE INDEX attempts_user ON attempts (connection, sub);
