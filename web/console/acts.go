package console

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"dsr/requests"
	"dsr/web/site"
	"dsr/workflow"
)

// staffAct is one act of the console: its page, its form and its verb. The
// office decides whether it is lawful; nothing here does.
type staffAct struct {
	slug   string // in the address
	act    workflow.Act
	title  string                                        // of the page
	button string                                        // named by its effect
	done   string                                        // what is said when it was done
	offer  string                                        // what it does, where it is proposed instead of another act
	begin  func(*requests.Office, *requests.View, input) // puts in what is known before somebody typed; nil: nothing is
	fields func(actForm) []formField
	verb   func(input) requests.Verb
	wide   bool // the form takes the whole width, the letter stands below it
	files  bool // files can be sent with it
	letter bool // a letter goes out
	danger bool
	// differs: it changes law, right or receipt, and what that does to the clocks
	// is seen before it is saved.
	differs bool
}

// input are what was posted with an act.
type input struct {
	url.Values
	files  []requests.Upload
	faults []site.FileFault
	unread bool // it was sent before its letter could be seen
	kept   bool // it was typed before the session ended
}

// staffActs lists every act that has a page, in no particular order: the menu
// of a request is the office's.
func staffActs() []staffAct {
	return slices.Concat(actsOfReading(), actsOfWork(), actsOfEnd(), actsOfProof(), actsOfTalk(), actsOfTeam(), actsOfPost())
}

// actsOfWork are the acts that move a request on.
func actsOfWork() []staffAct {
	return []staffAct{
		{slug: "take-up", act: requests.ActTakeUp, title: "Take up", button: "Take up the request", done: "Taken up. Next: search the systems.",
			offer: "Begin the search. You become the assignee if nobody is.", fields: noFields,
			verb: func(input) requests.Verb { return requests.TakeUp{} }},
		{slug: "findings", act: requests.ActFindings, title: "Record what was found", button: "Save what was found", done: "Findings saved. Next: decide.",
			offer: "Say for each system what it holds. Silence never counts as done.", fields: findingsFields,
			verb: func(a input) requests.Verb {
				return requests.RecordFindings{Systems: a.systems(), Summary: a.Get("summary")}
			}},
		{slug: "decide", letter: true, wide: true, act: requests.ActDecide, title: "Decide and send the answer", button: "Send the answer", done: "Answer sent.", files: true,
			offer: "Give, give a part or keep back, item by item or as a whole, and say why. The answer goes out with it.", begin: beginDecision, fields: decideFields, verb: decideVerb},
		{slug: "assign", letter: true, act: requests.ActAssign, title: "Assign", button: "Assign the request", done: "Assigned.",
			offer: "Give it to a colleague who can do more. They get a mail.", fields: assignFields,
			verb: func(a input) requests.Verb { return requests.Assign{UserID: a.number("assignee")} }},
	}
}

// actsOfEnd are the acts that end a request, set it aside or bring it back.
func actsOfEnd() []staffAct {
	return []staffAct{
		{slug: "close", act: requests.ActClose, title: "Close", button: "Close the request", done: "Closed.",
			offer: "Confirm that everything the answer says is done.", fields: closeFields,
			verb: func(a input) requests.Verb { return requests.Close{Done: a.Get("done") != ""} }},
		{slug: "dismiss", letter: true, act: requests.ActDismiss, title: "Dismiss", button: "Dismiss the request", done: "Dismissed and closed.", danger: true,
			offer: "End it without a decision: it is meant for somebody else, or was never proved.", fields: dismissFields,
			verb: func(a input) requests.Verb {
				return requests.Dismiss{Outcome: a.Get("outcome"), Text: a.Get("text")}
			}},
		{slug: "withdraw", letter: true, act: requests.ActWithdraw, title: "Record a withdrawal", button: "Record the withdrawal", done: "Withdrawn and closed.", danger: true,
			offer: "The person no longer wants it and told you so.", fields: withdrawFields,
			verb: func(a input) requests.Verb { return requests.Withdraw{Reason: a.Get("reason")} }},
		{slug: "no-request", act: requests.ActNoRequest, title: "It is no request", button: "It is no request", done: "Set aside: it is no request. No letter was sent.",
			offer: "A person wrote, but asks for nothing about personal information: an order, a question. Answer it where such mail is answered.", fields: noFields,
			verb: func(input) requests.Verb { return requests.Dismiss{Outcome: requests.NoRequest} }},
		{slug: "spam", act: requests.ActSpam, title: "Set aside as spam", button: "Set aside as spam", done: "Set aside as spam. No letter was sent.",
			offer: "Nobody is written to. Anybody can open it again in one click.", fields: noFields,
			verb: func(input) requests.Verb { return requests.Dismiss{Outcome: requests.Spam} }},
		{slug: "not-spam", letter: true, act: requests.ActClear, title: "Not spam", button: "Send the first letter", done: "Not spam. The first letter is on its way.",
			offer: "A person asked. The first letter, held back until now, goes out.", fields: noFields,
			verb: func(input) requests.Verb { return requests.Clear{} }},
		{slug: "reopen", letter: true, act: requests.ActReopen, title: "Open again", button: "Open it again", done: "Open again. It counts from its first receipt.",
			offer: "Take it up where it stood. It counts from the day it was received.", fields: reopenFields,
			verb: func(a input) requests.Verb { return requests.Reopen{Reason: a.Get("reason")} }},
	}
}

