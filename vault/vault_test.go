package vault_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"dsr/vault"
)

func newKey(t testing.TB) vault.Key {
	t.Helper()
	ring, _ := newRing(t)
	key, _, err := ring.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestWhatWasSealedOpensUnderItsLabelOnly(t *testing.T) {
	key, other := newKey(t), newKey(t)
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		label := rapid.String().Draw(t, "label")
		sealed, err := key.Seal(label, plain)
		if err != nil || len(sealed) != len(plain)+29 {
			t.Fatalf("%d bytes, %v", len(sealed), err)
		}
		if got, err := key.Open(label, sealed); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("open: %x, %v", got, err)
		}
		if _, err := key.Open(label+"x", sealed); !errors.Is(err, vault.ErrTampered) {
			t.Fatalf("another label: %v", err)
		}
		if _, err := other.Open(label, sealed); !errors.Is(err, vault.ErrTampered) {
			t.Fatalf("another key: %v", err)
		}
		bit := rapid.IntRange(0, len(sealed)*8-1).Draw(t, "bit")
		sealed[bit/8] ^= 1 << (bit % 8)
		if _, err := key.Open(label, sealed); !errors.Is(err, vault.ErrTampered) {
			t.Fatalf("flipped bit %d: %v", bit, err)
		}
		if _, err := key.Open(label, sealed[:bit/8]); !errors.Is(err, vault.ErrTampered) {
			t.Fatalf("cut to %d: %v", bit/8, err)
		}
	})
}

func TestEqualValuesAreSealedDifferently(t *testing.T) {
	key := newKey(t)
	a, _ := key.Seal("l", []byte("same"))
	b, _ := key.Seal("l", []byte("same"))
	if bytes.Equal(a, b) {
		t.Error("the nonce repeats")
	}
}

func TestAWrappedKeyDoesNotOpenAfterAnyChange(t *testing.T) {
	ring, _ := newRing(t)
	stranger, _ := newRing(t)
	_, wrapped, err := ring.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	for bit := range len(wrapped) * 8 {
		changed := bytes.Clone(wrapped)
		changed[bit/8] ^= 1 << (bit % 8)
		_, err := ring.Unwrap(changed)
		inID := bit/8 >= 1 && bit/8 <= 4
		if inID && !errors.Is(err, vault.ErrWrongKey) || !inID && !errors.Is(err, vault.ErrTampered) {
			t.Errorf("flipped bit %d: %v", bit, err)
		}
		if _, err := ring.Rewrap(changed); err == nil {
			t.Errorf("rewrapped in spite of bit %d", bit)
		}
	}
	if _, err := ring.Unwrap(wrapped[:64]); !errors.Is(err, vault.ErrTampered) {
		t.Errorf("cut: %v", err)
	}
	if _, err := stranger.Unwrap(wrapped); !errors.Is(err, vault.ErrWrongKey) {
		t.Errorf("another key file: %v; want ErrWrongKey", err)
	}
}

