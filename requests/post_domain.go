package requests

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"dsr/access"
	"dsr/database"
	"dsr/mailer"
)

// PostDomain is what the DNS said of the domain that letters come from, and
// when it was asked.
type PostDomain struct {
	mailer.DomainReport
	Selector string    `json:"selector,omitempty"` // as it was typed
	At       time.Time `json:"at"`
}

// postDomainKept is the row of settings that keeps the last answer.
const postDomainKept = "post_domain"

// AskPostDomain asks the DNS about the domain of a sending address and keeps
// the answer for whoever looks next. It needs access.Settings; the errors are
// those of mailer.CheckDomain.
func (o *Office) AskPostDomain(ctx context.Context, caller access.Caller, now time.Time, lookup mailer.LookupTXT, from, selector string) (PostDomain, error) {
	if why := caller.WhyNot(access.Settings, ""); why != "" {
		return PostDomain{}, fmt.Errorf("%w: %s", ErrForbidden, why)
	}
	report, err := mailer.CheckDomain(ctx, lookup, from, selector)
	if err != nil {
		return PostDomain{}, err
	}
	answer := PostDomain{DomainReport: report, Selector: selector, At: now.UTC().Truncate(time.Second)}
	content, err := json.Marshal(answer)
	if err != nil {
		return answer, err
	}
	return answer, o.keepSetting(ctx, postDomainKept, string(content), nil)
}

// LastPostDomain returns the last answer of the DNS about a sending address's
// domain; its At is zero when nobody asked yet, or about another domain.
func (o *Office) LastPostDomain(ctx context.Context, from string) (PostDomain, error) {
	var answer PostDomain
	content, err := o.setting(ctx, postDomainKept)
	if err != nil || content == "" {
		return answer, err
	}
	if err := json.Unmarshal([]byte(content), &answer); err != nil {
		return PostDomain{}, fmt.Errorf("what the DNS said last cannot be read: %w", err)
	}
	if domain := mailer.DomainOf(from); domain != answer.Domain {
		return PostDomain{}, nil
	}
	return answer, nil
}

// setting reads a row of settings, "" when it is not there.
func (o *Office) setting(ctx context.Context, name string) (string, error) {
	var values []string
	err := o.db.Read().NewSelect().Table("settings").Column("value").Where("name = ?", name).Scan(ctx, &values)
	if err != nil || len(values) == 0 {
		return "", err
	}
	return values[0], nil
}

// keepSetting writes a row of settings, with what belongs to it in the same
// transaction.
func (o *Office) keepSetting(ctx context.Context, name, value string, along func(context.Context, bun.Tx) error) error {
	return o.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := database.Exec(ctx, tx, "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)
		if err != nil || along == nil {
			return err
		}
		return along(ctx, tx)
	})
}
