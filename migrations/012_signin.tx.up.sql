-- Passkeys of members of staff (WebAuthn, Level 3). The name somebody gave one
-- is sealed. host is the site it was made for; sign_count never goes back in a
-- passkey that was not copied, and suspect is set where it did.
CREATE TABLE user_passkeys (
    id {{.PK}},
    user_id {{.Int}} NOT NULL REFERENCES users (id),
    host TEXT NOT NULL,
    credential {{.Bytes}} NOT NULL UNIQUE,
    public_key {{.Bytes}} NOT NULL,
    sign_count {{.Int}} NOT NULL,
    aaguid {{.Bytes}} NOT NULL,
    transports TEXT NOT NULL,
    verifies {{.Bool}} NOT NULL,
    backup_eligible {{.Bool}} NOT NULL,
    backed_up {{.Bool}} NOT NULL,
    suspect {{.Bool}} NOT NULL,
    sealed_name {{.Bytes}} NOT NULL,
    created_at {{.Time}} NOT NULL,
    used_at {{.Time}}
);
--bun:split
CREATE INDEX user_passkeys_user ON user_passkeys (user_id);
--bun:split
-- Accounts at the identity provider, and whose they are here. account is a
-- blind index of issuer and subject, issuer one of the issuer.
CREATE TABLE user_identities (
    account {{.Bytes}} PRIMARY KEY,
    issuer {{.Bytes}} NOT NULL,
    user_id {{.Int}} NOT NULL REFERENCES users (id),
    linked_at {{.Time}} NOT NULL,
    UNIQUE (user_id, issuer)
);
