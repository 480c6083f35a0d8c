package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// Without PostgreSQL's programs: the commands, without the password. A script must notice
// that it has no backup.
func TestBackupWithoutPrograms(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, value := range map[string]string{
		"PATH": t.TempDir(), "SYMBOLON_BASE_URL": "http://127.0.0.1:3010", "SYMBOLON_SECRET": "a-secret-of-a-test-that-is-long-enough",
		"SYMBOLON_DATABASE": "postgres://sym:hunter2@db.example:5433/auth?sslmode=require&pool_max_conns=4&statement_timeout=900&default_query_exec_mode=exec",
	} {
		t.Setenv(name, value)
	}
	if err := os.WriteFile("symbolon.yaml", []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		"backup it's.dump": `symbolon: no backup was made: PostgreSQL's programs are not on the PATH. Where they are, run:
  umask 077; pg_dump --format=custom --no-owner --file='it'\''s.dump' 'postgres://sym@db.example:5433/auth?sslmode=require'
`,
		"restore auth.dump": `symbolon: nothing was restored: PostgreSQL's programs are not on the PATH. Stop all servers, and where they are, run:
  pg_restore --clean --if-exists --no-owner --single-transaction --dbname='postgres://sym@db.example:5433/auth?sslmode=require' 'auth.dump'
  psql 'postgres://sym@db.example:5433/auth?sslmode=require' -c "UPDATE instance SET epoch = translate(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
    SELECT setval(s, nextval(s) + 4294967296) FROM pg_get_serial_sequence('audit', 'seq') AS s;
    INSERT INTO audit (at, actor, action, object, detail)
      VALUES (extract(epoch FROM now()) * 1000, 'operator', 'database.restored', '', '{}')"
The second command begins a new epoch, which signs everyone out: a backup knows nothing of what was revoked after it was made
`,
	} {
		var out, said bytes.Buffer
		command, argument, _ := strings.Cut(file, " ")
		if code := run([]string{command, argument}, &out, &said); code == 0 || said.String() != want || out.Len() > 0 {
			t.Errorf("%s: exit %d\n%s%s", file, code, &out, &said)
		}
	}
}
