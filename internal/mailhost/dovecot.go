package mailhost

import (
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// Password is the password of every mailbox. Each name is a mailbox; it is
// made when it is first used.
const Password = "let-me-in"

// Host is the name in the certificate of the servers. They listen on 127.0.0.1.
const Host = "localhost"

// Dovecot is a running server of mailboxes.
type Dovecot struct {
	IMAP  string // address, 127.0.0.1:port, with STARTTLS
	IMAPS string // address, with TLS
	LMTP  string // address that takes mail for every mailbox
	Roots *x509.CertPool

	t       testing.TB
	program string
	dir     string
	as      account
	process *process
	issuer  issuer // whose tokens it takes
}

// StartDovecot starts a server that ends with the test. It takes passwords, and
// tokens by the mechanisms named: "oauthbearer", "xoauth2". It returns nil where
// the test is not run.
func StartDovecot(t testing.TB, tokens ...string) *Dovecot {
	t.Helper()
	program := find(t, "dovecot")
	if program == "" {
		return nil
	}
	imap, imaps, lmtp := port(t), port(t), port(t)
	d := &Dovecot{IMAP: loopback(imap), IMAPS: loopback(imaps), LMTP: loopback(lmtp), t: t, program: program, dir: folder(t), as: unprivileged(t)}
	d.Roots = certificate(t, d.dir)
	for _, name := range []string{"home", "run"} {
		if err := os.Mkdir(filepath.Join(d.dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	text := fmt.Sprintf(dovecotConf, d.dir, d.as.name, d.as.group, Password, d.as.uid, d.as.gid, imap, imaps, lmtp, strings.Join(tokens, " "))
	if len(tokens) > 0 {
		d.issuer = newIssuer(t, d.dir)
		text += fmt.Sprintf(tokenConf, d.dir, strings.Join(tokens, " "))
	}
	for name, content := range map[string]string{"dovecot.conf": text, "log": ""} {
		if err := os.WriteFile(filepath.Join(d.dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	d.as.own(t, d.dir)
	d.Start()
	t.Cleanup(func() { d.process.stop() })
	return d
}

// Start starts the server once more, after Kill.
func (d *Dovecot) Start() {
	d.t.Helper()
	var as *syscall.Credential
	if os.Getuid() == 0 {
		uid, gid := d.as.numbers()
		as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	d.process = launch(d.t, filepath.Join(d.dir, "log"), as, []string{d.IMAP, d.IMAPS, d.LMTP},
		d.program, "-F", "-c", filepath.Join(d.dir, "dovecot.conf"))
}

// Kill ends the server at once, and all connections with it.
func (d *Dovecot) Kill() {
	d.process.kill()
	d.process.gone(d.t)
}

// Client signs in to a mailbox, for what a person or their mail program would
// do there. It ends with the test.
func (d *Dovecot) Client(name string) *imapclient.Client {
	d.t.Helper()
	client, err := imapclient.DialInsecure(d.IMAP, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { client.Close() })
	if err := client.Login(name, Password).Wait(); err != nil {
		d.t.Fatal(err)
	}
	return client
}

// Append puts a message into a folder of a mailbox, as received at an instant.
func (d *Dovecot) Append(client *imapclient.Client, folder string, at time.Time, raw []byte) imap.UID {
	d.t.Helper()
	cmd := client.Append(folder, int64(len(raw)), &imap.AppendOptions{Time: at})
	if _, err := cmd.Write(raw); err != nil {
		d.t.Fatal(err)
	}
	if err := cmd.Close(); err != nil {
		d.t.Fatal(err)
	}
	data, err := cmd.Wait()
	if err != nil {
		d.t.Fatal(err)
	}
	return data.UID
}

// Found is a message as it lies in a folder.
type Found struct {
	UID   imap.UID
	Flags []imap.Flag
	Raw   []byte
}

// List returns what lies in a folder, in the order of UIDs; nothing where there
// is no such folder.
func (d *Dovecot) List(client *imapclient.Client, folder string) []Found {
	d.t.Helper()
	selected, err := client.Select(folder, &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil || selected.NumMessages == 0 {
		return nil
	}
	all := imap.SeqSet{{Start: 1, Stop: 0}}
	body := &imap.FetchItemBodySection{Peek: true}
	messages, err := client.Fetch(all, &imap.FetchOptions{UID: true, Flags: true, BodySection: []*imap.FetchItemBodySection{body}}).Collect()
	if err != nil {
		d.t.Fatal(err)
	}
	var list []Found
	for _, m := range messages {
		list = append(list, Found{UID: m.UID, Flags: m.Flags, Raw: m.FindBodySection(body)})
	}
	return list
}

const dovecotConf = `# mailboxes of a test
base_dir = %[1]s/run
state_dir = %[1]s/run
log_path = %[1]s/log
protocols = imap lmtp
listen = 127.0.0.1
default_internal_user = %[2]s
default_internal_group = %[3]s
default_login_user = %[2]s
ssl = yes
ssl_cert = <%[1]s/cert.pem
ssl_key = <%[1]s/key.pem
auth_mechanisms = plain login %[10]s
mail_location = maildir:~/mail
mail_fsync = never
auth_failure_delay = 0
passdb {
  driver = static
  args = password=%[4]s
}
userdb {
  driver = static
  args = uid=%[5]s gid=%[6]s home=%[1]s/home/%%u
}
service anvil {
  chroot =
}
service imap-login {
  chroot =
  inet_listener imap {
    port = %[7]d
  }
  inet_listener imaps {
    port = %[8]d
    ssl = yes
  }
}
service lmtp {
  inet_listener lmtp {
    port = %[9]d
  }
}
service stats {
  unix_listener stats-writer {
    mode = 0666
  }
}
protocol lmtp {
  postmaster_address = postmaster@localhost
}
`
