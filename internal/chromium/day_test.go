package chromium_test

import (
	"crypto/ed25519"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"dsr/evidence"
	"dsr/requests"
)

// workday is the day of a team: who works, on what, and since when.
type workday struct {
	*house
	mara *worker
	refs map[string]string // by name of the state
}

// A privacy team's working day with the keyboard alone: forty requests are
// looked through, extended where the law allows it and not where it does not,
// decided item by item, proposed, approved and sent back, handled many at once,
// found, exported, audited and proved. In the evening the dashboard says what
// the timelines tell.
func TestAWorkingDayNeedsNoMouse(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	d := &workday{house: h, refs: h.beginDay()}
	if d.mara = h.seat("mara"); d.mara == nil {
		return
	}
	for _, hour := range []struct {
		name string
		work func()
	}{
		{"triage", d.triage}, {"proof and spam", d.suspicions}, {"extensions", d.extensions}, {"a full grant", d.grants}, {"a part kept back", d.keepsPart},
		{"a second person", d.seconds}, {"many at once", d.manyAtOnce}, {"search and export", d.searches}, {"an audit", d.audited}, {"evidence", d.proves}, {"figures", d.counts},
	} {
		began := time.Now()
		hour.work()
		if t.Failed() {
			t.Fatalf("the day ended in the hour of %s", hour.name)
		}
		t.Logf("%-18s %5.1f s", hour.name, time.Since(began).Seconds())
		h.later(4 * time.Minute)
	}
}

// page is the address of a request.
func (d *workday) page(name string) string { return "/console/requests/" + d.refs[name] }

// triage goes through everything new, one after another, and takes five of them
// up. What was taken up leaves the list, and the way on stays.
func (d *workday) triage() {
	w := d.mara
	w.jumps("?", "/console/keys").sees("Next request", "Open the request", "Extend its time")
	w.jumps("go", "/console")
	w.filters("phase:triage")
	waiting := w.listed()
	if len(waiting) != 23 {
		d.Fatalf("%d requests wait for triage: %q", len(waiting), waiting)
	}
	w.keys("j")
	w.keys("p")
	w.until("document.querySelector('#peek')?.innerText.includes("+quoted(waiting[0])+")", "true")
	w.keys(kb.Escape)
	w.until("document.querySelector('#peek')", "null")
	w.jumps(kb.Enter, "/console/requests/"+waiting[0])
	mine := []string{d.refs["a full copy"], d.refs["delete all"], d.refs["brazil"], d.refs["object"], d.refs["scan copy"]}
	for i, reference := range waiting {
		w.on("/console/requests/"+reference).sees(reference, "To triage")
		if slices.Contains(mine, reference) {
			w.inside().presses("Take up", 200).inside().presses("Take up the request", 200).on("/console/requests/" + reference).sees("Taken up. Next: search the systems.")
		}
		if i+1 < len(waiting) {
			w.jumps("j", "/console/requests/"+waiting[i+1])
		}
	}
	w.jumps("k", "/console/requests/"+waiting[len(waiting)-2])

	// One that is taken up belongs to who took it; another is assigned.
	w.jumps("a", "/console/requests/"+waiting[len(waiting)-2]+"/assign")
	w.inside().picks("mara, handler").presses("Assign the request", 200).sees("Assigned.")
	w.jumps("gm", "/console").sees("My work")
	for _, reference := range append(mine, waiting[len(waiting)-2]) {
		if !slices.Contains(w.listed(), reference) {
			d.Errorf("%s is not among Mara’s work", reference)
		}
	}
}

// suspicions asks one person for proof, and sets a request aside that comes back.
func (d *workday) suspicions() {
	w := d.mara
	w.opens(d.refs["prove it"]).acts("Ask for proof of identity", 200)
	w.inside().reach("Full name").keys(" ")
	w.writes("Why is less not enough", "Two people here have this name.").presses("Show the letter", 200).sees("Two people here have this name.")
	w.inside().presses("Send the letter and ask", 200).sees("Asked for proof. The letter is on its way.", "Verification")

	w.opens(d.refs["many forms"]).sees("many forms name this mailbox")
	w.acts("Set aside as spam", 200).inside().presses("Set aside as spam", 200).sees("Set aside as spam. No letter was sent.")
	w.inside().presses("Open again", 200).inside().presses("Open it again", 200).sees("Open again. It counts from its first receipt.")
	d.deliver()
	if got := d.letters("many.forms@example.org"); len(got) != 1 {
		d.Errorf("the letters to who was taken for spam are %q", got)
	}
}

