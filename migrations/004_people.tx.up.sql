-- The members of staff. Address and name are sealed; person is the blind index
-- of the address.
CREATE TABLE users (
    id {{.PK}},
    person {{.Bytes}} NOT NULL UNIQUE,
    wrapped_key {{.Bytes}} NOT NULL,
    sealed {{.Bytes}} NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('handler', 'approver', 'administrator', 'auditor')),
    -- The ids of policy packs, parted by commas, or * for all.
    policies TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    active {{.Bool}} NOT NULL,
    created_at {{.Time}} NOT NULL
);
--bun:split
-- From where somebody has signed in, as a blind index of address and network:
-- guesses made elsewhere do not shut them out there.
CREATE TABLE user_networks (
    user_id {{.Int}} NOT NULL REFERENCES users (id),
    network {{.Bytes}} NOT NULL,
    seen_at {{.Time}} NOT NULL,
    PRIMARY KEY (user_id, network)
);
--bun:split
CREATE INDEX user_networks_seen ON user_networks (seen_at);
--bun:split
-- Sessions of staff and of requesters. Only a hash of the token is kept. An
-- ended session stays for a while, so that a request which was under way when
-- it ended cannot write it anew.
CREATE TABLE sessions (
    token_hash {{.Bytes}} PRIMARY KEY,
    cookie TEXT NOT NULL,
    user_id {{.Int}} NOT NULL,
    content {{.Bytes}} NOT NULL,
    expires_at {{.Time}} NOT NULL,
    ended {{.Bool}} NOT NULL
);
--bun:split
CREATE INDEX sessions_user ON sessions (user_id) WHERE user_id <> 0;
--bun:split
CREATE INDEX sessions_expiry ON sessions (expires_at);
--bun:split
-- Counted attempts, so that limits hold over all processes. One row for each
-- key, a blind index: clear_at, in microseconds since 1970, is when the last
-- attempt is forgiven and the row may go. Each attempt moves it on.
CREATE TABLE attempts (
    key {{.Bytes}} PRIMARY KEY,
    clear_at {{.Int}} NOT NULL
);
--bun:split
CREATE INDEX attempts_clear ON attempts (clear_at);
