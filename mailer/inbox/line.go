package inbox

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emersion/go-smtp"
)

// listener counts connections and can end the open ones.
type listener struct {
	net.Listener
	inbox    *Inbox
	mu       sync.Mutex
	accepted int
	open     []net.Conn
}

// Accept waits for the next connection.
func (l *listener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.accepted++
	l.open = append(l.open, conn)
	return &line{Conn: conn, inbox: l.inbox}, nil
}

// hangup closes what is open below TLS and SMTP, so that the other side sees
// the line break and no good-bye.
func (l *listener) hangup() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, conn := range l.open {
		conn.Close()
	}
	l.open = nil
}

// line is a connection below TLS: where the faults strike that the SMTP server
// has no say in.
type line struct {
	net.Conn
	inbox   *Inbox
	greeted atomic.Bool
	pause   atomic.Int64 // a time.Duration between two bytes; 0: none
}

// lineOf returns the connection below TLS.
func lineOf(conn net.Conn) *line {
	if secured, ok := conn.(*tls.Conn); ok {
		conn = secured.NetConn()
	}
	return conn.(*line)
}

// Read looks out for STARTTLS, which the SMTP server answers by itself. Nothing
// else comes with it: what followed it in the clear would be a fault of the
// other side (RFC 3207, 4.2).
func (l *line) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	if bytes.EqualFold(bytes.TrimSpace(p[:n]), []byte("STARTTLS")) {
		if refused := l.inbox.misbehave(AtStartTLS, l); refused != nil {
			return 0, l.end(refused)
		}
	}
	return n, err
}

// Write says something, byte by byte once a fault slowed the line down.
func (l *line) Write(p []byte) (int, error) {
	if !l.greeted.Swap(true) {
		if refused := l.inbox.misbehave(AtGreeting, l); refused != nil {
			return 0, l.end(refused)
		}
	}
	pause := time.Duration(l.pause.Load())
	if pause == 0 {
		return l.Conn.Write(p)
	}
	turn := time.NewTicker(pause)
	defer turn.Stop()
	for i := range p {
		select {
		case <-turn.C:
		case <-l.inbox.closing:
			return i, errGone
		}
		if _, err := l.Conn.Write(p[i : i+1]); err != nil {
			return i, err
		}
	}
	return len(p), nil
}

// end says why, where there is something to say, and hangs up.
func (l *line) end(why error) error {
	var reply *smtp.SMTPError
	if errors.As(why, &reply) {
		status := reply.EnhancedCode
		fmt.Fprintf(l.Conn, "%d %d.%d.%d %s\r\n", reply.Code, status[0], status[1], status[2], reply.Message)
	}
	l.Conn.Close()
	return errGone
}
