package mailhost

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// OpenSMTPD is a running mail server that hands what it takes for one domain to
// an LMTP server.
type OpenSMTPD struct {
	SMTP string // address, 127.0.0.1:port, without TLS
	Log  string // file that it writes to
}

// alone runs the server in its arguments with a queue and a control socket of
// its own: their places are fixed, and the machine may run another one.
const alone = `mount -t tmpfs -o mode=0755 tmpfs /run && mount -t tmpfs -o mode=0755 tmpfs /var/spool && exec "$@"`

// StartOpenSMTPD starts a server that takes mail for everybody of a domain and
// hands it to the LMTP server at an address, with its recipient as it came. It
// ends with the test. It returns nil where the test is not run: the server
// needs root, and its own view of the file system.
func StartOpenSMTPD(t testing.TB, domain, lmtp string) *OpenSMTPD {
	t.Helper()
	program := find(t, "smtpd")
	if program == "" {
		return nil
	}
	if os.Getuid() != 0 {
		lacking(t, "OpenSMTPD runs as root only")
		return nil
	}
	dir, smtp := folder(t), port(t)
	s := &OpenSMTPD{SMTP: loopback(smtp), Log: filepath.Join(dir, "log")}
	conf := filepath.Join(dir, "smtpd.conf")
	text := fmt.Sprintf("listen on 127.0.0.1 port %d hostname mail.%s\naction hand lmtp \"%s\" rcpt-to virtual { \"@\" = \"nobody\" }\nmatch from any for domain \"%s\" action hand\n",
		smtp, domain, lmtp, domain)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	running := launch(t, s.Log, nil, []string{s.SMTP}, "unshare", "--mount", "sh", "-c", alone, "sh", program, "-d", "-v", "-f", conf)
	t.Cleanup(running.stop)
	return s
}
