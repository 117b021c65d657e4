-- The next reminder of each request that has one: a projection of its timeline.
-- It lies apart from the requests, so that finding and taking what is due
-- touches none of their indexes.
CREATE TABLE reminders (
    request_id {{.Int}} PRIMARY KEY,
    at {{.Time}} NOT NULL,
    what TEXT NOT NULL -- respond.law/10d
);
--bun:split
CREATE INDEX reminders_at ON reminders (at, request_id, what);
--bun:split
-- What members of staff set about letters to them. Minutes are those of the day
-- on the wall of their zone; without quiet hours both are the same.
CREATE TABLE user_notices (
    user_id {{.Int}} PRIMARY KEY REFERENCES users (id),
    digest {{.Bool}} NOT NULL,
    arrivals {{.Bool}} NOT NULL, -- a letter for each new request
    quiet_from {{.Int}} NOT NULL CHECK (quiet_from >= 0 AND quiet_from < 1440),
    quiet_until {{.Int}} NOT NULL CHECK (quiet_until >= 0 AND quiet_until < 1440),
    zone TEXT NOT NULL -- IANA; empty: that of the first policy they serve
);
--bun:split
-- How the addresses that reminders are posted to behave, by name.
CREATE TABLE hooks (
    name TEXT PRIMARY KEY,
    delivered_at {{.Time}},
    failing_since {{.Time}}, -- since when none was delivered, or nothing
    fault TEXT NOT NULL,     -- why the last one was not
    told_at {{.Time}}        -- when administrators heard of it
);