// dated types a day so far from now into the three boxes of a date.
func (w *worker) dated(days int) *worker {
	w.Helper()
	at := w.h.now().AddDate(0, 0, days)
	return w.writes("Day", at.Format("2")).writes("Month", at.Format("1")).writes("Year", at.Format("2006"))
}

// extensions are tried four times: once the law allows it; then it knows none, it
// is too late, and it was used before.
func (d *workday) extensions() {
	w := d.mara
	w.opens(d.refs["a long case"]).jumps("e", d.page("a long case")+"/extend")
	w.inside().picks("The request is complex").writes("Your reason", "Your account spans four systems.").dated(45)
	w.presses("Show the letter", 200).sees("Your account spans four systems.", "To a•••@example.org")
	before := len(d.box.Messages())
	w.inside().presses("Send notice and extend", 200).on(d.page("a long case")).sees("Extended. The notice is on its way.", "extended the law’s date: the request is complex")
	d.deliver()
	if sent := d.box.Messages(); len(sent) != before+1 || !strings.Contains(sent[0].Text+sent[len(sent)-1].Text, "Your account spans four systems.") {
		d.Errorf("%d letters went out for the extension", len(sent)-before)
	}

	w.opens(d.refs["stop the mail"]).jumps("e", d.page("stop the mail")+"/extend")
	w.sees("UK GDPR gives no extension for this right", "UK GDPR Art. 21(2) and (3)", "What you can do now")
	w.opens(d.refs["already late"]).jumps("e", d.page("already late")+"/extend")
	w.sees("Cannot extend: the first period ended on", "An extension counts only if the person is told, with reasons, before that day is over", "GDPR Art. 12(3): second sentence")
	w.opens(d.refs["a long case"]).jumps("e", d.page("a long case")+"/extend")
	w.sees("The law allows one extension, and it has been used", "UK GDPR Art. 12A(3) and (4)")
}

// records says what the systems hold: the first has something, the others not.
func (w *worker) records(systems int) *worker {
	w.Helper()
	w.inside().presses("Record what was found", 200).inside()
	for i := range systems {
		if i == 0 {
			w.picks("Found")
		} else {
			w.picks("Nothing found")
		}
	}
	return w.presses("Save what was found", 200).sees("Findings saved. Next: decide.")
}

// grants decides a request item by item, gives everything and closes.
func (d *workday) grants() {
	w := d.mara
	w.opens(d.refs["a full copy"]).records(1 + len(d.pack("moxora").Holders))
	w.inside().presses("Decide and send the answer", 200).sees("Found in Own database")
	w.inside().picks("Give").presses("Add another item", 200)
	w.inside().reach("What it is").reach("What it is").keys("Messages with our support")
	w.picks("Give").writes("What the requester reads first", "Everything we hold is in the file.")
	w.presses("Show the letter", 200).sees("your answer is ready", "Granted. 2 items: 2 given")
	w.inside().presses("Send the answer", 200).on(d.page("a full copy")).sees("Answer sent.", "2 items: 2 given")
	w.inside().presses("Close", 200).inside().presses("Close the request", 422).sees("There is a problem")
	w.reach("Everything the answer says is done").keys(" ")
	w.presses("Close the request", 200).sees("Closed.")
}

