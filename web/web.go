// Package web is the door people come through: the form, the requester's own
// pages, the console and, on a developer's machine, the mailbox.
//
// Every address is in the table below, on one page, with who may come. A
// handler reads what was posted, asks package requests to act as the caller at
// an instant, and renders a typed page. It returns an error where it cannot;
// errors.go turns each into a status and a sentence, once for all pages.
//
// The package knows no SQL, no SMTP and no law. It keeps nothing but sessions
// and forms under way, and needs no script in the browser.
package web

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// who says whom an address is for.
type who string

const (
	everyone  who = "everyone"  // no session is opened
	visitor   who = "visitor"   // a session is at hand, but nobody need be behind it
	requester who = "requester" // holds a link to their requests
	staff     who = "staff"     // signed in to the console
)

// route is one line of the table. Every GET answers HEAD too.
type route struct {
	method, path string
	who          who
	handle       echo.HandlerFunc
	body         int64 // the most bytes a post may have; zero is formBytes
}

// routes is the table of all addresses.
func (s *Site) routes() []route {
	const form, my, mailbox = "/:policy/request/:draft", "/my/:reference", "/mailbox/:number"
	table := []route{
		{"GET", "/", everyone, s.start, 0},
		{"GET", "/healthz", everyone, s.health, 0},
		{"GET", "/robots.txt", everyone, s.robots, 0},
		{"GET", "/.well-known/gpc.json", everyone, s.gpc, 0},
		{"GET", "/language", everyone, s.languages, 0},
		{"POST", "/language", everyone, s.chooseLanguage, 0},
		{"GET", "/assets/:version/:file", everyone, s.asset, 0},
		{"GET", "/brand/:version/:file", everyone, s.brandSheet, 0},

		// The form, one question a page. A draft keeps the answers under way.
		{"GET", "/:policy", everyone, s.policyHome, 0},
		{"GET", "/:policy/use", everyone, s.policyUse, 0},
		{"GET", "/:policy/accessibility", everyone, s.policyAccess, 0},
		{"GET", "/:policy/request", everyone, s.askNew, 0},
		{"POST", "/:policy/request", everyone, s.begin, 0},
		{"GET", form + "/:step", everyone, s.ask, 0}, // what, where, who, find, particular
		{"POST", form + "/:step", everyone, s.answer, 0},
		{"GET", form + "/check", everyone, s.check, 0},
		{"POST", form + "/check", everyone, s.send, 0},
		{"GET", "/:policy/request/done/:receipt", everyone, s.done, 0},
		{"POST", "/:policy/request/done/:receipt", everyone, s.sendAgain, 0},
		{"POST", "/:policy/request/done/:receipt/code", visitor, s.enterReceived, 0},

		// The link in a letter: GET shows a button, POST uses the link up.
		{"GET", "/r/:token", visitor, s.landing, 0},
		{"POST", "/r/:token", visitor, s.enter, 0},
		{"POST", "/r/:token/new", visitor, s.newLink, 0},

		// A link to all requests of an address, asked for with the address.
		{"GET", "/follow", everyone, s.followWhich, 0},
		{"GET", "/:policy/follow", everyone, s.askFollow, 0},
		{"POST", "/:policy/follow", everyone, s.follow, 0},
		{"GET", "/:policy/follow/:ticket", everyone, s.followed, 0},
		{"POST", "/:policy/follow/:ticket", visitor, s.enterFollowed, 0},

		// For agents: the way in, and the pages of who asks for others.
		{"GET", "/:policy/agent", everyone, s.agentStart, 0},
		{"POST", "/:policy/agent", everyone, s.askAgentLink, 0},
		{"GET", "/:policy/agent/:ticket", everyone, s.agentSent, 0},
		{"POST", "/:policy/agent/:ticket", visitor, s.enterAgentCode, 0},
		{"GET", "/a/:token", visitor, s.agentLanding, 0},
		{"POST", "/a/:token", visitor, s.agentEnter, 0},
		{"GET", "/agent", requester, s.agentHome, 0},
		{"POST", "/agent/digest", requester, s.setDigest, 0},
		{"GET", "/agent/authority", requester, s.askAuthority, 0},
		{"POST", "/agent/authority", requester, s.sendAuthority, uploadBytes},
		{"GET", "/agent/files/:file", requester, s.ownDocument, 0},
		{"GET", "/agent/lists", requester, s.lists, 0},
		{"POST", "/agent/lists", requester, s.sendList, uploadBytes},
		{"GET", "/agent/lists/example.csv", requester, s.exampleFile, 0},
		{"GET", "/agent/lists/:list", requester, s.list, 0},
		{"GET", "/agent/lists/:list/to-mend.csv", requester, s.mendFile, 0},
		{"POST", "/agent/lists/:list/clear", requester, s.clearList, 0},

		// The requester's own pages.
		{"GET", "/my", requester, s.mine, 0},
		{"POST", "/my/leave", visitor, s.leave, 0},
		{"POST", "/my/leave-everywhere", requester, s.leaveEverywhere, 0},
		{"GET", my, requester, s.status, 0},
		{"GET", my + "/message", requester, s.askMessage, 0},
		{"POST", my + "/message", requester, s.sendMessage, uploadBytes},
		{"GET", my + "/answer", requester, s.askAnswer, 0},
		{"POST", my + "/answer", requester, s.sendAnswer, uploadBytes},
		{"GET", my + "/withdraw", requester, s.askWithdraw, 0},
		{"POST", my + "/withdraw", requester, s.withdraw, 0},
		{"GET", my + "/proof", requester, s.askProof, 0},
		{"POST", my + "/proof", requester, s.sendProof, uploadBytes},
		{"GET", my + "/appeal", requester, s.askAppeal, 0},
		{"POST", my + "/appeal", requester, s.sendAppeal, uploadBytes},
		{"POST", my + "/reopen", requester, s.reopen, 0},
		{"POST", my + "/renew", requester, s.renew, 0},
		{"POST", my + "/link", requester, s.mailLink, 0},
		{"GET", my + "/files/:file", requester, s.download, 0},
	}
	if s.Inbox != nil {
		// Every letter this program sent: on a developer's machine only.
		table = append(table,
			route{"GET", "/mailbox", everyone, s.mailbox, 0},
			route{"GET", mailbox, everyone, s.mailbox, 0},
			route{"GET", mailbox + "/html", everyone, s.mailboxHTML, 0},
		)
	}
	return append(table, s.consoleRoutes()...)
}

// mount registers the table: each route behind the check of who may come and
// the limit of what may be posted.
func (s *Site) mount(e *echo.Echo) {
	for _, r := range s.routes() {
		handle := s.behind(r)
		e.Add(r.method, r.path, handle)
		if r.method == http.MethodGet {
			e.Add(http.MethodHead, r.path, handle)
		}
	}
}
