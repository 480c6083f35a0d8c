package symbolon

// Changing the file of the master secrets. A server that runs takes the change over;
// whatever happens meanwhile, the file is the old one or the new one, whole.

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/symbolon-auth/symbolon/internal/seal"
)

// ErrSecretsInEnvironment means that the master secrets are not in a file that could
// be changed.
var ErrSecretsInEnvironment = errors.New("the master secrets are in the environment variable " + envSecret + ", which no command can change")

// SecretFingerprints name the master secrets, the one that seals first.
func (c *Config) SecretFingerprints() ([]string, error) {
	secrets, err := c.secrets(false)
	if err != nil {
		return nil, err
	}
	return fingerprintsOf(secrets)
}

// AddSecret adds a new master secret to the file: on the first line, where it seals,
// or on the last, where it only opens. It returns its fingerprint.
func (c *Config) AddSecret(seals bool) (fingerprint string, err error) {
	secret := newSecret()
	names, err := fingerprintsOf([]string{secret})
	if err != nil {
		return "", err
	}
	return names[0], c.rewriteSecrets(func(secrets, _ []string) ([]string, error) {
		if seals {
			return slices.Insert(secrets, 0, secret), nil
		}
		return append(secrets, secret), nil
	})
}

// PromoteSecret moves the secret of this fingerprint to the first line, where it seals.
func (c *Config) PromoteSecret(fingerprint string) error {
	return c.rewriteSecrets(func(secrets, names []string) ([]string, error) {
		i := slices.Index(names, fingerprint)
		if i < 0 {
			return nil, fmt.Errorf("%s has no secret %s", c.secretSource(), fingerprint)
		}
		secret := secrets[i]
		return slices.Insert(slices.Delete(secrets, i, i+1), 0, secret), nil
	})
}

// RemoveSecret takes the secret of this fingerprint out of the file, and reports
// whether it was there.
func (c *Config) RemoveSecret(fingerprint string) (removed bool, err error) {
	names, err := c.SecretFingerprints()
	if err != nil || !slices.Contains(names, fingerprint) {
		return false, err
	}
	return true, c.rewriteSecrets(func(secrets, names []string) ([]string, error) {
		i := slices.Index(names, fingerprint)
		if i < 0 {
			return secrets, nil
		}
		return slices.Delete(secrets, i, i+1), nil
	})
}

func fingerprintsOf(secrets []string) ([]string, error) {
	ring, err := seal.NewRing(secrets...)
	if err != nil {
		return nil, err
	}
	return ring.Fingerprints(), nil
}

// rewriteSecrets replaces the file by a changed one.
func (c *Config) rewriteSecrets(change func(secrets, fingerprints []string) ([]string, error)) error {
	if c.Secret != "" {
		return ErrSecretsInEnvironment
	}
	path, err := filepath.EvalSymlinks(c.WithDefaults().SecretFile) // a link stays one
	if err != nil {
		return err
	}
	before, err := readPrivateFile(path)
	if err != nil {
		return err
	}
	secrets, err := splitSecrets(path, before)
	if err != nil {
		return err
	}
	names, err := fingerprintsOf(secrets)
	if err != nil {
		return err
	}
	if secrets, err = change(secrets, names); err != nil {
		return err
	}
	content := strings.Join(secrets, "\n") + "\n"
	if _, err := splitSecrets(path, content); err != nil {
		return err // it would lock every server out
	}
	return replaceSecretFile(path, before, content)
}

// replaceSecretFile writes aside and renames. The file keeps its owner, or a server
// of another user could not read it any more.
func replaceSecretFile(path, before, content string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".symbolon-secret-*") // mode 0600
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%w: run the command as the user that may change %s", err, path)
	}
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // which after the rename does nothing
	_, err = f.WriteString(content)
	if err := errors.Join(err, keepOwner(f, path), f.Sync(), f.Close()); err != nil {
		return err
	}
	if now, err := readSecretFile(path); err != nil || now != before {
		return errors.Join(fmt.Errorf("%s was changed by somebody else at the same time; look at it and try again", path), err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return keepName(path)
}
