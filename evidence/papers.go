package evidence

import (
	"slices"

	"dsr/requests"
)

// letters holds the letters against what the timeline says of them.
func (c *checker) letters(events []requests.Event) {
	var list []letter
	if !c.read(lettersName, &list) {
		return
	}
	before, sent := c.report.Findings, sentOn(events)
	var whole, hidden, unhashed int
	for _, l := range list {
		id, err := requests.LetterOf(l.MessageID)
		if err != nil {
			c.finding("the letter %s has a Message-ID that is none of ours", quoted(l.Path))
			continue
		}
		e, there := sent[id]
		delete(sent, id)
		if l.State != "sent" && !there {
			continue
		}
		switch text := c.wordsOf(l); {
		case !there:
			c.finding("the letter %s is said to be sent, and the timeline does not say so", quoted(l.Path))
		case l.State != "sent" || e.Change.Letter != l.Kind:
			c.finding("the letter %s is another than the timeline says was sent", quoted(l.Path))
		case e.Change.LetterSum == "":
			unhashed++
		case l.Hidden || l.Salt == "":
			hidden++
		case text.Sum() != e.Change.LetterSum:
			c.finding("the letter %s is not the one that was sent: its words do not fit the timeline’s SHA-256", quoted(l.Path))
		default:
			whole++
		}
	}
	for id := range sorted(sent) {
		c.finding("the letter that event %d says was sent is not in the pack", sent[id].Seq)
	}
	if c.report.Findings == before {
		c.lettersProved(whole, hidden, unhashed)
	}
}

func (c *checker) lettersProved(whole, hidden, unhashed int) {
	if whole > 0 {
		c.proved("%s, word for word, those the timeline says were sent, and none of them is missing.", counted(whole, "letter is", "letters are"))
	}
	if hidden > 0 {
		c.open("%s words that name the person blotted out or erased: only the manifest vouches for what is left.", counted(hidden, "letter has", "letters have"))
	}
	if unhashed > 0 {
		c.open("%s sent before the timeline kept a hash of letters: that they were sent is proved, their words are vouched for by the manifest alone.", counted(unhashed, "letter was", "letters were"))
	}
}

// sentOn lists what the timeline says was sent, by the letter's number.
func sentOn(events []requests.Event) map[int64]*requests.Event {
	sent := map[int64]*requests.Event{}
	for i := range events {
		if e := &events[i]; e.Act == requests.ActLetterSent && e.Change.LetterID != 0 {
			sent[e.Change.LetterID] = e
		}
	}
	return sent
}

// wordsOf puts a letter together from its entries.
func (c *checker) wordsOf(l letter) requests.Envelope {
	return requests.Envelope{Subject: l.Subject, Salt: l.Salt, Text: string(c.files[l.Path+".txt"]), HTML: string(c.files[l.Path+".html"])}
}

// filesListed compares the list of files with the hashes on the timeline.
func (c *checker) filesListed(events []requests.Event) {
	var list []kept
	if !c.read(filesName, &list) {
		return
	}
	var named []string
	for i := range events {
		named = append(named, events[i].Change.FileSums...)
	}
	met, there := 0, map[string]bool{}
	for _, f := range list {
		there[f.SHA256] = true
		if slices.Contains(named, f.SHA256) {
			met++
		}
	}
	// A decision that was approved names its files twice.
	slices.Sort(named)
	named = slices.DeleteFunc(slices.Compact(named), func(sum string) bool { return there[sum] })
	if met > 0 {
		c.proved("%s a SHA-256 that the timeline recorded.", counted(met, "listed file has", "listed files have"))
	}
	if rest := len(list) - met; rest > 0 {
		c.open("%s kept before the timeline recorded hashes of files: the manifest alone vouches for the hash.", counted(rest, "listed file was", "listed files were"))
	}
	if len(named) > 0 {
		c.open("The timeline records %s not listed: they were taken away again before anybody got them.", counted(len(named), "file that is", "files that are"))
	}
	if len(list) > 0 {
		c.open("What the files hold: the pack has their sizes and hashes, and not the files.")
	}
}

// limits says what no file can prove.
func (c *checker) limits() {
	if c.manifest.Personal {
		c.open("Words that are sealed on the timeline are proved as sealed bytes; that they read as the pack says is vouched for by the manifest.")
	}
	c.open("What happened after %s, and that the chain was not continued elsewhere: that only the whole log can show.", c.manifest.MadeAt.UTC().Format("2006-01-02T15:04:05Z"))
}
