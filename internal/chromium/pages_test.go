package chromium_test

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// A person fills the form on a phone, with scripts switched off, mends what was
// wrong and reads the answers once more. What sending it does is told by the
// tests of package web.
func TestAPersonAsksWithoutScripts(t *testing.T) {
	b := open(t)
	if b == nil {
		return
	}
	b.look(390, false)
	for _, policy := range []string{"moxora", "nexoro", "opvio", "vensor", "sectora"} {
		b.scripts(false)
		b.visit("/" + policy + "/request")
		b.press(`main form .btns button`, `.errors`)
		b.do("access", chromedp.Click(`input[value=access]`))
		b.press(`main form .btns button`, `select[name=country]`)
		b.write(`select[name=country]`, "Germany")
		b.press(`main form .btns button`, `input[name=who]`)
		b.do("for me", chromedp.Click(`input[value=self]`))
		b.press(`main form .btns button`, `input[name=email]`)
		b.write(`input[name=email]`, "lena.example.org")
		b.press(`main form .btns button`, `.errors`)
		b.do("the address", chromedp.SetValue(`input[name=email]`, "lena@example.org"))
		b.press(`main form .btns button`, `textarea`)
		b.press(`main form .btns button`, `dl.answers`)
		b.reads("Check your answers", "Germany", "lena@example.org")
		b.scripts(true)
		b.reads("Nothing has been sent yet", "Send my request")
		b.sound()
	}
}

// Every page of a person and of the team is read by axe-core, on a phone and on
// a desk, light and dark.
func TestEveryPageIsForEverybody(t *testing.T) {
	b := open(t)
	if b == nil {
		return
	}
	public := []string{"/", "/moxora/request", "/moxora/use", "/opvio/accessibility", "/language?back=/moxora/request", "/r/forged", "/nowhere", "/my"}
	for _, width := range []int64{320, 390, 1280} {
		for _, dark := range []bool{false, true} {
			b.look(width, dark)
			for _, path := range public {
				b.visit(path)
				b.sound()
			}
		}
	}
	b.visit("/console/signin")
	b.sound()
	b.write(`input[name=email]`, "mara@example.com")
	b.write(`input[name=password]`, "try-it-on-this-machine")
	b.press(`main form button`, `table.queue`)
	request := evaluate[string](b, `document.querySelector('.c-ref a').getAttribute('href')`)
	team := []string{"/console", "/console?q=is:overdue+right:portability", "/console?q=nonsense:x", "/console?q=is:closed", "/console/policies", "/console/me",
		request, request + "/extend", request + "/message", request + "/ask-clarification", request + "/assign", request + "/note", request + "/decide", request + "/why/respond.law"}
	for _, width := range []int64{390, 1440} {
		for _, dark := range []bool{false, true} {
			b.look(width, dark)
			for _, path := range team {
				b.visit(path)
				b.sound()
			}
		}
	}
}
