package web_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"dsr/policies"
	"dsr/requests"
)

// endless is a body of any size that counts how much of it was read.
type endless struct {
	head, tail string
	size, read int64
}

func (e *endless) Read(p []byte) (int, error) {
	all := int64(len(e.head)) + e.size + int64(len(e.tail))
	if e.read >= all {
		return 0, io.EOF
	}
	n := 0
	for n < len(p) && e.read < all {
		switch at := e.read - int64(len(e.head)); {
		case at < 0:
			p[n] = e.head[e.read]
		case at < e.size:
			p[n] = 'x'
		default:
			p[n] = e.tail[at-e.size]
		}
		n++
		e.read++
	}
	return n, nil
}

// TestPortalCutsOffAGigabyte posts 1 GB to a field of 20 MB on every page that
// takes files.
func TestPortalCutsOffAGigabyte(t *testing.T) {
	s := openStreet(t)
	b, reference := s.inside("moxora", "US-CA", policies.Access)
	s.asksForThree(reference)
	cookie := b.cookies()[0]
	for _, page := range []string{"message", "proof", "answer", "appeal"} {
		body := &endless{
			head: "--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nhello\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"big.txt\"\r\n\r\n",
			tail: "\r\n--x--\r\n", size: 1 << 30,
		}
		r := httptest.NewRequest(http.MethodPost, "/my/"+reference+"/"+page, body)
		r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.AddCookie(cookie)
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		if w.Code != http.StatusRequestEntityTooLarge || !strings.Contains(w.Body.String(), "That is too large") || !strings.Contains(w.Body.String(), "Nothing was sent.") {
			t.Errorf("%s answered %d: %.300s", page, w.Code, w.Body)
		}
		if most := int64(2*requests.MaxUpload + 2<<20); body.read > most {
			t.Errorf("%s read %d bytes of it", page, body.read)
		}
	}
	if v := s.view(reference); len(v.Files) != 0 || v.Given != nil || len(v.Messages) != 1 {
		t.Error("something was kept")
	}
}

func TestPortalUploadsAreKnownByTheirContentAndNamedSafely(t *testing.T) {
	s := openStreet(t)
	b, reference := s.inside("moxora", "DE", policies.Access)
	page := "/my/" + reference + "/message"
	for name, shown := range map[string]string{
		"../../x.png": "x.png", `C:\fakepath\..\y.png`: "y.png", "a/b/../../z.png": "z.png", "q\u202egpj.png": "q_gpj.png",
		strings.Repeat("n", 300) + ".png": strings.Repeat("n", 100) + ".png", ".htaccess": "file.png", "'; DROP TABLE files.png": "'; DROP TABLE files.png",
	} {
		b.open(page).sends(url.Values{"text": {"Look " + shown}}, map[string]string{name: picture(t)}).sees(http.StatusOK, shown).seesNot("..", "fakepath")
	}
	bomb := zipBomb()
	for name, content := range map[string]string{
		"page.pdf": "<!DOCTYPE html><script>alert(1)</script>", "page.png": "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "bomb.zip": bomb, "bomb.png": bomb,
		"gif.png": "GIF89a\x01\x00\x01\x00", "script.txt": "  <script>alert(1)</script>", "macro.pdf": "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
	} {
		b.open(page).sends(url.Values{"text": {"Look"}}, map[string]string{name: content}).errs("file").sees(http.StatusUnprocessableEntity, name+" is not a PDF, a JPEG or PNG picture or plain text")
	}
	if v := s.view(reference); len(v.Files) != 7 {
		t.Errorf("%d files were kept", len(v.Files))
	}
	// A picture of two thousand million points is taken as the bytes it is: its
	// head is read, and nobody here unpacks it.
	b.open(page).sends(url.Values{"text": {"Large"}}, map[string]string{"large.png": hugePicture(t)}).sees(http.StatusOK, "large.png")
}

// zipBomb is an archive that claims to hold more than it does.
func zipBomb() string {
	return "PK\x03\x04\x14\x00\x00\x00\x08\x00" + strings.Repeat("\x00", 8) + "\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00\x00\x00a" + strings.Repeat("\x4b", 2000)
}

// hugePicture is a small picture whose head says that it is 50,000 by 50,000.
func hugePicture(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		t.Fatal(err)
	}
	raw := b.Bytes()
	copy(raw[16:24], "\x00\x00\xc3\x50\x00\x00\xc3\x50")
	copy(raw[29:33], crcOf(raw[12:29]))
	return string(raw)
}

func crcOf(chunk []byte) string {
	sum := uint32(0xffffffff)
	for _, c := range chunk {
		sum ^= uint32(c)
		for range 8 {
			if sum&1 == 1 {
				sum = sum>>1 ^ 0xedb88320
			} else {
				sum >>= 1
			}
		}
	}
	sum = ^sum
	return string([]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)})
}

