-- +goose Up
-- Times are Unix milliseconds, 0 is "not yet"; lists and maps are JSON.
-- A later migration expands first (a new column with a default, a new table) and
-- contracts a release after, when no older binary reads what goes.

CREATE TABLE instance (
  one        INTEGER PRIMARY KEY CHECK (one = 1),
  epoch      TEXT    NOT NULL,
  base_url   TEXT    NOT NULL,
  key_check  TEXT    NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE versions (
  one     INTEGER PRIMARY KEY CHECK (one = 1),
  catalog INTEGER NOT NULL,
  keys    INTEGER NOT NULL
) STRICT;
INSERT INTO versions (one, catalog, keys) VALUES (1, 0, 0);

CREATE TABLE logins (
  id         BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  attempt    TEXT    NOT NULL,
  connection TEXT    NOT NULL,
  user       TEXT    NOT NULL, -- {} from the decision on
  sub_digest BLOB    NOT NULL,
  failed     INTEGER NOT NULL,
  declared   INTEGER NOT NULL,
  posted_at  INTEGER NOT NULL,
  decide_by  INTEGER NOT NULL,
  decision   TEXT    NOT NULL DEFAULT '',
  decided_at INTEGER NOT NULL DEFAULT 0,
  burned_at  INTEGER NOT NULL DEFAULT 0,
  grant_id   TEXT    NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX logins_posted ON logins (posted_at);

-- A grant and its refresh token family are one row, for ever: a rotation is a
-- compare-and-swap on generation. No index covers what a rotation changes.
CREATE TABLE grants (
  id            TEXT    NOT NULL PRIMARY KEY,
  attempt       TEXT    NOT NULL,
  origin        TEXT    NOT NULL,
  connection    TEXT    NOT NULL,
  sub           TEXT    NOT NULL,
  claims        TEXT    NOT NULL,
  mcp_server    TEXT    NOT NULL,
  issuer        TEXT    NOT NULL,
  resource      TEXT    NOT NULL,
  scopes        TEXT    NOT NULL,
  offline       INTEGER NOT NULL,
  client_id     TEXT    NOT NULL,
  client_name   TEXT    NOT NULL,
  client_kind   TEXT    NOT NULL,
  client_json   BLOB,
  redirect_uri  TEXT    NOT NULL,
  redirect_host TEXT    NOT NULL,
  cnf           BLOB,
  created_at    INTEGER NOT NULL,
  expires_at    INTEGER NOT NULL,
  idle_ttl      INTEGER NOT NULL, -- milliseconds, 0 = none
  last_used_at  INTEGER NOT NULL,
  revoked_at    INTEGER NOT NULL,
  revoked       TEXT    NOT NULL,
  family        BLOB    UNIQUE CHECK (length(family) = 16), -- NULL until the code is redeemed
  generation    INTEGER NOT NULL,
  rotated_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX grants_user    ON grants (connection, sub);
CREATE INDEX grants_client  ON grants (client_id);
CREATE INDEX grants_server  ON grants (mcp_server);
CREATE INDEX grants_created ON grants (created_at, id);
CREATE INDEX grants_expires ON grants (expires_at);
CREATE INDEX grants_revoked ON grants (revoked_at) WHERE revoked_at > 0;

CREATE TABLE codes (
  id           TEXT    NOT NULL PRIMARY KEY,
  grant_id     TEXT    NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
  client_id    TEXT    NOT NULL,
  challenge    TEXT    NOT NULL,
  redirect_uri TEXT    NOT NULL,
  mcp_server   TEXT    NOT NULL,
  expires_at   INTEGER NOT NULL,
  cnf          BLOB,
  uses         INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX codes_grant   ON codes (grant_id);
CREATE INDEX codes_expires ON codes (expires_at);

CREATE TABLE once (
  namespace TEXT    NOT NULL,
  id        TEXT    NOT NULL,
  exp       INTEGER NOT NULL,
  PRIMARY KEY (namespace, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX once_exp ON once (exp);

CREATE TABLE objects (
  kind     TEXT    NOT NULL,
  id       TEXT    NOT NULL,
  owner    TEXT    NOT NULL,
  disabled INTEGER NOT NULL,
  spec     TEXT    NOT NULL,
  PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE signing_keys (
  kid        TEXT    NOT NULL PRIMARY KEY,
  alg        TEXT    NOT NULL,
  state      TEXT    NOT NULL CHECK (state IN ('standby', 'active', 'retired')),
  public     BLOB    NOT NULL,
  sealed     TEXT    NOT NULL,
  created_at INTEGER NOT NULL,
  active_at  INTEGER NOT NULL,
  retired_at INTEGER NOT NULL
) STRICT;
-- One key signs and one waits, whatever goes wrong elsewhere.
CREATE UNIQUE INDEX signing_keys_active  ON signing_keys (alg) WHERE state = 'active';
CREATE UNIQUE INDEX signing_keys_standby ON signing_keys (alg) WHERE state = 'standby';

CREATE TABLE registration_keys (
  number     INTEGER PRIMARY KEY CHECK (number BETWEEN 0 AND 255),
  sealed     TEXT    NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE attempts (
  id          TEXT    NOT NULL PRIMARY KEY,
  connection  TEXT    NOT NULL,
  mcp_server  TEXT    NOT NULL,
  client_id   TEXT    NOT NULL,
  client_name TEXT    NOT NULL,
  sub         TEXT    NOT NULL,
  started_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL,
  events      INTEGER NOT NULL DEFAULT 0 -- how many
) STRICT;
CREATE INDEX attempts_started ON attempts (started_at, id);
CREATE INDEX attempts_updated ON attempts (updated_at);

-- The unique key makes writing an event twice the same as once.
CREATE TABLE attempt_events (
  seq     INTEGER PRIMARY KEY,
  attempt TEXT    NOT NULL REFERENCES attempts (id) ON DELETE CASCADE,
  at      INTEGER NOT NULL,
  step    TEXT    NOT NULL,
  ok      INTEGER NOT NULL,
  reason  TEXT    NOT NULL,
  notes   TEXT    NOT NULL,
  UNIQUE (attempt, at, step, ok, reason)
) STRICT;

CREATE TABLE audit (
  seq    INTEGER PRIMARY KEY,
  at     INTEGER NOT NULL,
  actor  TEXT    NOT NULL,
  action TEXT    NOT NULL,
  object TEXT    NOT NULL,
  detail TEXT    NOT NULL
) STRICT;
CREATE INDEX audit_object ON audit (object, seq);
