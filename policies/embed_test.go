package policies_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"dsr/policies"
	"dsr/strict"
)

func embedding(origins ...string) (*policies.Pack, error) {
	return policies.ReadPack(strict.NewReader(), "lamplight.yaml", []byte(samplePack+"embed:\n  origins:\n    - \""+strings.Join(origins, "\"\n    - \"")+"\"\n"))
}

func TestSitesThatMayShowTheForm(t *testing.T) {
	good := []string{"https://www.example.com", "https://example.com:8443", "https://xn--bcher-kva.example", "https://intranet",
		"http://localhost:8080", "http://127.0.0.1", "https://localhost"}
	pack, err := embedding(good...)
	if err != nil || !slices.Equal(pack.Embed.Origins, good) {
		t.Fatalf("%v: %v", pack, err)
	}
	for _, bad := range []string{
		"http://www.example.com", "https://www.example.com/", "https://www.example.com/help", "https://*.example.com", "*", "https://*",
		"www.example.com", "//www.example.com", "https://", "https://user@example.com", "https://example.com?a", "https://example.com#a",
		"https://Example.com", "HTTPS://example.com", "https://bücher.example", "https://example.com;script-src", "https://a.com https://b.com",
		"https://example.com,https://b.com", "https://example.com'self'", "https://example.com:0", "https://example.com:99999", "https://example.com:",
		"https://example.com:0443", "javascript:alert(1)", "data:text/html,x", "file:///etc", "null", "", " https://example.com", "https://[::1]",
		"http://localhost.example.com", "http://127.0.0.1.example.com", "https://-", "https://example.com\\\\@evil.example",
	} {
		if _, err := embedding(bad); err == nil || !strings.Contains(err.Error(), "is no origin") && !strings.Contains(err.Error(), "lamplight.yaml:") {
			t.Errorf("%q gave %v", bad, err)
		}
	}
	if _, err := embedding("https://a.example", "https://b.example", "https://a.example"); err == nil || !strings.Contains(err.Error(), "lamplight.yaml:49:8: the origin https://a.example is listed twice") {
		t.Errorf("a double entry gave %v", err)
	}
	var many []string
	for i := range 21 {
		many = append(many, fmt.Sprintf("https://w%d.example", i))
	}
	if _, err := embedding(many...); err == nil || !strings.Contains(err.Error(), "21 origins are listed under embed; 20 are the most") {
		t.Errorf("21 origins gave %v", err)
	}
	if _, err := embedding(many[:20]...); err != nil {
		t.Errorf("20 origins gave %v", err)
	}
}

func TestTheContactBlock(t *testing.T) {
	edit := func(address, phone string) string {
		return strings.NewReplacer("entity: Lamplight Ltd}", "entity: Lamplight Ltd, address: "+address+"}",
			"dpo: dpo@lamplight.example}", "dpo: dpo@lamplight.example, phone: \""+phone+"\"}").Replace(samplePack)
	}
	pack, err := policies.ReadPack(strict.NewReader(), "lamplight.yaml", []byte(edit(`"Wick Lane 1\n\n  London E3 \n"`, "+44 (0)20 7946-0000")))
	if err != nil || pack.Contacts.Phone != "+44 (0)20 7946-0000" || !slices.Equal(pack.Controller.AddressLines(), []string{"Wick Lane 1", "London E3"}) {
		t.Errorf("%v, %v: %v", pack.Contacts, pack.Controller.AddressLines(), err)
	}
	if lines := (policies.Controller{}).AddressLines(); len(lines) != 0 {
		t.Errorf("no address has lines: %v", lines)
	}
	for _, phone := range []string{"ring twice", "12", "javascript:1", "+49 30 <b>1</b>", "tel:030123456", strings.Repeat("1", 40)} {
		if _, err := policies.ReadPack(strict.NewReader(), "lamplight.yaml", []byte(edit("x", phone))); err == nil || !strings.Contains(err.Error(), "is no telephone number") {
			t.Errorf("phone %q gave %v", phone, err)
		}
	}
}