func TestPortalFormsSaidWrongAreMendedOrRefusedClearly(t *testing.T) {
	s := openStreet(t)
	b, reference := s.inside("moxora", "US-CA", policies.Access)
	s.asksForThree(reference)
	s.do(reference, requests.AskQuestion{Question: "Which one?"})
	const form = "application/x-www-form-urlencoded"
	cookie := fmt.Sprintf("%s=%s", b.cookies()[0].Name, b.cookies()[0].Value)
	for _, c := range []struct {
		name, path, kind, body string
		status                 int
		says                   string
	}{
		{"no type", "/proof", "", "x", 415, "This page cannot read that"},
		{"JSON", "/appeal", "application/json", `{"text":"x"}`, 415, "This page cannot read that"},
		{"a form without files", "/proof", form, "declared=yes", 415, "This page cannot read that"},
		{"no boundary", "/message", "multipart/form-data", "x", 415, "This page cannot read that"},
		{"half a part", "/message", "multipart/form-data; boundary=x", "--x\r\nContent-Disp", 400, "The form could not be read"},
		{"bytes that are no text", "/message", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\na\xff\x00b\r\n--x--\r\n", 400, "The form could not be read"},
		{"a thousand parts", "/message", "multipart/form-data; boundary=x", strings.Repeat("--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n", 1000) + "--x--\r\n", 400, "The form could not be read"},
		{"a text of a megabyte", "/proof", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n" + strings.Repeat("x", 1<<20) + "\r\n--x--\r\n", 413, "That is too large"},
		{"a button with files", "/reopen", "multipart/form-data; boundary=x", "--x--\r\n", 415, "This page cannot read that"},
		{"a button with a megabyte", "/withdraw", form, "x=" + strings.Repeat("x", 1<<20), 413, "That is too large"},
		{"another verb", "/proof", form, "", 405, "This page does not do that"},
	} {
		t.Run(c.name, func(t *testing.T) {
			method := http.MethodPost
			if c.status == 405 {
				method = http.MethodPut
			}
			status, _, body := s.raw(method, "/my/"+reference+c.path, c.kind, c.body, "Cookie", cookie, "Accept-Encoding", "identity")
			if status != c.status || !strings.Contains(body, c.says) {
				t.Errorf("it answered %d: %.600s", status, body)
			}
		})
	}
	v := s.view(reference)
	if !v.Open() || v.Given != nil || len(v.Messages) != 2 || v.OpenHold("clarification") == nil {
		t.Errorf("something was changed: %s, %d messages", v.Phase, len(v.Messages))
	}
}

func TestPortalMessagesAtTheirLimits(t *testing.T) {
	s := openStreet(t)
	b, reference := s.inside("moxora", "DE", policies.Access)
	page := "/my/" + reference + "/message"
	b.open(page).sends(url.Values{"text": {" \n\t"}}, nil).errs("text").sees(http.StatusUnprocessableEntity, "Write something before you send it")
	emoji := strings.Repeat("\U0001f469", requests.MaxDetails)
	b.open(page).sends(url.Values{"text": {emoji}}, nil).at("/"+reference).sees(http.StatusOK, "We have your message.")
	b.open(page).sends(url.Values{"text": {"x" + strings.Repeat("é", requests.MaxDetails)}}, nil).errs("text").sees(http.StatusUnprocessableEntity, "Write at most 10,000 characters; these are 10,001")
	b.open(page).sends(url.Values{"text": {"Files"}, "seen": {"not a number"}}, map[string]string{"a.png": picture(t)}).sees(http.StatusOK, "a.png")
	for _, seen := range []string{"-1", "99999999999999999999", "1e9"} {
		b.open(page).sends(url.Values{"text": {"Seen " + seen}, "seen": {seen}}, nil).sees(http.StatusOK, "Seen "+seen)
	}
}

func TestLinkIsNotUsedByWhoeverLooksAtIt(t *testing.T) {
	s := openStreet(t)
	_, reference := s.received("moxora", "DE", policies.Access)
	link := s.linkTo(dana)
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPut, http.MethodDelete, "PROPFIND"} {
		for _, header := range [][]string{{}, {"Sec-Purpose", "prefetch;prerender"}, {"Purpose", "prefetch"}, {"X-Moz", "prefetch"}, {"User-Agent", "Mail scanner"}} {
			s.raw(method, link, "", "", header...)
		}
	}
	if status, _, _ := s.raw("POST", link, "application/x-www-form-urlencoded", "", "Sec-Fetch-Site", "cross-site"); status != http.StatusForbidden {
		t.Errorf("a post from elsewhere answered %d", status)
	}
	if v := s.view(reference); v.Verified == "mailbox" {
		t.Fatal("looking at the link proved the mailbox")
	}
	s.browser().open(link).press(nil).at("/"+reference).sees(http.StatusOK, dana)
}

func TestLinkPressedTwiceAtOnceLetsOneBrowserIn(t *testing.T) {
	s := openStreet(t)
	s.received("moxora", "DE", policies.Access)
	link := s.linkTo(dana)
	answers := make(chan int)
	for range 8 {
		go func() {
			r := httptest.NewRequest(http.MethodPost, link, nil)
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			w := httptest.NewRecorder()
			s.handler.ServeHTTP(w, r)
			answers <- w.Code
		}()
	}
	seen := map[int]int{}
	for range 8 {
		seen[<-answers]++
	}
	if seen[http.StatusSeeOther] != 1 || seen[http.StatusGone] != 7 {
		t.Errorf("the answers were %v", seen)
	}
}

func TestPortalTakesTheLineEndsOfAllPrograms(t *testing.T) {
	s := openStreet(t)
	b, reference := s.inside("moxora", "DE", policies.Access)
	b.open("/my/"+reference+"/message").sends(url.Values{"text": {"one\r\ntwo\rthree\u0085four\u2028five\vsix"}}, nil).at("/"+reference).sees(http.StatusOK, "one two three four five six")
	if v := s.view(reference); v.Messages[0].Body != "one\ntwo\nthree\nfour\nfive\nsix" {
		t.Errorf("it was kept as %q", v.Messages[0].Body)
	}
	s.settles()
	s.browser().asksToFollow("moxora", "\u200b"+dana+"\u200e ")
	if s.newest(dana).Subject != "Your link to all your requests" {
		t.Error("an address copied with unseen signs is not known")
	}
}
