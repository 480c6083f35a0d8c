package symbolon

// The master secrets: everything that the server seals hangs on them.

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/symbolon-auth/symbolon/internal/seal"
)

// Secrets returns the master secrets, the one that seals first: from Secret if
// it is set, otherwise from SecretFile. A file that does not exist is made,
// readable by its owner alone, if BaseURL is a loopback one; for any other it
// is an error, because a server that silently starts with a new secret has
// forgotten every key it ever sealed.
func (c *Config) Secrets() ([]string, error) {
	return c.secrets(true)
}

// CheckSecrets reads every secret that the configuration needs and reports
// what is wrong, without making one.
func (c *Config) CheckSecrets() error {
	_, err := c.Objects()
	_, master := c.secrets(false)
	if errors.Is(master, fs.ErrNotExist) && c.developing() && !c.databaseExists() {
		master = nil // made by the first start
	}
	if problems, ok := errors.AsType[*ConfigError](err); ok && master != nil {
		return &ConfigError{Problems: append(problems.Problems, ConfigProblem{Message: master.Error()})}
	}
	return cmp.Or(err, master)
}

func (c *Config) secrets(generate bool) ([]string, error) {
	if c.Secret != "" {
		return splitSecrets(envSecret, string(c.Secret))
	}
	path := c.WithDefaults().SecretFile
	content, err := readPrivateFile(path)
	if errors.Is(err, fs.ErrNotExist) && c.developing() && generate {
		if err := createSecretFile(path); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		content, err = readPrivateFile(path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("secret_file: %w: bring the file that the database was made with, "+
			"or for a new one: (umask 077; openssl rand -base64 32 > %s), or set %s", err, path, envSecret)
	}
	if err != nil {
		return nil, err
	}
	return splitSecrets(path, content)
}

// secretSource names where the master secrets come from.
func (c *Config) secretSource() string {
	if c.Secret != "" {
		return envSecret
	}
	return c.WithDefaults().SecretFile
}

// developing reports whether the server is for this machine only.
func (c *Config) developing() bool {
	u, err := parseWebURL(c.BaseURL)
	return err == nil && isLoopback(u)
}

func splitSecrets(source, content string) ([]string, error) {
	var secrets []string
	for line := range strings.Lines(content) {
		if line = strings.TrimSpace(line); line != "" {
			secrets = append(secrets, line)
		}
	}
	if _, err := seal.NewRing(secrets...); err != nil {
		return nil, fmt.Errorf("%s: %w", source, err)
	}
	return secrets, nil
}

// readPrivateFile refuses a file that others may read. Windows keeps access in
// lists that these bits do not show.
func readPrivateFile(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return "", fmt.Errorf("%s is open to others (mode %04o); run: chmod 600 %s", path, mode, path)
	}
	return readSecretFile(path)
}

// createSecretFile writes a new secret aside and links it into place, so that
// two servers starting at once find one whole secret. It fails with
// [fs.ErrExist] if the other one was first.
func createSecretFile(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".symbolon-secret-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(newSecret() + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil {
		return err
	}
	return keepName(path)
}

// keepName makes the name of a new file survive a power cut: a database whose secret
// is gone is lost. Windows keeps names by itself and lets no directory be flushed.
func keepName(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func newSecret() string {
	random := make([]byte, 32)
	rand.Read(random) // never fails, crypto/rand
	return base64.RawURLEncoding.EncodeToString(random)
}
