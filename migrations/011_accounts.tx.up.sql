-- Since when an invitation waits for its answer; when somebody first chose a
-- password; when they last signed in, all factors given.
ALTER TABLE users ADD COLUMN invited_at {{.Time}};
--bun:split
ALTER TABLE users ADD COLUMN joined_at {{.Time}};
--bun:split
ALTER TABLE users ADD COLUMN signed_in_at {{.Time}};
--bun:split
UPDATE users SET joined_at = created_at;
--bun:split
-- When a session was last used, to some minutes.
ALTER TABLE sessions ADD COLUMN seen_at {{.Time}};
--bun:split
-- Links in letters to staff by which they choose a password. Only a hash of the
-- secret is kept. One that is taken back has no row.
CREATE TABLE account_links (
    hash {{.Bytes}} PRIMARY KEY,
    user_id {{.Int}} NOT NULL REFERENCES users (id),
    purpose TEXT NOT NULL CHECK (purpose IN ('invitation', 'password')),
    created_at {{.Time}} NOT NULL,
    expires_at {{.Time}} NOT NULL,
    used_at {{.Time}}
);
--bun:split
CREATE INDEX account_links_user ON account_links (user_id);
--bun:split
CREATE INDEX account_links_expiry ON account_links (expires_at);
--bun:split
-- Authenticator apps: the shared secret, sealed, and the last period a code was
-- taken for, so that none is taken twice. pending is a secret that has not been
-- confirmed with a code yet.
CREATE TABLE user_apps (
    user_id {{.Int}} PRIMARY KEY REFERENCES users (id),
    sealed {{.Bytes}},
    confirmed_at {{.Time}},
    last_step {{.Int}} NOT NULL DEFAULT 0,
    pending {{.Bytes}},
    pending_at {{.Time}}
);
--bun:split
-- Recovery codes, as keyed hashes.
CREATE TABLE user_codes (
    user_id {{.Int}} NOT NULL REFERENCES users (id),
    mark {{.Bytes}} NOT NULL,
    used_at {{.Time}},
    PRIMARY KEY (user_id, mark)
);
--bun:split
-- Of whom a second factor is asked: everybody who serves a policy, or * for all.
CREATE TABLE factor_rules (
    policy TEXT PRIMARY KEY,
    asked_at {{.Time}} NOT NULL,
    by_when {{.Time}} NOT NULL
);
--bun:split
-- Failed sign-ins of one hour, by account; user 0 stands for addresses that
-- nobody has. They go to the audit trail as numbers once the hour is over.
CREATE TABLE failed_sign_ins (
    hour {{.Time}} NOT NULL,
    user_id {{.Int}} NOT NULL,
    step TEXT NOT NULL CHECK (step IN ('password', 'factor')),
    failures {{.Int}} NOT NULL,
    PRIMARY KEY (hour, user_id, step)
);
--bun:split
-- Letters to staff that are about no request, sealed whole.
CREATE TABLE staff_letters (
    id {{.PK}},
    user_id {{.Int}} NOT NULL REFERENCES users (id),
    kind TEXT NOT NULL,
    message_id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'failed')),
    created_at {{.Time}} NOT NULL,
    sent_at {{.Time}},
    last_error TEXT NOT NULL DEFAULT '',
    sealed {{.Bytes}} NOT NULL
);
--bun:split
CREATE INDEX staff_letters_user ON staff_letters (user_id, id);
