package rules_test

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// floors says how high each room lies. A package imports only what lies lower,
// or its own room's other packages. A new room must be given its floor here.
func floors() map[string]int {
	return map[string]int{
		"workflow": 0, "deadlines": 0, "access": 0, "identity": 0, "vault": 0,
		"database": 0, "migrations": 0, "strict": 0, "words": 0, "brand": 0, "mailbox": 0, "proposals": 0,
		"policies": 1, "mailer": 1, "audit": 1, "outbox": 1, "people": 1, "drafts": 1, "agents": 1, "hooks": 1, "intake": 1,
		"requests": 2, "wording": 1, "sso": 1,
		"evidence": 3, "reports": 3, "feeds": 3,
		"web": 4,
		"cmd": 5, "bench": 5,
	}
}

// sameFloor lists the imports inside a floor that are meant.
func sameFloor() map[string]string {
	return map[string]string{
		"database → migrations": "the shelves and their drawings are one thing in two folders",
		"deadlines → strict":    "calendars are files that people write",
		"proposals → strict":    "rules are files that people write",
	}
}

// roomOf returns the room of one of our packages: its first folder.
func roomOf(pkg string) string {
	first, _, _ := strings.Cut(pkg, "/")
	return first
}

func TestImportsGoDownwardsOnly(t *testing.T) {
	floor, meant, needless := floors(), sameFloor(), sameFloor()
	for _, r := range readSource(t).rooms {
		if roomOf(r.path) == "internal" {
			continue // tests and what only tests import
		}
		from, known := floor[roomOf(r.path)]
		if !known {
			t.Errorf("%s stands on no floor: name one in floors()", r.path)
			continue
		}
		for _, s := range r.product() {
			for _, pkg := range s.imports() {
				other, ours := strings.CutPrefix(pkg, module)
				if !ours || roomOf(other) == roomOf(r.path) {
					continue
				}
				to, known := floor[roomOf(other)]
				switch {
				case !known:
					t.Errorf("%s imports %s, which only tests may", s.path, pkg)
				case to == from && meant[roomOf(r.path)+" → "+roomOf(other)] != "":
					delete(needless, roomOf(r.path)+" → "+roomOf(other))
				case to >= from:
					t.Errorf("%s (floor %d) imports %s (floor %d): imports go downwards only", s.path, from, pkg, to)
				}
			}
		}
	}
	stale(t, needless)
}

// TestTheGroundFloorKnowsNoStoreNoWebAndNoClock: what floor 0 computes depends
// on its arguments alone. Only database touches the outside.
func TestTheGroundFloorKnowsNoStoreNoWebAndNoClock(t *testing.T) {
	floor := floors()
	for _, r := range readSource(t).rooms {
		room := roomOf(r.path)
		if level, known := floor[room]; !known || level != 0 || room == "database" {
			continue
		}
		for _, s := range r.product() {
			for _, pkg := range s.imports() {
				if pkg == "database/sql" || pkg == "net/http" || strings.HasPrefix(pkg, "github.com/uptrace/bun") {
					t.Errorf("%s imports %s: the ground floor knows no store and no web", s.path, pkg)
				}
			}
		}
	}
}

// readsClock lists the packages and files that may ask what time it is.
// Everywhere else it is an argument.
func readsClock() map[string]string {
	return map[string]string{
		"cmd/dsr":                "starts the loops, and hands time.Now to them",
		"bench":                  "measures",
		"web/site/middleware.go": "how long a page took, for the access log only",
	}
}

func TestTimeIsAnArgument(t *testing.T) {
	may, needless := readsClock(), readsClock()
	tree := readSource(t)
	for _, r := range tree.rooms {
		for _, s := range r.product() {
			s.selectors(func(at ast.Node, pkg, name string) {
				switch {
				case pkg != "time" || name != "Now" && name != "Since" && name != "Until":
				case may[r.path] != "":
					delete(needless, r.path)
				case may[s.path] != "":
					delete(needless, s.path)
				default:
					t.Errorf("%s: time.%s: take now as an argument", tree.place(at), name)
				}
			})
		}
	}
	stale(t, needless)
}

// homes lists each library with the rooms that may import it. What is not
// listed may be imported nowhere.
func homes() map[string][]string {
	stores := []string{"database", "audit", "outbox", "people", "drafts", "agents", "intake", "requests", "wording", "reports", "feeds", "hooks"}
	return map[string][]string{
		"database/sql":                           append(stores, "bench", "internal"),
		"net/http":                               {"web", "people", "sso", "hooks", "cmd", "bench", "internal"},
		"net/smtp":                               {},
		"github.com/uptrace/bun":                 append(stores, "bench"),
		"github.com/jackc/pgx/v5":                {"database", "bench", "internal"},
		"github.com/mattn/go-sqlite3":            {"database", "bench"},
		"github.com/labstack/echo/v4":            {"web"},
		"github.com/wneessen/go-mail":            {"mailer"},
		"github.com/emersion/go-smtp":            {"mailer", "mailbox"},
		"github.com/emersion/go-sasl":            {"mailer", "mailbox"},
		"github.com/emersion/go-imap/v2":         {"mailbox", "internal"},
		"github.com/emersion/go-message":         {"mailer", "mailbox"},
		"github.com/alecthomas/kong":             {"cmd"},
		"github.com/alexedwards/argon2id":        {"people"},
		"github.com/alexedwards/scs/v2":          {"people", "web"},
		"github.com/goccy/go-yaml":               {"strict", "deadlines"},
		"github.com/go-playground/validator/v10": {"strict", "web"},
		"github.com/nicksnyder/go-i18n/v2":       {"words"},
		"github.com/coreos/go-oidc/v3":           {"sso"},
		"golang.org/x/oauth2":                    {"sso"},
		"github.com/go-webauthn/webauthn":        {"people"},
		"github.com/pquerna/otp":                 {"people"},
		"github.com/arran4/golang-ical":          {"feeds"},
		"codeberg.org/go-pdf/fpdf":               {"evidence"},
		"golang.org/x/net/idna":                  {"mailer", "people", "requests"},
		"golang.org/x/net/html":                  {"mailbox"},
		"golang.org/x/text":                      {"words", "people", "mailer", "mailbox", "proposals"},
	}
}

func TestEachLibraryStaysInItsRooms(t *testing.T) {
	table := homes()
	for _, r := range readSource(t).rooms {
		for _, s := range r.product() {
			for _, pkg := range s.imports() {
				rooms, listed := home(table, pkg)
				first, _, _ := strings.Cut(pkg, "/")
				switch {
				case !listed && strings.Contains(first, "."):
					t.Errorf("%s imports %s: a new library needs its rooms in homes()", s.path, pkg)
				case listed && !slices.Contains(rooms, roomOf(r.path)):
					t.Errorf("%s imports %s, whose rooms are %s", s.path, pkg, strings.Join(rooms, ", "))
				}
			}
		}
	}
}

// home finds the entry of an import path: its own or that of a path above it.
func home(table map[string][]string, pkg string) ([]string, bool) {
	for library, rooms := range table {
		if pkg == library || strings.HasPrefix(pkg, library+"/") {
			return rooms, true
		}
	}
	return nil, false
}
