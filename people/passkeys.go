package people

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/uptrace/bun"
	"golang.org/x/text/unicode/norm"

	"dsr/database"
)

// Errors of passkeys.
var (
	// ErrPasskey is returned for an answer that does not prove a passkey of the
	// person: forged, made for another site, replayed, removed meanwhile.
	ErrPasskey = errors.New("this passkey was not accepted: try again, or sign in another way")
	// ErrSuspect is returned for a passkey whose counter went back. It opens
	// nothing any more.
	ErrSuspect = errors.New("this passkey may have been copied, so it does not work any more: sign in another way, remove it and tell an administrator")
	// ErrPasskeyKnown is returned for a passkey that is on a list already.
	ErrPasskeyKnown = errors.New("this passkey is on the list already")
	// ErrManyPasskeys is returned when somebody has as many as they may.
	ErrManyPasskeys = errors.New("you have ten passkeys: remove one you no longer use first")
	// ErrLastFactor is returned where a second factor is asked for and this is
	// the last one.
	ErrLastFactor = errors.New("a second factor is asked of you, and this is your last: set up another one first")
	// ErrNoHost is returned for a site that is reached by a number: passkeys
	// belong to names (WebAuthn, 5.1.3).
	ErrNoHost = errors.New("passkeys need a site with a name, like https://privacy.example.com, and not a number")
)

const (
	mostPasskeys    = 10
	maxPasskeyName  = 60 // characters
	passkeyPatience = 5 * time.Minute
)

// Passkeys are the passkeys of the staff of one site. No attestation is asked
// for: which make of authenticator somebody owns is their own affair. What an
// authenticator says of itself counts only as far as its key signs it.
type Passkeys struct {
	register *Register
	site     *webauthn.WebAuthn
	origin   string
}

// NewPasskeys returns those of the site at an address. Its host alone, without
// subdomains, is what they are made for. On a loopback number it is localhost,
// at the same port. The error is ErrNoHost.
func NewPasskeys(r *Register, baseURL string) (*Passkeys, error) {
	u, err := url.Parse(baseURL)
	if err != nil || u.Hostname() == "" {
		return nil, ErrNoHost
	}
	host, origin := u.Hostname(), u.Scheme+"://"+u.Host
	if ip := net.ParseIP(host); ip != nil {
		if !ip.IsLoopback() {
			return nil, ErrNoHost
		}
		host, origin = "localhost", u.Scheme+"://localhost"
		if u.Port() != "" {
			origin += ":" + u.Port()
		}
	}
	site, err := webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: appIssuer, RPOrigins: []string{origin},
		AttestationPreference: protocol.PreferNoAttestation,
		// Some password managers answer what nobody asked; it is not read.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoHost, err)
	}
	return &Passkeys{register: r, site: site, origin: origin}, nil
}

// Origin is where the pages must be open for passkeys to work, like
// https://privacy.example.com or http://localhost:8080.
func (p *Passkeys) Origin() string { return p.origin }

// Passkey is one of somebody's passkeys.
type Passkey struct {
	ID      int64
	Name    string
	MadeAt  time.Time
	UsedAt  time.Time // zero: never
	Synced  bool      // its maker keeps a copy for the person's other devices
	Suspect bool      // it was blocked
}

// Ceremony is what a browser needs to ask for a passkey. The challenge belongs
// in the session for at most Lifetime, and out of it with the first answer.
type Ceremony struct {
	Options   string // JSON for parseCreationOptionsFromJSON or parseRequestOptionsFromJSON
	Challenge string
}

// Lifetime is how long the answer to a ceremony is awaited.
func (Ceremony) Lifetime() time.Duration { return passkeyPatience }

// passkeyRow is a row of user_passkeys.
type passkeyRow struct {
	bun.BaseModel `bun:"table:user_passkeys,alias:k"`

	ID             int64 `bun:",pk,autoincrement"`
	UserID         int64
	Host           string
	Credential     []byte
	PublicKey      []byte
	SignCount      int64
	AAGUID         []byte `bun:"aaguid"`
	Transports     string
	Verifies       bool
	BackupEligible bool
	BackedUp       bool
	Suspect        bool
	SealedName     []byte
	CreatedAt      time.Time
	UsedAt         bun.NullTime
}

