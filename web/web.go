// Package web is the doors people come through. Its own are the public ones: the
// form, the requester's own pages, those of agents and, on a developer's machine,
// the mailbox. The door of the team is package console; what all doors share is
// package site.
//
// Every public address is in the table below, on one page, with who may come;
// those of the console are in console/routes.go. A handler reads what was posted,
// asks package requests to act as the caller at an instant, and renders a typed
// page. It returns an error where it cannot; site/errors.go turns each into a
// status and a sentence, once for all pages.
//
// The package knows no SQL, no SMTP and no law. It keeps nothing but sessions
// and forms under way, and no page needs a script in the browser.
package web

import (
	"embed"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"dsr/drafts"
	"dsr/web/console"
	"dsr/web/site"
)

// Site is what the pages are given to work with.
type Site = site.Settings

// Limits say how often a door opens.
type Limits = site.Limits

//go:embed all:templates assets
var files embed.FS

// public is the doors for everybody who is not of the team.
type public struct {
	*site.Site
	pages   *site.Pages
	drafts  *drafts.Drawer
	sending []sync.Mutex // one for each share of the forms being sent
}

// New makes the handler of the whole site. It fails when a template, a brand
// or the name of a policy is not sound.
func New(settings Site) (http.Handler, error) {
	house, err := site.Open(settings)
	if err != nil {
		return nil, err
	}
	s := &public{Site: house, drafts: drafts.Open(house.DB, house.Ring), sending: make([]sync.Mutex, 32)}
	if s.pages, err = house.Furnish(files); err != nil {
		return nil, err
	}
	desk, err := console.Open(house)
	if err != nil {
		return nil, err
	}
	return house.Handler(append(s.inFrames(s.routes()), desk.Routes()...), func(c echo.Context, f site.Fault) error {
		if strings.HasPrefix(c.Request().URL.Path, "/console") {
			return desk.ShowFault(c, f)
		}
		return s.showFault(c, f)
	})
}

// render writes a page of one of the public doors.
func (s *public) render(c echo.Context, status int, name string, page any) error {
	return s.pages.Render(c, status, name, page)
}

