package imap_test

import (
	"bufio"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"dsr/mailbox/imap"
)

// script is how a made-up server answers: for the beginning of a command its
// answer, in which TAG is the tag of the command. To what stands under no
// beginning it says OK; to "-" it says nothing.
type script map[string]string

// sound is a server that keeps to the rules and holds one message.
var sound = script{
	"greeting":                          "* OK ready\r\n",
	"CAPABILITY":                        "* CAPABILITY IMAP4rev1\r\nTAG OK\r\n",
	"LIST":                              "* LIST () \"/\" \"\"\r\nTAG OK\r\n",
	"SELECT":                            "* 1 EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] kept\r\nTAG OK [READ-WRITE] open\r\n",
	"UID SEARCH UNKEYWORD $DSRIngested": "* SEARCH 1\r\nTAG OK\r\n",
	"UID SEARCH KEYWORD":                "* SEARCH\r\nTAG OK\r\n",
	"UID FETCH 1 (UID BODY":             "* 1 FETCH (UID 1 BODY[] {5}\r\nshort)\r\nTAG OK\r\n",
	"UID FETCH":                         "* 1 FETCH (UID 1 FLAGS () INTERNALDATE \"02-Mar-2026 09:00:00 +0000\" RFC822.SIZE 5)\r\nTAG OK\r\n",
}

// endless marks an answer of which the end is repeated for ever.
const endless = "<for ever>"

// serve plays a script to whoever connects, and returns where.
func serve(t *testing.T, changes script) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go play(conn, changes)
		}
	}()
	return listener.Addr().String()
}

func play(conn net.Conn, changes script) {
	defer conn.Close()
	say(conn, "", answer(changes, "greeting"))
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		tag, command, _ := strings.Cut(lines.Text(), " ")
		say(conn, tag, answer(changes, command))
	}
}

// answer finds the longest beginning of a command that has an answer; the
// changes come before what is sound.
func answer(changes script, command string) string {
	found, text := "", "TAG OK\r\n"
	for _, s := range []script{sound, changes} {
		for beginning := range s {
			if strings.HasPrefix(command, beginning) && len(beginning) >= len(found) {
				found, text = beginning, s[beginning]
			}
		}
	}
	return text
}

func say(conn net.Conn, tag, text string) {
	if text == "-" {
		return
	}
	before, again, forEver := strings.Cut(text, endless)
	_, err := io.WriteString(conn, strings.NewReplacer("<tag>", "TAG", "TAG", tag).Replace(before))
	for forEver && err == nil {
		_, err = io.WriteString(conn, strings.Repeat(again, 1000))
	}
}

// cut stands for either bound: which of them ends a flood first is a matter of
// how busy the machine is.
const cut = "cut off by time or by size"

