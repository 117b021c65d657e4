package web

import (
	"strconv"
	"strings"

	"dsr/requests"
)

// fileLine is a file as a page lists it.
type fileLine struct{ Name, Kind, Size, Href string }

// file describes a file for a requester.
func (k *calendar) file(here string, f requests.File) fileLine {
	kind := "other"
	switch f.Type {
	case "application/pdf", "image/jpeg", "image/png", "text/plain", "text/csv", "application/zip", "application/json":
		kind = strings.NewReplacer("/", "_", "-", "_").Replace(f.Type)
	}
	return fileLine{
		Name: f.Name, Kind: k.T("portal.kind." + kind), Size: k.size(f.Size),
		Href: here + "/files/" + strconv.FormatInt(f.ID, 10),
	}
}

// size writes how large a file is, in units of a thousand.
func (k *calendar) size(n int64) string {
	switch {
	case n < 1_000:
		return k.N("portal.size.bytes", int(n))
	case n < 1_000_000:
		return k.T("portal.size.kilobytes", "n", int((n+500)/1_000))
	}
	tenths := int((n + 50_000) / 100_000)
	return k.T("portal.size.megabytes", "whole", tenths/10, "tenth", tenths%10)
}
