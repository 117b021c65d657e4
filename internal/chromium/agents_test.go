package chromium_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
)

// enterAgent opens the page of somebody who asks for others, and returns the
// visit and the link that was used for it.
func (h *house) enterAgent(policy, relation, name, email string) (visit, link string, c *http.Client) {
	h.Helper()
	h.post(h.client(), h.base+"/"+policy+"/agent", url.Values{"relation": {relation}, "own_name": {name}, "own_email": {email}})
	link, c = h.mailed(email, "/a/"), h.client()
	return h.enter(c, link), link, c
}

// upload sends a form with one file and returns the path it led to.
func (h *house) upload(c *http.Client, path, name, content string, values url.Values) string {
	h.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for field := range values {
		h.must(w.WriteField(field, values.Get(field)))
	}
	part, err := w.CreateFormFile("file", name)
	h.must(err)
	_, err = io.WriteString(part, content)
	h.must(err)
	h.must(w.Close())
	request, err := http.NewRequestWithContext(h.Context(), http.MethodPost, h.base+path, &body)
	h.must(err)
	request.Header.Set("Content-Type", w.FormDataContentType())
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	response, err := c.Do(request)
	h.must(err)
	defer response.Body.Close()
	if said := h.body(response); response.StatusCode != http.StatusOK {
		h.Fatalf("POST %s answered %d:\n%s", path, response.StatusCode, brief(said))
	}
	return response.Request.URL.Path
}

// agentPages are the pages of who asks for others.
func (h *house) agentPages() []view {
	h.Helper()
	visit, used, c := h.enterAgent("opvio", "agent", kay.Name, kay.Email) // who asked in two of the states
	desk := &standing{visit: visit}
	visit, _, _ = h.enterAgent("moxora", "parent", "Lena Huber", "lena@example.net")
	parent := &standing{visit: visit}
	h.upload(c, "/agent/authority", "permission.pdf", "%PDF-1.7\n"+strings.Repeat("signed ", 20), url.Values{"kind": {"signed_permission"}, "scope": {"all"}})
	mended := h.upload(c, "/agent/lists", "march.csv", "email,name,right,residence,details,your_reference\nada@example.org,Ada,access,DE,,4711\nnobody,Ben,access,DE,,4712\neve@example.org,Eve,flying,XX,,4713\n", nil)
	h.deliver()
	h.post(h.client(), h.base+"/opvio/agent", url.Values{"relation": {"agent"}, "own_name": {kay.Name}, "own_email": {kay.Email}})
	known := h.mailed(kay.Email, "/a/")
	sent := strings.TrimPrefix(h.post(h.client(), h.base+"/moxora/agent", url.Values{"relation": {"agent"}, "own_name": {"Sam"}, "own_email": {"sam@example.net"}}), h.base)
	first := h.mailed("sam@example.net", "/a/")
	running := h.upload(c, "/agent/lists", "april.csv", "email,right,residence\nfay@example.org,deletion,FR\n", nil)
	return []view{
		{name: "agents", path: "/moxora/agent"},
		{name: "agents, empty", path: "/moxora/agent", press: true, status: 422},
		{name: "agents, sent", path: sent},
		{name: "agents, a wrong code", path: sent, write: map[string]string{"code": "12"}, press: true, status: 422},
		{name: "an agent’s first link", path: first},
		{name: "an agent’s next link", path: known},
		{name: "an agent’s link that was used", path: used, status: 410},
		{name: "an agent’s page", path: "/agent", as: desk},
		{name: "an agent’s page, what has ended", path: "/agent?show=ended", as: desk},
		{name: "a parent’s page", path: "/agent", as: parent},
		{name: "authority", path: "/agent/authority", as: desk},
		{name: "authority, empty", path: "/agent/authority", as: parent, press: true, status: 422},
		{name: "lists", path: "/agent/lists", as: desk},
		{name: "lists, no file", path: "/agent/lists", as: desk, press: true, status: 422},
		{name: "lists, of a parent", path: "/agent/lists", as: parent},
		{name: "a list with mistakes", path: mended, as: desk},
		{name: "a list that is being read", path: running, as: desk, again: true},
	}
}
