package postgres

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// SQLSTATEs (PostgreSQL, appendix A) that are treated by themselves.
const (
	serializationFailure  = "40001"
	deadlockDetected      = "40P01"
	uniqueViolation       = "23505"
	undefinedTable        = "42P01"
	duplicateTable        = "42P07"
	insufficientPrivilege = "42501"
)

// errLate: it goes on, and may still be committed.
var errLate = fmt.Errorf("%w: the database did not answer in time", store.ErrUnavailable)

// errUnknown: a COMMIT may or may not have happened, or may not last.
var errUnknown = fmt.Errorf("%w: the outcome of a COMMIT is not known", store.ErrUnavailable)

// state is the SQLSTATE of an error, "" if the server did not send it.
func state(err error) string {
	if failure, ok := errors.AsType[*pgconn.PgError](err); ok {
		return failure.Code
	}
	return ""
}

// transient: the transaction is rolled back for certain, and may succeed if it is
// run again.
func transient(err error) bool {
	switch state(err) {
	case serializationFailure, deadlockDetected:
		return true
	}
	return false
}

// outside marks the errors that come from around the database (no connection, no
// space, somebody else's lock) as store.ErrUnavailable; lost says that there is no
// connection any more. What is left, such as a violated constraint, is a defect of
// ours and stays what it is.
func outside(err error, lost bool) error {
	if err == nil || errors.Is(err, store.ErrUnavailable) {
		return err
	}
	if unavailable(state(err)) || lost && state(err) == "" || unreachable(err) {
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	return err
}

func unreachable(err error) bool {
	_, is := errors.AsType[*pgconn.ConnectError](err)
	return is
}

// unavailable knows the classes of SQLSTATE for which waiting may help.
func unavailable(code string) bool {
	for _, class := range []string{
		"08",    // connection exception
		"25006", // read only transaction: this server is a standby now
		"25P03", // idle in transaction for too long
		"28",    // invalid authorization
		"3D",    // no such database
		"40",    // transaction rollback: deadlock, serialization failure, once too often
		"53",    // insufficient resources: disk full, too many connections
		"55P03", // lock not available within lock_timeout
		"57",    // operator intervention: shutdown, statement_timeout
		"58",    // system error: input/output
		"XX",    // internal error, data corrupted
	} {
		if strings.HasPrefix(code, class) {
			return true
		}
	}
	return false
}
