package identity_test

import (
	"testing"

	"dsr/identity"
)

func TestACodeIsReadHoweverItIsTyped(t *testing.T) {
	for typed, want := range map[string]string{
		"042917": "042917", " 042 917 ": "042917", "042-917": "042917", "042\u00a0917": "042917",
		"": "", "42917": "", "0429170": "", "04291a": "", "٠٤٢٩١٧": "", "+42917": "",
	} {
		if got := identity.TidyCode(typed); got != want {
			t.Errorf("%q is read as %q, want %q", typed, got, want)
		}
	}
	seen := map[string]bool{}
	for range 200 {
		code := identity.NewCode()
		if identity.TidyCode(code) != code {
			t.Fatalf("%q is no code", code)
		}
		seen[code] = true
	}
	if len(seen) < 190 {
		t.Errorf("200 codes hold only %d different ones", len(seen))
	}
}

func TestOnlyAWholeAuthorityStandsForThePerson(t *testing.T) {
	for _, a := range identity.Authorities() {
		parsed, err := identity.ParseAuthority(string(a))
		if err != nil || parsed != a {
			t.Errorf("%s is read as %s: %v", a, parsed, err)
		}
		if a.SpeaksAlone() == (a == identity.SignedPermission) {
			t.Errorf("%s: a signed permission leaves the person's own proof to ask for, the others do not", a)
		}
	}
	if _, err := identity.ParseAuthority("friend"); err == nil {
		t.Error("a friend is taken for an authority")
	}
}
