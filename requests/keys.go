package requests

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"dsr/access"
	"dsr/audit"
	"dsr/vault"
)

// KeyUse is one key of the ring, and how many data keys it wraps.
type KeyUse struct {
	vault.KeyLine
	Requests int // of the policies the caller serves
	Agents   int
	People   int
	Mails    int  // messages that came by mail
	Foreign  bool // not in the ring of this process: an older copy of the key file
}

// KeyUses lists the keys and what they wrap, and how many requests have none
// any more because their personal data was erased. It needs access.ReadAudit.
func (o *Office) KeyUses(ctx context.Context, caller access.Caller) (uses []KeyUse, erased int, err error) {
	if why := caller.WhyNot(access.ReadAudit, ""); why != "" {
		return nil, 0, fmt.Errorf("%w: %s", ErrForbidden, why)
	}
	for _, line := range o.ring.Keys() {
		uses = append(uses, KeyUse{KeyLine: line})
	}
	for _, table := range []string{"requests", "agents", "users", "mails"} {
		counts, err := o.wrappedBy(ctx, caller, table)
		if err != nil {
			return nil, 0, fmt.Errorf("the keys of %s: %w", table, err)
		}
		for _, id := range slices.Sorted(maps.Keys(counts)) {
			n := counts[id]
			if id == "" {
				if table == "requests" {
					erased += n
				}
				continue
			}
			use := useOf(&uses, id)
			switch table {
			case "requests":
				use.Requests = n
			case "agents":
				use.Agents = n
			case "mails":
				use.Mails = n
			default:
				use.People = n
			}
		}
	}
	return uses, erased, nil
}

// useOf finds the line of a key, and adds one for a key that the ring lacks.
func useOf(uses *[]KeyUse, id string) *KeyUse {
	for i := range *uses {
		if (*uses)[i].ID == id {
			return &(*uses)[i]
		}
	}
	*uses = append(*uses, KeyUse{KeyLine: vault.KeyLine{ID: id}, Foreign: true})
	return &(*uses)[len(*uses)-1]
}

// wrappedBy counts the data keys of a table by the id of the key that wraps
// them: the four bytes after the version.
func (o *Office) wrappedBy(ctx context.Context, caller access.Caller, table string) (map[string]int, error) {
	var rows []struct {
		Key []byte `bun:"wrapping"`
		N   int    `bun:"n"`
	}
	query := o.db.Read().NewSelect().Table(table).ColumnExpr("substr(wrapped_key, 2, 4) AS wrapping, COUNT(*) AS n").GroupExpr("1")
	if table != "users" {
		query = servedBy(query, caller, "policy")
	}
	counts := map[string]int{}
	err := query.Scan(ctx, &rows)
	for _, row := range rows {
		counts[hex.EncodeToString(row.Key)] += row.N
	}
	return counts, err
}

// CheckpointPage is how many checkpoints a page lists, and how many the quick
// verification goes through.
const CheckpointPage = 20

// Checkpoints lists the newest checkpoints of the audit trail. It needs
// access.ReadAudit.
func (o *Office) Checkpoints(ctx context.Context, caller access.Caller) ([]audit.Sealed, error) {
	if why := caller.WhyNot(access.ReadAudit, ""); why != "" {
		return nil, fmt.Errorf("%w: %s", ErrForbidden, why)
	}
	return audit.Checkpoints(ctx, o.db.Read(), CheckpointPage)
}

// VerifyNewest verifies what the newest checkpoints cover and what came after,
// and lists what is wrong. It needs access.ReadAudit.
func (o *Office) VerifyNewest(ctx context.Context, caller access.Caller) (audit.Summary, []audit.Finding, error) {
	if why := caller.WhyNot(access.ReadAudit, ""); why != "" {
		return audit.Summary{}, nil, fmt.Errorf("%w: %s", ErrForbidden, why)
	}
	var found []audit.Finding
	report := func(f audit.Finding) {
		if len(found) < 100 { // a page; all of them are told by dsr audit verify
			found = append(found, f)
		}
	}
	key := o.ring.CheckpointKey().Public().(ed25519.PublicKey)
	summary, err := audit.VerifyNewest(ctx, o.db.Read(), CheckpointPage, report, key)
	return summary, found, err
}
