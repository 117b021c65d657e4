package requests_test

import (
	"testing"

	"dsr/requests"
)

func TestNamesOfFilesAreMadeSafe(t *testing.T) {
	for given, want := range map[string]string{
		"report.pdf": "report.pdf", `C:\Users\dana\scan.pdf`: "scan.pdf", "../../x": "x.pdf", "a/b/c.exe": "c.pdf", "": "file.pdf", "...": "file.pdf",
		"two\r\nlines.pdf": "two__lines.pdf", "evil\u202efdp.exe": "evil_fdp.pdf", "über maß.PDF": "über maß.pdf", ".htaccess": "file.pdf",
	} {
		if got := requests.SafeName(given, ".pdf"); got != want {
			t.Errorf("%q became %q, want %q", given, got, want)
		}
	}
}