// keepsPart decides a request of which a part is kept back, on a ground that its
// law has for its right.
func (d *workday) keepsPart() {
	w := d.mara
	w.opens(d.refs["in part"]).inside().presses("Decide and send the answer", 200)
	w.inside().picks("Give part").reach("Ground in law")
	v, err := d.site.Office.Open(d.Context(), d.team["mara"], d.now(), d.refs["in part"], false)
	d.must(err)
	want := []string{""}
	for _, g := range v.Version.Refusals {
		if v.Right.In(g.Rights) && g.Ground != "agent_unproven" { // nobody asks for somebody else
			want = append(want, g.Ground)
		}
	}
	if got := look[[]string](w.tab, "[...document.activeElement.options].map(o=>o.value)"); !slices.Equal(got, want) || slices.Contains(got, "legal_claims") {
		d.Errorf("the grounds on offer are %q, the law’s for this right %q", got, want)
	}
	w.keys("Rights of others")
	w.presses("Send the answer", 422).sees("Item 1: Write why, as the person will read it.")
	w.writes("Why for App database", "We covered the names of other customers.").writes("What the requester reads first", "Most of it is in the file.")
	w.presses("Show the letter", 200).sees("We covered the names of other customers.", "GDPR Art. 15(4)", "Partly granted. 1 item: 1 given in part")
	w.inside().presses("Send the answer", 200).on(d.page("in part")).sees("Answer sent.", "Rights of others", "The requester can ask for another look")
}

// proposes refuses a request as a whole, which needs a second person.
func (d *workday) proposes(name, text string) {
	w := d.mara
	w.opens(d.refs[name]).inside().presses("Decide and send the answer", 200).inside().presses("Decide as a whole", 200)
	w.inside().picks("Refused").writes("Ground in law", "Legal claims").writes("What the requester reads first", text)
	w.presses("Show the letter", 200).sees("Legal claims").inside().presses("Send for approval", 200)
	w.on(d.page(name)).sees("Sent for approval. Nothing went to the requester yet, and the clocks run on.", "Proposed: refused")
}

// seconds proposes two refusals. A colleague approves one and sends the other
// back, which is then granted.
func (d *workday) seconds() {
	d.proposes("refuse it", "We need the invoices for a claim before a court.")
	d.proposes("send it back", "There may be a claim one day.")
	joon := d.seat("joon")
	joon.filters("is:to-approve")
	if got := joon.listed(); len(got) != 2 {
		d.Errorf("%q wait for Joon", got)
	}
	d.deliver()
	joon.opens(d.refs["refuse it"]).inside().presses("Approve and send", 200).sees("You are the second person", "We need the invoices for a claim before a court.")
	joon.inside().presses("Approve and send", 200).sees("Approved. The letter is on its way.")
	joon.opens(d.refs["send it back"]).acts("Send the proposal back", 200).inside()
	joon.writes("What should be decided otherwise", "Nobody claims anything. Delete it.").presses("Send it back", 200).sees("Sent back. Nothing went to the requester.")

	w := d.mara
	w.opens(d.refs["send it back"]).sees("Nobody claims anything. Delete it.")
	w.inside().presses("Decide and send the answer", 200).inside().presses("Decide as a whole", 200)
	w.inside().picks("Granted").writes("What the requester reads first", "Your account is deleted.").presses("Show the letter", 200).inside().presses("Send the answer", 200).sees("Answer sent.")
	d.deliver()
	for name, want := range map[string]string{"refuse it": "we cannot do what you asked", "send it back": "the information is deleted"} {
		if got := d.letters(strings.ReplaceAll(name, " ", ".") + "@example.org"); len(got) != 2 || !slices.Contains(got, d.refs[name]+": "+want) {
			d.Errorf("%s: the letters are %q", name, got)
		}
	}
}

// letters are the subjects of the letters to an address.
func (h *house) letters(to string) (subjects []string) {
	h.Helper()
	for _, m := range h.box.Messages() {
		if strings.Contains(strings.Join(m.To, " "), to) {
			subjects = append(subjects, m.Subject)
		}
	}
	return subjects
}

