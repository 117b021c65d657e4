-- Work that must be done once, written in the transaction that causes it.
-- The payload carries ids only, never a person's data.
CREATE TABLE outbox (
    id           {{.PK}},
    kind         TEXT NOT NULL,
    dedupe_key   TEXT UNIQUE,
    request_id   {{.Int}} NOT NULL DEFAULT 0,
    payload      {{.Bytes}},
    state        TEXT NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'leased', 'done', 'dead')),
    available_at {{.Time}} NOT NULL,
    attempts     {{.Int}} NOT NULL DEFAULT 0,
    lease_token  TEXT NOT NULL DEFAULT '',
    lease_until  {{.Time}},
    last_error   TEXT NOT NULL DEFAULT '',
    created_at   {{.Time}} NOT NULL,
    retry_from   {{.Time}} NOT NULL,
    settled_at   {{.Time}}
);
--bun:split
CREATE INDEX outbox_ready ON outbox (available_at, id) WHERE state = 'ready';
--bun:split
CREATE INDEX outbox_leased ON outbox (lease_until) WHERE state = 'leased';
--bun:split
CREATE INDEX outbox_dead ON outbox (id) WHERE state = 'dead';
--bun:split
-- Who may do a periodic piece of work, among several processes.
CREATE TABLE leases (
    name   TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until  {{.Time}} NOT NULL
);
