package web_test

import (
	"net/http"
	"testing"

	"dsr/policies"
)

// Global Privacy Control is honoured for the browser that sends it, whatever is
// asked for, and is an opt-out of the person where their law or policy knows one.
func TestTheSignalOfABrowserIsRecordedAndHonoured(t *testing.T) {
	s := openStreet(t)
	signals := func() *browser {
		b := s.browser()
		b.headers.Set("Sec-GPC", "1")
		return b
	}
	const sale = "“Stop the sale and sharing of my information”"
	b := signals().asks("opvio", "US-CA", policies.Access)
	b.sees(http.StatusOK, "Global Privacy Control", "follow it for this browser, and count it as your request "+sale).press(nil)
	b.sees(http.StatusOK, "Global Privacy Control", "not sold or shared", "We have your requests")
	signals().asks("opvio", "US-CA", policies.Access, policies.OptOutSale).sees(http.StatusOK, "your request covers all your other information").seesNot("count it as").
		press(nil).sees(http.StatusOK, "We have your requests")

	// An opt-out covers the account by itself.
	signals().asks("opvio", "", policies.OptOutSale).sees(http.StatusOK, "your request covers").press(nil).sees(http.StatusOK, "Global Privacy Control")
	// Where neither the policy nor the law knows that choice there is no more to choose.
	signals().asks("opvio", "DE", policies.Access).sees(http.StatusOK, "is not sold or shared").seesNot("count it as").press(nil).sees(http.StatusOK, "Global Privacy Control")
	s.browser().asks("opvio", "US-CA", policies.Access).seesNot("Global Privacy Control").press(nil).seesNot("Global Privacy Control")
}

func TestTheSignalIsReadAsItsSpecificationWritesIt(t *testing.T) {
	s := openStreet(t)
	for value, honoured := range map[string]bool{
		"1": true, " 1 ": true, "1, 1": true, "": false, "0": false, "true": false, "11": false, "1;q=0": false, "?1": false, "０": false,
	} {
		b := s.browser()
		b.headers.Set("Sec-GPC", value)
		b.asks("sectora", "", policies.OptOutMarketing)
		if says := contains(b, "Global Privacy Control"); says != honoured {
			t.Errorf("Sec-GPC: %q is honoured: %v", value, says)
		}
	}
	// Sent once on the way, it counts.
	b := s.browser().open("/sectora/request").press(ticked(policies.OptOutMarketing)).at("/find")
	b.headers.Set("Sec-GPC", "1")
	b.press(map[string][]string{"email": {"d@example.org"}})
	b.headers.Del("Sec-GPC")
	b.at("/check").sees(http.StatusOK, "Global Privacy Control").press(nil).sees(http.StatusOK, "Global Privacy Control")
}