func TestADestroyedKeySaysSo(t *testing.T) {
	ring, _ := newRing(t)
	key, err := ring.Unwrap(nil)
	if !errors.Is(err, vault.ErrDestroyed) {
		t.Errorf("unwrap: %v", err)
	}
	_, seal := key.Seal("l", nil)
	_, open := key.Open("l", make([]byte, 40))
	_, read := io.ReadAll(key.OpenStream("l", bytes.NewReader(nil)))
	_, write := key.SealStream("l", io.Discard).Write([]byte("x"))
	closing := key.SealStream("l", io.Discard).Close()
	for i, err := range []error{seal, open, read, write, closing} {
		if !errors.Is(err, vault.ErrDestroyed) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

func TestIndexAndSignaturesTellFieldsPurposesAndRingsApart(t *testing.T) {
	ring, _ := newRing(t)
	other, _ := newRing(t)
	seen := map[string]string{}
	for name, sum := range map[string][]byte{
		"index of a field":       ring.Index("email", "a@b"),
		"index of another field": ring.Index("phone", "a@b"),
		"index cut elsewhere":    ring.Index("emaila", "@b"),
		"index of another ring":  other.Index("email", "a@b"),
		"signature":              ring.Sign("email", []byte("a@b")),
		"signature cut":          ring.Sign("emaila", []byte("@b")),
		"signature elsewhere":    other.Sign("email", []byte("a@b")),
	} {
		if len(sum) != 16 || seen[string(sum)] != "" {
			t.Errorf("%s equals %s, or has %d bytes", name, seen[string(sum)], len(sum))
		}
		seen[string(sum)] = name
	}
	mac := ring.Sign("link", []byte("m"))
	if !ring.Verify("link", []byte("m"), mac) || ring.Verify("form", []byte("m"), mac) ||
		ring.Verify("link", []byte("n"), mac) || ring.Verify("link", []byte("m"), mac[:15]) || ring.Verify("link", []byte("m"), nil) {
		t.Error("a signature verifies where it must not, or not where it must")
	}
}

const chunk = 64 << 10

func sealStream(t testing.TB, key vault.Key, label string, plain []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := key.SealStream(label, &out)
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestAStreamOfAnySizeComesBackWhateverTheReads(t *testing.T) {
	key := newKey(t)
	for _, size := range []int{0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk, 3*chunk + 5} {
		plain := bytes.Repeat([]byte{7, 1, 2}, size/3+1)[:size]
		sealed := sealStream(t, key, "file", plain)
		if want := size + 17 + 28*max(1, (size+chunk-1)/chunk); len(sealed) != want {
			t.Errorf("%d bytes: sealed to %d; want %d", size, len(sealed), want)
		}
		for name, src := range map[string]io.Reader{
			"whole":  bytes.NewReader(sealed),
			"halves": iotest.HalfReader(bytes.NewReader(sealed)),
			"eof":    iotest.DataErrReader(bytes.NewReader(sealed)),
		} {
			got, err := io.ReadAll(key.OpenStream("file", src))
			if err != nil || !bytes.Equal(got, plain) {
				t.Errorf("%d bytes, %s: %d bytes, %v", size, name, len(got), err)
			}
		}
	}
	small := sealStream(t, key, "file", []byte("abc"))
	if err := iotest.TestReader(key.OpenStream("file", bytes.NewReader(small)), []byte("abc")); err != nil {
		t.Error(err)
	}
}

func TestAStreamThatWasCutMixedOrChangedFails(t *testing.T) {
	key := newKey(t)
	plain := bytes.Repeat([]byte("0123456789abcdef"), 3*chunk/16)
	a, b := sealStream(t, key, "file", plain), sealStream(t, key, "file", plain)
	const head, full = 17, chunk + 28
	at := func(s []byte, n int) []byte { return s[head+n*full : head+(n+1)*full] }
	join := bytes.Join
	cases := map[string][]byte{
		"nothing":                   {},
		"half the head":             a[:9],
		"the head alone":            a[:head],
		"cut inside a chunk":        a[:head+full+100],
		"cut between chunks":        a[:head+2*full],
		"one byte short":            a[:len(a)-1],
		"one byte more":             append(bytes.Clone(a), 0),
		"first chunk left out":      join([][]byte{a[:head], at(a, 1), at(a, 2)}, nil),
		"two chunks swapped":        join([][]byte{a[:head], at(a, 1), at(a, 0), at(a, 2)}, nil),
		"a chunk twice":             join([][]byte{a[:head], at(a, 0), at(a, 0), at(a, 2)}, nil),
		"a chunk of another stream": join([][]byte{a[:head], at(a, 0), at(b, 1), at(a, 2)}, nil),
		"the head of another":       join([][]byte{b[:head], a[head:]}, nil),
		"another version":           append([]byte{2}, a[1:]...),
	}
	for name, sealed := range cases {
		got, err := io.ReadAll(key.OpenStream("file", bytes.NewReader(sealed)))
		if !errors.Is(err, vault.ErrTampered) {
			t.Errorf("%s: %v; want ErrTampered", name, err)
		}
		if !bytes.HasPrefix(plain, got) {
			t.Errorf("%s: bytes came out that were never sealed there", name)
		}
	}
	if _, err := io.ReadAll(key.OpenStream("other", bytes.NewReader(a))); !errors.Is(err, vault.ErrTampered) {
		t.Errorf("another label: %v", err)
	}
	short := sealStream(t, key, "file", []byte("short"))
	for bit := range len(short) * 8 {
		changed := bytes.Clone(short)
		changed[bit/8] ^= 1 << (bit % 8)
		if _, err := io.ReadAll(key.OpenStream("file", bytes.NewReader(changed))); !errors.Is(err, vault.ErrTampered) {
			t.Errorf("flipped bit %d: %v", bit, err)
		}
	}
}

func TestAStreamAndAFieldCannotStandInForEachOther(t *testing.T) {
	key := newKey(t)
	stream := sealStream(t, key, "l", []byte("x"))
	field := append([]byte{1}, stream[17:]...)
	if _, err := key.Open("l", field); !errors.Is(err, vault.ErrTampered) {
		t.Errorf("a chunk opened as a field: %v", err)
	}
}

func TestAStreamWithoutCloseDoesNotOpen(t *testing.T) {
	key := newKey(t)
	var out bytes.Buffer
	w := key.SealStream("file", &out)
	if _, err := w.Write(make([]byte, 2*chunk+1)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(key.OpenStream("file", &out)); !errors.Is(err, vault.ErrTampered) {
		t.Errorf("%v; want ErrTampered", err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Errorf("a second Close: %v", err)
	}
	if _, err := w.Write([]byte("late")); err == nil {
		t.Error("a write after Close was taken")
	}
}

func TestErrorsOfTheDiskComeThrough(t *testing.T) {
	key := newKey(t)
	full := errors.New("no space left")
	w := key.SealStream("file", failing{full})
	_, write := w.Write(make([]byte, 2*chunk))
	if !errors.Is(write, full) || !errors.Is(w.Close(), full) {
		t.Errorf("writing: %v", write)
	}
	sealed := sealStream(t, key, "file", make([]byte, chunk))
	for _, cut := range []int{0, 5, 17, 100, len(sealed)} {
		src := io.MultiReader(bytes.NewReader(sealed[:cut]), iotest.ErrReader(full))
		if _, err := io.ReadAll(key.OpenStream("file", src)); !errors.Is(err, full) {
			t.Errorf("reading %d bytes: %v", cut, err)
		}
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func BenchmarkSealShortField(b *testing.B) {
	key := newKey(b)
	plain := []byte("ana.example@mail.example")
	for b.Loop() {
		key.Seal("request/MOX-8H2D-5K/requester", plain)
	}
}

func BenchmarkOpenShortField(b *testing.B) {
	key := newKey(b)
	sealed, _ := key.Seal("request/MOX-8H2D-5K/requester", []byte("ana.example@mail.example"))
	for b.Loop() {
		key.Open("request/MOX-8H2D-5K/requester", sealed)
	}
}

func BenchmarkNewKeyAndSeal(b *testing.B) {
	ring, _ := newRing(b)
	plain := []byte("ana.example@mail.example")
	for b.Loop() {
		key, _, _ := ring.NewKey()
		key.Seal("request/MOX-8H2D-5K/requester", plain)
	}
}

func BenchmarkIndex(b *testing.B) {
	ring, _ := newRing(b)
	for b.Loop() {
		ring.Index("email", "ana.example@mail.example")
	}
}

func BenchmarkSealStream(b *testing.B) {
	key := newKey(b)
	plain := make([]byte, 1<<20)
	b.SetBytes(1 << 20)
	for b.Loop() {
		w := key.SealStream("file", io.Discard)
		w.Write(plain)
		w.Close()
	}
}
