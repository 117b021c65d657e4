package evidence_test

import (
	"bytes"
	"strings"
	"testing"

	"dsr/access"
	"dsr/policies"
	"dsr/requests"
)

// Whatever somebody writes can be put on paper: letters of other alphabets and
// of no plane that the type has, words without an end, marks of other formats.
func TestAnyWordsCanBePrinted(t *testing.T) {
	h, _ := once(t, requests.MakeEvidence{})
	words := "Ελένη Αγγελοπούλου, Żółć, 山田太郎, עברית, 😀👩‍👩‍👧, \u202e<script>alert(1)</script>\n\n" + strings.Repeat("w", 3000) + "\t" + strings.Repeat("long words in a row ", 300)
	receipt, err := h.Receive(t.Context(), access.Caller{Kind: access.Requester}, h.clock, requests.Submission{
		Nonce: "nonce-of-the-form-000002", Policy: "sectora", Rights: []policies.Right{policies.Deletion}, Channel: "form", Language: "de",
		Person: requests.Person{Email: "eleni+shop@example.org", Name: "Ελένη <O’Neil> & Töchter 😀", Details: words},
	})
	if err != nil {
		t.Fatal(err)
	}
	h.ref = receipt.Requests[0].Reference
	h.do(h.mara, requests.Note{Text: words}).do(h.mara, requests.SendMessage{Text: words}).deliver()
	for _, v := range []requests.MakeEvidence{{}, {Personal: true, Reason: words[:900]}} {
		pack := h.pack(h.mara, v)
		if _, found, err := h.verify(pack, h.public()); err != nil || len(found) > 0 {
			t.Errorf("%v, found %q", err, found)
		}
		page := unzipped(t, pack)["index.html"]
		if bytes.Contains(page, []byte("<script")) || v.Personal != bytes.Contains(page, []byte("Ελένη")) || v.Personal != bytes.Contains(page, []byte("山田太郎")) {
			t.Errorf("the page of %+v reads\n%.3000s", v, page)
		}
	}
}