func (row *passkeyRow) credential() webauthn.Credential {
	c := webauthn.Credential{ID: row.Credential, PublicKey: row.PublicKey,
		Flags:         webauthn.CredentialFlags{UserVerified: row.Verifies, BackupEligible: row.BackupEligible, BackupState: row.BackedUp},
		Authenticator: webauthn.Authenticator{AAGUID: row.AAGUID, SignCount: uint32(row.SignCount)}}
	for _, t := range strings.Fields(row.Transports) {
		c.Transport = append(c.Transport, protocol.AuthenticatorTransport(t))
	}
	return c
}

// place names the sealed name of a passkey, so that it opens nowhere else.
func (row *passkeyRow) place() string { return "passkey/" + hex.EncodeToString(row.Credential) }

// holder is somebody as the library asks for them.
type holder struct {
	user   User
	handle []byte
	list   []webauthn.Credential
}

func (h holder) WebAuthnID() []byte                         { return h.handle }
func (h holder) WebAuthnName() string                       { return h.user.Email }
func (h holder) WebAuthnDisplayName() string                { return h.user.Name }
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.list }

// handleOf is what an authenticator keeps as the account: it says nothing to
// who finds it there (WebAuthn, 14.6.1).
func (p *Passkeys) handleOf(id int64) []byte {
	return p.register.ring.Index("user_passkeys.handle", strconv.FormatInt(id, 10))
}

// holderOf returns somebody with those of their passkeys that work here.
func (p *Passkeys) holderOf(ctx context.Context, id int64) (holder, []passkeyRow, error) {
	u, err := p.register.Find(ctx, id)
	if err != nil {
		return holder{}, nil, err
	}
	rows, err := p.rows(ctx, id)
	if err != nil {
		return holder{}, nil, err
	}
	h := holder{user: u, handle: p.handleOf(id)}
	for i := range rows {
		if rows[i].Host == p.site.Config.RPID && !rows[i].Suspect {
			h.list = append(h.list, rows[i].credential())
		}
	}
	return h, rows, nil
}

func (p *Passkeys) rows(ctx context.Context, id int64) (rows []passkeyRow, err error) {
	if err = p.register.db.Read().NewSelect().Model(&rows).Where("user_id = ?", id).Order("id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("the passkeys of user %d: %w", id, err)
	}
	return rows, nil
}

// List returns somebody's passkeys in the order they were made.
func (p *Passkeys) List(ctx context.Context, id int64) ([]Passkey, error) {
	rows, err := p.rows(ctx, id)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	owner, err := selectUser(ctx, p.register.db.Read(), "u.id = ?", id)
	if err != nil {
		return nil, fmt.Errorf("the passkeys of user %d: %w", id, err)
	}
	list := make([]Passkey, len(rows))
	for i := range rows {
		name, err := p.register.openUnder(owner, rows[i].place(), rows[i].SealedName)
		if err != nil {
			return nil, fmt.Errorf("a passkey of user %d: %w", id, err)
		}
		list[i] = Passkey{ID: rows[i].ID, Name: string(name), MadeAt: rows[i].CreatedAt, UsedAt: rows[i].UsedAt.Time,
			Synced: rows[i].BackedUp, Suspect: rows[i].Suspect}
	}
	return list, nil
}

// BeginAdd asks a browser to make a passkey for somebody. One that is on their
// list is not made twice.
func (p *Passkeys) BeginAdd(ctx context.Context, id int64) (Ceremony, error) {
	h, rows, err := p.holderOf(ctx, id)
	if err != nil {
		return Ceremony{}, err
	}
	if len(rows) >= mostPasskeys {
		return Ceremony{}, ErrManyPasskeys
	}
	var known []protocol.CredentialDescriptor
	for i := range rows {
		c := rows[i].credential()
		known = append(known, c.Descriptor())
	}
	options, session, err := p.site.BeginRegistration(h, webauthn.WithExclusions(known),
		webauthn.WithAuthenticatorSelection(protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementPreferred, UserVerification: protocol.VerificationPreferred}))
	if err != nil {
		return Ceremony{}, fmt.Errorf("a passkey for user %d: %w", id, err)
	}
	return ceremony(options.Response, session.Challenge)
}