// manyAtOnce extends everything of two policies that can be: the page says first
// which can and which cannot, and why.
func (d *workday) manyAtOnce() {
	w := d.mara
	w.filters("is:open policy:opvio policy:nexoro")
	all := w.listed()
	until := d.now().AddDate(0, 0, 60)
	can, cannot := 0, 0
	verb := requests.Extend{Ground: "complex", Reason: "Many ask at once.", Until: until.Format(time.DateOnly)}
	for _, reference := range all {
		preview, err := d.site.Office.Preview(d.Context(), d.team["mara"], d.now(), reference, verb)
		d.must(err)
		if len(preview.Objections)+len(preview.Fields) == 0 {
			can++
		} else {
			cannot++
		}
	}
	w.reach("Select all on this page").keys(" ")
	w.keys("b")
	w.until("document.activeElement.closest('.bulk')!=null", "true")
	w.presses("Extend", 200).sees(fmt.Sprintf("%d selected", len(all)))
	w.inside().picks("The request is complex").writes("Your reason", "Many ask at once.").dated(60)
	w.presses("Check all", 200).sees(fmt.Sprintf("%d selected, %d can, %d cannot", len(all), can, cannot), "The letter that goes out", "Many ask at once.",
		"cannot: California CCPA gives no extension for this right", "cannot: Cannot extend: the first period ended on")
	w.presses(fmt.Sprintf("Send notices and extend %d requests", can), 200).sees(fmt.Sprintf("%d done, %d left out", can, cannot))
}

// searches finds a person by their address and requests by typed words, and
// takes a list along.
func (d *workday) searches() {
	w := d.mara
	w.filters("virginia@example.org")
	if got := w.listed(); !slices.Equal(got, []string{d.refs["virginia"]}) {
		d.Errorf("the address finds %q", got)
	}
	w.filters("right:deletion law:ccpa is:open")
	if got := w.listed(); !slices.Equal(got, []string{d.refs["california deletion"]}) {
		d.Errorf("the typed words find %q", got)
	}
	w.filters("is:open policy:moxora flavour:sweet").sees("flavour")
	w.filters("is:open policy:moxora")
	want := w.listed()
	slices.Sort(want)
	// A menu that is left lies over nothing, and Escape leads back out of it.
	w.reach("Views").opensMenu().reach("Clear all").reach("Order").opensMenu()
	w.next()
	w.keys(kb.Escape)
	w.until("document.activeElement.innerText.replace(/\\s+/g,' ')+document.querySelectorAll('details[open]').length", "Order: Due first0")
	// On a phone the head of the list shows while something of it has the focus.
	w.width(phone)
	w.reach("Select all on this page").reach("Due").reach("Reference, requester")
	w.width(1440)
	name, content := w.fetches("Export")
	rows, err := csv.NewReader(strings.NewReader(content)).ReadAll()
	d.must(err)
	var got []string
	for _, row := range rows[1:] {
		got = append(got, row[0])
	}
	slices.Sort(got)
	if !strings.HasSuffix(name, ".csv") || !slices.Equal(got, want) || strings.Contains(content, "already.late@") {
		d.Errorf("%s holds %q and not %q:\n%s", name, got, want, brief(content))
	}
}

// audited lets an auditor look at who somebody is, which needs a reason and is
// told.
func (d *workday) audited() {
	tom := d.seat("tom")
	tom.opens(d.refs["already late"]).inside().presses("Show the requester", 200).sees("Why do you need to see it?")
	tom.inside().presses("Show the details", 422).sees("There is a problem")
	tom.writes("Why do you need to see it", "The yearly audit.").presses("Show the details", 200).on(d.page("already late")).sees("already.late@example.org")
	tom.opens(d.refs["stop the mail"]).jumps("e", d.page("stop the mail")+"/extend").sees("You are signed in as auditor")
	d.mara.opens(d.refs["already late"]).sees("tom looked at the requester’s details")
}

// proves makes an evidence pack and checks it without the database.
func (d *workday) proves() {
	w := d.mara
	w.opens(d.refs["a full copy"]).inside().presses("Evidence pack", 200).sees("What is in it")
	name, pack := w.inside().fetches("Make the pack")
	key := d.site.Ring.CheckpointKey().Public().(ed25519.PublicKey)
	report, err := evidence.Verify(strings.NewReader(pack), int64(len(pack)), evidence.Options{Keys: []ed25519.PublicKey{key}, Book: d.site.Book}, func(fault string) { d.Error(fault) })
	if err != nil || report.Findings > 0 || report.Manifest.Reference != d.refs["a full copy"] || name != report.Manifest.Reference+"-evidence.zip" {
		d.Errorf("%s: %+v, %v", name, report, err)
	}
}
