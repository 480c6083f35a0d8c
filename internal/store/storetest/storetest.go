// Package storetest is the contract of store.Store: what every database must do
// with every intent, whoever else is writing at the same time. A store passes it
// with one call of Run.
package storetest

import (
	"testing"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// Run tests stores made by open. Each test opens an empty one of its own; open
// registers with t.Cleanup what must be closed.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	t.Helper()
	for _, part := range []struct {
		name  string
		tests []test
	}{
		{"Instance", instanceTests},
		{"PutLogin", putLoginTests},
		{"Decide", decideTests},
		{"Choose", chooseTests},
		{"Burn", burnTests},
		{"RedeemCode", redeemTests},
		{"RotateRefresh", rotateTests},
		{"Revoke", revokeTests},
		{"Grants", grantTests},
		{"Users", userTests},
		{"Revocations", revocationTests},
		{"Once", onceTests},
		{"Catalog", catalogTests},
		{"Keys", keyTests},
		{"RegistrationKeys", registrationKeyTests},
		{"Secrets", secretTests},
		{"Rebase", rebaseTests},
		{"CountGrants", countTests},
		{"Journal", journalTests},
		{"Audit", auditTests},
		{"Sweep", sweepTests},
		{"Races", raceTests},
	} {
		t.Run(part.name, func(t *testing.T) {
			for _, tt := range part.tests {
				t.Run(tt.name, func(t *testing.T) { tt.run(newFixture(t, open(t))) })
			}
		})
	}
}

// test is one rule of the contract.
type test struct {
	name string
	run  func(*fixture)
}
