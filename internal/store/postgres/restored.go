package postgres

import (
	"fmt"

	"github.com/symbolon-auth/symbolon/internal/store"
)

// RestoredSQL is for psql, after a database went back in time: it begins a new epoch,
// moves the positions of the audit past all that anybody has read, and writes that down.
// It can stand between double quotes in a shell.
func RestoredSQL() string {
	return fmt.Sprintf(`UPDATE instance SET epoch = translate(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
    SELECT setval(s, nextval(s) + %d) FROM pg_get_serial_sequence('audit', 'seq') AS s;
    INSERT INTO audit (at, actor, action, object, detail)
      VALUES (extract(epoch FROM now()) * 1000, 'operator', 'database.restored', '', '{}')`, store.RestoredPositions)
}
