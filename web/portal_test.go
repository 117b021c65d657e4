package web_test

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"dsr/policies"
	"dsr/requests"
)

// received sends a form and returns a browser at its confirmation and the
// reference.
func (s *street) received(policy, residence string, rights ...policies.Right) (*browser, string) {
	s.Helper()
	b := s.browser().asks(policy, residence, rights...).press(nil)
	return b, b.reference()
}

func TestALinkIsUsedUpByThePersonAndNotByAScanner(t *testing.T) {
	s := openStreet(t)
	_, reference := s.received("moxora", "DE", policies.Access)
	link := s.link()
	scanner := s.browser()
	for range 3 {
		scanner.open(link).sees(http.StatusOK, "Is this your email address?", reference).seesNot("dana.whitlock")
		if res, err := scanner.http.Head(s.server.URL + link); err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("HEAD: %v", err)
		}
	}
	b := s.browser().open(link).press(nil).at("/"+reference).sees(http.StatusOK, "We have your request", "dana.whitlock@example.org")

	// The button in the letter leads on while the visit is open; elsewhere the
	// link is used up and says so, and a new one can be had.
	b.open(link).at("/"+reference).post(link, nil).at("/" + reference)
	other := s.browser().open(link).sees(http.StatusGone, "This link was used already", reference).seesNot("dana.whitlock")
	other.post(link, nil).sees(http.StatusGone, "This link was used already")
	other.fill("/new", nil).sees(http.StatusOK, "A new link is on its way")
	if s.link() == link {
		t.Error("no new letter came")
	}
	other.open(s.link()).press(nil).at("/" + reference)
}

func TestALinkThatIsForgedOrHasEnded(t *testing.T) {
	s := openStreet(t)
	_, reference := s.received("moxora", "DE", policies.Access)
	link := s.link()
	b := s.browser()
	for _, forged := range []string{"/r/x", "/r/" + strings.Repeat("A", 43), link[:len(link)-1], link + "A", flipped(link)} {
		b.open(forged).sees(http.StatusGone, "This link is not complete").seesNot(reference)
		b.post(forged, nil).sees(http.StatusGone, "This link is not complete")
		b.post(forged+"/new", nil).sees(http.StatusGone, "This link is not complete")
	}
	s.later(requests.LinkLifetime + time.Second)
	b.open(link).sees(http.StatusGone, "This link has ended", reference)
	b.post(link, nil).sees(http.StatusGone, "This link has ended")
	b.fill("/new", nil).sees(http.StatusOK, "A new link is on its way")
	b.open(s.link()).sees(http.StatusOK, "Is this your email address?")
}

// flipped changes one letter in the middle.
func flipped(s string) string {
	i := len(s) / 2
	letter := "A"
	if s[i] == 'A' {
		letter = "B"
	}
	return s[:i] + letter + s[i+1:]
}

func TestNewLinksAreLimitedAndNobodyCanTell(t *testing.T) {
	s := openStreet(t)
	b, _ := s.received("moxora", "DE", policies.Access)
	s.deliver()
	s.post = nil
	receipt := b.address.Path
	for range 8 {
		b.open(receipt).press(nil).sees(http.StatusOK, "If there is anything to send, a new link is on its way")
	}
	if s.deliver(); len(s.post) != 4 {
		t.Errorf("%d letters went out, want 4 in an hour", len(s.post))
	}
	s.later(time.Hour)
	b.open(receipt).press(nil)
	if s.deliver(); len(s.post) != 5 {
		t.Error("an hour later none went out")
	}
}

func TestAReceiptCanBeKeptAndShowsNothingThatCameAfter(t *testing.T) {
	s := openStreet(t)
	b, reference := s.received("moxora", "GB", policies.Access)
	receipt := b.address.Path
	s.do(reference, requests.SendMessage{Text: "A secret message."})
	s.do(reference, requests.TakeUp{})
	s.later(40 * 24 * time.Hour)
	fresh := s.browser().open(receipt).sees(http.StatusOK, reference, "We have your request", "You asked").seesNot("secret", "dana", `class="r late"`)
	for _, forged := range []string{flipped(receipt), receipt[:len(receipt)-2], strings.Replace(receipt, "moxora", "opvio", 1)} {
		fresh.open(forged).sees(http.StatusNotFound, "There is no such confirmation").seesNot(reference)
	}
}

