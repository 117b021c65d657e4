package mailbox_test

import (
	"testing"
	"time"

	"dsr/mailbox"
)

func TestAMessageIsAsOldAsTheTopTraceLineSays(t *testing.T) {
	now := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	friday := time.Date(2026, 3, 6, 16, 30, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		raw  string
		want time.Time
	}{
		"as Postfix writes it":       {"Return-Path: <>\r\nReceived: from a (a [192.0.2.1])\r\n\tby mail (Postfix) with ESMTPS id 4X;\r\n\tFri,  6 Mar 2026 17:30:00 +0100 (CET)\r\nReceived: by b; Mon, 2 Mar 2026 09:00:00 +0000\r\n\r\nx", friday},
		"as OpenSMTPD writes it":     {"Received: from a (localhost [127.0.0.1])\r\n\tby mail (OpenSMTPD) with ESMTP id 1f2 for <privacy@moxora.example>;\r\n\tFri, 6 Mar 2026 16:30:00 +0000 (UTC)\r\n\r\n", friday},
		"no trace":                   {"Subject: x\r\n\r\nReceived: by b; Fri, 6 Mar 2026 16:30:00 +0000\r\n", now},
		"no date":                    {"Received: by b\r\n\r\n", now},
		"a date nobody can read":     {"Received: by b; yesterday\r\nReceived: by b; Fri, 6 Mar 2026 16:30:00 +0000\r\n\r\n", now},
		"tomorrow":                   {"Received: by b; Tue, 10 Mar 2026 16:30:00 +0000\r\n\r\n", now},
		"too long ago to be its own": {"Received: by b; Fri, 6 Mar 2020 16:30:00 +0000\r\n\r\n", now},
		"nothing":                    {"", now},
		"only a head":                {"received: by b; Fri, 6 Mar 2026 16:30:00 +0000", friday},
	} {
		if got := mailbox.ReceivedAt([]byte(c.raw), now); !got.Equal(c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