// routes is the table of the public addresses. Those of the console are in
// web/console/routes.go.
func (s *public) routes() []site.Route {
	const form, my, mailbox = "/:policy/request/:draft", "/my/:reference", "/mailbox/:number"
	table := []site.Route{
		site.Get("/", site.Everyone, s.start),
		site.Get("/healthz", site.Everyone, s.health),
		site.Get("/robots.txt", site.Everyone, s.robots),
		site.Get("/.well-known/gpc.json", site.Everyone, s.gpc),
		site.Get("/language", site.Everyone, s.languages),
		site.Post("/language", site.Everyone, s.chooseLanguage),
		site.Get("/assets/:version/:file", site.Everyone, s.ServeAsset),
		site.Get("/brand/:version/:file", site.Everyone, s.ServeBrand),

		// The form, one question a page. A draft keeps the answers under way.
		site.Get("/:policy", site.Everyone, s.policyHome),
		site.Get("/:policy/use", site.Everyone, s.policyUse),
		site.Get("/:policy/accessibility", site.Everyone, s.policyAccess),
		site.Get("/:policy/request", site.Everyone, s.askNew),
		site.Post("/:policy/request", site.Everyone, s.begin),
		site.Get(form+"/:step", site.Everyone, s.ask), // what, where, who, find, particular
		site.Post(form+"/:step", site.Everyone, s.answer),
		site.Get(form+"/check", site.Everyone, s.check),
		site.Post(form+"/check", site.Everyone, s.send),
		site.Get("/:policy/request/done/:receipt", site.Everyone, s.done),
		site.Post("/:policy/request/done/:receipt", site.Everyone, s.sendAgain),
		site.Post("/:policy/request/done/:receipt/code", site.Visitor, s.enterReceived),

		// The link in a letter: GET shows a button, POST uses the link up.
		site.Get("/r/:token", site.Visitor, s.landing),
		site.Post("/r/:token", site.Visitor, s.enter),
		site.Post("/r/:token/new", site.Visitor, s.newLink),

		// A link to all requests of an address, asked for with the address.
		site.Get("/follow", site.Everyone, s.followWhich),
		site.Get("/:policy/follow", site.Everyone, s.askFollow),
		site.Post("/:policy/follow", site.Everyone, s.follow),
		site.Get("/:policy/follow/:ticket", site.Everyone, s.letterSent(s.byFollowLetter())),
		site.Post("/:policy/follow/:ticket", site.Visitor, s.enterSent(s.byFollowLetter())),

		// For agents: the way in, and the pages of who asks for others.
		site.Get("/:policy/agent", site.Everyone, s.agentStart),
		site.Post("/:policy/agent", site.Everyone, s.askAgentLink),
		site.Get("/:policy/agent/:ticket", site.Everyone, s.letterSent(s.byAgentLetter())),
		site.Post("/:policy/agent/:ticket", site.Visitor, s.enterSent(s.byAgentLetter())),
		site.Get("/a/:token", site.Visitor, s.agentLanding),
		site.Post("/a/:token", site.Visitor, s.agentEnter),
		site.Get("/agent", site.Requester, s.agentHome),
		site.Post("/agent/digest", site.Requester, s.setDigest),
		site.Get("/agent/authority", site.Requester, s.askAuthority),
		site.PostFiles("/agent/authority", site.Requester, s.sendAuthority),
		site.Get("/agent/files/:file", site.Requester, s.ownDocument),
		site.Get("/agent/lists", site.Requester, s.lists),
		site.PostFiles("/agent/lists", site.Requester, s.sendList),
		site.Get("/agent/lists/example.csv", site.Requester, s.exampleFile),
		site.Get("/agent/lists/:list", site.Requester, s.list),
		site.Get("/agent/lists/:list/to-mend.csv", site.Requester, s.mendFile),
		site.Post("/agent/lists/:list/clear", site.Requester, s.clearList),

		// The requester's own pages.
		site.Get("/my", site.Requester, s.mine),
		site.Post("/my/leave", site.Visitor, s.leave),
		site.Post("/my/leave-everywhere", site.Requester, s.leaveEverywhere),
		site.Get(my, site.Requester, s.status),
		site.Get(my+"/message", site.Requester, s.askMessage),
		site.PostFiles(my+"/message", site.Requester, s.sendMessage),
		site.Get(my+"/answer", site.Requester, s.askAnswer),
		site.PostFiles(my+"/answer", site.Requester, s.sendAnswer),
		site.Get(my+"/complete", site.Requester, s.askComplete),
		site.Post(my+"/complete", site.Requester, s.sendComplete),
		site.Get(my+"/withdraw", site.Requester, s.askWithdraw),
		site.Post(my+"/withdraw", site.Requester, s.withdraw),
		site.Get(my+"/proof", site.Requester, s.askProof),
		site.PostFiles(my+"/proof", site.Requester, s.sendProof),
		site.Get(my+"/appeal", site.Requester, s.askAppeal),
		site.PostFiles(my+"/appeal", site.Requester, s.sendAppeal),
		site.Post(my+"/reopen", site.Requester, s.reopen),
		site.Post(my+"/renew", site.Requester, s.renew),
		site.Post(my+"/link", site.Requester, s.mailLink),
		site.Get(my+"/files/:file", site.Requester, s.Download),
	}
	if s.Inbox != nil {
		// Every letter this program sent: on a developer's machine only.
		table = append(table,
			site.Get("/mailbox", site.Everyone, s.mailbox),
			site.Get(mailbox, site.Everyone, s.mailbox),
			site.Get(mailbox+"/html", site.Everyone, s.mailboxHTML),
		)
	}
	return table
}

// Server returns an HTTP server with limits on how long a connection may take.
// The bodies of uploads and downloads are what the long ones are for.
func Server(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       10 * time.Minute,
		WriteTimeout:      30 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}
