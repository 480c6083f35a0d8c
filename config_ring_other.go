//go:build !unix

package symbolon

import "os"

// keepOwner does nothing: a file takes its access from the directory.
func keepOwner(*os.File, string) error { return nil }
