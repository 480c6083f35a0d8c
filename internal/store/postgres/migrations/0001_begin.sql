-- +goose Up
-- Times are Unix milliseconds, 0 is "not yet". Texts that must come back byte by
-- byte are json, never jsonb.
-- Old and new nodes run side by side: a later migration expands first (a new
-- column with a default, a new table) and contracts a release after, when no
-- older binary reads what goes.

CREATE TABLE instance (
  one        integer PRIMARY KEY CHECK (one = 1),
  epoch      text    NOT NULL,
  base_url   text    NOT NULL,
  key_check  text    NOT NULL,
  created_at bigint  NOT NULL
);

CREATE TABLE versions (
  one     integer PRIMARY KEY CHECK (one = 1),
  catalog bigint  NOT NULL,
  keys    bigint  NOT NULL
);
INSERT INTO versions (one, catalog, keys) VALUES (1, 0, 0);

CREATE TABLE logins (
  id         bytea   NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  attempt    text    NOT NULL,
  connection text    NOT NULL,
  sub        text    NOT NULL, -- '' from the decision on
  details    json    NOT NULL, -- {} from the decision on
  sub_digest bytea   NOT NULL,
  failed     boolean NOT NULL,
  declared   boolean NOT NULL,
  posted_at  bigint  NOT NULL,
  decide_by  bigint  NOT NULL,
  decision   text    NOT NULL DEFAULT '',
  decided_at bigint  NOT NULL DEFAULT 0,
  burned_at  bigint  NOT NULL DEFAULT 0,
  grant_id   text    NOT NULL DEFAULT ''
) WITH (fillfactor = 80);
CREATE INDEX logins_posted ON logins (posted_at);

-- A grant and its refresh token family are one row, for ever: a rotation is a
-- compare-and-swap on generation. No index covers what a rotation changes, and
-- pages keep room, so that a rotation touches no index at all.
CREATE TABLE grants (
  id            text    NOT NULL PRIMARY KEY,
  attempt       text    NOT NULL,
  origin        text    NOT NULL,
  connection    text    NOT NULL,
  sub           text    NOT NULL,
  claims        json    NOT NULL,
  mcp_server    text    NOT NULL,
  issuer        text    NOT NULL,
  resource      text    NOT NULL,
  scopes        text[],
  offline       boolean NOT NULL,
  client_id     text    NOT NULL,
  client_name   text    NOT NULL,
  client_kind   text    NOT NULL,
  client_json   bytea,
  redirect_uri  text    NOT NULL,
  redirect_host text    NOT NULL,
  cnf           bytea,
  created_at    bigint  NOT NULL,
  expires_at    bigint  NOT NULL,
  idle_ttl      bigint  NOT NULL, -- milliseconds, 0 = none
  last_used_at  bigint  NOT NULL,
  revoked_at    bigint  NOT NULL,
  revoked       text    NOT NULL,
  family        bytea   UNIQUE CHECK (length(family) = 16), -- NULL until the code is redeemed
  generation    bigint  NOT NULL,
  rotated_at    bigint  NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX grants_user    ON grants (connection, sub);
-- The id of a registered client can be longer than an index entry may be.
CREATE INDEX grants_client  ON grants (left(client_id, 128));
CREATE INDEX grants_server  ON grants (mcp_server);
CREATE INDEX grants_created ON grants (created_at, id);
CREATE INDEX grants_expires ON grants (expires_at);
CREATE INDEX grants_revoked ON grants (revoked_at) WHERE revoked_at > 0;

CREATE TABLE codes (
  id           text    NOT NULL PRIMARY KEY,
  grant_id     text    NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
  client_id    text    NOT NULL,
  challenge    text    NOT NULL,
  redirect_uri text    NOT NULL,
  mcp_server   text    NOT NULL,
  expires_at   bigint  NOT NULL,
  cnf          bytea,
  uses         integer NOT NULL DEFAULT 0
) WITH (fillfactor = 80);
CREATE INDEX codes_grant   ON codes (grant_id);
CREATE INDEX codes_expires ON codes (expires_at);

CREATE TABLE once (
  namespace text   NOT NULL,
  id        text   NOT NULL,
  exp       bigint NOT NULL,
  PRIMARY KEY (namespace, id)
);
CREATE INDEX once_exp ON once (exp);

CREATE TABLE objects (
  kind     text    NOT NULL,
  id       text    NOT NULL,
  owner    text    NOT NULL,
  disabled boolean NOT NULL,
  spec     text    NOT NULL,
  PRIMARY KEY (kind, id)
);

CREATE TABLE signing_keys (
  kid        text   NOT NULL PRIMARY KEY,
  alg        text   NOT NULL,
  state      text   NOT NULL CHECK (state IN ('standby', 'active', 'retired')),
  public     bytea  NOT NULL,
  sealed     text   NOT NULL,
  created_at bigint NOT NULL,
  active_at  bigint NOT NULL,
  retired_at bigint NOT NULL
);
-- One key signs and one waits, whatever goes wrong elsewhere.
CREATE UNIQUE INDEX signing_keys_active  ON signing_keys (alg) WHERE state = 'active';
CREATE UNIQUE INDEX signing_keys_standby ON signing_keys (alg) WHERE state = 'standby';

CREATE TABLE registration_keys (
  number     integer PRIMARY KEY CHECK (number BETWEEN 0 AND 255),
  sealed     text    NOT NULL,
  created_at bigint  NOT NULL
);

CREATE TABLE attempts (
  id          text    NOT NULL PRIMARY KEY,
  connection  text    NOT NULL,
  mcp_server  text    NOT NULL,
  client_id   text    NOT NULL,
  client_name text    NOT NULL,
  sub         text    NOT NULL,
  started_at  bigint  NOT NULL,
  updated_at  bigint  NOT NULL,
  events      integer NOT NULL DEFAULT 0 -- how many
) WITH (fillfactor = 80);
CREATE INDEX attempts_started ON attempts (started_at, id);
CREATE INDEX attempts_updated ON attempts (updated_at);

-- The unique key makes writing an event twice the same as once.
CREATE TABLE attempt_events (
  seq     bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  attempt text    NOT NULL REFERENCES attempts (id) ON DELETE CASCADE,
  at      bigint  NOT NULL,
  step    text    NOT NULL,
  ok      boolean NOT NULL,
  reason  text    NOT NULL,
  notes   json    NOT NULL,
  UNIQUE (attempt, at, step, ok, reason)
);

CREATE TABLE audit (
  seq    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at     bigint NOT NULL,
  actor  text   NOT NULL,
  action text   NOT NULL,
  object text   NOT NULL,
  detail json   NOT NULL
);
CREATE INDEX audit_object ON audit (left(object, 128), seq);
