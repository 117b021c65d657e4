package imap

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	goimap "github.com/emersion/go-imap/v2"

	"dsr/mailbox"
)

// The keywords that say what was done with a message. They are on the server,
// so that they also tell another program, and us after a restart.
const (
	ingested goimap.Flag = "$DSRIngested" // taken: it is durable with us
	refused  goimap.Flag = "$DSRRefused"  // will not be taken; somebody must look at it
	copied   goimap.Flag = "$DSRCopied"   // taken and copied to Done, where the server cannot move
)

// prepare finds out how the server writes the name of the folder for taken
// messages, and makes it where it is missing.
func (v *visit) prepare(context.Context) error {
	if v.Account.Done == "" {
		return nil
	}
	return v.command(func() error {
		prefix, delim, err := v.namespace()
		if err != nil {
			return asked("tells nothing about its folders", err)
		}
		v.done = v.Account.Done
		if delim != 0 {
			v.done = strings.ReplaceAll(v.done, "/", string(delim))
		}
		if !strings.HasPrefix(v.done, prefix) {
			v.done = prefix + v.done
		}
		there, err := v.client.List("", v.done, nil).Collect()
		if err != nil || len(there) > 0 {
			return asked("does not list its folders", err)
		}
		err = v.client.Create(v.done, nil).Wait()
		var answer *goimap.Error
		if errors.As(err, &answer) && answer.Code != goimap.ResponseCodeAlreadyExists {
			return asked("cannot make the folder for taken messages", err)
		}
		// People see it without looking for it. Where that fails it is there all the same.
		v.client.Subscribe(v.done).Wait()
		return nil
	})
}

// namespace returns what the names of our folders begin with and what parts
// their levels (RFC 2342).
func (v *visit) namespace() (prefix string, delim rune, err error) {
	if v.caps.Has(goimap.CapNamespace) {
		data, err := v.client.Namespace().Wait()
		if err == nil && len(data.Personal) > 0 {
			return data.Personal[0].Prefix, data.Personal[0].Delim, nil
		}
	}
	roots, err := v.client.List("", "", nil).Collect()
	if err != nil || len(roots) == 0 {
		return "", 0, err
	}
	return "", roots[0].Delim, nil
}

// asked says what the server would not do; nil stays nil.
func asked(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the mail server %s: %s", what, plain(err))
}

// look hands on what lies in the folder and was not taken yet, oldest first.
// What was taken and not moved, because something was cut off in between, is
// moved.
func (v *visit) look(ctx context.Context) error {
	select {
	case <-v.news:
	default:
	}
	validity, keywords, err := v.enter()
	if err != nil {
		return err
	}
	kept, last, err := v.Place.Position(ctx)
	if err != nil {
		return err
	}
	if kept != validity {
		last = 0
	}
	if v.validity != validity {
		v.validity, v.stumbled = validity, map[uint32]bool{}
	}
	open, err := v.untaken(last, keywords)
	if err != nil {
		return err
	}
	began := last
	for _, uid := range open {
		if v.bare && uid <= began {
			continue // taken by an earlier visit, which could not mark it either
		}
		v.stumbled[uid] = true
		if err := v.hand(ctx, uid, &last, keywords && !v.bare); err != nil {
			return err
		}
		delete(v.stumbled, uid)
	}
	if err := v.clear(keywords && !v.bare); err != nil {
		return err
	}
	return v.save(ctx, last)
}

// enter opens the folder anew, which also shows that it was replaced by another
// of the same name.
func (v *visit) enter() (validity uint32, keywords bool, err error) {
	err = v.command(func() error {
		data, err := v.client.Select(v.Account.folder(), nil).Wait()
		if err != nil {
			return asked("does not open the folder "+v.Account.folder(), err)
		}
		if data.UIDValidity == 0 {
			return fmt.Errorf("%w: its folder has no UIDVALIDITY", ErrProtocol)
		}
		validity = data.UIDValidity
		// A server that says nothing takes everything (RFC 3501, 7.1). One whose list
		// is empty takes nothing, but the library does not tell the two apart.
		keeps := data.PermanentFlags
		keywords = len(keeps) == 0 || slices.Contains(keeps, goimap.FlagWildcard) || slices.Contains(keeps, ingested) && slices.Contains(keeps, refused)
		keywords = keywords && !v.bare
		return nil
	})
	return validity, keywords, err
}

// untaken lists the messages to be handed on: those without our keywords,
// whatever their UID, or where the server keeps no keywords those behind the
// last one. Messages at which earlier visits ended come last.
func (v *visit) untaken(last uint32, keywords bool) ([]uint32, error) {
	criteria := goimap.SearchCriteria{NotFlag: []goimap.Flag{ingested, refused}}
	if !keywords {
		criteria = goimap.SearchCriteria{UID: []goimap.UIDSet{{goimap.UIDRange{Start: goimap.UID(last) + 1}}}}
	}
	found, err := v.search(&criteria)
	if !keywords { // of "8:*" the last message is always one
		found = slices.DeleteFunc(found, func(uid uint32) bool { return uid <= last })
	}
	slices.SortStableFunc(found, func(a, b uint32) int {
		switch {
		case v.stumbled[a] == v.stumbled[b]:
			return 0
		case v.stumbled[a]:
			return 1
		}
		return -1
	})
	return found, err
}

