// Attack P10: a value of one kind presented as each other kind.

package seal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/symbolon-auth/symbolon/internal/seal"
)

// purposes must name every purpose there is: TestPurposesAreAllHere reads the
// source.
var purposes = map[string]seal.Purpose{
	"PurposeFlowLogin":       seal.PurposeFlowLogin,
	"PurposeFlowConsent":     seal.PurposeFlowConsent,
	"PurposeFlowDone":        seal.PurposeFlowDone,
	"PurposeConsentForm":     seal.PurposeConsentForm,
	"PurposeErrorID":         seal.PurposeErrorID,
	"PurposeLoginRequest":    seal.PurposeLoginRequest,
	"PurposeState":           seal.PurposeState,
	"PurposeLoginTime":       seal.PurposeLoginTime,
	"PurposeVerifier":        seal.PurposeVerifier,
	"PurposeAttempt":         seal.PurposeAttempt,
	"PurposeFlowID":          seal.PurposeFlowID,
	"PurposeCode":            seal.PurposeCode,
	"PurposeRefresh":         seal.PurposeRefresh,
	"PurposeClientID":        seal.PurposeClientID,
	"PurposeClientSecret":    seal.PurposeClientSecret,
	"PurposeSigningKey":      seal.PurposeSigningKey,
	"PurposeRegistrationKey": seal.PurposeRegistrationKey,
	"PurposeKeyCheck":        seal.PurposeKeyCheck,
	"PurposeFingerprint":     seal.PurposeFingerprint,
	"PurposePageToken":       seal.PurposePageToken,
	"PurposeSession":         seal.PurposeSession,
	"PurposePortal":          seal.PurposePortal,
	"PurposeErasedUser":      seal.PurposeErasedUser,
}

func TestPurposesAreAllHere(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "purpose.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for _, name := range spec.Names {
			found++
			if _, ok := purposes[name.Name]; !ok && strings.HasPrefix(name.Name, "Purpose") {
				t.Errorf("%s is declared but not in the table of this test", name.Name)
			}
		}
		return true
	})
	if found != len(purposes) {
		t.Errorf("purpose.go declares %d purposes, this test knows %d", found, len(purposes))
	}
}

func TestBoxesOfOtherPurposesDoNotOpen(t *testing.T) {
	ring := newRing(t, newSecret, oldSecret)
	for from, p := range purposes {
		sealed := ring.Box(p).Seal([]byte("plain"))
		for to, q := range purposes {
			_, err := ring.Box(q).Open(sealed)
			if from == to && err != nil {
				t.Errorf("%s does not open its own: %v", from, err)
			}
			if from != to {
				wantNotOurs(t, err, "%s opened as %s", from, to)
			}
		}
	}
}

func TestMACsOfOtherPurposesDoNotVerify(t *testing.T) {
	ring := newRing(t, newSecret, oldSecret)
	for from, p := range purposes {
		tag := ring.MAC(p).Sum([]byte("message"))
		for to, q := range purposes {
			if got, want := ring.MAC(q).Verify(tag, []byte("message")), from == to; got != want {
				t.Errorf("MAC of %s verified as %s: %v, want %v", from, to, got, want)
			}
		}
	}
}

// TestKindsDoNotOpenAsEachOther presents each value as it is, and dressed up with
// the prefix of the other kind.
func TestKindsDoNotOpenAsEachOther(t *testing.T) {
	all := kinds(newRing(t, newSecret, oldSecret))
	for _, from := range all {
		value := from.mint()
		bare := strings.TrimPrefix(value, from.prefix)
		for _, to := range all {
			if from.name == to.name {
				if err := to.open(value); err != nil {
					t.Errorf("%s does not open: %v", from.name, err)
				}
				continue
			}
			for _, s := range []string{value, bare, to.prefix + bare, to.prefix + value} {
				wantNotOurs(t, to.open(s), "%s presented as %s", from.name, to.name)
			}
		}
	}
}

func TestZeroPurposePanics(t *testing.T) {
	ring := newRing(t, newSecret)
	for name, use := range map[string]func(){
		"Box": func() { ring.Box(seal.Purpose{}) },
		"MAC": func() { ring.MAC(seal.Purpose{}) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("the zero Purpose was accepted")
				}
			}()
			use()
		})
	}
}
