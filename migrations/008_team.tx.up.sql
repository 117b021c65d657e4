-- A decision that waits for a second person: wanted, or stale when the request
-- changed since it was proposed.
ALTER TABLE requests ADD COLUMN approval TEXT NOT NULL DEFAULT '' CHECK (approval IN ('', 'wanted', 'stale'));
--bun:split
ALTER TABLE requests ADD COLUMN proposer_id {{.Int}} NOT NULL DEFAULT 0;
--bun:split
CREATE INDEX requests_approval ON requests (due_at, id, policy, proposer_id) WHERE approval <> '' AND closed_at IS NULL;
--bun:split
-- Words of the team's own by which requests are sorted. The policy is the
-- request's, kept here so that the labels in use are read without it.
CREATE TABLE request_labels (
    request_id {{.Int}} NOT NULL REFERENCES requests (id),
    label TEXT NOT NULL,
    policy TEXT NOT NULL,
    PRIMARY KEY (request_id, label)
);
--bun:split
CREATE INDEX request_labels_label ON request_labels (label, request_id);
--bun:split
CREATE INDEX request_labels_policy ON request_labels (policy, label);
