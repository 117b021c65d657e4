package site

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// Who says whom an address is for.
type Who string

// The audiences.
const (
	Everyone  Who = "everyone"  // no session is opened
	Visitor   Who = "visitor"   // a session is at hand, but nobody need be behind it
	Requester Who = "requester" // holds a link to their requests
	Staff     Who = "staff"     // signed in to the console
)

// Route is one line of the table of addresses. Every GET answers HEAD too.
type Route struct {
	Method, Path string
	Who          Who
	Handle       echo.HandlerFunc
	Body         int64 // the most bytes a post may have
	// Asks addresses are asked by an open page itself: coming there is no visit,
	// and keeps nobody signed in.
	Asks bool
}

// Get is the address of a page.
func Get(path string, who Who, handle echo.HandlerFunc) Route {
	return Route{Method: http.MethodGet, Path: path, Who: who, Handle: handle, Body: formBytes}
}

// Post is an address that takes a form.
func Post(path string, who Who, handle echo.HandlerFunc) Route {
	return Route{Method: http.MethodPost, Path: path, Who: who, Handle: handle, Body: formBytes}
}

// PostFiles is an address that takes a form with files.
func PostFiles(path string, who Who, handle echo.HandlerFunc) Route {
	return Route{Method: http.MethodPost, Path: path, Who: who, Handle: handle, Body: uploadBytes}
}
