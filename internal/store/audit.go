package store

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// AuditEntry is one security-relevant change, written with it.
type AuditEntry struct {
	// Position is given by the store and grows from entry to entry, also over a
	// restore. Nobody chooses it.
	Position int64             `json:"-"`
	At       time.Time         `json:"at"`
	Actor    string            `json:"actor"`  // "user:conn", "client:…", "api_client:skc_…", "operator", "system"
	Action   string            `json:"action"` // one of AuditActions
	Object   string            `json:"object"` // kind:id
	Detail   map[string]string `json:"detail,omitempty"`
}

// AuditFilter selects audit entries by the conjunction of its fields.
type AuditFilter struct {
	Object, Actor string
	Actions       []string // nil: all
	Since         time.Time
	Before        int64 // a position, to continue below it; 0: from the newest
	// Forward lists the oldest first, those after the position After. What it has
	// listed stays complete: nothing is written later at a position up to the last.
	Forward bool
	After   int64
	Limit   int
}

// RestoredPositions is how far a restore moves the positions: further than any reader
// can have come after the backup was made.
const RestoredPositions = 1 << 32

// auditActions are all that is ever written down. docs/audit.md has them in words.
var auditActions = []string{
	"catalog.change", "catalog.create", "catalog.delete", "catalog.disable", "catalog.enable",
	"database.rebased", "database.restored",
	"grant.created", "grant.revoked", "grants.revoked",
	"keys.revoked", "keys.rotated",
	"login.burned",
	"portal.link_made", "portal.opened",
	"registration_key.added", "registration_key.retired",
	"secret.retired", "secret.sealing",
	"user.disabled", "user.enabled", "user.erased", "user.exported", "user.revoked", "user.updated",
}

// AuditActions are all actions, in order.
func AuditActions() []string { return slices.Clone(auditActions) }

// CheckAudit refuses an entry whose action is not one of AuditActions: what is written
// down must be documented.
func CheckAudit(entries []AuditEntry) error {
	for _, e := range entries {
		if !slices.Contains(auditActions, e.Action) {
			return fmt.Errorf("store: %q is not an audit action", e.Action)
		}
	}
	return nil
}

// AuditKilled completes the entries of a grant that ends because somebody else may
// hold it: which one, and why, is only known there.
func AuditKilled(entries []AuditEntry, grantID, reason string) []AuditEntry {
	return detailed(entries, func(e *AuditEntry) {
		e.Object, e.Detail["reason"] = "grant:"+grantID, reason
	})
}

// AuditCounted adds how many grants ended.
func AuditCounted(entries []AuditEntry, ended int) []AuditEntry {
	return detailed(entries, func(e *AuditEntry) { e.Detail["grants"] = strconv.Itoa(ended) })
}

// detailed changes copies, since an intent may run more than once.
func detailed(entries []AuditEntry, change func(*AuditEntry)) []AuditEntry {
	done := slices.Clone(entries)
	for i := range done {
		if done[i].Detail = maps.Clone(done[i].Detail); done[i].Detail == nil {
			done[i].Detail = map[string]string{}
		}
		change(&done[i])
	}
	return done
}
