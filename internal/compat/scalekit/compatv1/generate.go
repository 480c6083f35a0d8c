// Package compatv1 is the generated code of compat.proto. Generating needs protoc
// (Debian: protobuf-compiler); its Go plugin is a tool of go.mod.
package compatv1

// Paths are those of the module root: protobuf registers files by path.
//go:generate sh -c "cd ../../../.. && protoc --plugin=protoc-gen-go=$(go tool -n protoc-gen-go) --go_out=. --go_opt=paths=source_relative internal/compat/scalekit/compatv1/compat.proto"