// actsOfProof are the acts that ask for proof, of identity or of an agent's
// authority, and judge what came.
func actsOfProof() []staffAct {
	return []staffAct{
		{slug: "ask-proof", letter: true, act: requests.ActAskProof, title: "Ask for proof of identity", button: "Send the letter and ask", done: "Asked for proof. The letter is on its way.",
			offer: "Name exactly what you need and why less is not enough.", begin: beginProof, fields: proofFields, verb: askProof},
		{slug: "record-proof", letter: true, act: requests.ActRecordProof, title: "Record the proof", button: "Record the proof", done: "Proof recorded. Nothing of it is kept.",
			offer: "Note that the proof came and that it fits.", begin: beginProof, fields: recordFields, verb: recordProof},
		{slug: "reject-proof", letter: true, act: requests.ActRejectProof, title: "Say that the proof does not fit", button: "Delete it and ask again", done: "What was sent is deleted. The letter asks again.",
			offer: "Delete what was sent and ask again, in other words.", begin: beginRejection, fields: rejectFields, verb: rejectProof},
	}
}

// actsOfTalk are the acts that write to somebody, or down what somebody wrote.
func actsOfTalk() []staffAct {
	return []staffAct{
		{slug: "ask-clarification", letter: true, act: requests.ActAskQuestion, title: "Ask what is meant", button: "Send the question", done: "Question sent.",
			offer: "Ask the person what exactly they mean.", fields: questionFields,
			verb: func(a input) requests.Verb { return requests.AskQuestion{Question: a.Get("question")} }},
		{slug: "record-clarification", letter: true, act: requests.ActAnswer, title: "Record the reply", button: "Record the reply", done: "Reply recorded. The clock runs.", files: true,
			offer: "Write down what the person said, if it came another way.", fields: replyFields,
			verb: func(a input) requests.Verb { return requests.AnswerQuestion{Text: a.Get("text"), Files: a.files} }},
		{slug: "extend", letter: true, act: requests.ActExtend, title: "Extend the law’s date", button: "Send notice and extend", done: "Extended. The notice is on its way.",
			offer: "Tell the person, with reasons, that the answer takes longer.", fields: extendFields,
			verb: func(a input) requests.Verb {
				return requests.Extend{Ground: a.Get("ground"), Reason: a.Get("reason"), Until: a.date()}
			}},
		{slug: "message", letter: true, act: requests.ActMessage, title: "Write to the requester", button: "Send the message", done: "Message sent to the requester.", files: true,
			offer: "Say what is done already, what is still open and by when.", fields: messageFields,
			verb: func(a input) requests.Verb { return requests.SendMessage{Text: a.Get("text"), Files: a.files} }},
		{slug: "note", act: requests.ActNote, title: "Add a note", button: "Save the note", done: "Note saved.",
			offer: "Keep a remark for the team. The requester never sees it.", fields: noteFields,
			verb: func(a input) requests.Verb { return requests.Note{Text: a.Get("text")} }},
	}
}

// look names the button that shows what an act would do, before it is done.
func (a staffAct) look() string {
	switch {
	case a.letter:
		return "Show the letter"
	case a.differs:
		return "Show what changes"
	}
	return ""
}

// actOf finds the page of an act.
func actOf(act workflow.Act) staffAct {
	for _, a := range staffActs() {
		if a.act == act {
			return a
		}
	}
	return staffAct{}
}

// date puts the three boxes of a date together; what is no number gives "".
func (a input) date() string {
	var parts [3]int
	for i, name := range []string{"year", "month", "day"} {
		n, err := strconv.Atoi(strings.TrimSpace(a.Get(name)))
		if err != nil || n < 1 || n > 9999 {
			return ""
		}
		parts[i] = n
	}
	return fmt.Sprintf("%04d-%02d-%02d", parts[0], parts[1], parts[2])
}

// number reads a number; what is none gives -1, which no row has.
func (a input) number(name string) int64 {
	n, err := strconv.ParseInt(a.Get(name), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// maxSystems bounds how many rows a form of findings may have.
const maxSystems = 60

// systems reads the rows of the findings: system.0 and found.0, and so on.
func (a input) systems() []requests.Searched {
	var rows []requests.Searched
	for i := range maxSystems {
		n := strconv.Itoa(i)
		if !a.Has("system." + n) {
			break
		}
		rows = append(rows, requests.Searched{System: site.Cut(a.Get("system."+n), 120), Found: a.Get("found." + n)})
	}
	return rows
}
