package vault

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

const (
	chunkSize    = 64 << 10 // plain bytes in every chunk but the last
	streamIDSize = 16
)

var errClosed = errors.New("the sealed stream is closed")

// A sealed stream is a version byte, 16 random bytes that name the stream, and
// chunks: 12 bytes of nonce, up to 64 KiB of ciphertext, 16 of tag. Every chunk
// but the last is full. The stream's name, the chunk's number from 0, whether
// it is the last, and the label are bound to each chunk, so none can be left
// out, repeated, moved or taken from another stream. A file grows by 17 bytes
// and 28 for each chunk.

// SealStream returns a writer that encrypts what is written to it into dst and
// binds it to the label. Close writes the last chunk and does not close dst; a
// stream without it does not open. It holds two chunks in memory, whatever
// the size. Errors are those of dst, and ErrDestroyed.
func (k Key) SealStream(label string, dst io.Writer) io.WriteCloser {
	s := &sealer{key: k, dst: dst, chunks: chunks{label: label}, plain: make([]byte, 0, chunkSize)}
	if k.aead == nil {
		s.err = ErrDestroyed
	}
	return s
}

// OpenStream returns a reader of what SealStream sealed under the same label.
// Each chunk is proven before it is handed out; what was cut off at the end is
// noticed only there, so nothing is complete before io.EOF. It fails with
// ErrTampered, ErrDestroyed or the error of src.
func (k Key) OpenStream(label string, src io.Reader) io.Reader {
	o := &opener{key: k, src: bufio.NewReaderSize(src, chunkSize), chunks: chunks{label: label}}
	if k.aead == nil {
		o.err = ErrDestroyed
	}
	return o
}

// chunks makes the additional data of one chunk after the other.
type chunks struct {
	label  string
	id     [streamIDSize]byte
	number uint64
}

func (c *chunks) next(last bool) []byte {
	aad := make([]byte, 0, 1+streamIDSize+8+1+len(c.label))
	aad = append(append(aad, kindStream), c.id[:]...)
	aad = binary.BigEndian.AppendUint64(aad, c.number)
	if last {
		aad = append(aad, 1)
	} else {
		aad = append(aad, 0)
	}
	c.number++
	return append(aad, c.label...)
}

type sealer struct {
	key    Key
	dst    io.Writer
	chunks chunks
	plain  []byte
	sealed []byte
	err    error
}

// Write keeps a full chunk back until more comes: it may be the last.
func (s *sealer) Write(p []byte) (int, error) {
	written := 0
	for len(p) > 0 && s.err == nil {
		if len(s.plain) == chunkSize {
			s.flush(false)
			continue
		}
		n := min(chunkSize-len(s.plain), len(p))
		s.plain = append(s.plain, p[:n]...)
		p, written = p[n:], written+n
	}
	return written, s.err
}

// Close writes the last chunk. A second Close does nothing.
func (s *sealer) Close() error {
	if errors.Is(s.err, errClosed) {
		return nil
	}
	s.flush(true)
	if s.err != nil {
		return s.err
	}
	s.err = errClosed
	return nil
}

func (s *sealer) flush(last bool) {
	if s.err != nil {
		return
	}
	s.sealed = s.sealed[:0]
	if s.chunks.number == 0 {
		rand.Read(s.chunks.id[:])
		s.sealed = append(append(s.sealed, version), s.chunks.id[:]...)
	}
	s.sealed = s.key.aead.Seal(s.sealed, nil, s.plain, s.chunks.next(last))
	s.plain = s.plain[:0]
	if _, err := s.dst.Write(s.sealed); err != nil {
		s.err = fmt.Errorf("writing a sealed stream: %w", err)
	}
}

type opener struct {
	key    Key
	src    *bufio.Reader
	chunks chunks
	sealed []byte
	plain  []byte
	rest   bytes.Reader // what is proven and not yet read
	err    error
}

func (o *opener) Read(p []byte) (int, error) {
	for o.rest.Len() == 0 && o.err == nil {
		o.err = o.fill()
	}
	if o.rest.Len() > 0 {
		return o.rest.Read(p)
	}
	return 0, o.err
}

// fill opens the next chunk. It returns io.EOF together with the last one.
func (o *opener) fill() error {
	if o.chunks.number == 0 {
		if err := o.header(); err != nil {
			return err
		}
		o.sealed = make([]byte, chunkSize+overhead)
	}
	n, err := io.ReadFull(o.src, o.sealed)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return fmt.Errorf("reading a sealed stream: %w", err)
	}
	last := err != nil
	if !last {
		_, err = o.src.Peek(1)
		if last = err == io.EOF; err != nil && !last {
			return fmt.Errorf("reading a sealed stream: %w", err)
		}
	}
	return o.open(o.sealed[:n], last)
}

func (o *opener) header() error {
	var head [1 + streamIDSize]byte
	if _, err := io.ReadFull(o.src, head[:]); err == io.EOF || err == io.ErrUnexpectedEOF {
		return ErrTampered
	} else if err != nil {
		return fmt.Errorf("reading a sealed stream: %w", err)
	}
	if head[0] != version {
		return ErrTampered
	}
	copy(o.chunks.id[:], head[1:])
	return nil
}

func (o *opener) open(sealed []byte, last bool) error {
	first := o.chunks.number == 0
	plain, err := o.key.aead.Open(o.plain[:0], nil, sealed, o.chunks.next(last))
	if err != nil || len(plain) == 0 && !first {
		return ErrTampered
	}
	o.plain = plain
	o.rest.Reset(plain)
	if last {
		return io.EOF
	}
	return nil
}