func TestAQuestionIsAskedAndAnsweredOnThePage(t *testing.T) {
	s := openStreet(t)
	_, reference := s.received("moxora", "GB", policies.Access)
	b := s.browser().comesIn().sees(http.StatusOK, "There are no messages yet.")
	s.do(reference, requests.AskQuestion{Question: "Which workspace?\nThe first or the second?"})
	b.open("/my").sees(http.StatusOK, "We have a question for you", "We need something from you", "Which workspace?", "We are waiting for your reply", "Since then the law’s days are not counted")
	b.follow("Answer this question").press(nil).sees(http.StatusUnsupportedMediaType) // a form without files is not this form
	b.open("/my/"+reference+"/answer").sendFiles("", nil).sees(http.StatusUnprocessableEntity, "Write something before you send it")
	s.later(24 * time.Hour / 24)
	b.sendFiles("Only the first one.", nil).at("/"+reference).sees(http.StatusOK, "We have your answer. Thank you.", "Only the first one.", "You, ", "We waited for your reply", "do")
	b.seesNot("We need something from you")

	// The question was closed elsewhere: what is written is kept all the same.
	s.do(reference, requests.AskQuestion{Question: "And which year?"})
	b.open("/my/" + reference + "/answer")
	s.do(reference, requests.AnswerQuestion{Text: "2025, by phone"})
	b.sendFiles("The year 2026.", nil).sees(http.StatusOK, "The year 2026.")
	b.open("/my/" + reference + "/answer").at("/" + reference) // nothing is open
}

func TestAMessageSentTwiceIsKeptOnce(t *testing.T) {
	s := openStreet(t)
	_, reference := s.received("moxora", "GB", policies.Access)
	b := s.browser().comesIn().follow("Write to us about this request")
	twin := *b
	b.sendFiles("Hello?\nIs anybody there?", nil).sees(http.StatusOK, "We have your message.", "Is anybody there?")
	twin.sendFiles("Hello?\nIs anybody there?", nil).sees(http.StatusOK, "We have your message.")
	if n := strings.Count(twin.text(), "Is anybody there?"); n != 1 {
		t.Errorf("it is there %d times", n)
	}
	twin.open("/my/"+reference+"/message").sendFiles(strings.Repeat("x", requests.MaxDetails+1), nil).sees(http.StatusUnprocessableEntity, "Write at most 10,000 characters")
	s.do(reference, requests.SendMessage{Text: "We are."})
	twin.sendFiles("Good.", nil).sees(http.StatusOK, "Good.", "We are.")
}

func picture(t *testing.T) string {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 3, 3))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFilesAreKnownByTheirContentAndServedAsDownloads(t *testing.T) {
	s := openStreet(t)
	_, reference := s.received("moxora", "GB", policies.Access)
	b := s.browser().comesIn()
	page := "/my/" + reference + "/message"
	b.open(page).sendFiles("", map[string]string{
		`../../etc/pass"wd.png`: picture(t), "Brief für mich.pdf": "%PDF-1.7\n", "table.csv": "a,b\n1,2\n", "notes.html": "only words",
	}).sees(http.StatusOK, "pass_wd.png", "Brief für mich.pdf", "table.csv", "notes.txt").seesNot("etc/", "..")
	for name, want := range map[string]string{"pass_wd.png": "image/png", "Brief": "application/pdf", "table": "text/plain; charset=utf-8"} {
		twin := *b
		twin.follow(name)
		if got := twin.header.Get("Content-Type"); got != want {
			t.Errorf("%s is served as %q", name, got)
		}
		if !strings.HasPrefix(twin.header.Get("Content-Disposition"), "attachment; ") || !strings.Contains(twin.header.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%s: %v", name, twin.header)
		}
	}
	for name, content := range map[string]string{
		"page.pdf": "<!doctype html><p>hello", "picture.png": "\x89PNG\r\n\x1a\nnot really", "letter.txt": "  <svg onload=alert(1)>", "bytes.txt": "a\x00b",
		"program.pdf": "MZ\x90\x00\x03", "archive.png": "PK\x03\x04", "latin.txt": "M\xfcnchen",
	} {
		b.open(page).sendFiles("Look", map[string]string{name: content}).sees(http.StatusUnprocessableEntity, "is not a PDF, a JPEG or PNG picture or plain text", "Look")
	}
	b.open(page).sendFiles("x", map[string]string{"empty.txt": ""}).sees(http.StatusUnprocessableEntity, "empty.txt is empty")
	six := map[string]string{}
	for _, n := range []string{"1", "2", "3", "4", "5", "6"} {
		six[n+".txt"] = n
	}
	b.open(page).sendFiles("x", six).sees(http.StatusUnprocessableEntity, "6.txt is one too many")
	b.open(page).sendFiles("x", map[string]string{"big.txt": strings.Repeat("x", requests.MaxUpload+1)}).sees(http.StatusUnprocessableEntity, "is larger than 20 MB")
	b.open(page).sendFiles("x", map[string]string{"huge.txt": strings.Repeat("x", 2*requests.MaxUpload+2<<20)}).sees(http.StatusRequestEntityTooLarge, "That is too large")
}