func TestAServerThatHangsOrLiesIsCutOffAndNothingOfItIsTaken(t *testing.T) {
	body := "UID FETCH 1 (UID BODY"
	for name, c := range map[string]struct {
		lies script
		says string
	}{
		"says nothing":                         {script{"greeting": "-"}, imap.ErrSilent.Error()},
		"says goodbye":                         {script{"greeting": "* BYE too many connections\r\n"}, "does not say hello"},
		"is another sort of server":            {script{"greeting": "220 mail.example ESMTP\r\n"}, "does not say hello"},
		"hangs after the greeting":             {script{"CAPABILITY": "-", "LOGIN": "-"}, imap.ErrSilent.Error()},
		"hangs at the folder":                  {script{"SELECT": "-"}, imap.ErrSilent.Error()},
		"hangs in the middle of a line":        {script{"SELECT": "* 1 EXI"}, imap.ErrSilent.Error()},
		"hangs in the middle of a message":     {script{body: "* 1 FETCH (UID 1 BODY[] {500}\r\nsho"}, imap.ErrSilent.Error()},
		"says a message is longer than it is":  {script{body: "* 1 FETCH (UID 1 BODY[] {50}\r\nshort)\r\nTAG OK\r\n"}, imap.ErrSilent.Error()},
		"says a message is shorter than it is": {script{body: "* 1 FETCH (UID 1 BODY[] {3}\r\nshort)\r\nTAG OK\r\n"}, "does not hand out a message"},
		"says a message has -1 bytes":          {script{body: "* 1 FETCH (UID 1 BODY[] {-1}\r\n)\r\nTAG OK\r\n"}, "does not hand out a message"},
		"gives a message without content":      {script{body: "* 1 FETCH (UID 1)\r\nTAG OK\r\n"}, "has no content"},
		"gives a message two contents":         {script{body: "* 1 FETCH (UID 1 BODY[] {1}\r\na BODY[] {1}\r\nb)\r\nTAG OK\r\n"}, "has no content"},
		"gives a message that does not end":    {script{body: "* 1 FETCH (UID 1 BODY[] {99999999999}\r\n" + endless + "0123456789abcdef"}, imap.ErrFlood.Error()},
		"refuses to give a message":            {script{body: "TAG NO not today\r\n"}, "does not hand out a message"},
		"gives no UIDVALIDITY":                 {script{"SELECT": "* 1 EXISTS\r\nTAG OK open\r\n"}, "no UIDVALIDITY"},
		"talks for ever":                       {script{"SELECT": endless + "* OK I was just thinking\r\n"}, cut},
		"talks for ever in one line":           {script{"SELECT": "* OK " + endless + "and then "}, cut},
		"finds messages for ever":              {script{"UID SEARCH UNKEYWORD $DSRIngested": "* SEARCH" + endless + " 4"}, cut},
		"finds four thousand million messages": {script{"UID SEARCH UNKEYWORD $DSRIngested": "* ESEARCH (<tag> \"TAG\") UID ALL 1:4294967295\r\nTAG OK\r\n"}, "more messages than"},
		"opens brackets for ever":              {script{"LIST": "* LIST " + endless + "("}, ""},
		"speaks of commands nobody gave":       {script{"SELECT": "T999 OK\r\n"}, ""},
		"asks for more that there is not":      {script{"SELECT": "+ go on\r\n"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLedger(t)
			w := l.hasty(serve(t, c.lies))
			switch c.says {
			case imap.ErrSilent.Error():
				w.Patience = 300 * time.Millisecond
			case cut:
				w.Patience = 2 * time.Second
			}
			stop := l.run(w)
			s := l.fault()
			if c.says == cut && s != imap.ErrSilent.Error() && s != imap.ErrFlood.Error() || c.says != cut && !strings.Contains(s, c.says) {
				t.Errorf("it says %q, not %q", s, c.says)
			}
			if stop(); len(l.took) != 0 {
				t.Errorf("something was taken: %q", (<-l.took).Raw)
			}
		})
	}
}

// hasty watches a server and gives it little time.
func (l *ledger) hasty(address string) *imap.Watcher {
	return &imap.Watcher{
		Account: imap.Account{
			Name: "moxora", Policy: "moxora", Address: address, Security: imap.None, User: "privacy", Poll: 20 * time.Millisecond, Done: "dsr/Processed",
			Password: func() (string, error) { return "secret", nil },
		},
		Take: l.take, Place: l.place(), Log: slog.New(slog.NewTextHandler(l, nil)),
		Patience: soon, Pause: time.Millisecond, LongestPause: 10 * time.Millisecond,
	}
}

func TestAServerThatKeepsToTheRulesIsBelieved(t *testing.T) {
	l := newLedger(t)
	l.run(l.hasty(serve(t, nil)))
	if d := l.next(); string(d.Raw) != "short" || d.Source != "imap:moxora/INBOX/7/1" || !d.ReceivedAt.Equal(monday) {
		t.Errorf("it came as %+v", d)
	}
}

// TestAServerThatIsWrongAboutASizeIsRead: some servers reckon the size.
func TestAServerThatIsWrongAboutASizeIsRead(t *testing.T) {
	for _, size := range []string{"3", "5000"} {
		l := newLedger(t)
		stop := l.run(l.hasty(serve(t, script{"UID FETCH": strings.Replace(sound["UID FETCH"], "RFC822.SIZE 5", "RFC822.SIZE "+size, 1)})))
		if d := l.next(); string(d.Raw) != "short" || d.Size != 5 {
			t.Errorf("said to have %s bytes, it came as %+v", size, d)
		}
		stop()
	}
}

// TestAServerWithoutKeywordsIsReadByUID: what lies at or before the position is
// not asked for again.
func TestAServerWithoutKeywordsIsReadByUID(t *testing.T) {
	l := newLedger(t)
	l.run(l.hasty(serve(t, script{
		"SELECT":                              strings.Replace(sound["SELECT"], " \\*", "", 1),
		"UID SEARCH UID 1:*":                  "* SEARCH 1\r\nTAG OK\r\n",
		"UID SEARCH UID 2:*":                  "* SEARCH 1\r\nTAG OK\r\n",
		"UID STORE 1 +FLAGS.SILENT (\\Seen $": "TAG NO no keywords here\r\n",
	})))
	l.next()
	until(t, "the position moves", func() bool { _, uid := l.position(); return uid == 1 })
	if len(l.took) != 0 || len(l.faults) != 0 {
		t.Errorf("%d more were taken, with %d faults", len(l.took), len(l.faults))
	}
}
