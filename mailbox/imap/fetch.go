package imap

import (
	"fmt"
	"io"
	"time"

	goimap "github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"dsr/mailbox"
)

// maxHead is how much of the header of a message that is too large is fetched.
const maxHead = 1 << 20

// letter is a message as the server hands it out.
type letter struct {
	uid   goimap.UID
	at    time.Time // INTERNALDATE: when the server received it
	size  int64     // as the server says; some are a little off
	taken bool      // it has one of our keywords
	raw   []byte
	over  bool // there was more of it than is taken
	parts int  // how often it was handed out in one answer
}

// fetch gets one message, without marking it as read. It returns nil for one
// that is gone or was taken by another watcher in the meantime.
func (v *visit) fetch(uid uint32) (*mailbox.Delivery, error) {
	about, err := v.ask(uid, usualAnswer, 0, &goimap.FetchOptions{UID: true, Flags: true, InternalDate: true, RFC822Size: true})
	if err != nil || about == nil || about.taken {
		return nil, err
	}
	section := &goimap.FetchItemBodySection{Peek: true}
	expected := min(about.size, mailbox.MaxMessage)
	if about.size > mailbox.MaxMessage {
		section.Specifier, section.Partial = goimap.PartSpecifierHeader, &goimap.SectionPartial{Size: maxHead}
		expected = maxHead
	}
	// Twice as much as is taken: a server may be wrong about the size.
	found, err := v.ask(uid, 2*mailbox.MaxMessage, expected, &goimap.FetchOptions{UID: true, BodySection: []*goimap.FetchItemBodySection{section}})
	if err != nil || found == nil {
		return nil, err
	}
	if found.parts != 1 {
		return nil, fmt.Errorf("%w: a message has no content", ErrProtocol)
	}
	d := &mailbox.Delivery{
		Policy: v.Account.Policy, Door: "imap", ReceivedAt: about.at, Raw: found.raw, Size: int64(len(found.raw)),
		Source: fmt.Sprintf("imap:%s/%s/%d/%d", v.Account.Name, v.Account.folder(), v.validity, uid),
	}
	switch {
	case section.Specifier == goimap.PartSpecifierHeader:
		d.Size = about.size
	case found.over:
		d.Raw, _ = mailbox.Split(found.raw)
		d.Raw, d.Size = d.Raw[:min(len(d.Raw), maxHead)], max(about.size, mailbox.MaxMessage+1)
	}
	return d, nil
}

// ask fetches something of one message: nil where it is gone. The message is
// whole only when the server's answer came to its end.
func (v *visit) ask(uid uint32, bytes, expected int64, options *goimap.FetchOptions) (found *letter, err error) {
	err = v.leash.within(v.transfer(expected), bytes+usualAnswer, func() error {
		cmd := v.client.Fetch(goimap.UIDSetNum(goimap.UID(uid)), options)
		for data := cmd.Next(); data != nil; data = cmd.Next() {
			l := &letter{}
			// After a cut nothing is drained: the library reads by itself again.
			if err := l.read(data); err != nil {
				return fmt.Errorf("%w: a message ends before its end", ErrProtocol)
			}
			if l.uid == goimap.UID(uid) {
				found = l
			}
		}
		return asked("does not hand out a message", cmd.Close())
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// read reads one message of an answer.
func (l *letter) read(data *imapclient.FetchMessageData) (err error) {
	for item := data.Next(); item != nil; item = data.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			l.uid = item.UID
		case imapclient.FetchItemDataInternalDate:
			l.at = item.Time.UTC()
		case imapclient.FetchItemDataRFC822Size:
			l.size = item.Size
		case imapclient.FetchItemDataFlags:
			for _, f := range item.Flags {
				l.taken = l.taken || f == ingested || f == refused
			}
		case imapclient.FetchItemDataBodySection:
			if err = l.content(item.Literal); err != nil {
				return err
			}
		}
	}
	return nil
}

// content reads a literal. What is beyond the bound is read and left, for the
// connection to be of use afterwards.
func (l *letter) content(literal goimap.LiteralReader) error {
	l.parts++
	if literal == nil {
		return nil
	}
	raw, err := io.ReadAll(io.LimitReader(literal, mailbox.MaxMessage+1))
	if err != nil {
		return err
	}
	rest, err := io.Copy(io.Discard, literal)
	if err != nil || int64(len(raw))+rest != literal.Size() {
		return io.ErrUnexpectedEOF
	}
	l.raw, l.over = raw[:min(len(raw), mailbox.MaxMessage)], len(raw) > mailbox.MaxMessage
	return nil
}
