package people_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"dsr/internal/dbtest"
	"dsr/people"
)

func TestPasswords(t *testing.T) {
	register := newRegister(t, dbtest.Open(t, dbtest.SQLite(t)))
	cases := []struct {
		name, password string
		fine           bool
	}{
		{"twelve small letters", "otterskanoes", true},
		{"spaces and any script", "ひらがな と カタカナ 混ぜる", true},
		{"smileys", strings.Repeat("🦦", 6) + "🛶🛶🛶🏞🏞🏞", true},
		{"with a line break pasted in", "otters\ncanoes\t🛶", true},
		{"as long as it may be", strings.Repeat("an otter, ", 25) + "canoes", true},
		{"that holds a common one", "passwordless otters", true},
		{"that holds the name", "Kim Otter eats fish", true},
		{"no password", "", false},
		{"eleven letters", "otterscanoe", false},
		{"twelve bytes of few characters", "äöüäöü", false},
		{"too long", strings.Repeat("an otter, ", 25) + "canoes!", false},
		{"bytes that are no text", "otters and \xff canoes", false},
		{"a common one", "Password1234", false},
		{"a common one again and again", "letmeinLETMEINletmein", false},
		{"a keyboard run", "qwertyuiopas", false},
		{"digits in a row", "12345678901234", false},
		{"digits in a row backwards", "987654321098765", false},
		{"the alphabet", "abcdefghijklm", false},
		{"one letter again and again", "zzzzzzzzzzzzzzzz", false},
		{"few letters again and again", "ab1!ab1!ab1!a", false},
		{"a smiley again and again", strings.Repeat("🦦", 20), false},
		{"the address", "kim.otter@moxora.example", false},
		{"the address in capitals", "KIM.OTTER@MOXORA.EXAMPLE", false},
		{"the name twice", "kim otter KIM OTTER", false},
		{"what stands before the @, twice", "kim.otterkim.otter", false},
	}
	for i, c := range cases {
		u := kim()
		u.Email = "kim.otter@moxora.example"
		if c.fine {
			u.Email = fmt.Sprintf("kim%d@moxora.example", i)
		}
		created, err := register.Create(t.Context(), monday, u, c.password)
		var fields people.FieldErrors
		if c.fine && err != nil || !c.fine && (!errors.As(err, &fields) || fields["password"] == "") {
			t.Errorf("%s: %v", c.name, err)
		}
		if !c.fine {
			continue
		}
		if got, err := register.SignIn(t.Context(), monday, u.Email, c.password, office); err != nil || got.ID != created.ID {
			t.Errorf("%s: signing in: %v", c.name, err)
		}
	}
}

func TestAPasswordTypedOnAnotherKeyboardIsTheSame(t *testing.T) {
	register := newRegister(t, dbtest.Open(t, dbtest.SQLite(t)))
	if _, err := register.Create(t.Context(), monday, kim(), "fünf Fischötter im Kanü"); err != nil {
		t.Fatal(err)
	}
	apart := strings.ReplaceAll(strings.ReplaceAll("fünf Fischötter im Kanü", "ü", "u\u0308"), "ö", "o\u0308")
	if _, err := register.SignIn(t.Context(), monday, email, apart, office); err != nil {
		t.Error(err)
	}
}
