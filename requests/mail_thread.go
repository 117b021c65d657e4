package requests

import (
	"context"
	"database/sql"
	"encoding/base32"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/uptrace/bun"

	"dsr/mailbox"
)

// MailRoutes are the addresses by which mail finds its way back. Those of
// replies and bounces are patterns with {token} in the local part; "" where a mail
// server has none.
type MailRoutes struct {
	Replies map[string]string // by policy: "privacy+{token}@moxora.example"
	Bounces string            // "bounces+{token}@mail.example"
	From    string            // the address that letters come from
}

// The purposes of the marks in addresses. A mark is short, for a local part
// holds 64 characters; guessing one is worth nothing, as a message joins a
// request only when its sender belongs to it.
const (
	replyMark  = "mail/reply"
	bounceMark = "mail/bounce"
	markBytes  = 6
)

// lowerBase32 survives servers that turn addresses into small letters.
func lowerBase32() *base32.Encoding {
	return base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
}

func (o *Office) marked(purpose, subject string) string {
	subject = strings.ToLower(subject)
	return subject + "." + lowerBase32().EncodeToString(o.ring.Sign(purpose, []byte(subject))[:markBytes])
}

// unmarked returns what an address was marked with, or "".
func (o *Office) unmarked(purpose, token string) string {
	subject, _, _ := strings.Cut(strings.ToLower(token), ".")
	if subject == "" || o.marked(purpose, subject) != strings.ToLower(token) {
		return ""
	}
	return subject
}

// replyAddress is where the answer to a letter of a request goes, or "" where
// the policy's mailbox has no such addresses.
func (o *Office) replyAddress(r *Request) string {
	return strings.Replace(o.routes.Replies[r.Policy], "{token}", o.marked(replyMark, r.Reference), 1)
}

// bounceToken names a letter to mail servers, which repeat it in their reports.
func (o *Office) bounceToken(mark string, letter int64) string {
	return o.marked(bounceMark, mark+strconv.FormatInt(letter, 36))
}

// bounceAddress is where mail servers report on a letter, or "" where there is
// no such mailbox.
func (o *Office) bounceAddress(mark string, letter int64) string {
	return strings.Replace(o.routes.Bounces, "{token}", o.bounceToken(mark, letter), 1)
}

// tokensIn lists what stands for {token} in the addresses that fit a pattern.
func tokensIn(pattern string, addresses []string) (tokens []string) {
	before, after, found := strings.Cut(strings.ToLower(pattern), "{token}")
	if !found {
		return nil
	}
	for _, a := range addresses {
		a = strings.ToLower(a)
		rest, fits := strings.CutPrefix(a, before)
		if rest, ends := strings.CutSuffix(rest, after); fits && ends {
			tokens = append(tokens, rest)
		}
	}
	return tokens
}

// addressed lists every address a message came to.
func (m *incoming) addressed() []string {
	list := append([]string{m.delivery.Recipient}, m.Recipients...)
	for _, a := range slices.Concat(m.To, m.Cc) {
		list = append(list, a.Email)
	}
	return list
}

// requestOf finds the request that a message answers: by the marked address it
// was sent to, by the letters it refers to, by the reference in its subject.
// nil where it answers none, or its sender does not belong to it.
func (o *Office) requestOf(ctx context.Context, m *incoming) (*Request, error) {
	sender, clear := m.sender()
	if !clear {
		return nil, nil
	}
	references, err := o.referencesIn(ctx, m)
	if err != nil {
		return nil, err
	}
	for _, reference := range references {
		r := new(Request)
		err := o.db.Read().NewSelect().Model(r).Where("r.reference = ? AND r.policy = ?", reference, m.kept.Policy).Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err == nil {
			err = r.unpack(o.rulings)
		}
		if err != nil {
			return nil, err
		}
		if belongs, err := o.belongs(r, sender); belongs || err != nil {
			return r, err
		}
	}
	return nil, nil
}

// aReference finds what may be a reference in a subject.
var aReference = regexp.MustCompile(`\b[A-Z]{2,6}-[2-9A-Z]{4}-[2-9A-Z]{2}\b`)

// referencesIn lists the references that a message names, the surest first.
func (o *Office) referencesIn(ctx context.Context, m *incoming) (list []string, err error) {
	for _, token := range tokensIn(o.routes.Replies[m.kept.Policy], m.addressed()) {
		if reference := o.unmarked(replyMark, token); reference != "" {
			list = append(list, strings.ToUpper(reference))
		}
	}
	ids := slices.Concat(m.InReplyTo, m.References)
	if len(ids) > 0 {
		var known []string
		err = o.db.Read().NewSelect().TableExpr("letters AS l").Join("JOIN requests AS r ON r.id = l.request_id").ColumnExpr("DISTINCT r.reference").
			Where("l.message_id IN ?", bun.Tuple(ids)).Limit(10).Scan(ctx, &known)
		list = append(list, known...)
	}
	for _, id := range ids {
		if reference, ours := strings.CutSuffix(id, "@"+o.domain); ours && aReference.MatchString(reference) {
			list = append(list, reference)
		}
	}
	list = append(list, aReference.FindAllString(strings.ToUpper(m.Subject), 5)...)
	return slices.Compact(list), err
}

// sender is the one address a message is from, in the form addresses are
// compared in.
func (m *incoming) sender() (mailbox.Address, bool) {
	from, clear := m.Sender()
	if !clear {
		return from, false
	}
	email, err := NormalAddress(from.Email)
	return mailbox.Address{Name: from.Name, Email: email}, err == nil
}

// belongs reports whether an address is the requester's or their agent's.
func (o *Office) belongs(r *Request, sender mailbox.Address) (bool, error) {
	if string(o.indexOf(sender.Email)) == string(r.Person) {
		return true, nil
	}
	key, err := o.keyOf(r)
	if err != nil || r.Facts.Agent == nil {
		return false, err
	}
	person, err := key.person(r)
	return err == nil && person.Agent != nil && strings.EqualFold(person.Agent.Email, sender.Email), err
}
