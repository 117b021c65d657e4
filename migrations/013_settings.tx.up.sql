-- What a company says in its letters instead of the shipped sentences. Versions
-- are only ever added; the highest number is in force, an empty text is the
-- shipped one again. Texts of a company, nobody's personal data.
CREATE TABLE wordings (
    id {{.PK}},
    policy TEXT NOT NULL,
    kind TEXT NOT NULL,
    language TEXT NOT NULL,
    number {{.Int}} NOT NULL CHECK (number >= 1),
    texts TEXT NOT NULL,
    author TEXT NOT NULL,
    at {{.Time}} NOT NULL,
    restores {{.Int}} NOT NULL DEFAULT 0, -- the version that this one brings back
    UNIQUE (policy, kind, language, number)
);
--bun:split
-- Letters by how they stand, for whoever watches the post.
CREATE INDEX letters_state ON letters (state, created_at) WHERE state <> 'sent';
--bun:split
CREATE INDEX letters_sent ON letters (sent_at) WHERE state = 'sent';
--bun:split
-- Kept beyond the retention because of a dispute, and erased after it. Both are
-- projections of the events.
ALTER TABLE requests ADD COLUMN legal_hold {{.Bool}} NOT NULL DEFAULT FALSE;
--bun:split
ALTER TABLE requests ADD COLUMN erased_at {{.Time}};
--bun:split
CREATE INDEX requests_kept ON requests (closed_at, id) WHERE closed_at IS NOT NULL AND erased_at IS NULL;
--bun:split
-- Days that the privacy team knows better than the shipped calendars, one row
-- for each edition with all of its days. Editions are only ever added; rulings
-- name the one they count by.
CREATE TABLE calendar_editions (
    id {{.PK}},
    calendar TEXT NOT NULL,
    number {{.Int}} NOT NULL CHECK (number >= 1),
    days TEXT NOT NULL,
    author TEXT NOT NULL,
    at {{.Time}} NOT NULL,
    UNIQUE (calendar, number)
);