// search returns UIDs in rising order.
func (v *visit) search(criteria *goimap.SearchCriteria) (list []uint32, err error) {
	err = v.command(func() error {
		data, err := v.client.UIDSearch(criteria, nil).Wait()
		if err != nil {
			return asked("does not search its folder", err)
		}
		list, err = numbers(data)
		return err
	})
	slices.Sort(list)
	return slices.Compact(list), err
}

// mostFound is how many messages one search can find. A line may name more of
// them than there is room for.
const mostFound = 4 << 20

func numbers(data *goimap.SearchData) (list []uint32, err error) {
	set, ok := data.All.(goimap.UIDSet)
	if !ok {
		return nil, nil
	}
	for _, r := range set {
		if r.Start == 0 || r.Stop < r.Start || len(list)+int(r.Stop-r.Start) >= mostFound {
			return nil, fmt.Errorf("%w: a search finds more messages than a folder can hold", ErrProtocol)
		}
		for n := r.Start; ; n++ {
			list = append(list, uint32(n))
			if n == r.Stop {
				break
			}
		}
	}
	return list, nil
}

// hand hands one message on and marks and moves it. The position is written
// before the mark: what stays unmarked is handed on once more, under the source
// it had.
func (v *visit) hand(ctx context.Context, uid uint32, last *uint32, keywords bool) error {
	d, err := v.fetch(uid)
	if err != nil || d == nil {
		return err // nil: somebody took it away
	}
	err = v.Take(ctx, *d)
	if errors.Is(err, mailbox.ErrRefused) {
		if keywords {
			err = v.mark(uid, refused)
		} else {
			err = nil
		}
		v.Log.Warn("a message of a mailbox was refused and stays where it is", "mailbox", v.Account.Name, "uid", uid)
		if err != nil {
			return err
		}
		return v.pass(ctx, uid, last)
	}
	if err != nil {
		return fmt.Errorf("a message could not be kept, and stays in the mailbox: %w", err)
	}
	again := uid <= *last
	if err := v.pass(ctx, uid, last); err != nil {
		return err
	}
	marks := []goimap.Flag{goimap.FlagSeen}
	if keywords {
		marks = append(marks, ingested)
	}
	if err := v.mark(uid, marks...); err != nil {
		return err
	}
	if keywords && v.bare && again {
		return nil // an earlier visit could not mark it, and has put it aside
	}
	return v.aside(uid, keywords && !v.bare)
}

// pass moves the position past a message.
func (v *visit) pass(ctx context.Context, uid uint32, last *uint32) error {
	if uid <= *last {
		return nil
	}
	*last = uid
	delete(v.stumbled, uid)
	return v.save(ctx, uid)
}

// save writes the position down, but never past a message that is still open.
// What was done stays done although ctx ends.
func (v *visit) save(ctx context.Context, last uint32) error {
	for uid := range v.stumbled {
		last = min(last, uid-1)
	}
	return v.Place.Save(context.WithoutCancel(ctx), v.validity, last)
}

// mark sets flags of a message. Where the server refuses that, the rest of the
// visit goes by the position, which is written down already: whoever may only
// read a folder can still take every message of it once.
func (v *visit) mark(uid uint32, flags ...goimap.Flag) error {
	return v.command(func() error {
		add := &goimap.StoreFlags{Op: goimap.StoreFlagsAdd, Silent: true, Flags: flags}
		err := v.client.Store(goimap.UIDSetNum(goimap.UID(uid)), add, nil).Close()
		var answer *goimap.Error
		if !errors.As(err, &answer) {
			return asked("does not mark a message", err)
		}
		if !v.bare {
			v.Log.Warn("the messages of a mailbox cannot be marked", "mailbox", v.Account.Name, "error", plain(err))
		}
		v.bare = true
		return nil
	})
}

// clear moves what was taken and still lies in the folder.
func (v *visit) clear(keywords bool) error {
	if !keywords || v.done == "" {
		return nil
	}
	left, err := v.search(&goimap.SearchCriteria{Flag: []goimap.Flag{ingested}, NotFlag: []goimap.Flag{copied}})
	for _, uid := range left {
		if err := v.aside(uid, keywords); err != nil {
			return err
		}
	}
	return err
}

// aside moves a taken message to the folder for them. A server that cannot
// move copies it, and the original stays: taking it away would be deleting.
func (v *visit) aside(uid uint32, keywords bool) error {
	set := goimap.UIDSetNum(goimap.UID(uid))
	switch {
	case v.done == "":
		return nil
	case v.caps.Has(goimap.CapMove):
		return v.command(func() error {
			_, err := v.client.Move(set, v.done).Wait()
			if answer := new(goimap.Error); v.bare && errors.As(err, &answer) {
				return nil // whoever may not mark may not move either; the position is enough
			}
			return asked("does not move a message", err)
		})
	}
	err := v.command(func() error {
		_, err := v.client.Copy(set, v.done).Wait()
		return asked("does not copy a message", err)
	})
	if err != nil || !keywords {
		return err
	}
	return v.mark(uid, copied)
}