func TestTheAnswerWithItsFilesAndReasons(t *testing.T) {
	s := openStreet(t)
	_, reference := s.received("moxora", "US-CA", policies.Access)
	b := s.browser().comesIn()
	s.do(reference, requests.TakeUp{})
	s.do(reference, requests.AskProof{What: "The last invoice number.", Why: "So that nobody else gets it."})
	b.open("/my").sees(http.StatusOK, "We need to know that it is you", "The last invoice number.", "Send it to us")
	s.do(reference, requests.RecordProof{Level: "three_points", Matched: []string{"full_name", "username", "invoice_number"}})
	s.do(reference, requests.RecordFindings{Systems: []requests.Searched{{System: "CRM", Found: "found"}}})
	v, err := s.site.Office.Open(t.Context(), s.mara, s.now(), reference, false)
	if err != nil {
		t.Fatal(err)
	}
	s.do(reference, requests.Decide{Outcome: requests.Partly, Ground: v.Version.Grounds(v.Right)[0].Ground, Text: "You get all but\nthe fraud score.", Files: []requests.Upload{{Name: "all.zip", Type: "application/zip", Content: []byte("PK\x03\x04")}}})
	b.open("/my").sees(http.StatusOK, "Your answer is ready", "We did a part of what you asked.", "the fraud score.", "all.zip", "ZIP archive, 4 bytes", "The exact legal reason", "Ask us to look again", "You can also complain at any time to:", "We answered")
	b.seesNot("withdraw").follow("Download")
	if b.body != "PK\x03\x04" || b.header.Get("Content-Disposition") != "attachment; filename=all.zip" || b.header.Get("Cache-Control") != "no-store" {
		t.Errorf("the download is %q with %v", b.body, b.header)
	}
	stranger, _ := s.received("moxora", "US-CA", policies.Deletion)
	stranger.comesIn().open(b.address.Path).sees(http.StatusNotFound, "There is no such page")
	stranger.open("/my/"+reference).sees(http.StatusNotFound).post("/my/"+reference+"/withdraw", nil).sees(http.StatusNotFound)
}

func TestWithdrawingAsksFirstAndIsDoneOnce(t *testing.T) {
	s := openStreet(t)
	b, _ := s.received("opvio", "GB", policies.Deletion, policies.Access)
	b.comesIn().at("/my").sees(http.StatusOK, "Your requests").follow("See this request").sees(http.StatusOK, "Your other request")
	b.follow("Withdraw it").sees(http.StatusOK, "Withdraw your request?").follow("Keep it").follow("Withdraw it")
	twin := *b
	b.press(nil).sees(http.StatusOK, "You have withdrawn this request.", "You withdrew it")
	twin.press(nil).sees(http.StatusOK, "You withdrew this request")
	b.open(strings.TrimSuffix(b.address.Path, "/")+"/withdraw").sees(http.StatusOK, "You withdrew this request")
	if s.count() != 1 {
		t.Errorf("%d are open, want 1", s.count())
	}
}

func TestAVisitHoldsSeveralLinksAndEnds(t *testing.T) {
	s := openStreet(t)
	_, first := s.received("moxora", "GB", policies.Access)
	b := s.browser().comesIn()
	s.received("opvio", "GB", policies.Deletion)
	b.comesIn().at("/my").sees(http.StatusOK, "Moxora", "Opvio").open("/my/"+first).sees(http.StatusOK, "Moxora", "Your other request")
	s.post = nil
	b.fill("/link", nil).sees(http.StatusOK, "A new link is on its way to the address you gave us.")
	if s.deliver(); len(s.post) != 1 {
		t.Errorf("%d letters", len(s.post))
	}
	b.fill("/my/leave", nil).sees(http.StatusOK, "You are signed out")
	b.open("/my").sees(http.StatusUnauthorized, "Open the link in our letter").open("/my/" + first).sees(http.StatusUnauthorized)
	b.post("/my/"+first+"/withdraw", url.Values{}).sees(http.StatusUnauthorized)
}

func TestAFirstReplyIsShownUntilItIsSent(t *testing.T) {
	s := openStreet(t)
	_, reference := s.received("opvio", "DE", policies.Access)
	b := s.browser().comesIn().sees(http.StatusOK, "You usually have a first reply by", "Opvio’s privacy policy says typically within 48 hours", "We are in time until the end of", " (CE")
	s.do(reference, requests.SendMessage{Text: "We are on it."})
	b.open("/my").sees(http.StatusOK, "We sent a first reply", "The law’s last day").seesNot("You usually have a first reply by")
}

func TestWordsOfPeopleStayWords(t *testing.T) {
	// A status page may hold any words of a person; they stay words.
	s := openStreet(t)
	_, reference := s.received("moxora", "GB", policies.Correction)
	b := s.browser().comesIn()
	evil := `<img src=x onerror=alert(1)>'"&amp;` + "\u202eevil ⟧"
	b.open("/my/"+reference+"/message").sendFiles(evil, nil).sees(http.StatusOK, evil).seesNot("<img")
}