func ceremony(options any, challenge string) (Ceremony, error) {
	text, err := json.Marshal(options)
	return Ceremony{Options: string(text), Challenge: challenge}, err
}

// FinishAdd takes the browser's answer and puts the passkey on somebody's list.
// Errors are ErrPasskey, ErrPasskeyKnown, ErrManyPasskeys and FieldErrors.
func (p *Passkeys) FinishAdd(ctx context.Context, now time.Time, id int64, challenge, answer, name string, also ...Along) (Passkey, error) {
	name, err := passkeyName(name)
	if err != nil {
		return Passkey{}, err
	}
	h, rows, err := p.holderOf(ctx, id)
	if err != nil {
		return Passkey{}, err
	}
	if len(rows) >= mostPasskeys {
		return Passkey{}, ErrManyPasskeys
	}
	made, err := p.made(h, challenge, answer)
	if err != nil {
		return Passkey{}, err
	}
	row := passkeyRow{UserID: id, Host: p.site.Config.RPID, Credential: made.ID, PublicKey: made.PublicKey, SignCount: int64(made.Authenticator.SignCount),
		AAGUID: made.Authenticator.AAGUID, Transports: transports(made.Transport), Verifies: made.Flags.UserVerified,
		BackupEligible: made.Flags.BackupEligible, BackedUp: made.Flags.BackupState, CreatedAt: now.UTC().Truncate(time.Microsecond)}
	err = p.register.change(ctx, id, "adding a passkey", func(ctx context.Context, tx bun.Tx, of *userRow) (err error) {
		if row.SealedName, err = p.register.sealUnder(of, row.place(), []byte(name)); err != nil {
			return err
		}
		row.ID = 0 // what an undone run was given
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); database.IsUnique(err) {
			return ErrPasskeyKnown
		} else if err != nil {
			return err
		}
		of.Passkeys++
		return nil
	}, also)
	return Passkey{ID: row.ID, Name: name, MadeAt: row.CreatedAt, Synced: row.BackedUp}, err
}

// made proves the answer to BeginAdd.
func (p *Passkeys) made(h holder, challenge, answer string) (*webauthn.Credential, error) {
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer))
	if err != nil {
		return nil, ErrPasskey
	}
	made, err := p.site.CreateCredential(h, webauthn.SessionData{Challenge: challenge, RelyingPartyID: p.site.Config.RPID,
		UserID: h.handle, CredParams: webauthn.CredentialParametersDefault()}, parsed)
	if err != nil {
		return nil, ErrPasskey
	}
	return made, nil
}

func transports(list []protocol.AuthenticatorTransport) string {
	var known []string
	for _, t := range list {
		if slices.Contains([]protocol.AuthenticatorTransport{protocol.USB, protocol.NFC, protocol.BLE, protocol.Hybrid, protocol.SmartCard, protocol.Internal}, t) {
			known = append(known, string(t))
		}
	}
	return strings.Join(known, " ")
}

// passkeyName puts the name of a passkey into the form it is kept in.
func passkeyName(name string) (string, error) {
	name = strings.TrimSpace(norm.NFC.String(name))
	switch {
	case name == "":
		return "", FieldErrors{"name": "Give the passkey a name by which you know it again, like Work laptop."}
	case utf8.RuneCountInString(name) > maxPasskeyName:
		return "", FieldErrors{"name": fmt.Sprintf("Write at most %d characters.", maxPasskeyName)}
	case strings.ContainsFunc(name, unwritableInName):
		return "", FieldErrors{"name": "Write the name on one line, without control characters."}
	}
	return name, nil
}
